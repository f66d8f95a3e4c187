"""A prediction: what is expected of a trial, how sure that is, what lies beyond the evidence."""

from collections.abc import Mapping, Sequence
from typing import Any

from brittlestar._shared import words
from brittlestar._shared.table import Cell, Column, Table, number
from brittlestar._shared.trial_words import beside, together
from brittlestar.report import endpoints
from brittlestar.report.endpoints import arm_label, arm_labels, fracture_trials, in_trials
from brittlestar.report.view import Row, View

SOURCES = {
    "chance": "what the same people meet by luck, and how it is measured; a larger trial has less of it",
    "people": "which people happen to take part; a larger trial has less of it",
    "people_as_assumed": "what the protocol leaves open of people, visits; a larger trial has as much of it",
    "science": "what is not known about bone, drug and trials; a larger trial has as much of it",
}
"""What makes a result unsure, in words."""

SCIENCE = {
    "Parameters": "science: numbers of the model that the data leave open",
    "Rival laws": "science: other laws for the same data",
    "Between trials": "science: how trials of one kind differ beyond their sampling error",
}
"""The three parts of science, in words."""

PARTS = {
    "chance": "Chance",
    "people": "People",
    "people_as_assumed": "People as assumed",
    "posterior": "Parameters",
    "rivals": "Rival laws",
    "between_trials": "Between trials",
}
"""Part of an interval -> heading."""

AS_ASSUMED, NONE_OPEN = "people_as_assumed", "none open"
"""The part by what a protocol leaves open of people and visits, and what is said where nothing is open."""

INTERVALS = tuple(
    Column(head, right=True, page=page)
    for head, page in (("mean", "Mean"), ("50 %", "50 % interval"), ("90 %", "90 % interval"))
)
ALONE = tuple(
    Column(name.replace("_", " "), right=True, rank=1, page=words.capital(name.replace("_", " ")))
    for name in SOURCES
)
"""The 90 % interval of each source alone."""


AS_IF_KNOWN = "Its numbers are taken as known: posterior and rival laws belong to the shipped set."

OWN = "own parameter sets"
"""What is said in place of a law where several sets of one's own were told."""

IN_PLACE = "They stand in place of the posterior, equally likely; rival laws belong to the shipped set."


def _alone(law: str) -> str:
    """What was asked for instead of all laws by their weight."""
    if law.startswith(OWN):
        return f"Under {law}. {IN_PLACE}"
    if law.startswith(("parameters ", "without ")):
        return f"Under {law} alone. {AS_IF_KNOWN}"
    return f"Under one rival law alone: {law}."


def view(content: Mapping[str, Any]) -> View:
    """A prediction.

    Args:
        content: what ``results.json`` of a prediction holds.
    """
    trial, rows = content["trial"], content["endpoints"]
    labels = arm_labels(trial["arms"])
    law = next((one for one in content["rivals"] if one["name"] == content["law"]), None)
    if law is None and content["law"] != "all":
        law = {
            "label": content["law"],
            "description": IN_PLACE if content["law"].startswith(OWN) else AS_IF_KNOWN,
        }
    flags = [
        {**flag, "arm": words.capital(arm_label(flag["arm"], labels))} for flag in content["extrapolation"]
    ]
    opened = any(content["people_as_assumed"].values()) or bool(content["visits_as_assumed"])
    tables = _tables(rows, labels, content["rivals"], opened)
    return View(
        template="prediction.html",
        title=trial["title"],
        manifest=content["manifest"],
        tables=tables,
        printed=(
            *([_alone(content["law"]), ""] if content["law"] != "all" else []),
            *_beyond(flags),
            tables["endpoints"],
            *endpoints.printed_care(trial["arms"], content["warnings"]),
        ),
        notes=_notes(content),
        parts={
            "sources": SOURCES,
            "science": SCIENCE,
            "arms": trial["arms"],
            "warned": endpoints.warned(content["warnings"], labels),
            "fracture_trials": fracture_trials(rows),
            "people": trial["people"],
            "ignored": content["published_results_ignored"],
            "flags": flags,
            "rivals": content["rivals"],
            "law": law,
            "switches": content["switches"],
        },
    )


