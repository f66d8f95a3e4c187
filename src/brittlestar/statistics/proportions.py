"""Yes/no endpoints: risk ratio and risk difference of two arms."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc

from brittlestar._shared.errors import InputError
from brittlestar.statistics.estimates import Estimates, Floats, empty_notes, wald
from brittlestar.statistics.inputs import numbers


@dataclass(frozen=True, slots=True)
class Proportion:
    """People with the event, of all people of one arm [trial]."""

    events: Floats
    people: Floats

    @classmethod
    def of(cls, events: ArrayLike, people: ArrayLike) -> Proportion:
        """Checked counts.

        Raises:
            InputError: no numbers, unlike lengths, or more events than people.
        """
        events, people = numbers("counts", events), numbers("counts", people)
        if events.ndim != 1 or events.shape != people.shape:
            raise InputError("counts", [events.shape, people.shape], "arrays of one shape, [trial]")
        wrong = ~((events >= 0) & (events <= people))
        if wrong.any():
            found = f"{events[wrong][0]:g} of {people[wrong][0]:g}"
            raise InputError("counts", found, "events from 0 up to the number of people")
        return cls(events, people)


def risk_ratio(treated: Proportion, control: Proportion) -> Estimates:
    """Risk ratio treated / control with the log (Katz) standard error.

    ``se(log RR) = √(1/a - 1/n₁ + 1/b - 1/n₀)`` for a of n₁ treated and b of n₀ control people with the event.
    An arm without events leaves it undetermined (no continuity correction is made), and so does an event in
    everybody, where the standard error would be zero.

    Returns:
        The ratio, ``se`` of its log, Wald p-value.

    Source:
        Katz et al. 1978, doi:10.2307/2530610.
    """
    a, n1, b, n0 = treated.events, treated.people, control.events, control.people
    note = empty_notes(len(a))
    note[(a == n1) & (b == n0)] = "everybody had the event"
    note[(a == 0) | (b == 0)] = "no events in one arm"
    note[(a == 0) & (b == 0)] = "no events"
    note[(n1 == 0) | (n0 == 0)] = "no people in one arm"
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        se = np.sqrt(1 / a - 1 / n1 + 1 / b - 1 / n0)
        return wald(np.log((a / n1) / (b / n0)), se, note, ratio=True)


def risk_difference(treated: Proportion, control: Proportion) -> Estimates:
    """Risk difference treated - control; defined also with 0 or all events.

    Returns:
        The difference, unpooled ``se``, and the p-value of Pearson's χ² without continuity correction (NaN
        when nobody or everybody had the event).
    """
    a, n1, b, n0 = treated.events, treated.people, control.events, control.people
    note = empty_notes(len(a))
    note[(n1 == 0) | (n0 == 0)] = "no people in one arm"
    with np.errstate(invalid="ignore", divide="ignore"):
        p1, p0, pooled = a / n1, b / n0, (a + b) / (n1 + n0)
        se = np.sqrt(p1 * (1 - p1) / n1 + p0 * (1 - p0) / n0)
        p_value = chdtrc(1, (p1 - p0) ** 2 / (pooled * (1 - pooled) * (1 / n1 + 1 / n0)))
    value, se, p_value = (np.where(note == "", part, np.nan) for part in (p1 - p0, se, p_value))
    return Estimates(value, se, p_value, note)
