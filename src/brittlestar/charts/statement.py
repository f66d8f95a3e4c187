"""The small chart of one statement: courses over time, or values side by side."""

from collections.abc import Mapping
from typing import Any

import altair as alt
import polars as pl

from brittlestar._shared import words
from brittlestar._shared.errors import InputError
from brittlestar.charts.last_values import last_values
from brittlestar.charts.layers import bands_and_lines
from brittlestar.charts.theme import TREATED, finished, in_order, inline

KINDS = ("lines", "dots")


def statement_chart(chart: Mapping[str, Any]) -> alt.LayerChart:
    """Draw rows that a check left.

    Args:
        chart: ``kind`` (one of :data:`KINDS`), ``title``, ``y``, for lines also ``x``, and ``rows``: series,
            x, y for lines; series, y, low, high for dots.

    Raises:
        InputError: another kind.
    """
    if chart["kind"] == "lines":
        return _lines(chart)
    if chart["kind"] == "dots":
        return _dots(chart)
    raise InputError("chart: kind", chart["kind"], f"accepted: {', '.join(KINDS)}")


def _lines(chart: Mapping[str, Any]) -> alt.LayerChart:
    rows = pl.DataFrame(chart["rows"]).select(
        "series", "x", mean=pl.col("y"), low=pl.col("y"), high=pl.col("y")
    )
    arms = in_order(rows["series"])
    x = alt.X("x:Q", title=chart["x"], scale=alt.Scale(nice=False))
    y = alt.Y("mean:Q", title=chart["y"], scale=alt.Scale(zero=False, nice=True))
    layers = bands_and_lines(rows, x=x, y=y, by="series", arms=arms)
    last = last_values(rows, "series", "x")
    ends = "; ".join(f"{row['series']} {words.number(row['mean'])}" for row in last.to_dicts())
    said = f"{chart['title']}. {chart['y']} at {words.number(rows['x'].max())} {chart['x']}: {ends}."  # type: ignore[arg-type]
    return finished(alt.layer(*layers), title=[chart["title"]], description=said)


def _dots(chart: Mapping[str, Any]) -> alt.LayerChart:
    rows = pl.DataFrame(chart["rows"], infer_schema_length=None).with_columns(
        pl.col("y", "low", "high").cast(pl.Float64)
    )
    names = alt.Y("series:N", title=None, sort=None, axis=alt.Axis(labelLimit=260, ticks=False, domain=False))
    tips = [
        alt.Tooltip("series:N"),
        *(alt.Tooltip(f"{name}:Q", format=".3~g") for name in ("y", "low", "high")),
    ]
    base = alt.Chart(inline(rows))
    x = alt.X("y:Q", title=chart["y"], scale=alt.Scale(zero=False, nice=True), axis=alt.Axis(tickCount=6))
    layers: list[Any] = []
    if rows["low"].is_not_null().any():
        ranges = base.transform_filter("isValid(datum.low)")
        layers.append(
            ranges.mark_rule(strokeWidth=2.4, color=TREATED[0]).encode(y=names, x=alt.X("low:Q"), x2="high:Q")
        )
    layers.append(
        base.mark_point(filled=True, size=80, color=TREATED[0], opacity=1).encode(y=names, x=x, tooltip=tips)
    )
    said = "; ".join(
        f"{row['series']} {words.with_interval(row['y'], row['low'], row['high'])}" for row in rows.to_dicts()
    )
    done = finished(
        alt.layer(*layers), title=[chart["title"]], description=f"{chart['title']}. {chart['y']}: {said}."
    )
    return done.properties(height=28 * rows.height + 20)
