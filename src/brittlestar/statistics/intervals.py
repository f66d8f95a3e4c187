"""Counting-process rows: people at risk over (start, stop] with events at stop."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from brittlestar._shared.errors import InputError
from brittlestar.statistics.estimates import Booleans, Floats, Integers
from brittlestar.statistics.inputs import numbers, of_trials


@dataclass(frozen=True, slots=True)
class Intervals:
    """Rows of many trials, by person and time: at risk over (start, stop], with ``event`` events at stop.

    ``person`` is the flat place, trial x people + place, in arrays [trial, person] of ``shape``.
    """

    shape: tuple[int, int]
    person: Integers
    start: Floats
    stop: Floats
    event: Integers

    @property
    def trial(self) -> Integers:
        """Trial of each row."""
        return self.person // max(self.shape[1], 1)


def intervals(person: ArrayLike, time: ArrayLike, follow_up: ArrayLike) -> Intervals:
    """Turn a list of events into counting-process rows; events of a person at one instant share a row.

    Args:
        person: flat place of the person of each event [event].
        time: time of each event since entry [event]; events outside their person's follow-up do not count.
        follow_up: length of follow-up of every person [trial, person]; everybody is at risk from 0 to there,
            and nobody whose follow-up is 0 or missing.

    Returns:
        One row per event instant and one to the end of follow-up.
    """
    follow_up = of_trials("follow_up", follow_up)
    shape, follow_up = follow_up.shape, follow_up.ravel()
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
    counts = np.repeat([1, 0], [int(inside.sum()), len(everyone)])
    order = np.lexsort((stops, ids))
    ids, stops, counts = ids[order], stops[order], counts[order]
    new = np.ones(len(ids), dtype=bool)
    new[1:] = (ids[1:] != ids[:-1]) | (stops[1:] != stops[:-1])
    event = np.bincount(np.cumsum(new) - 1, weights=counts).astype(np.int64) if len(ids) else counts
    ids, stops = ids[new], stops[new]
    starts = np.concatenate([[0.0], stops[:-1]])[: len(stops)]
    starts[np.concatenate([[True], ids[1:] != ids[:-1]])[: len(ids)]] = 0.0
    return Intervals((shape[0], shape[1]), ids, starts, stops, event)


def to_first_event(time: Floats, event: Floats, known: Booleans) -> Intervals:
    """One row for everybody who is known [trial, person], at risk from the beginning to their time."""
    person = np.flatnonzero(known)
    beginning = np.full(len(person), -np.inf)
    shape = (time.shape[0], time.shape[1])
    return Intervals(shape, person, beginning, time[known], event[known].astype(np.int64))
