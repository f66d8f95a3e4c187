"""Height and weight of a person: the CDC median, the OI type's share of it, the person's own SD score."""

from typing import NamedTuple

import jax.numpy as jnp
from jax import Array
from jax.typing import ArrayLike


class Growth(NamedTuple):
    """Parameters of ``growth.toml`` (ages in years)."""

    tau_r: ArrayLike
    height_cv: ArrayLike


def height_ratio_fading(age_years: ArrayLike, p: Growth) -> Array:
    """Weight of the birth value in the height ratio, e^{-a/tau_r}."""
    return jnp.exp(-age_years / p.tau_r)


def height_ratio(fading: Array, r0: Array, r1: Array, own: Array) -> Array:
    """Height over the CDC median: [r1 + (r0 - r1) e^{-a/tau_r}] own.

    A curve in centimetres: inverting a Box-Cox reference seven SDs below the median is not valid.

    Args:
        fading: e^{-a/tau_r} [patient].
        r0: ratio of the OI type at birth [patient].
        r1: ratio of the OI type as an adult [patient].
        own: 1 + height_cv times the person's SD score [patient].
    """
    return (r1 + (r0 - r1) * fading) * own


def weight(median_kg: Array, r: Array, bmi: Array) -> Array:
    """Weight in kg: median r^2 bmi, so that body-mass index is ``bmi`` times the median's."""
    return median_kg * r**2 * bmi