def _tables(
    rows: Sequence[Row], labels: Mapping[str, str], rivals: Sequence[Row], opened: bool
) -> dict[str, Table]:
    """Everything in one table for a terminal; for a page in four. ``opened``: people are open."""
    none = {name: "none seen" for name in SOURCES} | ({} if opened else {AS_ASSUMED: NONE_OPEN})
    title = "90 % interval of the whole, then of each source alone"
    whole = Table.of(*endpoints.WHICH, *INTERVALS, *ALONE, title=title)
    expected = Table.of(*endpoints.WHICH, *INTERVALS)
    alone = Table.of(*endpoints.WHICH, *ALONE, title="Intervals by source")
    shares = Table.of(*endpoints.WHICH, *PARTS.values(), title="Share of the variance, in %")
    means = [Column(rival["label"]) for rival in rivals]
    off = {name: None for row in rows for name in row["without"]}
    means += [Column(f"Without {name}") for name in off]
    title = "Means under other laws, and with a channel switched off"
    under = Table.of(*endpoints.WHICH, Column("All"), *means, title=title)
    for row in rows:
        which, mean = endpoints.which(row, labels), _mean(row)
        intervals = (mean, _range(row["interval"]["50"], row["unit"]), _ninety(row))
        sources = [source_alone(row, name, none[name]) for name in SOURCES]
        whole.row(*which, *intervals, *sources, notes=(beside(row, number(together(row)), "runs"),))
        if row.get("fractures_in_trials"):
            whole.row(*endpoints.pooled_cells(row), "", "", *("" for _ in SOURCES))
        expected.row(*which, *intervals)
        alone.row(*which, *sources)
        shares.row(*which, *_shares(row, opened))
        held = [words.number(row["under_rivals"].get(rival["name"])) for rival in rivals]
        held += [words.number(row["without"].get(name)) for name in off]
        under.row(*which, f"{words.number(row['mean'])} {_unit(row)}".strip(), *held)
    return {"endpoints": whole, "expected": expected, "alone": alone, "shares": shares, "under": under}


def _mean(row: Row) -> Cell:
    error, pooled = row.get("monte_carlo_se"), in_trials(row)
    text = number(row["mean"]) + ("" if error is None else f" ± {error:.2g}")
    page = f"{words.number(row['mean'])} {_unit(row)}".strip()
    return Cell(text, page + (f"\nPooled trials: {pooled}" if pooled else ""), _remarks(row))


def _ninety(row: Row) -> Cell:
    cell, notes = _range(row["interval"]["90"], row["unit"]), []
    low, high = row["limit_error"]["90"]
    if low is not None and high is not None:
        notes.append(f"Monte Carlo SE of its ends {low:.2g} and {high:.2g}")
    if row["beyond_the_evidence"]:
        notes.append(f"widened for {', '.join(row['beyond_the_evidence'])}")
    if row["between_trials_known"]:
        return Cell(cell.text, cell.page, tuple(notes))
    return Cell(f"{cell.text} *", cell.page, (*notes, "without spread between trials"))


def _range(limits: Sequence[float | None], unit: str, same: str = "") -> Cell:
    """Two limits; ``same`` where they are equal."""
    low, high = limits
    if low is None or high is None:
        return Cell("not given")
    if low == high and same:
        return Cell(same)
    page = f"{words.number(low)} to {words.number(high)} {_unit({'unit': unit})}".strip()
    return Cell(f"{number(low)} to {number(high)}", page)


def source_alone(row: Row, name: str, same: str) -> Cell:
    """The 90 % interval of one source alone, or the SD that it is below where so few runs do not show it."""
    limits = row["alone"][name]["90"]
    parts = ("posterior", "rivals", "between_trials") if name == "science" else (name,)
    below = [row["sd_below"][part] for part in parts if row["sd_below"].get(part)]
    if None in limits and below:
        ln = " of ln" if row["scale"] == "log" else ""
        return Cell(f"SD{ln} below {sum(x**2 for x in below) ** 0.5:.2g}")
    return _range(limits, row["unit"], same)


def _unit(row: Row) -> str:
    return "" if row["unit"] in ("ratio", "share", "-") else row["unit"]


def _remarks(row: Row) -> tuple[str, ...]:
    """How exact a mean is, how many runs are not in it, and what all people together gave."""
    missing, told = row["runs_without_answer"], row["pooled"]["value"]
    said = [f"Monte Carlo SE {row['monte_carlo_se']:.2g}"] if row["monte_carlo_se"] is not None else []
    if missing:
        said.append(f"not in it: {missing} of {row['runs']} runs gave no answer")
    if told is not None and (missing or row["unit"] == "ratio"):
        said.append(f"all people together {words.number(told)} {_unit(row)}".strip())
    return ("; ".join(said),) if said else ()


