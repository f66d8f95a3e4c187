"""Every picture, once, from results only."""
