"""Interim looks: trials that may stop in a month of the calendar, and what they have found when they do.

Information at a look is what the protocol plans, by default its share of the looks; boundaries hold the level
for that plan. What trials really know by then may differ: the simulated type I error of ``power`` holds that.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from functools import cache

import numpy as np
from scipy.special import ndtr, ndtri

from brittlestar.statistics import group_sequential
from brittlestar.trials.answers import Answers, Results
from brittlestar.trials.endpoint import Endpoint
from brittlestar.trials.protocol import DIFFERENCE, Protocol
from brittlestar.trials.protocol_parts import Interim
from brittlestar.trials.replicates import Trials

LEVEL = 0.05
"""Two-sided, of all looks together."""


@dataclass(frozen=True)
class Stopped:
    """Trials at the look at which each stopped."""

    look: np.ndarray
    """number of the look, from 0 [replicate]; the last if no boundary was crossed"""
    results: Results
    """as found then; the p-value of the contrast is below the level where a boundary was crossed"""


_boundaries = cache(group_sequential.boundaries)


def bounds(plan: Interim) -> np.ndarray:
    """|Z| from which each look stops a trial, so that all together err at ``LEVEL``."""
    return _boundaries(plan.boundary, plan.shares, LEVEL)


def looked_at(protocol: Protocol) -> Endpoint:
    """The endpoint of the interim looks, at its latest month; for a protocol that has looks."""
    plan = protocol.design.interim
    assert plan is not None
    return max((e for e in protocol.endpoints if e.id == plan.endpoint), key=lambda e: e.months)


def at_month(t: Trials, month: float) -> Trials:
    """What trials hold in a month of the calendar, counted from the opening of the trial.

    Who has not entered by then has no part in it; a visit is known once its month is over for its person.
    """
    entered = np.zeros(t.shape) if t.entered is None else t.entered
    since = month - entered
    followed = np.minimum(t.followed, since)
    seen = t.month <= followed.ravel()[t.person]
    known = {measure: since[None] >= t.months[measure][:, None, None] for measure in t.values}
    return replace(
        t,
        arm=np.where(since > 0, t.arm, -1),
        followed=followed,
        values={measure: np.where(known[measure], values, np.nan) for measure, values in t.values.items()},
        person=t.person[seen],
        month=t.month[seen],
        site=t.site[seen],
    )


def stopped(plan: Interim, looks: Sequence[Results]) -> Stopped:
    """When each trial stops, and what it has found by then.

    Args:
        plan: of the looks.
        looks: what all trials have found at each.
    """
    c, last = bounds(plan), len(looks) - 1
    p = np.stack([found[DIFFERENCE].p_value for found in looks])
    # A look without an answer stops nothing.
    crossed = p < 2.0 * ndtr(-c)[:, None]
    look = np.where(crossed.any(axis=0), crossed.argmax(axis=0), last)
    trial = np.arange(len(look))

    def chosen(arm: str) -> Answers:
        parts = [found[arm] for found in looks]
        names = [field.name for field in fields(Answers)]
        return Answers(*(np.stack([getattr(part, name) for part in parts])[look, trial] for name in names))

    results = {arm: chosen(arm) for arm in looks[0]}
    found = results[DIFFERENCE]
    z = -ndtri(found.p_value / 2.0)
    months = np.array([f"stopped in month {month:g}" for month in plan.months], dtype=object)
    note = np.where((found.note == "") & (look < last), months[look], found.note).astype(object)
    adjusted = group_sequential.stagewise_p(c, plan.shares, look, z)
    results[DIFFERENCE] = replace(found, p_value=adjusted, note=note)
    return Stopped(look, results)
