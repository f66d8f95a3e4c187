"""Data and models in the formats of other tools: event tables, analysis data sets, SBML, code, archives."""

from brittlestar.exchange.export import export_code, export_sbml, sbml
from brittlestar.exchange.fhir_bundle import export_fhir
from brittlestar.exchange.omex import export_omex

__all__ = ["export_code", "export_fhir", "export_omex", "export_sbml", "sbml"]
