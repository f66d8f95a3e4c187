r"""Keyed chance: every draw is a pure function of (seed, person, mechanism, occasion).

The same person meets the same fate under every plan, whatever the batch, the order of people or the
number of workers, and a new mechanism never shifts the draws of another. The generator is Threefry-2x32
with 20 rounds: the key is (seed, mechanism), the counter (person, occasion).

Source: Salmon JK et al. 2011, Parallel random numbers: as easy as 1, 2, 3, doi:10.1145/2063384.2063405.
"""

from types import ModuleType
from typing import Any
from zlib import crc32

import numpy as np

from brittlestar._shared.arguments import seed_of

_ROTATIONS = ((13, 15, 26, 6), (17, 29, 16, 24))
_PARITY = 0x1BD11BDA


def threefry2x32(key0: Any, key1: Any, count0: Any, count1: Any, xp: ModuleType = np) -> tuple[Any, Any]:
    """Threefry-2x32-20 block function on uint32 arrays; ``xp`` is ``numpy`` or ``jax.numpy``."""
    keys = (key0, key1, key0 ^ key1 ^ xp.uint32(_PARITY))
    x0, x1 = count0 + key0, count1 + key1
    for block in range(5):
        for rotation in _ROTATIONS[block % 2]:
            x0 = x0 + x1
            x1 = (x1 << xp.uint32(rotation)) | (x1 >> xp.uint32(32 - rotation))
            x1 = x1 ^ x0
        x0 = x0 + keys[(block + 1) % 3]
        x1 = x1 + keys[(block + 2) % 3] + xp.uint32(block + 1)
    return x0, x1


def mechanism_key(mechanism: str) -> int:
    """32-bit key of a mechanism's name (CRC-32, the same on every machine and in every version)."""
    return crc32(mechanism.encode())


def _blocks(seed: int, person: Any, mechanism: str, occasion: Any) -> tuple[np.ndarray, np.ndarray]:
    seed = seed_of(seed)
    person, occasion = np.broadcast_arrays(np.asarray(person, np.uint32), np.asarray(occasion, np.uint32))
    with np.errstate(over="ignore"):
        return threefry2x32(np.uint32(seed), np.uint32(mechanism_key(mechanism)), person, occasion)


def uniform(seed: int, person: Any, mechanism: str, occasion: Any = 0) -> np.ndarray:
    """Uniform draws in (0, 1), 52 bits, one per (person, occasion) after broadcasting.

    Args:
        seed: 0 to 2**32 - 1.
        person: integer ids (their low 32 bits are used).
        mechanism: name of what the draw decides, e.g. ``"dropout"``.
        occasion: integer counter within the mechanism, e.g. a visit number.
    """
    high, low = _blocks(seed, person, mechanism, occasion)
    bits = (high.astype(np.uint64) << np.uint64(20)) | (low.astype(np.uint64) >> np.uint64(12))
    return (bits.astype(np.float64) + 0.5) * 2.0**-52


def evenly(seed: int, count: int, mechanism: str) -> np.ndarray:
    """So many numbers in (0, 1) in random order, one from the middle of each of ``count`` equal parts.

    Quantiles at them are draws of a distribution whose mean and shares come out as they are, not by luck;
    several mechanisms together make a Latin hypercube. The same count and key give the same numbers.

    Args:
        seed: 0 to 2**32 - 1.
        count: how many.
        mechanism: name of what the draws decide; each has an order of its own.
    """
    order = np.argsort(uniform(seed, np.arange(count), mechanism))
    return (order + 0.5) / count


def normal(seed: int, person: Any, mechanism: str, occasion: Any = 0) -> np.ndarray:
    """Standard normal draws: the normal quantile of :func:`uniform`."""
    from scipy.special import ndtri

    return ndtri(uniform(seed, person, mechanism, occasion))


def exponential(seed: int, person: Any, mechanism: str, occasion: Any = 0) -> np.ndarray:
    """Unit-rate exponential draws, -ln U of :func:`uniform`."""
    return -np.log(uniform(seed, person, mechanism, occasion))


def poisson_count(unit: np.ndarray, mean: np.ndarray | float) -> np.ndarray:
    """Poisson counts from uniform numbers: the least k with P(at most k) >= unit."""
    from scipy.special import pdtr, pdtrik

    count = np.ceil(pdtrik(unit, mean))
    # The inverse may lie a rounding error above a whole number.
    below = np.maximum(count - 1.0, 0.0)
    return np.where(pdtr(below, mean) >= unit, below, count)
