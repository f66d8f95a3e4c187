"""Ends of the long bones: wider while growth goes on under the drug, one dense line per course of infusions.

Growth leaves a metaphysis as wide as the growth plate; osteoclasts trim it to the shaft. A drug that stops
them leaves it wider, in some people more than in others. No fracture hazard is attached to the width, and
height is not touched: in the engine a person's height depends on age, sex, type and own size only.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


class Metaphysis(NamedTuple):
    """Parameters of ``metaphysis.toml`` (mm, 1/day)."""

    untrimmed: np.ndarray
    untrimmed_spread: np.ndarray
    wide: np.ndarray
    reading_sd: np.ndarray
    zone: np.ndarray
    growth_share: np.ndarray
    late: np.ndarray
    resolution: np.ndarray


def growth_mm(height_cm: ArrayLike, p: Metaphysis) -> Floats:
    """Length added at the lower end of the femur since height 0, mm: 10 growth_share H."""
    return 10.0 * p.growth_share * np.asarray(height_cm)


def own_untrimmed(normal: ArrayLike, p: Metaphysis) -> Floats:
    """Own width beyond the untreated one if nothing is trimmed: log-normal of mean ``untrimmed``.

    Args:
        normal: standard normal draw of the person.
    """
    s = np.asarray(p.untrimmed_spread)
    return p.untrimmed * np.exp(s * np.asarray(normal) - 0.5 * s**2)


def measured_width(width: ArrayLike, normal: ArrayLike, p: Metaphysis) -> Floats:
    """Width as read from a film, over the untreated one: the width plus reading error, not below 0."""
    return np.maximum(np.asarray(width) + p.reading_sd * np.asarray(normal), 0.0)


def is_wide(width: ArrayLike, p: Metaphysis) -> NDArray[np.bool_]:
    """Whether a metaphysis counts as wide: by ``wide`` or more beyond its untreated width."""
    return np.asarray(width) >= 1.0 + p.wide


def relative_width(
    rho: np.ndarray, height_cm: np.ndarray, untrimmed: ArrayLike, step_days: float, p: Metaphysis
) -> Floats:
    """Width over the untreated width [time, patient], 1 at entry.

    dm/dt = (v/zone)(1 + u (1 - rho)+ - m) - late rho (m - 1): new metaphysis replaces the old at the speed of
    growth v; after growth only slow remodelling brings it back. Exact over each interval.

    Args:
        rho: resorption over own untreated [time, patient].
        height_cm: [time, patient].
        untrimmed: u, from :func:`own_untrimmed` [patient].
        step_days: time between rows.
    """
    width = np.ones_like(rho)
    renewal = np.maximum(np.diff(growth_mm(height_cm, p), axis=0), 0.0) / p.zone
    mean_rho = 0.5 * (rho[1:] + rho[:-1])
    for i in range(len(rho) - 1):
        back = p.late * mean_rho[i] * step_days
        rate = renewal[i] + back
        kept = 1.0 + untrimmed * np.maximum(1.0 - mean_rho[i], 0.0)
        target = np.where(rate > 0, (renewal[i] * kept + back) / np.where(rate > 0, rate, 1.0), width[i])
        width[i + 1] = target + (width[i] - target) * np.exp(-rate)
    return width
