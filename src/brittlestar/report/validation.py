"""Studies kept apart, and the calibration's own without themselves: predicted beside found."""

from collections.abc import Mapping
from typing import Any

from brittlestar._shared.table import Column, Table, number, with_range
from brittlestar.report.view import View, percent_of_studies

NOT_COUNTED = "Used in building the model, or of people whose types are not known: not counted"
YES = {True: "yes", False: "no"}


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
            "Widths, errors and CRPS in units of the SD of sampling and between trials. Shares of studies, "
            "each counted once, and skill in %, with 95 % limits that count studies; the reviews are one. "
            f"First edition: commit {content['first_edition'][:7]}, a normal with the mean and 90 % "
            "interval that it printed.",
            *_over_seeds(content["seeds"]),
            *([score_gains(content["fracture_scores"])] if content["fracture_scores"] else []),
            *directions,
            "",
            tables["not_counted"],
            "",
            *(f"{study}: {why}." for study, why in content["left_out"].items()),
        ),
    )


def left_out_view(content: Mapping[str, Any]) -> View:
    """Each calibration study predicted from the others; it has no page of its own.

    Args:
        content: what ``left-out.json`` holds.
    """
    table = Table.of(
        Column("results", whole=True), Column("forecast", whole=True), Column("studies", right=True),
        Column("n", right=True), Column("inside 50 %", right=True), Column("inside 90 %", right=True),
        Column("studies inside 50 % (limit)", right=True, rank=1),
        Column("studies inside 90 % (limit)", right=True, rank=1), Column("width of 90 %", right=True),
        Column("CRPS", right=True),
    )  # fmt: skip
    for row in content["summary"]:
        counts = (f"{row[f'inside_{level}']['count']}" for level in (50, 90))
        shares = (percent_of_studies(row[f"inside_{level}"]) for level in (50, 90))
        table.row(
            row["group"], row["forecast"], str(row["studies"]), str(row["results"]), *counts, *shares,
            number(row["width_90"]), with_range(*row["crps"].values()),
        )  # fmt: skip
    each = Table.of(
        Column("study", whole=True), "result", Column("kind", rank=1), Column("model less found", right=True),
        Column("by the linear step", right=True, rank=1), Column("SD of parameters", right=True, rank=2),
        Column("sampling", right=True, rank=2), Column("between trials", right=True, rank=2),
        Column("inside 90 %"), Column("leverage", right=True),
    )  # fmt: skip
    for row in content["results"]:
        names = ("gap", "linear_gap", "parameters_sd", "sampling_sd", "between_trials_sd")
        gap, *others = (number(row[name]) for name in names)
        inside = YES[row["forecasts"]["with spread"]["inside_90"]]
        leverage = f"{row['leverage']:.2f}" + (" *" if row["flagged"] else "")
        each.row(row["study"], row["label"], row["kind"], gap, *others, inside, leverage)
    return View(
        template="",
        title="Calibration studies, each predicted from the others",
        manifest=content["manifest"],
        tables={"summary": table, "results": each},
        printed=(
            table,
            "Parameters without the study by a linear step, of flagged studies by a full fit; spread "
            "between trials from the other studies alone. Widths and CRPS in units of the SD without that "
            "spread; 95 % limits count studies. First edition: commit "
            f"{content['first_edition'][:7]}, the same step and sampling errors, its own parameters and "
            "spread.",
            "",
            each,
            "On the scale of the kind: ln, SD for z. * the study decided more than half of what it is held "
            "against: a full fit to the others tells, and the linear step is shown beside it.",
        ),
    )


def _results(content: Mapping[str, Any]) -> Table:
    naive = [name for name in content["summary"] if not name.startswith("model")]
    table = Table.of(
        "result", Column("found", right=True), Column("predicted (90 %)", right=True),
        Column("PIT", right=True, rank=1), Column("inside 50", rank=2, comfort=0),
        Column("inside 90", comfort=0), *(Column(name, right=True, rank=3) for name in naive),
    )  # fmt: skip
    for row in content["results"]:
        model = row["forecasts"]["model"]
        predicted = with_range(model["mean"], *model["interval_90"])
        inside = (YES[bool(model[f"inside_{level}"])] for level in (50, 90))
        means = (number(row["forecasts"][name]["mean"]) if name in row["forecasts"] else "" for name in naive)
        table.row(row["label"], number(row["found"]), predicted, f"{model['pit']:.2f}", *inside, *means)
    return table


def _forecasts(content: Mapping[str, Any]) -> Table:
    heads = ("inside 50 %", "inside 90 %")
    limits = ("studies inside 50 % (limit)", "studies inside 90 % (limit)")
    scores = ("width of 90 %", "mean absolute error", "CRPS")
    skills = ("skill of the model, error", "skill of the model, CRPS")
    table = Table.of(
        Column("forecast", whole=True),
        *(Column(head, right=True) for head in heads),
        *(Column(head, right=True, rank=1) for head in limits),
        *(Column(head, right=True) for head in scores),
        *(Column(head, right=True, rank=2) for head in skills),
    )
    for name, s in content["summary"].items():
        counts = (f"{s[part]:.0f} of {s['results']:.0f}" for part in ("inside_50", "inside_90"))
        shares = (percent_of_studies(s[part]) for part in ("studies_50", "studies_90"))
        means = (number(s[part]) for part in ("width_90", "mean_absolute_error", "crps"))
        skill = (percent_of_studies(s["skill"][part]) if "skill" in s else "" for part in ("error", "crps"))
        table.row(name, *counts, *shares, *means, *skill)
    return table


def _over_seeds(seeds: Mapping[str, Any]) -> list[str]:
    if seeds["seeds"] < 2:
        return []
    inside = ", ".join(
        f"inside {level} % {seeds[f'inside_{level}'][0]} to {seeds[f'inside_{level}'][1]}"
        for level in (50, 90)
    )
    errors, scores = (" to ".join(map(number, seeds[name])) for name in ("mean_absolute_error", "crps"))
    moved = f"limits moved by at most {100 * seeds['limits_moved']:.1f} % of their interval"
    return [f"Over {seeds['seeds']} seeds: {inside}, mean absolute error {errors}, CRPS {scores}; {moved}."]


def score_gains(scores: Mapping[str, Mapping[str, Any]]) -> str:
    """Log scores of the model on fracture ratios beside naive forecasts, in words; a loss is called one.

    Args:
        scores: by naive forecast: gain, its standard error, and how many studies.
    """
    said = [
        f"over {name} {one['gain']:+.2f}"
        + ("" if one["standard_error"] is None else f" ± {one['standard_error']:.2f}")
        + (" (a loss)" if one["gain"] < 0.0 else "")
        for name, one in scores.items()
    ]
    studies = next(iter(scores.values()))["studies"]
    return (
        f"Log score of the model's fracture ratios, {studies} studies counted once each: {'; '.join(said)}."
    )


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
