"""How many doses a plan can give, without listing them."""

from math import ceil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from brittlestar.care.plan import Plan


def most_doses(plan: "Plan", horizon_days: float) -> int:
    """Infusions and injections that the plan gives at most before the horizon.

    Each regimen counted by its shortest interval; holds and rules that end treatment only leave doses out.
    """
    found = 0
    for regimen in (part for part in plan.regimens if part.route == "iv"):
        intervals = [each.days for each in (regimen.every, *(b.every for b in regimen.age_bands)) if each]
        found += regimen.days_per_course * _courses(regimen, min(intervals, default=0.0), horizon_days)
    for course in (part for part in plan.biologics if not part.daily):
        found += _courses(course, course.every.days if course.every else 0.0, horizon_days)
    return found


def _courses(part: "object", every: float, horizon: float) -> int:
    days = min(part.end_day, horizon) - part.start.days  # type: ignore[attr-defined]
    if days <= 0.0:
        return 0
    return ceil(days / every) if every > 0.0 else 1
