"""All replicated trials in one table."""

import time
from typing import TYPE_CHECKING, Any

from rich.markup import escape

from brittlestar.cli import show
from brittlestar.cli.cost import cost
from brittlestar.cli.show import _console, _end, _end_free, _table, number

if TYPE_CHECKING:
    from brittlestar.trials.every import AllTrials


def run(replicates: int | None, seed: int, out: str | None, workers: int | None, force: bool) -> None:
    """Run every shipped trial and print what was published beside what was simulated.

    Raises:
        SystemExit: 1 if a trial did not run; the others are shown and written.
    """
    began = time.monotonic()
    with show.progress("starting", "trials") as report:
        from brittlestar.evidence.split import split
        from brittlestar.trials.every import REPLICATES, run_all

        result = run_all(
            replicates=REPLICATES if replicates is None else replicates,
            seed=seed,
            roles={name: place.use for name, place in split().studies.items()},
            out=out,
            workers=workers,
            force=force,
            progress=lambda _, done, total: report(done, total),
        )
    table(result, out)
    print(cost(began))
    if any(one["error"] for one in result.trials):
        raise SystemExit(1)


def table(result: "AllTrials", out: str | None) -> None:
    """One row per published number or word, disagreements first; trials that did not run above them."""
    console = _console()
    rows = _table("trial", "part", "endpoint", "arm", "month", "unit", "published", "simulated", "verdict",
                  "in range", right=("month", "published", "simulated"))  # fmt: skip
    for one in result.trials:
        if one["error"]:
            rows.add_row(one["id"], one["role"], escape(one["error"]), *[""] * 5, "did not run", "")
    for row in result.compared():
        simulated = row["simulated"]
        rows.add_row(
            row["trial"],
            row["role"],
            escape(row["label"]),
            row["arm"],
            f"{row['time_months']:g}",
            row["unit"],
            _published(row),
            _with_range(simulated),
            row["verdict"],
            {True: "yes", False: "no", None: "-"}[row["in_range"]],
        )
    console.print(rows)
    replicates = result.manifest["replicates"]
    lines = [
        f"Every trial was run {replicates} times.",
        "Inside: the simulated mean lies in the published 95 % interval, or the range agrees with the words.",
        "In range: the published value is one that a simulated trial of that size gives (95 % of them).",
        "Parameters were fitted to calibration studies; validation studies were not fitted to.",
    ]
    failed = sum(len(one["failed_people"]) for one in result.trials)
    if failed:
        lines.append(f"{failed} people had a result that is not finite.")
    _end_free(console, "", *lines)
    _end(console, *([f"Written to {out}"] if out else []))


def _published(row: dict[str, Any]) -> str:
    published = row["published"]
    return (
        row["said"]["words"] if published is None else _with_range(published | {"mean": published["value"]})
    )


def _with_range(found: dict[str, Any]) -> str:
    mean, low, high = (found[name] for name in ("mean", "low", "high"))
    return number(mean) if low is None else f"{number(mean)} ({number(low)} to {number(high)})"
