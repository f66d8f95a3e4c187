"""Height and weight expected of a person of one OI type, and the way back from a measurement.

The equations are those of ``growth.py``; here in plain NumPy for the door, where a person is described.
Sizes are those of the maturational age, see :mod:`brittlestar.people.puberty`.
"""

from typing import Any

import numpy as np

from brittlestar._shared.parameter_files import load
from brittlestar.people.coding import sex_code, type_code
from brittlestar.people.limits import LIMITS
from brittlestar.people.puberty import maturational_age
from brittlestar.people.reference import median_height_cm, median_weight_kg


def _by_type(name: str, oi_type: Any) -> np.ndarray:
    return load("brittlestar.people", "types.toml")[name].internal[type_code(oi_type)]


def height_ratio(oi_type: Any, age_years: Any) -> np.ndarray:
    """Height over the healthy median, r = r1 + (r0 - r1) e^{-a/tau_r}, of the type's typical person."""
    growth = load("brittlestar.people", "growth.toml")
    birth, adult = _by_type("r0", oi_type), _by_type("r1", oi_type)
    return adult + (birth - adult) * np.exp(-np.asarray(age_years, np.float64) / growth["tau_r"].value)


def _mature(sex: Any, age_years: Any, puberty_shift_years: Any) -> np.ndarray:
    return maturational_age(np.asarray(age_years, np.float64), sex_code(sex), puberty_shift_years)[0]


def expected_height_cm(
    oi_type: Any, sex: Any, age_years: Any, height_z: Any = 0.0, *, puberty_shift_years: Any = 0.0
) -> np.ndarray:
    """Height in cm: median x r x (1 + c_H z), with z the score among people of the same type and timing."""
    spread = load("brittlestar.people", "growth.toml")["height_cv"].value
    own = 1.0 + spread * np.asarray(height_z, np.float64)
    age = _mature(sex, age_years, puberty_shift_years)
    return median_height_cm(sex, age) * height_ratio(oi_type, age) * own


def height_z_from_cm(
    oi_type: Any, sex: Any, age_years: Any, height_cm: Any, *, puberty_shift_years: Any = 0.0
) -> np.ndarray:
    """Score among people of the same type and timing: z = (H / H_expected - 1) / c_H."""
    spread = load("brittlestar.people", "growth.toml")["height_cv"].value
    expected = expected_height_cm(oi_type, sex, age_years, puberty_shift_years=puberty_shift_years)
    return (np.asarray(height_cm, np.float64) / expected - 1.0) / spread


def expected_weight_kg(
    oi_type: Any, sex: Any, age_years: Any, height_z: Any = 0.0, *, puberty_shift_years: Any = 0.0
) -> np.ndarray:
    """Weight in kg at the expected body-mass index: W = median x (H / H_median)^2 x bmi."""
    height = expected_height_cm(oi_type, sex, age_years, height_z, puberty_shift_years=puberty_shift_years)
    age = _mature(sex, age_years, puberty_shift_years)
    return median_weight_kg(sex, age) * (height / median_height_cm(sex, age)) ** 2 * _by_type("bmi", oi_type)


GRID = 601
"""Shifts between which the timing that goes with a height is interpolated: a hundredth of a year."""


def timing_of_height(oi_type: Any, sex: Any, age_years: float, height_cm: float, drawn: Any) -> np.ndarray:
    """Shifts of puberty of people who are all as tall, each at the own rank among them [person].

    p(s | H) = N(s / sd) N(z(s)) / H_expected(s) up to a constant, z(s) the score that makes a person of this
    timing as tall: who is short in puberty is more likely late. In infants and adults height tells nothing.

    Args:
        oi_type: of them all.
        sex: of them all.
        age_years: of them all.
        height_cm: of them all.
        drawn: shifts as drawn of people of any height [person]; their ranks are kept.
    """
    from scipy.special import ndtr

    limit, sd = (
        LIMITS["puberty_shift_years"],
        load("brittlestar.people", "traits.toml")["puberty_shift_years"],
    )
    s = np.linspace(limit.low, limit.high, GRID)
    z = height_z_from_cm(oi_type, sex, age_years, height_cm, puberty_shift_years=s)
    expected = expected_height_cm(oi_type, sex, age_years, puberty_shift_years=s)
    ln = -0.5 * ((s / sd.internal) ** 2 + z**2) - np.log(expected)
    density = np.exp(ln - ln.max())
    below = np.concatenate([[0.0], np.cumsum(0.5 * (density[1:] + density[:-1]))])
    return np.interp(ndtr(drawn / sd.internal), below / below[-1], s)
