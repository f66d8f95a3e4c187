"""Parameters from the calibration studies: targets, priors, mode, ensemble, rival models."""
