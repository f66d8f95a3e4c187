"""Distributions of age at entry: each turns uniform draws into ages."""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from brittlestar._shared.arguments import real
from brittlestar._shared.errors import InputError
from brittlestar.people.limits import check


class Ages(Protocol):
    """A distribution of age in years."""

    def quantile(self, u: np.ndarray) -> np.ndarray:
        """Ages at these probabilities."""
        ...


@dataclass(frozen=True)
class UniformAges:
    """Every age between two limits alike."""

    low: float
    high: float

    def __post_init__(self) -> None:
        check("age", self.low, "ages.low")
        check("age", self.high, "ages.high")
        if self.low > self.high:
            raise InputError("ages", (self.low, self.high), "accepted: the younger age first")

    def quantile(self, u: np.ndarray) -> np.ndarray:
        return self.low + (self.high - self.low) * u


@dataclass(frozen=True)
class NormalAges:
    """Normal with this mean and SD before it is cut to the limits."""

    mean: float
    sd: float
    low: float
    high: float

    def __post_init__(self) -> None:
        UniformAges(self.low, self.high)
        check("age", self.mean, "ages.mean")
        if not self.sd > 0:
            raise InputError("ages.sd", self.sd, "accepted: a positive number of years")

    def quantile(self, u: np.ndarray) -> np.ndarray:
        from scipy.special import ndtr, ndtri

        first, last = (ndtr((limit - self.mean) / self.sd) for limit in (self.low, self.high))
        return np.clip(self.mean + self.sd * ndtri(first + (last - first) * u), self.low, self.high)


@dataclass(frozen=True)
class ListedAges:
    """Given ages with given weights (equal unless said otherwise)."""

    ages: tuple[float, ...]
    weights: tuple[float, ...] | None = None

    def __post_init__(self) -> None:
        for position, age in enumerate(self.ages):
            check("age", age, f"ages[{position}]")
        weights = self.weights if self.weights is not None else (1.0,) * len(self.ages)
        if len(weights) != len(self.ages) or min(weights, default=0.0) < 0 or sum(weights) <= 0:
            raise InputError(
                "ages.weights", self.weights, f"accepted: {len(self.ages)} weights, none negative"
            )

    def quantile(self, u: np.ndarray) -> np.ndarray:
        weights = np.ones(len(self.ages)) if self.weights is None else np.asarray(self.weights, np.float64)
        steps = np.cumsum(weights) / np.sum(weights)
        return np.asarray(self.ages, np.float64)[np.minimum(np.searchsorted(steps, u), len(self.ages) - 1)]


@dataclass(frozen=True)
class PartedAges:
    """Between two limits, with given shares in equal parts of the range and every age of a part alike."""

    low: float
    high: float
    shares: tuple[float, ...]

    def __post_init__(self) -> None:
        UniformAges(self.low, self.high)
        if min(self.shares, default=-1.0) < 0 or sum(self.shares) <= 0:
            raise InputError("ages.shares", self.shares, "accepted: shares, none negative, not all 0")

    def quantile(self, u: np.ndarray) -> np.ndarray:
        upto = np.concatenate([[0.0], np.cumsum(self.shares) / np.sum(self.shares)])
        return np.interp(u, upto, np.linspace(self.low, self.high, len(upto)))


def as_ages(value: Any) -> Ages:
    """A distribution from a short form: one age, a (low, high) pair, a longer list, or a distribution.

    Raises:
        InputError: anything else, or ages that no person has.
    """
    if hasattr(value, "quantile") and not isinstance(value, type):
        return value
    if real(value) is not None:
        age = check("age", value, "age_years")
        return UniformAges(age, age)
    if (
        isinstance(value, (list, tuple, np.ndarray))
        and np.ndim(np.asarray(value, object)) == 1
        and len(value) >= 2
    ):
        ages = tuple(check("age", age, "age_years") for age in value)
        return UniformAges(*ages) if len(ages) == 2 else ListedAges(ages)
    raise InputError(
        "age_years", value, "accepted: an age, (youngest, oldest), a list of ages, or a distribution"
    )
