"""The statements of a patient factsheet, each held against a simulation and against what was published."""

from brittlestar.evidence.leaflet.registry import Check, Statement, checks, statements
from brittlestar.evidence.leaflet.run import Leaflet, run_leaflet
from brittlestar.evidence.leaflet.verdict import Finding, Held, Number
from brittlestar.evidence.simulated_groups import Arm, Run, Who, World

__all__ = [
    "Arm",
    "Check",
    "Finding",
    "Held",
    "Leaflet",
    "Number",
    "Run",
    "Statement",
    "Who",
    "World",
    "checks",
    "run_leaflet",
    "statements",
]
