"""What contradicts itself in a plan, and what departs from labels beside the dose."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from brittlestar._shared.errors import InputError
from brittlestar._shared.parameter_files import DAYS_PER_YEAR, load
from brittlestar.care.biologics import Biologic, known
from brittlestar.care.durations import number
from brittlestar.care.label_warnings import FAR, PlanWarning
from brittlestar.care.regimen import Regimen
from brittlestar.drugs.catalogue import facts

if TYPE_CHECKING:
    from brittlestar.care.plan import Plan

_REBOUND = "doi:10.1210/jc.2010-1502"
_INTAKE = "http://books.nap.edu/openbook.php?record_id=13050&page=445"
_INTAKE_CALCIUM = (
    "https://download.skyscape.com/download/ota/lonestar/2CC2EA3D-4B38-4F99-85C8-2468752F4307/"
    "pednutri.ed9/content/HTML/h/tu8.htm"
)
_DENTIST = "https://www.sdcep.org.uk/published-guidance/medication-related-osteonecrosis-of-the-jaw/"


SLACKEST = 0.9
"""Share of a published interval from which it is the same in words: 4 weeks for a month."""


def findings(plan: "Plan") -> Iterator[PlanWarning]:
    """Departures of operations, rules, biologics and monitoring.

    Raises:
        InputError: a hold without an operation, a hold or a stop without a drug, two rules of one kind,
            a dose of a biologic that looks like a slip of the unit.
    """
    drugs = plan.regimens or plan.biologics
    if plan.holds and not plan.surgeries:
        raise InputError(
            "plan: hold-without-operation",
            "no operation",
            "a hold needs a planned operation, e.g. 'osteotomy of the femur at 1 year, hold around surgery "
            "until healing is seen' (source: the plan contradicts itself)",
        )
    if (plan.holds or plan.stops) and not drugs:
        raise InputError(
            "plan: hold-or-stop-without-drug",
            "no drug",
            "accepted: with a drug that can be held or stopped (source: the plan contradicts itself)",
        )
    kinds = [stop.kind for stop in plan.stops]
    if len(set(kinds)) < len(kinds):
        raise InputError(
            "plan: stop-said-twice",
            " and ".join(str(s) for s in plan.stops),
            "accepted: one rule of each kind (source: the plan contradicts itself)",
        )
    for course in plan.biologics:
        yield from _biologic(course)
    yield from _together(plan)
    yield from _switches(plan)
    if drugs and all(check.what != "dental-check" for check in plan.monitoring or ()):
        yield PlanWarning(
            "no-dental-check", "no dental checks in a plan with a drug that acts on the jaw", _DENTIST
        )


def _biologic(course: Biologic) -> Iterator[PlanWarning]:
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
    shortest = numbers.get("interval_shortest")
    if course.every is not None and shortest and course.every.days < SLACKEST * float(shortest.value):
        days = number(float(shortest.value))
        yield PlanWarning(
            "more-often-than-published",
            f"{drug} every {course.every}; published intervals are at least {days} days",
            shortest.source,
        )
    longest = numbers["longest"]
    if course.duration is not None and course.duration.days > float(longest.internal) * 1.001:
        yield PlanWarning(
            "longer-than-published",
            f"{drug} for {course.duration}; {longest.meaning}: {number(float(longest.value))} years",
            longest.source,
        )


def _overlap(one: Regimen | Biologic, other: Regimen | Biologic) -> bool:
    return one.start.days < other.end_day and other.start.days < one.end_day


def _together(plan: "Plan") -> Iterator[PlanWarning]:
    for index, course in enumerate(plan.biologics):
        for other in (*plan.regimens, *plan.biologics[index + 1 :]):
            if _overlap(course, other):
                yield PlanWarning(
                    "two-drugs-at-once",
                    f"{course.drug} and {other.drug} overlap; no study of both in people with osteogenesis "
                    "imperfecta is known here, and the model multiplies their effects",
                    "assumed",
                )


def _switches(plan: "Plan") -> Iterator[PlanWarning]:
    parts: list[Regimen | Biologic] = [*plan.regimens, *plan.biologics]
    for one in parts:
        for other in parts:
            same = one.drug == other.drug and one.end_day == other.start.days
            if same and _dosing(one) == _dosing(other):
                yield PlanWarning(
                    "switch-to-the-same",
                    f"{one.drug} is followed by the same {one.drug}: one period would say it",
                    "assumed",
                )
    for course in plan.biologics:
        after = [p for p in parts if p.start.days <= course.end_day + 400 and p.end_day > course.end_day]
        if course.drug == "denosumab" and course.duration is not None and not after:
            yield PlanWarning(
                "rebound-after-denosumab",
                "nothing follows denosumab within a year: resorption rises above its level before treatment",
                _REBOUND,
            )


def _dosing(part: Regimen | Biologic) -> dict[str, object]:
    return part.model_dump(exclude={"start", "duration", "first_dose_fraction"})


def person_findings(
    plan: "Plan",
    age_years: float | None,
    weight_kg: float | None,
    vitamin_d_nmol_per_l: float | None = None,
) -> Iterator[PlanWarning]:
    """Departures that depend on age, weight and vitamin D at the start."""
    low = load("brittlestar.care", "supplements.toml")["vitamin_d_low"]
    if vitamin_d_nmol_per_l is not None and vitamin_d_nmol_per_l < float(low.value) and plan.all_drugs:
        yield PlanWarning(
            "vitamin-d-low",
            f"serum 25-hydroxyvitamin D of {number(vitamin_d_nmol_per_l)} nmol/L; {low.meaning} "
            f"({number(float(low.value))} nmol/L)",
            low.source,
        )
    if plan.population is not None and (outside := plan.population.misses(age_years, weight_kg)):
        source = "; ".join(plan.sources) or "assumed"
        yield PlanWarning("outside-published-population", f"{plan.name or 'plan'}: {outside}", source)
    if age_years is None:
        return
    for course in plan.biologics:
        youngest = known(course.drug)["youngest"]
        starts = age_years + course.start.days / DAYS_PER_YEAR
        if starts < float(youngest.value):
            yield PlanWarning(
                "younger-than-published",
                f"{course.drug} at {starts:.3g} years; {youngest.meaning} ({number(float(youngest.value))})",
                youngest.source,
            )
    for regimen in (r for r in plan.regimens if r.route == "oral" and plan.population is None):
        youngest = facts(regimen.drug)["youngest"]
        starts = age_years + regimen.start.days / DAYS_PER_YEAR
        if starts < float(youngest.value):
            yield PlanWarning(
                "younger-than-published",
                f"{regimen.drug} at {starts:.3g} years; {youngest.meaning} ({number(float(youngest.value))})",
                youngest.source,
            )
    for stop in plan.stops:
        if stop.age_years is not None and stop.age_years <= age_years:
            yield PlanWarning(
                "stop-before-start", f"'{stop}' at the age of {number(age_years)}: no drug at all", "assumed"
            )
    limit = 1500.0 if age_years < 1 else 2500.0 if age_years < 4 else 3000.0 if age_years < 9 else 4000.0
    for d in plan.vitamin_d:
        if d.iu_per_day > limit:
            yield PlanWarning(
                "above-upper-intake",
                f"vitamin D {number(d.iu_per_day)} IU/day; upper level at this age {number(limit)}",
                _INTAKE,
            )
    limit = 1500.0 if age_years < 1 else 3000.0 if 9 <= age_years < 19 else 2500.0
    for c in plan.calcium:
        if c.mg_per_day > limit:
            yield PlanWarning(
                "above-upper-intake",
                f"calcium {number(c.mg_per_day)} mg/day beside food; upper level {number(limit)}",
                _INTAKE_CALCIUM,
            )


def run_findings(plan: "Plan", years: float) -> Iterator[PlanWarning]:
    """What a plan has after the end of the run."""
    for surgery in plan.surgeries:
        if surgery.at.days >= years * DAYS_PER_YEAR:
            yield PlanWarning(
                "surgery-after-the-end",
                f"{surgery.kind} at {surgery.at}, the run ends at {number(years)} years",
                "assumed",
            )
    for part in (*plan.regimens, *plan.biologics):
        if part.start.days >= years * DAYS_PER_YEAR:
            yield PlanWarning(
                "drug-after-the-end",
                f"{part.drug} from {part.start}, the run ends at {number(years)} years",
                "assumed",
            )
