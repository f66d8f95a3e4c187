"""Doses of one person as a plan of care that gives just these, at just these times.

What is taken at home is a rate in the model: tablets of AMT every II days are AMT/II a day, over (ADDL + 1)
II days, and courses of one drug that overlap add up. An infusion is a dose at its time.

A plan takes an infusion far below every published one in mg for a slip of the unit. For somebody small enough
it is
none: it is then said per kg of the day of the first such dose, with its mg as the most that is given.
"""

from collections.abc import Sequence
from itertools import groupby, pairwise
from math import inf
from typing import Any

from brittlestar.care import Biologic, Plan, Regimen
from brittlestar.care.dates import TIGHT
from brittlestar.care.durations import DAYS, Span
from brittlestar.care.published_doses import FAR
from brittlestar.drugs.catalogue import facts_by
from brittlestar.exchange.events.doses import Dose, is_biologic, is_home_drug, series_of
from brittlestar.people.person import Person
from brittlestar.people.size import expected_weight_kg

HOURS = 24.0
IN_UG = 1000.0

ABOVE = 1.1
"""Over the dose per kg that a cap holds to the mg given: more than infants differ by what is not told."""


def plan_of(
    doses: Sequence[Dose], unit: str, person: Person, horizon_days: float = inf, name: str = ""
) -> Plan:
    """The plan.

    Args:
        doses: of one person, in order of time.
        unit: of their amounts, ``mg``, ``mg/kg`` or ``ug``.
        person: who is given them.
        horizon_days: end of the run; doses at or after it are left out.
        name: of the plan.

    Raises:
        InputError: a dose that looks like a slip of the unit, two drugs by mouth at once, more parts than a
            plan may have.
    """
    asked = [dose for dose in doses if dose.day < horizon_days - TIGHT]
    scale, said = (1.0 / IN_UG, "mg") if unit == "ug" else (1.0, unit)
    regimens: list[Regimen] = []
    biologics: list[Biologic] = []
    for drug in dict.fromkeys(dose.substance for dose in asked):
        mine = [dose._replace(amount=dose.amount * scale) for dose in asked if dose.substance == drug]
        if is_home_drug(drug):
            for start, end, per_day, weekly in _rates(mine):
                span: dict[str, Any] = {"start": Span(start), "duration": Span(end - start)}
                if is_biologic(mine[0]):
                    biologics.append(
                        Biologic(drug=drug.drug, dose=per_day * IN_UG, dose_unit="ug/day", **span)
                    )
                else:
                    dose = per_day * DAYS["week"] if weekly else per_day
                    of = f"{said}/{'week' if weekly else 'day'}"
                    regimens.append(Regimen(drug=drug.drug, route="oral", dose=dose, dose_unit=of, **span))
        elif is_biologic(mine[0]):
            biologics += [Biologic(**fields) for fields in _needles(mine, said)]
        else:
            regimens += [Regimen(route="iv", **fields) for fields in _infusions(mine, said, person)]
    return Plan(name=name, regimens=tuple(regimens), biologics=tuple(biologics))


def _rates(doses: Sequence[Dose]) -> list[tuple[float, float, float, bool]]:
    """Start, end, amount a day, and whether it is all weekly, of every stretch with one sum of courses."""
    edges = sorted({edge for dose in doses for edge in (dose.day, dose.day + dose.days)})
    found: list[tuple[float, float, float, bool]] = []
    for start, end in pairwise(edges):
        if end - start <= TIGHT:
            continue
        going = [d for d in doses if d.day < end - TIGHT and d.day + d.days > start + TIGHT]
        if not going:
            continue
        rate = sum(dose.amount / dose.interval for dose in going)
        weekly = all(dose.interval == DAYS["week"] for dose in going)
        last = found[-1] if found else None
        if last and abs(last[1] - start) <= TIGHT and last[2:] == (rate, weekly):
            found[-1] = (last[0], end, rate, weekly)
        else:
            found.append((start, end, rate, weekly))
    return found


def _needles(doses: Sequence[Dose], unit: str) -> list[dict[str, Any]]:
    """Fields of courses of injections."""
    found = []
    for amount, same in _alike(doses, lambda dose: dose.amount):
        common = {"drug": same[0].substance.drug, "dose": amount, "dose_unit": unit}
        found += [common | timing for timing in _timings([dose.day for dose in same])]
    return found


def _infusions(doses: Sequence[Dose], unit: str, person: Person) -> list[dict[str, Any]]:
    """Fields of regimens by infusion: doses of one amount on days in a row are a course of days."""
    found = []
    for (amount, length), same in _alike(doses, lambda dose: (dose.amount, dose.length)):
        courses: dict[int, list[float]] = {}
        for course in _in_a_row([dose.day for dose in same]):
            courses.setdefault(len(course), []).append(course[0])
        for days, starts in courses.items():
            drug = same[0].substance.drug
            common = {
                "drug": drug,
                **_amount(drug, amount, unit, same[0].day, person),
                "days_per_course": days,
                "infusion_hours": None if not length else length * HOURS,
            }
            common["dose_unit"] += "" if days == 1 else "/day"
            found += [common | timing for timing in _timings(starts)]
    return found


def _amount(drug: str, amount: float, unit: str, day: float, person: Person) -> dict[str, Any]:
    published = facts_by(drug, "iv")
    least = published["dose_fixed_low"].value / FAR
    if unit == "mg" and "dose_per_kg_low" in published and amount < least:
        age = person.age + day / DAYS["year"]
        shift = person.puberty_shift_years or 0.0
        who = (person.oi_type, person.sex, age, person.height_score)
        usual = expected_weight_kg(*who, puberty_shift_years=shift)
        per_kg = ABOVE * amount / float(usual * person.weight_ratio)
        return {"dose": per_kg, "dose_unit": "mg/kg", "cap_mg": amount}
    return {"dose": amount, "dose_unit": unit}


def _alike(doses: Sequence[Dose], by: Any) -> list[tuple[Any, list[Dose]]]:
    kinds: dict[Any, list[Dose]] = {}
    for dose in doses:
        kinds.setdefault(by(dose), []).append(dose)
    return list(kinds.items())


def _in_a_row(days: Sequence[float]) -> list[list[float]]:
    """Days one day apart together."""
    return [
        [day for _, day in group]
        for _, group in groupby(enumerate(days), key=lambda place: round(place[1] - place[0], 6))
    ]


def _timings(starts: Sequence[float]) -> list[dict[str, Any]]:
    """When courses begin, as fields: a series ends before its last course, which stands alone.

    So that the last one is given wherever the run ends: an interval said in days within a run said in years
    may leave it out (see :func:`brittlestar.care.dates.fills`), for a year has two times 26 weeks.
    """
    found: list[dict[str, Any]] = []
    for one in series_of(starts):
        if one.count > 2:
            whole = Span((one.count - 1) * one.interval)
            found.append({"start": Span(one.first), "every": Span(one.interval), "duration": whole})
            singles = [one.first + (one.count - 1) * one.interval]
        else:
            singles = [one.first + k * one.interval for k in range(one.count)]
        found += [{"start": Span(day)} for day in singles]
    return found
