"""Doses held against published ones: far from all of them refused, a little outside named."""

from collections.abc import Iterator

from brittlestar._shared.errors import InputError
from brittlestar.care.biologics import Biologic, known
from brittlestar.care.durations import DAYS, number
from brittlestar.care.regimen import Regimen
from brittlestar.drugs.catalogue import facts_by, routes

FAR = 10.0
"""A dose this many times above or below every published one is taken for a slip of the unit (assumed)."""

LIGHTEST = 10.0
"""kg; even the lightest patient on published tablets weighs about this (assumed; POISE: at least 10 kg)."""


ADULT_M2_PER_KG = 1.73 / 70.0
"""Body surface over weight of an adult; of a child it is larger."""


class PlanWarning(UserWarning):
    """Something in a plan departs from a label or from published use; the simulation still runs.

    Args:
        rule: short name of the rule, e.g. ``"infusion-too-short"``.
        message: what was found and what is usual.
        source: where the usual value comes from.
    """

    def __init__(self, rule: str, message: str, source: str):
        self.rule = rule
        self.message = message
        self.source = source
        super().__init__(f"{rule}: {message} (source: {source})")


def regimen_dose(regimen: Regimen) -> Iterator[PlanWarning]:
    """The doses of a regimen against published ones.

    Raises:
        InputError: one looks like a slip of the unit.
    """
    where = f"plan: dose-out-of-range: {regimen.drug}"
    known = facts_by(regimen.drug, regimen.route)
    if regimen.per_size == "m2":
        yield from _per_surface(regimen, where)
        return
    per_kg = regimen.per_size == "kg"
    kind, other = ("dose_per_kg", "dose_fixed") if per_kg else ("dose_fixed", "dose_per_kg")
    scale = 1.0 / DAYS[regimen.tablets_every]
    unit = ("mg/kg" if per_kg else "mg") + (
        "/day" if regimen.route == "oral" or regimen.days_per_course > 1 else ""
    )
    for dose in all_doses(regimen):
        said = f"{number(dose)} {regimen.dose_unit}"
        if f"{kind}_high" not in known:
            high = known[f"{other}_high"]
            if dose * scale * LIGHTEST >= FAR * high.value:
                raise InputError(
                    where,
                    said,
                    f"published doses reach {number(high.value)} mg/day: did you mean mg? "
                    f"(source: {high.source})",
                )
            yield PlanWarning(
                "no-published-dose", f"{regimen.drug} {said}: published doses are in mg", high.source
            )
            continue
        low, high = known[f"{kind}_low"], known[f"{kind}_high"]
        span = f"published doses: {number(low.value)} to {number(high.value)} {unit}"
        # Published weekly doses are whole numbers per week; their daily equivalents are rounded.
        if dose * scale > FAR * high.value:
            doubt = "unit or the route" if len(routes(regimen.drug)) > 1 else "unit"
            raise InputError(where, said, f"{span}; is the {doubt} right? (source: {high.source})")
        if dose * scale < low.value / FAR and f"{other}_high" in known and not per_kg:
            raise InputError(where, said, f"{span}; did you mean mg/kg? (source: {low.source})")
        if dose * scale > high.value * 1.001:
            yield PlanWarning("dose-above-published", f"{regimen.drug} {said}; {span}", high.source)
        if dose * scale < low.value * 0.999:
            yield PlanWarning("dose-below-published", f"{regimen.drug} {said}; {span}", low.source)


def all_doses(regimen: Regimen) -> list[float]:
    """The dose above the last band, then those of the bands."""
    return [regimen.dose, *(band.dose for band in (*regimen.weight_bands, *regimen.age_bands))]


def _per_surface(regimen: Regimen, where: str) -> Iterator[PlanWarning]:
    """No dose per body surface is published: a slip of the unit is told by what an adult gets."""
    high, source = highest_per_kg(regimen)
    scale = 1.0 / DAYS[regimen.tablets_every]
    for dose in all_doses(regimen):
        said, adult = f"{number(dose)} {regimen.dose_unit}", dose * scale * ADULT_M2_PER_KG
        if adult > FAR * high:
            accepted = f"published doses reach {number(high)} mg/kg; is the unit right? (source: {source})"
            raise InputError(where, said, accepted)
        yield PlanWarning("no-published-dose", f"{regimen.drug} {said}: no dose per m2 is published", source)


def biologic_dose(course: Biologic) -> Iterator[PlanWarning]:
    """The dose of a course against published ones.

    Raises:
        InputError: it looks like a slip of the unit.
    """
    numbers, drug = known(course.drug), course.drug
    per_kg = course.dose_unit == "mg/kg"
    dose = course.dose if per_kg else course.reference_mg
    high = numbers["dose_per_kg_high" if per_kg else "dose_high"]
    said = f"{number(course.dose)} {course.dose_unit}"
    top = float(high.value) * (1000.0 if course.daily else 1.0)
    span = f"published doses reach {number(top)} {course.dose_unit}"
    if dose > FAR * float(high.value):
        raise InputError(
            f"plan: dose-out-of-range: {drug}", said, f"{span}; is the unit right? (source: {high.source})"
        )
    if dose > float(high.value) * 1.001:
        yield PlanWarning("dose-above-published", f"{drug} {said}; {span}", high.source)
    if not per_kg and dose < float(numbers["dose_low"].value) * 0.999:
        low = numbers["dose_low"]
        lowest = number(float(low.value) * (1000.0 if course.daily else 1.0))
        yield PlanWarning(
            "dose-below-published",
            f"{drug} {said}; published doses begin at {lowest} {course.dose_unit}",
            low.source,
        )


def highest_per_kg(regimen: Regimen) -> tuple[float, str]:
    """Highest published dose per kg; of tablets in fixed doses that of the lightest patient."""
    known = facts_by(regimen.drug, regimen.route)
    if "dose_per_kg_high" in known:
        return float(known["dose_per_kg_high"].value), known["dose_per_kg_high"].source
    low = known["dose_fixed_low"]
    return float(low.value) / LIGHTEST, f"{low.source}; a lightest patient of {LIGHTEST:g} kg is assumed"
