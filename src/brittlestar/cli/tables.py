"""How results look in a terminal: results on stdout, progress on stderr and only where somebody watches."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from brittlestar._shared.manifest import made_with
from brittlestar._shared.parameter_files import Parameter, Prior
from brittlestar._shared.table import Column, Table
from brittlestar.cli.parameter_list import Sources
from brittlestar.cli.terminal import end, say
from brittlestar.report.view import View

if TYPE_CHECKING:  # polars is heavy: who prints a result that is there need not load it
    import polars as pl


def show(view: View, *last: str) -> None:
    """A result, what of its parameters is out of range, what made it, and last lines such as what it cost."""
    say(*view.printed)
    lines = [line for line in view.printed if isinstance(line, str)]
    outside = view.manifest.get("outside_ranges", ())
    untold = [one for one in outside if not any(one in line for line in lines)]
    end("", *view.notes, *untold, *made_with(view.manifest), *last)


def written(out: str | None) -> list[str]:
    """Where a result was written, if it was."""
    return [f"Written to {out}"] if out else []


def parameters(found: dict[str, list[Parameter]]) -> None:
    """One table per file."""
    for group, rows in found.items():
        prior = any(row.priors for row in rows)
        table = Table.of(
            Column("name", whole=True), "value", Column("unit", whole=True),
            Column("status", whole=True, rank=1), Column("meaning", rank=2), Column("source", rank=3),
            *([Column("prior (SD of ln)", rank=2)] if prior else []), title=group,
        )  # fmt: skip
        for row in rows:
            priors = [", ".join(_prior(*one) for one in row.priors.items())] if prior else []
            table.row(row.name, _value(row.value), row.unit, row.status, row.meaning, row.source, *priors)
        say(table, "")
    end(f"Numbers: {sum(map(len, found.values()))}. Files: {len(found)}.")


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_value(part)}" for name, part in value.items())
    if isinstance(value, list):
        return f"[{', '.join(_value(part) for part in value)}]"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _prior(member: str | None, prior: Prior) -> str:
    return f"{member or ''} {prior.centre:g} ({prior.log_sd:g})".strip()


def sources(found: Sources) -> None:
    """A bibliography, each reference with the numbers that rest on it."""
    for reference, supports in found.cited:
        first, more = ", ".join(supports[:4]), " ..." * (len(supports) > 4)
        say(reference.in_words, f"  {len(supports)}: {first}{more}")
    without = ", ".join(f"{count} {status}" for status, count in found.uncited.items())
    end("", f"Numbers without a reference: {without}.")


def plans() -> None:
    """Published regimens, and the words that a plan may be made of."""
    from brittlestar.care import published, published_names, words_of_plans

    table = Table.of(Column("name", whole=True), "plan", Column("source", rank=1), Column("note", rank=2))
    for name in published_names():
        plan = published(name)
        table.row(name, plan.in_words(), ", ".join(plan.sources), plan.note)
    say(table, "")
    for kind, known in words_of_plans().items():
        say(f"{kind}: {', '.join(known)}")
    end("")


def trials() -> None:
    """Shipped trials by name."""
    from brittlestar.trials.protocol_files import load_protocol
    from brittlestar.trials.protocol_texts import library

    table = Table.of(
        Column("name", whole=True), "trial", Column("people", right=True), Column("study", whole=True, rank=1)
    )
    for name in library():
        one = load_protocol(name)
        table.row(name, one.title, one.population.randomised, one.study)
    say(table)
    end("", "Run one: `brittlestar trial NAME`; its published numbers: `brittlestar evidence STUDY`.")


def rows(frames: "Iterable[pl.DataFrame]", csv: bool, most: int = 40) -> None:
    """A table of anything that comes in pieces: as CSV whole, else its first rows."""
    frames = iter(frames)
    first = next(frames)
    if csv:
        print(first.write_csv(), end="")
        for frame in frames:
            print(frame.write_csv(include_header=False), end="")
        return
    columns = (Column(name, right=kind.is_numeric(), whole=True) for name, kind in first.schema.items())
    table, total = Table.of(*columns), 0
    for frame in frames:
        for row in frame.head(max(most - total, 0)).rows():
            table.row(*("-" if x is None else f"{x:.6g}" if isinstance(x, float) else x for x in row))
        total += frame.height
    say(table)
    left = total - most
    end(*([f"{left} more rows: --csv prints all"] if left > 0 else []))
