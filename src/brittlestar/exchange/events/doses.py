"""Single doses from records, and regular series from single doses.

A record stands for doses at t, t + II, ..., t + ADDL II. Doses of one amount at equal distances are one
series.
"""

from collections.abc import Sequence
from typing import NamedTuple

from brittlestar.care.biologics import BIOLOGICS
from brittlestar.care.dates import TIGHT
from brittlestar.exchange.events.dictionary import Dictionary, Substance
from brittlestar.exchange.events.mistakes import EventWarning, Mistakes
from brittlestar.exchange.events.records import DOSE, REFUSED_DOSE, Record

LONGEST_GAP = 31.0
"""Days between tablets written one by one that are still one course: no tablet is taken more rarely."""


MOST_DOSES = 10_000
"""Of one record by needle: more than a century of one every four days."""


class Dose(NamedTuple):
    """One infusion or injection, or tablets of one amount over a time."""

    substance: Substance
    day: float
    amount: float
    """in the unit of the table; of tablets each"""
    length: float | None
    """days of an infusion, if told"""
    days: float = 0.0
    """of tablets: how long they are taken"""
    interval: float = 0.0
    """of tablets: days from one to the next"""


class Series(NamedTuple):
    """Doses at equal distances."""

    first: float
    interval: float
    """0 of a single one"""
    count: int


def series_of(days: Sequence[float]) -> list[Series]:
    """Rising days as few series: each the longest that begins with the first day left.

    >>> series_of([0, 182, 364, 400])
    [Series(first=0, interval=182, count=3), Series(first=400, interval=0.0, count=1)]
    """
    found, start = [], 0
    while start < len(days):
        end, gap = start + 1, 0.0
        if end < len(days):
            gap = days[end] - days[start]
            while end < len(days) and abs(days[end] - (days[start] + (end - start) * gap)) <= TIGHT:
                end += 1
        # Two doses alone are no pattern: the second may begin one of its own.
        if end - start == 2 and end < len(days):
            end, gap = start + 1, 0.0
        found.append(Series(days[start], gap if end - start > 1 else 0.0, end - start))
        start = end
    return found


def is_home_drug(substance: Substance) -> bool:
    """Whether it is taken at home, so that the model has a daily rate of it."""
    return substance.route == "oral" or substance.drug == "teriparatide"


def substance_of(record: Record, told: Dictionary, mistakes: Mistakes) -> Substance | None:
    """What a record gives: by the drug's name, by its compartment, or the only one that was told."""
    said = [word for word in (record.drug, record.compartment) if word]
    try:
        for word in said:
            if word in told.compartments:
                return told.compartments[word]
        if record.drug:
            return Substance.of(record.drug)
        if record.compartment and not _is_number(record.compartment):
            return Substance.of(record.compartment)
    except ValueError as error:
        column = "DRUG" if record.drug else "CMT"
        mistakes.add(record.line, column, said[0], getattr(error, "accepted", str(error)))
        return None
    if "" in told.compartments and set(told.compartments) == {""}:
        return told.compartments[""]
    known = ", ".join(f"{number} {one.drug}" for number, one in told.compartments.items() if number)
    mistakes.add(
        record.line,
        "CMT",
        record.compartment or "nothing",
        f"accepted: {known or 'a compartment that the dictionary names, a drug by name in DRUG, or --drug'}",
    )
    return None


def _is_number(word: str) -> bool:
    return word.lstrip("-").replace(".", "", 1).isdigit()


def doses_of(
    records: Sequence[Record], told: Dictionary, mistakes: Mistakes, warnings: list[EventWarning]
) -> list[Dose]:
    """Everything that the records of one person give, in order of time.

    Args:
        records: of one person.
        told: the dictionary.
        mistakes: gathers drugs that nobody told, of refused doses too.
        warnings: gathers what is read in one of several ways.
    """
    found: list[Dose] = []
    alone: dict[tuple[Substance, float], list[Record]] = {}
    for record in records:
        if record.evid not in (DOSE, REFUSED_DOSE):
            continue
        substance = substance_of(record, told, mistakes)
        if substance is None or record.evid == REFUSED_DOSE:
            continue
        if is_home_drug(substance):
            if record.interval:
                days = (record.additional + 1) * record.interval
                found.append(Dose(substance, record.time, record.amount, None, days, record.interval))
            else:
                alone.setdefault((substance, record.amount), []).append(record)
            continue
        if record.additional >= MOST_DOSES:
            accepted = f"accepted: fewer than {MOST_DOSES:,} infusions or injections"
            mistakes.add(record.line, "ADDL", record.additional, accepted)
            continue
        found += [
            Dose(substance, record.time + k * record.interval, record.amount, record.length)
            for k in range(record.additional + 1)
        ]
    for (substance, amount), tablets in alone.items():
        found += _one_by_one(substance, amount, tablets, warnings)
    return sorted(found, key=lambda dose: (dose.day, dose.substance.drug, dose.amount))


def _one_by_one(
    substance: Substance, amount: float, tablets: list[Record], warnings: list[EventWarning]
) -> list[Dose]:
    """Tablets written one by one: a course where they are at equal distances, otherwise a day each."""
    found = []
    for one in series_of([record.time for record in tablets]):
        apart = one.interval if 0 < one.interval <= LONGEST_GAP else 1.0
        courses = [one] if apart == one.interval else [
            Series(one.first + k * one.interval, 0.0, 1) for k in range(one.count)
        ]  # fmt: skip
        found += [Dose(substance, c.first, amount, None, c.count * apart, apart) for c in courses]
        if apart != one.interval:
            warnings.append(EventWarning(
                "tablet-alone", "a tablet without II counts as the amount of one day", tablets[0].line
            ))  # fmt: skip
        else:
            warnings.append(EventWarning(
                "tablets-one-by-one",
                f"{one.count} tablets {one.interval:g} days apart are a course of {one.count * apart:g} days",
                tablets[0].line,
            ))  # fmt: skip
    return found


def is_biologic(dose: Dose) -> bool:
    """Whether it is an antibody or hormone, which plans hold apart."""
    return dose.substance.drug in BIOLOGICS
