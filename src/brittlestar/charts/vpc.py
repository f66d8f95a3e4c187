"""Visual predictive check: percentiles observed beside the range of the same percentiles in simulated data
sets."""

from typing import Any

import altair as alt
import polars as pl

from brittlestar._shared import words
from brittlestar._shared.errors import InputError
from brittlestar._shared.words import pretty
from brittlestar.charts.theme import BAND_OPACITY, OUTLINE, TREATED, finished, inline


def vpc(frame: pl.DataFrame, *, measure: str, unit: str, held: str) -> alt.LayerChart:
    """A band for each percentile, its simulated median as a line, and black points for what was observed.

    Args:
        frame: columns day, percentile, observed, simulated, low, high.
        measure: name of what was observed.
        unit: of its values.
        held: what the band holds, in words.

    Raises:
        InputError: no row.
    """
    if frame.is_empty():
        raise InputError("vpc", 0, "accepted: at least one bin")
    rows = frame.with_columns(years=pl.col("day") / 365.25)
    base = alt.Chart(inline(rows))
    x = alt.X("years:Q", axis=alt.Axis(title="Years"))
    group = alt.Detail("percentile:N")
    y = alt.Y("simulated:Q", scale=alt.Scale(zero=False), axis=alt.Axis(title=f"{measure}, {pretty(unit)}"))
    tips: list[Any] = [
        alt.Tooltip("percentile:Q", title="percentile"),
        *(alt.Tooltip(f"{name}:Q", format=".3~g") for name in ("observed", "simulated", "low", "high")),
    ]
    band = base.mark_area(opacity=BAND_OPACITY, fill=TREATED[0]).encode(
        x=x, y=alt.Y("low:Q"), y2="high:Q", detail=group
    )
    line = base.mark_line(strokeWidth=2.0, stroke=TREATED[0]).encode(x=x, y=y, detail=group)
    seen = base.mark_line(strokeWidth=1.2, stroke=OUTLINE, strokeDash=[4, 3]).encode(
        x=x, y=alt.Y("observed:Q"), detail=group
    )
    point = base.mark_point(size=60, filled=True, color=OUTLINE, opacity=1).encode(
        x=x, y=alt.Y("observed:Q"), detail=group, tooltip=tips
    )
    inside = int(frame["inside"].sum())
    shown = ", ".join(f"{one:g}" for one in sorted(set(frame["percentile"])))
    return finished(
        alt.layer(band, line, seen, point),
        title=[f"Observed beside simulated, {measure}"],
        subtitle=[
            f"Percentiles {shown}. Points: observed. Line and band: simulated, 95 % of data sets.",
            f"In the band: {held}.",
        ],
        description=words.sentence(
            [f"{inside} of {frame.height} observed percentiles lie within 95 % of simulated data sets"]
        ),
    )
