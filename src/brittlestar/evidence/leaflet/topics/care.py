"""Care around the drugs: the dentist, and a team."""

import numpy as np

from brittlestar._shared.parameter_files import DAYS_PER_YEAR
from brittlestar.care import Plan, as_plan, parse, published_names
from brittlestar.care.monitoring import known_checks
from brittlestar.evidence.leaflet.check import Judged, Measured, StatementCheck
from brittlestar.evidence.leaflet.effects import change_beyond, first_doses
from brittlestar.evidence.leaflet.groups import (
    PAMIDRONATE,
    POISE_TABLETS,
    SEVERE_CHILDREN,
    SEVERE_PAMIDRONATE,
    SEVERE_UNTREATED,
)
from brittlestar.evidence.leaflet.margin import all_of, less
from brittlestar.evidence.leaflet.number import Number
from brittlestar.evidence.simulated_groups import SimulatedGroups

DENTAL = "dental-check"


def said_again(plan: Plan) -> tuple[Plan, Plan]:
    """A plan after a way through words and one through a file."""
    return parse(plan.in_words()), Plan.from_toml(plan.to_toml())


def dental_days(plan: Plan, years: float) -> np.ndarray:
    """Days of the dental visits in the calendar of a plan."""
    return np.array([v.day for v in plan.visits(years, 8.0, "female") if DENTAL in v.what])


def measure_dentist(groups: SimulatedGroups) -> Measured:
    """Dental visits against the doses that simulated children got (months), and in every exported plan."""
    late, gaps = [], []
    for group in (SEVERE_PAMIDRONATE, POISE_TABLETS):
        visits = dental_days(as_plan(group.plan), group.years)
        days = first_doses(groups[group])["years"] * DAYS_PER_YEAR
        before = [visits[visits <= day + 1e-6] for day in days]
        late.append(any(len(seen) == 0 for seen in before))
        gaps += [day - seen[-1] for day, seen in zip(days, before) if len(seen)]
    treated = [plan for plan in map(as_plan, published_names()) if plan.all_drugs]
    kept = [
        all(DENTAL in {c.what for c in copy.monitoring or ()} for copy in said_again(plan))
        for plan in treated
    ]
    reasons = (r for v in as_plan(SEVERE_PAMIDRONATE.plan).visits(1.0) for r in v.reasons)
    dental = next(r for r in reasons if r.what == DENTAL)
    return Measured(
        plans=len(treated),
        kept=sum(kept),
        longest=max(gaps) / DAYS_PER_YEAR * 12,
        any_late=any(late),
        told=f"{dental.why} {dental.source}",
        guidance=known_checks()[DENTAL].source,
        untreated_visits=dental_days(as_plan(SEVERE_UNTREATED.plan), 4.0).size,
        first_days=[dental_days(plan, 1.0)[:1] for plan in treated],
    )


def judge_dentist(m: Measured) -> Judged:
    """A visit by the day of the first dose, none longer ago than half a year at any, none without drug."""
    return Judged(
        statement=dict(
            before_first=not m.any_late,
            half_a_year=less(m.longest, 6.1),
            kept=m.kept == m.plans,
            told=all_of(["dentist is told" in m.told, "hygiene" in m.told]),
            none_without=m.untreated_visits == 0,
        ),
        evidence=dict(review=all(day.size and day[0] <= 0.0 for day in m.first_days)),
    )


EXERCISED = SEVERE_CHILDREN.under(f"{PAMIDRONATE}, physiotherapy")


def measure_team(groups: SimulatedGroups) -> Measured:
    """Reviews in the calendar of a plan with a drug, and what physiotherapy as load on bone adds, %."""
    on, more = groups[SEVERE_PAMIDRONATE], groups[EXERCISED]
    limb, spine = (
        Number.of_mean(change_beyond(more, on, name, 4.0, percent=True))
        for name in ("strength_limb", "ls_abmd")
    )
    return Measured(
        limb=limb,
        spine=spine,
        reviews={what for v in as_plan(SEVERE_PAMIDRONATE.plan).visits(1.0) for what in v.what},
        physiotherapy=known_checks()["physiotherapy-review"].meaning,
    )


def judge_team(m: Measured) -> Judged:
    """Reviews are there, and strength of long bones rises with its interval."""
    return Judged(
        statement=dict(
            calendar={"physiotherapy-review", "orthopaedic-review"} <= m.reviews,
            occupational="occupational" in m.physiotherapy,
            stronger=m.limb.above(0.0),
        ),
        evidence={},
    )


CHECKS = (
    StatementCheck(
        "S19", (SEVERE_PAMIDRONATE, POISE_TABLETS, SEVERE_UNTREATED), measure_dentist, judge_dentist
    ),
    StatementCheck("S21", (SEVERE_PAMIDRONATE, EXERCISED), measure_team, judge_team),
)
