"""One estimator for every number: the mean over people, and ranges from the same people.

The people share all that was told and differ in the rest. ``mean`` is the mean of one value each: the chance
of an outcome where the model gives it, else what their life brought. From the same values come

* ``simulation_error``: standard error of the mean over the people drawn, SD / sqrt(n) where all count alike;
* ``person``: the 95 % range of people;
* ``chance``: the 95 % range of groups of 100 such people: how many have an outcome, or the group's mean.

So no mean leaves its range. Where a few people carry the mean, beyond the quantile, the range ends at it.
"""

from typing import Any

import numpy as np

from brittlestar._shared.of_100 import OF, RANGE, by_chance
from brittlestar.comparison.over_people import OverPeople

Z95 = 1.96


def count(chances: OverPeople, between: bool = True) -> dict[str, Any]:
    """People out of 100 with an outcome, from each one's chance of it [person].

    Whoever makes up a group, each of 100 people drawn at random has the mean chance: the group's count is
    binomial.

    Args:
        chances: 0 to 1.
        between: whether the chances are known well enough for a range between people; not so where they
            are 0 or 1 as drawn.
    """
    found = _of_people(chances._replace(values=OF * chances.values), between)
    ends = by_chance(np.clip(chances.mean(), 0.0, 1.0))
    return found | {"chance": _around(found["mean"], ends)}


def count_apart(chances: OverPeople, others: np.ndarray, between: bool = True) -> dict[str, Any]:
    """Difference of two counts of the same people, as people out of 100.

    One pair brings -1, 0 or 1 person; as both meet the same luck, its outcome has variance
    mean |d| - (mean d)^2 with d the difference of their two chances.
    """
    d = chances.values - others
    apart = chances._replace(values=d)
    mean = float(apart.mean())
    if np.all(d >= 0) or np.all(d <= 0):
        ends = np.sign(mean) * by_chance(min(abs(mean), 1.0))
    else:
        reach = Z95 * float(np.sqrt(max(apart._replace(values=np.abs(d)).mean() - mean**2, 0.0) * OF))
        ends = np.clip([OF * mean - reach, OF * mean + reach], -OF, OF)
    found = _of_people(apart._replace(values=OF * d), between)
    return found | {"chance": _around(found["mean"], ends)}


def average(values: OverPeople, lived: np.ndarray, least: float = -np.inf) -> dict[str, Any]:
    """A mean that counts nobody, with the range of the mean of a group of 100.

    Args:
        values: expected value of each [person].
        lived: what their lives brought [person]; the same where nothing else is expected.
        least: no mean lies below.
    """
    found = _of_people(values, True)
    reach = Z95 * float(values._replace(values=lived).sd()) / OF**0.5 if lived.size > 1 else 0.0
    ends = np.maximum([found["mean"] - reach, found["mean"] + reach], least)
    return found | {"chance": _around(found["mean"], ends)}


def _of_people(values: OverPeople, between: bool) -> dict[str, Any]:
    mean = float(values.mean())
    return {
        "mean": mean,
        "simulation_error": float(values.error()) if values.values.size > 1 else None,
        "person": _around(mean, values.quantile(RANGE)) if between else None,
    }


def _around(mean: float, ends: Any) -> list[float]:
    """The ends in order, moved to the mean where it lies outside."""
    low, high = sorted(float(end) + 0.0 for end in ends)
    return [min(low, mean), max(high, mean)]
