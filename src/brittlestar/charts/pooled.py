"""Forest plot of studies and what they say together."""

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import polars as pl

from brittlestar._shared import words
from brittlestar._shared.errors import InputError
from brittlestar.charts.theme import CONTROL, GRID, INK, TREATED, finished, inline, with_unit

ROW, LINE, LETTERS = 46, 17, 44
"""Height of a row and of a line of its text, pixels; letters of a line on a telephone, name and numbers."""

KINDS = ("randomised", "not randomised", "pooled", "prediction")
_COLOURS = (TREATED[0], CONTROL[1], INK, CONTROL[0])


def pooled_forest(
    rows: Sequence[Mapping[str, Any]], *, title: str, unit: str, ratio: bool, left: str, right: str
) -> alt.LayerChart:
    """Studies with their 95 % intervals above the pooled effect and the range of a new study.

    Args:
        rows: label, value, low, high, kind (one of ``KINDS``) and weight (share, studies only); in order.
        title: what is compared.
        unit: of the values.
        ratio: draw on a log axis with 1 as the line of no difference, else 0.
        left: what lies on the left of that line, in words.
        right: what lies on its right.

    Raises:
        InputError: no rows, or a row of another kind.
    """
    if not rows:
        raise InputError("forest: rows", 0, "at least one study")
    for row in rows:
        if row["kind"] not in KINDS:
            raise InputError("forest: kind", row["kind"], f"one of {', '.join(KINDS)}")
    domain = _domain(rows, ratio)
    # A name that leaves no room for its numbers has them on a line of their own, and so have all.
    said = [words.with_interval(row["value"], row["low"], row["high"]) for row in rows]
    long = any(len(row["label"]) + len(one) > LETTERS for row, one in zip(rows, said, strict=True))
    tall = ROW + LINE if long else ROW
    placed = [
        _placed(row, one, tall * i, LINE if long else 0, domain)
        for i, (row, one) in enumerate(zip(rows, said, strict=True))
    ]
    height = tall * len(rows)
    told = [
        f"{row['label']} ({row['kind']}): {words.estimate(row['value'], row['low'], row['high'], unit=unit)}"
        for row in rows
    ]
    chart = finished(
        alt.layer(*_layers(placed, domain, height, unit, ratio)),
        title=[title],
        subtitle=[f"Left of the line: {left}. Right: {right}. Bars: 95 % intervals; an arrow goes on."],
        description=words.sentence([title, *told]),
    )
    return chart.properties(height=height)


def _domain(rows: Sequence[Mapping[str, Any]], ratio: bool) -> tuple[float, float]:
    """The axis: studies, pooled effect and no difference whole; wider limits run off it."""
    whole = [row for row in rows if row["kind"] in KINDS[:2]] or list(rows)
    ends = [row[name] for row in whole for name in ("low", "high")] + [row["value"] for row in rows]
    if ratio:
        return min(*ends, 0.25), max(*ends, 2.0)
    low, high = min(*ends, 0.0), max(*ends, 0.0)
    margin = 0.08 * (high - low)
    return low - margin, high + margin


def _placed(
    row: Mapping[str, Any], said: str, top: int, below: int, domain: tuple[float, float]
) -> dict[str, Any]:
    """A row with its place: its numbers so far below its name."""
    low, high = max(row["low"], domain[0]), min(row["high"], domain[1])
    return {
        "label": row["label"],
        "kind": row["kind"],
        "value": row["value"],
        "low": low,
        "high": high,
        "off_left": domain[0] if row["low"] < domain[0] else None,
        "off_right": domain[1] if row["high"] > domain[1] else None,
        "text_y": float(top + 2),
        "said_y": float(top + 2 + below),
        "bar_y": float(top + below + LINE + 11),
        "size": 60.0 + 400.0 * row.get("weight", 0.0),
        "said": said,
    }


def _layers(
    rows: list[dict[str, Any]], domain: tuple[float, float], height: int, unit: str, ratio: bool
) -> list[Any]:
    base = alt.Chart(inline(pl.DataFrame(rows, infer_schema_length=None)))
    scale = alt.Scale(type="log" if ratio else "linear", domain=list(domain), nice=False, clamp=True)
    ticks = [x for x in (0.1, 0.2, 0.25, 0.5, 1, 2, 4, 8) if domain[0] <= x <= domain[1]]
    axis = alt.Axis(title=with_unit("Ratio" if ratio else "Difference", unit), tickCount=6)
    axis = alt.Axis(title="Ratio", values=ticks) if ratio else axis
    down = alt.Scale(domain=[0, height], range=[0, height], nice=False, zero=False)
    shades = alt.Scale(domain=list(KINDS), range=list(_COLOURS))
    colour = alt.Color("kind:N", scale=shades, legend=None)
    marks = alt.Scale(domain=list(KINDS), range=["square", "square", "diamond", "stroke"])

    def x(name: str) -> alt.X:
        return alt.X(f"{name}:Q", scale=scale, axis=axis)

    def y(name: str) -> alt.Y:
        return alt.Y(f"{name}:Q", scale=down, axis=None)

    arrow = {"filled": True, "size": 70, "opacity": 1}
    line = alt.Chart(alt.InlineData(values=[{"at": 1.0 if ratio else 0.0}]))
    return [
        line.mark_rule(color=GRID, strokeWidth=2).encode(x=x("at")),
        base.mark_rule(strokeWidth=2.4).encode(x=x("low"), x2="high:Q", y=y("bar_y"), color=colour),
        base.mark_point(**arrow, shape="triangle-left").encode(x=x("off_left"), y=y("bar_y"), color=colour),
        base.mark_point(**arrow, shape="triangle-right").encode(x=x("off_right"), y=y("bar_y"), color=colour),
        base.mark_point(filled=True, opacity=1).encode(
            x=x("value"),
            y=y("bar_y"),
            color=colour,
            size=alt.Size("size:Q", scale=None, legend=None),
            shape=alt.Shape("kind:N", scale=marks, legend=None),
            tooltip=["label:N", "kind:N", "said:N"],
        ),
        base.mark_text(align="left", baseline="top", x=2, fontSize=12.5, color=INK).encode(
            y=y("text_y"), text="label:N"
        ),
        base.mark_text(align="right", baseline="top", x="width", fontSize=12.5, color=INK).encode(
            y=y("said_y"), text="said:N"
        ),
    ]
