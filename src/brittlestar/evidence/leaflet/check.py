"""A check of a statement: what it measures in simulated groups, and how it judges that."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from brittlestar.evidence.leaflet.prose import written
from brittlestar.evidence.leaflet.verdict import Finding
from brittlestar.evidence.simulated_groups import GroupUnderPlan, SimulatedGroups


class Measured(dict[str, Any]):
    """What was measured, by name: numbers, numbers by kind, texts; ``chart`` holds what is drawn."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(f"{name}: not measured") from None


Claims = Mapping[str, Any]
"""Claim -> whether it holds; where a claim is made of several kinds, kind -> whether it holds."""


@dataclass(frozen=True)
class Judged:
    """Which claims hold; their words are in the topic's TOML file, under the same names."""

    statement: Claims
    """what the leaflet says"""
    evidence: Claims
    """what was published"""


@dataclass(frozen=True)
class StatementCheck:
    """How a statement is held against simulation and evidence.

    Args:
        statement: id of the statement.
        groups: what ``measure`` reads.
        measure: groups -> what was measured.
        judge: what was measured -> which claims hold; its docstring says what was set beforehand.
    """

    statement: str
    groups: tuple[GroupUnderPlan, ...]
    measure: Callable[[SimulatedGroups], Measured]
    judge: Callable[[Measured], Judged]

    def run(self, groups: SimulatedGroups) -> Finding:
        """Measure, judge, and put it into words."""
        measured = self.measure(groups)
        judged = self.judge(measured)
        return written(self.statement, measured, judged.statement, judged.evidence)
