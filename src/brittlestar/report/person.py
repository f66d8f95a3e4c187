"""One person, treated beside untreated: out of 100, over the same years."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import polars as pl

from brittlestar._shared import words
from brittlestar._shared.errors import InputError
from brittlestar._shared.of_100 import people
from brittlestar._shared.table import Cell, Column, Table, number
from brittlestar.report.view import Figures, Row, View, filled

COLUMNS = {"treated": "with the plan", "untreated": "without treatment", "difference": "difference"}
KINDS = {"benefit": "What treatment is for", "harm": "What treatment may bring"}
RANGES = {
    "chance": "  95 % of groups of 100",
    "person": "  95 % of people like this",
    "not_known": "  without and with an effect not known",
    "population": "  90 % of populations",
    "science": "  90 % of parameters, laws, populations",
}
WIDER = 1e-6
"""Of its upper end, by which a range must be wider than nothing to be told."""


def view(
    comparison: Mapping[str, Any],
    frames: Mapping[str, pl.DataFrame] | None = None,
    panels: Mapping[str, Any] | None = None,
) -> View:
    """One person's courses.

    Args:
        comparison: what ``summary.json`` holds: manifest and person; plan or plans, rows, sentences, notes
            and title where there are any.
        frames: for the figures: "course" (time_years, age_years, plan, output, unit, mean, low, high), and
            "fractures" (draw, plan, time_years, site) if fates were drawn.
        panels: charts of the course by name, where they are drawn already.

    Raises:
        InputError: no manifest, or figures are asked for without a course.
    """
    if "manifest" not in comparison or (frames is not None and "course" not in frames):
        found = sorted([*comparison, *(frames or ())])
        raise InputError("person report", found, "a comparison with 'manifest' and a 'course'")
    rows = comparison.get("rows") or ()
    plans = [plan for plan in COLUMNS if any(plan in row for row in rows)]
    counts = [row for row in rows if row["unit"] == "of 100"]
    averages = [row for row in rows if row["unit"] != "of 100"]
    tables = {
        "counts": _counts(counts, plans),
        "averages": _averages(averages, plans, comparison.get("in_trials")),
        "expected": _page([row for row in rows if "kind" not in row], plans),
        "harms": _page([row for row in rows if "kind" in row], plans),
    }
    return View(
        template="person.html",
        title=comparison.get("title") or "One person, with and without treatment",
        manifest=comparison["manifest"],
        tables=tables,
        printed=_printed(comparison, tables),
        parts={
            "person": filled(dict(comparison.get("person") or {})),
            "plan": _plan(comparison),
            "sentences": comparison.get("sentences") or (),
            "years": comparison.get("years"),
            "notes": comparison.get("notes") or (),
            "failed": comparison.get("failed") or 0,
        },
        draw=partial(_figures, frames, panels) if frames else dict,
    )


def _printed(comparison: Mapping[str, Any], tables: Mapping[str, Table]) -> list[str | Table]:
    if not comparison.get("rows"):
        return []
    who = ", ".join(
        f"{name} {value:g}" if isinstance(value, float) else f"{name} {value}"
        for name, value in comparison["person"].items()
    )
    years = f"{comparison['years']:g} {'year' if comparison['years'] == 1 else 'years'}"
    return [
        f"{who}; {years}",
        f"Plan: {comparison['plan']['words']}",
        f"Doses: {comparison['plan']['doses']}",
        "",
        f"Benefit and harm, out of 100 people like this over the same {years}",
        tables["counts"],
        "",
        f"The mean over such people, over the same {years}",
        tables["averages"],
        "",
        *comparison["sentences"],
        *(f"Note: {note}" for note in comparison["notes"]),
    ]


def _terminal(plans: Sequence[str]) -> Table:
    return Table.of(Column("", comfort=16), *(Column(COLUMNS[plan], right=True) for plan in plans))


def _averages(rows: Sequence[Row], plans: Sequence[str], trials: Row | None) -> Table:
    table = _terminal(plans)
    for row in rows:
        means = (number(row[plan]["mean"], row["unit"]) for plan in plans)
        table.row(f"{row['label']}, {row['unit']}", *means)
        for label, cells in _ranges(row, plans):
            table.row(label, *cells, style="dim")
        if trials and row["id"] == "fractures":
            # The trials are the better guide, so they stand with the model's own number and as bright.
            table.row("", *("" for _ in plans), notes=(trials["words"],), style="bold")
    return table


def _counts(rows: Sequence[Row], plans: Sequence[str]) -> Table:
    """People out of 100; a bound in words stands below its row, as the evidence of a row does."""
    table = _terminal(plans)
    for kind, title in KINDS.items():
        table.row(title, *("" for _ in plans), style="bold")
        for row in (row for row in rows if row.get("kind", "benefit") == kind):
            ranges = list(_ranges(row, plans))
            bound = row["treated"]["said"] if row["treated"]["mean"] is None else None
            notes = (bound, row.get("note"))
            table.row(row["label"], *(people(row[plan]) for plan in plans), notes=() if ranges else notes)
            for k, (label, cells) in enumerate(ranges, 1):
                table.row(label, *cells, notes=notes if k == len(ranges) else (), style="dim")
    return table


def _ranges(row: Row, plans: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    for kind, label in RANGES.items():
        ends = [row[plan].get(kind) for plan in plans]
        if any(end is not None and end[1] - end[0] > WIDER * max(abs(end[1]), WIDER) for end in ends):
            unit = row["unit"]
            said = (
                "-" if end is None else f"{number(end[0], unit)} to {number(end[1], unit)}" for end in ends
            )
            yield label, list(said)


def _page(rows: Sequence[Row], plans: Sequence[str]) -> Table:
    """Rows of a page: below each number its ranges and bound, below each label its unit or evidence."""
    table = Table.of("Outcome", *(words.capital(COLUMNS[plan]) for plan in plans))
    for row in rows:
        below = row["note"] if "kind" in row else words.pretty(row["unit"])
        cells = _averaged(row, plans) if "kind" not in row else [_counted(row[plan], plan) for plan in plans]
        table.row(Cell(words.capital(row["label"]), small=(below,) if below else ()), *cells)
    return table


def _averaged(row: Row, plans: Sequence[str]) -> list[Cell]:
    """Numbers equally rounded; a range that is no wider than the rounding is left out."""
    cells = [row[plan] for plan in plans]
    numbers = [
        x for cell in cells for x in (cell["mean"], *(end for name in RANGES for end in cell.get(name) or ()))
    ]
    places = 0 if row["unit"] == "of 100" else words.decimals(numbers)
    return [_with_ranges(words.number(cell["mean"], places), cell, RANGES, places) for cell in cells]


def _counted(cell: Row, plan: str) -> Cell:
    """People out of 100; a bound comes with its words."""
    found = _with_ranges(people(cell), cell, ("chance",), 0)
    bound = cell.get("said") if cell.get("at_most") is not None and plan != "difference" else None
    return Cell(found.text, small=(*([bound] if bound else []), *found.small))


def _with_ranges(mean: str, cell: Row, names: Iterable[str], places: int) -> Cell:
    said = ((name, words.interval(cell[name][0], cell[name][1], places)) for name in names if cell.get(name))
    return Cell(
        mean,
        small=tuple(
            f"{name.replace('_', ' ')}: {text}" for name, text in said if text != f"{mean} to {mean}"
        ),
    )


def _figures(frames: Mapping[str, pl.DataFrame], panels: Mapping[str, Any] | None) -> Figures:
    from brittlestar import charts  # altair takes half a second to load
    from brittlestar.charts.person import PANELS
    from brittlestar.report.page import Figure, rows_of

    course = frames["course"].drop_nulls("mean")
    time = "age_years" if "age_years" in course.columns else "time_years"
    total = charts.with_total(course)
    outputs = {panel.name: panel for panel in PANELS}
    found = []
    for name, chart in (panels or charts.each_person_panel(course)).items():
        panel = outputs[name]
        tables = []
        for i, output in enumerate(panel.outputs):
            rows = total.filter(pl.col("output") == output)
            what = panel.words[i] if panel.words else panel.title
            caption = f"{words.capital(what)}{words.joined(panel.unit or rows['unit'][0])}, mean (95 % range)"
            tables.append(rows_of(caption, charts.data_table(rows, time=time, by="plan")))
        found.append(Figure.of(name, chart, *tables))
    return {"courses": found, "fates": _fate(frames.get("fractures"), course)}


def _fate(fractures: pl.DataFrame | None, course: pl.DataFrame) -> list[Any]:
    """The first fate drawn, whatever it holds: choosing a telling one would mislead."""
    from brittlestar import charts  # as above
    from brittlestar.report.page import Figure

    if fractures is None:
        return []
    first = fractures.filter(pl.col("draw") == 0) if "draw" in fractures.columns else fractures
    years = float(course["time_years"].max())  # type: ignore[arg-type]
    return [Figure.of("fate", charts.drawn_fractures(first, course["plan"].unique(), years))]


def _plan(comparison: Mapping[str, Any]) -> dict[str, Any]:
    """The plan in its own words under that heading, or the plans by name."""
    plan = dict(comparison.get("plan") or comparison.get("plans") or {})
    return filled({"plan": plan.pop("words", None)} | plan)
