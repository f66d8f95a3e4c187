"""A FHIR bundle (R4 or R5) as a person with a history: age, sex, type, size, scans, doses and their dates.

What the standard says of a resource is checked by ``fhir.resources`` (extra ``exchange``; R4 through its R4B,
in which the resources read here are the same). Read are one Patient, the Condition that names the type,
Observations by their LOINC codes, MedicationAdministrations (infusions), and MedicationStatements with a
timing (tablets). Day 0 is that of the first dose, or of the last observation where none was given; size and
scan at entry are the last ones up to that day.
"""

import os
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

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
from brittlestar.people.person import Person

LOINC, UCUM = "http://loinc.org", "http://unitsofmeasure.org"
MEASURED = {
    "8302-2": ("height_cm", {"cm": 1.0, "m": 100.0}),
    "29463-7": ("weight_kg", {"kg": 1.0, "g": 0.001}),
    "85394-5": ("ls_z", {"{Zscore}": 1.0, "{Z-score}": 1.0, "{Z-Score}": 1.0, "{score}": 1.0, "1": 1.0}),
    "24966-4": ("ls_abmd", {"g/cm2": 1.0}),
}
"""LOINC code -> measure and its UCUM units: body height, body weight, DXA of the lumbar spine as Z-score and
as mass over area."""

AT_ENTRY = {"height_cm": "height_cm", "weight_kg": "weight_kg", "ls_z": "baseline_z"}
DOSES = ("mg", "ug", "mg/kg")
GIVEN = ("completed", "in-progress", "active", "recorded", "stopped")
"""States of a record of a medicine that was taken."""

PERIODS = {"h": 1 / 24, "d": 1.0, "wk": 7.0, "mo": DAYS_PER_YEAR / 12, "a": DAYS_PER_YEAR}
_TYPE = re.compile(r"osteogenesis imperfecta\W.*?type\W+(III|IV|I|[134])\b", re.IGNORECASE)


def read_fhir(path: str | os.PathLike[str]) -> EventTable:
    """Read a bundle, all of it or nothing: one person, their doses and what was observed.

    Args:
        path: of the bundle in JSON.

    Raises:
        TableError: everything that is wrong, with entry and element.
        InputError: no such file.
        MissingExtra: fhir.resources is not installed.

    Example:
        >>> read_fhir("girl.json").only().plan  # doctest: +SKIP
    """
    content = json_content(read_text(path, "bundle", MOST_RESULT_BYTES), Path(path).name)
    mistakes = Mistakes(Path(path).name, kind="element")
    _check(content, mistakes)
    mistakes.tell()
    return _Bundle(content, mistakes).read()


def _check(content: Any, mistakes: Mistakes) -> None:
    """What the standard refuses."""
    kind = content.get("resourceType") if isinstance(content, dict) else content
    if kind != "Bundle":
        mistakes.add("", "resourceType", kind, "accepted: Bundle")
        return
    newer = any("medication" in one or "occurenceDateTime" in one for _, one in _resources(content))
    resources = "fhir.resources" if newer else "fhir.resources.R4B"
    bundle = library(f"{resources}.bundle", "exchange", "FHIR").Bundle
    try:
        bundle.model_validate(content)
    except ValidationError as error:
        for one in error.errors():
            place = [str(word) for word in one["loc"]]
            entry = f"entry {int(place[1]) + 1}" if place[:1] == ["entry"] and place[1:2] else ""
            inner = [word for word in (place[2:] if entry else place) if word != "resource"]
            mistakes.add(entry, ".".join(inner), one["input"], f"accepted: as FHIR says ({one['msg']})")


