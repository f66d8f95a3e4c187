"""What interim looks do to a trial: how often it stops at each, when it ends on average, and its level."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from brittlestar.trials.analysis import when_stopped
from brittlestar.trials.interim import bounds, looked_at
from brittlestar.trials.power.endpoints import compared, found
from brittlestar.trials.power.pool import Draw, Pool
from brittlestar.trials.power.share import Tally, share, shift_of
from brittlestar.trials.power.shifts import moved
from brittlestar.trials.protocol import DIFFERENCE, Protocol


class _Ended(NamedTuple):
    """Trials of one pool and size."""

    tally: Tally
    stops: np.ndarray
    """share of trials that end at each look [look]"""
    people: float
    """mean number who have entered by then"""


@dataclass
class Looks:
    """Trials with looks, per size and pool; nothing where the protocol has none."""

    protocol: Protocol
    ended: dict[tuple[int, bool], list[_Ended]] = field(default_factory=dict)
    """(people in a trial, whether an effect is there) -> one entry per pool"""

    def add(self, pool: Pool, draw: Draw) -> None:
        """Draw trials from a pool, let each stop, and count."""
        plan = self.protocol.design.interim
        if plan is None:
            return
        null = draw.null
        pair, endpoint = compared(self.protocol, *draw.arms), looked_at(self.protocol)
        look, hits, without, people = [], 0, 0, []
        by = shift_of(pool, endpoint, draw.arms)
        for batch in pool.trials(draw):
            stop = when_stopped(endpoint, moved(batch, endpoint, by), pair, plan)
            answers = stop.results[DIFFERENCE]
            hits += int(np.sum(found(endpoint, answers, either=null)))
            without += int(np.sum(np.isnan(answers.p_value)))
            entered = np.zeros(batch.shape) if batch.entered is None else batch.entered
            month = np.array(plan.months)[stop.look]
            people.append((entered <= month[:, None]).sum(axis=1))
            look.append(stop.look)
        stops = np.bincount(np.concatenate(look), minlength=len(plan.months)) / draw.trials
        one = _Ended(Tally(draw.trials, hits, without), stops, float(np.concatenate(people).mean()))
        self.ended.setdefault((draw.size, not null), []).append(one)

    def rows(self) -> list[dict[str, Any]]:
        """One row per size: the looks, the power and the level of all together, and when trials end."""
        plan = self.protocol.design.interim
        if plan is None:
            return []
        endpoint, rows = looked_at(self.protocol), []
        for (size, effect), pools in self.ended.items():
            stops = _mean([one.stops for one in pools])
            rows.append(
                {
                    "test": endpoint.id,
                    "label": endpoint.label,
                    "size": size,
                    "effect": effect,
                    "boundary": plan.boundary,
                    "looks": [
                        {"month": month, "information": t, "z": float(z), "stop_share": float(stopped)}
                        for month, t, z, stopped in zip(plan.months, plan.shares, bounds(plan), stops)
                    ],
                    "expected_look": float(stops @ np.arange(1, len(stops) + 1)),
                    "expected_month": float(stops @ np.array(plan.months)),
                    "expected_people": float(np.mean([one.people for one in pools])),
                    **share([one.tally for one in pools]),
                }
            )
        return rows


def _mean(parts: Sequence[np.ndarray]) -> np.ndarray:
    return np.mean(np.stack(parts), axis=0)
