"""Options by which a command reads people and doses from an event table, and what it reads."""

import warnings
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from brittlestar._shared.errors import InputError

if TYPE_CHECKING:  # heavy, and loaded where a table is read
    from brittlestar.care import Plan
    from brittlestar.exchange.events.read import EventTable
    from brittlestar.people.person import Person
    from brittlestar.trials.protocol import Protocol

TimeUnit = Annotated[str | None, Parameter(help="Unit of TIME in the table: hour, day, week, month or year.")]
AmountUnit = Annotated[str | None, Parameter(help="Unit of AMT in the table: mg, mg/kg or ug.")]
Drug = Annotated[str | None, Parameter(help="What is given where the table does not say.")]
DictionaryFile = Annotated[
    str | None,
    Parameter(name="--dictionary", help="Data dictionary; default: NAME.dictionary.json beside the table."),
]


def table_of(
    path: str, time_unit: str | None, amount_unit: str | None, drug: str | None, dictionary: str | None
) -> "EventTable":
    """An event table, with what is read in one of several ways told as notes."""
    from brittlestar.exchange.events.read import read_events

    table = read_events(path, time_unit=time_unit, amount_unit=amount_unit, drug=drug, dictionary=dictionary)
    for note in table.warnings:
        warnings.warn(note, stacklevel=2)
    return table


def bundle_of(path: str) -> "EventTable":
    """A FHIR bundle, with what could not be taken over told as notes."""
    from brittlestar.exchange.fhir import read_fhir

    table = read_fhir(path)
    for note in table.warnings:
        warnings.warn(note, stacklevel=2)
    return table


def person_and_plan(
    told: dict[str, Any], plan: str | None, years: float | None, data: "EventTable | None", id: str | None
) -> "tuple[Person, str | Plan, float]":
    """Whom a command follows, under what and how long: as its options say, or one person of a table.

    Args:
        told: fields of a person by option; ``None`` where nothing was said.
        plan: of the options; beside a table it takes the place of the doses there.
        years: of the run.
        data: the table, if there is one.
        id: of the person in it.

    Raises:
        InputError: a person told in both ways, or in neither.
    """
    from brittlestar.people.person import Person

    words = {"age": told["age"], "sex": told["sex"], "type": told["oi_type"], "plan": plan}
    for name, value in {**(words if data is None else {}), "years": years}.items():
        if value is None:
            raise InputError(f"--{name}", None, "missing; see `brittlestar simulate --help`")
    span = years or 0.0
    if data is None:
        return Person(**told), plan or "", span
    both = [name for name, value in told.items() if value is not None]
    if both:
        raise InputError(f"--data, --{both[0].replace('_', '-')}", told[both[0]], "accepted: one of the two")
    one = data.only(id)
    return one.person, plan or one.plan_until(span), span


def with_people_of(protocol: "Protocol", table: "EventTable", path: str) -> "Protocol":
    """The trial with the people of a table; their doses are not used, for the arms decide what is given."""
    from pathlib import Path

    from brittlestar.exchange.events.mistakes import EventWarning
    from brittlestar.trials.told_people import with_people

    if given := sum(len(subject.doses) for subject in table.subjects):
        said = f"{given} doses of the table are not given: the arms of the trial decide"
        warnings.warn(EventWarning("doses-not-used", said), stacklevel=2)
    return with_people(protocol, [subject.person for subject in table.subjects], Path(path).name)
