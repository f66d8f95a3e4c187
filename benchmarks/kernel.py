"""The kernel of a run by itself: its machine code on everybody, one thread, nothing around it."""

from functools import cache
from typing import Any

import numpy as np

from brittlestar.care import as_plan
from brittlestar.drugs.catalogue import DRUGS
from brittlestar.engine import steps_for
from brittlestar.engine.native.kept_programs import REAL, call, pointers, ready_leaves
from brittlestar.engine.native.room import STRETCH, Room, Size, side_by_side
from brittlestar.engine.run import Prepared, prepare
from brittlestar.people.cohort import Cohort
from brittlestar.people.sampling import sample_cohort

YEARS = 3.0
UNTREATED, TABLETS, INFUSIONS = (
    "no treatment",
    "poise-risedronate",
    "zoledronate 0.05 mg/kg iv every 6 months",
)


@cache
def children(people: int) -> Cohort:
    """Children as trials recruit them."""
    return sample_cohort(people, seed=1, age_years=(4.0, 15.0), types="referral")


def prepared(plans: tuple[str, ...], people: int, **how: Any) -> Prepared:
    """Children in equal arms, three years in weekly steps, an output every four."""
    count, per = steps_for(YEARS, 7.0, 28.0)
    schedules = [as_plan(plan).schedule(count * per, 7.0, drugs=DRUGS) for plan in plans]
    # One arm after the other, as the engine puts them: a vector without drug has less to do.
    return prepare(children(people), schedules, np.arange(people) * len(plans) // people, YEARS, **how)


class Kernel:
    """Code and the memory that it reads and writes, ready to be called again and again."""

    def __init__(self, code: Any, run: Prepared, width: int, bits: int = 64) -> None:
        people, self.sizes = len(run.inputs.plan), run.inputs.rows.days.shape
        times, per, _ = self.sizes
        self.code, self.people, self.width = code, people, width
        size = Size(people, len(run.shape.outputs), times + 1, times * per, width, REAL[bits])
        self.room = Room(ready_leaves(run.inputs, bits), side_by_side(run.inputs.plan, width), size)

    def __call__(self) -> None:
        """Follow everybody."""
        with self.room.desk() as desk:
            places = pointers(self.room.arrays(desk))
            for first in range(0, self.people, STRETCH):
                stretch = first // self.width, min(first + STRETCH, self.people) // self.width
                call(self.code, places, *stretch, self.room.people, *self.sizes)

    @property
    def person_steps(self) -> int:
        """Steps of one length that are taken, of all people."""
        times, per, _ = self.sizes
        return self.people * times * per
