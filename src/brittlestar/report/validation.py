"""Studies kept apart: predicted beside found, and how the forecasts did."""

from collections.abc import Mapping
from typing import Any

from brittlestar._shared.table import Column, Table, number, with_range
from brittlestar.report.view import View

NOT_COUNTED = "Used in building the model, or of people whose types are not known: not counted"


def view(content: Mapping[str, Any]) -> View:
    """A validation; it has no page of its own.

    Args:
        content: what ``validation.json`` holds.
    """
    tables = {
        "results": _results(content),
        "forecasts": _forecasts(content),
        "not_counted": _not_counted(content),
    }
    directions = (f"{one['label']}: predicted {number(one['predicted'])}." for one in content["directions"])
    return View(
        template="",
        title="Studies kept apart, predicted",
        manifest=content["manifest"],
        tables=tables,
        printed=(
            tables["results"],
            "",
            tables["forecasts"],
            "Errors in units of the SD of sampling and between trials.",
            *directions,
            "",
            tables["not_counted"],
            "",
            *(f"{study}: {why}." for study, why in content["left_out"].items()),
        ),
    )


def _results(content: Mapping[str, Any]) -> Table:
    yes = {True: "yes", False: "no"}
    table = Table.of(
        "result", Column("found", right=True), Column("predicted (90 %)", right=True),
        Column("inside 50", rank=2, comfort=0), Column("inside 90", comfort=0),
        Column("no effect", right=True, rank=3), Column("same route", right=True, rank=3),
    )  # fmt: skip
    for row in content["results"]:
        model, none, same = (row["forecasts"][name] for name in ("model", "no effect", "same route"))
        predicted = with_range(model["mean"], *model["interval_90"])
        inside = (yes[bool(model[f"inside_{level}"])] for level in (50, 90))
        table.row(
            row["label"], number(row["found"]), predicted, *inside, number(none["mean"]), number(same["mean"])
        )
    return table


def _forecasts(content: Mapping[str, Any]) -> Table:
    heads = ("inside 50 %", "inside 90 %", "mean absolute error", "CRPS")
    table = Table.of("forecast", *(Column(head, right=True) for head in heads))
    for name, s in content["summary"].items():
        counts = (f"{s[part]:.0f} of {s['results']:.0f}" for part in ("inside_50", "inside_90"))
        table.row(name, *counts, number(s["mean_absolute_error"]), number(s["crps"]))
    return table


def _not_counted(content: Mapping[str, Any]) -> Table:
    table = Table.of(
        Column("study", whole=True), "result", Column("found", right=True), Column("model", right=True),
        Column("why it is not counted", rank=1), title=NOT_COUNTED,
    )  # fmt: skip
    for row in content["not_counted"]:
        low, high = map(number, row["model"])
        model = low if low == high else f"{low} to {high}"
        label = f"{row['label']}, {row['unit']}"
        table.row(row["study"], label, number(row["found"]), model, row["why_not_counted"])
    return table
