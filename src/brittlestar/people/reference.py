"""Height and weight of healthy people: the CDC 2000 growth reference and its adult extension.

Source: CDC 2000 growth charts, https://www.cdc.gov/growthcharts/cdc_charts.htm (``data/README.md``).
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from brittlestar._shared.cubics import Cubic, monotone_cubic
from brittlestar.people.coding import SEXES, sex_code
from brittlestar.people.tables import table_rows

LENGTH_MINUS_STATURE_CM = 0.8
"""Recumbent length exceeds standing height by this much (CDC 2000, the step between its two tables)."""

STATURE_FROM_YEARS = 2.0
ADULT_YEARS = 20.0
OLDEST_YEARS = 90.0
Z_LOWEST = -5.0
"""Below this z the Box-Cox tail of a height reference is not a statement about people."""


@cache
def lms_table(measure: str, sex: int) -> np.ndarray:
    """Rows (age_years, L, M, S) of ``"height"`` or ``"weight"``, array ``[rows, 4]``; height ends at 20 y."""
    rows = [
        [float(row[key]) for key in ("age_years", "L", "M", "S")]
        for name in ("cdc_lms.csv", "cdc_adult_assumed.csv")
        for row in table_rows(name)
        if (row["measure"], row["sex"]) == (measure, SEXES[sex])
    ]
    return np.array(rows)


@cache
def _median_curve(measure: str, sex: int) -> Cubic:
    return monotone_cubic(f"{measure} {sex}", *knots(measure, sex))


def knots(measure: str, sex: int) -> tuple[np.ndarray, np.ndarray]:
    """Ages, and medians of ``"height"`` or ``"weight"`` there; between them it is a monotone cubic."""
    age, _, median, _ = lms_table(measure, sex).T
    if measure == "height":
        median = median - np.where(age < STATURE_FROM_YEARS - 1e-9, LENGTH_MINUS_STATURE_CM, 0.0)
        # CDC's two tables meet at 2 y with different slopes; quarter-year knots are smooth across the joint.
        keep = np.union1d(np.flatnonzero(age < 0.5), np.r_[np.arange(0, age.size, 3), age.size - 1])
        age, median = age[keep], median[keep]
    return age, median


def _by_sex(measure: str, sex: Any, age_years: Any, last: float) -> np.ndarray:
    sex, age = np.broadcast_arrays(sex_code(sex), np.asarray(age_years, np.float64))
    age = np.clip(age, 0.0, last)
    return np.where(sex == 0, _median_curve(measure, 0)(age), _median_curve(measure, 1)(age))


def median_height_cm(sex: Any, age_years: Any) -> np.ndarray:
    """Median standing height, cm, broadcast over sex and age; constant after 20 y.

    Below 2 y it is length minus 0.8 cm, so that height does not step down when a child stands up.
    """
    return _by_sex("height", sex, age_years, ADULT_YEARS)


def median_weight_kg(sex: Any, age_years: Any) -> np.ndarray:
    """Median weight, kg, broadcast over sex and age (after 20 y: assumed)."""
    return _by_sex("weight", sex, age_years, OLDEST_YEARS)


@cache
def _length_and_stature(sex: int) -> tuple[np.ndarray, np.ndarray]:
    """The table of height in two pieces that each hold one measurement.

    Height is length before 2 y and stature from then on, and nothing is interpolated between the two: the
    rows of length end with the first row of stature written as length (0.8 cm more, the same SD in cm).
    """
    table = lms_table("height", sex)
    first = int(np.searchsorted(table[:, 0], STATURE_FROM_YEARS - 1e-6))
    _, power, median, spread = table[first]
    length = median + LENGTH_MINUS_STATURE_CM
    last = (STATURE_FROM_YEARS, power, length, spread * median / length)
    return np.vstack([table[:first], last]), table[first:]


def _lms_at(sex: Any, age_years: Any) -> tuple[np.ndarray, ...]:
    """L, M and S of height at these ages, linear between rows of one measurement."""
    sex, age = np.broadcast_arrays(sex_code(sex), np.asarray(age_years, np.float64))

    def column(code: int, k: int) -> np.ndarray:
        length, stature = (np.interp(age, piece[:, 0], piece[:, k]) for piece in _length_and_stature(code))
        return np.where(age < STATURE_FROM_YEARS, length, stature)

    return tuple(np.where(sex == 0, column(0, k), column(1, k)) for k in (1, 2, 3))


def height_z(
    sex: Any, age_years: Any, height_cm: Any, recumbent: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """CDC height z-score, z = ((H/M)^L - 1) / (L S), and whether it lies inside the reference.

    Args:
        sex: words or codes.
        age_years: years.
        height_cm: standing height; with ``recumbent`` length, which is what CDC tabulates below 2 y.
        recumbent: the measurement was taken lying down.

    Returns:
        z and a boolean array: False where z is below -5 (type III mostly), a number for display only.
    """
    infant = np.asarray(age_years, np.float64) < STATURE_FROM_YEARS
    shift = np.where(infant, 0.0 if recumbent else 1.0, -1.0 if recumbent else 0.0) * LENGTH_MINUS_STATURE_CM
    power, median, spread = _lms_at(sex, age_years)
    z = (((np.asarray(height_cm, np.float64) + shift) / median) ** power - 1.0) / (power * spread)
    return z, z >= Z_LOWEST


@dataclass(frozen=True)
class GrowthTable:
    """Medians on a grid of ages, arrays ``[2, ages]`` with the sexes in code order.

    ``height_velocity_cm_per_year`` is the slope of ``height_cm``, never negative and 0 from 20 y.
    """

    age_years: np.ndarray
    height_cm: np.ndarray
    weight_kg: np.ndarray
    height_velocity_cm_per_year: np.ndarray


def growth_table(step_years: float = 0.125) -> GrowthTable:
    """Default medians from birth to 90 y for table look-up inside a simulation."""
    age = np.arange(0.0, OLDEST_YEARS + step_years / 2, step_years)
    inside = np.minimum(age, ADULT_YEARS)
    slope = np.stack([_median_curve("height", sex).derivative()(inside) for sex in (0, 1)])
    sexes = np.array([[0], [1]], np.int8)
    return GrowthTable(
        age_years=age,
        height_cm=median_height_cm(sexes, age),
        weight_kg=median_weight_kg(sexes, age),
        height_velocity_cm_per_year=np.where(age < ADULT_YEARS, np.maximum(slope, 0.0), 0.0),
    )
