"""Counts and differences out of 100 people in words."""

from collections.abc import Mapping
from typing import Any

from brittlestar._shared import words
from brittlestar._shared.of_100 import OF
from brittlestar._shared.of_100 import people as people_of_100


def both_ways(cell: Mapping[str, Any]) -> tuple[str, str]:
    """People of 100 who do and who do not; no chance is none and none is all."""
    return some(cell["mean"]), some(OF - cell["mean"])


def some(mean: float) -> str:
    """A count that never says none or all."""
    if mean <= 0.5:
        return "under 1"
    return f"over {OF - 1}" if mean >= OF - 0.5 else people_of_100({"mean": mean})


def signed(mean: float, low: float, high: float, places: int = 0) -> str:
    """A difference in words: "12 fewer (4 to 20 fewer)"."""

    def side(x: float) -> str:
        if round(x, places) == 0:
            return "no difference"
        return f"{words.number(abs(x), places)} {'fewer' if x < 0 else 'more'}"

    return (
        side(mean) if side(low) == side(high) == side(mean) else f"{side(mean)} ({fewer(low, high, places)})"
    )


def fewer(low: float, high: float, places: int) -> str:
    """A range of differences of counts in words: "14 to 30 fewer", "5 fewer to 3 more"."""
    ends = [round(x, places) for x in (low, high)]
    if ends[0] == ends[1]:
        return signed(low, low, low, places)
    if max(ends) <= 0 or min(ends) >= 0:
        near, far = sorted(map(abs, ends))
        said = f"{words.number(near, places)} to {words.number(far, places)}"
        return f"{said} {'fewer' if max(ends) <= 0 else 'more'}"
    return f"{words.number(-ends[0], places)} fewer to {words.number(ends[1], places)} more"
