"""Endpoints as rows, and what a trial, its prediction and its power tell alike of arms and evidence."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from brittlestar._shared import words
from brittlestar._shared.table import Cell, Column, Table, number, with_range
from brittlestar._shared.trial_words import beside, together, without_answer
from brittlestar.report.view import Count, Row

VERDICTS = {
    "outside": ("✕", "Outside", "outside the published interval"),
    "no answer": ("!", "No answer", "without an answer from the simulation"),
    "not judged": ("?", "Not judged", "not judged: too many trials gave no answer"),
    "no interval": ("○", "No interval", "published without an interval"),
    "inside": ("✓", "Inside", "inside the published interval"),
    "not published": ("–", "Not published", "with nothing published to compare"),
}
"""Verdict -> sign, word and words, failures first; none is told by colour alone."""

NEAR_LIMIT = "* nearer to a limit than 1.96 Monte Carlo standard errors: more replicates may turn it."
IN_TRIALS = "pooled trials"

WHICH = (
    Column("endpoint", over=True, page="Endpoint"),
    Column("arm", whole=True, folded=True),
    Column("month", right=True, over=True, folded=True),
    Column("unit", over=True, only="terminal"),
)
"""Columns that tell which endpoint of which arm a row is."""

COLUMNS = (
    *WHICH,
    Column("published", right=True, page="Published (95 % interval)"),
    Column("simulated", right=True, page="Simulated (95 % range)"),
    Column("verdict", rank=1, comfort=0, page="Verdict"),
)


def which(row: Row, labels: Mapping[str, str]) -> tuple[Cell, ...]:
    """Cells of :data:`WHICH`; on a page the arm has its label, and the unit stands with the number."""
    return (
        Cell(row["label"]),
        Cell(row["arm"], words.capital(arm_label(row["arm"], labels))),
        Cell(f"{row['time_months']:g}", words.months(row["time_months"])),
        Cell(row["unit"]),
    )


def cells(row: Row, labels: Mapping[str, str]) -> tuple[Cell, ...]:
    """Cells of :data:`COLUMNS`."""
    return (*which(row, labels), _published(row), _simulated(row), _verdict(row))


def simulated_alone(rows: Iterable[Row], labels: Mapping[str, str]) -> Table:
    """Endpoints with nothing to hold them against."""
    table = Table.of(*WHICH, COLUMNS[len(WHICH) + 1])
    for row in rows:
        table.row(*which(row, labels), _simulated(row))
    return table


def _published(row: Row) -> Cell:
    said, unit = row["published"], row["unit"]
    if said is None:
        text = (row.get("said") or {}).get("words")
        return Cell(text, words.capital(text)) if text else Cell("-", words.NONE)
    ends = said["value"], said["low"], said["high"]
    return Cell(with_range(*ends), words.estimate(*ends, unit=unit))


def _simulated(row: Row) -> Cell:
    found, error = row["simulated"], row.get("monte_carlo_se")
    ends = found["mean"], found["low"], found["high"]
    exact = f" ± {error:.2g}" if error is not None and None not in ends else ""
    head, bracket, tail = with_range(*ends).partition(" (")
    pooled = in_trials(row)
    page = words.estimate(*ends, unit=row["unit"]) + (f"\nPooled trials: {pooled}" if pooled else "")
    return Cell(f"{head}{exact}{bracket}{tail}", page, tuple(filter(None, (remarks(row),))))


def _verdict(row: Row) -> Cell:
    sign, said, _ = VERDICTS[row["verdict"]]
    near = row.get("near_limit")
    page = f"{said}, near the limit" if near else said
    style = f"verdict {row['verdict'].replace(' ', '-')}"
    return Cell(row["verdict"] + ("*" if near else ""), page, sign=sign, style=style)


def add(
    table: Table, row: Row, labels: Mapping[str, str], first: Sequence[Any] = (), last: Sequence[Any] = ()
) -> None:
    """Add an endpoint to a table of :data:`COLUMNS`, and in a terminal what pooled trials found below it.

    Args:
        table: with as many columns before and after as there are cells in ``first`` and ``last``.
        row: the endpoint.
        labels: of arms, by id.
        first: cells before it.
        last: cells after it.
    """
    note = beside(row, number(together(row)))
    table.row(*first, *cells(row, labels), *last, notes=(note,))
    if row.get("fractures_in_trials"):
        table.row(*first, *pooled_cells(row), "", "", *("" for _ in last), printed_only=True)


def pooled_cells(row: Row) -> tuple[str, ...]:
    """The first cells of the row below a ratio of fractures: what pooled trials found, up to its range."""
    found = row["fractures_in_trials"]
    said = f"{found['value']:.2f} ({found['low']:.2f} to {found['high']:.2f})"
    return row["label"], IN_TRIALS, f"{row['time_months']:g}", row["unit"], said


def remarks(row: Row) -> str:
    """How exact a simulated mean is, how many trials are not in it, and what all people together gave."""
    error, told = row.get("monte_carlo_se"), row.get("pooled") or {"value": None, "monte_carlo_se": None}
    missing = without_answer(row)
    said = [f"Monte Carlo SE {error:.2g}"] if error is not None else []
    if missing:
        said.append(f"not in it: {missing}")
    if told["value"] is not None and (missing or row["unit"] == "ratio"):
        exact = f" (SE {told['monte_carlo_se']:.2g})" if told["monte_carlo_se"] is not None else ""
        value = words.estimate(told["value"], None, None, unit=row["unit"])
        said.append(f"all people together {value}{exact}")
    return "; ".join(said)


def tally(rows: Iterable[Row]) -> list[Count]:
    """How many endpoints have each verdict, failures first."""
    counts = Counter(row["verdict"] for row in rows)
    return [
        Count(counts[verdict], sign, said, verdict.replace(" ", "-"))
        for verdict, (sign, _, said) in VERDICTS.items()
        if counts[verdict]
    ]


def in_trials(row: Row) -> str:
    """What pooled trials found, for beside a ratio of fractures; else nothing."""
    found = row.get("fractures_in_trials")
    return words.with_interval(found["value"], found["low"], found["high"]) if found else ""


def fracture_trials(rows: Iterable[Row]) -> Row | None:
    """What pooled trials found, where a row names it."""
    return next((row["fractures_in_trials"] for row in rows if row.get("fractures_in_trials")), None)


def about_trials(found: Row | None) -> list[str]:
    """What the pooled trials were, in a line; none where no row names them."""
    return [f"{found['label']} ({found['source']})."] if found else []


def arm_labels(arms: Iterable[Any]) -> dict[str, str]:
    """Arm id -> label, where arms have labels."""
    return {arm["id"]: arm.get("label") or arm["id"] for arm in arms if isinstance(arm, Mapping)}


def arm_label(arm: str, labels: Mapping[str, str]) -> str:
    """An arm by its label; ``difference:x`` names the arm that is held against the control."""
    head, colon, tail = arm.partition(":")
    return f"{labels.get(head, head)}: {labels.get(tail, tail)}" if colon else labels.get(arm, arm)


def warned(found: Iterable[Row] | None, labels: Mapping[str, str]) -> list[dict[str, Any]]:
    """What is unusual in a protocol, with its arms by their labels."""
    return [{**one, "arm": labels.get(one["arm"], one["arm"]) or "All arms"} for one in found or ()]


def printed_care(arms: Iterable[Row], found: Iterable[Row]) -> list[str]:
    """Lines of a terminal: what each arm gives in each year, and what is unusual in the protocol."""
    lines = ["", "Doses as planned:", *(f"  {arm['label']}: {arm['doses']}" for arm in arms)]
    unusual = [
        f"  {one['arm'] or 'all arms'}, {one['rule']}: {one['message']} (source: {one['source']})."
        for one in found
    ]
    return [*lines, *(["", "Unusual in this protocol:", *unusual] if unusual else [])]
