"""Records of an event table, checked one by one and against those beside them.

The rules are those of NONMEM (help on EVID, AMT, RATE, ADDL, II, SS, MDV; Guide VI, chapter V). Where tools
differ, or where the model has nothing that a record could act on, the record is refused or named: bone is no
compartment, so it has no reset, and somebody who grows or ages is in no steady state.
"""

from collections.abc import Iterator
from typing import NamedTuple

from brittlestar.exchange.events.cells import Cells, word_of
from brittlestar.exchange.events.mistakes import EventWarning, Mistakes
from brittlestar.exchange.events.rows import Rows

MOST_DAYS = 200 * 366.0
"""As of a plan."""

SAME = 1e-6
"""Relative difference below which two ways to say an infusion's length agree: rounding in a text."""

OBSERVATION, DOSE, OTHER, RESET, RESET_AND_DOSE = range(5)
"""Kinds of record, as EVID says them."""

REFUSED_DOSE, REFUSED = -1, -2
"""Kinds of record that are refused: what they give, and whom they are of, is checked all the same."""

_KINDS = "0 (observation), 1 (dose), 2 (other); 3 and 4 (reset) only as the first record of a person"


class Record(NamedTuple):
    """One record; times in days."""

    line: str
    person: str
    time: float
    evid: int
    """``OBSERVATION``, ``DOSE`` or ``OTHER``; after a mistake ``REFUSED_DOSE`` or ``REFUSED``"""
    compartment: str = ""
    amount: float = 0.0
    """of one dose, in the unit of the table"""
    length: float | None = None
    """of an infusion; none where it is not told"""
    additional: int = 0
    interval: float = 0.0
    drug: str = ""
    observed: str = ""
    value: float | None = None
    """none where nothing was observed"""


class Items(NamedTuple):
    """Numbers of a row as they stand there; 0 where nothing does."""

    amount: float
    rate: float
    length: float
    additional: float
    interval: float


COLUMNS = Items("AMT", "RATE", "DUR", "ADDL", "II")  # type: ignore[arg-type]
"""Of each item."""


def read_records(rows: Rows, days: float, mistakes: Mistakes, warnings: list[EventWarning]) -> list[Record]:
    """Every record of a table, also what is left of those with a mistake.

    Args:
        rows: the cells.
        days: of the table's unit of time.
        mistakes: gathers what cannot be.
        warnings: gathers what is read in one of several ways.
    """
    has_kinds = "EVID" in rows.cells
    if "DATE" in rows.cells:
        mistakes.add(
            "header",
            rows.names["DATE"],
            "calendar dates",
            "accepted: TIME counted from the start, without DATE",
        )
    found: list[Record] = []
    seen: dict[str, Record] = {}
    before = None
    for at in range(len(rows.lines)):
        cells = Cells(rows, at, mistakes)
        record = _record(cells, days, has_kinds, warnings)
        found.append(record)
        last = seen.get(record.person)
        if before == record.person and last is not None:
            if record.evid in (REFUSED, REFUSED_DOSE):
                continue
            if last.evid not in (REFUSED, REFUSED_DOSE) and record.time < last.time:
                cells.wrong("TIME", "no earlier than the record before it, of one person")
            elif record.time == last.time and last.evid == DOSE and record.value is not None:
                said = "the model sees it before the dose; of bone a dose changes nothing at once"
                warnings.append(EventWarning("observed-after-a-dose-of-the-same-time", said, record.line))
        elif record.person and last is not None:
            cells.wrong("ID", "all records of a person together; NONMEM would take this for another person")
        seen[record.person], before = record, record.person
    return found


def _record(cells: Cells, days: float, has_kinds: bool, warnings: list[EventWarning]) -> Record:
    """The record of a row; a refused one after a mistake."""
    before = len(cells.mistakes.found)
    items, evid = _items(cells), _kind(cells, has_kinds)
    readable = len(cells.mistakes.found) == before
    time = _time(cells, days)
    told = cells.real("MDV", "0 or 1", lambda x: x in (0, 1))
    value = cells.real("DV", "a number", lambda x: True)
    person, compartment = word_of(cells.raw("ID")), word_of(cells.raw("CMT"))
    if not person:
        cells.wrong("ID", "a number or a word")
    if cells.raw("C") is not None:
        cells.wrong("C", "nothing: take out the records that are to be left out")
    if compartment.startswith("-"):
        cells.wrong("CMT", "no negative compartment")
    drug = word_of(cells.raw("DRUG"))
    record = Record(cells.line, person, (time or 0.0) * days, REFUSED, compartment, drug=drug)
    if readable:
        evid = int(any(items)) if evid is None else evid
        _check_together(cells, record.time, evid, items, days)
    gives = evid in (DOSE, RESET_AND_DOSE) or (evid is None and cells.raw("AMT") not in (None, "0", 0))
    if evid is None or len(cells.mistakes.found) > before:
        named = gives and not compartment.startswith("-")
        return record._replace(evid=REFUSED_DOSE) if named else record
    warnings += [
        EventWarning(rule, said, cells.line) for rule, said in _ambiguities(evid, items, told, value)
    ]
    if gives:
        return _dose(record, items, days)
    record = record._replace(evid=evid, drug="")
    if evid != OBSERVATION:
        return record._replace(evid=OTHER)
    return record._replace(observed=word_of(cells.raw("DVID")), value=None if told == 1 else value)


