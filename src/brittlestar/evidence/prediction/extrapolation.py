"""What the calibration has seen: ages, types, drugs, doses, intervals and years; and what lies outside."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from brittlestar._shared.parameter_files import DAYS_PER_YEAR, fill
from brittlestar.care import Plan
from brittlestar.drugs.body_size import BodySize, body_surface_area
from brittlestar.drugs.catalogue import DRUGS
from brittlestar.drugs.dose_rule import dose_mg
from brittlestar.evidence.calibration.points import fit_targets
from brittlestar.evidence.calibration.targets import plan_of
from brittlestar.trials.protocol import Protocol

CHILD_KG, ADULT_KG = 30.0, 60.0
"""Weights at which doses are compared: the same on both sides."""

CHILD_CM, ADULT_CM = 132.0, 160.0
"""Heights of such people, where a dose goes by body surface (assumed)."""

HOLD = "the calibration studies hold"
_BY = {"iv": "by infusion", "oral": "by mouth"}

DOUBLED = 2.0
"""The variance of a trial's offset is that many times as large for each thing that no calibration study holds
(age, type, drug, dose, interval, years). A rule stated beforehand (assumed), not estimated from any trial."""

STEP_DAYS = 7.0
SLACK = 1.25
"""Doses and intervals up to this factor beyond the seen ones still count as seen: the same regimen differs so
much between rounded doses, or weights. Assumed."""


@dataclass(frozen=True)
class Seen:
    """One drug by one route in one group of people."""

    drug: str
    route: str
    ages: tuple[float, float]
    types: frozenset[str]
    yearly_mg_per_kg: float
    every_days: float
    years: float


def yearly_mg_per_kg(plan: Plan, age: float) -> dict[str, float]:
    """mg per kg of each drug in the fullest year that ends within two of the start of the last one."""
    years = 2 + max((r.start.days for r in plan.regimens), default=0.0) / DAYS_PER_YEAR
    steps = round(years * DAYS_PER_YEAR / STEP_DAYS)
    kg, cm = (CHILD_KG, CHILD_CM) if age < 18 else (ADULT_KG, ADULT_CM)
    surface = np.float64(body_surface_area(cm, kg, fill(BodySize)))
    s = plan.schedule(
        steps,
        STEP_DAYS,
        age_years=age if plan.needs_age else None,
        drugs=DRUGS,
        **({"sex": 0} if plan.needs_sex else {}),
    )

    def amount(rule: np.ndarray) -> np.ndarray:
        return dose_mg(np.moveaxis(rule, -1, 0), np.float64(kg), surface)

    weekly = np.nan_to_num(amount(s.iv_amount)).sum(axis=-1) + STEP_DAYS * amount(s.care.oral_rate)
    year = round(DAYS_PER_YEAR / STEP_DAYS)
    sums = np.stack([weekly[i : i + year].sum(axis=0) for i in range(steps - year + 1)])
    return dict(zip(DRUGS, (sums.max(axis=0) / kg).tolist(), strict=True))


def treated_courses(plan: Plan, ages: tuple[float, float], types: frozenset[str], years: float) -> list[Seen]:
    """Every drug of a plan as these people get it in so many years."""
    yearly = yearly_mg_per_kg(plan, 0.5 * (ages[0] + ages[1]))
    return [
        Seen(
            drug=r.drug,
            route=r.route,
            ages=ages,
            types=types,
            yearly_mg_per_kg=yearly[r.drug],
            every_days=r.every.days if r.every else 1.0,
            years=min(years - r.start.days / DAYS_PER_YEAR, r.duration.days / DAYS_PER_YEAR)
            if r.duration
            else years - r.start.days / DAYS_PER_YEAR,
        )
        for r in plan.regimens
    ]


@cache
def seen() -> tuple[Seen, ...]:
    """Every treated arm of the calibration in people with osteogenesis imperfecta."""
    found: dict[tuple[str, str], float] = {}
    for target in fit_targets().fitted:
        for arm in target.arms:
            found[arm] = max(found.get(arm, 0.0), target.months / 12.0)
    courses = []
    for (name, words), years in found.items():
        cohort = fit_targets().cohorts[name]
        if set(cohort.types) != {"healthy"} and years > 0:
            ages = (min(cohort.ages), max(cohort.ages))
            courses += treated_courses(plan_of(words), ages, frozenset(cohort.types), years)
    return tuple(courses)


def extrapolations(protocol: Protocol, years: float | None = None) -> list[dict[str, str]]:
    """What of a protocol lies outside what the calibration has seen: arm, what, and in words.

    Args:
        protocol: the trial.
        years: up to which it is looked at; all of it if left out.
    """
    population = protocol.population
    types = frozenset(word for word, share in population.types.items() if share > 0)
    low, high = population.age_years
    span = protocol.design.years if years is None else years
    found = []
    for arm in protocol.arms:
        found += [
            {"arm": arm.id, "what": what, "words": said}
            for what, said in unseen(arm.care, (low, high), types, span)
        ]
    return found


def unseen(
    plan: Plan, ages: tuple[float, float], types: frozenset[str], years: float
) -> list[tuple[str, str]]:
    """What of a plan in these people lies outside what the calibration has seen: what, and in words."""
    low, high = ages
    found = [what for one in treated_courses(plan, ages, types, years) for what in beyond(one)]
    if plan.biologics:
        words = ", ".join(sorted({one.drug for one in plan.biologics}))
        found.append(("drug", f"{words}: assumed effects, nothing fitted"))
    if not plan.regimens:
        oi = [cohort for cohort in fit_targets().cohorts.values() if set(cohort.types) != {"healthy"}]
        known = [age for cohort in oi for age in cohort.ages]
        if low < min(known) or high > max(known):
            said = f"ages {low:g} to {high:g}; {HOLD} people at {min(known):g} to {max(known):g}"
            found.append(("age", said))
    return found


def beyond_by_arm(protocol: Protocol, years: float) -> dict[str, tuple[str, ...]]:
    """What of each arm the calibration has not seen after so many years, each thing once."""
    found: dict[str, dict[str, None]] = {}
    for flag in extrapolations(protocol, years):
        found.setdefault(flag["arm"], {})[flag["what"]] = None
    return {arm: tuple(what) for arm, what in found.items()}


def widening(beyond: Sequence[str]) -> float:
    """Factor of the SD of a trial's offset, for what of it no calibration study holds."""
    return DOUBLED ** (len(beyond) / 2.0)


