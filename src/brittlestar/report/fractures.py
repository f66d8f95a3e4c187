"""Fractures, predicted beside found: arms, ratios, drugs and types, hip density, and a trial that missed."""

from collections.abc import Sequence

from brittlestar._shared.table import Column, Table, number, with_range
from brittlestar.report.validation import YES, score_gains
from brittlestar.report.view import Row, View, percent_of_studies


def view(content: Row) -> View:
    """It has no page of its own.

    Args:
        content: what ``fractures.json`` holds.
    """
    s, missed, density = content["summary"], content["missed"], content["hip_density"]
    tables = {
        "arms": _arms(content["arms"]),
        "ratios": _ratios(content["ratios"]),
        "drugs": _drugs(content["drugs"]),
        "gradients": _gradients(density["gradients"]),
        "gains": _gains(density["gains"]),
        "lines": _lines(density["lines"]),
    }
    return View(
        template="",
        title="Fractures, predicted and found",
        manifest=content["manifest"],
        tables=tables,
        printed=(
            tables["arms"],
            f"Within one SD: {s['within_one_sd']} of {s['arms']}, {percent_of_studies(s['share'])} %; "
            f"of untreated arms {s['untreated_within_one_sd']} of {s['untreated']}.",
            "",
            tables["ratios"],
            "Not wider than sampling error and trials 0.2 apart give: "
            f"{s['no_wider_than_stated']} of {s['ratios']}.",
            f"{score_gains(s['log_score'])} No forecast was fitted to them.",
            "",
            tables["drugs"],
            "Trials of a pool that is fitted to stand behind rows that overlap: they are no test.",
            "",
            tables["gradients"],
            "",
            tables["gains"],
            "",
            tables["lines"],
            "A trial of a gain above the threshold finds fewer fractures (SABRE); drugs of which the 95 % "
            "interval of the ratio says the same. The spread between new people comes from trials of people "
            "with the disease.",
            "",
            f"{missed['trial']}: a trial of {missed['people']} people misses its fracture endpoint in "
            f"{100 * missed['misses']:.0f} ± {100 * missed['standard_error']:.0f} % ({missed['found']}).",
        ),
    )


def _arms(rows: Sequence[Row]) -> Table:
    table = Table.of(
        "arm, untreated ones first", Column("people", right=True), Column("found", right=True),
        Column("predicted", right=True), Column("SD", right=True), Column("z", right=True),
        Column("fitted to", comfort=0),
    )  # fmt: skip
    for row in rows:
        numbers = (number(row[name]) for name in ("predicted", "sd"))
        counts = (str(row[name]) for name in ("people", "found"))
        table.row(row["label"], *counts, *numbers, f"{row['z']:+.1f}", YES[row["fitted"]])
    return table


def _ratios(rows: Sequence[Row]) -> Table:
    table = Table.of(
        "ln ratio of fractures", Column("found", right=True), Column("SE", right=True),
        Column("predicted without it (90 %)", right=True), Column("width", right=True, rank=1),
        Column("widest", right=True, rank=1), Column("leverage", right=True, rank=1),
        title="Ratios, each predicted from the other studies",
    )  # fmt: skip
    for row in rows:
        low, high = row["interval_90"]
        predicted = with_range(row["predicted"], low, high)
        numbers = (number(row[name]) for name in ("found", "sampling_sd"))
        widths = (number(width) for width in (high - low, row["widest_90"]))
        table.row(row["label"], *numbers, predicted, *widths, f"{row['leverage']:.2f}")
    return table


def _drugs(rows: Sequence[Row]) -> Table:
    heads = ("mean effect (90 %)", "in new people", "of such a trial")
    table = Table.of(
        Column("", over=True), "ln ratio of fractures", Column("site", whole=True),
        Column("found", right=True), *(Column(head, right=True) for head in heads),
        Column("what it is", rank=1, comfort=0), title="Ratios by drug and by type",
    )  # fmt: skip
    for row in rows:
        known = row["found"] is not None
        found = number(row["found"]) if known else ""
        effect = with_range(row["predicted"], *row["effect_90"])
        ranges = (_range(row["people_90"]), _range(row["trial_90"]) if known else "")
        what = "a test" if row["study"] else "overlaps" if known else "nothing published"
        table.row(row["group"], row["label"], row["site"], found, effect, *ranges, what)
    return table


def _gradients(rows: Sequence[Row]) -> Table:
    table = Table.of(
        "fractures", Column("found", right=True), Column("model (90 %)", right=True),
        Column("model, at one age", right=True),
        title="Hazard ratio per SD less of hip density, untreated women without the disease",
    )  # fmt: skip
    for row in rows:
        model = with_range(row["model"], *row["interval_90"])
        table.row(row["fractures"], number(row["found"]), model, number(row["model_at_one_age"]))
    return table


def _gains(rows: Sequence[Row]) -> Table:
    table = Table.of(
        "drug", Column("gain of hip density, %", right=True),
        *(Column(f"{site}, ratio (95 %; in new people)", right=True) for site in ("limb", "vertebral")),
        title="Fracture ratio in 24 months and gain of hip density, by drug",
    )  # fmt: skip
    for row in rows:
        ratios = (
            f"{with_range(row[site]['ratio'], *row[site]['effect_95'])}; {_range(row[site]['people_95'])}"
            for site in ("limb", "vertebral")
        )
        table.row(row["drug"], number(row["gain_pct"]), *ratios)
    return table


def _lines(rows: Sequence[Row]) -> Table:
    heads = ("r2 found (95 %)", "r2", "ratio per 1 % of gain", "threshold found, %", "ratio there")
    table = Table.of(
        "fractures", *(Column(head, right=True) for head in heads),
        Column("drugs that agree", right=True), Column("in new people", right=True),
    )  # fmt: skip
    for row in rows:
        found = "" if row["found_r2"] is None else with_range(row["found_r2"], *row["found_r2_95"])
        names = ("r2", "ratio_per_1_pct", "threshold_pct", "ratio_at_threshold")
        agree = (f"{row['agree'][name]} of {row['drugs']}" for name in ("effect_95", "people_95"))
        table.row(row["fractures"], found, *(number(row[name]) for name in names), *agree)
    return table


def _range(ends: Sequence[float]) -> str:
    return " to ".join(map(number, ends))
