"""Checks at the door: arrays [trial, person] of numbers, arms, flags and counts, NaN where missing."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from brittlestar._shared.errors import InputError
from brittlestar.statistics.estimates import Booleans, Floats


def numbers(name: str, value: ArrayLike) -> Floats:
    """An array of numbers of any shape."""
    try:
        return np.asarray(value, dtype=float)
    except (TypeError, ValueError):
        raise InputError(name, value, "an array of numbers, NaN where missing") from None


def of_trials(name: str, value: ArrayLike) -> Floats:
    """Numbers [trial, person]."""
    array = numbers(name, value)
    if array.ndim != 2:
        raise InputError(name, f"shape {array.shape}", "an array [trial, person]")
    return array


def per_person(name: str, value: ArrayLike, shape: tuple[int, ...]) -> Floats:
    """Numbers [person] or [trial, person], broadcast to ``shape``."""
    array = numbers(name, value)
    try:
        return np.broadcast_to(array, shape)
    except ValueError:
        raise InputError(name, f"shape {array.shape}", f"one number per person, shape {shape}") from None


def codes(name: str, value: ArrayLike, shape: tuple[int, ...], accepted: str) -> Floats:
    """0 and 1, NaN where missing, broadcast to ``shape``."""
    code = per_person(name, value, shape)
    odd = np.isfinite(code) & (code != 0) & (code != 1)
    if odd.any():
        raise InputError(name, float(code[odd].flat[0]), accepted)
    return code


def arm_codes(value: ArrayLike, shape: tuple[int, ...]) -> Floats:
    """Treatment as 0 (control) and 1 (treated), NaN where missing, broadcast to ``shape``."""
    return codes("treatment", value, shape, "0 for control, 1 for treated")


def event_times(time: ArrayLike, event: ArrayLike) -> tuple[Floats, Floats, Booleans]:
    """Times, whether an event ended them, and who has both [trial, person]."""
    time = of_trials("time", time)
    if (time < 0).any():
        raise InputError("time", float(time[time < 0][0]), "times from 0 up")
    event = codes("event", event, time.shape, "0 or 1 (False or True)")
    return time, event, np.isfinite(time) & np.isfinite(event)


def counts_at_risk(
    count: ArrayLike, time: ArrayLike, treatment: ArrayLike
) -> tuple[Floats, Floats, Floats, Booleans]:
    """Counts 0, 1, 2, ..., time at risk, arm, and who has all of them [trial, person]."""
    count = of_trials("count", count)
    odd = np.isfinite(count) & ((count < 0) | (count != np.floor(count)))
    if odd.any():
        raise InputError("count", float(count[odd].flat[0]), "counts: whole numbers from 0 up")
    time = per_person("time", time, count.shape)
    if (time < 0).any():
        raise InputError("time", float(time[time < 0][0]), "time at risk from 0 up")
    arm = arm_codes(treatment, count.shape)
    return count, time, arm, np.isfinite(count) & np.isfinite(time) & (time > 0) & np.isfinite(arm)
