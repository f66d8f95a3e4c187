"""Strength of vertebra and limb from structure and mineral, relative to healthy of the same age and size."""

from typing import NamedTuple

from jax import Array
from jax.typing import ArrayLike

from brittlestar._shared.parameter_files import fill


class Strength(NamedTuple):
    """Parameters of ``strength.toml``."""

    thS: ArrayLike
    e_yV: ArrayLike
    e_ash: ArrayLike
    e_phi: ArrayLike


def load_strength() -> Strength:
    """Default values with their sources in ``strength.toml``."""
    return fill(Strength, "brittlestar.bone", "strength.toml")


def vertebral_strength(qS: ArrayLike, yV: Array, yW: Array, mineral_ratio: Array, p: Strength) -> Array:
    """qS [thS yV^1.92 (c/cH)^2.79 + (1 - thS) yW]; yV trabecular amount, yW shell width, healthy = 1."""
    return qS * (p.thS * yV**p.e_yV * mineral_ratio**p.e_ash + (1.0 - p.thS) * yW)


def limb_strength(qS: Array, yL: Array, phi: Array, phiH: Array, mineral_ratio: Array, p: Strength) -> Array:
    """qS yL [(1 - phi)/(1 - phiH)]^3 cL/cLH; yL section modulus relative to healthy of the same size."""
    return qS * yL * ((1.0 - phi) / (1.0 - phiH)) ** p.e_phi * mineral_ratio
