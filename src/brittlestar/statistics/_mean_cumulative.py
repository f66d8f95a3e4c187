"""Mean cumulative function of recurrent events, with a variance robust to dependence within a person."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from brittlestar.statistics._counting_process import Rows, counting_rows
from brittlestar.statistics._estimate import Curve, Curves, Floats, empty_notes, quantile
from brittlestar.statistics._inputs import numbers


def mean_cumulative_function(
    id: ArrayLike,
    start: ArrayLike,
    stop: ArrayLike,
    event: ArrayLike,
    at: ArrayLike | None = None,
    *,
    level: float = 0.95,
) -> Curve:
    """Mean number of events per person by time t, with a variance robust to dependence within a person.

    ``M(t) = Σ d(s)/n(s)`` over event times s ≤ t, and
    ``var M(t) = Σ_i [Σ_{s≤t} Y_i(s)/n(s)·(dN_i(s) - d(s)/n(s))]²`` over people i, where Y_i says whether i is
    under observation. The interval is ``M·exp(±z·se/M)``.

    Args:
        id: person of each row [row].
        start, stop: the row is at risk over (start, stop] [row]; NaN where missing.
        event: events at stop: 0, 1, or more at one instant [row].
        at: times wanted; every event time where None.
        level: confidence level.

    Returns:
        The curve; NaN beyond the last time anyone is observed, and NaN limits where M is 0. ``n`` counts
        people, ``excluded`` rows with something missing or stop ≤ start.

    Source:
        Lawless JF, Nadeau C. Technometrics 1995;37:158-168, doi:10.1080/00401706.1995.10484300.
    """
    rows = counting_rows(np.zeros_like(numbers("stop", stop)), id, start, stop, event, 0.0, 1)
    wanted = np.unique(rows.stop[rows.event > 0]) if at is None else np.atleast_1d(numbers("at", at))
    return _mean_cumulative(rows, wanted, level)[0]


def mean_cumulative_function_batch(
    trial: ArrayLike,
    id: ArrayLike,
    start: ArrayLike,
    stop: ArrayLike,
    event: ArrayLike,
    at: ArrayLike,
    *,
    trials: int,
    level: float = 0.95,
) -> Curves:
    """`mean_cumulative_function` of many trials: rows of all trials one after another.

    Args:
        trial: trial of each row, 0..trials-1 [row]. ``id`` need only be unique within a trial.
        id, start, stop, event, at, level: as there.
        trials: number of trials.
    """
    rows = counting_rows(trial, id, start, stop, event, 0.0, trials)
    return _mean_cumulative(rows, np.atleast_1d(numbers("at", at)), level)


def _mean_cumulative(rows: Rows, wanted: Floats, level: float) -> Curves:
    sets, trials = rows.sets(), rows.trials
    d, n = sets.events.sum(axis=0), sets.at_risk.sum(axis=0)
    mean, drift = sets.running(d / n), sets.running(d / n**2)
    index = sets.up_to(np.arange(trials)[:, None], wanted[None, :])
    value = mean[index] - mean[sets.begin[:-1, None]]
    last = np.full(trials, -np.inf)
    np.maximum.at(last, rows.trial, rows.stop)
    se = np.empty_like(value)
    at_risk = np.empty(value.shape, dtype=np.int64)
    own = np.zeros(len(rows.stop))
    fell = rows.event > 0
    own[fell] = rows.event[fell] / n[sets.leaves[fell] - 1]
    for column, moment in enumerate(wanted):
        end = index[rows.trial, column]
        passed = drift[np.minimum(sets.leaves, end)] - drift[np.minimum(sets.enters, end)]
        part = np.where(rows.stop <= moment, own, 0.0) - passed
        influence = np.bincount(rows.person, weights=part, minlength=len(rows.trial_of_person))
        se[:, column] = np.sqrt(np.bincount(rows.trial_of_person, weights=influence**2, minlength=trials))
        under = (rows.start < moment) & (rows.stop >= moment)
        at_risk[:, column] = np.bincount(rows.trial[under], minlength=trials)
    beyond = wanted[None, :] > last[:, None]
    value, se = np.where(beyond, np.nan, value), np.where(beyond, np.nan, se)
    with np.errstate(divide="ignore", invalid="ignore"):
        factor = np.exp(quantile(level) * se / np.where(value > 0, value, np.nan))
    note = empty_notes(trials)
    note[np.bincount(rows.trial, weights=rows.event, minlength=trials) == 0] = "no events"
    note[rows.people == 0] = "no complete rows"
    return Curves(
        wanted,
        value,
        value / factor,
        value * factor,
        se,
        at_risk,
        rows.people,
        rows.people > 0,
        note,
        rows.excluded,
    )
