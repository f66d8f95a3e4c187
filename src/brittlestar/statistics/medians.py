"""Skewed endpoints: medians of two arms and the rank-sum test."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr

from brittlestar.statistics.estimates import Estimates, Floats, empty_notes
from brittlestar.statistics.inputs import arm_codes, numbers, of_trials


@dataclass(frozen=True, slots=True)
class Medians:
    """Medians of two arms, of many trials.

    Attributes:
        difference: median of treated minus that of control; without a standard error.
        control: median of control [trial].
        treated: median of treated [trial].
    """

    difference: Estimates
    control: Floats
    treated: Floats


def median(y: ArrayLike) -> Floats:
    """Median over the last axis of what is not NaN; NaN where nothing is."""
    ordered = np.sort(numbers("y", y), axis=-1)
    n = np.isfinite(ordered).sum(axis=-1)[..., None]
    middle = [np.take_along_axis(ordered, np.maximum(k, 0), axis=-1)[..., 0] for k in ((n - 1) // 2, n // 2)]
    # Of an odd number both are the one in the middle; of none the second would be beyond the end.
    return np.where(n[..., 0] > 0, 0.5 * (middle[0] + middle[1]), np.nan)


def medians(y: ArrayLike, treatment: ArrayLike) -> Medians:
    """Medians, and the test of Wilcoxon, Mann and Whitney that both arms come from one distribution.

    ``U = R₁ - n₁(n₁ + 1)/2`` with R₁ the sum of the ranks of the treated, ties at their mean; normal
    approximation with continuity correction, ``z = (|U - n₁n₀/2| - 1/2)/σ``, where
    ``σ² = n₁n₀/(n(n - 1)) Σ(r - r̄)²`` accounts for ties. Where everybody is alike there is no test.

    Args:
        y: outcome [trial, person]; NaN where missing.
        treatment: 0 control, 1 treated [person] or [trial, person]; NaN who takes no part.

    Source:
        Hollander M, Wolfe DA, Chicken E. Nonparametric Statistical Methods. 3rd ed. Wiley, 2014, chapter 4.
    """
    from scipy.stats import rankdata  # loads for a second, which few endpoints need

    y = of_trials("y", y)
    arm = arm_codes(treatment, y.shape)
    y = np.where(np.isfinite(arm), y, np.nan)
    known, treated = np.isfinite(y), arm == 1
    n, n1 = known.sum(axis=1), (known & treated).sum(axis=1)
    n0 = n - n1
    rank = np.asarray(rankdata(y, axis=1, nan_policy="omit"))
    off = np.where(known, rank - (n[:, None] + 1) / 2.0, 0.0)
    u = np.where(treated, off, 0.0).sum(axis=1)  # U - n₁n₀/2
    with np.errstate(divide="ignore", invalid="ignore"):
        sigma = np.sqrt(n1 * n0 / (n * (n - 1.0)) * (off**2).sum(axis=1))
        p_value = 2.0 * ndtr(-np.maximum(np.abs(u) - 0.5, 0.0) / sigma)
    of_treated, of_control = (median(np.where(arm == code, y, np.nan)) for code in (1, 0))
    note = empty_notes(len(y))
    note[(n1 == 0) | (n0 == 0)] = "only one arm has observations"
    note[n == 0] = "no complete observations"
    answered = note == ""
    difference = Estimates(
        np.where(answered, of_treated - of_control, np.nan),
        np.full(len(y), np.nan),
        np.where(answered & (sigma > 0), np.minimum(p_value, 1.0), np.nan),
        note,
    )
    return Medians(difference, of_control, of_treated)
