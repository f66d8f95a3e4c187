"""Is the posterior calibrated? Data are simulated from known parameters, which the posterior has to find."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.stats import chi2, norm

from brittlestar._shared.chance import normal, uniform
from brittlestar.evidence.calibration.importance import copies, weighted_draws
from brittlestar.evidence.calibration.mode import Misfit, Posterior
from brittlestar.evidence.calibration.nearby_mode import refit

BINS = 10
"""Of the histogram: the fewest simulations, 30 of 32 truths each, leave 96 to a bin."""


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


def linear_ranks(slopes: np.ndarray, count: int, *, draws: int = 400, seed: int = 1) -> Ranks:
    """Simulation-based calibration of the whole path (refit, draws, weights, resampling) on a linear model.

    Talts 2018, arXiv:1804.06788: truths from the prior, data from the truth, rank of the truth in the sets
    that are kept.

    Args:
        slopes: of the model [target, parameter], in prior SDs.
        count: simulations.
        draws: proposals in each.
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
        drawn = weighted_draws(
            residuals, np.zeros(k), np.ones(k), found.z, found.covariance, count=draws, seed=seed + 1 + i
        )
        kept = copies(drawn.weight, draws, seed + i)
        below = np.sum((drawn.theta < truth) * kept[:, None], axis=0)
        ranks[i] = (below + uniform(seed, i, "simulated ties", np.arange(k))) / (kept.sum() + 1.0)
    return Ranks(ranks)


def model_ranks(
    misfit: Misfit,
    posterior: Posterior,
    theta: np.ndarray,
    weight: np.ndarray,
    count: int,
    *,
    seed: int = 1,
    progress: Callable[[int, float], None] | None = None,
) -> Ranks:
    """The same with the model itself, around what the data say.

    Truths are members of the ensemble; data are simulated from each by the model, with the errors that the
    targets state, and added to the true data; the posterior of both is the normal approximation at the
    refitted mode. If the ensemble is the posterior, truths are spread evenly in it (Säilynoja 2025,
    arXiv:2502.03279).

    Args:
        misfit: of the fitted targets.
        posterior: its normal approximation.
        theta: ensemble of ln of the parameters [set, parameter].
        weight: of each set.
        count: simulations, each a refit.
        seed: key.
        progress: called with the simulations done and the sum of squares at the mode.
    """
    ends = np.cumsum(weight) / np.sum(weight)
    targets = np.arange(len(posterior.slopes))
    ranks = np.empty((count, len(posterior.ids)))
    for i in range(count):
        one = theta[np.searchsorted(ends, uniform(seed, i, "simulated member"))]
        truth = (one - posterior.centre) / posterior.prior_sd
        data = misfit.residuals(one) + normal(seed, i, "simulated targets", targets)

        def residuals(z: np.ndarray, data: np.ndarray = data) -> np.ndarray:
            r = misfit.residuals(posterior.centre + posterior.prior_sd * z)
            return np.concatenate([r, r - data])

        start = (posterior.mode - posterior.centre) / posterior.prior_sd
        found = refit(residuals, np.vstack([posterior.slopes, posterior.slopes]), start)
        ranks[i] = norm.cdf((truth - found.z) / np.sqrt(np.diag(found.covariance)))
        if progress:
            progress(i + 1, found.total)
    return Ranks(ranks)
