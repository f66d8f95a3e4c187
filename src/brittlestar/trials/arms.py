"""What each arm of a protocol gives in each year, and what departs from labels or published use in it.

The checks are those that are made of a plan for one person, here made for everybody the population may hold:
every age at entry, and the weights of usual people of these types and ages.
"""

import re
from collections.abc import Iterator
from itertools import combinations
from typing import Any

import numpy as np

from brittlestar.care import Plan, PlanWarning, calibrated_on
from brittlestar.outcomes.height import GROWN, SOURCES, faster_range
from brittlestar.people.coding import SEXES
from brittlestar.people.size import expected_weight_kg
from brittlestar.trials.interim import looked_at
from brittlestar.trials.protocol import Protocol
from brittlestar.trials.protocol_parts import DAYS_PER_MONTH, Arm
from brittlestar.trials.recruit import type_counts

FAR_MONTHS = 1.0
"""A visit that is moved by more than this from its month is named."""

HEIGHTS = frozenset({"height_cm", "height_z"})
"""Measures of growth."""

_AT_MOST = 2
"""Groups of ages whose doses are said one by one; of more the first and the last."""


def arm_rows(protocol: Protocol) -> list[dict[str, Any]]:
    """Arms as results hold them: id, label, plan, doses in words, and how many in each year."""
    return [
        {"id": arm.id, "label": arm.label, "plan": arm.care.in_words(), **doses(protocol, arm)}
        for arm in protocol.arms
    ]


def doses(protocol: Protocol, arm: Arm) -> dict[str, Any]:
    """Doses of an arm as planned: ``doses`` in words, ``doses_per_year`` as counts.

    A plan that goes by age or sex gives different people different doses: there is one group of counts for
    people who are given the same, with their ages at entry.
    """
    plan, years = arm.care, protocol.design.years
    groups: list[dict[str, Any]] = []
    for sex in SEXES if plan.needs_sex else (None,):
        for age in protocol.population.ages_at_entry if plan.needs_age else (None,):
            rows = [row._asdict() for row in plan.doses_per_year(years, age, sex)]
            if groups and (groups[-1]["sex"], groups[-1]["rows"]) == (sex, rows):
                groups[-1]["age_years"][1] = age
                continue
            said = plan.doses_in_words(years, age, sex)
            groups.append({"sex": sex, "age_years": [age, age], "said": said, "rows": rows})
    everyone = len(groups) == 1
    shown = groups if len(groups) <= _AT_MOST else [groups[0], groups[-1]]
    words = [group["said"] if everyone else f"{_who(group)}: {group['said']}" for group in shown]
    return {
        "doses": " ".join(words),
        "doses_per_year": [
            {
                "age_years": None if everyone or group["age_years"][0] is None else group["age_years"],
                "sex": group["sex"],
                "drugs": [{**row, "per_year": list(row["per_year"])} for row in group["rows"]],
            }
            for group in groups
        ],
    }


def _who(group: dict[str, Any]) -> str:
    first, last = group["age_years"]
    ages = "" if first is None else f"aged {first:g}" if first == last else f"aged {first:g} to {last:g}"
    return " ".join(filter(None, (group["sex"] or "people", ages, "at entry" if ages else "")))


def warnings_of(protocol: Protocol, calibration: bool = True) -> list[dict[str, Any]]:
    """Everything unusual in a protocol: ``arm`` (none: the whole trial), ``rule``, ``message``, ``source``.

    Nothing here stops a trial. What an arm does at several ages is said once, at the first of them.

    Args:
        protocol: the trial.
        calibration: whether to name what lies outside the calibration; a prediction tells it in detail.
    """
    found = [
        {"arm": arm.id, "rule": warning.rule, "message": said, "source": warning.source}
        for arm in protocol.arms
        for warning, said in _of_arm(protocol, arm)
    ]
    found += _calibration(protocol) if calibration else ()
    found += _height(protocol)
    found += [
        {"arm": None, "rule": rule, "message": said, "source": "assumed"} for rule, said in _whole(protocol)
    ]
    return found


def _of_arm(protocol: Protocol, arm: Arm) -> Iterator[tuple[PlanWarning, str]]:
    """Each kind of departure once, with the ages at entry at which it holds if it does not hold at all."""
    plan, ages = arm.care, protocol.population.ages_at_entry
    kinds: dict[tuple[str, str], list[tuple[float, PlanWarning]]] = {}
    for age in ages:
        for weight in _weights(protocol, plan, age):
            for warning in plan.check(weight_kg=weight, age_years=age, years=protocol.design.years):
                # The numbers of a person differ; the words of one finding do not.
                key = (warning.rule, re.sub(r"\d+(\.\d+)?", "#", warning.message))
                kinds.setdefault(key, []).append((age, warning))
    for seen in kinds.values():
        at = sorted({age for age, _ in seen})
        messages = {warning.message for _, warning in seen}
        first = seen[0][1]
        if len(messages) == 1 and len(at) == len(ages):
            yield first, first.message
        elif at[0] == at[-1]:
            yield first, f"{first.message} (at entry at {at[0]:g} years)"
        else:
            yield first, f"{first.message} (the first of entries at {at[0]:g} to {at[-1]:g} years)"


