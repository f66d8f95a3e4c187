"""Power by number of people, one line per test."""

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import polars as pl

from brittlestar._shared import words
from brittlestar._shared.errors import InputError
from brittlestar.charts.theme import BAND_OPACITY, QUIET, TREATED, finished, inline

DASHES = ([1, 0], [6, 3], [2, 2], [8, 3, 2, 3], [4, 4], [10, 2])


def power_curves(rows: Sequence[Mapping[str, Any]], *, months: float, title: str = "") -> alt.LayerChart:
    """Share of trials that reject "no effect" in favour of treatment, by size, at one duration.

    Args:
        rows: label, months, size, share, low, high; ``low`` and ``high`` span the pools.
        months: which duration.
        title: of the chart; default the duration.

    Raises:
        InputError: no row of that duration, or more tests than can be told apart.
    """
    chosen = [row for row in rows if row["months"] == months]
    labels = list(dict.fromkeys(row["label"] for row in chosen))
    if not chosen or len(labels) > len(TREATED):
        raise InputError("power: tests", len(labels), f"accepted: 1 to {len(TREATED)} at {months:g} months")
    columns = ("label", "size", "share", "low", "high")
    frame = pl.DataFrame([{name: row[name] for name in columns} for row in chosen], infer_schema_length=None)
    frame = frame.with_columns(pl.col("share", "low", "high") * 100.0)
    base = alt.Chart(inline(frame))
    scale = alt.Scale(domain=labels, range=list(TREATED[: len(labels)]))
    dash = alt.Scale(domain=labels, range=[list(d) for d in DASHES[: len(labels)]])
    legend = alt.Legend(columns=1, symbolType="stroke", symbolOpacity=1.0, labelLimit=0)
    x = alt.X("size:Q", axis=alt.Axis(title="People randomised", tickCount=6), scale=alt.Scale(nice=True))
    y = alt.Y("share:Q", axis=alt.Axis(title="Power (%)"), scale=alt.Scale(domain=[0, 100]))
    colour = alt.Color("label:N", scale=scale, legend=legend)
    line = base.mark_line(strokeWidth=2.4).encode(
        x=x,
        y=y,
        color=colour,
        strokeDash=alt.StrokeDash("label:N", scale=dash, legend=legend),
    )
    points = base.mark_circle(size=60, opacity=1).encode(
        x=x, y=y, color=colour, tooltip=["label:N", "size:Q", "share:Q"]
    )
    band = base.mark_area(opacity=BAND_OPACITY).encode(
        x=x, y="low:Q", y2="high:Q", color=colour, detail="label:N"
    )
    wanted = alt.Chart(alt.InlineData(values=[{"at": 80.0}])).mark_rule(color=QUIET, strokeDash=[3, 3])
    title = title or f"Power after {words.months(months)}"
    said = [
        f"{label}: "
        + ", ".join(f"{r['size']} people {100 * r['share']:.0f} %" for r in chosen if r["label"] == label)
        for label in labels
    ]
    return finished(
        alt.layer(band, wanted.encode(y="at:Q"), line, points),
        title=[title],
        subtitle=["Trials out of 100 that find an effect.", "Bands: 90 % of pools. Dotted line: 80 %."],
        description=words.sentence([title, *said]),
    )
