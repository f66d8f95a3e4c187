"""A limit that is approached, not met: what a physical ceiling does to a quantity that knows none."""

import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.typing import ArrayLike


def level_off(x: ArrayLike, start: ArrayLike, most: ArrayLike) -> Array:
    """x up to ``start``, to the last bit; from there, with the same slope, ever slower towards ``most``.

    min(x, start) + (most - start)(1 - e^{-(x - start)+/(most - start)}).
    """
    over, room = jnp.maximum(jnp.subtract(x, start), 0.0), jnp.subtract(most, start)
    return jnp.minimum(x, start) + room * (1.0 - jnp.exp(-over / room))


def held_back(y: ArrayLike, start: ArrayLike, most: ArrayLike) -> np.ndarray:
    """Share of x that :func:`level_off` has taken away, 0 to 1, from the y that it left."""
    room = np.subtract(most, start)
    over = np.clip(np.subtract(y, start) / room, 0.0, 1.0 - 1e-12)
    return np.where(over > 0.0, 1.0 - np.asarray(y) / (start - room * np.log1p(-over)), 0.0)
