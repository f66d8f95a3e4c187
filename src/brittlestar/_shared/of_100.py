"""How a count of people out of 100 is written: whole people, never a zero that is only small."""

import math
from collections.abc import Mapping
from typing import Any


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
