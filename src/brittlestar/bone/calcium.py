"""Calcium, vitamin D and the parathyroid drive of resorption, at quasi-steady state."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import Array
from jax.typing import ArrayLike


class Calcium(NamedTuple):
    """Parameters of ``calcium.toml`` (mg/day, nmol/L, cm, 1/day)."""

    k_D: ArrayLike
    abs_0: ArrayLike
    abs_D: ArrayLike
    D_half: ArrayLike
    D_usual: ArrayLike
    intake_usual: ArrayLike
    need_rest: ArrayLike
    need_growth: ArrayLike
    height_ref: ArrayLike
    def_width: ArrayLike
    p1: ArrayLike


def absorption(D25: ArrayLike, p: Calcium) -> Array:
    """Share of dietary calcium absorbed: abs_0 + abs_D D/(D + D_half), D in nmol/L."""
    return p.abs_0 + p.abs_D * D25 / (D25 + p.D_half)


def resorption_drive(intake: Array, D25: Array, height_cm: Array, g: Array, p: Calcium) -> Array:
    """RANKL/OPG factor of calcium lack, 1 at usual intake and vitamin D.

    m_P = 1 + p1 [def(absorbed) - def(usual absorbed)], def(q) = w softplus((1 - q/need)/w),
    need = need_rest (H/165)^2 + need_growth g (H/165)^2.5.

    Args:
        intake: calcium, mg/day [patient].
        D25: serum 25OHD, nmol/L [patient].
        height_cm: height [patient].
        g: relative height growth, 1/day [patient].
    """
    size = height_cm / p.height_ref
    need = p.need_rest * size**2 + p.need_growth * g * size**2 * jnp.sqrt(size)

    def deficit(absorbed: Array) -> Array:
        return p.def_width * jax.nn.softplus((1.0 - absorbed / need) / p.def_width)

    usual = p.intake_usual * absorption(p.D_usual, p)
    return 1.0 + p.p1 * (deficit(intake * absorption(D25, p)) - deficit(usual))
