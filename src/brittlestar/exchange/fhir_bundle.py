"""One simulated person's course as a FHIR bundle (R4 or R5), as ``read_fhir`` reads it.

Of the people who share what was told it is the likeliest; without a Z-score or fractures, the first. In it
are Patient, the Condition of the type, Observations of size and scan at visits, an administration for every
infusion and injection, a statement for every stretch of what is taken at home, and a Condition for every
fracture. The bundle is marked as test data (HTEST), its person is named as simulated.
"""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from itertools import chain, count
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import numpy as np
import polars as pl
from pydantic import ValidationError

from brittlestar._shared.errors import InputError, nearest
from brittlestar._shared.extras import library
from brittlestar._shared.manifest import NOTE, version
from brittlestar._shared.output import output_file
from brittlestar._shared.parameter_files import DAYS_PER_YEAR
from brittlestar.comparison import Comparison, compare
from brittlestar.comparison.lives import PEOPLE, TREATED, Lives
from brittlestar.engine import Parameters
from brittlestar.exchange.fhir import AT_ENTRY
from brittlestar.exchange.fhir_codes import DISPLAYS, LOINC, MEASURED, UCUM, coded_drug
from brittlestar.exchange.sizes import Sizes
from brittlestar.exchange.trial_doses import doses_of_plan
from brittlestar.outcomes.fracture import SITES
from brittlestar.people.person import Person

RELEASES = {"R4": "fhir.resources.R4B", "R5": "fhir.resources"}
"""Release -> what checks it; the resources that are written are the same in R4 and R4B."""

VISIT_MONTHS = 6.0
"""Between measurements of size and scan."""

DECIMALS = 3
"""Of what is measured."""

HTEST = {
    "system": "http://terminology.hl7.org/CodeSystem/v3-ActReason",
    "code": "HTEST",
    "display": "test health data",
}
OI = {"system": "http://hl7.org/fhir/sid/icd-10", "code": "Q78.0", "display": "Osteogenesis imperfecta"}
ROUTES = {"iv": "intravenous", "sc": "subcutaneous", "oral": "oral"}
UNITS = {name: next(iter(units)) for name, units in MEASURED.values()}
"""Measure -> its first unit of UCUM."""


def fhir_bundle(course: Comparison, start: date | str, *, release: str = "R4") -> dict[str, Any]:
    """The course of one person as a bundle, checked by ``fhir.resources``.

    Args:
        course: what was simulated.
        start: the day of entry, a date or ``2024-01-31``.
        release: ``R4`` or ``R5``.

    Raises:
        InputError: a healthy person, another release, or no date.
        MissingExtra: fhir.resources is not installed.

    Example:
        >>> fhir_bundle(compare(age=7, sex="f", oi_type="III", years=1, plan="zoledronate"),
        ...             "2024-01-31")["type"]  # doctest: +SKIP
        'collection'
    """
    if release not in RELEASES:
        raise InputError("release", release, nearest(release, RELEASES))
    if course.person.oi_type == "healthy":
        raise InputError("type", "healthy", "accepted: I, IV or III: a bundle is of a person with OI")
    day = _day(start)
    key = [course.manifest[name] for name in ("input_sha256", "parameters_sha256", "seed")] + [day, release]
    urls = (f"urn:uuid:{uuid5(NAMESPACE_URL, f'brittlestar {key} {i}')}" for i in count())
    patient = next(urls)
    resources = _Person(course, day, release, patient).resources()
    entries = [{"fullUrl": url, "resource": one} for url, one in zip(chain([patient], urls), resources)]
    made = {"resourceType": "Bundle", "meta": _meta(course.manifest), "type": "collection", "entry": entries}
    bundle = library(f"{RELEASES[release]}.bundle", "exchange", "FHIR").Bundle
    try:
        bundle.model_validate(made)
    except ValidationError as error:  # pragma: no cover - a mistake of ours
        raise RuntimeError(f"no bundle of FHIR {release}: {error}") from error
    return made


