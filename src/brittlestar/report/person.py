"""The report of one person, treated beside untreated."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from brittlestar import charts
from brittlestar._shared import words
from brittlestar._shared.errors import InputError
from brittlestar._shared.of_100 import people
from brittlestar.charts.person import PANELS
from brittlestar.report.page import Figure, Table, filled, render

COLUMNS = {"treated": "With the plan", "untreated": "Without treatment", "difference": "Difference"}


def person_report(comparison: Mapping[str, Any], frames: Mapping[str, pl.DataFrame]) -> str:
    """One HTML page of one person's courses.

    Args:
        comparison: what ``Comparison.summary()`` holds: manifest and person; plan or plans, rows,
            sentences, notes and title where there are any.
        frames: "course" (time_years, age_years, plan, output, unit, mean, low, high); "fractures" (draw,
            plan, time_years, site) if fates were drawn.

    Raises:
        InputError: no manifest, no course, or a table without a column it needs.
    """
    if "manifest" not in comparison or "course" not in frames:
        raise InputError(
            "person report", sorted([*comparison, *frames]), "a comparison with 'manifest' and a 'course'"
        )
    course = frames["course"].drop_nulls("mean")
    rows = comparison.get("rows") or ()
    return render(
        "person.html",
        title=comparison.get("title") or "One person, with and without treatment",
        manifest=comparison["manifest"],
        person=filled(dict(comparison.get("person") or {})),
        plan=_plan(comparison),
        sentences=comparison.get("sentences") or (),
        columns=[text for key, text in COLUMNS.items() if any(key in row for row in rows)],
        rows=[_row(row) for row in rows if "kind" not in row],
        harms=[_harm(row) for row in rows if "kind" in row],
        years=comparison.get("years"),
        notes=comparison.get("notes") or (),
        figures=_figures(course),
        fates=_fate(frames.get("fractures"), course),
        failed=comparison.get("failed") or 0,
    )


def _figures(course: pl.DataFrame) -> list[Figure]:
    time = "age_years" if "age_years" in course.columns else "time_years"
    total = charts.with_total(course)
    outputs = {panel.name: panel for panel in PANELS}
    found = []
    for name, chart in charts.each_person_panel(course).items():
        panel = outputs[name]
        tables = []
        for i, output in enumerate(panel.outputs):
            rows = total.filter(pl.col("output") == output)
            what = panel.words[i] if panel.words else panel.title
            caption = f"{words.capital(what)}{words.joined(panel.unit or rows['unit'][0])}, mean (95 % range)"
            tables.append(Table.of(caption, charts.data_table(rows, time=time, by="plan")))
        found.append(Figure.of(name, chart, *tables))
    return found


def _fate(fractures: pl.DataFrame | None, course: pl.DataFrame) -> list[Figure]:
    """The first fate drawn, whatever it holds: choosing a telling one would mislead."""
    if fractures is None:
        return []
    first = fractures.filter(pl.col("draw") == 0) if "draw" in fractures.columns else fractures
    years = float(course["time_years"].max())  # type: ignore[arg-type]
    return [Figure.of("fate", charts.drawn_fractures(first, course["plan"].unique(), years))]


def _row(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of the table; a range that is no wider than the rounding is left out."""
    cells = {heading: row[key] for key, heading in COLUMNS.items() if key in row}
    numbers = [x for cell in cells.values() for x in (cell["mean"], *_ends(cell))]
    places = 0 if row["unit"] == "of 100" else words.decimals(numbers)
    shown = []
    for heading, cell in cells.items():
        ranges = [(name, cell.get(name)) for name in ("chance", "person")]
        said = [(name, words.interval(ends[0], ends[1], places)) for name, ends in ranges if ends]
        mean = words.number(cell["mean"], places)
        wide = [(name, text) for name, text in said if text != f"{mean} to {mean}"]
        shown.append({"heading": heading, "mean": mean, "ranges": wide})
    return {"label": words.capital(row["label"]), "unit": words.pretty(row["unit"]), "cells": shown}


def _harm(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of people out of 100; a bound comes with its words."""
    shown = []
    for key, heading in COLUMNS.items():
        if key in row:
            cell, mean = row[key], people(row[key])
            ends = words.interval(cell["chance"][0], cell["chance"][1], 0) if cell["chance"] else ""
            ranges = [("chance", ends)] if ends not in ("", f"{mean} to {mean}") else []
            bound = cell.get("said") if cell.get("at_most") is not None and key != "difference" else None
            shown.append({"heading": heading, "mean": mean, "ranges": ranges, "bound": bound})
    return {"label": words.capital(row["label"]), "note": row["note"], "cells": shown}


def _ends(cell: Mapping[str, Any]) -> list[float]:
    return [end for name in ("chance", "person") for end in cell.get(name) or ()]


def _plan(comparison: Mapping[str, Any]) -> dict[str, Any]:
    """The plan in its own words under that heading, or the plans by name."""
    plan = dict(comparison.get("plan") or comparison.get("plans") or {})
    return filled({"plan": plan.pop("words", None)} | plan)
