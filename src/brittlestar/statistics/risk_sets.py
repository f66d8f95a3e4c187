"""Risk sets of two arms at every event time, for many trials at once.

Every analysis of event times below is a function of four whole numbers per event time: people at risk and
events, treated and control. They are counted exactly here, once, for all trials together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from brittlestar.statistics.estimates import Booleans, Floats, Integers, Notes
from brittlestar.statistics.intervals import Intervals


@dataclass(frozen=True, slots=True)
class RiskSets:
    """Counts at the distinct event times of each trial, trial by trial, in time order.

    Attributes:
        trials: number of trials.
        trial: trial of each event time [G].
        at_risk: people under observation just before each time, by arm [2, G].
        events: events at each time, by arm [2, G].
        enters, leaves: each row is at risk at event times enters..leaves-1 [row].
        begin: first event time of each trial, and the end [trials + 1].
        instants: every time at which somebody enters or leaves, in order.
        keys: trial and rank of each event time as one number that rises [G].
    """

    trials: int
    trial: Integers
    at_risk: Integers
    events: Integers
    enters: Integers
    leaves: Integers
    begin: Integers
    instants: Floats
    keys: Integers

    def up_to(self, trial: Integers, at: Floats) -> Integers:
        """Index one past the last event time ≤ ``at`` of ``trial``; arguments broadcast."""
        rank = np.searchsorted(self.instants, at, side="right")
        return np.searchsorted(self.keys, trial * (len(self.instants) + 1) + rank, side="right")

    def running(self, steps: Floats) -> Floats:
        """Cumulative sum over event times with a leading 0: entry i sums the steps before event time i."""
        return np.concatenate([[0.0], np.cumsum(steps)])


def risk_sets(rows: Intervals, treated: Booleans) -> RiskSets:
    """Count the people at risk and the events of both arms at every event time.

    Args:
        rows: at risk over (start, stop], with events at stop.
        treated: arm of each row.
    """
    trials, trial, many = rows.shape[0], rows.trial, len(rows.stop)
    # Ranks, not times, make the keys: ties stay exact however many trials are laid end to end.
    instants, rank = np.unique(np.concatenate([rows.stop, rows.start]), return_inverse=True)
    key = np.tile(trial * (len(instants) + 1), 2) + rank + 1
    stop_key, start_key = key[:many], key[many:]
    keys = np.unique(stop_key[rows.event > 0])
    enters = np.searchsorted(keys, start_key, side="right")
    leaves = np.searchsorted(keys, stop_key, side="right")
    size = len(keys)
    at_risk = np.empty((2, size), dtype=np.int64)
    happened = np.empty((2, size), dtype=np.int64)
    for arm, member in enumerate((~treated, treated)):
        change = np.bincount(enters[member], minlength=size + 1) - np.bincount(
            leaves[member], minlength=size + 1
        )
        at_risk[arm] = np.cumsum(change)[:size]
        fell = member & (rows.event > 0)
        happened[arm] = np.bincount(leaves[fell] - 1, weights=rows.event[fell], minlength=size)[:size]
    which = keys // (len(instants) + 1)
    return RiskSets(
        trials=trials,
        trial=which,
        at_risk=at_risk,
        events=happened,
        enters=enters,
        leaves=leaves,
        begin=np.searchsorted(which, np.arange(trials + 1)),
        instants=instants,
        keys=keys,
    )


LARGEST_LOG_RATIO = 40.0
"""Bracket of β: a ratio of 1e17, beyond which no two arms of people can be told apart in double precision."""

CLOSE, NEWTON_STEPS = 1e-11, 100
"""Steps end where β moves less than this share. Of 6,000 simulated trials none took more than 7; halving the
bracket alone would take 43."""


@dataclass(frozen=True, slots=True)
class CoxFit:
    """Log hazard (or rate) ratio of treated to control in each trial; ``note`` says why there is none."""

    beta: Floats
    information: Floats
    note: Notes


def fit_cox(sets: RiskSets, *, efron: bool) -> CoxFit:
    """Maximise the partial likelihood in one 0/1 covariate, all trials at once, by bracketed Newton steps.

    The score ``D₁ - Σ w·a₁e^β / (a₀ + a₁e^β)`` falls with β, with a₀, a₁ at risk and w events at each time
    (Breslow); Efron's tie handling takes the l-th of d tied events with a_j - (l/d)·d_j at risk. A root
    exists when the score is positive at β = -∞ and negative at +∞.
    """
    d = sets.events.sum(axis=0)
    if efron:
        row = np.repeat(np.arange(len(d)), d)
        order = np.arange(len(row)) - np.repeat(np.cumsum(d) - d, d)
        share = order / d[row]
        a0, a1 = (sets.at_risk[arm][row] - share * sets.events[arm][row] for arm in (0, 1))
        weight = np.ones(len(row))
    else:
        row = np.arange(len(d))
        a0, a1 = sets.at_risk.astype(float)
        weight = d.astype(float)
    trial = sets.trial[row]

    def total(values: Floats) -> Floats:
        # bincount of nothing is of integers, whatever the weights.
        return np.bincount(trial, weights=values, minlength=sets.trials).astype(float)

    treated_events = np.bincount(sets.trial, weights=sets.events[1], minlength=sets.trials)
    control_events = np.bincount(sets.trial, weights=sets.events[0], minlength=sets.trials)
    at_minus_infinity = treated_events - total(weight * (a0 <= 0))
    at_plus_infinity = treated_events - total(weight * (a1 > 0))
    note = np.full(sets.trials, "", dtype=object)
    note[(at_minus_infinity <= 0) | (at_plus_infinity >= 0)] = (
        "the events separate the arms: the ratio has no limit"
    )
    note[treated_events == 0] = "no events among the treated"
    note[control_events == 0] = "no events among controls"
    note[treated_events + control_events == 0] = "no events"

    solvable = note == ""
    beta = np.zeros(sets.trials)
    low, high = (np.full(sets.trials, side * LARGEST_LOG_RATIO) for side in (-1, 1))
    information = np.full(sets.trials, np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        for _ in range(NEWTON_STEPS):
            p = a1 / (a1 + a0 * np.exp(-beta)[trial])
            score = treated_events - total(weight * p)
            information = total(weight * p * (1 - p))
            low, high = np.where(score > 0, beta, low), np.where(score < 0, beta, high)
            step = beta + score / information
            inside = np.isfinite(step) & (step >= low) & (step <= high)
            following = np.where(inside, step, (low + high) / 2)
            moved = np.abs(following - beta) > CLOSE * (1 + np.abs(beta))
            if not (moved & solvable).any():
                break
            beta = np.where(solvable, following, 0.0)
        else:
            note[moved & solvable] = "did not converge"
    beta[note != ""] = np.nan
    information[note != ""] = np.nan
    return CoxFit(beta, information, note)
