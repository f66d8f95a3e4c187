r"""Lumbar-spine areal bone density of healthy people: what a Z-score is measured against.

.. math:: z = \frac{\mathrm{aBMD}/M(a) - 1}{S(a)}

The default score is the ordinary SD score (L = 1). A fitted Box-Cox power stretches the far lower tail, where
osteogenesis imperfecta lives and no healthy child was measured; :func:`spine_z` offers it for comparison.
Run as a module to see how untreated yearly change moves among the rival references. Reasons, sources and the
conflict between published slopes: ``docs/density-reference.md``.
"""

from functools import cache
from typing import Any

import numpy as np

from brittlestar._shared.cubics import Cubic, monotone_cubic
from brittlestar._shared.errors import InputError, nearest
from brittlestar._shared.parameter_files import load
from brittlestar.people.coding import SEXES, sex_code
from brittlestar.people.tables import table_rows

REFERENCES = ("default", "steep", "flat")
"""``steep`` and ``flat`` bound the doubt below 10 y."""

OLDEST_YEARS = 80.0


@cache
def _curves(name: str, sex: int) -> tuple[Cubic, Cubic]:
    median, spread = knots(name, sex)
    return monotone_cubic(f"density {name} {sex}", *median), monotone_cubic(f"spread {name} {sex}", *spread)


def knots(name: str, sex: int) -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """Ages with ln of the median, and with the spread: points of monotone cubics."""
    wanted = (name, SEXES[sex])
    rows = [row for row in table_rows("spine_density.csv") if (row["reference"], row["sex"]) == wanted]
    age, median, spread = (np.array([float(row[key]) for row in rows]) for key in ("age_years", "M", "S"))
    return (age, np.log(median)), (age, spread)


def spine_reference(sex: Any, age_years: Any, name: str = "default") -> tuple[np.ndarray, np.ndarray]:
    """Median M (g/cm2) and spread S (SD over mean) of lumbar-spine aBMD, birth to 80 y.

    Args:
        sex: words or codes, broadcast against ``age_years``.
        age_years: years; held at the ends of 0-80 y.
        name: one of ``REFERENCES``.

    Raises:
        InputError: an unknown reference or sex.
    """
    if name not in REFERENCES:
        raise InputError("density reference", name, nearest(name, REFERENCES))
    sex, age = np.broadcast_arrays(sex_code(sex), np.asarray(age_years, np.float64))
    age = np.clip(age, 0.0, OLDEST_YEARS)
    boys, girls = (
        (np.exp(median(age)), spread(age)) for median, spread in (_curves(name, code) for code in (0, 1))
    )
    return np.where(sex == 0, boys[0], girls[0]), np.where(sex == 0, boys[1], girls[1])


def spine_z(abmd: Any, sex: Any, age_years: Any, name: str = "default", power: Any = 1.0) -> np.ndarray:
    """Z-score of an areal density (g/cm2); ``power="fitted"`` uses the fitted Box-Cox power of each sex."""
    median, spread = spine_reference(sex, age_years, name)
    if isinstance(power, str):
        if power != "fitted":
            raise InputError("power", power, "accepted: a number, or 'fitted'")
        power = load("brittlestar.people", "density.toml")["box_cox_power"].internal[sex_code(sex)]
    ratio = np.asarray(abmd, np.float64) / median
    return (ratio**power - 1.0) / (power * spread)


def yearly_change_percent(name: str, youngest: float = 4.0, oldest: float = 15.0, z: float = 0.0) -> float:
    """Mean of the 1-year % change of aBMD at constant z, both sexes, ages spread evenly over the range."""
    age = np.linspace(youngest, oldest, 221)
    sex = np.array([[0], [1]], np.int8)
    (m0, s0), (m1, s1) = (spine_reference(sex, age + years, name) for years in (0.0, 1.0))
    return float(100.0 * np.mean(m1 * (1.0 + s1 * z) / (m0 * (1.0 + s0 * z)) - 1.0))


def reference_tables() -> str:
    """What the references say side by side, as ``python -m brittlestar.people.density`` prints it."""
    lines = ["1-year change of lumbar-spine aBMD, % (mean over ages 4-15 y and both sexes)"]
    lines.append(f"{'reference':<10}{'same ratio to M':>17}{'z = -2':>9}{'z = -3.3':>10}{'z = -4.5':>10}")
    for name in REFERENCES:
        cells = [yearly_change_percent(name, z=z) for z in (0.0, -2.0, -3.3, -4.5)]
        lines.append(f"{name:<10}{cells[0]:>17.1f}{cells[1]:>9.1f}{cells[2]:>10.1f}{cells[3]:>10.1f}")
    shares = (0.8, 0.65, 0.5, 0.35)
    lines += ["", "z of a child whose aBMD is a given share of M, default reference: L = 1 | fitted L"]
    lines.append(f"{'sex, age':<12}" + "".join(f"{share:>16.2f}" for share in shares))
    for sex in SEXES:
        for age in (5.0, 11.0, 16.0):
            abmd = np.array(shares) * spine_reference(sex, age)[0]
            pairs = zip(spine_z(abmd, sex, age), spine_z(abmd, sex, age, power="fitted"), strict=True)
            lines.append(
                f"{sex:<8}{age:<4g}" + "".join(f"{one:>8.1f} |{other:>6.1f}" for one, other in pairs)
            )
    return "\n".join(lines)


if __name__ == "__main__":
    print(reference_tables())
