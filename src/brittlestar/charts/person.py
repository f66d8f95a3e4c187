"""One person, treated beside untreated: density, turnover, drug in bone, strength, fractures, height."""

from collections.abc import Callable
from dataclasses import dataclass

import altair as alt
import polars as pl
from altair.utils.schemapi import debug_mode

from brittlestar._shared import words
from brittlestar._shared.errors import InputError
from brittlestar.charts.last_values import last_values, read_out, versus
from brittlestar.charts.layers import bands_and_lines, level
from brittlestar.charts.theme import PROCESS, finished, grid, in_order, inline, is_control, need, with_unit

COURSE = ("time_years", "plan", "output", "unit", "mean", "low", "high")
EXPECTED = "expected_fractures"


@dataclass(frozen=True)
class Panel:
    """What one panel shows.

    Args:
        name: id of the panel.
        title: what it is called.
        outputs: engine names; one draws band and line by plan, two draw two lines by plan.
        words: what the two lines are called.
        axis: title of the axis, where it is not the panel's own.
        unit: unit of the axis in words, where the engine's own is short for a reader.
        mark: a level that means something, e.g. the healthy mean.
    """

    name: str
    title: str
    outputs: tuple[str, ...]
    words: tuple[str, ...] = ()
    axis: str | None = None
    unit: str | None = None
    mark: float | None = None


PANELS = (
    Panel("density", "Spine density", ("ls_abmd",)),
    Panel("z", "Spine Z-score", ("ls_z",), unit="SD", mark=0.0),
    Panel(
        "turnover",
        "Bone removed and formed",
        ("resorption", "formation"),
        ("removed", "formed"),
        axis="Rate",
        unit="healthy adult = 1",
        mark=1.0,
    ),
    # Apart, because hundreds of times more is buried than lies on the surface.
    Panel("drug_surface", "Drug on the surface of bone", ("drug_surface_nmol",)),
    Panel("drug_buried", "Drug buried in bone", ("drug_buried_nmol",)),
    Panel("strength_spine", "Strength, spine", ("strength_vertebral",), unit="healthy = 1"),
    Panel("strength_limb", "Strength, limbs", ("strength_limb",), unit="healthy = 1"),
    Panel(EXPECTED, "Expected fractures", (EXPECTED,), unit="number since start"),
    Panel("pain", "Bone pain", ("pain",), unit="0 to 10"),
    Panel("height", "Height", ("height_cm",)),
)
"""Every panel, in reading order; those whose outputs the course lacks are left out."""


@debug_mode(False)  # every part would be held to its schema, and again in what it is put into; tests do that
def each_person_panel(course: pl.DataFrame) -> dict[str, alt.LayerChart]:
    """One chart per panel that the course can fill, by id.

    Args:
        course: rows (time_years, plan, output, unit, mean, low, high; age_years where known).

    Raises:
        InputError: a missing column, or no output that a panel shows.
    """
    need(course, COURSE, "course")
    course = with_total(course)
    known = set(course["output"].unique())
    panels = {}
    for panel in PANELS:
        if known.issuperset(panel.outputs):
            draw: Callable[[pl.DataFrame, Panel], alt.LayerChart] = _one if len(panel.outputs) == 1 else _two
            panels[panel.name] = draw(course, panel)
    if not panels:
        accepted = f"at least one of {', '.join(name for panel in PANELS for name in panel.outputs)}"
        raise InputError("course: output", sorted(known), accepted)
    return panels


def person_panels(course: pl.DataFrame) -> alt.ConcatChart:
    """All panels of one person as small multiples."""
    return grid(each_person_panel(course).values())


def with_total(course: pl.DataFrame) -> pl.DataFrame:
    """The course with expected fractures of all sites together.

    The ends of the range are added over sites too: exact where sites rise and fall together between draws,
    too wide where they do not.
    """
    sites = course.filter(pl.col("output").str.starts_with(f"{EXPECTED}_"))
    if sites.is_empty() or (course["output"] == EXPECTED).any():
        return course
    keys = [name for name in ("time_years", "age_years", "plan") if name in course.columns]
    total = sites.group_by(keys, maintain_order=True).agg(pl.col("mean", "low", "high").sum())
    total = total.with_columns(output=pl.lit(EXPECTED), unit=pl.lit("count"))
    return pl.concat([course, total.select(course.columns)], how="vertical_relaxed")


