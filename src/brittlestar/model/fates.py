"""Fracture fates inside a compiled step: the keyed draws of ``_shared.chance`` on the device.

A person's fractures at a site come where their integrated hazard crosses the arrivals of a unit-rate Poisson
process. The arrivals are keyed by (seed, person, site, number), so the same child meets the same fate under
every plan, and a treatment delays a fracture rather than drawing a new one.
"""

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from brittlestar._shared.chance import mechanism_key, threefry2x32
from brittlestar.outcomes.fracture import SITES

_KEYS = np.array([mechanism_key(f"fracture {site}") for site in SITES], np.uint32)


def waiting_hazard(seed: Array, person: Array, site: Array, count: Array) -> Array:
    """Unit-rate exponential waiting amounts until fracture number ``count + 1`` at a site.

    Args:
        seed: uint32 scalar.
        person: uint32 ids [patient].
        site: sites in the order of ``SITES`` [..., patient].
        count: fractures so far there [..., patient].
    """
    keys = jnp.asarray(_KEYS)[site]
    seeds = jnp.broadcast_to(seed, count.shape)
    people = jnp.broadcast_to(person, count.shape)
    high, low = threefry2x32(seeds, keys, people, count.astype(jnp.uint32), jnp)
    unit = (high.astype(float) + (low.astype(float) + 0.5) * 2.0**-32) * 2.0**-32
    return -jnp.log(unit)


def first_waits(seed: Array, person: Array) -> Array:
    """Hazard until the first fracture [site, patient]."""
    none = jnp.zeros((len(SITES), *person.shape), jnp.int32)
    return waiting_hazard(seed, person, jnp.arange(len(SITES))[:, None] + none, none)


def further_waits(seed: Array, person: Array, event: Array, count: Array) -> Array:
    """Hazard until the next fracture [site, patient] where there was an event, else 0.

    Almost always a person breaks at one site in a step, so one draw for each person is enough; all are drawn
    when someone breaks at two.
    """
    sites = jnp.broadcast_to(jnp.arange(len(SITES))[:, None], event.shape)

    def one() -> Array:
        site = jnp.argmax(event, axis=0)
        taken = jnp.take_along_axis(count, site[None], axis=0)[0]
        return jnp.where(event, waiting_hazard(seed, person, site, taken), 0.0)

    def all_sites() -> Array:
        return jnp.where(event, waiting_hazard(seed, person, sites, count), 0.0)

    return jax.lax.cond(jnp.any(jnp.sum(event, axis=0) > 1), all_sites, one)
