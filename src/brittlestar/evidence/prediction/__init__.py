"""What the calibrated model predicts of studies it has not seen, and how well."""
