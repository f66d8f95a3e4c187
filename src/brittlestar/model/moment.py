"""A moment and a span: where everyone is, and the time that is followed next in one go."""

from typing import NamedTuple

import jax.numpy as jnp
from jax import Array
from jax.typing import ArrayLike

from brittlestar.bone.integration import Nodes, gauss
from brittlestar.model.healthy import Healthy, healthy_at, own_height
from brittlestar.model.parameters import Parameters
from brittlestar.model.skeleton import Amounts, amounts
from brittlestar.model.state import State, Traits

SHORTEST = 1e-6
"""Days below which a span has no length: far below hours, far above the rounding of a day in 80 years."""

QUIET = gauss(3)
"""Points of a span without a recent infusion: exact for cubics, as smooth as a week without a dose is."""

AFTER_INFUSION = gauss(6, crowding=2)
"""Points of a span that may begin with an infusion: the effect sets in in hours, as the root of time."""


class Moment(NamedTuple):
    """Everyone at one time: the state, and what a step hands to the next beside it."""

    state: State
    healthy: Healthy
    """references of this age and sex"""
    amounts: Amounts
    """bone amounts"""
    pace: Amounts
    """their change per day over the last span"""


class Span(NamedTuple):
    """A stretch of time."""

    days: ArrayLike
    """its length, one for all or [patient]"""
    end_age: Array
    """age at its end, years [patient]"""
    healthy: Healthy
    """references at its end"""
    after_infusion: bool
    """whether it may begin with an infusion or follow closely on one"""

    @property
    def length(self) -> Array:
        """Days to divide by."""
        return jnp.maximum(self.days, SHORTEST)

    @property
    def nodes(self) -> Nodes:
        """Points at which what is fast is followed."""
        return AFTER_INFUSION if self.after_infusion else QUIET


def moment_at(x: State, age: Array, tr: Traits, rows: Array, p: Parameters) -> Moment:
    """A state at an age, with bone amounts at a standstill.

    Args:
        x: state.
        age: years [patient].
        tr: constants of each patient.
        rows: healthy references, from :func:`brittlestar.model.healthy_table.table`.
        p: parameters.
    """
    a = healthy_at(age, tr, rows)
    y = amounts(x, a, own_height(a, tr), p)
    return Moment(x, a, y, Amounts(*(jnp.zeros_like(v) for v in y)))


def hand_over(before: Moment, state: State, y: Amounts, span: Span) -> Moment:
    """The moment at the end of a span; one of no length leaves the pace as it was."""
    real = span.days > SHORTEST
    pace = [
        jnp.where(real, (then - now) / span.length, v)
        for then, now, v in zip(y, before.amounts, before.pace, strict=True)
    ]
    return Moment(state, span.healthy, y, Amounts(*pace))