def _time(cells: Cells, days: float) -> float | None:
    accepted = f"a number of time from 0 to {MOST_DAYS / days:.6g}"
    if cells.raw("TIME") is None:
        cells.wrong("TIME", accepted)
    return cells.real("TIME", accepted, lambda t: 0 <= t * days <= MOST_DAYS)


def _items(cells: Cells) -> Items:
    steady = "0: somebody who grows or ages has no steady state; earlier doses as records"
    cells.real("SS", steady, lambda x: x == 0)
    amount = cells.real("AMT", "a number, 0 or more", lambda x: x >= 0)
    rate = cells.real(
        "RATE", "0 or more, or -1 or -2 (worked out by a model)", lambda x: x >= 0 or x in (-1, -2)
    )
    length = cells.real("DUR", "a number, 0 or more", lambda x: x >= 0)
    more = cells.real("ADDL", "a whole number, 0 or more", lambda x: x >= 0 and x == int(x) and x <= 1e6)
    interval = cells.real("II", "a number, 0 or more", lambda x: x >= 0)
    return Items(amount or 0.0, rate or 0.0, length or 0.0, more or 0.0, interval or 0.0)


def _kind(cells: Cells, has_kinds: bool) -> int | None:
    """EVID of a row, if it has one."""
    kind = cells.real("EVID", _KINDS, lambda x: x in range(5))
    if has_kinds and cells.raw("EVID") is None:
        cells.wrong("EVID", _KINDS)
    people = cells.rows.cells["ID"]
    first = cells.at == 0 or word_of(people[cells.at - 1]) != word_of(people[cells.at])
    if kind in (RESET, RESET_AND_DOSE) and not first:
        cells.wrong("EVID", "0, 1 or 2: a skeleton cannot be reset; 3 and 4 only as the first record")
    return None if kind is None else int(kind)


def _ambiguities(
    evid: int, items: Items, told: float | None, value: float | None
) -> Iterator[tuple[str, str]]:
    """Rule and message of everything that tools read in different ways."""
    dose = evid in (DOSE, RESET_AND_DOSE)
    if evid in (RESET, RESET_AND_DOSE):
        yield "reset-at-the-start", "there is nothing yet to reset; a dose with it is given"
    if evid == OTHER:
        yield "other-record", "EVID 2 is passed over"
    if evid == OBSERVATION and value is None and told != 1:
        yield "observation-without-a-value", "read as none, as in R; NONMEM would read 0"
    if dose and told == 0:
        yield "dose-marked-as-observed", "MDV 0 with a dose: DV is not read"
    if dose and not items.amount:
        yield "dose-of-nothing", "AMT 0 is no dose"
    if dose and items.interval and not items.additional:
        yield "interval-without-doses", "II without ADDL has no effect on infusions"
    if dose and items.rate < 0:
        yield "infusion-length-of-a-model", "RATE -1 or -2: the drug's usual length is taken"


def _check_together(cells: Cells, day: float, evid: int, items: Items, days: float) -> None:
    """What the items of a row may not be beside each other."""
    if evid not in (DOSE, RESET_AND_DOSE):
        for column, item in zip(COLUMNS, items):
            if item:
                cells.wrong(str(column), f"0 in a record with EVID {evid}")
        return
    if cells.raw("AMT") is None:
        cells.wrong("AMT", "an amount in a dose; 0 for none")
    for column, accepted in _broken(items):
        cells.wrong(column, accepted)
    if day + items.additional * items.interval * days > MOST_DAYS:
        cells.wrong("ADDL", "doses within 200 years")


def _dose(record: Record, items: Items, days: float) -> Record:
    if not items.amount:
        return record._replace(evid=OTHER, drug="")
    spread = items.amount / items.rate if items.rate > 0 else items.length
    return record._replace(
        evid=DOSE,
        amount=items.amount,
        length=spread * days if spread else None,
        additional=int(items.additional),
        interval=items.interval * days,
    )


def _broken(items: Items) -> Iterator[tuple[str, str]]:
    """Column and what is accepted, of every rule among the items of a dose that is broken."""
    amount, rate, length, more, interval = items
    if more and not interval:
        yield "II", "more than 0 with ADDL"
    if not amount and (rate > 0 or length):
        yield "AMT", "more than 0 with RATE or DUR: an infusion without an end is a steady state"
    if rate > 0 and length and abs(amount / rate - length) > SAME * length:
        yield "DUR", f"{amount / rate:g}, AMT over RATE, or one of the two"
    if rate < 0 and length:
        yield "RATE", "0 with DUR"
    spread = amount / rate if rate > 0 else length
    if spread and interval and more and spread > interval * (1 + SAME):
        yield "II", f"at least {spread:g}, so that an infusion ends before the next begins"
