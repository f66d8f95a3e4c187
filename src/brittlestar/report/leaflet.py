"""The leaflet: every statement, what the model and the evidence say, disagreements first."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from brittlestar._shared import words
from brittlestar._shared.table import Column, Table, number, with_range
from brittlestar.report.view import Count, Figures, View

SIGNS = {"DISAGREES": "✕", "PARTLY": "≈", "CLOSE": "±", "NO DATA": "?", "AGREES": "✓"}
"""What disagrees comes first."""

SAID = {
    "DISAGREES": "disagrees",
    "PARTLY": "partly",
    "CLOSE": "too close to call",
    "NO DATA": "no data to hold it against",
    "AGREES": "agrees",
}
AT_ODDS = {
    "leaflet": "Published evidence, with which the model agrees, does not bear the leaflet's wording.",
    "model": "The model is at odds with the leaflet or with the evidence.",
    "both": "Published evidence does not bear the leaflet's wording, and the model does not meet all of it.",
}


MOST_IN_FULL = 3
"""Statements that a terminal prints with all their numbers; of more it prints the verdicts."""

MOST_TIMES = 13
"""Of the table of a chart of courses."""


def view(content: Mapping[str, Any]) -> View:
    """The checked statements of the factsheet.

    Args:
        content: what ``leaflet.json`` holds.
    """
    rows, questions = content["statements"], content.get("open_questions", ())
    statements = [_statement(row) for row in rows]
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in statements:
        groups.setdefault(row["group"], []).append(row)
    counts, table, evidence, limits = content["counts"], _verdicts(rows), _evidence(content), _limits(content)
    few = rows if len(rows) <= MOST_IN_FULL else ()
    asked = [line for page in questions for line in (page["question"], page["answer"], page["moves"])]
    return View(
        template="leaflet.html",
        title="A patient factsheet, statement by statement",
        manifest=content["manifest"],
        tables={"verdicts": table},
        printed=(table, *(line for row in few for line in _in_full(row)), *asked, "", evidence, "", limits),
        notes=(", ".join(f"{count} {verdict}" for verdict, count in counts.items()), _over(content["seeds"])),
        parts={
            "leaflet": content["leaflet"],
            "tally": [Count(counts[v], SIGNS[v], SAID[v], _style(v)) for v in SIGNS],
            "over": _over(content["seeds"]),
            "evidence": evidence,
            "evidence_is": content["evidence_is"],
            "limits": limits,
            "not_agreeing": [row for v in list(SIGNS)[:4] for row in statements if row["verdict"] == v],
            "groups": groups,
            "questions": list(questions),
        },
        draw=partial(_figures, [*rows, *questions]),
    )


def _style(verdict: str) -> str:
    return verdict.lower().replace(" ", "-")


def _statement(row: Mapping[str, Any]) -> dict[str, Any]:
    return dict(row) | {
        "sign": SIGNS[row["verdict"]],
        "said": SAID[row["verdict"]],
        "css": _style(row["verdict"]),
        "odds": AT_ODDS.get(row["at_odds"] or ""),
        "nearest": _nearest(row["closest"]),
        "rests_on": _rests_on(row["mechanism"]),
        "why": _why(row),
        "run": _run(row),
        "statement": [dict(claim) | {"how": _how(claim)} for claim in row["statement"]],
        "evidence": [dict(claim) | {"how": _how(claim)} for claim in row["evidence"]],
        "table": numbers_table(row["numbers"], f"Simulated and published, {row['id']}"),
    }


def _verdicts(rows: Sequence[Mapping[str, Any]]) -> Table:
    table = Table.of(
        Column("id", whole=True), Column("verdict", whole=True), "the leaflet says", "the model says"
    )
    for row in rows:
        odds = f" ({row['at_odds']} at odds)" if row["at_odds"] else ""
        table.row(row["id"], row["verdict"] + odds, row["says"], row["summary"])
    return table


def _over(seeds: int) -> str:
    """How sure verdicts are."""
    if seeds == 1:
        return "One seed: nothing says how far chance of simulation moves a verdict."
    return (
        f"Each verdict is that of {seeds} seeds; CLOSE where they, or their Monte Carlo error, leave it open."
    )


def _evidence(content: Mapping[str, Any]) -> Table:
    """Claims about the evidence that hold, by verdict and by what the model had seen of it."""
    kinds = content["evidence_is"]
    table = Table.of(
        Column("verdict", whole=True, page="Verdict"),
        Column("statements", page="Statements"),
        *kinds,
        title="Comparisons with evidence that hold, of those made, by what the model had seen of it",
    )
    for verdict in SIGNS:
        counts = content["comparisons"][verdict]
        cells = (f"{counts[kind]['hold']} of {counts[kind]['of']}" for kind in kinds)
        table.row(verdict, content["counts"][verdict], *cells)
    return table


def _limits(content: Mapping[str, Any]) -> Table:
    """Claims about the evidence that hold, by where what they are held to is from."""
    title = "Comparisons with evidence that hold, by where their limit is from"
    table = Table.of("limit", Column("hold", whole=True), "which is", title=title)
    for kind, means in content["limits_are"].items():
        count = content["by_limit"][kind]
        table.row(kind, f"{count['hold']} of {count['of']}", means)
    return table


def _how(claim: Mapping[str, Any]) -> str:
    """Whether a claim holds, with how many seeds, by how much, and of what kinds evidence and limit are."""
    said = "holds" if claim["holds"] else "does not hold"
    if claim["seeds"] > 1 and claim["held"] not in (0, claim["seeds"]):
        said += f" ({claim['held']} of {claim['seeds']} seeds)"
    limit = f"limit: {claim['limit']}" * bool(claim["limit"])
    return ", ".join(filter(None, (said, _by(claim), claim["kind"], limit)))


def _by(claim: Mapping[str, Any]) -> str:
    """The margin of a claim with its Monte Carlo error; empty of a fact."""
    if claim["margin"] is None:
        return ""
    error = "" if claim["error"] is None else f" ± {number(claim['error'])}"
    return f"margin {number(claim['margin'])}{error}"


def _nearest(claim: Mapping[str, Any] | None) -> str:
    """What would turn a verdict first."""
    return "" if claim is None else f"{claim['what']}: {_how(claim)}"


def _why(row: Mapping[str, Any]) -> str:
    """The diagnosis where not all agrees, and what mending its suspect does."""
    if row["verdict"] not in ("DISAGREES", "PARTLY") or not row["diagnosis"]:
        return ""
    return " ".join(filter(None, (row["diagnosis"], _mended(row["suspect"]))))


def _run(row: Mapping[str, Any]) -> str:
    """The command that supports a diagnosis."""
    return f"(brittlestar leaflet --only {row['id']} --seeds {row['seeds']})"


def _mended(suspect: Mapping[str, Any] | None) -> str:
    """What a check finds with what its diagnosis suspects mended."""
    if suspect is None or "gained" not in suspect:
        return ""
    told = [f"comes to hold: {what}" for what in suspect["gained"]] or ["nothing that fails comes to hold"]
    told += [f"holds no longer: {what}" for what in suspect["lost"]]
    return f"Run again, {suspect['what']}: {'; '.join(told)}."


def _rests_on(mechanism: Mapping[str, Any]) -> str:
    """The mechanism behind an answer, and the verdict without it."""
    if not mechanism["off"]:
        return f"by construction: {mechanism['what']}"
    without = mechanism["verdict_without"]
    return f"rests on: {mechanism['what']}" + (f"; switched off: {without}" if without else "")


def _in_full(row: Mapping[str, Any]) -> Iterator[str]:
    """Lines of a terminal: what was held against a statement, its numbers and sources."""
    for kind in ("statement", "evidence"):
        for held in row[kind]:
            yield f"{row['id']} {kind}: {held['what']}: {_how(held)}"
    if row["closest"]:
        yield f"{row['id']} would turn first: {_nearest(row['closest'])}"
    yield f"{row['id']} {_rests_on(row['mechanism'])}"
    if why := _why(row):
        yield f"{row['id']} {why} {_run(row)}"
    for n in row["numbers"]:
        said = f"{row['id']} {n['label']}: {number(n['value'])} {n['unit']}"
        said += f" ({number(n['low'])} to {number(n['high'])})" if n["low"] is not None else ""
        if n["published"] is not None or n["published_low"] is not None:
            ends = n["published"], n["published_low"], n["published_high"]
            said += f"; published {with_range(*ends)}, {n['source']}"
        yield said
    yield from (f"{row['id']} {line}" for line in (*row["notes"], *row["sources"]))


def _figures(rows: Sequence[Mapping[str, Any]]) -> Figures:
    """One figure for each statement or question that has a chart, by its id, with its numbers."""
    from brittlestar.charts.statement import statement_chart  # altair takes half a second to load
    from brittlestar.report.page import Figure

    return {
        row["id"]: [Figure.of(f"chart-{row['id']}", statement_chart(row["chart"]), _charted(row))]
        for row in rows
        if row["chart"]
    }


def _charted(row: Mapping[str, Any]) -> Table:
    """The numbers of a chart; of courses, about a dozen times."""
    chart, id = row["chart"], row["id"]
    rows = chart["rows"]
    if chart["kind"] == "dots":
        table = Table.of("What", words.capital(chart["y"]), title=f"{chart['title']}, {id}")
        cells = ((one["series"], words.with_interval(one["y"], one["low"], one["high"])) for one in rows)
        return table.with_rows(cells)
    values = {(one["series"], one["x"]): one["y"] for one in rows}
    series, times = (list(dict.fromkeys(one[key] for one in rows)) for key in ("series", "x"))
    heads = map(words.capital, (chart["x"], *series))
    table = Table.of(*heads, title=f"{chart['title']}: {chart['y']}, {id}")
    for x in sorted(times)[:: -(-len(times) // MOST_TIMES)]:
        table.row(words.number(x), *(words.number(values.get((name, x))) for name in series))
    return table


def numbers_table(numbers: Sequence[Mapping[str, Any]], title: str = "Simulated and published") -> Table:
    """Simulated numbers beside published ones."""
    table = Table.of("Number", "Simulated (range)", "The range is", "Published", "Source", title=title)
    for n in numbers:
        simulated = words.with_interval(n["value"], n["low"], n["high"])
        published = words.with_interval(n["published"], n["published_low"], n["published_high"])
        if n["published"] is None and n["published_low"] is not None:
            published = words.interval(n["published_low"], n["published_high"])
        name = ", ".join(part for part in (n["label"], words.pretty(n["unit"])) if part)
        table.row(name, simulated, n["range_is"] or words.NONE, published, n["source"] or words.NONE)
    return table
