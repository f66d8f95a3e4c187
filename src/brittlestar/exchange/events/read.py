"""An event table as people, each with a plan of care and what was observed."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import inf
from pathlib import Path

import polars as pl

from brittlestar._shared.at_a_glance import Glance
from brittlestar._shared.errors import InputError, nearest
from brittlestar._shared.parameter_files import DAYS_PER_YEAR
from brittlestar._shared.table import Column, Table
from brittlestar._shared.tabled import Tabled
from brittlestar.care import Plan
from brittlestar.exchange.events.cells import number_of, word_of
from brittlestar.exchange.events.columns import COVARIATES, ITEMS, NEEDED
from brittlestar.exchange.events.dictionary import FRACTURE, Dictionary, dictionary_of, read_dictionary
from brittlestar.exchange.events.doses import Dose, doses_of
from brittlestar.exchange.events.mistakes import EventWarning, Mistakes
from brittlestar.exchange.events.people import person_of
from brittlestar.exchange.events.plans import plan_of
from brittlestar.exchange.events.records import DOSE, Record, read_records
from brittlestar.exchange.events.rows import read_rows
from brittlestar.exchange.events.table_units import units_of
from brittlestar.outcomes.fracture import SITES
from brittlestar.people.person import Person
from brittlestar.trials.measures import MEASURES

OBSERVED = (*MEASURES, *(FRACTURE + site for site in SITES))
"""Names of what may be observed."""

GIVEN = {
    "id": pl.String, "day": pl.Float64, "drug": pl.String, "route": pl.String, "amount": pl.Float64,
    "unit": pl.String, "days": pl.Float64, "interval": pl.Float64,
}  # fmt: skip
"""Columns of a dose."""


@dataclass(frozen=True)
class Subject:
    """One person of an event table."""

    id: str
    person: Person
    doses: tuple[Dose, ...]
    unit: str
    """of the doses"""
    last_day: float
    """of the last record or dose"""

    @cached_property
    def plan(self) -> Plan:
        """All doses as a plan of care."""
        return self.plan_until(inf)

    def plan_until(self, years: float) -> Plan:
        """The plan of a run of so many years: every dose before its end, and none after."""
        return plan_of(self.doses, self.unit, self.person, years * DAYS_PER_YEAR, f"person {self.id}")


@dataclass(frozen=True, repr=False)
class EventTable(Tabled):
    """What an event table says."""

    axes = ("id", "day")
    row = "record"

    subjects: tuple[Subject, ...]
    observations: pl.DataFrame
    """what was observed: ``id``, ``day``, ``observed`` (as the dictionary names it), ``value``"""
    warnings: tuple[EventWarning, ...]
    """what is read in one of several ways, each rule once"""
    dictionary: Dictionary

    def __getitem__(self, id: object) -> Subject:
        for subject in self.subjects:
            if subject.id == str(id):
                return subject
        known = ", ".join(subject.id for subject in self.subjects[:8])
        more = f" and {len(self.subjects) - 8} more" if len(self.subjects) > 8 else ""
        raise InputError("ID", id, f"accepted: {known}{more}")

    def only(self, id: str | None = None) -> Subject:
        """The person of this id, or the only one.

        Raises:
            InputError: nobody of this id, or several people and none named.
        """
        if id is None and len(self.subjects) > 1:
            some = ", ".join(subject.id for subject in self.subjects[:5])
            raise InputError("id", None, f"accepted: one of the {len(self.subjects)} people, such as {some}")
        return next(iter(self.subjects)) if id is None else self[id]

    def table(self) -> pl.DataFrame:
        """Doses and observations of everybody, day by day; what is seen on the day of a dose comes before it.

        Of tablets ``amount`` is that of each, taken for ``days`` every ``interval`` days.
        """
        given = [
            (one.id, dose.day, dose.substance.drug, dose.substance.route, dose.amount, one.unit, dose.days,
             dose.interval)
            for one in self.subjects
            for dose in one.doses
        ]  # fmt: skip
        doses = pl.DataFrame(given, schema=GIVEN, orient="row")
        records = pl.concat([self.observations, doses], how="diagonal")
        ids = dict.fromkeys([*(one.id for one in self.subjects), *records["id"]])
        people = pl.Enum(list(ids))  # in the order of the table
        ordered = records.with_columns(pl.col("id").cast(people)).sort("id", "day", maintain_order=True)
        return ordered.select(pl.col("id").cast(pl.String), *list(GIVEN)[1:], "observed", "value")

    def _glance(self) -> Glance:
        table = Table.of("person", "age", "type", Column("doses", right=True), Column("observed", right=True))
        seen = dict(self.observations.group_by("id").len().iter_rows())
        for one in self.subjects:
            person = one.person
            table.row(
                one.id, f"{person.age:g}", person.oi_type, str(len(one.doses)), str(seen.get(one.id, 0))
            )
        notes = tuple(str(warning) for warning in self.warnings)
        return Glance(f"{len(self.subjects)} people", table, (*notes, ".subjects, .observations, .only(id)"))


def read_events(
    path: str | os.PathLike[str],
    *,
    time_unit: str | None = None,
    amount_unit: str | None = None,
    drug: str | None = None,
    dictionary: Dictionary | str | os.PathLike[str] | None = None,
) -> EventTable:
    """Read an event table, all of it or nothing.

    Args:
        path: of a CSV or Parquet file; columns as in :mod:`brittlestar.exchange.events.columns`.
        time_unit: of TIME, II and DUR: hour, day, week, month or year.
        amount_unit: of AMT: mg, mg/kg or ug.
        drug: what is given where the table does not say.
        dictionary: a data dictionary or its path; if left out, ``NAME.dictionary.json`` beside the table, if
            it is there.

    Raises:
        TableError: everything that is wrong, with line and column.
        InputError: no such file, or units told in two ways.

    Example:
        >>> read_events("trial.csv", time_unit="day", amount_unit="mg").only("7").plan  # doctest: +SKIP
    """
    if dictionary is None and dictionary_of(path).exists():
        dictionary = dictionary_of(path)
    told = dictionary if isinstance(dictionary, Dictionary) else Dictionary()
    if dictionary is not None and not isinstance(dictionary, Dictionary):
        told = read_dictionary(dictionary)
    told = told.told(time_unit, amount_unit, drug)
    mistakes, warnings = Mistakes(Path(path).name), list[EventWarning]()
    rows = read_rows(path, mistakes)
    if any(name not in rows.cells for name in NEEDED) or not rows.lines:
        mistakes.tell()
    whole = not mistakes.found
    days, unit = units_of(rows, told, mistakes)
    records = read_records(rows, days, mistakes, warnings)
    known = {*ITEMS, *COVARIATES, *told.columns}
    unread = [own for name, own in rows.names.items() if name not in known]
    if unread:
        warnings.append(EventWarning("columns-not-read", f"without effect: {', '.join(unread)}"))
    by_person: dict[str, list[Record]] = {}
    for record in records:
        if record.person:
            by_person.setdefault(record.person, []).append(record)
    places: dict[str, list[int]] = {}
    for at, cell in enumerate(rows.cells["ID"]):
        places.setdefault(word_of(cell), []).append(at)
    subjects = []
    for id, mine in by_person.items():
        person = person_of(rows, places[id], told.codes, mistakes, warnings, whole=whole)
        doses = tuple(doses_of(mine, told, mistakes, warnings))
        if person is not None:
            last = max([record.time for record in mine] + [dose.day + dose.days for dose in doses])
            subjects.append(Subject(id, person, doses, unit, last))
            if unit or not doses:
                _check_plan(subjects[-1], mine, mistakes)
    mistakes.tell()
    warnings += _unknown(records, told)
    seen = [(r.person, r.time, _observed(r, told), r.value) for r in records if r.value is not None]
    schema = {"id": pl.String, "day": pl.Float64, "observed": pl.String, "value": pl.Float64}
    once = {warning.rule: warning for warning in reversed(warnings)}
    found = pl.DataFrame(seen, schema=schema, orient="row")
    return EventTable(tuple(subjects), found, tuple(reversed(once.values())), told)


def _check_plan(subject: Subject, records: list[Record], mistakes: Mistakes) -> None:
    try:
        subject.plan  # noqa: B018 - says which doses no plan can have
    except InputError as error:
        given = next((r.line for r in records if r.evid == DOSE), records[0].line)
        mistakes.add(given, "AMT", error.value, f"{error.where}: {error.accepted}")


def _unknown(records: Sequence[Record], told: Dictionary) -> list[EventWarning]:
    """Names of what was observed that are no measure."""
    lines: dict[str, str] = {}
    for record in records:
        name = _observed(record, told)
        if record.value is not None and number_of(name) is None and name not in OBSERVED:
            lines.setdefault(name, record.line)
    if not lines:
        return []
    names, line = ", ".join(lines), next(iter(lines.values()))
    known = nearest(next(iter(lines)), OBSERVED, every=True).replace("accepted:", "known:")
    said = f"no measure of the model is named {names or 'in DVID or CMT'}; {known}"
    return [EventWarning("observed-not-known", said, line)]


def _observed(record: Record, told: Dictionary) -> str:
    word = record.observed or record.compartment
    return told.observed.get(word, word)
