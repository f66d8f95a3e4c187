"""A simulated trial as analysis data sets in the manner of CDISC ADaM, with their dictionary."""
