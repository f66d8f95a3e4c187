"""The model of one person in the format of other solvers: SBML."""

from brittlestar.exchange.export import export_sbml, sbml

__all__ = ["export_sbml", "sbml"]
