"""People out of 100: how many in a group by chance alone, and how a count is written."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

OF = 100
"""People in the groups that results are told for."""

RANGE = (0.025, 0.975)
"""Ends of the range that 95 % of groups fall in."""


def by_chance(share: float | np.ndarray) -> np.ndarray:
    """Ends of the range of how many of a group have what each has with this chance [end, ...].

    The end at q is the least k with P(at most k) >= q, P binomial.
    """
    from scipy.special import bdtr

    below = bdtr(np.arange(OF + 1.0), OF, np.clip(share, 0.0, 1.0)[..., None])
    return np.stack([np.argmax(below >= q, axis=-1) for q in RANGE]).astype(float)


def people(cell: Mapping[str, Any]) -> str:
    """The mean of a cell as whole people; ``<1`` for a share that rounding would hide; words for no mean.

    Args:
        cell: ``mean``; where it is None, ``at_most`` (rounded up: a bound rounded down is none) or ``said``.
    """
    mean = cell["mean"]
    if mean is None:
        bound = cell.get("at_most")
        return cell.get("said", "–") if bound is None else f"at most {math.ceil(round(10 * bound, 6)) / 10:g}"
    if 0 < abs(mean) < 0.5:
        return "<1" if mean > 0 else "<1 fewer"
    return ("−" if mean < 0 else "") + f"{abs(mean):.0f}"
