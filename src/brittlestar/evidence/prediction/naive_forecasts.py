"""What one would say of a study without a model: from effects that the calibration studies found."""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from brittlestar.evidence.calibration.targets import Target

NAIVE = ("same route", "last known effect", "constant effect", "no effect")
"""Mean effect of this route and age group; that of the latest study of the age group, by any route;
mean effect
of all studies; the untreated course."""

ADULT = 18.0


def naive_forecasts(
    target: Target,
    score: dict[str, Any],
    effects: Sequence[dict[str, Any]],
    youngest: float,
    untreated: float,
    level: float,
) -> dict[str, float]:
    """The four forecasts of one result, each from calibration studies alone.

    Where nobody is treated each of them is the untreated course of the model.

    Args:
        target: the result.
        score: its ``kind`` and ``route``.
        effects: of the calibration studies: kind, route, people, and ``per_year`` by study.
        youngest: age of the youngest people, years.
        untreated: value of the target without treatment.
        level: density at entry, for changes of density itself.
    """
    if score["route"] == "none":
        return dict.fromkeys(NAIVE, untreated)
    people = "adults" if youngest >= ADULT else "children"
    alike = [one for one in effects if one["kind"] == score["kind"]]
    own = [one for one in alike if one["people"] == people]
    route = next(one for one in own if one["route"] == score["route"])
    found = {name: value for one in own for name, value in one["per_year"].items()}
    every = {(one["people"], name): v for one in alike for name, v in one["per_year"].items()}
    means = {
        "same route": float(np.mean(list(route["per_year"].values()))),
        "last known effect": found[max(found, key=_year)],
        "constant effect": float(np.mean(list(every.values()))),
    }
    return {name: _carried(value, target, score["kind"], level) for name, value in means.items()} | {
        "no effect": untreated
    }


def _year(study: str) -> int:
    """Year of publication in the id of a study."""
    return int(re.findall(r"\d{4}", study)[0])


def _carried(per_year: float, target: Target, kind: str, level: float) -> float:
    """An effect a year carried on for as long as the study lasted; of fractures and markers as it is."""
    years = target.months / 12.0
    if kind in ("fractures", "markers"):
        return per_year
    if target.kind == "change" and kind == "density":
        return level * float(np.expm1(per_year * years))
    return per_year * years
