"""Draws of a posterior: from its normal approximation, weighted by what the model itself says of each."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from brittlestar._shared.chance import normal, uniform


@dataclass(frozen=True)
class Draws:
    """Weighted draws of ln of the parameters."""

    theta: np.ndarray
    """[draw, parameter]"""
    log_weight: np.ndarray
    """ln of posterior over proposal density, up to a constant [draw]; -inf where the model breaks"""

    @property
    def weight(self) -> np.ndarray:
        """Self-normalised weights."""
        w = np.exp(self.log_weight - self.log_weight.max())
        return w / w.sum()

    @property
    def effective(self) -> float:
        """Effective number of draws, (sum w)^2 / sum w^2."""
        return float(1.0 / np.sum(self.weight**2))


def proposals(mode: np.ndarray, covariance: np.ndarray, count: int, seed: int) -> tuple[np.ndarray, ...]:
    """Normal draws around the mode [draw, parameter] and their log density up to a constant [draw].

    Draw i is the same however many are drawn.
    """
    index = np.arange(count)[:, None]
    z = normal(seed, index, "posterior draw", np.arange(len(mode))[None, :])
    return mode + z @ np.linalg.cholesky(covariance).T, -0.5 * np.sum(z**2, axis=1)


def weighted_draws(
    residuals: Callable[[np.ndarray], np.ndarray],
    centre: np.ndarray,
    prior_sd: np.ndarray,
    mode: np.ndarray,
    covariance: np.ndarray,
    *,
    count: int,
    seed: int,
    progress: Callable[[int, float], None] | None = None,
) -> Draws:
    """Draws around the mode with weight prior x likelihood / proposal.

    Args:
        residuals: (model - observed)/SD of every target at a draw.
        centre: prior mean of ln of each parameter.
        prior_sd: its SD.
        mode: most probable ln of each parameter.
        covariance: of the normal approximation there.
        count: how many draws; each is a run of the model.
        seed: key of the draws.
        progress: called with the number of draws done and the misfit of the last.
    """
    theta, proposed = proposals(mode, covariance, count, seed)
    log_weight = np.full(count, -np.inf)
    for i, one in enumerate(theta):
        r = residuals(one)
        if np.isfinite(r).all():
            log_weight[i] = -0.5 * (r @ r + np.sum(((one - centre) / prior_sd) ** 2)) - proposed[i]
        if progress:
            progress(i + 1, float(r @ r))
    return Draws(theta, log_weight)


def copies(weight: np.ndarray, keep: int, seed: int) -> np.ndarray:
    """How often each draw is kept, ``keep`` in all: systematic resampling, the least noisy of the unbiased.

    Expected copies are ``keep`` times the weight; the true number differs from that by less than 1.
    """
    ends = np.cumsum(weight) / np.sum(weight)
    comb = (np.arange(keep) + uniform(seed, 0, "posterior resampling")) / keep
    return np.bincount(np.searchsorted(ends, comb), minlength=len(weight))
