"""How studies and pools look in a terminal."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rich.markup import escape

from brittlestar.cli.show import _console, _end_free, _table, number

if TYPE_CHECKING:
    from brittlestar.evidence.study import Result, Study

CLOSING = "Published, not simulated: what studies printed, as it was read; it is not advice for any person."


def table(found: "Sequence[Study]", measure: str | None) -> None:
    """One line per study; with a measure, its numbers instead."""
    from brittlestar.evidence.listing import drugs_of, routes_of, use_of

    console = _console()
    if measure is not None:
        rows = _table("study", "part", "arm", "measure", "month", "value", "read", "source",
                      right=("month",))  # fmt: skip
        for s in found:
            for r in s.results:
                if measure.lower() in r.measure.lower():
                    rows.add_row(s.id, use_of(s.id), *_cells(r))
    else:
        rows = _table("study", "part", "design", "people", "drugs", "routes", "types", "numbers",
                      right=("people", "numbers"))  # fmt: skip
        for s in found:
            people = "-" if s.population.n is None else str(s.population.n)
            types = ", ".join(f"{name} {count:g}" for name, count in s.population.types.items())
            read = sum(r.value is not None or r.range is not None for r in s.usable())
            cells = (s.id, use_of(s.id), s.design, people, ", ".join(drugs_of(s)), ", ".join(routes_of(s)))
            rows.add_row(*map(escape, cells), types, str(read))
    console.print(rows)
    _end_free(
        console, f"Studies: {len(found)}. One study with every number: `brittlestar evidence NAME`.", CLOSING
    )


def show(s: "Study") -> None:
    """Everything one study's file holds."""
    from brittlestar.evidence.split import split

    console, place, people = _console(), split().studies[s.id], s.population
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
    _end_free(console, *lines, "")
    if s.arms:
        arms = _table("arm", "people", "years", "given", "plan", right=("people", "years"))
        for arm in s.arms:
            known = ("-" if x is None else f"{x:g}" for x in (arm.n, arm.years))
            arms.add_row(escape(arm.id), *known, escape(arm.given), escape(arm.plan))
        console.print(arms)
        _end_free(console, "")
    rows = _table("arm", "measure", "month", "value", "read", "source", "note", right=("month",))
    for r in s.results:
        rows.add_row(*_cells(r), escape(r.note or ""))
    console.print(rows)
    count = sum(r.read == "memory" for r in s.results)
    _end_free(
        console, f"Results: {len(s.results)}, of which {count} from memory and used for nothing.", CLOSING
    )


def _addresses(keys: Sequence[str]) -> str:
    from brittlestar.evidence.study import sources

    return "; ".join(sources()[key].address or sources()[key].what for key in keys)


def _cells(r: "Result") -> tuple[str, ...]:
    month = "-" if r.months is None else f"{r.months:g}"
    return tuple(escape(x) for x in (r.arm, r.measure, month, _value(r), r.read, _addresses(r.source)))


def _value(r: "Result") -> str:
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


def pools(content: dict[str, Any], out: str | None) -> None:
    """Every question: studies that enter, what they say together, what was left out and why."""
    from brittlestar.report.evidence import sentence

    console = _console()
    for pool in content["pools"]:
        unit = "" if pool["unit"] == "ratio" else f" ({pool['unit']})"
        rows = _table("study", "part", "month", f"effect{unit}", "weight", "standard error from",
                      right=("month", "weight"), title=escape(pool["title"]))  # fmt: skip
        weights = pool["pooled"]["weights"] if pool["pooled"] else [None] * len(pool["studies"])
        for s, weight in zip(pool["studies"], weights, strict=True):
            effect = f"{number(s['value'])} ({number(s['low'])} to {number(s['high'])})"
            share = "-" if weight is None else f"{100 * weight:.0f} %"
            rows.add_row(s["study"], s["use"], f"{s['months']:g}", effect, share, escape(s["note"]))
        console.print(rows)
        _end_free(console, sentence(pool), *([pool["note"]] if pool["note"] else []))
        if pool["randomised_only"]:
            alone = pool["randomised_only"]
            ends = " to ".join(number(x) for x in alone["interval95"])
            _end_free(console, f"Randomised alone: {number(alone['estimate'])} ({ends}).")
        for row in pool["published_pools"]:
            low, high = row["interval95"]
            _end_free(console, f"Published pool, not pooled again: {row['study']} {row['measure']} "
                               f"{number(row['value'])} ({number(low)} to {number(high)})")  # fmt: skip
        left = _table("left out", "measures", "why")
        for row in pool["left_out"]:
            left.add_row(row["study"], escape(row["measure"]), escape(row["reason"]))
        console.print(left)
        _end_free(console, "")
    _end_free(console, *([f"Written to {out}"] if out else []), CLOSING)
