"""Less load than usual in a growing child: what it does to bone is not known.

Bed rest was measured in adults; of children only a limb in a cast was. A plan may still say that a child is
less active: the share of that which acts on bone is ``child_share``, none, with a range from none to all.
One person, the people of a trial and those of an uploaded data set are all followed under the same rule.
"""

from dataclasses import replace
from typing import Any

import numpy as np

from brittlestar._shared.parameter_files import DAYS_PER_YEAR, load
from brittlestar._shared.schedule import Schedule
from brittlestar.care.plan_fields import PlanFields
from brittlestar.care.stop_rules import growth_ends
from brittlestar.care.supplements import Activity, Programme

NOT_KNOWN = (
    "what less load does to the bone of a growing child is not known: no study of the spine at rest was "
    "found, and of limbs one in casts alone; courses are without it"
)


def periods_of_rest(plan: PlanFields) -> tuple[Activity | Programme, ...]:
    """Periods in which a plan asks for less than usual load, at any site."""
    return tuple(part for part in (*plan.activity, *plan.programmes) if min(part.load) < 1.0)


def as_far_as_known(schedule: Schedule, age_years: float, sex: Any) -> Schedule:
    """The schedule with load 1 - share (1 - load) where a plan asks for less than usual while a person grows.

    Args:
        schedule: of one person.
        age_years: at its start.
        sex: growth ends at another age.
    """
    load_asked = np.asarray(schedule.care.activity, np.float64)
    steps = np.arange(len(load_asked)) + 0.5
    grows = age_years + steps * schedule.step_days / DAYS_PER_YEAR < growth_ends(sex)
    less = grows[:, None] & (load_asked < 1.0)
    if not less.any():
        return schedule
    share = float(load("brittlestar.care", "rest.toml")["child_share"].internal)
    known = np.where(less, 1.0 - share * (1.0 - load_asked), load_asked)
    return replace(schedule, care=schedule.care._replace(activity=known))
