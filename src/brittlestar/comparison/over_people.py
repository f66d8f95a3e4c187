"""Mean, spread and quantiles over people who count differently; the one place that knows of weights."""

from typing import NamedTuple

import numpy as np

Weight = np.ndarray | None
"""How much each person counts, adding up to 1 [person]; none where everyone counts alike."""

EXACT = "inverted_cdf"
"""Quantiles that are values drawn."""


class OverPeople(NamedTuple):
    """Values of people who share all that was told and differ in the rest."""

    values: np.ndarray
    """[..., person]"""
    weight: Weight = None

    def mean(self) -> np.ndarray:
        """sum w x / sum w."""
        if self.weight is None:
            return self.values.mean(axis=-1)
        return np.average(self.values, axis=-1, weights=self.weight)

    def sd(self) -> np.ndarray:
        """SD between people: variance sum w (x - mean)^2 / (1 - sum w^2), w adding up to 1."""
        if self.weight is None:
            return self.values.std(axis=-1, ddof=1)
        w = self.weight / self.weight.sum()
        return np.sqrt((self._apart() ** 2 @ w) / (1.0 - w @ w))

    def error(self) -> np.ndarray:
        """Standard error of the mean: squared, sum w^2 (x - mean)^2 / (1 - sum w^2)."""
        if self.weight is None:
            return self.sd() / self.values.shape[-1] ** 0.5
        w = self.weight / self.weight.sum()
        return np.sqrt((self._apart() ** 2 @ w**2) / (1.0 - w @ w))

    def quantile(self, q: float | tuple[float, ...]) -> np.ndarray:
        """Values at these shares of people [q, ...]."""
        return np.quantile(self.values, q, axis=-1, method=EXACT, weights=self.weight)

    def median(self) -> np.ndarray:
        """Half of people lie below."""
        return np.median(self.values, axis=-1) if self.weight is None else self.quantile(0.5)

    def _apart(self) -> np.ndarray:
        return self.values - self.mean()[..., None]


def effective(weight: Weight, people: int) -> float:
    """Effective number of draws: (sum w)^2 / sum w^2; all of them where everyone counts alike."""
    return float(people) if weight is None else float(weight.sum() ** 2 / (weight @ weight))
