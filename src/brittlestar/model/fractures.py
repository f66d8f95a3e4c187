"""Fractures of a row of time: where the integrated hazard crosses the next arrival, and what they leave."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jax import Array
from jax.typing import ArrayLike

from brittlestar.model.parameters import Parameters
from brittlestar.model.skipping import if_anyone
from brittlestar.model.state import State
from brittlestar.outcomes.fracture import LOWER_LIMB

NextFracture = Callable[[Array, Array], Array]
"""From events now and fractures so far to the further hazard until the next one, all [site, patient]."""


def fractures(
    x: State, Lam_old: Array, next_fracture: NextFracture, days: ArrayLike, p: Parameters
) -> tuple[State, Array]:
    """Events where the integrated hazard has crossed the next arrival; at most one per site and row.

    A fracture hurts and raises the risk for a while, from its own time on; in a lower limb it immobilises,
    from the end of the row on.
    Also returns when in the row that was: 0 no fracture, else 1 to 255 as the share that had passed.
    """
    x = jax.lax.optimization_barrier(x)
    event = (x.Lam >= x.E) & (days > 0.0)
    return if_anyone(
        jnp.any(event),
        lambda: _broken(x, Lam_old, event, next_fracture, days, p),
        lambda: (x, jnp.zeros(event.shape, jnp.uint8)),
    )


def _broken(
    x: State, Lam_old: Array, event: Array, next_fracture: NextFracture, days: ArrayLike, p: Parameters
) -> tuple[State, Array]:
    """What events do, and their marks."""
    passed = jnp.clip((x.E - Lam_old) / jnp.where(event, x.Lam - Lam_old, 1.0), 0.0, 1.0)
    when = jnp.where(event, jnp.ceil(1.0 + 254.0 * passed), 0.0).astype(jnp.uint8)
    N = x.N + event
    since = (1.0 - passed) * days
    last = jnp.min(jnp.where(event, since, days), axis=0)
    some = jnp.any(event, axis=0)
    ache, recent = (
        jnp.where(some, jnp.exp(-rate * last), 0.0)
        for rate in (p.pain.fracture_decay, jnp.log(2.0) / p.fracture.after_half)
    )
    waits = jax.lax.optimization_barrier(next_fracture(event, N))
    return x._replace(
        N=N,
        E=x.E + waits,
        ache=x.ache + ache,
        recent=jnp.maximum(x.recent, recent),
        imm=jnp.where(event[LOWER_LIMB], jnp.maximum(x.imm, p.fracture.rest_after_fracture), x.imm),
    ), when
