"""A limit that is approached, not met: what a physical ceiling does to a quantity that knows none."""

import jax.numpy as jnp
from jax import Array
from jax.typing import ArrayLike


def level_off(x: ArrayLike, start: ArrayLike, most: ArrayLike) -> Array:
    """x up to ``start``, to the last bit; from there, with the same slope, ever slower towards ``most``.

    min(x, start) + (most - start)(1 - e^{-(x - start)+/(most - start)}).
    """
    over, room = jnp.maximum(jnp.subtract(x, start), 0.0), jnp.subtract(most, start)
    return jnp.minimum(x, start) + room * (1.0 - jnp.exp(-over / room))