def _resources(content: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for i, entry in enumerate(content.get("entry") or (), start=1):
        resource = entry.get("resource") if isinstance(entry, dict) else None
        if isinstance(resource, dict):
            yield f"entry {i} ({resource.get('resourceType')})", resource


class _Bundle:
    """The parts of a bundle that are read, gathered with what is wrong in them."""

    def __init__(self, content: dict[str, Any], mistakes: Mistakes):
        self.mistakes = mistakes
        self.resources = list(_resources(content))
        self.units: dict[str, str] = {}
        """measure, or dose -> the one unit it has in the bundle"""

    def of(self, kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """Resources of a kind that are not marked as wrong."""
        wrong = ("entered-in-error", "cancelled", "not-done", "refuted")
        for place, one in self.resources:
            if one["resourceType"] == kind and one.get("status") not in wrong:
                yield place, one

    def read(self) -> EventTable:
        """Everything, or every mistake."""
        seen, doses = list(self.observed()), list(self.given())
        patients = list(self.of("Patient"))
        if len(patients) != 1:
            self.mistakes.add("", "Patient", f"{len(patients)} patients", "accepted: one in a bundle")
        born = self.day(*patients[0], "birthDate") if len(patients) == 1 else None
        kind = self.oi_type()
        self.mistakes.tell()
        assert born is not None
        days = [day for day, _ in doses] or [day for day, _, _ in seen][-1:]
        if not days:
            self.mistakes.add(
                "", "entry", "no dose and no observation", "accepted: at least one with its date"
            )
            self.mistakes.tell()
        start, warnings = min(days), list[EventWarning]()
        told: dict[str, Any] = {}
        for measure, field in AT_ENTRY.items():
            before = [(day, value) for day, name, value in seen if name == measure and day <= start]
            if before:
                told[field] = max(before)[1]
            elif any(name == measure for _, name, _ in seen):
                warnings.append(
                    EventWarning("measured-later", f"{measure} is known after the first dose alone")
                )
        place, patient = patients[0]
        try:
            age = (start - born).days / DAYS_PER_YEAR
            person = Person(age=age, sex=patient.get("gender", ""), oi_type=kind, **told)
            timed = tuple(
                dose._replace(day=float((day - start).days))
                for day, dose in sorted(doses, key=lambda d: d[0])
            )
            unit = self.units.get("dose", "mg")
            last = max((dose.day + dose.days for dose in timed), default=0.0)
            subject = Subject(str(patient.get("id", "1")), person, timed, unit, last)
            subject.plan  # noqa: B018 - says which doses no plan can have
        except InputError as error:
            self.mistakes.add(place, error.where, error.value, error.accepted)
            self.mistakes.tell()
            raise
        rows = [
            (subject.id, float((day - start).days), name, value) for day, name, value in seen if day >= start
        ]
        schema = {"id": pl.String, "day": pl.Float64, "observed": pl.String, "value": pl.Float64}
        found = pl.DataFrame(rows, schema=schema, orient="row")
        return EventTable((subject,), found, tuple(warnings), Dictionary(time_unit="day", amount_unit=unit))

    def day(self, place: str, one: dict[str, Any], *names: str) -> date | None:
        """The day that one of the elements says."""
        for name in names:
            said = one.get(name)
            said = said.get("start") if isinstance(said, dict) else said
            if said is not None:
                try:
                    return date.fromisoformat(str(said)[:10])
                except ValueError:
                    self.mistakes.add(place, name, said, "accepted: a whole date, year, month and day")
                    return None
        self.mistakes.add(place, names[0], "nothing", "accepted: a date")
        return None

    def amount(
        self, place: str, path: str, quantity: dict[str, Any] | None, units: Any, measure: str
    ) -> float | None:
        """The number of a quantity whose unit is one of these, and the only one of this measure."""
        if not quantity or quantity.get("value") is None:
            self.mistakes.add(place, path, "nothing", "accepted: a quantity with value and UCUM code")
            return None
        code = str(quantity.get("code") or quantity.get("unit"))
        if code not in units or quantity.get("system", UCUM) != UCUM:
            self.mistakes.add(place, f"{path}.code", code, f"accepted: in UCUM, {' or '.join(units)}")
            return None
        if self.units.setdefault(measure, code) != code:
            self.mistakes.add(place, f"{path}.code", f"{self.units[measure]} and {code}",
                              f"accepted: one unit of {measure} in a bundle")  # fmt: skip
            return None
        return float(quantity["value"])

    def observed(self) -> Iterator[tuple[date, str, float]]:
        """Day, measure and value, in order of time."""
        found = []
        for place, one in self.of("Observation"):
            codes = [
                c.get("code") for c in one.get("code", {}).get("coding") or () if c.get("system") == LOINC
            ]
            known = next((MEASURED[code] for code in codes if code in MEASURED), None)
            if known is None:
                continue
            measure, units = known
            day = self.day(place, one, "effectiveDateTime", "effectivePeriod", "effectiveInstant")
            value = self.amount(place, "valueQuantity", one.get("valueQuantity"), units, measure)
            if day is not None and value is not None:
                code = one["valueQuantity"].get("code") or one["valueQuantity"].get("unit")
                found.append((day, measure, value * units[code]))
        return iter(sorted(found))

    def given(self) -> Iterator[tuple[date, Dose]]:
        """Infusions, and courses of tablets."""
        for place, one in self.of("MedicationAdministration"):
            names = ("effectiveDateTime", "occurenceDateTime", "effectivePeriod", "occurencePeriod")
            substance, day = self.substance(place, one, "iv"), self.day(place, one, *names)
            mg = self.amount(place, "dosage.dose", (one.get("dosage") or {}).get("dose"), DOSES, "dose")
            if substance and day is not None and mg is not None:
                yield day, Dose(substance, 0.0, mg, None)
        for place, one in self.of("MedicationStatement"):
            substance, day = self.substance(place, one, "oral"), self.day(place, one, "effectivePeriod")
            stated = (one.get("dosage") or [{}])[0]
            quantity = ((stated.get("doseAndRate") or [{}])[0]).get("doseQuantity")
            mg = self.amount(place, "dosage.doseAndRate.doseQuantity", quantity, DOSES, "dose")
            end = (one.get("effectivePeriod") or {}).get("end")
            repeat = (stated.get("timing") or {}).get("repeat") or {}
            if repeat.get("periodUnit") not in PERIODS or not repeat.get("period"):
                accepted = f"accepted: frequency, period and periodUnit ({', '.join(PERIODS)})"
                self.mistakes.add(place, "dosage.timing.repeat", repeat or "nothing", accepted)
            elif end is None:
                self.mistakes.add(place, "effectivePeriod.end", "nothing", "accepted: a date")
            elif substance and day is not None and mg is not None:
                every = (
                    float(repeat["period"])
                    * PERIODS[repeat["periodUnit"]]
                    / float(repeat.get("frequency", 1))
                )
                over = self.day(place, {"effectivePeriod": end}, "effectivePeriod")
                if over is not None:
                    yield day, Dose(substance, 0.0, mg, None, float((over - day).days), every)

    def substance(self, place: str, one: dict[str, Any], route: str) -> Substance | None:
        """The drug of a record by its name in text or display: zoledronic acid is zoledronate."""
        concept = one.get("medicationCodeableConcept") or (one.get("medication") or {}).get("concept") or {}
        said = [concept.get("text"), *(coding.get("display") for coding in concept.get("coding") or ())]
        words = [word for word in said if word]
        for word in words:
            name = re.sub(r"ic acid\b.*", "ate", word.strip().lower()).split(" ")[0]
            try:
                return Substance.of(name, route)
            except InputError as error:
                refused = error
        accepted = (
            refused.accepted if words else "accepted: the drug's name as text or display of its concept"
        )
        self.mistakes.add(place, "medication", " / ".join(words) or "nothing", accepted)
        return None

    def oi_type(self) -> str:
        """The type that a condition names."""
        said = []
        for _, one in self.of("Condition"):
            code = one.get("code") or {}
            said += [
                code.get("text") or "",
                *(coding.get("display") or "" for coding in code.get("coding") or ()),
            ]
        types = {found[1].upper() for words in said if (found := _TYPE.search(f"{words} "))}
        if len(types) == 1:
            return types.pop()
        accepted = "accepted: one condition that says osteogenesis imperfecta type I, III or IV"
        self.mistakes.add("", "Condition.code", ", ".join(sorted(types)) or "no type", accepted)
        return ""
