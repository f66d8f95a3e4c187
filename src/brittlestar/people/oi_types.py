"""OI types I, IV, III and healthy: what differs between them, one array entry per type."""

from typing import NamedTuple

from jax.typing import ArrayLike

from brittlestar._shared.parameter_files import fill
from brittlestar.people.coding import TYPES

__all__ = ["TYPES", "OITypes", "load_types"]


class OITypes(NamedTuple):
    """Values of ``types.toml``, each [type] in the order of :data:`TYPES`."""

    act: ArrayLike
    n: ArrayLike
    h: ArrayLike
    om: ArrayLike
    q: ArrayLike
    qL: ArrayLike
    r0: ArrayLike
    r1: ArrayLike
    cm: ArrayLike
    k2x: ArrayLike
    ph: ArrayLike
    qS: ArrayLike
    qK: ArrayLike
    psi: ArrayLike
    bmi: ArrayLike
    lean: ArrayLike
    R: ArrayLike


def load_types() -> OITypes:
    """Default values with their sources in ``types.toml``."""
    return fill(OITypes, "types.toml")
