"""Fractures of a trial: who is still without one, how many there were per person, and when they fell."""

from collections.abc import Iterable

import altair as alt
import polars as pl

from brittlestar._shared import words
from brittlestar._shared.errors import InputError, nearest
from brittlestar.charts.course import points_of, published_words
from brittlestar.charts.last_values import last_values, read_out, versus
from brittlestar.charts.layers import Step, bands_and_lines, published_points
from brittlestar.charts.theme import colours, finished, in_order, inline, month_axis, need

CURVE = ("arm", "time_months", "mean", "low", "high")


def fracture_free(
    free: pl.DataFrame, published: pl.DataFrame | None = None, *, series: str = "free"
) -> alt.LayerChart:
    """Share of people still without a fracture, by arm: steps, with the band of simulated trials.

    Args:
        free: rows (arm, time_months, mean, low, high), shares from 0 to 1.
        published: rows of the paper; those of ``series`` are drawn, as shares from 0 to 1.
        series: id of the published rows.
    """
    need(free, CURVE, "free")
    free = free.drop_nulls("mean")
    points = points_of(published, series, free["arm"])
    arms = in_order(free["arm"])
    ends = last_values(free, "arm", "time_months")
    last = float(free["time_months"].max())  # type: ignore[arg-type]
    y = alt.Y(
        "mean:Q",
        axis=alt.Axis(title="Still without a fracture", format="%"),
        scale=alt.Scale(domain=[0, 1]),
    )
    broken = ends.with_columns(mean=1 - pl.col("mean"), low=1 - pl.col("high"), high=1 - pl.col("low"))
    out_of = read_out(broken, "arm", scale=100.0, what="95 % of trials")
    return finished(
        alt.layer(
            *bands_and_lines(free, x=_months(last), y=y, by="arm", arms=arms, interpolate=_step(free)),
            *published_points(points, x="time_months", arms=arms),
        ),
        title=[f"Without a fracture at {words.months(last)}: {versus(ends, 'arm', '%', scale=100.0)}"],
        subtitle=["Line: mean. Band: 95 % of simulated trials of this size.", *_outlined(points)],
        description=words.sentence(
            [
                "Simulated: share of people still without a fracture by arm, as steps falling from 100 %",
                f"Out of 100 people, with at least one fracture within {words.months(last)}: {out_of}",
                published_words(points, "%", scale=100.0),
            ]
        ),
    )


def mean_cumulative_fractures(
    mcf: pl.DataFrame, published: pl.DataFrame | None = None, *, series: str = "mcf"
) -> alt.LayerChart:
    """Mean cumulative number of fractures per person, by arm, with published counts where there are any.

    Args:
        mcf: rows (arm, time_months, mean, low, high), fractures per person since the start.
        published: rows of the paper; those of ``series`` are drawn.
        series: id of the published rows.
    """
    need(mcf, CURVE, "mcf")
    mcf = mcf.drop_nulls("mean")
    points = points_of(published, series, mcf["arm"])
    arms = in_order(mcf["arm"])
    ends = last_values(mcf, "arm", "time_months")
    last = float(mcf["time_months"].max())  # type: ignore[arg-type]
    y = alt.Y("mean:Q", title="Fractures per person since start", scale=alt.Scale(domainMin=0))
    return finished(
        alt.layer(
            *bands_and_lines(mcf, x=_months(last), y=y, by="arm", arms=arms, interpolate=_step(mcf)),
            *published_points(points, x="time_months", arms=arms),
        ),
        title=[f"Fractures per person in {words.months(last)}: {versus(ends, 'arm')}"],
        subtitle=["Line: mean. Band: 95 % of simulated trials of this size.", *_outlined(points)],
        description=words.sentence(
            [
                f"Simulated: mean cumulative number of fractures per person by arm over {words.months(last)}",
                f"At the end: {read_out(ends, 'arm')}",
                published_words(points),
            ]
        ),
    )


def drawn_fractures(events: pl.DataFrame, plans: Iterable[str], years: float) -> alt.LayerChart:
    """The fractures that fell in one drawn fate, a tick each, one row per plan.

    The fate is the same under each plan, so a tick that is missing below was prevented, and one that has
    moved was put off.

    Args:
        events: rows (plan, time_years, site) of one draw; may be empty.
        plans: every plan, also those under which no fracture fell.
        years: how long the plans were followed.
    """
    for column in ("plan", "time_years", "site"):
        if column not in events.columns:
            raise InputError("fractures: column", column, nearest(column, events.columns))
    plans = in_order(plans)
    chosen = colours(plans)
    counts = {plan: events.filter(pl.col("plan") == plan).height for plan in plans}
    axis = alt.Axis(title="Years from start", format="d", tickMinStep=1)
    base = alt.Chart(inline(events.select("plan", "time_years", "site"))).encode(
        x=alt.X("time_years:Q", axis=axis, scale=alt.Scale(domain=[0, years], nice=False)),
        y=alt.Y("plan:N", title=None, scale=alt.Scale(domain=plans), axis=alt.Axis(labelLimit=140)),
        tooltip=["plan:N", "site:N", alt.Tooltip("time_years:Q", format=".1f")],
    )
    colour = alt.Scale(domain=plans, range=[chosen[plan] for plan in plans])
    ticks = base.mark_tick(thickness=2.6, size=26, opacity=1).encode(
        color=alt.Color("plan:N", scale=colour, legend=None)
    )
    said = "; ".join(f"{plan} {count}" for plan, count in reversed(counts.items()))
    chart = finished(
        alt.layer(ticks),
        title=[f"Fractures in one drawn fate: {said}"],
        subtitle=["Each tick is a fracture. The same fate under each plan; another fate differs."],
        description=f"Fractures over time in one drawn fate, the same under each plan: {said}.",
    )
    return chart.properties(height=48 * len(plans))


def _months(last: float) -> alt.X:
    return alt.X(
        "time_months:Q", axis=month_axis(last), scale=alt.Scale(domain=[0, last], nice=False, padding=10)
    )


def _step(curve: pl.DataFrame) -> Step:
    """Steps where they can be seen; on a grid finer than the screen they only fray a dashed line."""
    points = curve.group_by("arm").len()["len"].max()
    return "step-after" if int(points) <= 100 else "linear"  # type: ignore[arg-type]


def _outlined(points: pl.DataFrame) -> list[str]:
    return ["Outlined points: published values, with 95 % interval where given."] if len(points) else []
