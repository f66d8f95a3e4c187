"""A wanted mean Z at entry: candidates are taken with a chance that rises (or falls) with their Z.

Of all ways to shift a mean the exponential tilt, weight ``e^{a z}``, changes the population least (smallest
relative entropy); within each Z people are as they were. The numbers of each OI type are the protocol's, so
within a type only the ratio of weights counts: the chance is ``min(1, e^{a (z - z_edge)})`` with z_edge the
extreme of a first look at the type's candidates.

Source: Hainmueller 2012 (entropy balancing), doi:10.1093/pan/mpr025.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from brittlestar._shared.errors import InputError
from brittlestar.trials.protocol_parts import EntryMean

STEEPEST = 20.0
"""Largest tilt that is looked for: over a tenth of a Z the chance then changes sevenfold."""

LEAST_TAKEN = 0.05
"""Share of the eligible of each type who are taken at least where a mean is shifted: people further out are
too few to be found, and a shift goes as far as they let it (assumed)."""


class Tilt(NamedTuple):
    """Chance to be taken, ``min(1, e^{slope (z - edge)})``."""

    slope: float
    edge: float

    def chance(self, z: np.ndarray) -> np.ndarray:
        """Of candidates with these Z-scores."""
        return np.exp(np.minimum(self.slope * (z - self.edge), 0.0))


def tilted_mean(z: np.ndarray, slope: float) -> float:
    """Mean of z under weights ``e^{slope z}``."""
    weight = np.exp(slope * z - np.max(slope * z))
    return float(np.sum(weight * z) / np.sum(weight))


def z_at_entry(seen: Mapping[str, np.ndarray], measure: str) -> np.ndarray:
    """What screening saw of a Z-score; ``lowest_z`` is the lower of spine and total body."""
    return np.fmin(seen["ls_z"], seen["tb_z"]) if measure == "lowest_z" else seen[measure]


def tilts_for(wanted: EntryMean, groups: Mapping[str, tuple[float, np.ndarray]]) -> dict[str, Tilt]:
    """One slope for all under which the mean over groups is the one wanted, and the edge of each.

    Args:
        wanted: measure, mean and shift.
        groups: OI type -> share of the trial and Z-scores of eligible candidates.

    Raises:
        InputError: a mean that eligible people do not span.
    """
    from scipy.optimize import brentq

    def over(slope: float) -> float:
        return sum(share * tilted_mean(values, slope) for share, values in groups.values())

    def slope_for(mean: float, low: float, high: float) -> float:
        """Slope within these limits that comes closest to a mean."""
        if not over(low) < mean < over(high):
            return low if mean <= over(low) else high
        return float(brentq(lambda a: over(a) - mean, low, high))  # type: ignore[arg-type]

    if wanted.mean is not None and not over(-STEEPEST) < wanted.mean < over(STEEPEST):
        raise InputError(
            "population.entry_mean.mean",
            wanted.mean,
            f"accepted: a mean {wanted.measure} that eligible people of these types and ages span, "
            f"{over(-STEEPEST):.2f} to {over(STEEPEST):.2f}; see population.eligibility",
        )
    middle = 0.0 if wanted.mean is None else slope_for(wanted.mean, -STEEPEST, STEEPEST)
    shifted = over(middle) + wanted.shift
    slope = slope_for(shifted, -STEEPEST, STEEPEST) if wanted.shift else middle

    def too_few(slope: float) -> float:
        return LEAST_TAKEN - _fewest_taken(_tilts(slope, groups), groups)

    if wanted.shift and too_few(slope) > 0.0:
        slope = float(brentq(too_few, middle, slope)) if too_few(middle) < 0.0 else middle  # type: ignore[arg-type]
    return _tilts(slope, groups)


def _tilts(slope: float, groups: Mapping[str, tuple[float, np.ndarray]]) -> dict[str, Tilt]:
    return {w: Tilt(slope, float(z.max() if slope > 0 else z.min())) for w, (_, z) in groups.items()}


def _fewest_taken(tilts: Mapping[str, Tilt], groups: Mapping[str, tuple[float, np.ndarray]]) -> float:
    return min(float(tilts[word].chance(z).mean()) for word, (_, z) in groups.items())
