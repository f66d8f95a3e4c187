r"""Builds the knots of the lumbar-spine density reference; run as a module to print the CSV.

.. math:: M(a) = m \left(\frac{H(a)}{H(10)}\right)^p
   \left[1 + \frac{d}{1 + e^{(a_p - a)/w_p}}\right] \left[1 - \frac{\delta}{1 + e^{(a - a_s)/w_s}}\right]

Before puberty volumetric density is constant, so that areal density grows as the depth of the vertebra, which
grows as height (p = 1); puberty adds d; newer software reads small children lower by delta. After 26 y the
value at 26 y times the ratio of NHANES decade means. Parameters and sources: ``density.toml``.
"""

import sys

import numpy as np

from brittlestar._shared.parameter_files import load
from brittlestar.people.coding import SEXES
from brittlestar.people.density import REFERENCES
from brittlestar.people.reference import median_height_cm

KNOT_AGES = np.r_[
    0.0, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 2.5, np.arange(3, 9), np.arange(9, 20, 0.5), np.arange(20, 27),
    30, 35.5, 40, 45.5, 50, 55.5, 60, 65.5, 70, 75.5, 80,
]  # fmt: skip

_SIZE_LAW = "size law PMC408435 from the level of Bachrach 1999"
_SOURCES = (
    (3.0, f"{_SIZE_LAW}; between doi:10.1210/jcem-70-5-1330 and PMC3468026"),
    (10.5, f"{_SIZE_LAW}; beside PMID 12022300 and PMID 18548083"),
    (26.5, "Bachrach 1999 (ref:bachrach1999) non-Black"),
    (np.inf, "value at 26 y x decade ratios of PMC12995607 table 3"),
)


def median(name: str, sex: int, age_years: np.ndarray) -> np.ndarray:
    """M of the formula above for one sex at several ages, g/cm2, shape of ``age_years``."""
    from scipy.interpolate import PchipInterpolator

    value = {key: parameter.value for key, parameter in load("brittlestar.people", "density.toml").items()}
    young = np.minimum(age_years, value["adult_age"][0])
    size = (median_height_cm(sex, young) / median_height_cm(sex, 10.0)) ** value["size_exponent"][name]
    rise = (young - value["gain_age"][name][sex]) / value["gain_width"][name][sex]
    puberty = 1.0 + value["gain"][name][sex] / (1.0 + np.exp(-rise))
    fade = (young - value["scanner_age"]) / value["scanner_width"]
    scanner = 1.0 - value["scanner_step"][name] / (1.0 + np.exp(fade))
    adult = PchipInterpolator(value["adult_age"], value["adult_ratio"][SEXES[sex]])
    ratio = adult(np.maximum(age_years, value["adult_age"][0]))
    return value["level"][name][sex] * size * puberty * scanner * ratio


def spread(sex: int, age_years: np.ndarray) -> np.ndarray:
    """S, the SD over the mean, for one sex at several ages."""
    from scipy.interpolate import PchipInterpolator

    file = load("brittlestar.people", "density.toml")
    return PchipInterpolator(file["spread_age"].value, file["spread"].value[SEXES[sex]])(age_years)


def rows() -> list[str]:
    """Lines of ``data/spine_density.csv``, header first."""
    lines = ["reference,sex,age_years,M,S,source"]
    for name in REFERENCES:
        for code, sex in enumerate(SEXES):
            values = zip(KNOT_AGES, median(name, code, KNOT_AGES), spread(code, KNOT_AGES), strict=True)
            for age, m, s in values:
                source = next(text for until, text in _SOURCES if age < until)
                lines.append(f"{name},{sex},{age:g},{m:.5f},{s:.5f},{source}")
    return lines


if __name__ == "__main__":
    sys.stdout.write("\n".join(rows()) + "\n")
