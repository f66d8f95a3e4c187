"""By how much a claim holds: what is compared, less the limit it is held against."""

from collections.abc import Iterable

import numpy as np
from scipy.stats import binomtest


class Margin(float):
    """By how much a claim holds, in the unit of what is compared: above 0 where it holds.

    What is compared with an absent number holds by -inf.
    """

    error: float
    """half its 95 % interval as far as seeds do not show it: they share their parameter sets"""

    def __new__(cls, size: float, error: float = 0.0) -> "Margin":
        """The margin of this size; NaN is -inf."""
        made = super().__new__(cls, -np.inf if np.isnan(size) else size)
        made.error = error
        return made

    def __bool__(self) -> bool:
        return self > 0.0


Holds = bool | np.bool_ | Margin
"""Whether a claim holds: a fact of the simulation, or the margin by which it does."""


def more(x: float, than: float) -> Margin:
    """x - than: a value is more than a limit."""
    return Margin(float(x) - float(than))


def less(x: float, than: float) -> Margin:
    """than - x: a value is less than a limit."""
    return Margin(float(than) - float(x))


def share_less(count: int, of: int, than: float) -> Margin:
    """than - 100 count / of: a share of so many parameter sets is less than a limit, in %.

    The error reaches to the end of Wilson's 95 % interval on the side of the limit
    (doi:10.1080/01621459.1927.10502953).
    """
    share, ends = 100.0 * count / of, binomtest(count, of).proportion_ci(method="wilson")
    return Margin(than - share, 100.0 * ends.high - share if share < than else share - 100.0 * ends.low)


def between(x: float, low: float, high: float) -> Margin:
    """min(x - low, high - x): a value lies between two limits."""
    return Margin(min(float(x) - float(low), float(high) - float(x)))


def close(x: float, y: float, distance: float) -> Margin:
    """distance - abs(x - y): two values are less than this apart."""
    return Margin(float(distance) - abs(float(x) - float(y)))


def all_of(claims: Iterable[Holds]) -> Holds:
    """The least margin of claims that must all hold; a fact that does not hold counts as -inf."""
    found = list(claims)
    margins = [one for one in found if isinstance(one, Margin)]
    facts = all(one for one in found if not isinstance(one, Margin))
    if not margins:
        return facts
    return min(margins) if facts else Margin(-np.inf)
