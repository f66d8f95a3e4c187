"""The page of the leaflet: every statement, what the model and the evidence say, disagreements first."""

from collections.abc import Mapping, Sequence
from typing import Any

from brittlestar._shared import words
from brittlestar._shared.words import pretty
from brittlestar.charts.statement import statement_chart
from brittlestar.report.page import Figure, Table, render

SIGNS = {"DISAGREES": "✕", "PARTLY": "≈", "NO DATA": "?", "AGREES": "✓"}
"""What disagrees comes first."""

SAID = {
    "DISAGREES": "disagrees",
    "PARTLY": "partly",
    "NO DATA": "no data to hold it against",
    "AGREES": "agrees",
}
AT_ODDS = {
    "leaflet": "Published evidence, with which the model agrees, does not bear the leaflet's wording.",
    "model": "The model is at odds with the leaflet or with the evidence.",
    "both": "Published evidence does not bear the leaflet's wording, and the model does not meet all of it.",
}


def leaflet_report(leaflet: Mapping[str, Any]) -> str:
    """One HTML page.

    Args:
        leaflet: content of ``leaflet.json``.
    """
    statements = [_statement(row) for row in leaflet["statements"]]
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in statements:
        groups.setdefault(row["group"], []).append(row)
    return render(
        "leaflet.html",
        title="A patient factsheet, statement by statement",
        manifest=leaflet["manifest"],
        leaflet=leaflet["leaflet"],
        counts=[
            (leaflet["counts"][verdict], SIGNS[verdict], SAID[verdict], verdict.lower().replace(" ", "-"))
            for verdict in SIGNS
        ],
        not_agreeing=[row for verdict in list(SIGNS)[:3] for row in statements if row["verdict"] == verdict],
        groups=groups,
        questions=[_question(page) for page in leaflet.get("open_questions", ())],
    )


def _statement(row: Mapping[str, Any]) -> dict[str, Any]:
    return dict(row) | {
        "sign": SIGNS[row["verdict"]],
        "said": SAID[row["verdict"]],
        "css": row["verdict"].lower().replace(" ", "-"),
        "odds": AT_ODDS.get(row["at_odds"] or ""),
        "table": numbers_table(row["numbers"]) if row["numbers"] else None,
        "figure": _figure(f"chart-{row['id']}", row["chart"]),
    }


def _question(page: Mapping[str, Any]) -> dict[str, Any]:
    return dict(page) | {"figure": _figure(f"question-{page['id']}", page["chart"])}


def _figure(id: str, chart: Mapping[str, Any] | None) -> Figure | None:
    return Figure.of(id, statement_chart(chart)) if chart else None


def numbers_table(numbers: Sequence[Mapping[str, Any]]) -> Table:
    """Simulated numbers beside published ones."""
    rows = []
    for n in numbers:
        simulated = words.with_interval(n["value"], n["low"], n["high"])
        published = words.with_interval(n["published"], n["published_low"], n["published_high"])
        if n["published"] is None and n["published_low"] is not None:
            published = words.interval(n["published_low"], n["published_high"])
        name = ", ".join(part for part in (n["label"], pretty(n["unit"])) if part)
        rows.append((name, simulated, n["range_is"] or words.NONE, published, n["source"] or words.NONE))
    columns = ("Number", "Simulated (range)", "The range is", "Published", "Source")
    return Table("Simulated and published", columns, tuple(rows))
