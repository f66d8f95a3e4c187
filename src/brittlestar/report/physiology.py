"""The table of points: each by its use, with interval and verdict, and the courses behind them."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from brittlestar._shared import words
from brittlestar._shared.table import Cell, Column, Table, number, with_range
from brittlestar.report.view import Count, Figures, Row, View

STYLES = {
    "right": ("✓", "inside"),
    "off": ("✕", "outside"),
    "off more than twofold": ("✕", "outside"),
    "not computed": ("–", "not-published"),
}
"""Verdict -> its sign and the style of the same meaning on the page of a trial."""

USES = {
    "calibration": "Calibration: fitted to, counted",
    "test": "Test: never fitted to, counted",
    "check": "Check: shown",
    "input": "Input: a number of the model itself, shown",
    "by construction": "By construction: shown",
    "validation": "Validation: shown once, after the last change",
}


def view(content: Mapping[str, Any]) -> View:
    """The table of points beside the model.

    Args:
        content: what ``points.json`` holds.
    """
    rows, counts = content["points"], content["counts"]
    by_use = {use: mine for use in USES if (mine := [row for row in rows if row["use"] == use])}
    tables = {use.replace(" ", "-"): _table(use, mine) for use, mine in by_use.items()}
    each = "; ".join(f"{use} {one['right']} of {one['points']}" for use, one in counts.items())
    right, total = (sum(one[key] for one in counts.values()) for key in ("right", "points"))
    words_of = [
        row["verdict"]
        for row in rows
        if row["counted"] or (row["use"] in counts and row["verdict"] == "not computed")
    ]
    return View(
        template="physiology.html",
        title="Physiology, point by point",
        manifest=content["manifest"],
        tables=tables,
        printed=[part for table in tables.values() for part in (table, "")],
        notes=(f"Right: {each}.", f"{right} of {total} counted points right"),
        parts={
            "tally": [
                Count(words_of.count(word), sign, word, style) for word, (sign, style) in STYLES.items()
            ],
            "uses": {use.replace(" ", "-"): USES[use] for use in by_use},
            "counts": counts,
            "first": content["first_edition"],
        },
        draw=partial(_figures, content),
    )


def _table(use: str, rows: Iterable[Row]) -> Table:
    table = Table.of(
        Column("verdict", page="Verdict"), Column("point", page="Point"),
        Column("population", rank=3, page="Population"), Column("hour", rank=4, page="Hour"),
        Column("published (90 %)", whole=True, page="Published (90 % interval)"),
        Column("model", right=True, page="Model"),
        Column("first edition", right=True, rank=1, page="First edition"),
        Column("use", whole=True, rank=2, only="terminal"),
        title=USES[use],
    )  # fmt: skip
    for row in rows:
        sign, style = STYLES[row["verdict"]]
        low, high = row["interval90"] or (None, None)
        published = row["published"]
        terminal = row["said"] or with_range(published, low, high)
        page = row["said"] or words.with_interval(published, low, high)
        first, places = row["first_edition"] or {}, words.decimals((published, low, high))
        table.row(
            Cell(row["verdict"], sign=sign, style=f"verdict {style}"),
            Cell(row["label"], small=tuple(filter(None, (row["study"], row["note"], row["why_not"])))),
            Cell(row["population"], small=tuple(filter(None, (row["about_population"],)))),
            row["hour"] or "-",
            Cell(terminal, page, small=tuple(filter(None, (row["reason"],)))),
            _value(row["model"], places),
            _value(first.get("model"), places),
            row["use"],
        )
    return table


def _value(value: float | None, places: int) -> Cell:
    return Cell(number(value), words.number(value, places))


def _titles(label: str) -> tuple[str, str]:
    """What was given, and what was measured, of a point's label without its month."""
    head, _, measured = label.partition(": ")
    return re.sub(r", \d+ months(?=,|$)", "", head), words.capital(measured or head)


def _drawn(content: Mapping[str, Any]) -> dict[str, Any]:
    """Name -> chart: points by use on one axis, then each course with its published points."""
    from brittlestar.charts.physiology import point_course, point_forest  # altair takes half a second to load

    rows = {row["id"]: row for row in content["points"]}
    charts = {}
    for use in USES:
        mine = [r for r in rows.values() if r["use"] == use and r["interval90"] and r["model"] is not None]
        if mine:
            charts[f"points-{use.replace(' ', '-')}"] = point_forest(mine, title=USES[use])
    for course in content["courses"]:
        mine = [rows[id] for id in course["points"] if rows[id]["interval90"]]
        if mine:
            charts[mine[0]["id"]] = point_course(course["course"], mine, titles=_titles(mine[0]["label"]))
    return charts


def _figures(content: Mapping[str, Any]) -> Figures:
    from brittlestar.report.page import Figure  # brings altair, as charts do

    figures = [Figure.of(name, chart) for name, chart in _drawn(content).items()]
    split: Sequence[str] = ("points", "courses")
    return {kind: [f for f in figures if f.id.startswith("points-") == (kind == "points")] for kind in split}


def picture_files(content: Mapping[str, Any]) -> Mapping[str, str | Callable[[Path], object]]:
    """Every picture as SVG, by name, as text or as what writes it: of uses, of courses and of each point.

    A course is named after its first point; every other point that was computed has a dot and its interval.
    """
    from brittlestar import charts  # altair takes half a second to load
    from brittlestar.charts.point import point_picture

    drawn = {f"{name}.svg": partial(charts.save_svg, chart) for name, chart in _drawn(content).items()}
    computed = [row for row in content["points"] if row["model"] is not None]
    return {f"{row['id']}.svg": point_picture(row) for row in computed} | drawn
