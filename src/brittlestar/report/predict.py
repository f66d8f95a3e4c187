"""The page of a prediction: what is expected of a trial, how sure that is, what lies beyond the evidence."""

from collections.abc import Mapping
from typing import Any

from brittlestar._shared import words
from brittlestar.report.page import render
from brittlestar.report.trial import fracture_trials, in_trials, warned

SOURCES = {
    "chance": "what the same people meet by luck, and how it is measured; a larger trial has less of it",
    "people": "which people happen to take part; a larger trial has less of it",
    "science": "what is not known about bone, drug and trials; a larger trial has as much of it",
}
"""What makes a result unsure, in words."""

PARTS = {
    "chance": "what happens to the same people by chance, and how it is measured",
    "people": "which people take part",
    "posterior": "science: numbers of the model that the data leave open",
    "rivals": "science: other laws for the same data",
    "between_trials": "science: how trials of one kind differ beyond their sampling error",
}
"""Part of an interval -> what it is, in words."""

NAMES = {
    "chance": "Chance",
    "people": "People",
    "posterior": "Parameters",
    "rivals": "Rival laws",
    "between_trials": "Between trials",
}
"""Part of an interval -> heading."""


def prediction_report(content: Mapping[str, Any]) -> str:
    """One HTML page of a prediction.

    Args:
        content: what ``results.json`` of a prediction holds.
    """
    labels = {arm["id"]: arm["label"] for arm in content["trial"]["arms"]}
    return render(
        "predict.html",
        title=content["trial"]["title"],
        manifest=content["manifest"],
        rows=[_cells(row, labels) for row in content["endpoints"]],
        sources=SOURCES,
        parts=PARTS,
        names=NAMES,
        arms=content["trial"]["arms"],
        warned=warned(content["warnings"], labels),
        fracture_trials=fracture_trials(content["endpoints"]),
        people=content["trial"]["people"],
        ignored=content["published_results_ignored"],
        flags=[flag | {"arm": _arm(flag["arm"], labels)} for flag in content["extrapolation"]],
        rivals=content["rivals"],
        law=next((r for r in content["rivals"] if r["name"] == content["law"]), None),
        between=content["between_trials"],
    )


def _arm(name: str, labels: Mapping[str, str]) -> str:
    head, _, arm = name.partition(":")
    shown = labels.get(head, words.capital(head))
    return f"{shown}: {labels.get(arm, arm)}" if arm else shown


def _range(limits: list[float | None], unit: str) -> str:
    low, high = limits
    return (
        "not given"
        if low is None or high is None
        else f"{words.number(low)} to {words.number(high)} {_unit(unit)}".strip()
    )


def _unit(unit: str) -> str:
    return "" if unit in ("ratio", "share", "-") else unit


def _remarks(row: Mapping[str, Any]) -> str:
    """How exact a mean is, how many runs are not in it, and what all people together gave."""
    missing, told = row["runs_without_answer"], row["pooled"]["value"]
    said = [f"Monte Carlo SE {row['monte_carlo_se']:.2g}"] if row["monte_carlo_se"] is not None else []
    if missing:
        said.append(f"not in it: {missing} of {row['runs']} runs gave no answer")
    if told is not None and (missing or row["unit"] == "ratio"):
        said.append(f"all people together {words.number(told)} {_unit(row['unit'])}".strip())
    return "; ".join(said)


def _cells(row: Mapping[str, Any], labels: Mapping[str, str]) -> dict[str, Any]:
    """One row of the table, in words; shares of the variance as whole per cent."""
    sd = {name: value or 0.0 for name, value in row["sd"].items()}
    total = sum(value**2 for value in sd.values())
    return {
        "label": row["label"],
        "where": f"{_arm(row['arm'], labels)}, {words.months(row['time_months'])}",
        "in_trials": in_trials(row),
        "mean": f"{words.number(row['mean'])} {_unit(row['unit'])}".strip(),
        "remarks": _remarks(row),
        "half": _range(row["interval"]["50"], row["unit"]),
        "ninety": _range(row["interval"]["90"], row["unit"]),
        "alone": {
            name: "none seen" if ends[0] == ends[1] is not None else _range(ends, row["unit"])
            for name, ends in ((name, both["90"]) for name, both in row["alone"].items())
        },
        "shares": {name: round(100.0 * value**2 / total) if total else 0 for name, value in sd.items()},
        "known": row["between_trials_known"],
        "under": {name: words.number(value) for name, value in row["under_rivals"].items()},
    }
