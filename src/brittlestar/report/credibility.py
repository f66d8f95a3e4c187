"""The credibility of the simulator: failures first, nothing green that was not run."""

from collections.abc import Iterable, Mapping
from typing import Any

from brittlestar._shared import words
from brittlestar._shared.table import Cell, Column, Table
from brittlestar.report.view import Count, Row, View

SIGNS = {"PASS": "✓", "FAIL": "✕", "NOT RUN": "○", "NO DATA": "–"}
STYLES = {"PASS": "inside", "FAIL": "outside", "NOT RUN": "no-interval", "NO DATA": "not-published"}
"""Verdict -> the style of the same meaning on the page of a trial."""

GROUPS = {
    "validation": "Validation",
    "left_out": "Each study predicted from the others",
    "results": "Each result that was kept apart",
    "controls": "Negative controls",
    "calibration": "Calibration",
    "statistics": "Statistics",
    "sensitivity": "Global sensitivity",
    "seeds": "Seeds",
    "code": "Code",
    "numbers": "Numbers",
    "open": "Not done, or without data",
}
STATUSES = ("sourced", "derived", "calibrated", "assumed")
MOST_INDICES = 8
"""Parameters that are told of each output: the indices of the next are small."""


def view(content: Mapping[str, Any]) -> View:
    """A credibility report.

    Args:
        content: what ``credibility.json`` holds.
    """
    rows, parameters = content["rows"], content["parameters"]
    claims = {row["id"]: row["claim"] for row in rows}
    checks, contexts = _checks(rows), _contexts(content["contexts"], claims)
    by_group = {
        name: _checks(mine) for name in GROUPS if (mine := [row for row in rows if row["group"] == name])
    }
    counts = content["counts"]
    assumed = parameters["by_status"].get("assumed", 0)
    share = 100 * assumed / parameters["total"]
    tables = {"checks": checks, "contexts": contexts, **by_group}
    return View(
        template="credibility.html",
        title="Credibility",
        manifest=content["manifest"],
        tables=tables,
        printed=(
            checks,
            "",
            ", ".join(f"{count} {status}" for status, count in counts.items()),
            "",
            contexts,
        ),
        notes=(f"Numbers of the model: {parameters['total']}, {assumed} assumed ({share:.0f} %).",),
        parts={
            "tally": [Count(n, SIGNS[status], status, STYLES[status]) for status, n in counts.items()],
            "groups": {name: GROUPS[name] for name in by_group},
            "quick": content["quick"],
            "recorded": content["recorded"],
            "parameters": parameters,
            "files": _files(parameters["files"]),
            "assumed": _assumed(parameters["assumed"]),
            "learned": _learned(content["not_learned"]),
            "indices": [_indices(found) for found in content["sensitivity"].get("outputs", ())],
            "limits": content["limits"],
        },
    )


def _checks(rows: Iterable[Row]) -> Table:
    table = Table.of(
        Column("verdict", whole=True, page="Verdict"), Column("check", whole=True, only="terminal"),
        Column("claim", page="Claim"), Column("found", rank=1, page="Found"),
        Column("accepted", rank=2, page="Accepted"),
    )  # fmt: skip
    for row in rows:
        status = row["status"]
        found = Cell(row["value"] or f"{row['note']} {row['cure']}", row["value"], _made(row))
        table.row(
            Cell(status, sign=SIGNS[status], style=f"verdict {STYLES[status]}"),
            row["id"],
            Cell(row["claim"], small=(row["method"],)),
            found,
            row["threshold"],
        )
    return table


def _made(row: Row) -> tuple[str, ...]:
    """What is to be known of a finding: remarks, what is to be done, and how it was made."""
    seconds = "" if row["seconds"] is None else f"{row['seconds']:.1f} s"
    seed = "" if row["seed"] is None else f"seed {row['seed']}"
    cure = f"To do: {row['cure']}" if row["cure"] else ""
    return tuple(filter(None, (row["note"], cure, " · ".join(filter(None, (seed, seconds))))))


def _contexts(uses: Iterable[Row], claims: Mapping[str, str]) -> Table:
    table = Table.of(
        Column("use", whole=True, page="Use"), Column("", folded=True),
        Column("influence", only="page", page="Influence"),
        Column("consequence", only="page", page="If wrong"),
        Column("evidence", whole=True, page="Evidence"), Column("lacking", rank=1, page="Lacking"),
    )  # fmt: skip
    for use in uses:
        name = Cell(use["id"], f"{use['id']} {use['title']}" if use["id"] != "none" else use["title"])
        lacking = "\n".join(f"· {claims.get(id, id)}" for id in use["lacking"])
        table.row(
            name,
            Cell(use["title"], use["question"], (use["because"],)),
            use["influence"],
            use["consequence"],
            Cell(use["status"], words.capital(use["status"])),
            Cell(", ".join(use["lacking"]), lacking),
        )
    return table


def _files(files: Mapping[str, Row]) -> Table:
    rows = (
        (name, counts["total"], *(counts.get(status, 0) for status in STATUSES))
        for name, counts in files.items()
    )
    return Table.of("File", "Numbers", *STATUSES, title="Numbers by file").with_rows(rows)


def _assumed(numbers: Iterable[Row]) -> Table:
    names = ("file", "name", "unit", "meaning")
    table = Table.of(*map(words.capital, names), title="Every assumed number")
    return table.with_rows([row[name] for name in names] for row in numbers)


def _learned(found: Iterable[Row]) -> Table:
    table = Table.of("Parameter", "Ratio", "Learned", title="SD after over SD before calibration")
    return table.with_rows(
        (row["parameter"], words.number(row["ratio"], 2), "learned" if row["learned"] else "not learned")
        for row in found
    )


def _indices(found: Row) -> Table:
    mean = f"mean {words.number(found['mean'])}, SD {words.number(found['sd'])} over the priors"
    title = f"{words.capital(found['output'])} ({mean})"
    return Table.of("Parameter", "First order", "Total", title=title).with_rows(
        (
            p["parameter"],
            words.number(p["first_order"], 2),
            f"{words.number(p['total'], 2)} ± {p['half_width']:.2f}",
        )
        for p in found["parameters"][:MOST_INDICES]
    )
