"""All replicated trials: every published result beside the simulated one, disagreements first."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from brittlestar._shared import words
from brittlestar._shared.table import Cell, Column, Table
from brittlestar._shared.trial_words import failures_first
from brittlestar.report import endpoints
from brittlestar.report.endpoints import arm_label, fracture_trials
from brittlestar.report.view import Figures, View

IN_RANGE = {True: Cell("yes"), False: Cell("no"), None: Cell("-", words.NONE)}

COLUMNS = (
    Column("trial", whole=True, over=True, page="Trial and endpoint"),
    Column("part", whole=True, over=True, folded=True),
    replace(endpoints.COLUMNS[0], only="terminal"),
    *endpoints.COLUMNS[1:],
    Column("in range", rank=2, comfort=0, page="In range"),
    Column("source", only="page", page="Source"),
)

ABOUT = (
    "Inside: the simulated mean lies in the published 95 % interval, or the range agrees with the words.",
    "In range: the published value is one that a simulated trial of that size gives (95 % of them).",
    "Parameters were fitted to calibration studies; validation studies were not fitted to.",
)


def counted(rows: Sequence[Mapping[str, Any]]) -> str:
    """How many published numbers are inside, outside, or have no interval."""
    return ", ".join(f"{n} {verdict}" for verdict, n in Counter(row["verdict"] for row in rows).items())


def view(content: Mapping[str, Any]) -> View:
    """All replicated trials.

    Args:
        content: what ``all.json`` holds.
    """
    trials, rows = content["trials"], failures_first(content["compared"])
    labels = {one["id"]: one.get("arms") or {} for one in trials}
    table = Table.of(*COLUMNS)
    for one in trials:
        if one["error"]:
            told = (one["id"], one["role"], one["error"], *[""] * 5, "did not run", "", "")
            table.row(*told, printed_only=True)
    for row in rows:
        _add(table, row, labels.get(row["trial"], {}))
    return View(
        template="trials.html",
        title="Published trials, simulated",
        manifest=content["manifest"],
        tables={"compared": table, "by_role": _by_role(rows)},
        printed=(table,),
        notes=_notes(content),
        parts={
            "tally": endpoints.tally(rows),
            "fracture_trials": fracture_trials(rows),
            "trials": trials,
        },
        draw=partial(_figures, rows, labels),
    )


def _add(table: Table, row: Mapping[str, Any], labels: Mapping[str, str]) -> None:
    trial, role = row["trial"], row["role"]
    name = Cell(trial, f"{trial}: {row['label']}", link=f"#trial-{trial}")
    part = Cell(role, f"{role} study" if role else "")
    source = (row["published"] or row.get("said") or {}).get("source")
    endpoints.add(table, row, labels, (name, part), (IN_RANGE[row["in_range"]], Cell("", source or "")))


def _notes(content: Mapping[str, Any]) -> list[str]:
    rows, replicates = content["compared"], content["manifest"]["replicates"]
    lines = endpoints.about_trials(fracture_trials(rows))
    lines += [
        f"Every trial was run {replicates} times. Simulated: mean ± its Monte Carlo standard error.",
        *ABOUT,
        f"Of {len(rows)} published numbers: {counted(rows)}.",
    ]
    if any(row.get("near_limit") for row in rows):
        lines.append(endpoints.NEAR_LIMIT)
    failed = sum(len(one["failed_people"]) for one in content["trials"])
    return lines + ([f"{failed} people had a result that is not finite."] if failed else [])


def _by_role(rows: Sequence[Mapping[str, Any]]) -> Table:
    table = Table.of(
        "Studies for", "Inside, of those with an interval or words", "In range, of those with a value"
    )
    for role in dict.fromkeys(row["role"] for row in rows):
        mine = [row for row in rows if row["role"] == role]
        judged = [row["verdict"] == "inside" for row in mine if row["verdict"] in ("inside", "outside")]
        ranged = [row["in_range"] for row in mine if row["in_range"] is not None]
        counts = (f"{sum(found)} of {len(found)}" for found in (judged, ranged))
        table.row(words.capital(role or "no study"), *counts)
    return table


def _figures(rows: Sequence[Mapping[str, Any]], labels: Mapping[str, Mapping[str, str]]) -> Figures:
    from brittlestar import charts  # altair takes half a second to load
    from brittlestar.charts.forest import comparable
    from brittlestar.report.page import Figure

    drawn = [
        {
            **row,
            "label": f"{row['trial']}: {row['label']}",
            "arm": arm_label(row["arm"], labels[row["trial"]]),
        }
        for row in rows
        if comparable(row)
    ]
    return {"forest": [Figure.of("forest", charts.endpoint_forest(drawn))] if drawn else []}
