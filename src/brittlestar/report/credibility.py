"""The credibility report as a page: failures first, nothing green that was not run."""

from collections.abc import Mapping
from typing import Any

from brittlestar._shared import words
from brittlestar.report.page import Table, render

SIGNS = {"PASS": "✓", "FAIL": "✕", "NOT RUN": "○", "NO DATA": "–"}
CLASSES = {"PASS": "inside", "FAIL": "outside", "NOT RUN": "no-interval", "NO DATA": "not-published"}
"""Verdict -> the style of the same meaning on the page of a trial."""

GROUPS = {
    "validation": "Validation",
    "results": "Each result that was kept apart",
    "controls": "Negative controls",
    "calibration": "Calibration",
    "statistics": "Statistics",
    "sensitivity": "Global sensitivity",
    "code": "Code",
    "numbers": "Numbers",
    "open": "Not done, or without data",
}


def credibility_report(content: Mapping[str, Any]) -> str:
    """One HTML page of ``credibility.json``."""
    groups = [
        (name, title, [_row(row) for row in content["rows"] if row["group"] == name])
        for name, title in GROUPS.items()
    ]
    return render(
        "credibility.html",
        title="Credibility",
        manifest=content["manifest"],
        content=content,
        tally=[
            (count, SIGNS[status], status, CLASSES[status]) for status, count in content["counts"].items()
        ],
        contexts=content["contexts"],
        claims={row["id"]: row["claim"] for row in content["rows"]},
        groups=[group for group in groups if group[2]],
        files=_files(content["parameters"]),
        assumed=_assumed(content["parameters"]),
        learned=_learned(content["not_learned"]),
        indices=[_indices(found) for found in content["sensitivity"].get("outputs", ())],
        limits=content["limits"],
    )


def _row(row: Mapping[str, Any]) -> dict[str, Any]:
    seconds = "" if row["seconds"] is None else f"{row['seconds']:.1f} s"
    seed = "" if row["seed"] is None else f"seed {row['seed']}"
    return {
        **row,
        "sign": SIGNS[row["status"]],
        "style": CLASSES[row["status"]],
        "made": " · ".join(filter(None, (seed, seconds))),
    }


def _files(parameters: Mapping[str, Any]) -> Table:
    statuses = ("sourced", "derived", "calibrated", "assumed")
    rows = tuple(
        (name, str(counts["total"]), *(str(counts.get(status, 0)) for status in statuses))
        for name, counts in parameters["files"].items()
    )
    return Table("Numbers by file", ("File", "Numbers", *statuses), rows)


def _assumed(parameters: Mapping[str, Any]) -> Table:
    rows = tuple((row["file"], row["name"], row["unit"], row["meaning"]) for row in parameters["assumed"])
    return Table("Every assumed number", ("File", "Name", "Unit", "Meaning"), rows)


def _learned(found: list[Mapping[str, Any]]) -> Table:
    rows = tuple(
        (row["parameter"], words.number(row["ratio"], 2), "learned" if row["learned"] else "not learned")
        for row in found
    )
    return Table("SD after over SD before calibration", ("Parameter", "Ratio", ""), rows)


def _indices(found: Mapping[str, Any]) -> Table:
    rows = tuple(
        (
            p["parameter"],
            words.number(p["first_order"], 2),
            f"{words.number(p['total'], 2)} ± {p['half_width']:.2f}",
        )
        for p in found["parameters"][:8]
    )
    mean = f"mean {words.number(found['mean'])}, SD {words.number(found['sd'])} over the priors"
    return Table(f"{words.capital(found['output'])} ({mean})", ("Parameter", "First order", "Total"), rows)
