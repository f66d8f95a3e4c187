"""Rules that end treatment, and how they get their dates from the course of a run.

A rule is data on a plan. Some rules have a date from the start (an age, a time); others wait for something
that only a run shows: a Z-score, the end of a person's own growth, healing seen after an operation. An open
rule counts as not yet met: treatment goes on, a hold goes on. The protocol is

1. run the plan;
2. hand what was seen to :meth:`Plan.resolve`, which dates the rules anew and returns a plan;
3. run that plan, and so on until ``resolve`` returns the plan that was run.

Every rule looks back only, so the course up to the earliest date of a pass does not change any more; each
pass settles one date at least, and the loop ends after at most ``len(plan.rules) + 1`` passes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Self

import numpy as np
from pydantic import Field, model_validator

from brittlestar._shared.errors import InputError
from brittlestar._shared.parameter_files import DAYS_PER_YEAR, load
from brittlestar.care.base import Part
from brittlestar.care.dates import Limit
from brittlestar.care.durations import Span, SpanField, number
from brittlestar.people.coding import sex_code
from brittlestar.people.reference import growth_table


class Stop(Part):
    """A rule that ends all drugs of a plan: nothing is given from its date on. One of four:

    Args:
        age_years: at this age.
        end_of_growth: when growth has ended (below ``growth_end`` cm in a year).
        ls_z: when the lumbar-spine Z-score is first seen to have reached this.
        after: this long after the start of the plan.
        met: time from the start of the plan at which the rule was met in a run; none: open.

    Raises:
        InputError: none or several of the four.
    """

    age_years: float | None = Field(default=None, gt=0, le=120)
    end_of_growth: bool = False
    ls_z: float | None = Field(default=None, ge=-10, le=10)
    after: SpanField | None = None
    met: SpanField | None = None

    @model_validator(mode="after")
    def _one_rule(self) -> Self:
        said = [self.age_years is not None, self.end_of_growth, self.ls_z is not None, self.after is not None]
        if sum(said) != 1:
            raise InputError(
                "plan: stop", sum(said), "accepted: one of age_years, end_of_growth, ls_z, after"
            )
        return self

    @property
    def kind(self) -> str:
        """``age``, ``growth``, ``z`` or ``time``."""
        if self.age_years is not None:
            return "age"
        return "growth" if self.end_of_growth else "z" if self.ls_z is not None else "time"

    def __str__(self) -> str:
        words = {
            "age": f"stop at {number(self.age_years or 0)} years",
            "growth": "stop at end of growth",
            "z": f"stop when Z reaches {number(self.ls_z or 0)}",
            "time": f"stop after {self.after}",
        }[self.kind]
        return words + (f" met at {self.met}" if self.met is not None else "")

    def day(self, age_years: float | None, sex: Any) -> float:
        """Day on which treatment ends as far as known; infinite while the rule is open.

        Raises:
            InputError: the rule needs the age, or age and sex, and they are not given.
        """
        if self.met is not None:
            return self.met.days
        if self.after is not None:
            return self.after.days
        if self.ls_z is not None:
            return float("inf")
        if age_years is None or (self.end_of_growth and sex is None):
            needed = "age_years and sex" if self.end_of_growth else "age_years"
            raise InputError(needed, None, f"'{self}' needs them: give {needed} at the start of the plan")
        last = growth_ends(sex) if self.end_of_growth else (self.age_years or 0.0)
        return max(last - age_years, 0.0) * DAYS_PER_YEAR

    def limit(self, age_years: float | None, sex: Any) -> Limit | None:
        """The date of :meth:`day` with the length it was said by; nothing while the rule is open.

        Raises:
            InputError: as :meth:`day`.
        """
        day = self.day(age_years, sex)
        if day == float("inf"):
            return None
        if self.after is not None and self.met is None:
            return Limit(day, 0.0, self.after)
        if self.kind == "age":
            return Limit(day, 0.0, Span(day / DAYS_PER_YEAR, "year"))
        return Limit(day, 0.0, Span(day), seen=self.kind != "time")


@dataclass(frozen=True)
class Observations:
    """What a run showed of one person.

    Args:
        time_years: times from the start of the plan, rising.
        ls_z: lumbar-spine Z-score at these times.
        height_velocity_cm_per_year: growth at these times.
        healed_years: time at which healing was seen, one per operation; not a number: not healed.

    Raises:
        InputError: series of different length.
    """

    time_years: Any = ()
    ls_z: Any = None
    height_velocity_cm_per_year: Any = None
    healed_years: Sequence[float] = ()

    def __post_init__(self) -> None:
        time = np.asarray(self.time_years, np.float64)
        if np.any(np.diff(time) <= 0):
            raise InputError("observations: time_years", "not rising", "accepted: times that rise")
        for name in ("ls_z", "height_velocity_cm_per_year"):
            value = getattr(self, name)
            if value is not None and np.shape(value) != time.shape:
                raise InputError(
                    f"observations: {name}", np.shape(value), f"accepted: {time.size} values, one per time"
                )


@cache
def _velocity(sex: int) -> tuple[np.ndarray, np.ndarray]:
    table = growth_table(0.05)
    return table.age_years, table.height_velocity_cm_per_year[sex]


def growth_ends(sex: Any) -> float:
    """Age in years at which the healthy median grows less than ``growth_end`` in a year, for good."""
    age, velocity = _velocity(int(sex_code(sex)))
    return float(age[np.flatnonzero(velocity >= least_growth())[-1] + 1])


def least_growth() -> float:
    """Growth in cm a year below which it has ended (``surgery.toml``)."""
    return float(load("brittlestar.care", "surgery.toml")["growth_end"].internal)


def growth_spurt(sex: Any) -> float:
    """Age of the fastest growth after 8 years: slow growth before it is no end of growth."""
    age, velocity = _velocity(int(sex_code(sex)))
    return float(age[np.argmax(np.where(age > 8.0, velocity, 0.0))])


def _first_at_or_above(time: np.ndarray, value: np.ndarray, target: float) -> float | None:
    # Between two times nothing is seen: a date before the time that shows it would change what it shows.
    above = np.flatnonzero(value >= target)
    return float(time[above[0]]) if above.size else None


def resolve_stop(stop: Stop, seen: Observations, age_years: float | None, sex: Any) -> Stop:
    """The rule with the date at which it was met, open if it was not.

    Raises:
        InputError: a person's own end of growth needs age and sex.
    """
    time = np.asarray(seen.time_years, np.float64)
    when: float | None = None
    if stop.ls_z is not None and seen.ls_z is not None:
        when = _first_at_or_above(time, np.asarray(seen.ls_z, np.float64), stop.ls_z)
    elif stop.end_of_growth and seen.height_velocity_cm_per_year is not None:
        if age_years is None or sex is None:
            raise InputError("age_years, sex", None, "the end of a person's growth needs both")
        slow = np.asarray(seen.height_velocity_cm_per_year, np.float64) < least_growth()
        grown = np.flatnonzero(slow & (age_years + time > growth_spurt(sex)))
        when = float(time[grown[0]]) if grown.size else None
        if when is None:
            # The person's own series says that growth goes on: not the reference, but open until seen.
            when = float(max(time[-1] if time.size else 0.0, growth_ends(sex) - age_years))
    elif stop.kind in ("age", "growth") and age_years is not None and (sex is not None or stop.age_years):
        when = stop.model_copy(update={"met": None}).day(age_years, sex) / DAYS_PER_YEAR
    return stop.model_copy(update={"met": None if when is None else Span(round(when * DAYS_PER_YEAR, 4))})