def _weights(protocol: Protocol, plan: Plan, age: float) -> list[float]:
    """Weights at which a plan is looked at: of usual people of this age, and where its dose changes."""
    female = protocol.population.female
    sexes = [sex for sex, share in zip(SEXES, (1.0 - female, female), strict=True) if share > 0]
    usual = [float(expected_weight_kg(t, sex, age)) for t in type_counts(protocol) for sex in sexes]
    low, high = _asked(protocol, round(min(usual), 1), round(max(usual), 1))
    bands = [band.below_kg for regimen in plan.regimens for band in regimen.weight_bands]
    cuts = [weight for weight in bands if low < weight < high]
    return sorted({low, *cuts, high})


def _asked(protocol: Protocol, low: float, high: float) -> tuple[float, float]:
    """A range of weights within what the entry rules ask of everybody."""
    rule = protocol.population.eligibility.get("weight_kg")
    if rule is None:
        return low, high
    least, most = (rule.get("min", -np.inf), rule.get("max", np.inf)) if isinstance(rule, dict) else rule
    return float(np.clip(low, least, most)), float(np.clip(high, least, most))


def _calibration(protocol: Protocol) -> Iterator[dict[str, Any]]:
    """What lies outside the calibration, by arm; what holds in all of them once."""
    youngest, oldest = protocol.population.age_years
    last, types = oldest + protocol.design.years, list(type_counts(protocol))
    by_arm = {
        arm.id: dict.fromkeys(calibrated_on.beyond(youngest, last, arm.care.all_drugs, types))
        for arm in protocol.arms
    }
    for one in dict.fromkeys(one for found in by_arm.values() for one in found):
        arms = [arm for arm, found in by_arm.items() if one in found]
        rule, said = one
        for arm in [None] if len(arms) == len(by_arm) else arms:
            yield {"arm": arm, "rule": rule, "message": said.rstrip("."), "source": "calibration studies"}


def _height(protocol: Protocol) -> Iterator[dict[str, Any]]:
    """Where height of growing people on treatment is measured: both readings of its effect."""
    measured = {name for visit in protocol.visits for name in visit.measures}
    measured |= {endpoint.measure for endpoint in protocol.endpoints}
    treated = any(arm.care.drugs for arm in protocol.arms)
    if treated and protocol.population.age_years[0] < GROWN and measured & HEIGHTS:
        low, high = (100.0 * share for share in faster_range())
        said = (
            "whether treatment changes growth is not known: heights here are without an effect; in the first "
            f"year of treatment growth may be faster by {low:.0f} to {high:.0f} %. Height rose faster in an "
            "open trial of 64 children; in a randomised one of 18 growth did not differ"
        )
        yield {"arm": None, "rule": "height-on-treatment", "message": said, "source": SOURCES}


def _whole(protocol: Protocol) -> Iterator[tuple[str, str]]:
    """What is unusual in the population, the visits and the conduct."""
    population, years = protocol.population, protocol.design.years
    counts = type_counts(protocol)
    for word, share in population.types.items():
        if share > 0 and word not in counts:
            yield "type-without-people", f"of {population.randomised} people none has type {word}"
    for measure, visits in protocol.visit_months.items():
        for month, at in visits.items():
            if abs(at - month) > FAR_MONTHS:
                yield (
                    "visit-far-from-its-month",
                    f"{measure} of month {month:g} is measured on day {at * DAYS_PER_MONTH:.0f}, after the "
                    "last dose by then",
                )
    yield from _comparisons(protocol)
    allocation = [arm.allocation for arm in protocol.arms if arm.historical is None]
    fewest = min(allocation) / sum(allocation)
    left = population.randomised * fewest * np.exp(-protocol.conduct.dropout_per_year * years)
    if left < 2.0:
        yield "few-people-left", f"{left:.1f} people are expected in the smallest arm at the end"


def _comparisons(protocol: Protocol) -> Iterator[tuple[str, str]]:
    """Comparisons that carry something other than the effect of a treatment."""
    if protocol.design.interim is not None:
        label = looked_at(protocol).label
        yield (
            "interim-looks",
            f"{label} is told as it was found when a trial stopped; every other result as if no look had "
            "stopped it, from everybody to the end",
        )
    for one, other in combinations(protocol.arms, 2):
        if one.care == other.care:
            yield (
                "same-plan",
                f"{one.label} and {other.label} get the same: whatever is found between them is no effect of "
                "treatment",
            )
    days = [r.start.days for arm in protocol.arms for r in arm.care.regimens]
    for e in protocol.endpoints:
        begins = None if e.second_period is None else e.second_period[0] * DAYS_PER_MONTH
        if begins is not None and any(day < begins for day in days):
            yield (
                "crossover-carry-over",
                f"{e.id}: a bisphosphonate given in the first period acts on in the second; the first period "
                "alone, as an endpoint of its own, shows how much of the difference that takes away",
            )
        if e.kind == "rate_ratio_before" and "fractures" in str(protocol.population.eligibility):
            yield (
                "regression-to-the-mean",
                f"{e.id}: people enter because of fractures, so that fewer follow without any treatment",
            )
    if protocol.historical is not None:
        yield (
            "historical-control",
            f"{protocol.arms[protocol.control].label}: people followed earlier, not randomised; what sets "
            "them apart, such as fractures that made the others enter, is in every difference",
        )
