"""Equations that a program traces and that are worked out of finished courses too: in JAX, and in NumPy."""

from types import ModuleType
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np


def functions_of(*values: Any) -> Any:
    """``jax.numpy`` where one of the values is JAX's, else ``numpy``.

    JAX would compile each operation on arrays of NumPy anew for each of their shapes, which takes longer
    than all of them do.
    """
    chosen: ModuleType = jnp if any(isinstance(value, jax.Array) for value in values) else np
    return chosen
