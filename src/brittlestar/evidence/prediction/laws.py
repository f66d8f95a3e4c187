"""Laws drawn by their weight: which law holds in a forecast's draw, and sets that stand for all of them."""

from functools import cache

import numpy as np

from brittlestar.evidence.calibration.ensemble import ensemble
from brittlestar.evidence.calibration.rivals import rivals, weights
from brittlestar.model.parameters import Parameters


@cache
def law_weights() -> np.ndarray:
    """Weight of each law, the usual one first [law]."""
    return np.array([weights()[name] for name in ("usual", *rivals())])


def laws_at(shares: np.ndarray, weight: np.ndarray | None = None) -> np.ndarray:
    """Place among the laws at these shares of their weights laid end to end, the usual one 0.

    Args:
        shares: 0 to 1; spread evenly over it they give each law its weight.
        weight: of each law, adding up to 1; :func:`law_weights` if left out.
    """
    return np.searchsorted(np.cumsum(law_weights() if weight is None else weight)[:-1], shares)


def mixed_sets(count: int) -> list[tuple[str, Parameters]]:
    """Parameter sets that stand for the posterior under all laws, each with its law.

    A comb over the weights gives each law its share of the sets, to less than one; of each law those are
    taken that stand for its own posterior. The same count gives the same sets.
    """
    names = ["usual", *rivals()]
    each = np.bincount(laws_at((np.arange(count) + 0.5) / count), minlength=len(names))
    found = []
    for name, sets in zip(names, each.tolist(), strict=True):
        if sets:
            posterior = ensemble(None if name == "usual" else name)
            found += [(name, posterior.parameters(int(i))) for i in posterior.pick(sets)]
    return found
