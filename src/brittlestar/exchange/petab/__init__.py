"""The calibration as a parameter estimation problem in the format PEtab, version 2."""
