"""Whether the simulator may be believed, and for what: checks that run, and what could not be checked."""

from brittlestar.evidence.credibility.assess import assess, save

__all__ = ["assess", "save"]