def _shares(row: Row, opened: bool) -> list[str]:
    """Of the variance, whole per cent; of a part that so few runs cannot tell from none, what it is below."""
    sd = {name: row["sd"].get(name) or 0.0 for name in PARTS}
    total = sum(value**2 for value in sd.values())

    def share(name: str) -> str:
        if name == "between_trials" and not row["between_trials_known"]:
            return "not known"
        if name == AS_ASSUMED and not opened:
            return NONE_OPEN
        most = row["sd_below"].get(name)
        part = 100.0 * (sd[name] if most is None else most) ** 2 / total if total else 0.0
        return f"{part:.0f}" if most is None else f"below {max(1, round(part))}"

    return [share(name) for name in PARTS]


def _beyond(flags: Sequence[Row]) -> list[str]:
    if not flags:
        return []
    lines = (f"  {flag['arm']}, {flag['what']}: {flag['words']}." for flag in flags)
    return ["BEYOND THE CALIBRATION: intervals are wider by a rule, which no data support.", *lines, ""]


def _of_limits(rows: Sequence[Row]) -> list[str]:
    """How exact the limits are, and what was widened."""
    shares = sorted(row["limit_error_share"] for row in rows if row["limit_error_share"] is not None)
    said = []
    if shares:
        half, most = (100.0 * shares[i] for i in (len(shares) // 2, -1))
        said.append(
            f"Monte Carlo error of the ends of 90 % intervals: {half:.1f} % of the interval in the middle "
            f"endpoint, {most:.1f} % at most; more --sets make it smaller."
        )
    if any(row["beyond_the_evidence"] for row in rows):
        said.append(
            "Variance between trials doubled for each thing that no calibration study holds (a rule)."
        )
    return said


def _of_sets(manifest: Mapping[str, Any]) -> list[str]:
    """What the posterior's own draws leave open of every limit."""
    if "different_sets" not in manifest:
        return []
    whose = "they are" if "own_sets" in manifest else "the posterior is"
    return [
        f"{manifest['different_sets']} of the {manifest['parameter_sets']} parameter sets differ, and "
        f"{whose} worth {manifest['worth_draws']:.0f} independent draws: limits are no surer of the "
        "parameters than those let them be. That is not in the Monte Carlo error, and more --sets do not "
        "change it."
    ]


OPEN = {
    "types": "shares of types",
    "ages": "ages within their range",
    "entry_z": "mean Z at entry",
    "dose_by_type": "dose of each type",
}
"""What a protocol may leave open, in words."""

WHOSE = {"population": "", "historical": " of those followed earlier"}


def _of_open(worth: Mapping[str, Mapping[str, float]], visits: Sequence[Row]) -> list[str]:
    """What the protocol leaves open: for how many people what it states stands, and between which days."""
    parts = [
        f"{OPEN[name]}{WHOSE[who]} (as from {people:g} people)"
        for who, named in worth.items()
        for name, people in named.items()
    ]
    parts += [
        f"the day of {', '.join(one['measures'])} ({one['days'][0]:+d} to {one['days'][1]:+d} days)"
        for one in visits
    ]
    return [f"Open, and drawn anew in every parameter set: {', '.join(parts)}."] if parts else []


def _notes(content: Mapping[str, Any]) -> list[str]:
    rows = content["endpoints"]
    lines = endpoints.about_trials(fracture_trials(rows))
    lines += [
        "Mean ± its Monte Carlo standard error.",
        *_of_limits(rows),
        *_of_sets(content["manifest"]),
        *_of_open(content["people_as_assumed"], content["visits_as_assumed"]),
        *(f"{name.replace('_', ' ')}: {said}." for name, said in SOURCES.items()),
    ]
    if any(row["interval"]["90"][0] is None for row in rows):
        lines.append("No interval is given where more than 5 % of the runs gave no answer.")
    if any(not row["between_trials_known"] for row in rows):
        lines.append("* no spread between trials is known for such results: the interval is too narrow.")
    ignored = content["published_results_ignored"]
    if ignored:
        lines.append(f"{ignored} published results in the protocol were taken out and not read.")
    return lines
