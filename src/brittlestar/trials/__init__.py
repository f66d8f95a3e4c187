"""Trials: protocol, conduct, statistics, power, and published protocols by name."""
