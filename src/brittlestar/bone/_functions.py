"""Three small functions that most bone equations share."""

import jax.numpy as jnp
from jax import Array
from jax.typing import ArrayLike


def relax(x: ArrayLike, target: ArrayLike, decay: ArrayLike) -> Array:
    """Exact end value of x' = k (target - x) after time t, with decay = exp(-k t)."""
    return jnp.asarray(target + (x - target) * decay)


def relax_mean(x: ArrayLike, target: ArrayLike, decay: ArrayLike, kt: ArrayLike) -> Array:
    """Exact mean of the same solution over the step: target + (x - target) (1 - e^{-kt}) / (kt)."""
    return jnp.asarray(target + (x - target) * (1.0 - decay) / kt)


def positive_power(x: Array, exponent: ArrayLike) -> Array:
    """x^exponent for x > 0 as exp(exponent ln x), with a finite derivative at x = 0 (value 0)."""
    safe = jnp.where(x > 0.0, x, 1.0)
    return jnp.where(x > 0.0, jnp.exp(exponent * jnp.log(safe)), 0.0)
