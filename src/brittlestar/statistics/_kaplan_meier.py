"""Kaplan-Meier survival, one trial or many at once."""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import ArrayLike

from brittlestar.statistics._estimate import NAN, Booleans, Curve, Curves, Floats, empty_notes, quantile
from brittlestar.statistics._inputs import event_times, numbers
from brittlestar.statistics._risk_sets import risk_sets


def kaplan_meier(
    time: ArrayLike, event: ArrayLike, at: ArrayLike | None = None, *, level: float = 0.95
) -> Curve:
    """Kaplan-Meier survival with Greenwood's standard error and the log(-log) interval.

    ``S(t) = Π (1 - d/n)``, ``se = S·√Σ d/(n(n-d))``, limits ``S^exp(±z·se/(S·log S))``.

    Args:
        time: time to event or censoring [person], any unit; NaN where missing.
        event: 1 event, 0 censored [person].
        at: times wanted; every event time where None.
        level: confidence level.

    Returns:
        The curve. Where S is 1 or 0 the interval is undefined and NaN; beyond the last observed time S is NaN
        unless it has reached 0.

    Source:
        Kaplan and Meier 1958, doi:10.1080/01621459.1958.10501452, by statsmodels SurvfuncRight; interval:
        Kalbfleisch JD, Prentice RL. The Statistical Analysis of Failure Time Data. 2nd ed. Wiley, 2002.
    """
    from statsmodels.duration.survfunc import SurvfuncRight

    time, event, known = event_times(time, event, 1)
    excluded = int((~known).sum())
    time, event = time[known], event[known]
    wanted = np.unique(time[event == 1]) if at is None else np.atleast_1d(numbers("at", at))
    quantile(level)
    if len(time) == 0:
        blank = np.full(len(wanted), NAN)
        nobody = np.zeros(len(wanted), dtype=np.int64)
        return Curve(wanted, blank, blank, blank, blank, nobody, 0, False, "no observed times", excluded)
    with np.errstate(divide="ignore", invalid="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        fit = SurvfuncRight(time, event)
        place = np.searchsorted(fit.surv_times, wanted, side="right")
        survival = np.concatenate([[1.0], fit.surv_prob])[place]
        se = np.concatenate([[0.0], fit.surv_prob_se])[place]
    at_risk = (time[None, :] >= wanted[:, None]).sum(axis=1)
    survival, low, high, se = _survival_limits(survival, se, wanted > time.max(), level)
    note = "" if (event == 1).any() else "no events"
    return Curve(wanted, survival, low, high, se, at_risk, len(time), True, note, excluded)


def kaplan_meier_batch(time: ArrayLike, event: ArrayLike, at: ArrayLike, *, level: float = 0.95) -> Curves:
    """`kaplan_meier` of many trials at common times.

    Args:
        time: [trial, person]; NaN where missing, or where a trial has fewer people.
        event: [trial, person].
        at: times wanted [time].
        level: confidence level.
    """
    time, event, known = event_times(time, event, 2)
    wanted = np.atleast_1d(numbers("at", at))
    trials, (trial, _) = len(time), np.nonzero(known)
    nobody = np.zeros(len(trial), dtype=bool)
    sets = risk_sets(trials, trial, None, time[known], event[known].astype(np.int64), nobody)
    d, n = sets.events[0], sets.at_risk[0]
    last = d == n
    with np.errstate(divide="ignore"):
        log_survival = sets.running(np.where(last, 0.0, np.log1p(-d / n)))
        greenwood = sets.running(np.where(last, 0.0, d / (n * np.maximum(n - d, 1.0))))
    emptied = sets.running(last.astype(float))
    index = sets.up_to(np.arange(trials)[:, None], wanted[None, :])
    first = sets.begin[:-1, None]
    zero = emptied[index] - emptied[first] > 0.5
    survival = np.where(zero, 0.0, np.exp(log_survival[index] - log_survival[first]))
    se = np.where(zero, np.nan, survival * np.sqrt(np.maximum(greenwood[index] - greenwood[first], 0.0)))
    limit = np.where(known, time, -np.inf).max(axis=1, initial=-np.inf)
    survival, low, high, se = _survival_limits(survival, se, wanted[None, :] > limit[:, None], level)
    at_risk = (known[:, None, :] & (time[:, None, :] >= wanted[None, :, None])).sum(axis=2)
    people = known.sum(axis=1)
    note = empty_notes(trials)
    note[(known & (event == 1)).sum(axis=1) == 0] = "no events"
    note[people == 0] = "no observed times"
    return Curves(wanted, survival, low, high, se, at_risk, people, people > 0, note, time.shape[1] - people)


def _survival_limits(survival: Floats, se: Floats, beyond: Booleans, level: float):
    survival = np.where(beyond & (survival > 0), np.nan, survival)
    inner = (survival > 0) & (survival < 1)
    se = np.where(inner | (survival == 1), se, np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        log = np.where(inner, np.log(survival), np.nan)
        spread = quantile(level) * se / (survival * np.abs(log))
        low, high = np.exp(log * np.exp(spread)), np.exp(log * np.exp(-spread))
    return survival, low, high, se
