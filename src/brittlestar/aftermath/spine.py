"""Scoliosis of a cohort over a finished course, and with it the shape of its vertebrae."""

from typing import NamedTuple

import numpy as np

from brittlestar._shared.chance import exponential, normal
from brittlestar._shared.parameter_files import DAYS_PER_YEAR
from brittlestar.aftermath.events import Setting
from brittlestar.aftermath.vertebrae import vertebral_shape
from brittlestar.outcomes import spine
from brittlestar.people.reference import median_height_cm

_AGE_STEP = 0.125
"""Years between the ages at which the growth of a reference child is integrated."""
_OLDEST = 130.0
"""Years to which that integral runs."""


class SpineCourse(NamedTuple):
    """Scoliosis and vertebral shape; [T, person] unless said."""

    cobb: np.ndarray
    """degrees, 0 before a curve begins"""
    onset_age_years: np.ndarray
    """age at which the curve passes 10 degrees, infinite within the course if it does not [person]"""
    vertebral_loss: np.ndarray
    """mean share of height lost, over the 13 vertebrae of a lateral view"""
    compressed: np.ndarray
    """vertebrae that have lost 20 % or more"""


def spine_course(s: Setting, p: spine.Spine) -> SpineCourse:
    """Cobb angle and vertebral shape of everyone over the course."""
    loss, compressed = vertebral_shape(s, p)
    cobb, onset = _scoliosis(s, p)
    return SpineCourse(cobb, onset, loss, compressed)


class _Grown(NamedTuple):
    """Integrals from birth over the days of a healthy child of one sex, at the ages of a grid in years."""

    ages: np.ndarray
    growing: np.ndarray
    """integral of the growth factor g"""
    still: np.ndarray
    """integral of (1 - g)+"""


def _grown(sex: int, p: spine.Spine) -> _Grown:
    ages = np.arange(0.0, _OLDEST, _AGE_STEP)
    step = _AGE_STEP * DAYS_PER_YEAR
    g = spine.growth_factor(np.diff(10.0 * median_height_cm(sex, ages)) / step, p)
    growing, still = (np.concatenate([[0.0], np.cumsum(x * step)]) for x in (g, np.maximum(1.0 - g, 0.0)))
    return _Grown(ages, growing, still)


def _scoliosis(s: Setting, p: spine.Spine) -> tuple[np.ndarray, np.ndarray]:
    """Cobb angle [T, person] and age at onset [person]."""
    kind, sex, age0 = s.cohort.oi_type, s.cohort.sex, s.cohort.age_years
    ages = age0 + s.course.time_years[:, None]
    reference = [_grown(code, p) for code in (0, 1)]
    onset = _onset_age(s, ages, reference, p)
    # Nobody's curve grows before it begins.
    since = np.maximum(ages, onset)
    begin = np.where(np.isfinite(onset), onset, 0.0)

    def integral(age: np.ndarray, name: str) -> np.ndarray:
        boys, girls = (np.interp(age, one.ages, getattr(one, name)) for one in reference)
        return np.where(sex == 0, boys, girls)

    growing = np.concatenate([integral(begin, "growing")[None], integral(since, "growing")])
    still = np.concatenate([integral(begin, "still")[None], integral(since, "still")])
    drug_start = s.by_plan([given.drug_start for given in s.plans])
    middle = 0.5 * (s.days[1:] + s.days[:-1])[:, None]
    slowed = spine.early_start(kind, age0 + drug_start / DAYS_PER_YEAR, middle - drug_start, p)
    slowed = np.concatenate([np.ones((1, len(age0))), slowed])
    slope = spine.own_slope(normal(s.seed, s.id, "scoliosis slope"), kind, p)
    gain = slope * np.diff(growing, axis=0) * slowed + p.slope_floor * np.diff(still, axis=0)
    cobb = np.minimum(p.cobb_start + np.cumsum(gain, axis=0), p.cobb_most)
    return np.where(ages >= onset, cobb, 0.0), onset


def _onset_age(s: Setting, ages: np.ndarray, reference: list[_Grown], p: spine.Spine) -> np.ndarray:
    """Age at which the integrated hazard crosses the person's threshold, infinite if it does not [person]."""
    kind, sex, z = s.cohort.oi_type, s.cohort.sex, s.course["ls_z"]
    threshold = exponential(s.seed, s.id, "scoliosis onset")
    per_drive = spine.onset_hazard(kind, 1.0, z[0], z - z[0], p)
    drives = [one.growing + p.onset_floor * one.still for one in reference]

    def by_sex(x: np.ndarray, forward: bool) -> np.ndarray:
        pairs = [(one.ages, drive) if forward else (drive, one.ages) for one, drive in zip(reference, drives)]
        boys, girls = (np.interp(x, *pair) for pair in pairs)
        return np.where(sex == 0, boys, girls)

    drive = by_sex(ages, forward=True)
    steps = np.diff(drive, axis=0) * 0.5 * (per_drive[1:] + per_drive[:-1])
    hazard = np.cumsum(np.concatenate([(drive[0] * per_drive[0])[None], steps]), axis=0)
    begun = hazard >= threshold
    row, person = np.maximum(begun.argmax(axis=0), 1), np.arange(len(threshold))
    row = np.minimum(row, len(ages) - 1)
    low, high = hazard[row - 1, person], hazard[row, person]
    share = np.clip((threshold - low) / np.where(high > low, high - low, 1.0), 0.0, 1.0)
    during = ages[row - 1, person] + share * (ages[row, person] - ages[row - 1, person])
    before = by_sex(threshold / per_drive[0], forward=False)
    return np.where(begun[0], before, np.where(begun.any(axis=0), during, np.inf))
