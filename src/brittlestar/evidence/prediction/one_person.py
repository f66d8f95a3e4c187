"""One person under plans, with what the science leaves open: sets of the posterior under all laws."""

from functools import cache, partial, wraps
from typing import Any

from brittlestar._shared.arguments import whole_between
from brittlestar.comparison import Comparison
from brittlestar.comparison import compare as under_one_set
from brittlestar.evidence.prediction.laws import mixed_sets
from brittlestar.model.parameters import Parameters

SETS = 16
"""Parameter sets beside the shipped one: an answer waits as long for them as for itself."""

MOST_SETS = 200
"""As many as power takes."""


@cache
def open_sets(count: int = SETS) -> tuple[Parameters, ...]:
    """Sets that stand for the posterior under all laws, as those of predictions and of power do."""
    return tuple(p for _, p in mixed_sets(count)) if count else ()


@wraps(under_one_set)
def compare(*args: Any, sets: int | None = None, **told: Any) -> Comparison:
    count = whole_between(SETS if sets is None else sets, 0, MOST_SETS, "sets")
    return under_one_set(*args, sets=partial(open_sets, count), **told)


compare.__doc__ = str(under_one_set.__doc__).replace(
    "sets: makes parameter sets that the science leaves open, beside the shipped one;",
    "sets: how many parameter sets, of all laws, say what the science leaves open;",
)
