"""Height and weight expected of a person of one OI type, and the way back from a measurement.

The equations are those of ``growth.py``; here in plain NumPy for the door, where a person is described.
"""

from typing import Any

import numpy as np

from brittlestar._shared.parameter_files import load
from brittlestar.people.coding import type_code
from brittlestar.people.reference import median_height_cm, median_weight_kg


def _by_type(name: str, oi_type: Any) -> np.ndarray:
    return load("brittlestar.people", "types.toml")[name].internal[type_code(oi_type)]


def height_ratio(oi_type: Any, age_years: Any) -> np.ndarray:
    """Height over the healthy median, r = r1 + (r0 - r1) e^{-a/tau_r}, of the type's typical person."""
    growth = load("brittlestar.people", "growth.toml")
    birth, adult = _by_type("r0", oi_type), _by_type("r1", oi_type)
    return adult + (birth - adult) * np.exp(-np.asarray(age_years, np.float64) / growth["tau_r"].value)


def expected_height_cm(oi_type: Any, sex: Any, age_years: Any, height_z: Any = 0.0) -> np.ndarray:
    """Height in cm: median x r x (1 + c_H z), with z the person's score among people of the same type."""
    spread = load("brittlestar.people", "growth.toml")["height_cv"].value
    own = 1.0 + spread * np.asarray(height_z, np.float64)
    return median_height_cm(sex, age_years) * height_ratio(oi_type, age_years) * own


def height_z_from_cm(oi_type: Any, sex: Any, age_years: Any, height_cm: Any) -> np.ndarray:
    """Score among people of the same type: z = (H / H_expected - 1) / c_H."""
    spread = load("brittlestar.people", "growth.toml")["height_cv"].value
    return (np.asarray(height_cm, np.float64) / expected_height_cm(oi_type, sex, age_years) - 1.0) / spread


def expected_weight_kg(oi_type: Any, sex: Any, age_years: Any, height_z: Any = 0.0) -> np.ndarray:
    """Weight in kg at the expected body-mass index: W = median x (H / H_median)^2 x bmi."""
    ratio = expected_height_cm(oi_type, sex, age_years, height_z) / median_height_cm(sex, age_years)
    return median_weight_kg(sex, age_years) * ratio**2 * _by_type("bmi", oi_type)
