"""A FHIR bundle (R4 or R5) as a person with a history: age, sex, type, size, scans, doses and their dates.

What the standard says of a resource is checked by ``fhir.resources`` (extra ``exchange``; R4 through its R4B,
in which the resources read here are the same). Read are one Patient, the Condition that names the type,
Observations by their LOINC codes, MedicationAdministrations (infusions), and MedicationStatements with a
timing (tablets). Prescriptions are no doses, and other medicines are passed over; both are noted. Day 0 is
that of the first dose, or of the last observation where none was given; size and scan at entry are the last
ones up to that day.
"""

import os
import re
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl
from pydantic import ValidationError

from brittlestar._shared.errors import InputError
from brittlestar._shared.extras import library
from brittlestar._shared.parameter_files import DAYS_PER_YEAR
from brittlestar._shared.user_files import MOST_RESULT_BYTES, json_content, read_text
from brittlestar.exchange.events.dictionary import Dictionary, Substance
from brittlestar.exchange.events.doses import Dose
from brittlestar.exchange.events.mistakes import EventWarning, Mistakes
from brittlestar.exchange.events.read import EventTable, Subject
from brittlestar.exchange.fhir_codes import LOINC, MEASURED, OTHER, UCUM, drug_named
from brittlestar.people.person import NEEDED, Person, told

AT_ENTRY = {"height_cm": "height_cm", "weight_kg": "weight_kg", "ls_z": "baseline_z"}
DOSES = ("mg", "ug", "mg/kg")
NOT_SO = ("entered-in-error", "cancelled", "not-done", "not-taken", "intended", "refuted")
"""States of what did not happen."""

PRESCRIBED = ("MedicationRequest", "MedicationDispense")
"""What was ordered or handed out: nobody knows from it what was taken."""

PERIODS = {"h": 1 / 24, "d": 1.0, "wk": 7.0, "mo": DAYS_PER_YEAR / 12, "a": DAYS_PER_YEAR}
_TYPE = re.compile(r"osteogenesis imperfecta\W.*?type\W+(III|IV|I|[134])\b", re.IGNORECASE)


class Seen(NamedTuple):
    """One observation."""

    day: date
    measure: str
    value: float
    place: str


def read_fhir(path: str | os.PathLike[str]) -> EventTable:
    """Read a bundle, all of it or nothing: one person, their doses and what was observed.

    Args:
        path: of the bundle in JSON.

    Returns:
        One subject; ``warnings`` name what is not read: other medicines, prescriptions.

    Raises:
        TableError: everything that is wrong, with entry and element.
        InputError: no such file, or no JSON, with line and column.
        MissingExtra: fhir.resources is not installed.

    Example:
        >>> read_fhir("girl.json").only().plan  # doctest: +SKIP
    """
    content = json_content(
        read_text(path, "bundle", MOST_RESULT_BYTES), Path(path).name, "a FHIR bundle in JSON"
    )
    mistakes = Mistakes(Path(path).name, kind="element")
    if not isinstance(content, dict) or content.get("resourceType") != "Bundle":
        kind = content.get("resourceType") if isinstance(content, dict) else content
        mistakes.add("", "resourceType", kind, "accepted: Bundle")
        mistakes.tell()
    refused = _check(content, mistakes)
    return _Bundle(content, mistakes, refused).read()


def _check(content: dict[str, Any], mistakes: Mistakes) -> set[str]:
    """What the standard refuses; returns the entries that it is in."""
    newer = any("medication" in one or "occurenceDateTime" in one for _, one in _resources(content))
    resources = "fhir.resources" if newer else "fhir.resources.R4B"
    bundle = library(f"{resources}.bundle", "exchange", "FHIR").Bundle
    names, refused = dict(enumerate(_places(content))), set[str]()
    try:
        bundle.model_validate(content)
    except ValidationError as error:
        for one in error.errors():
            place = [str(word) for word in one["loc"]]
            entry = names.get(int(place[1]), "") if place[:1] == ["entry"] and place[1:2] else ""
            inner = [word for word in (place[2:] if entry else place) if word not in ("resource", "root")]
            mistakes.add(entry, ".".join(inner), one["input"], f"accepted: as FHIR says ({one['msg']})")
            refused.add(entry)
    return refused


def _places(content: dict[str, Any]) -> Iterator[str]:
    entries = content.get("entry")
    for i, entry in enumerate(entries if isinstance(entries, list) else (), start=1):
        resource = entry.get("resource") if isinstance(entry, dict) else None
        yield f"entry {i} ({resource.get('resourceType')})" if isinstance(resource, dict) else f"entry {i}"


