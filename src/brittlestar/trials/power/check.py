"""The analysis held against theory, and against trials of the simulator in which nothing differs."""

from dataclasses import replace
from typing import Any

import numpy as np
from scipy.stats import nbinom

from brittlestar import statistics
from brittlestar._shared.chance import uniform
from brittlestar._shared.manifest import manifest
from brittlestar.engine import default_parameters, identity
from brittlestar.trials.power.formula import Scenario, wald_power
from brittlestar.trials.power.pool import TRIALS_AT_ONCE
from brittlestar.trials.power.simulation import null_rows, whole_replicates
from brittlestar.trials.protocol_files import load_protocol

SCHEMA = "brittlestar/power-check/1"

REPLICATES = 20_000
"""Simulated trials of each kind: a rejection rate of 5 % has a chance error of 0.15 points."""

ACCEPTED_TYPE_I = (0.045, 0.055)
"""Three times that error on either side of 5 %."""

STANDARD_ERRORS = 3.0
"""A simulated power further than this from the formula, in Monte-Carlo SE, fails the check."""

REST = 1e-14
"""Share of people above the largest count that is drawn: of the 6 million of a check there is nobody."""


def drawn_counts(s: Scenario, replicates: np.ndarray, seed: int, key: str) -> np.ndarray:
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
        top = int(nbinom.isf(REST, shape, share)) + 1
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
            drawn_counts(s, numbers, seed, key), np.full(len(arm), s.years), arm
        ).rate_ratio
        hits += int(np.sum((fit.p_value < level) & ((fit.value < 1.0) | (not favour))))
    return hits / replicates


def check(
    replicates: int = REPLICATES, seed: int = 1, scenario: Scenario | None = None
) -> list[dict[str, Any]]:
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


def check_run(protocol: str, *, replicates: int | None = None, seed: int = 1) -> dict[str, Any]:
    """Content of ``check.json``: the analysis held against theory, and the simulator's own null trials.

    The first two rows test the analysis where theory knows the answer. The others are trials of the simulator
    in which both arms are controls; they are told, not judged: their counts are not negative binomial.
    """
    count = whole_replicates(REPLICATES if replicates is None else replicates)
    chosen = load_protocol(protocol)
    inputs = {"protocol": chosen.inputs, "replicates": count, "check": True}
    return {
        "schema": SCHEMA,
        "manifest": manifest(seed=seed, parameters=identity(default_parameters()), inputs=inputs),
        "trial": {"id": chosen.id, "title": chosen.title},
        "checks": check(count, seed),
        "null": null_rows(chosen, count, seed),
    }
