"""A row of the credibility report: what was claimed, how it was checked, what came out."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Literal

Status = Literal["PASS", "FAIL", "NOT RUN", "NO DATA"]
STATUSES: tuple[Status, ...] = ("FAIL", "NOT RUN", "NO DATA", "PASS")
"""In the order in which they are told: what is wrong or missing comes first."""


@dataclass(frozen=True)
class Settings:
    """How much to run."""

    quick: bool
    seed: int
    samples: int
    """2^n of the Sobol sequence"""


@dataclass(frozen=True)
class Row:
    """One check."""

    id: str
    group: str
    claim: str
    method: str
    threshold: str
    value: str
    status: Status
    seed: int | None = None
    seconds: float | None = None
    note: str = ""
    cure: str = ""
    """what would turn it into a PASS or FAIL, where it was not run"""

    def to_dict(self) -> dict[str, Any]:
        """Ready for JSON."""
        return asdict(self)


RowsOfOneCheck = Callable[[Settings], list[Row]]


def judged(
    id: str,
    group: str,
    claim: str,
    *,
    method: str,
    threshold: str,
    value: str,
    passed: bool,
    seed: int | None = None,
    note: str = "",
) -> Row:
    """A check that ran."""
    return Row(id, group, claim, method, threshold, value, "PASS" if passed else "FAIL", seed, note=note)


def not_run(id: str, group: str, claim: str, *, why: str, cure: str) -> Row:
    """A check that could have been run."""
    return Row(id, group, claim, "", "", "", "NOT RUN", note=why, cure=cure)


LEFT_OUT = "left out of a quick run"


def left_out(id: str, group: str, claim: str) -> Row:
    """A check that a quick run leaves out."""
    return not_run(id, group, claim, why=LEFT_OUT, cure="run without --quick")
