"""Endpoints of simulated trials as numbers beside the published ones."""

from typing import Any

from brittlestar._shared.trial_words import without_answer
from brittlestar.evidence.leaflet.number import Number
from brittlestar.trials.result import TrialResult


def endpoint(trial: TrialResult, name: str, arm: str) -> dict[str, Any]:
    """One row of a trial's endpoints.

    Args:
        trial: the repeats.
        name: id of the endpoint.
        arm: id of the arm, or ``"difference"``.
    """
    return next(row for row in trial.endpoints if row["id"] == name and row["arm"] == arm)


def number_of(row: dict[str, Any]) -> Number:
    """Mean and range over repeats of a trial, and what was published."""
    found = row["simulated"]
    told = row["published"] or {"value": None, "low": None, "high": None, "source": ""}
    return Number(
        found["mean"],
        found["low"],
        found["high"],
        "; ".join(filter(None, ("95 % of trials of this size", without_answer(row)))),
        told["value"],
        told["low"],
        told["high"],
        told["source"] or "",
        unit=row["unit"],
    )