def _resources(content: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for place, entry in zip(_places(content), content.get("entry") or ()):
        if isinstance(entry, dict) and isinstance(entry.get("resource"), dict):
            yield place, entry["resource"]


class _Bundle:
    """The parts of a bundle that are read, gathered with what is wrong in them."""

    def __init__(self, content: dict[str, Any], mistakes: Mistakes, refused: set[str]):
        self.mistakes, self.refused = mistakes, refused
        self.resources = list(_resources(content))
        self.units: dict[str, str] = {}
        """measure, or dose -> the one unit it has in the bundle"""
        self.patients = list(self.of("Patient"))
        self.known_as = set[str]()
        """by what other entries may call the patient"""
        for entry in content.get("entry") or () if len(self.patients) == 1 else ():
            if isinstance(entry, dict) and entry.get("resource") is self.patients[0][1]:
                names = (entry["resource"].get("id"), entry.get("fullUrl"))
                self.known_as = {form for name in names if name for form in (name, name.rsplit("/", 1)[-1])}
        self.seen, self.doses = list[Seen](), list[tuple[date, Dose]]()
        self.types, self.passed_over, self.prescribed = dict[str, str](), dict[str, str](), dict[str, str]()

    def of(self, kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """Resources of a kind that are not marked as wrong."""
        for place, one in self.resources:
            if one.get("resourceType") == kind and one.get("status") not in NOT_SO:
                yield place, one

    def read(self) -> EventTable:
        """Everything, or every mistake."""
        readers: dict[str, Callable[[str, dict[str, Any]], None]] = {
            "Observation": self.observation,
            "MedicationAdministration": self.administration,
            "MedicationStatement": self.statement,
            **dict.fromkeys(PRESCRIBED, self.prescription),
            "Condition": self.condition,
        }
        for kind, reader in readers.items():
            for place, one in self.of(kind):
                try:
                    reader(place, one)
                except (AttributeError, TypeError, KeyError, IndexError, ValueError):
                    # Of another shape than the standard's, which has been told.
                    if place not in self.refused:
                        raise
        self.seen.sort()
        born, kind = self.birth(), self.oi_type()
        days = [day for day, _ in self.doses] or [one.day for one in self.seen][-1:]
        if not days and not self.mistakes.found:
            self.mistakes.add(
                "", "entry", "no dose and no observation", "accepted: at least one with its date"
            )
        start = min(days, default=date.max)
        warnings, fields = self.notes(), dict[str, Any](sex=self.gender(), oi_type=kind)
        for measure, field in AT_ENTRY.items():
            before = [one for one in self.seen if one.measure == measure and one.day <= start]
            if before:
                fields[field] = self.field(before[-1].place, "valueQuantity", field, before[-1].value)
            elif any(one.measure == measure for one in self.seen):
                said = f"{measure} is known after the first dose alone"
                warnings.append(EventWarning("measured-later", said))
        if born is not None and days:
            place = self.patients[0][0]
            age = (start - born).days / DAYS_PER_YEAR
            fields["age"] = self.field(place, "birthDate", "age", age)
        if any(fields.get(name) is None for name in NEEDED):
            self.mistakes.tell()
        subject = self.subject(fields, start)
        self.mistakes.tell()
        rows = [
            (subject.id, float((one.day - start).days), one.measure, one.value)
            for one in self.seen
            if one.day >= start
        ]
        schema = {"id": pl.String, "day": pl.Float64, "observed": pl.String, "value": pl.Float64}
        found = pl.DataFrame(rows, schema=schema, orient="row")
        told_units = Dictionary(time_unit="day", amount_unit=subject.unit)
        return EventTable((subject,), found, tuple(warnings), told_units)

    def subject(self, fields: dict[str, Any], start: date) -> Subject:
        """The person with their doses.

        Raises:
            TableError: a person or a plan that the model does not have, with all else that is wrong.
        """
        place, patient = self.patients[0]
        try:
            person = Person(**{name: value for name, value in fields.items() if value is not None})
            timed = tuple(
                dose._replace(day=float((day - start).days))
                for day, dose in sorted(self.doses, key=lambda d: d[0])
            )
            last = max((dose.day + dose.days for dose in timed), default=0.0)
            subject = Subject(str(patient.get("id", "1")), person, timed, self.units.get("dose", "mg"), last)
            subject.plan  # noqa: B018 - says which doses no plan can have
        except InputError as error:
            self.mistakes.add(place, error.where, error.value, error.accepted)
            self.mistakes.tell()
            raise
        return subject

    def notes(self) -> list[EventWarning]:
        """What is not read, by name."""
        found = []
        if self.passed_over:
            names, line = ", ".join(self.passed_over), next(iter(self.passed_over.values()))
            said = f"other medicines are passed over: {names}"
            found.append(EventWarning("medicines-not-read", said, line))
        if self.prescribed:
            names, line = ", ".join(self.prescribed), next(iter(self.prescribed.values()))
            said = f"a prescription is no dose ({names}); doses are read from MedicationAdministration"
            said += " (infusions, injections) and MedicationStatement (tablets)"
            said += "" if self.doses else ": there is none, so the person is untreated"
            found.append(EventWarning("prescriptions-not-read", said, line))
        return found

    def field(self, place: str, element: str, name: str, value: Any) -> Any:
        """What is told of the person; nothing, and a mistake, where nobody has it."""
        try:
            return told(name, value)
        except InputError as error:
            self.mistakes.add(place, element, error.value, error.accepted)
            return None

    def birth(self) -> date | None:
        """The patient's, of whom there is one."""
        if len(self.patients) != 1:
            self.mistakes.add("", "Patient", f"{len(self.patients)} patients", "accepted: one in a bundle")
            return None
        return self.day(*self.patients[0], "birthDate")

    def gender(self) -> str | None:
        """As a person has it."""
        if len(self.patients) != 1:
            return None
        place, patient = self.patients[0]
        return self.field(place, "gender", "sex", patient.get("gender", ""))

    def whose(self, place: str, one: dict[str, Any]) -> None:
        """Refuse what is of another patient; who is not told is this one."""
        said = (one.get("subject") or {}).get("reference")
        if not said or len(self.patients) != 1:
            return
        name = said.split("/_history/")[0]
        if not self.known_as:
            self.known_as.add(name)
        if name not in self.known_as and name.rsplit("/", 1)[-1] not in self.known_as:
            own = self.patients[0][1].get("id")
            accepted = (
                f"accepted: {f'Patient/{own}' if own else next(iter(self.known_as))}, whose bundle it is"
            )
            self.mistakes.add(place, "subject", said, accepted)

    def day(self, place: str, one: dict[str, Any], *names: str) -> date | None:
        """The day that one of the elements says."""
        for name in names:
            said = one.get(name)
            said = said.get("start") if isinstance(said, dict) else said
            if said is not None:
                try:
                    return date.fromisoformat(str(said)[:10])
                except ValueError:
                    self.add(place, name, said, "accepted: a whole date, year, month and day")
                    return None
        self.add(place, names[0], "nothing", "accepted: a date")
        return None

    def add(self, place: str, element: str, found: object, accepted: str) -> None:
        """A mistake, unless the standard has told of this element."""
        if not any(one.line == place and one.column.startswith(element) for one in self.mistakes.found):
            self.mistakes.add(place, element, found, accepted)

    def amount(
        self, place: str, path: str, quantity: dict[str, Any] | None, units: Any, measure: str
    ) -> float | None:
        """The number of a quantity whose unit is one of these, and the only one of this measure."""
        if not quantity or quantity.get("value") is None:
            self.add(place, path, "nothing", "accepted: a quantity with value and UCUM code")
            return None
        code = str(quantity.get("code") or quantity.get("unit"))
        if code not in units or quantity.get("system", UCUM) != UCUM:
            self.add(place, f"{path}.code", code, f"accepted: in UCUM, {' or '.join(units)}")
            return None
        if self.units.setdefault(measure, code) != code:
            self.add(place, f"{path}.code", f"{self.units[measure]} and {code}",
                     f"accepted: one unit of {measure} in a bundle")  # fmt: skip
            return None
        return float(quantity["value"])

    def observation(self, place: str, one: dict[str, Any]) -> None:
        """Size or scan."""
        codes = [c.get("code") for c in one["code"].get("coding") or () if c.get("system") == LOINC]
        known = next((MEASURED[code] for code in codes if code in MEASURED), None)
        if known is None:
            return
        measure, units = known
        self.whose(place, one)
        day = self.day(place, one, "effectiveDateTime", "effectivePeriod", "effectiveInstant")
        value = self.amount(place, "valueQuantity", one.get("valueQuantity"), units, measure)
        if day is not None and value is not None:
            code = one["valueQuantity"].get("code") or one["valueQuantity"].get("unit")
            self.seen.append(Seen(day, measure, value * units[code], place))

    def administration(self, place: str, one: dict[str, Any]) -> None:
        """An infusion or injection."""
        substance = self.substance(place, one, "iv")
        if substance == OTHER:
            return
        self.whose(place, one)
        names = ("effectiveDateTime", "occurenceDateTime", "effectivePeriod", "occurencePeriod")
        day = self.day(place, one, *names)
        mg = self.amount(place, "dosage.dose", (one.get("dosage") or {}).get("dose"), DOSES, "dose")
        if isinstance(substance, Substance) and day is not None and mg is not None:
            self.doses.append((day, Dose(substance, 0.0, mg, None)))

    def statement(self, place: str, one: dict[str, Any]) -> None:
        """A course of tablets."""
        substance = self.substance(place, one, "oral")
        if substance == OTHER:
            return
        self.whose(place, one)
        day = self.day(place, one, "effectivePeriod")
        stated = (one.get("dosage") or [{}])[0]
        quantity = ((stated.get("doseAndRate") or [{}])[0]).get("doseQuantity")
        mg = self.amount(place, "dosage.doseAndRate.doseQuantity", quantity, DOSES, "dose")
        repeat = (stated.get("timing") or {}).get("repeat") or {}
        timed = repeat.get("periodUnit") in PERIODS and bool(repeat.get("period"))
        if not timed:
            accepted = f"accepted: frequency, period and periodUnit ({', '.join(PERIODS)})"
            self.add(place, "dosage.timing.repeat", repeat or "nothing", accepted)
        end = (one.get("effectivePeriod") or {}).get("end")
        if end is None:
            self.add(place, "effectivePeriod.end", "nothing", "accepted: a date")
            return
        over = self.day(place, {"effectivePeriod.end": end}, "effectivePeriod.end")
        if isinstance(substance, Substance) and timed and None not in (day, over, mg):
            assert day is not None and over is not None and mg is not None
            apart = float(repeat["period"]) * PERIODS[repeat["periodUnit"]]
            every = apart / float(repeat.get("frequency", 1))
            self.doses.append((day, Dose(substance, 0.0, mg, None, float((over - day).days), every)))

    def prescription(self, place: str, one: dict[str, Any]) -> None:
        """An order of a drug of the model, or of one that cannot be told, is noted."""
        named = drug_named(self.concept(one))
        if named.drug != OTHER:
            self.prescribed.setdefault(named.words, place)

    def concept(self, one: dict[str, Any]) -> dict[str, Any]:
        """What a record says of its medicine, in itself or in the Medication that it refers to."""
        said = one.get("medication") or {}
        here = one.get("medicationCodeableConcept") or said.get("concept")
        reference = (one.get("medicationReference") or said.get("reference") or {}).get("reference")
        if here or not reference:
            return here or {}
        id = reference.removeprefix("#").rsplit("/", 1)[-1]
        kept = (*(one.get("contained") or ()), *(medicine for _, medicine in self.of("Medication")))
        return next((medicine.get("code") or {} for medicine in kept if medicine.get("id") == id), {})

    def substance(self, place: str, one: dict[str, Any], route: str) -> Substance | str | None:
        """The drug of a record; ``OTHER`` is passed over, and nothing is a mistake."""
        named = drug_named(self.concept(one))
        if named.drug == OTHER:
            self.passed_over.setdefault(named.words, place)
            return OTHER
        try:
            if named.drug:
                return Substance.of(named.drug, route)
            self.mistakes.add(place, "medication", named.words, named.accepted)
        except InputError as error:
            self.mistakes.add(place, "medication", error.value, error.accepted)
        return None

    def condition(self, place: str, one: dict[str, Any]) -> None:
        """The type of osteogenesis imperfecta, if this says one."""
        code = one.get("code") or {}
        said = [code.get("text"), *(coding.get("display") for coding in code.get("coding") or ())]
        for words in said:
            if words and (found := _TYPE.search(f"{words} ")):
                self.whose(place, one)
                self.types.setdefault(found[1].upper(), place)

    def oi_type(self) -> str | None:
        """The type that conditions name."""
        if len(self.types) == 1:
            return self.field("", "Condition.code", "oi_type", next(iter(self.types)))
        accepted = "accepted: one condition that says osteogenesis imperfecta type I, III or IV"
        self.mistakes.add("", "Condition.code", ", ".join(sorted(self.types)) or "no type", accepted)
        return None
