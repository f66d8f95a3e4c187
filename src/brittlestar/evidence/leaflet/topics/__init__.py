"""Checks by topic: each module measures and judges, the TOML file beside it holds the words."""
