"""Numbers as people hand them over: any real number, and nothing that merely turns into one."""

from collections.abc import Callable
from numbers import Integral, Real
from typing import Any

from brittlestar._shared.errors import InputError

MOST_SEED = 2**32 - 1

Progress = Callable[[int, int], None]
"""Called with how much is done and how much there is in all."""


def real(value: Any) -> float | None:
    """The value as a float; nothing where it is no finite number. Texts and yes/no are no numbers.

    Python's and NumPy's numbers count, and arrays of any library that hold one number.
    """
    if getattr(value, "shape", None) == () and hasattr(value, "item"):
        value = value.item()
    if not isinstance(value, Real) or isinstance(value, bool):
        return None
    try:
        found = float(value)
    except OverflowError:  # a whole number beyond all floats
        return None
    return found if abs(found) < float("inf") else None


def whole(value: Any) -> int | None:
    """The value as an int; nothing where it is no whole number, 2.5 and 2.0 included."""
    if getattr(value, "shape", None) == () and hasattr(value, "item"):
        value = value.item()
    return int(value) if isinstance(value, Integral) and not isinstance(value, bool) else None


def real_between(value: Any, low: float, high: float, where: str, accepted: str) -> float:
    """The number, from low to high.

    Raises:
        InputError: no number, not finite, or outside.
    """
    found = real(value)
    if found is None or not low <= found <= high:
        raise InputError(where, value, f"accepted: {accepted}")
    return found


def whole_between(value: Any, low: int, high: int, where: str) -> int:
    """The whole number, from low to high.

    Raises:
        InputError: no whole number, or outside.
    """
    found = whole(value)
    if found is None or not low <= found <= high:
        raise InputError(where, value, f"accepted: a whole number from {low} to {high}")
    return found


def seed_of(value: Any) -> int:
    """A key of chance.

    Raises:
        InputError: no whole number from 0 to 2**32 - 1.
    """
    return whole_between(value, 0, MOST_SEED, "seed")


def optional_real(value: Any, low: float, high: float, where: str, accepted: str) -> float | None:
    """As :func:`real_between`, or nothing where nothing was said."""
    return None if value is None else real_between(value, low, high, where, accepted)
