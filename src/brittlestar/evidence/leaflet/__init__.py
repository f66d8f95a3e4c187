"""The statements of a patient factsheet, each held against a simulation and against what was published."""

from brittlestar.evidence.leaflet.check import Judged, Measured, StatementCheck
from brittlestar.evidence.leaflet.number import Number
from brittlestar.evidence.leaflet.registry import checks
from brittlestar.evidence.leaflet.result import CONTEXT, Leaflet, save
from brittlestar.evidence.leaflet.run import run_leaflet
from brittlestar.evidence.leaflet.statements import Statement, statements
from brittlestar.evidence.leaflet.verdict import Claim, Finding

__all__ = [
    "CONTEXT",
    "Claim",
    "Finding",
    "Judged",
    "Leaflet",
    "Measured",
    "Number",
    "Statement",
    "StatementCheck",
    "checks",
    "run_leaflet",
    "save",
    "statements",
]
