"""The same people before and after: mean changes, and ratios of event rates."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from brittlestar.statistics.estimates import Estimates, Floats, empty_notes, wald
from brittlestar.statistics.inputs import of_trials


def mean_change(y: ArrayLike) -> Estimates:
    """Mean of a change, and Student's t test that it is 0, on n - 1 degrees of freedom.

    Args:
        y: change [trial, person]; NaN where missing.
    """
    y = of_trials("y", y)
    known = np.isfinite(y)
    n = known.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.where(known, y, 0.0).sum(axis=1) / n
        scatter = np.where(known, y - mean[:, None], 0.0)
        se = np.sqrt((scatter**2).sum(axis=1) / (n - 1.0) / n)
    note = empty_notes(len(y))
    note[n == 0] = "nobody was measured"
    return wald(mean, se, note, df=n - 1.0)


def log_rate_ratio(
    count: ArrayLike, time: ArrayLike, before: ArrayLike, before_time: float
) -> tuple[Floats, Floats]:
    """ln of the rate after over the rate before, of the same people, and its variance [trial].

    ``ln(Σy/ΣT) - ln(Σb/(n T_b))``, each person one observation with ``h = (y - rT)/Σy - (b - r_b T_b)/Σb``
    and variance ``n/(n-1) Σh²``: robust to frailty, which makes both counts of a person alike.

    Args:
        count: events after [trial, person]; NaN who takes no part.
        time: time at risk after, as ``count``.
        before: events before.
        before_time: time before, one for all.

    Source:
        Cochran WG. Sampling Techniques. 3rd ed. Wiley, 1977, chapter 6 (ratio of sums).
    """
    count, time, before = (of_trials(n, v) for n, v in (("count", count), ("time", time), ("before", before)))
    known = np.isfinite(count) & np.isfinite(time) & np.isfinite(before)
    y, t, b = (np.where(known, x, 0.0) for x in (count, time, before))
    n, total, earlier = known.sum(axis=1), y.sum(axis=1), b.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        rate, rate_before = total / t.sum(axis=1), earlier / (n * before_time)
        h = (y - rate[:, None] * t) / total[:, None]
        h -= (b - rate_before[:, None] * before_time) / earlier[:, None]
        variance = n / (n - 1.0) * (np.where(known, h, 0.0) ** 2).sum(axis=1)
        return np.log(rate) - np.log(rate_before), variance


def rate_ratio(log: Floats, variance: Floats) -> Estimates:
    """Ratio of rates and Wald's test of 1 from its logarithm and variance [trial].

    A ratio of 0 or infinity, where nothing broke after or before, is no answer.
    """
    note = empty_notes(len(log))
    note[~np.isfinite(log)] = "no event before or after"
    with np.errstate(invalid="ignore"):
        return wald(log, np.sqrt(variance), note, ratio=True)
