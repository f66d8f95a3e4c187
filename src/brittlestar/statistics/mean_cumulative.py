"""Mean cumulative function of recurrent events."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from brittlestar.statistics.estimates import Floats
from brittlestar.statistics.inputs import numbers
from brittlestar.statistics.intervals import Intervals
from brittlestar.statistics.risk_sets import risk_sets


def mean_cumulative_function(rows: Intervals, at: ArrayLike) -> Floats:
    """Mean number of events per person, ``M(t) = Σ d(s)/n(s)`` over event times s ≤ t [trial, time].

    Args:
        rows: people at risk and their events.
        at: times wanted [time].

    Returns:
        NaN beyond the last time at which anyone of a trial is observed.

    Source:
        Lawless JF, Nadeau C. Technometrics 1995;37:158-168, doi:10.1080/00401706.1995.10484300.
    """
    trials, wanted = rows.shape[0], np.atleast_1d(numbers("at", at))
    sets = risk_sets(rows, np.zeros(len(rows.person), dtype=bool))
    mean = sets.running(sets.events[0] / sets.at_risk[0])
    value = mean[sets.up_to(np.arange(trials)[:, None], wanted[None, :])] - mean[sets.begin[:-1, None]]
    last = np.full(trials, -np.inf)
    np.maximum.at(last, rows.trial, rows.stop)
    return np.where(wanted[None, :] > last[:, None], np.nan, value)
