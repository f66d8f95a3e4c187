"""The layers that charts share: band, line, published points. Data come as rows, styles from the theme."""

from typing import Any, Literal

import altair as alt
import polars as pl

from brittlestar.charts.theme import (
    BAND_OPACITY,
    OUTLINE,
    arm_legend,
    arm_scales,
    colours,
    in_order,
    inline,
    shapes,
)

Step = Literal["linear", "step-after"]


def bands_and_lines(
    frame: pl.DataFrame, *, x: alt.X, y: alt.Y, by: str, arms: list[str], interpolate: Step = "linear"
) -> list[Any]:
    """A band from ``low`` to ``high`` and a line at ``mean`` for each arm, legend on the line.

    Args:
        frame: columns of ``x`` and ``by``, mean, low, high.
        x: encoding of time.
        y: encoding of the mean; the band uses its scale.
        by: column that tells arms (or plans) apart.
        arms: every arm of the chart, so that colours agree between layers.
        interpolate: "step-after" for curves that jump at events.
    """
    colour, dash = arm_scales(arms)
    fill = colours(arms)
    base = alt.Chart(inline(frame))
    tips = [
        alt.Tooltip(f"{by}:N"),
        *(alt.Tooltip(f"{name}:Q", format=".3~g") for name in ("mean", "low", "high")),
    ]
    layers: list[Any] = []
    for arm in in_order(frame[by].to_list()):
        rows = frame.filter(pl.col(by) == arm)
        # A fill scale would take the legend away from the lines; one constant fill per arm does not.
        if (rows["low"] != rows["high"]).any():
            band = alt.Chart(inline(rows)).mark_area(
                opacity=BAND_OPACITY, fill=fill[arm], interpolate=interpolate, clip=True
            )
            layers.append(band.encode(x=x, y=alt.Y("low:Q"), y2="high:Q"))
    line = base.mark_line(strokeWidth=2.4, interpolate=interpolate)
    layers.append(
        line.encode(
            x=x,
            y=y,
            stroke=alt.Stroke(f"{by}:N", scale=colour, legend=arm_legend(in_order(arms)), title=None),
            strokeDash=alt.StrokeDash(f"{by}:N", scale=dash, legend=arm_legend(in_order(arms)), title=None),
            tooltip=tips,
        )
    )
    return layers


def published_points(frame: pl.DataFrame, *, x: str, arms: list[str], y: alt.Y | None = None) -> list[Any]:
    """Black outlined points with error bars where the source gives an interval, set slightly apart by arm.

    Args:
        frame: columns of ``x``, arm, value, low, high, source.
        x: column of time.
        arms: every arm of the chart; the point is filled with its arm's colour.
        y: encoding of the value where no other layer carries the axis.
    """
    fill, shape = colours(arms), shapes(arms)
    layers: list[Any] = []
    with_points = in_order(frame["arm"].to_list())
    for i, arm in enumerate(with_points):
        rows = frame.filter(pl.col("arm") == arm)
        apart = 8.0 * (i - (len(with_points) - 1) / 2)
        base = alt.Chart(inline(rows)).encode(x=alt.X(f"{x}:Q"))
        ends = rows.drop_nulls(["low", "high"])
        if len(ends):
            bar = alt.Chart(inline(ends)).encode(x=alt.X(f"{x}:Q"))
            rule = bar.mark_rule(stroke=OUTLINE, strokeWidth=1.6, xOffset=apart, x2Offset=apart)
            layers.append(rule.encode(y=alt.Y("low:Q"), y2="high:Q"))
            for end in ("low", "high"):
                cap = bar.mark_tick(
                    color=OUTLINE, orient="horizontal", size=9, thickness=1.6, opacity=1, xOffset=apart
                )
                layers.append(cap.encode(y=alt.Y(f"{end}:Q")))
        point = base.mark_point(
            size=95,
            fill=fill[arm],
            shape=shape[arm],
            stroke=OUTLINE,
            strokeWidth=1.8,
            opacity=1,
            xOffset=apart,
        )
        layers.append(
            point.encode(
                y=y or alt.Y("value:Q"),
                tooltip=[
                    alt.Tooltip("arm:N"),
                    alt.Tooltip("value:Q", title="published", format=".3~g"),
                    alt.Tooltip("low:Q", format=".3~g"),
                    alt.Tooltip("high:Q", format=".3~g"),
                    alt.Tooltip("source:N"),
                ],
            )
        )
    return layers


def level(value: float, *, dashed: bool = False) -> Any:
    """A quiet horizontal line at a value that means something: no change, the healthy mean."""
    rows = alt.InlineData(values=[{"level": value}])
    rule = alt.Chart(rows).mark_rule(stroke="#8a96a3", strokeWidth=1, strokeDash=[2, 3] if dashed else [1, 0])
    return rule.encode(y=alt.Y("level:Q"))
