"""From drug in bone to its effect on osteoclasts.

An osteoclast meets the drug in the bone it eats: exposure u, in units of the half-effect release rate, lags
the bone content by a few days. Effects: activity x (1 + e)^-s, apoptosis x (1 + e)^(1-s), e capped exposure.
"""

from typing import NamedTuple

import jax.numpy as jnp
from jax import Array
from jax.typing import ArrayLike

from brittlestar.drugs.catalogue import Shared


class Effect(NamedTuple):
    """The drug's effect: 1, 1, 0 without drug."""

    activity: ArrayLike
    apoptosis: ArrayLike
    share: ArrayLike


def skeletal_mass(height_cm: Array, yT: Array, p: Shared) -> Array:
    """Skeleton relative to a 2500 g adult: (H/165 cm)^2.5 times relative bone amount."""
    return (height_cm / p.mass_height) ** p.mass_power * yT


def met_of_surface(kdes: ArrayLike, h: Array, Ar: Array, p: Shared) -> Array:
    """Surface drug that an osteoclast meets a day, per amount: kS + w kdes h/(Ar h_ref) [drug, patient].

    What it frees itself, and a share ``w`` of what leaves the mineral by itself, divided among the
    osteoclasts present: their number per bone mass is Ar h_ref/h.

    Args:
        kdes: desorption rate, 1/day [drug, 1].
        h: vertebral Tb.Th, mm [patient].
        Ar: own drug-free turnover [patient].
        p: shared constants.
    """
    return p.kS + p.w * kdes * h / (Ar * p.h_ref)


def capped(u: Array, p: Shared) -> Array:
    """e = u^hill / (1 + u^hill/umax): resorption never falls by more than umax/(1 + umax)."""
    u = jnp.maximum(u, 0.0)
    power = jnp.where(u > 0.0, jnp.exp(p.hill * jnp.log(jnp.where(u > 0.0, u, 1.0))), 0.0)
    return power / (1.0 + power / p.umax)


def activity(u: Array, p: Shared) -> Array:
    """Osteoclast activity under exposure u: (1 + e)^-s."""
    return effect(u, p).activity


class Source(NamedTuple):
    """What feeds the exposure during a step, in EC50 units of the skeleton as it is at the start.

    Each drug's surface amount relaxes towards a rest amount; buried drug changes linearly; the skeleton that
    shares the drug grows at ``growth``.
    """

    start: Array
    """input of surface drug at the start of the step [drug, patient]"""
    rest: Array
    """input it tends to [drug, patient]"""
    decay: Array
    """rate at which it does, 1/day [drug, patient]"""
    buried: Array
    """input of buried drug at the start [patient]"""
    burying: Array
    """its change per day [patient]"""
    growth: Array
    """relative growth of the skeleton, 1/day [patient]"""


def lagged(u0: Array, source: Source, tissues: Array, t: Array, p: Shared) -> Array:
    """Exposure [..., tissue, patient] at times t [..., 1, 1] of the step: u' = kO (input - u).

    With u times skeletal mass as the unknown the input is sums of exponentials and the lag rate is
    k = kO - growth. Each drug adds (start - rest) kO/(k - decay) (e^{-decay t} - e^{-k t}).

    Args:
        u0: exposure at the start [tissue, patient].
        source: the input.
        tissues: how much of the buried drug each tissue meets [tissue, 1].
        t: times since the start of the step, days.
        p: shared constants.
    """
    k = p.kO - source.growth
    gap = k - source.decay
    # Kept apart from zero: an own decay as fast as the lag would divide by it.
    gap = jnp.where(jnp.abs(gap) < 1e-4, 1e-4, gap)
    grown = jnp.exp(source.growth * t)
    quick = jnp.exp(-p.kO * t) * grown
    gain = (source.start - source.rest) * p.kO / gap
    falling = jnp.sum(gain * (jnp.exp(-source.decay * t) - quick), axis=-2, keepdims=True)
    rested = (1.0 - quick) / k
    level = jnp.sum(source.rest, axis=0) + source.buried * tissues
    rising = source.burying * tissues * (t - rested) / k
    return (u0 * quick + falling + p.kO * (level * rested + rising)) / grown


def effect(u: Array, p: Shared) -> Effect:
    """Effects of an exposure: activity (1 + e)^-s, apoptosis (1 + e)^(1 - s), share e/(1 + e)."""
    e = capped(u, p)
    active = jnp.exp(-p.s * jnp.log(1.0 + e))
    return Effect(active, active * (1.0 + e), e / (1.0 + e))