def _one(course: pl.DataFrame, panel: Panel) -> alt.LayerChart:
    frame = course.filter(pl.col("output") == panel.outputs[0])
    plans = in_order(frame["plan"].to_list())
    time, x = _time(frame)
    unit = panel.unit or frame["unit"][0]
    zero = panel.name in (EXPECTED, "pain")
    y = alt.Y(
        "mean:Q",
        title=with_unit(panel.title, unit),
        scale=alt.Scale(zero=zero, nice=True, domainMin=0 if zero else alt.Undefined),
    )
    layers = [level(panel.mark, dashed=True)] if panel.mark is not None and frame["high"].max() > -1.5 else []  # type: ignore[operator]
    ends = last_values(frame, "plan", time)
    return finished(
        alt.layer(*layers, *bands_and_lines(frame, x=x, y=y, by="plan", arms=plans)),
        title=[panel.title, f"{_at(ends, time)}: {versus(ends, 'plan')}"],
        description=words.sentence(
            [
                f"Simulated: {with_unit(panel.title, unit)} by plan",
                f"{_at(ends, time)}: {read_out(ends, 'plan')}",
            ]
        ),
        panel=True,
    )


def _two(course: pl.DataFrame, panel: Panel) -> alt.LayerChart:
    """Two quantities by plan: colour tells the quantity, dashes the plan without the drug."""
    named = dict(zip(panel.outputs, panel.words))
    frame = course.filter(pl.col("output").is_in(panel.outputs))
    frame = frame.with_columns(what=pl.col("output").replace_strict(named))
    plans = in_order(frame["plan"].to_list())
    time, x = _time(frame)
    title = with_unit(panel.axis or panel.title, panel.unit or frame["unit"][0])
    without = [plan for plan in plans if is_control(plan)]
    dashes = alt.Scale(domain=plans, range=[[5, 4] if is_control(plan) else [1, 0] for plan in plans])
    line = alt.Chart(inline(frame)).mark_line(strokeWidth=2.2)
    line = line.encode(
        x=x,
        y=alt.Y("mean:Q", title=title, scale=alt.Scale(zero=True)),
        stroke=alt.Stroke(
            "what:N",
            scale=alt.Scale(domain=list(panel.words), range=list(PROCESS)),
            legend=alt.Legend(symbolType="stroke"),
        ),
        strokeDash=alt.StrokeDash("plan:N", scale=dashes, legend=None),
        tooltip=["plan:N", "what:N", alt.Tooltip("mean:Q", format=".3~g")],
    )
    ends = {name: last_values(frame.filter(pl.col("what") == name), "plan", time) for name in panel.words}
    any_end = next(iter(ends.values()))
    return finished(
        alt.layer(*([] if panel.mark is None else [level(panel.mark, dashed=True)]), line),
        title=[
            panel.title,
            f"Dashed: {' and '.join(without)}" if without else f"Plan: {' and '.join(plans)}",
        ],
        description=words.sentence(
            [
                f"Simulated: {title}, two lines by plan",
                *(f"{_at(any_end, time)}, {name}: {read_out(rows, 'plan')}" for name, rows in ends.items()),
            ]
        ),
        panel=True,
    )


def _time(frame: pl.DataFrame) -> tuple[str, alt.X]:
    name = "age_years" if "age_years" in frame.columns else "time_years"
    title = "Age (years)" if name == "age_years" else "Years from start"
    axis = alt.Axis(title=title, format="d", tickMinStep=1)
    years = frame[name].to_list()
    return name, alt.X(f"{name}:Q", axis=axis, scale=alt.Scale(domain=[min(years), max(years)], nice=False))


def _at(ends: pl.DataFrame, time: str) -> str:
    value = f"{ends[time].max():.0f}"
    return f"At age {value}" if time == "age_years" else f"After {value} years"
