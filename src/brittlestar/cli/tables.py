"""How results look in a terminal: results on stdout, progress on stderr and only where somebody watches."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from brittlestar._shared.of_100 import people
from brittlestar._shared.table import Column, Table, number, with_range
from brittlestar._shared.trial_words import beside, together
from brittlestar.cli.terminal import end, progress, say

if TYPE_CHECKING:
    import polars as pl

    from brittlestar._shared.parameter_files import Parameter, Prior
    from brittlestar.cli.parameter_list import Source
    from brittlestar.trials.run import TrialResult

__all__ = [
    "comparison", "leaflet", "number", "parameters", "plans", "progress", "rows", "sources", "trial",
    "trials", "with_range",
]  # fmt: skip


def with_error(mean: float | None, error: float | None, low: float | None, high: float | None) -> str:
    """A number with the Monte Carlo error of its mean, and its range."""
    if error is None or mean is None or low is None or high is None:
        return with_range(mean, low, high)
    return f"{number(mean)} ± {error:.2g} ({number(low)} to {number(high)})"


NEAR_LIMIT = "* nearer to a limit than 1.96 Monte Carlo standard errors: more replicates may turn it."


def _range(ends: list[float] | None, unit: str = "") -> str:
    return "-" if ends is None else f"{number(ends[0], unit)} to {number(ends[1], unit)}"


def _apart(ends: list[float] | None) -> bool:
    return ends is not None and ends[1] - ends[0] > 1e-6 * max(abs(ends[1]), 1e-6)


_COLUMNS = {"treated": "with the plan", "untreated": "without treatment", "difference": "difference"}
_KINDS = {"benefit": "What treatment is for", "harm": "What treatment may bring"}
_RANGES = {"chance": "  95 % of groups of 100", "person": "  95 % of people like this"}


def comparison(summary: dict[str, Any], out: str | None) -> None:
    """Treated beside untreated, with chance and person on their own lines below each number."""
    who = ", ".join(f"{name} {value:g}" if isinstance(value, float) else f"{name} {value}"
                    for name, value in summary["person"].items())  # fmt: skip
    plans = [plan for plan in _COLUMNS if plan in summary["rows"][0]]
    years = f"{summary['years']:g} {'year' if summary['years'] == 1 else 'years'}"
    plan = summary["plan"]
    say(f"{who}; {years}", f"Plan: {plan['words']}", f"Doses: {plan['doses']}", "")
    counts, averages = [], []
    for row in summary["rows"]:
        (counts if row["unit"] == "of 100" else averages).append(row)
    say(f"Benefit and harm, out of 100 people like this over the same {years}", _people(counts, plans))
    say(
        "",
        f"The mean over such people, over the same {years}",
        _averages(averages, plans, summary.get("in_trials")),
    )
    say("", *summary["sentences"], *(f"Note: {note}" for note in summary["notes"]))
    end(*([f"Written to {out}"] if out else []))


def _averages(rows: list[dict[str, Any]], plans: list[str], trials: dict[str, Any] | None) -> Table:
    table = Table.of(Column("", comfort=16), *(Column(_COLUMNS[plan], right=True) for plan in plans))
    for row in rows:
        table.row(
            f"{row['label']}, {row['unit']}", *(number(row[plan]["mean"], row["unit"]) for plan in plans)
        )
        for label, cells in _ranges(row, plans):
            table.row(label, *cells, style="dim")
        if trials and row["id"] == "fractures":
            # The trials are the better guide, so they stand with the model's own number and as bright.
            table.row("", *("" for _ in plans), notes=(trials["words"],), style="bold")
    return table


def _people(rows: list[dict[str, Any]], plans: list[str]) -> Table:
    """People out of 100; a bound in words stands below its row, as the evidence of a row does."""
    table = Table.of(Column("", comfort=16), *(Column(_COLUMNS[plan], right=True) for plan in plans))
    for kind, title in _KINDS.items():
        table.row(title, *("" for _ in plans), style="bold")
        for row in (row for row in rows if row.get("kind", "benefit") == kind):
            ranges = list(_ranges(row, plans))
            bound = row["treated"]["said"] if row["treated"]["mean"] is None else None
            notes = (bound, row.get("note"))
            table.row(row["label"], *(people(row[plan]) for plan in plans), notes=() if ranges else notes)
            for k, (label, cells) in enumerate(ranges):
                table.row(label, *cells, notes=notes if k == len(ranges) - 1 else (), style="dim")
    return table


def _ranges(row: dict[str, Any], plans: list[str]) -> list[tuple[str, list[str]]]:
    return [
        (label, [_range(row[plan][kind], row["unit"]) for plan in plans])
        for kind, label in _RANGES.items()
        if any(_apart(row[plan][kind]) for plan in plans)
    ]


def trial(result: "TrialResult", out: str | None) -> None:
    """Endpoints, published beside simulated."""
    table = Table.of(
        Column("endpoint", over=True), Column("arm", whole=True), Column("month", right=True, over=True),
        Column("unit", over=True), Column("published", right=True), Column("simulated", right=True),
        Column("verdict", rank=1, comfort=0),
    )  # fmt: skip
    for row in result.endpoints:
        said = row["published"] or {"value": None, "low": None, "high": None}
        found = row["simulated"]
        table.row(
            row["label"],
            row["arm"],
            f"{row['time_months']:g}",
            row["unit"],
            with_range(said["value"], said["low"], said["high"]),
            with_error(found["mean"], row.get("monte_carlo_se"), found["low"], found["high"]),
            row["verdict"] + ("*" if row.get("near_limit") else ""),
            notes=(beside(row, number(together(row))),),
        )
        if row.get("fractures_in_trials"):
            table.row(*in_trials(row), "", "")
    say(result.protocol.title, "", table, *arms(result.arms), *warned(result.warnings))
    lines = ["Simulated: mean ± its Monte Carlo standard error (95 % of the trials that gave an answer)."]
    if any(row.get("near_limit") for row in result.endpoints):
        lines.append(NEAR_LIMIT)
    lines += about_trials(result.endpoints)
    lines += [f"{result.screened} candidates were screened in all trials together."]
    lines += [f"{len(result.failed)} people had a result that is not finite."] if result.failed else []
    end("", *lines, *([f"Written to {out}"] if out else []))


IN_TRIALS = "pooled trials"


def in_trials(row: dict[str, Any]) -> tuple[str, ...]:
    """The first cells of the row below a ratio of fractures: what pooled trials found, up to its range."""
    found = row["fractures_in_trials"]
    said = f"{found['value']:.2f} ({found['low']:.2f} to {found['high']:.2f})"
    return row["label"], IN_TRIALS, f"{row['time_months']:g}", row["unit"], said


def about_trials(rows: list[dict[str, Any]]) -> list[str]:
    """What the pooled trials were, where a row names them."""
    found = next((row["fractures_in_trials"] for row in rows if row.get("fractures_in_trials")), None)
    return [f"{found['label']} ({found['source']})."] if found else []


def arms(found: list[dict[str, Any]]) -> list[str]:
    """What the plan of each arm gives in each year, one line per arm."""
    return ["", "Doses as planned:", *(f"  {arm['label']}: {arm['doses']}" for arm in found)]


def warned(found: list[dict[str, Any]]) -> list[str]:
    """What is unusual in a protocol, by name and with its source."""
    if not found:
        return []
    lines = (
        f"  {one['arm'] or 'all arms'}, {one['rule']}: {one['message']} (source: {one['source']})."
        for one in found
    )
    return ["", "Unusual in this protocol:", *lines]


def parameters(found: "dict[str, list[Parameter]]") -> None:
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


def _prior(member: str | None, prior: "Prior") -> str:
    return f"{member or ''} {prior.centre:g} ({prior.log_sd:g})".strip()


def sources(found: "list[Source]") -> None:
    """Each source with the numbers that rest on it."""
    table = Table.of("source", Column("numbers", right=True), Column("for", rank=1))
    for source, supports in found:
        table.row(source, len(supports), ", ".join(supports[:4]) + (" ..." * (len(supports) > 4)))
    say(table)
    end("")


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
    from brittlestar.trials.protocol_files import library, load_protocol

    table = Table.of(
        Column("name", whole=True), "trial", Column("people", right=True), Column("study", whole=True, rank=1)
    )
    for name in library():
        one = load_protocol(name)
        table.row(name, one.title, one.population.randomised, one.study)
    say(table)
    end("", "Run one: `brittlestar trial NAME`; its published numbers: `brittlestar evidence STUDY`.")


def leaflet(found: dict[str, Any], out: str | None) -> None:
    """Every statement with its verdict; numbers below it when few were asked for."""
    rows, few = found["statements"], len(found["statements"]) <= 3
    table = Table.of(
        Column("id", whole=True), Column("verdict", whole=True), "the leaflet says", "the model says"
    )
    for row in rows:
        odds = f" ({row['at_odds']} at odds)" if row["at_odds"] else ""
        table.row(row["id"], row["verdict"] + odds, row["says"], row["summary"])
    say(table)
    for row in rows if few else ():
        for kind in ("statement", "evidence"):
            for held in row[kind]:
                sign = "holds" if held["holds"] else "does not hold"
                say(f"{row['id']} {kind}: {held['what']}: {sign}")
        for n in row["numbers"]:
            ends, limits = _ends(n, ""), _ends(n, "published_")
            said = f"{row['id']} {n['label']}: {number(n['value'])} {n['unit']}"
            said += f" ({_range(ends)})" if ends else ""
            if n["published"] is not None or limits is not None:
                said += f"; published {with_range(n['published'], *(limits or (None, None)))}, {n['source']}"
            say(said)
        say(*(f"{row['id']} {line}" for line in (*row["notes"], *row["sources"])))
    for page in found.get("open_questions", ()):
        say(page["question"], page["answer"], page["moves"])
    tally = ", ".join(f"{count} {verdict}" for verdict, count in found["counts"].items())
    end(tally, *([f"Written to {out}"] if out else []))


def _ends(row: dict[str, Any], which: str) -> list[float] | None:
    low, high = row[f"{which}low"], row[f"{which}high"]
    return None if low is None else [low, high]


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
