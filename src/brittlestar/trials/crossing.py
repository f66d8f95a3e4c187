"""What a plan gives in a period, so that two arms of a crossover can be seen to change places."""

from itertools import chain

from brittlestar.care import Plan
from brittlestar.care.biologics import Biologic
from brittlestar.care.regimen import Regimen

SLACK_DAYS = 7.0
"""A course that runs so little into a period is none of it: a year may be said as 52 weeks (assumed)."""


def given(plan: Plan, first_day: float, last_day: float) -> frozenset[str]:
    """Each course that a plan has in a period, without when it begins and how long it lasts.

    A single dose belongs to the period in which it is given; placebo is the same as nothing.
    """
    found = []
    for part in chain(
        plan.regimens, plan.biologics, plan.calcium, plan.vitamin_d, plan.activity, plan.programmes
    ):
        once = (isinstance(part, Regimen) and part.route == "iv" and part.every is None) or (
            isinstance(part, Biologic) and part.every is None and not part.daily
        )
        start = part.start.days
        end = start + 2.0 * SLACK_DAYS if once else part.end_day
        if min(end, last_day) - max(start, first_day) > SLACK_DAYS:
            found.append(type(part).__name__ + part.model_dump_json(exclude={"start", "duration"}))
    return frozenset(found)
