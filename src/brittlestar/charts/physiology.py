"""Published points against the model: all on one axis, and those of a course over it."""

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import polars as pl

from brittlestar._shared import words
from brittlestar._shared.errors import InputError
from brittlestar.charts.theme import GRID, INK, OUTSIDE, TREATED, finished, inline, month_axis

EDGE = 4.0
"""Where the axis ends, in half-widths of the published interval; what lies beyond stands at the edge."""
ROW = 38
"""Height of a row and its line of text, pixels."""


def point_forest(rows: Sequence[Mapping[str, Any]], *, title: str) -> alt.LayerChart:
    """Every point on a scale where its published 90 % interval is -1 to 1.

    x = (model - middle of the interval)/half its width; on logarithms for rates, whose interval is a ratio.

    Args:
        rows: label, model, verdict and interval90.
        title: what the points are.

    Raises:
        InputError: no rows.
    """
    if not rows:
        raise InputError("points: rows", 0, "at least one point with an interval")
    placed = []
    for i, row in enumerate(rows):
        low, high = row["interval90"]
        x = (row["model"] - (low + high) / 2.0) / ((high - low) / 2.0)
        placed.append(
            {
                "label": row["label"],
                "x": max(-EDGE, min(EDGE, x)),
                "right": row["verdict"] == "right",
                "said": f"model {words.number(row['model'])}, published {words.interval(low, high)}",
                "text_y": float(ROW * i + 2),
                "y": float(ROW * i + 26),
            }
        )
    height = ROW * len(placed)
    base = alt.Chart(inline(pl.DataFrame(placed)))
    scale = alt.Scale(domain=[-EDGE, EDGE], nice=False)
    axis = alt.Axis(title="In half-widths of the published 90 % interval", values=[-4, -2, -1, 0, 1, 2, 4])
    down = alt.Scale(domain=[0, height], range=[0, height], nice=False, zero=False)
    told = [True, False]
    colour = alt.Color("right:N", scale=alt.Scale(domain=told, range=[TREATED[0], OUTSIDE]), legend=None)
    shape = alt.Shape("right:N", scale=alt.Scale(domain=told, range=["circle", "cross"]), legend=None)
    strip = alt.Chart(alt.InlineData(values=[{"low": -1, "high": 1}]))
    layers = [
        strip.mark_rect(color=GRID, opacity=0.6).encode(
            x=alt.X("low:Q", scale=scale, axis=axis), x2="high:Q"
        ),
        base.mark_point(filled=True, size=70, opacity=1).encode(
            x=alt.X("x:Q", scale=scale, axis=axis),
            y=alt.Y("y:Q", scale=down, axis=None),
            color=colour,
            shape=shape,
            tooltip=["label:N", "said:N"],
        ),
        base.mark_text(align="left", baseline="top", x=2, fontSize=12.5, color=INK).encode(
            y=alt.Y("text_y:Q", scale=down, axis=None), text="label:N"
        ),
    ]
    right = sum(row["right"] for row in placed)
    chart = finished(
        alt.layer(*layers),
        title=[f"{title}: {right} of {len(placed)} right"],
        subtitle=[f"Strip: published. Disc: right. Cross: off; at the edge, {EDGE:g} half-widths or more."],
        description=words.sentence([title, *(f"{row['label']}: {row['said']}" for row in placed)]),
    )
    return chart.properties(height=height)


def point_course(
    course: Sequence[Mapping[str, Any]], rows: Sequence[Mapping[str, Any]], *, titles: tuple[str, str]
) -> alt.LayerChart:
    """Published points with their 90 % intervals over the model's course of the same quantity.

    Args:
        course: rows of months and value.
        rows: the points on it: months, published, interval90 and model.
        titles: what was given, and what was measured.

    Raises:
        InputError: a course without times or without points.
    """
    if not (course and rows):
        raise InputError("course", 0, "at least one time and one point")
    given, measured = titles
    own = [{"months": row["months"], "value": row["model"]} for row in rows]
    whole = {float(one["months"]): one["value"] for one in (*course, *own)}
    line = alt.Chart(
        inline(pl.DataFrame({"months": sorted(whole), "value": [whole[m] for m in sorted(whole)]}))
    )
    points = [
        {"months": row["months"], "published": row["published"], "low": low, "high": high}
        for row in rows
        for low, high in [row["interval90"]]
    ]
    dots = alt.Chart(inline(pl.DataFrame(points)))
    last = max(whole)
    x = alt.X("months:Q", axis=month_axis(last), scale=alt.Scale(domain=[0, last * 1.04], nice=False))

    def y(name: str) -> alt.Y:
        return alt.Y(f"{name}:Q", axis=alt.Axis(title=measured), scale=alt.Scale(zero=False))

    layers = [
        line.mark_line(color=TREATED[0], strokeWidth=2.4).encode(x=x, y=y("value")),
        dots.mark_rule(color=INK, strokeWidth=2).encode(x=x, y=y("low"), y2="high:Q"),
        dots.mark_point(filled=True, color=INK, size=60, opacity=1).encode(x=x, y=y("published")),
    ]
    said = [
        f"month {row['months']:g}: published {words.with_interval(row['published'], *row['interval90'])}, "
        f"model {words.number(row['model'])}"
        for row in rows
    ]
    return finished(
        alt.layer(*layers),
        title=[given],
        subtitle=["Line: model. Points and bars: published, 90 % interval."],
        description=words.sentence([f"{given}: {measured}", *said]),
        panel=True,
    )
