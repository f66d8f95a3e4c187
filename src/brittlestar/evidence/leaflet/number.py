"""One simulated number, its range, and what was published beside it."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

ENDS = ("value", "low", "high", "published", "published_low", "published_high")


@dataclass(frozen=True)
class Number:
    """One simulated number, its range, and what was published beside it.

    It compares and prints as its value; without one it is NaN, and every comparison is false.
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

    def __lt__(self, limit: Any) -> bool:
        return float(self) < float(limit)

    def __le__(self, limit: Any) -> bool:
        return float(self) <= float(limit)

    def __gt__(self, limit: Any) -> bool:
        return float(self) > float(limit)

    def __ge__(self, limit: Any) -> bool:
        return float(self) >= float(limit)

    def above(self, limit: float) -> bool:
        """Whether the whole simulated range lies above a limit."""
        return self.low is not None and self.low > limit

    def below(self, limit: float) -> bool:
        """Whether the whole simulated range lies below a limit."""
        return self.high is not None and self.high < limit

    def spans(self, value: float) -> bool:
        """Whether a value lies within the simulated range: no difference is seen."""
        return self.low is not None and self.high is not None and self.low < value < self.high

    @property
    def covers(self) -> bool:
        """Whether the published value lies within the simulated range."""
        if self.published is None or self.low is None or self.high is None:
            return False
        return self.low <= self.published <= self.high

    @property
    def inside(self) -> bool:
        """Whether the simulated value lies within the published limits."""
        if self.value is None or self.published_low is None or self.published_high is None:
            return False
        return self.published_low <= self.value <= self.published_high

    def within_factor(self, factor: float) -> bool:
        """Whether the simulated value is at most so many times more or less than the published one."""
        if self.value is None or self.published is None:
            return False
        return self.published / factor <= self.value <= factor * self.published

    def within(self, distance: float) -> bool:
        """Whether the simulated value is less than this away from the published one."""
        return None not in (self.value, self.published) and abs(self.value - self.published) < distance  # type: ignore[operator]
