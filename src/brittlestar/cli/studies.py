"""How studies and pools look in a terminal."""

from collections.abc import Sequence

from brittlestar._shared.table import Column, Table
from brittlestar.cli.terminal import say
from brittlestar.evidence.studies.listing import drugs_of, routes_of, use_of
from brittlestar.evidence.studies.split import USES, split
from brittlestar.evidence.studies.study import Result, Study, sources

CLOSING = "Published, not simulated: what studies printed, as it was read; it is not advice for any person."


def table(found: Sequence[Study], measure: str | None) -> None:
    """One line per study; with a measure, its numbers instead."""
    if measure is not None:
        rows = Table.of(
            Column("study", whole=True, over=True), Column("part", whole=True, over=True), *_RESULT
        )
        for s in found:
            for r in s.results:
                if measure.lower() in r.measure.lower():
                    rows.row(s.id, use_of(s.id), *_cells(r))
    else:
        rows = Table.of(
            Column("study", whole=True), Column("part", whole=True), Column("design", rank=1),
            Column("people", right=True), "drugs", Column("routes", rank=3), Column("types", rank=2),
            Column("numbers", right=True),
        )  # fmt: skip
        for s in found:
            people = "-" if s.population.n is None else s.population.n
            types = ", ".join(f"{name} {count:g}" for name, count in s.population.types.items())
            read = sum(r.value is not None or r.range is not None for r in s.usable())
            drugs, routes = ", ".join(drugs_of(s)), ", ".join(routes_of(s))
            rows.row(s.id, use_of(s.id), s.design, people, drugs, routes, types, read)
    say(rows)
    parts = {use_of(s.id) for s in found}
    say(*(f"{use}: {meaning}." for use, meaning in USES.items() if use in parts))
    say(f"Studies: {len(found)}. One study with every number: `brittlestar evidence NAME`.", CLOSING)


def show(s: Study) -> None:
    """Everything one study's file holds."""
    place, people = split().studies[s.id], s.population
    lines = [s.cite, f"{s.design}. Part of the split: {place.use} ({place.reason})."]
    told = {
        "people": people.n,
        "ages": people.age_years and f"{people.age_years[0]:g} to {people.age_years[1]:g} years",
        "mean age": people.age_mean_years,
        "types": ", ".join(f"{name} {count:g}" for name, count in people.types.items()) or None,
        "share female": people.female,
        "severity": people.severity,
        "entry": people.entry,
        "note": people.note,
        "source": _addresses(people.source) or None,
    }
    lines += [f"{name}: {value}" for name, value in told.items() if value is not None]
    lines += [f"Note: {note}" for note in s.notes]
    say(*lines, "")
    if s.arms:
        arms = Table.of(Column("arm", whole=True), Column("people", right=True), Column("years", right=True),
                        "given", "plan")  # fmt: skip
        for arm in s.arms:
            known = ("-" if x is None else f"{x:g}" for x in (arm.n, arm.years))
            arms.row(arm.id, *known, arm.given, arm.plan)
        say(arms, "")
    rows = Table.of(*_RESULT, Column("note", rank=4))
    for r in s.results:
        rows.row(*_cells(r), r.note)
    say(rows)
    count = sum(r.read == "memory" for r in s.results)
    say(f"Results: {len(s.results)}, of which {count} from memory and used for nothing.", CLOSING)


_RESULT = (
    Column("arm", whole=True, over=True), Column("measure", whole=True), Column("month", right=True),
    Column("value"), Column("read", whole=True, rank=2), Column("source", rank=3),
)  # fmt: skip
"""Columns of one published number."""


def _addresses(keys: Sequence[str]) -> str:
    return "; ".join(sources()[key].address for key in keys)


def _cells(r: Result) -> tuple[str, ...]:
    month = "-" if r.months is None else f"{r.months:g}"
    return (r.arm, r.measure, month, _value(r), r.read, _addresses(r.source))


def _value(r: Result) -> str:
    parts = []
    if r.value is not None:
        parts.append(f"{r.value:g}")
    if r.range is not None:
        parts.append(f"{r.range[0]:g} to {r.range[1]:g}")
    for name, value in (("SD", r.sd), ("SE", r.se), ("n", r.n)):
        parts += [f"{name} {value:g}"] if value is not None else []
    for level, ends in (("95 %", r.ci95), ("90 %", r.ci90)):
        parts += [f"{level} {ends[0]:g} to {ends[1]:g}"] if ends is not None else []
    parts += [f"p {r.p}"] if r.p else []
    said = ", ".join(parts).replace("-", "−")
    return ", ".join(filter(None, (said, r.text)))