def beyond(one: Seen) -> list[tuple[str, str]]:
    """How one drug of an arm goes beyond what the calibration studies hold; other studies may hold more."""
    same = [s for s in seen() if (s.drug, s.route) == (one.drug, one.route)]
    if not same:
        return [
            (
                "drug",
                f"{HOLD} no numbers of {one.drug} {_BY[one.route]} in people with osteogenesis imperfecta",
            )
        ]
    said = []
    low, high = min(s.ages[0] for s in same), max(s.ages[1] for s in same)
    # Cohorts stand at typical ages: a year beside them is still near.
    if one.ages[0] < low - 1.0 or one.ages[1] > high + 1.0:
        ages = f"ages {one.ages[0]:g} to {one.ages[1]:g}"
        said.append(("age", f"{ages}; {HOLD} {one.drug} at {low:g} to {high:g}"))
    new = one.types - frozenset().union(*(s.types for s in same))
    if new:
        said.append(("type", f"{HOLD} no numbers of {one.drug} in type {', '.join(sorted(new))}"))
    for what, word, value, known in (
        ("dose", "mg/kg a year", one.yearly_mg_per_kg, [s.yearly_mg_per_kg for s in same]),
        ("interval", "days between doses", one.every_days, [s.every_days for s in same]),
    ):
        if value > SLACK * max(known) or value < min(known) / SLACK:
            held = f"{HOLD} {one.drug} at {min(known):.3g} to {max(known):.3g}"
            said.append((what, f"{value:.3g} {word}; {held}"))
    longest = max(s.years for s in same)
    if one.years > longest + 0.1:
        said.append(("years", f"{one.years:.3g} years of {one.drug}; {HOLD} {longest:.3g}"))
    return said
