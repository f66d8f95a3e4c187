"""All replicated trials in one table."""

import time
from typing import TYPE_CHECKING, Any

from brittlestar._shared.table import Column, Table
from brittlestar._shared.trial_words import beside, together
from brittlestar.cli import tables
from brittlestar.cli.cost import ahead, cost
from brittlestar.cli.tables import NEAR_LIMIT, about_trials, in_trials, number, with_error, with_range
from brittlestar.cli.terminal import announce, end, say

if TYPE_CHECKING:
    from brittlestar.trials.run_all import AllTrials


def run(replicates: int | None, seed: int, out: str | None, workers: int | None, force: bool) -> None:
    """Run every shipped trial and print what was published beside what was simulated.

    Raises:
        SystemExit: 1 if a trial did not run; the others are shown and written.
    """
    began = time.monotonic()
    from brittlestar.trials.protocol_files import library, load_protocol
    from brittlestar.trials.run_all import REPLICATES, run_all

    runs = REPLICATES if replicates is None else replicates
    every = [load_protocol(name) for name in library()]
    years = runs * sum(one.population.randomised * one.design.years for one in every)
    announce(ahead(f"{len(every)} trials, {runs} times each", years))
    with tables.progress("starting", "trials") as report:
        from brittlestar.evidence.studies.split import split

        result = run_all(
            replicates=runs,
            seed=seed,
            roles={name: place.use for name, place in split().studies.items()},
            out=out,
            workers=workers,
            force=force,
            progress=lambda _, done, total: report(done, total),
        )
    table(result, out)
    say(cost(began))
    if any(one["error"] for one in result.trials):
        raise SystemExit(1)


def table(result: "AllTrials", out: str | None) -> None:
    """One row per published number or word, disagreements first; trials that did not run above them."""
    rows = Table.of(
        Column("trial", whole=True, over=True), Column("part", whole=True, over=True),
        Column("endpoint", over=True), Column("arm", whole=True), Column("month", right=True, over=True),
        Column("unit", over=True), Column("published", right=True), Column("simulated", right=True),
        Column("verdict", rank=1, comfort=0), Column("in range", rank=2, comfort=0),
    )  # fmt: skip
    for one in result.trials:
        if one["error"]:
            rows.row(one["id"], one["role"], one["error"], *[""] * 5, "did not run", "")
    for row in result.compared():
        rows.row(
            row["trial"],
            row["role"],
            row["label"],
            row["arm"],
            f"{row['time_months']:g}",
            row["unit"],
            _published(row),
            _simulated(row),
            row["verdict"] + ("*" if row.get("near_limit") else ""),
            {True: "yes", False: "no", None: "-"}[row["in_range"]],
            notes=(beside(row, number(together(row))),),
        )
        if row.get("fractures_in_trials"):
            rows.row(row["trial"], row["role"], *in_trials(row), "", "", "")
    say(rows)
    replicates = result.manifest["replicates"]
    lines = [
        *about_trials(result.compared()),
        f"Every trial was run {replicates} times. Simulated: mean ± its Monte Carlo standard error.",
        "Inside: the simulated mean lies in the published 95 % interval, or the range agrees with the words.",
        "In range: the published value is one that a simulated trial of that size gives (95 % of them).",
        "Parameters were fitted to calibration studies; validation studies were not fitted to.",
    ]
    if any(row.get("near_limit") for row in result.compared()):
        lines.append(NEAR_LIMIT)
    failed = sum(len(one["failed_people"]) for one in result.trials)
    if failed:
        lines.append(f"{failed} people had a result that is not finite.")
    say("", *lines)
    end(*([f"Written to {out}"] if out else []))


def _published(row: dict[str, Any]) -> str:
    published = row["published"]
    if published is None:
        return row["said"]["words"]
    return with_range(published["value"], published["low"], published["high"])


def _simulated(row: dict[str, Any]) -> str:
    found = row["simulated"]
    return with_error(found["mean"], row.get("monte_carlo_se"), found["low"], found["high"])
