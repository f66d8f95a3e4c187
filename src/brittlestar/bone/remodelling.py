"""Osteoclasts, the coupling signal they release, and the osteoblasts that follow.

Three linear stages in a row, followed through the step at the points of a quadrature; last axis patients,
before it the sites vertebra, metaphysis, long-bone cortex. Bisphosphonates act on osteoclasts only:
activity ``act`` and apoptosis ``apo``; formation follows by coupling.
"""

from typing import NamedTuple

import jax.numpy as jnp
from jax import Array
from jax.typing import ArrayLike

from brittlestar.bone.integration import Nodes, driven


class Remodelling(NamedTuple):
    """Parameters of ``remodelling.toml`` (1/day, day)."""

    kC: ArrayLike
    tauP: ArrayLike
    tauB: ArrayLike
    added_limb: ArrayLike


def osteoclasts(
    C: Array, Ar: Array, rank: Array, apo: Array, days: ArrayLike, nodes: Nodes, p: Remodelling
) -> tuple[Array, Array]:
    """Osteoclast number at the nodes and at the end of the step.

    dC/dt = kC (Ar rank - apo C): birth follows RANKL/OPG (``rank``, 1 at rest), the drug adds apoptosis.

    Args:
        C: osteoclasts [site, patient], healthy adult = 1.
        Ar: own drug-free turnover [patient].
        rank: RANKL/OPG ratio at the nodes [node, site, patient].
        apo: apoptosis factor at the nodes [node, site, patient] (1 without drug).
        days: length of the step.
        nodes: quadrature inside the step.
    """
    return driven(C, p.kC * apo, p.kC * Ar * rank, days, nodes)


def coupling_signal(P: Array, R: Array, days: ArrayLike, nodes: Nodes, p: Remodelling) -> tuple[Array, Array]:
    """Signal freed from resorbed matrix: dP/dt = (R - P)/tauP; at the nodes and at the end."""
    return driven(P, jnp.ones((len(R), 1, 1)) / p.tauP, R / p.tauP, days, nodes)


def osteoblasts(B: Array, call: Array, days: ArrayLike, nodes: Nodes, p: Remodelling) -> tuple[Array, Array]:
    """Osteoblast teams: dB/dt = (call - B)/tauB; at the nodes and at the end.

    ``call`` is what resorption, load and drugs ask for: (balance P + added) load.
    """
    return driven(B, jnp.ones((len(call), 1, 1)) / p.tauB, call / p.tauB, days, nodes)


def added_formation(gain: Array, p: Remodelling) -> Array:
    """Formation that drugs add beside what resorption calls, healthy adult = 1, [site, patient].

    (gain - 1) at the vertebra, and ``added_limb`` of it at metaphysis and long-bone cortex. It is an amount
    per surface and no share of turnover: P1NP rises by as much in men as in women after menopause
    (PMID 25567777).
    """
    return (gain - 1.0) * jnp.stack([jnp.ones_like(p.added_limb), p.added_limb, p.added_limb])[:, None]
