"""``credibility``: run the checks and tell what they found, failures first."""

from typing import Annotated, Any

from cyclopts import Parameter

from brittlestar.cli.commands import Force, Out, Seed, Whole


def credibility(
    *,
    out: Out = None,
    quick: Annotated[bool, Parameter(negative=(), help="Leave out what takes minutes.")] = False,
    samples: Annotated[Whole, Parameter(help="Points of the sensitivity analysis, a power of two.")] = 256,
    seed: Seed = 1,
    force: Force = False,
) -> None:
    """Check the simulator against what is known, and tell for which uses the evidence is there."""
    import time

    from brittlestar._shared.output import check_output
    from brittlestar.cli import tables
    from brittlestar.cli.cost import cost
    from brittlestar.cli.terminal import announce

    if out is not None:
        check_output(out, force=force)
    began = time.monotonic()
    announce("The short checks: some minutes." if quick else "Every check: up to half an hour; see --quick.")
    with tables.progress("starting", "checks") as report:
        from brittlestar.evidence.credibility import assess, save

        content = assess(quick=quick, samples=samples, seed=seed, progress=report)
        if out is not None:
            save(content, out, force=force)
    shown(content, out, cost(began))


def shown(content: dict[str, Any], out: str | None, took: str) -> None:
    from brittlestar._shared.table import Column, Table
    from brittlestar.cli.terminal import end, say

    rows = Table.of(Column("verdict", whole=True), Column("check", whole=True), "claim",
                    Column("found", rank=1), Column("accepted", rank=2))  # fmt: skip
    for row in content["rows"]:
        found = row["value"] or f"{row['note']} {row['cure']}"
        rows.row(row["status"], row["id"], row["claim"], found, row["threshold"])
    say(rows, "", ", ".join(f"{count} {status}" for status, count in content["counts"].items()), "")
    uses = Table.of(Column("use", whole=True), "", Column("evidence", whole=True), Column("lacking", rank=1))
    for use in content["contexts"]:
        uses.row(use["id"], use["title"], use["status"], ", ".join(use["lacking"]))
    say(uses)
    numbers = content["parameters"]
    assumed = numbers["by_status"].get("assumed", 0)
    share = 100 * assumed / numbers["total"]
    told = f"Numbers of the model: {numbers['total']}, {assumed} assumed ({share:.0f} %)."
    end("", told, took, *([f"Written to {out}"] if out else []))


ALL = (credibility,)
