"""One simulated number, its range, and what was published beside it."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from brittlestar.evidence.leaflet.margin import Margin, between, close, less, more

ENDS = ("value", "low", "high", "published", "published_low", "published_high")


@dataclass(frozen=True)
class Number:
    """One simulated number, its range, and what was published beside it.

    It prints as its value; without one it is NaN, and no comparison holds.
    """

    label: str = field(default="", kw_only=True)
    value: float | None = None
    unit: str = field(default="", kw_only=True)
    low: float | None = None
    high: float | None = None
    range_is: str = ""
    """what lies between low and high"""
    published: float | None = None
    published_low: float | None = None
    published_high: float | None = None
    source: str = ""
    """of the published value"""

    def __post_init__(self) -> None:
        for name in ENDS:
            value = getattr(self, name)
            number = None if value is None or not np.isfinite(value) else float(value)
            object.__setattr__(self, name, number)

    @classmethod
    def of_mean(cls, values: Any, **published: Any) -> "Number":
        """A mean over people with its 95 % interval by chance of simulation."""
        values = np.asarray(values, float)
        reach = 1.96 * values.std(ddof=1) / np.sqrt(values.size)
        mean = values.mean()
        return cls(mean, mean - reach, mean + reach, "95 % of the mean", **published)

    @classmethod
    def of_people(cls, values: Any, **published: Any) -> "Number":
        """A mean over people with the range of 95 % of them."""
        values = np.asarray(values, float)
        low, high = np.quantile(values, [0.025, 0.975])
        return cls(values.mean(), low, high, "95 % of people", **published)

    @classmethod
    def of_group(cls, values: Any, n: int, *, against: Any = None, m: int = 0, **published: Any) -> "Number":
        """A mean over people with the range of 95 % of groups as large as the one that was studied.

        Args:
            values: one per simulated person.
            n: people in the study's group.
            against: values of another group: the number is the difference of means.
            m: people in the study's other group.
            **published: the published fields.
        """
        values = np.asarray(values, float)
        mean, variance = values.mean(), values.var(ddof=1) * (1.0 / n + 1.0 / values.size)
        if against is not None:
            against = np.asarray(against, float)
            mean -= against.mean()
            variance += against.var(ddof=1) * (1.0 / m + 1.0 / against.size)
        reach = 1.96 * np.sqrt(variance)
        size = f"{n} people" if against is None else f"{n} and {m} people"
        return cls(mean, mean - reach, mean + reach, f"95 % of groups of {size}", **published)

    def mapped(self, scale: Callable[[float], float]) -> "Number":
        """The same on another scale: value, range and published value."""
        ends = {name: getattr(self, name) for name in ENDS}
        return replace(self, **{name: None if x is None else float(scale(x)) for name, x in ends.items()})

    def __float__(self) -> float:
        return float("nan") if self.value is None else float(self.value)

    def __format__(self, spec: str) -> str:
        return format(float(self), spec)

    def above(self, limit: float) -> Margin:
        """The whole simulated range lies above a limit."""
        return more(_known(self.low), limit)

    def below(self, limit: float) -> Margin:
        """The whole simulated range lies below a limit."""
        return less(_known(self.high), limit)

    def spans(self, value: float) -> Margin:
        """A value lies within the simulated range: no difference is seen."""
        return between(value, _known(self.low), _known(self.high))

    @property
    def covers(self) -> Margin:
        """The published value lies within the simulated range."""
        return self.spans(_known(self.published))

    @property
    def inside(self) -> Margin:
        """The simulated value lies within the published limits."""
        return between(float(self), _known(self.published_low), _known(self.published_high))

    def within_factor(self, factor: float) -> Margin:
        """The simulated value is less than so many times more or less than the published one, on ln scale."""
        ratio = float(self) / _known(self.published)
        return Margin(np.log(factor) - abs(np.log(ratio))) if ratio > 0.0 else Margin(-np.inf)

    def within(self, distance: float) -> Margin:
        """The simulated value is less than this away from the published one."""
        return close(float(self), _known(self.published), distance)


def _known(end: float | None) -> float:
    """An end, NaN where there is none: what is compared with it does not hold."""
    return np.nan if end is None else end
