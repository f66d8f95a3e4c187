"""Counting-process rows: people at risk over (start, stop] with events at stop."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from brittlestar._shared.errors import InputError
from brittlestar.statistics._estimate import Booleans, Floats, Integers
from brittlestar.statistics._inputs import arm_codes, numbers, whole_numbers
from brittlestar.statistics._risk_sets import RiskSets, risk_sets


@dataclass(frozen=True, slots=True)
class Intervals:
    """Counting-process rows: person ``id`` at risk over (start, stop], with ``event`` events at stop.

    ``ignored`` counts events outside their person's follow-up.
    """

    id: Integers
    start: Floats
    stop: Floats
    event: Integers
    ignored: int


@dataclass(frozen=True, slots=True)
class Rows:
    """Complete rows of all trials, people numbered through."""

    trials: int
    trial: Integers
    person: Integers
    start: Floats
    stop: Floats
    event: Integers
    treated: Booleans
    trial_of_person: Integers
    people: Integers
    excluded: Integers

    def sets(self) -> RiskSets:
        return risk_sets(self.trials, self.trial, self.start, self.stop, self.event, self.treated)


def counting_rows(
    trial: ArrayLike,
    id: ArrayLike,
    start: ArrayLike,
    stop: ArrayLike,
    event: ArrayLike,
    treatment: ArrayLike,
    trials: int,
) -> Rows:
    """Check rows, drop incomplete and empty ones, number the people of all trials through."""
    stop = numbers("stop", stop)
    if stop.ndim != 1:
        raise InputError("stop", f"shape {stop.shape}", "one number per row")
    start = np.broadcast_to(numbers("start", start), stop.shape)
    event = whole_numbers("event", event, stop.shape)
    arm = arm_codes(treatment, stop.shape)
    trial = whole_numbers("trial", trial, stop.shape)
    id = np.asarray(id)
    if id.shape != stop.shape:
        raise InputError("id", f"shape {id.shape}", f"one entry per row, shape {stop.shape}")
    if len(stop) and not (np.isfinite(trial).all() and trial.max() < trials):
        raise InputError("trial", float(np.max(trial)), f"whole numbers from 0 to {trials - 1}")
    trial = trial.astype(np.int64)
    # Comparisons with NaN are False, so a missing start or stop drops the row here as well.
    kept = (stop > start) & np.isfinite(stop - start) & np.isfinite(event) & np.isfinite(arm)
    excluded = np.bincount(trial[~kept], minlength=trials)
    trial, start, stop = trial[kept], start[kept], stop[kept]
    _, label = np.unique(id[kept], return_inverse=True)
    width = int(label.max(initial=0)) + 1
    people, person = np.unique(trial * width + label, return_inverse=True)
    home = people // width
    order = np.lexsort((start, person))
    overlap = (person[order][1:] == person[order][:-1]) & (start[order][1:] < stop[order][:-1])
    if overlap.any():
        raise InputError(
            "start", float(start[order][1:][overlap][0]), "rows of one person that do not overlap"
        )
    return Rows(
        trials=trials,
        trial=trial,
        person=person,
        start=start,
        stop=stop,
        event=event[kept].astype(np.int64),
        treated=arm[kept] == 1,
        trial_of_person=home,
        people=np.bincount(home, minlength=trials),
        excluded=excluded,
    )


def intervals(person: ArrayLike, time: ArrayLike, follow_up: ArrayLike) -> Intervals:
    """Turn a list of events into counting-process rows; events of a person at one instant share a row.

    Args:
        person: index of the person of each event, 0..n-1 [event].
        time: time of each event since entry [event].
        follow_up: length of follow-up of every person [person]; everybody is at risk from 0 to there,
            and nobody whose follow-up is 0 or missing.

    Returns:
        One row per event instant and one to the end of follow-up, by person and time.
    """
    follow_up = numbers("follow_up", follow_up).ravel()
    who, when = np.asarray(person).ravel(), numbers("time", time).ravel()
    if len(who) != len(when):
        raise InputError("person", f"{len(who)} entries for {len(when)} times", "one entry per event")
    if len(who) and (who.min() < 0 or who.max() >= len(follow_up)):
        odd = who[(who < 0) | (who >= len(follow_up))][0]
        raise InputError("person", int(odd), f"indices from 0 to {len(follow_up) - 1}")
    who = who.astype(np.int64)
    inside = (when > 0) & (when <= follow_up[who])
    everyone = np.flatnonzero(follow_up > 0)
    ids = np.concatenate([who[inside], everyone])
    stops = np.concatenate([when[inside], follow_up[everyone]])
    counts = np.concatenate(
        [np.ones(int(inside.sum()), dtype=np.int64), np.zeros(len(everyone), dtype=np.int64)]
    )
    order = np.lexsort((stops, ids))
    ids, stops, counts = ids[order], stops[order], counts[order]
    new = np.ones(len(ids), dtype=bool)
    new[1:] = (ids[1:] != ids[:-1]) | (stops[1:] != stops[:-1])
    event = np.bincount(np.cumsum(new) - 1, weights=counts).astype(np.int64) if len(ids) else counts
    ids, stops = ids[new], stops[new]
    starts = np.concatenate([[0.0], stops[:-1]])[: len(stops)]
    starts[np.concatenate([[True], ids[1:] != ids[:-1]])[: len(ids)]] = 0.0
    return Intervals(ids, starts, stops, event, int((~inside).sum()))
