"""Strength of vertebra and limb from structure and mineral, relative to healthy of the same age and size."""

from typing import NamedTuple

import jax.numpy as jnp
from jax import Array
from jax.typing import ArrayLike


class Strength(NamedTuple):
    """Parameters of ``strength.toml``."""

    thS: ArrayLike
    e_yV: ArrayLike
    e_ash: ArrayLike
    e_phi: ArrayLike


def vertebral_strength(qS: ArrayLike, yV: Array, yW: Array, mineral_ratio: Array, p: Strength) -> Array:
    """qS [thS yV^e_yV (c/cH)^e_ash + (1 - thS) yW]; yV trabecular amount, yW shell width, healthy = 1."""
    spongy = jnp.exp(p.e_yV * jnp.log(yV) + p.e_ash * jnp.log(mineral_ratio))
    return qS * (p.thS * spongy + (1.0 - p.thS) * yW)


def limb_strength(qS: Array, yL: Array, phi: Array, phiH: Array, mineral_ratio: Array, p: Strength) -> Array:
    """qS yL [(1 - phi)/(1 - phiH)]^e_phi cL/cLH; yL section modulus relative to healthy of the same size.

    The exponents are those of ``strength.toml``.
    """
    return jnp.exp(log_limb_strength(qS, yL, phi, phiH, mineral_ratio, p))


def log_limb_strength(
    qS: Array, yL: Array, phi: Array, phiH: Array, mineral_ratio: Array, p: Strength
) -> Array:
    """ln of :func:`limb_strength`, as the hazard needs it."""
    return jnp.log(qS * yL * mineral_ratio) + p.e_phi * jnp.log((1.0 - phi) / (1.0 - phiH))
