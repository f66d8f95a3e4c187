"""Data and models in the formats of other tools: event tables, analysis data sets, SBML, code, archives."""

from typing import TYPE_CHECKING

from brittlestar._shared.lazy import when_asked

if TYPE_CHECKING:
    from brittlestar.exchange.export import export_code, export_sbml, sbml
    from brittlestar.exchange.fhir_bundle import export_fhir
    from brittlestar.exchange.omex import export_omex

__all__ = ["export_code", "export_fhir", "export_omex", "export_sbml", "sbml"]

# Loaded when asked for: a run that reads one format waits for no other.
_HOME = {
    "export_code": "export",
    "export_fhir": "fhir_bundle",
    "export_omex": "omex",
    "export_sbml": "export",
    "sbml": "export",
}

__getattr__ = when_asked(__name__, _HOME)
