"""Every point of the table beside the model: values, verdicts, and the courses behind them, as one result."""

import json
import math
import os
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
import polars as pl

from brittlestar._shared.manifest import manifest
from brittlestar._shared.result_files import Content, save_result, with_pictures
from brittlestar.engine.care_tables import regular
from brittlestar.evidence.calibration.native_courses import NativeCourses
from brittlestar.evidence.calibration.points import COUNTED, Point, Points, points
from brittlestar.evidence.calibration.target_values import target_value
from brittlestar.evidence.calibration.targets import TargetCohort
from brittlestar.evidence.calibration.typical_courses import DAYS_PER_MONTH, OUTPUT_DAYS, STEP_DAYS
from brittlestar.evidence.physiology.between_people import values_between_people
from brittlestar.evidence.physiology.verdict import counted, interval, is_counted, verdict
from brittlestar.model.parameters import Parameters, default_parameters, identity
from brittlestar.report import page
from brittlestar.report import physiology as physiology_view

SCHEMA = "brittlestar/points/1"
CONTEXT_OF_USE = "comparison of the model with published physiology, for research"
MOST = 60
"""Times of a course that is drawn."""
GROWN = 18.0
"""Age from which people are called women and men, years."""

_SAME = (
    "cohort",
    "plan",
    "versus",
    "versus_cohort",
    "minus",
    "output",
    "sites",
    "kind",
    "compare",
    "from_months",
)
"""Points that agree in these are read off one course."""


def compared(parameters: Parameters | None = None) -> dict[str, Any]:
    """Content of ``points.json``: every point beside the model.

    Args:
        parameters: default: the shipped set.
    """
    p, table = parameters or default_parameters(), points()
    courses = list(_drawn(table.computed.targets))
    times = [copy for course in courses for copy in course]
    found = table.computed.model_copy(update={"targets": (*table.computed.targets, *times)})
    run = NativeCourses(found, p)

    def value(target: Any) -> float:
        return float(target_value(target, run, run.flat))

    values = {target.id: value(target) for target in table.computed.targets}
    values |= values_between_people(table, p)
    rows = [_row(table, point, _value(point, values, p)) for point in table.points]
    inputs = {"points": table.model_dump(mode="json")}
    return {
        "schema": SCHEMA,
        "manifest": manifest(seed=0, parameters=identity(p), inputs=inputs, context_of_use=CONTEXT_OF_USE),
        "counts": {use: dict(zip(("right", "points"), counted(rows, use))) for use in COUNTED},
        "first_edition": {key: first_edition()[key] for key in ("commit", "command")},
        "points": rows,
        "courses": [
            {
                "points": [p.id for p in table.computed.targets if _same(p) == _same(course[0])],
                "course": [
                    {"months": copy.months, "value": found}
                    for copy in course
                    if math.isfinite(found := value(copy))
                ],
            }
            for course in courses
        ],
    }


def _value(point: Point, values: dict[str, float], p: Any) -> float | None:
    if not point.parameter:
        return values.get(point.id)
    for name in point.parameter.split("."):
        p = getattr(p, name, None)
    return None if p is None else float(p)


def _row(table: Points, point: Point, model: float | None) -> dict[str, Any]:
    said, ends = verdict(point, model), interval(point)
    cohort = table.cohorts.get(point.cohort)
    who = table.people.get(point.people) or cohort
    return {
        "id": point.id,
        "label": point.label,
        "use": point.use,
        "counted": is_counted(point, model),
        "study": table.study_of(point),
        "population": point.population or (population(cohort) if cohort else ""),
        "about_population": who.note if who else "",
        "plan": point.plan if point.people or not point.words_alone else "",
        "months": point.months,
        "hour": point.hour,
        "published": None if point.said else point.observed,
        "said": point.said,
        "interval90": list(ends) if ends and not point.said else None,
        "tolerance": point.tolerance,
        "reason": point.reason if point.tolerance is not None else "",
        "model": model,
        "verdict": said.word,
        "ratio": said.ratio,
        "why_not": _why_not(point, model),
        "first_edition": first_edition()["points"].get(point.id),
        "note": point.note,
    }


def _why_not(point: Point, model: float | None) -> str:
    if model is None and point.parameter:
        return f"no parameter {point.parameter} yet"
    return "" if model is not None else point.withheld


def population(cohort: TargetCohort) -> str:
    """Who stands for a study, in words.

    >>> population(TargetCohort(study="x", ages=(5.0, 9.0), types={"I": 1}, female=0.5))
    'children with OI type I, 5 to 9 y'
    """
    grown = min(cohort.ages) >= GROWN
    names = {0.0: "men" if grown else "boys", 1.0: "women" if grown else "girls"}
    who = names.get(cohort.female, "people" if grown else "children")
    oi = [name for name in cohort.types if name != "healthy"]
    kind = f" with OI type{'s' * (len(oi) > 1)} {', '.join(oi)}" if oi else ""
    ages = dict.fromkeys(f"{age:g}" for age in (min(cohort.ages), max(cohort.ages)))
    return f"{'' if oi else 'healthy '}{who}{kind}, {' to '.join(ages)} y"


def _same(target: Any) -> tuple[Any, ...]:
    return tuple(getattr(target, name) for name in _SAME)


def _drawn(targets: Iterable[Any]) -> Iterator[list[Any]]:
    """Of every course with a published point on it: the target at each time that is drawn."""
    courses: dict[tuple[Any, ...], list[Any]] = {}
    for target in targets:
        if target.months > OUTPUT_DAYS / DAYS_PER_MONTH and target.versus_cohort is None:
            courses.setdefault(_same(target), []).append(target)
    for mine in courses.values():
        last = max(mine, key=lambda target: target.months)
        # Only times that the run puts out anyhow: a reading between would cut its step.
        days = regular(last.months / 12.0, STEP_DAYS, OUTPUT_DAYS)
        months = np.asarray(days) / DAYS_PER_MONTH
        months = months[(months > last.from_months) & (months <= last.months)]
        months = [last.from_months, *months[:: int(np.ceil(len(months) / MOST))]]
        yield [last.model_copy(update={"id": f"{last.id} at {m}", "months": float(m)}) for m in months]


@cache
def first_edition() -> dict[str, Any]:
    """What the equations of the first edition said: commit, command, and of each point value and verdict."""
    file = resources.files(__package__).joinpath("first_edition.json")
    return json.loads(file.read_text(encoding="utf-8"))


def as_csv(rows: Iterable[dict[str, Any]]) -> str:
    """The table, one row per point."""
    flat = [
        {key: value for key, value in row.items() if key not in ("interval90", "first_edition")}
        | {"low90": (row["interval90"] or [None])[0], "high90": (row["interval90"] or [None])[-1]}
        | {"first_edition": (row["first_edition"] or {}).get("model")}
        for row in rows
    ]
    return pl.DataFrame(flat, infer_schema_length=None).write_csv()


def save(content: dict[str, Any], out: str | os.PathLike[str], *, force: bool = False) -> None:
    """Write ``points.json``, ``points.csv``, ``report.html`` and the pictures."""

    def pictures() -> dict[str, Content]:
        report = page.html(physiology_view.view(content))
        return {"report.html": report, **physiology_view.picture_files(content)}

    files = {"points.json": content, "points.csv": as_csv(content["points"])}
    save_result(out, with_pictures(files, pictures), force=force)
