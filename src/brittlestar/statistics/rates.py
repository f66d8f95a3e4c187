"""Event counts over different times at risk: the difference of two arms' rates, without a model."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from brittlestar.statistics.estimates import Estimates, empty_notes, wald
from brittlestar.statistics.inputs import counts_at_risk


def rate_difference(count: ArrayLike, time: ArrayLike, treatment: ArrayLike) -> Estimates:
    """Difference of the two arms' rates, ``r = Σy/ΣT``, treated - control.

    ``se² = se₁² + se₀²`` with ``se(r) = √(m/(m-1) · Σ(y - r·T)²) / ΣT`` over the m people of each arm, a
    variance robust to heterogeneity. Rates that do not scatter, such as two rates of 0, keep their difference
    and have no test.

    Args:
        count: events [trial, person]; NaN where missing.
        time: time at risk, above 0, [person] or [trial, person].
        treatment: 0 control, 1 treated, as ``time``.

    Source:
        Cochran WG. Sampling Techniques. 3rd ed. Wiley, 1977, chapter 6 (ratio of sums).
    """
    count, time, arm, known = counts_at_risk(count, time, treatment)
    rates, variances = [], []
    for code in (1, 0):
        mine = known & (arm == code)
        y, t, m = np.where(mine, count, 0.0), np.where(mine, time, 0.0), mine.sum(axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            rate = y.sum(axis=1) / t.sum(axis=1)
            rates.append(rate)
            scatter = ((y - rate[:, None] * t) ** 2).sum(axis=1)
            variances.append(m / (m - 1) * scatter / t.sum(axis=1) ** 2)
    note, difference = empty_notes(len(count)), rates[0] - rates[1]
    note[~np.isfinite(difference)] = "no people in one arm"
    found = wald(difference, np.sqrt(variances[0] + variances[1]), note)
    return replace(found, value=np.where(note == "", difference, np.nan))
