"""Is the posterior calibrated? Data are simulated from known parameters, which the posterior has to find."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import chi2

from brittlestar._shared.chance import normal, uniform
from brittlestar.evidence.calibration.importance import (
    Draws,
    NormalApproximation,
    Residuals,
    chains,
    copies,
    posterior_draws,
    standard_normal,
)
from brittlestar.evidence.calibration.nearby_mode import refit
from brittlestar.evidence.calibration.surrogate import Surrogate

BINS = 10
"""Of the histogram: the fewest simulations, 30 of 32 truths each, leave 96 to a bin."""

CHAINS, STEPS = 100, 200
"""On the surrogate in each simulation with the model; steps of each chain."""

STEPS_LINEAR = 20
"""Where the surrogate is the model and every step is taken."""


@dataclass(frozen=True)
class Ranks:
    """Where the truth lay in each posterior, 0 to 1 [simulation, parameter]."""

    rank: np.ndarray

    def inside(self, level: float) -> float:
        """Share of truths inside the central interval of this level."""
        return float(np.mean(np.abs(self.rank - 0.5) <= level / 2.0))

    @property
    def histogram(self) -> np.ndarray:
        """Truths by tenth of the posterior; level if it is calibrated."""
        return np.histogram(self.rank, bins=BINS, range=(0.0, 1.0))[0]

    @property
    def p_uniform(self) -> float:
        """chi-square test of the histogram; ranks of one simulation are not independent, so only a guide."""
        expected = self.rank.size / BINS
        return float(chi2.sf(np.sum((self.histogram - expected) ** 2) / expected, BINS - 1))

    def to_dict(self) -> dict[str, float | int]:
        """What is recorded of it."""
        return {
            "simulations": len(self.rank),
            "truths": int(self.rank.size),
            "inside_50": round(self.inside(0.5), 4),
            "inside_90": round(self.inside(0.9), 4),
            "p_uniform": round(self.p_uniform, 4),
        }


def linear_ranks(slopes: np.ndarray, count: int, *, rounds: Sequence[int] = (40, 60), seed: int = 1) -> Ranks:
    """Simulation-based calibration of the whole path (refit, rounds, weights, resampling) on a linear model.

    Talts 2018, arXiv:1804.06788: truths from the prior, data from the truth, rank of the truth in the sets
    that are kept.

    Args:
        slopes: of the model [target, parameter], in prior SDs.
        count: simulations.
        rounds: runs of each.
        seed: key.
    """
    k = slopes.shape[1]
    ranks = np.empty((count, k))
    for i in range(count):
        truth = normal(seed, i, "simulated truth", np.arange(k))
        error = normal(seed, i, "simulated data", np.arange(len(slopes)))

        def residuals(z: np.ndarray, truth: np.ndarray = truth, error: np.ndarray = error) -> np.ndarray:
            return slopes @ (z - truth) - error

        found = refit(residuals, slopes, np.zeros(k), enough=1e-9)
        near = NormalApproximation(found.z, slopes)
        drawn, _ = posterior_draws(residuals, near, rounds=rounds, steps=STEPS_LINEAR, seed=seed + 1 + i)
        kept = copies(drawn.weight, len(drawn.z), seed + i)
        below = np.sum((drawn.z < truth) * kept[:, None], axis=0)
        ranks[i] = (below + uniform(seed, i, "simulated ties", np.arange(k))) / (kept.sum() + 1.0)
    return Ranks(ranks)


def model_ranks(
    residuals: Residuals,
    near: NormalApproximation,
    surrogate: Surrogate,
    drawn: Draws,
    count: int,
    *,
    seed: int = 1,
    progress: Callable[[int, float], None] | None = None,
) -> Ranks:
    """The same with the model itself, around what the data say.

    Truths are members of the ensemble; data are simulated from each by a run of the model, with the errors
    that the targets state, and added to the true data; the posterior of both is found from the surrogate: its
    mode, and chains from the normal approximation there. If the ensemble is the posterior and the surrogate
    the model, truths are spread evenly in it (Säilynoja 2025, arXiv:2502.03279).

    Args:
        residuals: by a run of the model.
        near: normal approximation of the posterior.
        surrogate: that the draws taught.
        drawn: the ensemble.
        count: simulations, each one run of the model.
        seed: key.
        progress: called with the simulations done and the sum of squares at the mode.
    """
    ends = np.cumsum(drawn.weight)
    targets, k = np.arange(len(near.slopes)), len(near.mode)
    ranks = np.empty((count, k))
    for i in range(count):
        truth = drawn.z[np.searchsorted(ends, uniform(seed, i, "simulated member") * ends[-1])]
        data = residuals(truth) + normal(seed, i, "simulated targets", targets)

        def both(z: np.ndarray, data: np.ndarray = data) -> np.ndarray:
            r = surrogate(np.atleast_2d(z - near.mode))
            found = np.concatenate([r, r - data], axis=1)
            return found[0] if z.ndim == 1 else found

        found = refit(both, np.vstack([near.slopes, near.slopes]), near.mode)
        there = NormalApproximation(found.z, found.slopes)
        start = standard_normal(CHAINS, k, seed + i, "simulated posterior")
        x = chains(
            lambda x, there=there, both=both: there.log_ratio(both(there.z(x)), x),
            start,
            steps=STEPS,
            seed=seed + i,
            name="simulated chains",
        )
        below = np.sum(there.z(x) < truth, axis=0)
        ranks[i] = (below + uniform(seed, i, "simulated ties", np.arange(k))) / (CHAINS + 1.0)
        if progress:
            progress(i + 1, found.total)
    return Ranks(ranks)
