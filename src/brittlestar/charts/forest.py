"""Every endpoint of a trial in one picture: the simulated range against the published interval."""

from collections.abc import Mapping, Sequence
from textwrap import wrap
from typing import Any

import altair as alt
import polars as pl

from brittlestar._shared import words
from brittlestar._shared.errors import InputError
from brittlestar._shared.trial_words import failures_first
from brittlestar.charts.theme import INK, OUTLINE, OUTSIDE, PAPER, TREATED, finished, inline

EDGE = 4.0
"""Where the axis ends, in half-widths of the published interval; an arrow there is for what lies beyond."""

LINE = 16
"""Height of a line of text in the picture, pixels."""

Endpoints = Sequence[Mapping[str, Any]] | pl.DataFrame


def endpoint_rows(endpoints: Endpoints) -> list[dict[str, Any]]:
    """Endpoints as dictionaries, failures first, otherwise in their own order.

    Raises:
        InputError: an endpoint with a verdict that is none of ``VERDICTS``.
    """
    rows = endpoints.to_dicts() if isinstance(endpoints, pl.DataFrame) else [dict(row) for row in endpoints]
    for row in rows:
        # A struct column of polars holds "nothing" as a struct of nothings.
        if row["published"] is not None and row["published"]["value"] is None:
            row["published"] = None
    return failures_first(rows)


def endpoint_name(row: Mapping[str, Any]) -> str:
    """An endpoint as a reader names it: label, arm or difference, time."""
    return f"{row['label']}, {row['arm']}, {words.months(row['time_months'])}"


def comparable(row: Mapping[str, Any]) -> bool:
    """Whether an endpoint can be drawn: it has an answer, and a published interval to hold it against."""
    published = row["published"]
    return (
        bool(published) and row["verdict"] in ("inside", "outside") and published["high"] > published["low"]
    )


def endpoint_forest(endpoints: Endpoints) -> alt.LayerChart:
    """Simulated mean and range of each endpoint, on a scale where every published 95 % interval is −1 to 1.

    x = (value − centre of the published interval) / half its width, so that endpoints of any unit share one
    axis and a mean inside the strip agrees. Endpoints without a published interval have no place on it; the
    table of endpoints holds them.

    Args:
        endpoints: rows (id, label, arm, time_months, unit, simulated, published, verdict).

    Raises:
        InputError: no endpoint has a published interval.
    """
    rows = endpoint_rows(endpoints)
    drawn = [row for row in rows if comparable(row)]
    if not drawn:
        found = f"{len(rows)} without a published interval"
        raise InputError("endpoints", found, "at least one with an answer and a published interval")
    placed, height = _placed([_standardised(row) for row in drawn])
    inside = sum(row["verdict"] == "inside" for row in drawn)
    said = [
        f"{row['name']}: simulated {row['simulated']}, published {row['paper']}, {row['verdict']}"
        for row in placed
    ]
    heading = f"{inside} of {len(drawn)} simulated means lie in the published interval"
    chart = finished(
        alt.layer(*_layers(placed, height)),
        title=[heading],
        subtitle=[
            "Outlined diamond, strip: published value and 95 % interval.",
            "Colour: simulated mean and 95 % of trials; an arrow lies off the axis.",
        ],
        description=words.sentence([heading, *said]),
    )
    return chart.properties(height=height)


def _layers(rows: list[dict[str, Any]], height: int) -> list[Any]:
    base = alt.Chart(inline(pl.DataFrame(rows)))
    scale = alt.Scale(domain=[-EDGE, EDGE], clamp=True, nice=False)
    axis = alt.Axis(
        values=[-3, -2, -1, 0, 1, 2, 3], format="d", title="Half-widths of the published interval"
    )
    down = alt.Scale(domain=[0, height], range=[0, height], nice=False, zero=False)
    shades = alt.Scale(domain=["outside", "inside"], range=[OUTSIDE, TREATED[0]])
    colour = alt.Color("verdict:N", scale=shades, legend=None)
    text = {"align": "left", "baseline": "top", "x": 2, "fontSize": 12.5, "lineHeight": LINE}
    paper = {"stroke": OUTLINE, "strokeWidth": 1.6}

    def x(name: str) -> alt.X:
        return alt.X(f"{name}:Q", scale=scale, axis=axis)

    def y(name: str) -> alt.Y:
        return alt.Y(f"{name}:Q", scale=down, axis=None)

    strip = alt.Chart(alt.InlineData(values=[{"from": -1, "to": 1}])).mark_rect(color="#8a96a3", opacity=0.22)
    published = base.mark_point(**paper, shape="diamond", size=80, fill=PAPER, opacity=1)
    simulated = base.mark_point(size=110, filled=True, opacity=1)
    return [
        strip.encode(x=x("from"), x2="to:Q"),
        base.mark_rule(**paper).encode(x=x("paper_low"), x2="paper_high:Q", y=y("paper_y")),
        published.encode(x=x("published"), y=y("paper_y")),
        base.mark_rule(strokeWidth=4).encode(x=x("low"), x2="high:Q", y=y("simulated_y"), color=colour),
        simulated.encode(
            x=x("mean"),
            y=y("simulated_y"),
            color=colour,
            shape=alt.Shape("mark:N", scale=None, legend=None),
            tooltip=["name:N", "simulated:N", "paper:N", "verdict:N"],
        ),
        base.mark_text(**text, fontWeight=600).encode(y=y("where_y"), text="where:N", color=colour),
        base.mark_text(**text, color=INK, lineBreak="\n").encode(y=y("heading_y"), text="heading:N"),
    ]


def _standardised(row: Mapping[str, Any]) -> dict[str, Any]:
    published, simulated = row["published"], row["simulated"]
    centre = (published["low"] + published["high"]) / 2
    half = (published["high"] - published["low"]) / 2
    place = {name: (simulated[name] - centre) / half for name in ("mean", "low", "high")}
    mark = (
        "circle" if abs(place["mean"]) <= EDGE else "triangle-right" if place["mean"] > 0 else "triangle-left"
    )
    return place | {
        "name": endpoint_name(row),
        # Text above its bar, in lines that fit a telephone, needs no room at the side.
        "heading": "\n".join(wrap(row["label"], 44)),
        "where": f"{words.capital(row['verdict'])}: {row['arm']}, {words.months(row['time_months'])}",
        "published": (published["value"] - centre) / half,
        "paper_low": -1.0,
        "paper_high": 1.0,
        "verdict": row["verdict"],
        "mark": mark,
        "simulated": words.estimate(*(simulated[name] for name in ("mean", "low", "high")), unit=row["unit"]),
        "paper": words.estimate(*(published[name] for name in ("value", "low", "high")), unit=row["unit"]),
    }


def _placed(rows: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], int]:
    """Rows with the pixel at which each of their parts stands, and the height of all."""
    placed, top = [], 6
    for row in rows:
        bars = top + LINE * (row["heading"].count("\n") + 2) + 8
        heights = {"where_y": top, "heading_y": top + LINE, "paper_y": bars, "simulated_y": bars + 13}
        placed.append(row | heights)
        top = bars + 33
    return placed, top - 8
