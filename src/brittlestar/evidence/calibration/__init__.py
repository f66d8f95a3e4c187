"""Parameters from the calibration set: targets, priors, mode, ensemble, rival models."""
