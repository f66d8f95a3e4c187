"""What departs from labels and published use for one person, and what comes after the end of a run."""

from collections.abc import Iterator

from brittlestar._shared.parameter_files import DAYS_PER_YEAR, load
from brittlestar.care.biologics import known
from brittlestar.care.durations import DAYS, number
from brittlestar.care.plan_fields import PlanFields
from brittlestar.care.published_doses import PlanWarning, highest_per_kg
from brittlestar.care.rest import NOT_KNOWN, periods_of_rest
from brittlestar.care.stop_rules import growth_ends
from brittlestar.drugs.catalogue import facts

_INTAKE = "Institute of Medicine 2011, ref:iom2011"


def person_warnings(
    plan: PlanFields,
    age_years: float | None = None,
    weight_kg: float | None = None,
    vitamin_d_nmol_per_l: float | None = None,
    creatinine_clearance_ml_min: float | None = None,
    years: float | None = None,
) -> Iterator[PlanWarning]:
    """Departures that depend on what is told of a person and a run; see :meth:`Plan.check`."""
    yield from _at_start(plan, age_years, weight_kg, vitamin_d_nmol_per_l)
    if years is not None:
        yield from _after_the_end(plan, years)
    if weight_kg is not None:
        yield from _weight(plan, weight_kg)
    if creatinine_clearance_ml_min is not None:
        yield from _kidney(plan, creatinine_clearance_ml_min)


def _at_start(
    plan: PlanFields,
    age_years: float | None,
    weight_kg: float | None,
    vitamin_d_nmol_per_l: float | None,
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
    tablets = (r for r in plan.regimens if r.route == "oral" and plan.population is None)
    courses = [*((c, known(c.drug)) for c in plan.biologics), *((r, facts(r.drug)) for r in tablets)]
    for course, numbers in courses:
        youngest, starts = numbers["youngest"], age_years + course.start.days / DAYS_PER_YEAR
        if starts < float(youngest.value):
            yield PlanWarning(
                "younger-than-published",
                f"{course.drug} at {starts:.3g} years; {youngest.meaning} ({number(float(youngest.value))})",
                youngest.source,
            )
    for rest in periods_of_rest(plan):
        starts = age_years + rest.start.days / DAYS_PER_YEAR
        if starts < growth_ends("male"):
            yield PlanWarning("rest-in-childhood", NOT_KNOWN, "assumed")
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
                _INTAKE,
            )


def _after_the_end(plan: PlanFields, years: float) -> Iterator[PlanWarning]:
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


def _weight(plan: PlanFields, weight_kg: float) -> Iterator[PlanWarning]:
    """Fixed doses that are far above published doses per kg at this weight."""
    for regimen in plan.regimens:
        if regimen.per_size:
            continue
        light = (band.dose for band in regimen.weight_bands if weight_kg < band.below_kg)
        dose = next(light, regimen.dose)
        scale = 1.0 / DAYS[regimen.tablets_every]
        high, source = highest_per_kg(regimen)
        per_kg = min(dose, regimen.cap_mg or dose) * scale / weight_kg
        if per_kg > high * 1.001:
            day = "/day" if regimen.route == "oral" else ""
            yield PlanWarning(
                "dose-above-published",
                f"{regimen.drug} {number(dose)} {regimen.dose_unit} at {weight_kg:.3g} kg is "
                f"{per_kg:.3g} mg/kg{day}; published doses reach {number(high)} mg/kg{day}",
                source,
            )


def _kidney(plan: PlanFields, creatinine_clearance_ml_min: float) -> Iterator[PlanWarning]:
    """Drugs of the plan that the label withholds at this creatinine clearance."""
    for drug in plan.drugs:
        limit = facts(drug)["renal_limit"]
        if creatinine_clearance_ml_min < limit.value:
            yield PlanWarning(
                "renal-limit",
                f"{drug} at creatinine clearance {creatinine_clearance_ml_min:g} mL/min; the limit is "
                f"{number(limit.value)} mL/min",
                limit.source,
            )
