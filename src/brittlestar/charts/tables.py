"""The numbers behind a chart, as the table that stands beside it."""

import polars as pl

from brittlestar._shared import words
from brittlestar.charts.theme import in_order, need

ROWS = 13
"""Rows of a table at most: a reader wants some times, not every step."""


def data_table(
    frame: pl.DataFrame, *, time: str = "time_months", by: str = "arm", scale: float = 1.0
) -> pl.DataFrame:
    """One row per time and one column per arm, each cell "mean (low to high)".

    Args:
        frame: rows of one curve (time, arm or plan, mean, low, high), as handed to the chart.
        time: column of time; its name tells the unit in the heading.
        by: column that tells arms or plans apart.
        scale: factor on every number, 100 to print shares as per cent.

    Returns:
        A table of text, first column the time.
    """
    need(frame, (time, by, "mean", "low", "high"), "table")
    times = _some(frame[time].unique().sort().to_list(), ROWS)
    columns = pl.col("mean", "low", "high") * scale
    chosen = frame.filter(pl.col(time).is_in(times)).with_columns(columns)
    places = words.decimals([*chosen["mean"], *chosen["low"], *chosen["high"]])
    cell = {
        (row[time], row[by]): words.with_interval(row["mean"], row["low"], row["high"], places)
        for row in chosen.to_dicts()
    }
    heading = {"time_months": "Months", "age_years": "Age (years)", "time_years": "Years"}.get(time, time)
    columns_of = {
        arm: [cell.get((t, arm), words.NONE) for t in times] for arm in in_order(chosen[by].to_list())
    }
    return pl.DataFrame({heading: [f"{t:.4g}" for t in times]} | columns_of)


def published_table(points: pl.DataFrame, *, scale: float = 1.0) -> pl.DataFrame:
    """The published points of a chart: months, arm, "value (low to high)", source."""
    rows = [
        {
            "Months": f"{row['time_months']:g}",
            "Arm": row["arm"],
            "Published": words.with_interval(
                *(None if row[name] is None else scale * row[name] for name in ("value", "low", "high"))
            ),
            "Source": row["source"] or words.NONE,
        }
        for row in points.sort("time_months", "arm").to_dicts()
    ]
    return pl.DataFrame(rows, schema={name: pl.String for name in ("Months", "Arm", "Published", "Source")})


def _some(times: list[float], rows: int) -> list[float]:
    """At most so many of the times, those nearest to an even spread from first to last."""
    if len(times) <= rows:
        return times
    first, span = times[0], times[-1] - times[0]
    wanted = [first + span * i / (rows - 1) for i in range(rows)]
    return sorted({min(times, key=lambda t: abs(t - want)) for want in wanted})
