"""Kaplan-Meier survival."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from brittlestar.statistics.estimates import Floats
from brittlestar.statistics.inputs import event_times, numbers
from brittlestar.statistics.intervals import to_first_event
from brittlestar.statistics.risk_sets import risk_sets


def kaplan_meier(time: ArrayLike, event: ArrayLike, at: ArrayLike) -> Floats:
    """Share without an event, ``S(t) = Π (1 - d/n)`` over event times up to t [trial, time].

    Args:
        time: time to event or censoring [trial, person], any unit; NaN where missing.
        event: 1 event, 0 censored [trial, person].
        at: times wanted [time].

    Returns:
        NaN beyond the last observed time of a trial unless S has reached 0, and where nobody is observed.

    Source:
        Kaplan and Meier 1958, doi:10.1080/01621459.1958.10501452.
    """
    time, event, known = event_times(time, event)
    wanted, trials = np.atleast_1d(numbers("at", at)), len(time)
    rows = to_first_event(time, event, known)
    sets = risk_sets(rows, np.zeros(len(rows.person), dtype=bool))
    d, n = sets.events[0], sets.at_risk[0]
    last = d == n
    with np.errstate(divide="ignore"):
        log_survival = sets.running(np.where(last, 0.0, np.log1p(-d / n)))
    emptied = sets.running(last.astype(float))
    index = sets.up_to(np.arange(trials)[:, None], wanted[None, :])
    first = sets.begin[:-1, None]
    zero = emptied[index] - emptied[first] > 0.5
    survival = np.where(zero, 0.0, np.exp(log_survival[index] - log_survival[first]))
    limit = np.where(known, time, -np.inf).max(axis=1, initial=-np.inf)
    return np.where((wanted[None, :] > limit[:, None]) & (survival > 0), np.nan, survival)
