"""How good a forecast was: where the result fell in it, its score, and coverage that counts studies."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from scipy.stats import beta

REDRAWN = 4000
"""Times that studies are drawn anew."""

LIMITS = {"50": (0.25, 0.75), "90": (0.05, 0.95)}
"""Level in % -> shares of the draws below its two limits."""


def crps(draws: np.ndarray, found: float) -> float:
    """Continuous ranked probability score E|X - y| - E|X - X'|/2 of equally weighted draws.

    Source:
        Gneiting and Raftery 2007, doi:10.1198/016214506000001437.
    """
    x = np.sort(draws)
    n = len(x)
    spread = 2.0 * np.sum((2.0 * np.arange(1, n + 1) - n - 1.0) * x) / n**2
    return float(np.mean(np.abs(x - found)) - 0.5 * spread)


def log_score(draws: np.ndarray, found: float, noise: float) -> float:
    """ln of the density of a forecast at what was found: the mean over draws of a normal of this SD.

    Args:
        draws: of what is measured, equally weighted.
        found: the result.
        noise: SD with which it was measured.
    """
    z = (found - np.asarray(draws)) / noise
    each = -0.5 * z**2 - np.log(noise * np.sqrt(2.0 * np.pi))
    return float(np.logaddexp.reduce(each) - np.log(len(each)))


def judged(draws: np.ndarray, found: float, unit: float) -> dict[str, Any]:
    """A forecast by its draws, held against what was found; errors, score and width in this unit.

    ``pit``, the probability integral transform, is the share of the draws below the result: even over 0 to 1
    where forecasts are right.
    """
    limits = {name: [float(q) for q in np.quantile(draws, ends)] for name, ends in LIMITS.items()}
    return {
        "mean": float(draws.mean()),
        **{f"interval_{name}": ends for name, ends in limits.items()},
        **{f"inside_{name}": bool(ends[0] <= found <= ends[1]) for name, ends in limits.items()},
        "pit": float(np.mean(draws < found) + 0.5 * np.mean(draws == found)),
        "width_90": (limits["90"][1] - limits["90"][0]) / unit,
        "error": float(abs(draws.mean() - found) / unit),
        "crps": crps(draws, found) / unit,
    }


class Share(NamedTuple):
    """A share with its 95 % limit."""

    value: float
    low: float
    high: float


def share_of_studies(inside: Sequence[bool], study: Sequence[str]) -> Share:
    """Coverage in which every study counts once, whatever the number of its results.

    Results of one study are not independent: each study brings the share of its own inside, and the limit
    is Clopper and Pearson's with as many trials as there are studies, k the sum of the shares:
    Beta(k, n - k + 1) at 2.5 % to Beta(k + 1, n - k) at 97.5 %.

    Source:
        Clopper and Pearson 1934, doi:10.1093/biomet/26.4.404.
    """
    names, flags = np.array(study), np.array(inside, float)
    each = [flags[names == name].mean() for name in dict.fromkeys(study)]
    n, k = len(each), float(np.sum(each))
    low = float(beta.ppf(0.025, k, n - k + 1.0)) if k > 0 else 0.0
    high = float(beta.ppf(0.975, k + 1.0, n - k)) if k < n else 1.0
    return Share(k / n, low, high)


def mean_over_studies(values: Sequence[float], study: Sequence[str]) -> Share:
    """Mean over results with a 95 % interval from drawing whole studies anew (cluster bootstrap).

    Args:
        values: one per result.
        study: of each.
    """
    names, x = np.array(study), np.array(values, float)
    each = list(dict.fromkeys(study))
    sums = np.array([x[names == name].sum() for name in each])
    count = np.array([np.sum(names == name) for name in each], float)
    pick = np.random.default_rng(1).integers(len(each), size=(REDRAWN, len(each)))
    means = sums[pick].sum(axis=1) / count[pick].sum(axis=1)
    low, high = np.quantile(means, (0.025, 0.975))
    return Share(float(x.mean()), float(low), float(high))
