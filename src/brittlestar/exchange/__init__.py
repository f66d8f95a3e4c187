"""Data and models in the formats of other tools: event tables, analysis data sets, SBML."""

from brittlestar.exchange.export import export_sbml, sbml

__all__ = ["export_sbml", "sbml"]
