"""What is expected of a trial: mean and intervals of every endpoint, one axis for each unit."""

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import polars as pl

from brittlestar._shared import words
from brittlestar._shared.errors import InputError
from brittlestar._shared.words import pretty
from brittlestar.charts.theme import TREATED, finished, grid, inline

ROW = 26
"""Height of a row, pixels."""


def predicted_ranges(rows: Sequence[Mapping[str, Any]]) -> alt.ConcatChart:
    """Mean (dot), 50 % (thick) and 90 % interval (thin) of every endpoint and arm.

    Args:
        rows: label, arm, time_months, unit, mean and interval ("50" and "90": two ends each).

    Raises:
        InputError: no row that has an answer.
    """
    known = [row for row in rows if row["mean"] is not None and None not in row["interval"]["90"]]
    if not known:
        raise InputError("prediction", 0, "accepted: at least one endpoint with an answer")
    units = dict.fromkeys(row["unit"] for row in known)
    return grid(
        (_of_one_unit([row for row in known if row["unit"] == unit], unit) for unit in units), columns=1
    )


def _of_one_unit(rows: Sequence[Mapping[str, Any]], unit: str) -> alt.LayerChart:
    frame = pl.DataFrame(
        [
            {"name": f"{row['label']}, {row['arm']}, {words.months(row['time_months'])}", "mean": row["mean"]}
            | {
                f"{end}_{level}": ends[k]
                for level, ends in row["interval"].items()
                for k, end in enumerate(("low", "high"))
            }
            for row in rows
        ]
    )
    base = alt.Chart(inline(frame))
    y = alt.Y("name:N", sort=frame["name"].to_list(), axis=alt.Axis(title=None, labelLimit=420))
    scale = alt.Scale(type="log") if unit == "ratio" else alt.Scale(zero=False)
    bars = [
        base.mark_rule(strokeWidth=wide, color=TREATED[0], opacity=0.7).encode(
            x=alt.X(f"low_{level}:Q", scale=scale, axis=alt.Axis(title=pretty(unit))),
            x2=f"high_{level}:Q",
            y=y,
        )
        for level, wide in (("90", 1.5), ("50", 5.0))
    ]
    dot = base.mark_point(filled=True, size=60, opacity=1, color=TREATED[0]).encode(x="mean:Q", y=y)
    said = [f"{row['name']}: {words.estimate(row['mean'], row['low_90'], row['high_90'], unit=unit)}"
            for row in frame.to_dicts()]  # fmt: skip
    chart = finished(
        alt.layer(*bars, dot),
        title=[f"Predicted, {pretty(unit)}"],
        subtitle=["Dot: mean. Thick line: 50 % interval. Thin line: 90 % interval."],
        description=words.sentence(["Predicted", *said]),
    )
    return chart.properties(height=ROW * len(rows))
