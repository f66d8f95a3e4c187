"""Microdamage, remodelling space (cavity burden) and toughness."""

from typing import NamedTuple

import jax.numpy as jnp
from jax import Array
from jax.typing import ArrayLike

from brittlestar.bone.integration import relax


class Damage(NamedTuple):
    """Parameters of ``damage.toml`` (1/day, day)."""

    kr: ArrayLike
    tc: ArrayLike
    b1: ArrayLike
    b1_from: ArrayLike
    b2: ArrayLike
    K_floor: ArrayLike


def microdamage(d: Array, A: Array, strain: Array, R: Array, days: ArrayLike, p: Damage) -> Array:
    """Microdamage at the end of the step, healthy untreated = 1.

    dd/dt = kr (A x^2 - R d): made in proportion to strain squared, removed by resorption.

    Args:
        d: microdamage [patient].
        A: age factor of turnover.
        strain: long-bone stimulus x_L.
        R: long-bone resorption, step mean.
    """
    return relax(d, A * strain**2 / R, jnp.exp(-p.kr * R * days))


def cavity_burden(K: Array, rho: Array, days: ArrayLike, p: Damage) -> Array:
    """Remodelling space at the end of the step: dK/dt = (R/Ar - K)/tc, own untreated = 1."""
    return relax(K, rho, jnp.exp(-days / p.tc))


def toughness(qK: Array, mineral_ratio: Array, d: Array, p: Damage) -> Array:
    """Toughness relative to healthy: qK max(1 - b1 (c/cH - 1.05)+, 0.2) max(1 - b2 (d - 1)+, 0.2).

    ``qK`` is the collagen defect of the OI type: treatment does not change it.
    """
    brittle = jnp.maximum(1.0 - p.b1 * jnp.maximum(mineral_ratio - p.b1_from, 0.0), p.K_floor)
    damaged = jnp.maximum(1.0 - p.b2 * jnp.maximum(d - 1.0, 0.0), p.K_floor)
    return qK * brittle * damaged