def export_fhir(
    path: str | os.PathLike[str],
    person: Person,
    plan: Any,
    years: float,
    *,
    start: date | str,
    release: str = "R4",
    seed: int = 1,
    parameters: Parameters | str | None = None,
    force: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> None:
    """Simulate one person under one plan and write the course as :func:`fhir_bundle`.

    Args:
        path: of the bundle, JSON.
        person: who; what is not told of them is drawn.
        plan: words, a published name, a file or a plan.
        years: length of the course.
        start: the day of entry, a date or ``2024-01-31``.
        release: ``R4`` or ``R5``.
        seed: key of who it is in what was not told, and of luck.
        parameters: the shipped set if left out.
        force: replace a file that is there.
        progress: called with (courses done, courses in all).

    Raises:
        InputError: as :func:`brittlestar.compare` and :func:`fhir_bundle`; or the file exists.
    """
    day = _day(start)
    weighed = person.baseline_z is not None or person.fractures_last_2_years is not None
    with output_file(path, force=force) as file:
        course = compare(person, plan, years, untreated=False, draws=PEOPLE if weighed else 1, seed=seed,
                         parameters=parameters, progress=progress)  # fmt: skip
        text = json.dumps(fhir_bundle(course, day, release=release), indent=1, ensure_ascii=False)
        Path(file).write_text(f"{text}\n", encoding="utf-8")


def _meta(made: Mapping[str, Any]) -> dict[str, Any]:
    """That it is test data, of which program and which parameter set."""
    name, digest = made["parameters"], made["parameters_sha256"]
    program = {
        "system": "urn:brittlestar",
        "code": "simulated",
        "display": f"{NOTE}; brittlestar {version()}",
    }
    numbers = {
        "system": "urn:brittlestar:parameters",
        "version": digest,
        "code": name,
        "display": f"parameter set {name}, SHA-256 {digest}",
    }
    return {"security": [HTEST], "tag": [program, numbers]}


def _day(said: date | str) -> date:
    try:
        return date.fromisoformat(str(said))
    except ValueError:
        raise InputError("start", said, "accepted: a date, such as 2024-01-31") from None


def _who(lives: Lives) -> int:
    """The likeliest of the people drawn, given what was told."""
    weight = lives.question.weight
    return 0 if weight is None else int(np.argmax(weight))


def given_to(course: Comparison) -> pl.DataFrame:
    """What the person of the bundle was given, in mg by the weight of the day.

    Returns:
        Columns as :data:`brittlestar.exchange.trial_doses.SCHEMA`.
    """
    lives, plan, told = course.lives[TREATED], course.resolved, course.person
    people, end = lives.question.cohort, course.years * DAYS_PER_YEAR
    sizes = Sizes(people.oi_type, people.sex, people.age_years, people.height_z, people.weight_factor,
                  people.puberty_shift_years)  # fmt: skip
    age, sex = told.age if plan.needs_age else None, told.sex if plan.needs_sex else None
    leaves = np.full(len(people.sex), end)
    return doses_of_plan(sizes, plan, np.array([_who(lives)]), leaves, end, age, sex)


class _Person:
    """The one person of a comparison, as resources."""

    def __init__(self, comparison: Comparison, start: date, release: str, patient: str):
        self.patient = patient
        self.told, self.years, self.given = comparison.person, comparison.years, given_to(comparison)
        lives = comparison.lives[TREATED]
        self.start, self.newer, self.course, self.who = start, release == "R5", lives.course, _who(lives)

    def resources(self) -> Iterator[dict[str, Any]]:
        """Everything, in order."""
        yield {
            "resourceType": "Patient",
            "id": "simulated",
            "name": [{"text": "Simulated person"}],
            "gender": self.told.sex,
            "birthDate": self.date(-self.told.age * DAYS_PER_YEAR),
        }
        yield self.condition(f"Osteogenesis imperfecta, type {self.told.oi_type}", OI)
        yield from self.observations()
        yield from self.medicines()
        c = self.course
        mine = np.flatnonzero(c.fracture_person == self.who)
        for years, site in sorted(zip(c.fracture_years[mine], c.fracture_site[mine])):
            words = f"Fracture, {SITES[site].replace('_', ' ')}"
            yield self.condition(words, None) | {"onsetDateTime": self.date(years * DAYS_PER_YEAR)}

    def date(self, day: float) -> str:
        """A day after entry, to the nearest whole one."""
        return (self.start + timedelta(days=round(day))).isoformat()

    def of(self, kind: str, **more: Any) -> dict[str, Any]:
        """A resource about the person."""
        return {"resourceType": kind, "subject": {"reference": self.patient}} | more

    def condition(self, text: str, coding: dict[str, str] | None) -> dict[str, Any]:
        """A diagnosis."""
        active = {"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "active"}
        code = {"coding": [coding], "text": text} if coding else {"text": text}
        return self.of("Condition", clinicalStatus={"coding": [active]}, code=code)

    def observations(self) -> Iterator[dict[str, Any]]:
        """Size and scan at every visit: what was told of entry, else the course without a scan's error."""
        time = self.course.time_years
        visits = np.arange(0.0, self.years + 1e-9, VISIT_MONTHS / 12)
        for row in dict.fromkeys(int(np.abs(time - visit).argmin()) for visit in visits):
            for loinc, (measure, _) in MEASURED.items():
                own = vars(self.told).get(AT_ENTRY.get(measure, "")) if row == 0 else None
                value = float(self.course[measure][row, self.who]) if own is None else own
                yield self.of(
                    "Observation",
                    status="final",
                    code={
                        "coding": [{"system": LOINC, "code": loinc, "display": DISPLAYS[loinc]}],
                        "text": measure,
                    },
                    effectiveDateTime=self.date(time[row] * DAYS_PER_YEAR),
                    valueQuantity=quantity(round(value, DECIMALS), UNITS[measure]),
                )

    def medicines(self) -> Iterator[dict[str, Any]]:
        """What was given."""
        for one in self.given.iter_rows(named=True):
            dose, day = quantity(one["mg"], "mg"), self.date(one["day"])
            drug, route = coded_drug(one["drug"]), {"text": ROUTES[one["route"]]}
            medicine = (
                {"medication": {"concept": drug}} if self.newer else {"medicationCodeableConcept": drug}
            )
            if not one["interval_days"]:
                when = {"occurenceDateTime" if self.newer else "effectiveDateTime": day}
                kind, how = "MedicationAdministration", {"dosage": {"route": route, "dose": dose}}
                yield self.of(kind, status="completed", **medicine, **when, **how)
                continue
            repeat = {"frequency": 1, "period": one["interval_days"], "periodUnit": "d"}
            until = self.date(one["day"] + one["count"] * one["interval_days"])
            yield self.of(
                "MedicationStatement",
                status="recorded" if self.newer else "completed",
                **medicine,
                effectivePeriod={"start": day, "end": until},
                dosage=[
                    {"timing": {"repeat": repeat}, "route": route, "doseAndRate": [{"doseQuantity": dose}]}
                ],
            )


def quantity(value: float, unit: str) -> dict[str, Any]:
    """A number with its unit of UCUM."""
    return {"value": value, "unit": unit, "system": UCUM, "code": unit}
