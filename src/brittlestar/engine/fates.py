"""Fracture fates inside a compiled step: the keyed draws of ``_shared.chance`` on the device.

A person's fractures at a site come where their integrated hazard crosses the arrivals of a unit-rate Poisson
process. The arrivals are keyed by (seed, person, site, number), so the same child meets the same fate under
every plan, and a treatment delays a fracture rather than drawing a new one.
"""

import jax.numpy as jnp
import numpy as np
from jax import Array

from brittlestar._shared.chance import mechanism_key, threefry2x32
from brittlestar.outcomes.fracture import SITES

_KEYS = np.array([[mechanism_key(f"fracture {site}")] for site in SITES], np.uint32)


def waiting_hazard(seed: Array, person: Array, count: Array) -> Array:
    """Unit-rate exponential waiting amounts [site, patient] until fracture number ``count + 1``.

    Args:
        seed: uint32 scalar.
        person: uint32 ids [patient].
        count: fractures so far [site, patient].
    """
    keys = jnp.broadcast_to(jnp.asarray(_KEYS), count.shape)
    seeds = jnp.broadcast_to(seed, count.shape)
    people = jnp.broadcast_to(person, count.shape)
    high, low = threefry2x32(seeds, keys, people, count.astype(jnp.uint32), jnp)
    unit = (high.astype(jnp.float64) + (low.astype(jnp.float64) + 0.5) * 2.0**-32) * 2.0**-32
    return -jnp.log(unit)
