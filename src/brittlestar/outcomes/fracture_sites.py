"""Where bones break: the names alone, for whoever reads a protocol and computes nothing."""

SITES = ("lower_limb", "upper_limb", "other", "vertebral")
"""In the order of every array of sites."""
