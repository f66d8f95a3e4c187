"""What terminal and page both say of repeated trials: a share with its error, trials without an answer."""

from collections.abc import Iterable, Mapping
from typing import Any

from brittlestar._shared.errors import InputError

VERDICTS = ("outside", "no answer", "not judged", "no interval", "inside", "not published")
"""Failures first, what has nothing to agree with last."""


def failures_first(endpoints: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Endpoints by verdict, otherwise in their own order.

    Raises:
        InputError: an endpoint with a verdict that is none of :data:`VERDICTS`.
    """
    rows = [dict(row) for row in endpoints]
    for row in rows:
        if row["verdict"] not in VERDICTS:
            accepted = f"one of {', '.join(VERDICTS)}"
            raise InputError(f"endpoints: verdict of {row['id']}", row["verdict"], accepted)
    return sorted(rows, key=lambda row: VERDICTS.index(row["verdict"]))


def share_of_trials(row: Mapping[str, Any]) -> str:
    """A share in per cent with its Monte Carlo error; none or all of the trials as a limit, not as certainty.

    Args:
        row: share, se, limit; ``limit`` is the 95 % limit where none or all of the trials found an effect.
    """
    limit = row.get("limit")
    if limit is None:
        return f"{100 * row['share']:.1f} % (SE {100 * row['se']:.1f})"
    return f"below {100 * limit:.2g} %" if row["share"] == 0.0 else f"above {100 * limit:.4g} %"


def together(row: Mapping[str, Any]) -> float | None:
    """The number of all people of all trials, where a row has one."""
    return (row.get("pooled") or {}).get("value")


def beside(row: Mapping[str, Any], all_people: str, things: str = "trials") -> str:
    """What stands beside a mean that leaves out trials without an answer: how many, and what all people gave.

    Args:
        row: replicates_without_answer, replicates (of a prediction: runs_without_answer, runs), verdict.
        all_people: the number of all people of all trials, in words.
        things: what gave no answer.
    """
    missing = without_answer(row, things)
    if not missing:
        return ""
    judged = "not judged: " if row.get("verdict") == "not judged" else ""
    return f"{judged}{missing}; all people together {all_people}"


def without_test(row: Mapping[str, Any]) -> str:
    """Share of trials that allowed no test, in per cent."""
    part = 100 * row.get("without_answer", 0.0)
    return "none" if part == 0 else f"{part:.2g} %"


def without_answer(row: Mapping[str, Any], things: str = "trials") -> str:
    """How many trials gave no answer, in words; "" where all did."""
    name = "runs" if things == "runs" else "replicates"
    missing = row.get(f"{name}_without_answer", 0)
    return f"{missing} of {row[name]} {things} gave no answer" if missing else ""
