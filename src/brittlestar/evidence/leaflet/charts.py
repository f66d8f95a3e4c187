"""Small charts as plain data: rows that :mod:`brittlestar.charts.statement` draws."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np


def lines(
    title: str, x: str, y: str, years: Any, courses: Mapping[str, Any], *, most: int = 60
) -> dict[str, Any]:
    """Courses over time.

    Args:
        title: what it shows.
        x: title of the time axis.
        y: title of the value axis, with unit.
        years: times [T].
        courses: name -> values [T], or [T, person] for their mean.
        most: points kept per course.
    """
    t = np.asarray(years, float)
    keep = np.unique(np.linspace(0, len(t) - 1, min(most, len(t))).round().astype(int))
    rows = []
    for name, values in courses.items():
        values = np.asarray(values, float)
        middle = values.mean(axis=1) if values.ndim == 2 else values
        rows += [{"series": name, "x": float(t[i]), "y": float(middle[i])} for i in keep]
    return {"kind": "lines", "title": title, "x": x, "y": y, "rows": rows}


def dots(title: str, y: str, values: Mapping[str, Sequence[float | None]]) -> dict[str, Any]:
    """One value per name, with limits where there are any.

    Args:
        title: what it shows.
        y: title of the value axis, with unit.
        values: name -> (value, low, high), limits None if there are none.
    """
    rows = [
        {"series": name, "y": value, "low": low, "high": high} for name, (value, low, high) in values.items()
    ]
    return {"kind": "dots", "title": title, "y": y, "rows": rows}
