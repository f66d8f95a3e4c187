"""Small charts as plain data: rows that :mod:`brittlestar.charts.statement` draws; their titles are prose."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from brittlestar.evidence.leaflet.number import Number


def lines(years: Any, courses: Mapping[Any, Any], *, most: int = 60) -> dict[str, Any]:
    """Courses over time.

    Args:
        years: times [T].
        courses: kind -> values [T], or [T, person] for their mean.
        most: points kept per course.
    """
    t = np.asarray(years, float)
    keep = np.unique(np.linspace(0, len(t) - 1, min(most, len(t))).round().astype(int))
    rows = []
    for kind, values in courses.items():
        values = np.asarray(values, float)
        middle = values.mean(axis=1) if values.ndim == 2 else values
        rows += [{"series": kind, "x": float(t[i]), "y": float(middle[i])} for i in keep]
    return {"kind": "lines", "title": "", "x": "", "y": "", "rows": rows}


def dots(values: Mapping[Any, Any]) -> dict[str, Any]:
    """One value per kind, with limits where there are any.

    Args:
        values: kind -> a number with its range, (value, low, high), or a value alone.
    """
    rows = [
        {"series": kind, "y": value, "low": low, "high": high}
        for kind, (value, low, high) in ((kind, _limits(value)) for kind, value in values.items())
    ]
    return {"kind": "dots", "title": "", "y": "", "rows": rows}


def beside_published(numbers: Mapping[Any, Number]) -> dict[Any, Any]:
    """Every number and what was published of it: (kind, which of the two) -> value with limits."""
    found: dict[Any, Any] = {}
    for kind, n in numbers.items():
        found[kind, ""] = n
        found[kind, " (published)"] = n.published, n.published_low, n.published_high
    return found


def _limits(value: Any) -> tuple[float | None, float | None, float | None]:
    if isinstance(value, Number):
        return value.value, value.low, value.high
    return value if isinstance(value, tuple) else (float(value), None, None)
