"""Mineral of bone packets by moments: young packets fill in a fast and a slow phase, turnover resets them.

A packet of age t holds c(t) = c_max [1 - a1 e^{-k1 t} - a2 e^{-k2 t}], a1 = 1 - a2. With a turnover rate f
the means mu_q = E[e^{-q t}] for q in (k1, k2) obey mu' = f (1 - mu) - q mu, which gives the mean mineral
without following packets (Ruffoni-Weinkamer model reduced to two exponentials).
"""

from typing import NamedTuple

import jax.numpy as jnp
from jax import Array
from jax.typing import ArrayLike

from brittlestar.bone.integration import relax


class Mineral(NamedTuple):
    """Parameters of ``mineral.toml`` (1/day)."""

    a2: ArrayLike
    k1: ArrayLike
    k2: ArrayLike
    resist: ArrayLike


def moment_rates(k2x: ArrayLike, p: Mineral) -> Array:
    """Decay rates q of the two moments [2, patient]; ``k2x`` speeds secondary mineralisation in OI."""
    k2 = p.k2 * jnp.asarray(k2x)
    return jnp.stack([jnp.broadcast_to(p.k1, k2.shape), k2])


def filling_formation(B: Array, usual: Array, mature: Array, p: Mineral) -> Array:
    """Formation as the mineral of packets answers to it: usual + (B - usual) [m + (1 - m)/(1 + resist)].

    Packets live longer when remodelling is slow and fill up; how far that holds in growing bone is not known,
    so it answers in part until growth is done.

    Args:
        B: formation [patient].
        usual: own drug-free formation at this age [patient].
        mature: share m of the pubertal change that has come [patient].
        p: parameters.
    """
    return usual + (B - usual) * (mature + (1.0 - mature) / (1.0 + p.resist))


def moments(mu: Array, f: Array, slope: Array, q: Array, q_decay: Array, days: ArrayLike) -> Array:
    """Moments at the end of the step: mu' = f (1 - mu) - q mu with f linear in time.

    At the mean rate k = f + q and target f/k exactly; a change of f adds slope (1 - f/k)/k times
    [t/2 (1 + e^{-kt}) - (1 - e^{-kt})/k].

    Args:
        mu: [2, patient].
        f: packet turnover rate, mean over the step [patient], 1/day.
        slope: its change per day [patient].
        q: decay rates [2, patient], 1/day.
        q_decay: exp(-q days), constant over a run.
        days: length of the step.
    """
    one_over_k, decay = 1.0 / (f + q), jnp.exp(-f * days) * q_decay
    target = f * one_over_k
    lag = 0.5 * days * (1.0 + decay) - (1.0 - decay) * one_over_k
    return relax(mu, target, decay) + slope * (1.0 - target) * one_over_k * lag


def steady_moments(f: Array, q: Array) -> Array:
    """Moments at rest: mu = f/(f + q)."""
    return f / (f + q)


def mean_mineral(mu: Array, p: Mineral) -> Array:
    """Mean mineral relative to a full packet: 1 - a1 mu_1 - a2 mu_2."""
    return 1.0 - (1.0 - p.a2) * mu[0] - p.a2 * mu[1]
