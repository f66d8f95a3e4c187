"""Power of the negative binomial Wald test in closed form, and the test held against it by simulation."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.stats import nbinom, norm

from brittlestar import statistics
from brittlestar._shared.chance import uniform
from brittlestar.trials.power.pool import TRIALS_AT_ONCE

ACCEPTED_TYPE_I = (0.045, 0.055)
STANDARD_ERRORS = 3.0
"""A simulated power further than this from the formula, in Monte-Carlo SE, fails the check."""


@dataclass(frozen=True)
class Scenario:
    """Counts of two arms: rate of control per year, ratio, dispersion (variance = mean + k mean^2), years."""

    controls: int = 53
    treated: int = 106
    rate: float = 0.75
    ratio: float = 0.6
    dispersion: float = 1.0
    years: float = 1.5


def wald_power(s: Scenario, level: float = 0.05) -> float:
    """Power of the two-sided Wald test of a rate ratio in favour of the treated.

    Phi(-ln ratio/SE - z), SE^2 = (1/(rate T) + k)/n0 + (1/(ratio rate T) + k)/n1: the variance under the
    alternative.

    Source: Zhu and Lakkis 2014 as told by https://rdrr.io/cran/MKmisc/man/power.nb.test.html and
    https://stat.ethz.ch/CRAN/web/packages/gsDesignNB/vignettes/sample-size-nbinom.html.
    """
    mean = s.rate * s.years
    se2 = (1.0 / mean + s.dispersion) / s.controls + (1.0 / (s.ratio * mean) + s.dispersion) / s.treated
    return float(norm.cdf(-np.log(s.ratio) / np.sqrt(se2) - norm.ppf(1.0 - level / 2.0)))


def _counts(s: Scenario, replicates: np.ndarray, seed: int, key: str) -> np.ndarray:
    """Negative binomial counts [trial, person], controls first: the inverse of the distribution function."""
    place = np.arange(s.controls + s.treated)
    u = uniform(seed, replicates[:, None], f"power check {key}", place[None, :])
    counts = np.empty(u.shape)
    for mine, mean in (
        (place < s.controls, s.rate * s.years),
        (place >= s.controls, s.ratio * s.rate * s.years),
    ):
        shape = 1.0 / s.dispersion
        share = shape / (shape + mean)
        top = int(nbinom.isf(1e-14, shape, share)) + 1
        counts[:, mine] = np.searchsorted(nbinom.cdf(np.arange(top), shape, share), u[:, mine])
    return counts


def rejection_rate(
    s: Scenario, replicates: int, seed: int, key: str, *, level: float = 0.05, favour: bool = False
) -> float:
    """Share of simulated trials in which the negative binomial regression rejects "no effect"."""
    arm = np.repeat([0.0, 1.0], [s.controls, s.treated])
    hits = 0
    for start in range(0, replicates, TRIALS_AT_ONCE):
        numbers = np.arange(start, min(start + TRIALS_AT_ONCE, replicates))
        fit = statistics.negative_binomial(
            _counts(s, numbers, seed, key), np.full(len(arm), s.years), arm
        ).rate_ratio
        hits += int(np.sum((fit.p_value < level) & ((fit.value < 1.0) | (not favour))))
    return hits / replicates


def check(replicates: int = 20_000, seed: int = 1, scenario: Scenario | None = None) -> list[dict[str, Any]]:
    """The analysis under the formula's own assumptions: power against the formula, and type I error.

    Args:
        replicates: simulated trials of each kind.
        seed: key of all chance.
        scenario: counts; the default is a trial of 106 and 53 with a rate of 0.75 a year.

    Returns:
        One row per check with value, expected value, Monte-Carlo SE, what is accepted, and PASS or FAIL.
    """
    s = scenario or Scenario()
    null = replace(s, ratio=1.0)
    power, expected = rejection_rate(s, replicates, seed, "power", favour=True), wald_power(s)
    se = float(np.sqrt(expected * (1.0 - expected) / replicates))
    error = rejection_rate(null, replicates, seed, "null")
    low, high = ACCEPTED_TYPE_I
    return [
        {
            "id": "power_formula",
            "label": "Power against the negative binomial Wald formula",
            "value": power,
            "expected": expected,
            "monte_carlo_se": se,
            "accepted": f"within {STANDARD_ERRORS:g} Monte-Carlo SE",
            "status": "PASS" if abs(power - expected) <= STANDARD_ERRORS * se else "FAIL",
            "replicates": replicates,
            "seed": seed,
        },
        {
            "id": "type_i_error",
            "label": "Type I error of the negative binomial regression",
            "value": error,
            "expected": 0.05,
            "monte_carlo_se": float(np.sqrt(0.05 * 0.95 / replicates)),
            "accepted": f"{low:g} to {high:g}",
            "status": "PASS" if low <= error <= high else "FAIL",
            "replicates": replicates,
            "seed": seed,
        },
    ]
