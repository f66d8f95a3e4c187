"""Harm, burden and the benefits beside them that follow from a course: out of 100, as rows of a summary."""

from dataclasses import replace
from typing import Any

import numpy as np

from brittlestar._shared.of_100 import OF, by_chance
from brittlestar.comparison.result import TREATED, UNTREATED
from brittlestar.engine import Course
from brittlestar.engine.aftermath import Aftermath
from brittlestar.engine.out_of_100 import measures

TOLD_BY_THE_COURSE = ("fracture", "vertebral")
"""Rows that a summary has already."""


def pairs_kept(course: Course, n: int) -> Course:
    """The course with whoever failed under one plan failed under all: every row counts the same people."""
    bad = np.unique(course.failed % n)
    if not bad.size:
        return course
    mine = np.isin(np.arange(course["ls_z"].shape[1]) % n, bad)
    return replace(
        course, outputs={name: np.where(mine, np.nan, values) for name, values in course.outputs.items()}
    )


def rows(after: Aftermath, plans: tuple[str, ...]) -> list[dict[str, Any]]:
    """One row per harm or benefit with its ``kind`` and ``note``; see :meth:`Comparison.summary`.

    Args:
        after: what follows from the course of all plans side by side, each with the same people.
        plans: labels, treated first.
    """
    chance = {name: values for name, _, _, values, _ in measures(after, float(after.time_years[-1]))}
    found = []
    for told in after.per_hundred(labels=plans):
        if told["id"] in TOLD_BY_THE_COURSE:
            continue
        row = {key: told[key] for key in ("id", "label", "unit", "kind", "note")}
        row |= {plan: told[plan] | {"person": None} for plan in plans}
        if UNTREATED in plans:
            values = chance.get(row["id"])
            row["difference"] = _bounded(row[TREATED]) if values is None else _difference(after, values)
        found.append(row)
    return found


def _bounded(treated: dict[str, Any]) -> dict[str, Any]:
    return treated | {"said": "unknown" if treated["at_most"] is not None else treated["said"]}


def _difference(after: Aftermath, chance: np.ndarray) -> dict[str, Any]:
    """Treated less untreated of the same people, as people out of 100.

    One pair brings -1, 0 or 1 person; as both meet the same chance, its outcome has variance
    mean |d| - (mean d)^2 with d the difference of their two chances.
    """
    n = len(chance) // 2
    good = np.setdiff1d(np.arange(n), after.setting.course.failed % n)
    d = chance[good] - chance[good + n]
    mean = float(d.mean())
    if np.all(d >= 0) or np.all(d <= 0):
        ends = (np.sign(mean) * by_chance(abs(mean))).tolist()
    else:
        reach = 1.96 * float(np.sqrt(max(np.abs(d).mean() - mean**2, 0.0) * OF))
        ends = [max(OF * mean - reach, -OF), min(OF * mean + reach, OF)]
    return {
        "mean": OF * mean,
        "simulation_error": OF * float(d.std(ddof=1)) / d.size**0.5 if d.size > 1 else None,
        "chance": sorted(float(end) + 0.0 for end in ends),
        "person": None,
    }
