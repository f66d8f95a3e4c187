"""A crossover of two treatments: each person under both, in one of two orders, both periods pooled.

With y1 and y2 of a person's two periods the effect is the difference between orders of the means of
``(y1 - y2)/2``: what a period does to everybody cancels. What the first treatment still does in the second
period does not cancel: it makes the sums ``y1 + y2`` of the orders differ.

Source: Jones B, Kenward MG. Design and Analysis of Cross-Over Trials. 2nd ed. Chapman & Hall/CRC, 2003.
"""

from typing import NamedTuple

import numpy as np

from brittlestar import statistics
from brittlestar.trials.comparisons import data_of
from brittlestar.trials.endpoint import Endpoint
from brittlestar.trials.protocol import Protocol
from brittlestar.trials.replicates import Trials

CARRY_OVER_LEVEL = 0.1
"""Two-sided level at which sums that differ are told (assumed: the usual one for this weak test)."""

CARRY_OVER = "carry-over: the sums of both periods differ between the orders"


class Crossover(NamedTuple):
    """The effect, and the mean of each treatment over both periods [replicate]."""

    difference: statistics.Estimates
    treated: np.ndarray
    control: np.ndarray


def periods(e: Endpoint) -> tuple[Endpoint, Endpoint]:
    """The endpoint in each of the two periods."""
    assert e.second_period is not None
    first = e.model_copy(update={"second_period": None})
    start, end = e.second_period
    if e.window is not None:
        return first, first.model_copy(update={"window": (start, end)})
    from_month = start if e.kind != "value" else 0.0
    return first, first.model_copy(update={"from_month": from_month, "month": end})


def crossover(e: Endpoint, t: Trials, protocol: Protocol, arm: np.ndarray) -> Crossover:
    """Both periods pooled.

    Args:
        e: the endpoint, with ``second_period``.
        t: the trials.
        protocol: the trial.
        arm: 1 who has the treatment first, 0 who has it second, NaN everyone else [replicate, place].
    """
    both = [data_of(one, t, protocol) for one in periods(e)]
    y1, y2 = (d.amount / d.weight for d in both)
    known = np.isfinite(y1) & np.isfinite(y2)
    found = statistics.ancova(np.where(known, 0.5 * (y1 - y2), np.nan), arm).difference
    carried = statistics.ancova(np.where(known, y1 + y2, np.nan), arm).difference.p_value < CARRY_OVER_LEVEL
    note = np.where(carried & (found.note == ""), CARRY_OVER, found.note).astype(object)

    def mean(y: np.ndarray, code: int) -> np.ndarray:
        return statistics.mean_change(np.where(known & (arm == code), y, np.nan)).value

    return Crossover(
        statistics.Estimates(found.value, found.se, found.p_value, note),
        treated=0.5 * (mean(y1, 1) + mean(y2, 0)),
        control=0.5 * (mean(y1, 0) + mean(y2, 1)),
    )
