"""Less load than usual in a growing child: what it does to bone is not known.

Bed rest was measured in adults; of children only a limb in a cast was. A plan may still say that a child is
less active: the share of that which acts on bone is ``child_share``, none, with a range from none to all.
"""

from dataclasses import replace
from typing import Any

import numpy as np

from brittlestar._shared.parameter_files import DAYS_PER_YEAR, load
from brittlestar._shared.schedule import Schedule
from brittlestar.care.stop_rules import growth_ends

NOT_KNOWN = (
    "what less load does to the bone of a growing child is not known: no study of the spine at rest was "
    "found, and of limbs one in casts alone; courses of a person are without it"
)


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
