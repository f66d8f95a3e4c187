"""Scoliosis begins and progresses with growth; vertebrae are crushed and, in growth, take shape again.

Vertebrae of one person differ in susceptibility, so fractures gather: the same one can be crushed again.

A curve begins when the hazard integrated from birth crosses a person's unit-rate threshold. Treatment does
not change that by default, as cohorts found the same prevalence at maturity; begun early in type III it slows
the curve for a few years. Times in days, ages in years, Cobb angles in degrees.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, logit, ndtri

Floats = NDArray[np.float64]


class Spine(NamedTuple):
    """Parameters of ``spine.toml`` (1/day, day; ages in years; by type healthy, I, IV, III)."""

    onset: np.ndarray
    onset_floor: np.ndarray
    onset_z: np.ndarray
    usual_z: np.ndarray
    z_gain: np.ndarray
    z_limit: np.ndarray
    slope: np.ndarray
    slope_cv: np.ndarray
    slope_floor: np.ndarray
    growth_ref: np.ndarray
    growth_cap: np.ndarray
    early_factor: np.ndarray
    early_age: np.ndarray
    early_years: np.ndarray
    cobb_start: np.ndarray
    cobb_most: np.ndarray
    cobb_sd: np.ndarray
    vertebrae: np.ndarray
    crush: np.ndarray
    crush_spread: np.ndarray
    vertebra_spread: np.ndarray
    deformed: np.ndarray
    history: np.ndarray
    reshape: np.ndarray
    reshape_spread: np.ndarray
    reshape_untreated: np.ndarray


def growth_factor(mm_per_day: ArrayLike, p: Spine) -> Floats:
    """Drive of growth g: speed of a healthy child of this age over the reference, at most ``growth_cap``."""
    return np.clip(np.asarray(mm_per_day) / p.growth_ref, 0.0, p.growth_cap)


def onset_hazard(oi_type: Any, growth: ArrayLike, entry_z: ArrayLike, gained: ArrayLike, p: Spine) -> Floats:
    """Hazard of a curve above 10 degrees, 1/day: h_type [g + floor (1 - g)+] onset_z^(usual - Z).

    Args:
        oi_type: index of the type.
        growth: growth factor g.
        entry_z: untreated lumbar-spine Z-score, the person's own severity.
        gained: Z-score gained since entry, of which the share ``z_gain`` counts.
    """
    z = np.asarray(entry_z) + p.z_gain * np.asarray(gained)
    below = np.clip(np.asarray(p.usual_z)[oi_type] - z, -p.z_limit, p.z_limit)
    drive = np.asarray(growth) + p.onset_floor * np.maximum(1.0 - np.asarray(growth), 0.0)
    return np.asarray(p.onset)[oi_type] * drive * np.asarray(p.onset_z) ** below


def own_slope(normal: ArrayLike, oi_type: Any, p: Spine) -> Floats:
    """A person's gain of a curve at the reference speed of growth, degrees/day: lognormal, mean by type."""
    variance = np.log1p(np.asarray(p.slope_cv) ** 2)
    return np.asarray(p.slope)[oi_type] * np.exp(np.sqrt(variance) * np.asarray(normal) - 0.5 * variance)


def early_start(oi_type: Any, start_age_years: ArrayLike, since_start: ArrayLike, p: Spine) -> Floats:
    """Factor of progression for ``early_years`` after a start of treatment before ``early_age``; else 1.

    Args:
        oi_type: index of the type.
        start_age_years: age at the first dose, infinite if none.
        since_start: days since the first dose.
    """
    since = np.asarray(since_start)
    slowed = (np.asarray(start_age_years) < p.early_age) & (since >= 0.0) & (since < p.early_years)
    return np.where(slowed, np.asarray(p.early_factor)[oi_type], 1.0)


def measured_cobb(cobb: ArrayLike, normal: ArrayLike, p: Spine) -> Floats:
    """Cobb angle as read from a film, degrees: the angle plus reading error, not below 0."""
    return np.maximum(np.asarray(cobb) + p.cobb_sd * np.asarray(normal), 0.0)


def crushed(chance: ArrayLike, p: Spine) -> Floats:
    """Share of its present height that a vertebra loses, at this quantile (logit-normal)."""
    return expit(logit(p.crush) + p.crush_spread * ndtri(chance))


def further_loss(loss: ArrayLike, crush: ArrayLike) -> Floats:
    """Share of height lost after one more fracture, 1 - (1 - loss)(1 - crush): never all of it."""
    return 1.0 - (1.0 - np.asarray(loss)) * (1.0 - np.asarray(crush))


def vertebra_hit(chance: ArrayLike, normal: ArrayLike, p: Spine) -> NDArray[np.int64]:
    """Index of the vertebra that a fracture hits, with chances as susceptibility e^(spread z) [fracture].

    Args:
        chance: uniform draw of the fracture [fracture].
        normal: z, standard normal draws of the person's vertebrae [fracture, vertebra].
    """
    share = np.cumsum(np.exp(p.vertebra_spread * np.asarray(normal)), axis=-1)
    share = share / share[..., -1:]
    return (np.asarray(chance)[..., None] >= share).sum(axis=-1)


def own_reshape(normal: ArrayLike, p: Spine) -> Floats:
    """A person's regrowth per relative growth of the body: log-normal, mean ``reshape``."""
    s = np.asarray(p.reshape_spread)
    return p.reshape * np.exp(s * np.asarray(normal) - 0.5 * s**2)


def regrowth(height_cm: Floats, rho: Floats, reshape: ArrayLike, p: Spine) -> Floats:
    """Integrated regrowth G since the first row [time, patient]; a loss c becomes c e^-(G2 - G1).

    dG = reshape [f + (1 - f)(1 - rho)+] d ln H with f = reshape_untreated: new vertebral height comes with
    growth and stays where turnover does not take it away.

    Args:
        height_cm: [time, patient].
        rho: resorption over own untreated [time, patient].
        reshape: from :func:`own_reshape` [patient].
    """
    kept = np.maximum(1.0 - 0.5 * (rho[1:] + rho[:-1]), 0.0)
    share = p.reshape_untreated + (1.0 - np.asarray(p.reshape_untreated)) * kept
    total = np.zeros_like(height_cm, dtype=np.float64)
    total[1:] = np.cumsum(reshape * share * np.maximum(np.diff(np.log(height_cm), axis=0), 0.0), axis=0)
    return total
