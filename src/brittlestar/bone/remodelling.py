"""Osteoclasts, the coupling signal they release, and the osteoblasts that follow.

Three linear stages in a row, each driven by the exact step mean of the one before; last axis patients,
leading axis the sites vertebra, metaphysis, long-bone cortex. Bisphosphonates act on osteoclasts only:
activity ``act`` and apoptosis ``apo``; formation follows by coupling.
"""

from typing import NamedTuple

import jax.numpy as jnp
from jax import Array
from jax.typing import ArrayLike

from brittlestar._shared.parameters import fill
from brittlestar.bone._functions import relax, relax_mean


class Remodelling(NamedTuple):
    """Parameters of ``remodelling.toml`` (1/day, day)."""

    kC: ArrayLike
    tauP: ArrayLike
    tauB: ArrayLike


def load_remodelling() -> Remodelling:
    """Default values with their sources in ``remodelling.toml``."""
    return fill(Remodelling, "brittlestar.bone", "remodelling.toml")


def osteoclasts(
    C: Array, Ar: Array, rank: Array, apo: ArrayLike, days: ArrayLike, p: Remodelling
) -> tuple[Array, Array]:
    """Osteoclast number at the end of the step and its mean over it.

    dC/dt = kC (Ar rank - apo C): birth follows RANKL/OPG (``rank``, 1 at rest), the drug adds apoptosis.

    Args:
        C: osteoclasts [site, patient], healthy adult = 1.
        Ar: own drug-free turnover [patient].
        rank: RANKL/OPG ratio [site, patient].
        apo: step mean of the apoptosis factor (1 without drug).
        days: length of the step.
    """
    kt = p.kC * apo * days
    decay = jnp.exp(-kt)
    target = Ar * rank / apo
    return relax(C, target, decay), relax_mean(C, target, decay, kt)


def coupling_signal(P: Array, R: Array, days: ArrayLike, p: Remodelling) -> tuple[Array, Array]:
    """Signal freed from resorbed matrix: dP/dt = (R - P)/tauP; end value and step mean."""
    kt = days / p.tauP
    decay = jnp.exp(-kt)
    return relax(P, R, decay), relax_mean(P, R, decay, kt)


def osteoblasts(B: Array, P: Array, load: Array, days: ArrayLike, p: Remodelling) -> tuple[Array, Array]:
    """Osteoblast teams: dB/dt = (P load - B)/tauB; end value and step mean.

    ``load`` is the mechanical gain of formation (1 at the remembered strain).
    """
    kt = days / p.tauB
    decay = jnp.exp(-kt)
    return relax(B, P * load, decay), relax_mean(B, P * load, decay, kt)
