"""The statements of a patient factsheet, each held against a simulation and against what was published."""

from brittlestar.evidence.leaflet.registry import Check, Statement, checks, statements
from brittlestar.evidence.leaflet.run import Leaflet, run_leaflet
from brittlestar.evidence.leaflet.verdict import Claim, Finding, Number
from brittlestar.evidence.simulated_groups import FollowedGroup, Group, GroupUnderPlan, SimulatedGroups

__all__ = [
    "Check",
    "Claim",
    "Finding",
    "FollowedGroup",
    "Group",
    "GroupUnderPlan",
    "Leaflet",
    "Number",
    "SimulatedGroups",
    "Statement",
    "checks",
    "run_leaflet",
    "statements",
]
