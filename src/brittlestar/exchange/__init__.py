"""The project's own model in the formats of other tools."""

from brittlestar.exchange.export import export_sbml, sbml

__all__ = ["export_sbml", "sbml"]
