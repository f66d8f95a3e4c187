"""From drug in bone to its effect on osteoclasts.

An osteoclast meets the drug in the bone it eats: exposure u, in units of the half-effect release rate, lags
the bone content by a few days. Effects: activity x (1 + e)^-s, apoptosis x (1 + e)^(1-s), e the capped exposure.
"""

from collections.abc import Sequence
from typing import NamedTuple

import jax.numpy as jnp
from jax import Array
from jax.typing import ArrayLike

from brittlestar.drugs.catalogue import Shared

_LAG_LIMIT = 0.2
"""Largest |decay rate| (1/day) of the surface input inside one step; keeps it apart from kO."""


class Effect(NamedTuple):
    """Step means of the drug's effect [patient]: 1, 1, 0 without drug."""

    activity: ArrayLike
    apoptosis: ArrayLike
    share: ArrayLike


NO_EFFECT = Effect(1.0, 1.0, 0.0)


def skeletal_mass(height_cm: Array, yT: Array, p: Shared) -> Array:
    """Skeleton relative to a 2500 g adult: (H/165 cm)^2.5 times relative bone amount."""
    return (height_cm / p.mass_height) ** p.mass_power * yT


def drug_input(amount: Array, rate: ArrayLike, ec: Array) -> Array:
    """Exposure input of all drugs together [patient]: sum over drugs of rate * amount / EC50."""
    return jnp.sum(rate * amount / ec, axis=0)


def capped(u: Array, p: Shared) -> Array:
    """e = u^hill / (1 + u^hill/umax): resorption never falls by more than umax/(1 + umax)."""
    u = jnp.maximum(u, 0.0)
    power = jnp.where(u > 0.0, jnp.exp(p.hill * jnp.log(jnp.where(u > 0.0, u, 1.0))), 0.0)
    return power / (1.0 + power / p.umax)


def activity(u: Array, p: Shared) -> Array:
    """Osteoclast activity under exposure u: (1 + e)^-s."""
    return jnp.exp(-p.s * jnp.log1p(capped(u, p)))


def input_decay(start: Array, end: Array, days: ArrayLike) -> Array:
    """Rate at which the surface input falls inside the step, 1/day, bounded."""
    tiny = 1e-30
    return jnp.clip(jnp.log((start + tiny) / (end + tiny)) / days, -_LAG_LIMIT, _LAG_LIMIT)


class Pulse(NamedTuple):
    """Input that starts inside the step: an infusion's drug on the surface, [patient]."""

    input: Array
    """exposure input just after the dose"""
    lam: Array
    """rate at which it falls, 1/day"""
    day: Array
    """time of the dose from the start of the step"""


def lagged(
    u0: Array, surface: Array, buried: ArrayLike, lam: Array, kO: ArrayLike, t: ArrayLike, pulses: Sequence[Pulse] = ()
) -> Array:
    """Exposure after t days: u' = kO (input - u), input = surface e^{-lam t} + buried + pulses.

    Linear, so each pulse adds its own response kO/(kO - lam) (e^{-lam (t - day)} - e^{-kO (t - day)}).
    """
    driven = surface * kO / (kO - lam)
    u = buried + (u0 - buried - driven) * jnp.exp(-kO * t) + driven * jnp.exp(-lam * t)
    for pulse in pulses:
        since = jnp.maximum(t - pulse.day, 0.0)
        gain = pulse.input * kO / (kO - pulse.lam)
        u = u + gain * (jnp.exp(-pulse.lam * since) - jnp.exp(-kO * since))
    return u


def step_effect(
    u0: Array, surface: Array, buried: ArrayLike, lam: Array, days: ArrayLike, p: Shared, pulses: Sequence[Pulse] = ()
) -> tuple[Array, Effect]:
    """Exposure at the end of the step and the step means of the effect (three-point midpoint rule)."""
    means = [jnp.zeros_like(u0)] * 3
    for part in (1.0, 3.0, 5.0):
        u = lagged(u0, surface, buried, lam, p.kO, part * days / 6.0, pulses)
        log1 = jnp.log1p(capped(u, p))
        act, whole = jnp.exp(-p.s * log1), jnp.exp(-log1)
        means = [m + x / 3.0 for m, x in zip(means, (act, act / whole, 1.0 - whole), strict=True)]
    return lagged(u0, surface, buried, lam, p.kO, days, pulses), Effect(*means)
