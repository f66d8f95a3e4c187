"""Checks at the door: arrays of numbers, arms, flags and counts, NaN where missing."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from brittlestar._shared.errors import InputError
from brittlestar.statistics._estimate import Booleans, Floats


def numbers(name: str, value: ArrayLike) -> Floats:
    try:
        return np.asarray(value, dtype=float)
    except (TypeError, ValueError):
        raise InputError(name, value, "an array of numbers, NaN where missing") from None


def per_person(name: str, value: ArrayLike, shape: tuple[int, ...]) -> Floats:
    """Numbers broadcast to ``shape``, [person] or [trial, person]."""
    array = numbers(name, value)
    try:
        return np.broadcast_to(array, shape)
    except ValueError:
        raise InputError(name, f"shape {array.shape}", f"one number per person, shape {shape}") from None


def arm_codes(value: ArrayLike, shape: tuple[int, ...]) -> Floats:
    """Treatment as 0 (control) and 1 (treated), NaN where missing, broadcast to ``shape``."""
    arm = per_person("treatment", value, shape)
    odd = np.isfinite(arm) & (arm != 0) & (arm != 1)
    if odd.any():
        raise InputError("treatment", float(arm[odd].flat[0]), "0 for control, 1 for treated")
    return arm


def flags(name: str, value: ArrayLike, shape: tuple[int, ...]) -> Floats:
    """Yes/no as 1 and 0, NaN where missing, broadcast to ``shape``."""
    flag = per_person(name, value, shape)
    odd = np.isfinite(flag) & (flag != 0) & (flag != 1)
    if odd.any():
        raise InputError(name, float(flag[odd].flat[0]), "0 or 1 (False or True)")
    return flag


def whole_numbers(name: str, value: ArrayLike, shape: tuple[int, ...]) -> Floats:
    """Counts 0, 1, 2, ..., NaN where missing, broadcast to ``shape``."""
    count = per_person(name, value, shape)
    odd = np.isfinite(count) & ((count < 0) | (count != np.floor(count)))
    if odd.any():
        raise InputError(name, float(count[odd].flat[0]), "counts: whole numbers from 0 up")
    return count


def event_times(time: ArrayLike, event: ArrayLike, dimensions: int) -> tuple[Floats, Floats, Booleans]:
    """Times, events, and who has both; [person] or [trial, person]."""
    time = numbers("time", time)
    if time.ndim != dimensions:
        wanted = "one number per person" if dimensions == 1 else "an array [trial, person]"
        raise InputError("time", f"shape {time.shape}", wanted)
    if (time < 0).any():
        raise InputError("time", float(time[time < 0][0]), "times from 0 up")
    event = flags("event", event, time.shape)
    return time, event, np.isfinite(time) & np.isfinite(event)
