"""Fractures in trials: counts by arm, ratios by study and drug, and what density says of them."""
