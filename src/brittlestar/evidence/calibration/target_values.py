"""From readings of typical people to the number that a study published."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.typing import ArrayLike

from brittlestar._shared.parameter_files import load
from brittlestar.evidence.calibration.targets import OVER_SITES, Target
from brittlestar.evidence.calibration.typical_courses import CohortUnderPlan, Reading, TypicalReadings
from brittlestar.evidence.calibration.typical_people import trait


def _fracture(name: str) -> float:
    return float(load("brittlestar.outcomes", "fracture.toml")[name].value)


def with_memory(rate: ArrayLike) -> Array:
    """Long-run rate where each fracture raises the hazard for a while: r = h (1 + a r/(r + k)).

    The expected course has no events and so leaves this out. a is the rise just after a fracture, k its rate
    of fading; r/(r + k) is the mean of a memory that is 1 at each event of a Poisson process and fades. So
    r^2 - B r - h k = 0 with B = h (1 + a) - k, and r = 2 h k/((B^2 + 4 h k)^1/2 - B).
    """
    a, k = _fracture("after_rise"), np.log(2.0) / _fracture("after_half")
    h = jnp.asarray(rate)
    B = h * (1.0 + a) - k
    return 2.0 * h * k / (jnp.sqrt(B**2 + 4.0 * h * k) - B)


def share_fractured(expected: ArrayLike) -> Array:
    """Share with at least one fracture when frailty is gamma with mean 1: 1 - (1 + v H)^(-1/v)."""
    v = trait("frailty_variance")
    return 1.0 - (1.0 + v * jnp.asarray(expected)) ** (-1.0 / v)


Weights = Mapping[CohortUnderPlan, ArrayLike]
"""Weights of typical people by arm, in place of those of their cohort."""


def _arm_value(
    target: Target, arm: CohortUnderPlan, sim: TypicalReadings, flat: ArrayLike, weights: Weights
) -> Array:
    """What the target computes in one arm."""
    typical = sim.people[arm]
    w, flat = jnp.asarray(weights.get(arm, typical.weight)), jnp.asarray(flat)

    def y(months: float) -> Array:
        values = [flat[sim.places[Reading(arm, name, months)]] for name in target.outputs]
        if target.output in OVER_SITES:
            return jnp.asarray(typical.capture) * sum(values)
        return 1.0 - values[0] if target.output == "cortical_solid" else values[0]

    end = y(target.months)
    match target.kind:
        case "level":
            each = end
        case "change":
            each = end - y(target.from_months)
        case "pct_change":
            each = 100.0 * (end / y(target.from_months) - 1.0)
        case "relative":
            each = end / y(target.from_months)
        case "log_ratio":
            each = jnp.log(end / y(target.from_months))
        case "fractures":
            each = end - y(target.from_months)
        case "first_fracture":
            each = share_fractured(end - y(target.from_months))
        case "rate":
            each = with_memory(end)
    return jnp.sum(w * each)


def target_value(
    target: Target, sim: TypicalReadings, flat: ArrayLike, weights: Weights = MappingProxyType({})
) -> Array:
    """The model's value of a target.

    Args:
        target: what is computed.
        sim: who stands for each arm, and where readings sit.
        flat: the readings.
        weights: of people, in arms where those of the cohort shall not do.
    """
    if target.window:
        return sum(target_value(one, sim, flat, weights) for one in target.visits) / len(target.visits)  # type: ignore[return-value]
    values = [_arm_value(target, arm, sim, flat, weights) for arm in target.arms]
    if target.compare is None:
        return values[0]
    own, other, *taken = values
    if taken:
        own, other = own - taken[0], other - taken[0]
    match target.compare:
        case "difference":
            return own - other
        case "ratio":
            return own / other
        case "pct":
            return 100.0 * (own / other - 1.0)
        case "log":
            return jnp.log(own / other)
        case "cloglog":
            return jnp.log(-jnp.log1p(-own)) - jnp.log(-jnp.log1p(-other))


def scaled(target: Target, value: Any) -> Any:
    """On the scale on which ``sd`` is stated."""
    if target.scale == "cloglog":
        return jnp.log(-jnp.log1p(-jnp.asarray(value)))
    return jnp.log(value) if target.scale == "log" else jnp.asarray(value)
