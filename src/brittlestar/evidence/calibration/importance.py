"""Draws of a posterior: Markov chains on what was learned of the model, weighted by the model itself."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np

from brittlestar._shared.chance import normal, uniform
from brittlestar.evidence.calibration.pareto import smoothed
from brittlestar.evidence.calibration.surrogate import Surrogate

ROUNDS = (300, 150, 150, 150, 150, 150, 150)
"""Runs of the model: the first at draws of the normal approximation, later ones where all before say."""

STEPS = 400
"""Of each Markov chain; a chain gives one draw."""

FAR = 15.0
"""A surrogate does not learn from runs whose ln density lies this far below the lower quartile."""

Residuals = Callable[[np.ndarray], np.ndarray]
"""Misfits, independent and of variance 1, at z = (ln value - centre)/SD of the prior; z is N(0, 1) there."""


@dataclass(frozen=True)
class NormalApproximation:
    """Of a posterior at its mode: z = mode + root x with x standard normal."""

    mode: np.ndarray
    """z [parameter]"""
    slopes: np.ndarray
    """derivatives of the residuals by z there [target, parameter]"""

    @cached_property
    def root(self) -> np.ndarray:
        """Of the covariance (J'J + 1)^-1."""
        return np.linalg.cholesky(np.linalg.inv(self.slopes.T @ self.slopes + np.eye(len(self.mode))))

    def z(self, x: np.ndarray) -> np.ndarray:
        """Parameters [..., parameter] at standard coordinates."""
        return self.mode + x @ self.root.T

    def log_ratio(self, residuals: np.ndarray, x: np.ndarray) -> np.ndarray:
        """ln of prior times likelihood over the normal approximation, up to a constant.

        Args:
            residuals: at x [..., target].
            x: standard coordinates [..., parameter].
        """
        squares = np.sum(residuals**2, axis=-1) + np.sum(self.z(x) ** 2, axis=-1)
        return 0.5 * (np.sum(x**2, axis=-1) - squares)


@dataclass(frozen=True)
class Draws:
    """Weighted draws of z."""

    z: np.ndarray
    """[draw, parameter]"""
    residuals: np.ndarray
    """not finite where the model breaks [draw, target]"""
    log_weight: np.ndarray
    """ln of posterior over density of the draws, up to a constant; -inf where the model breaks [draw]"""

    @cached_property
    def _smoothed(self) -> tuple[np.ndarray, float]:
        return smoothed(self.log_weight)

    @property
    def weight(self) -> np.ndarray:
        """Self-normalised, Pareto-smoothed [draw]."""
        w = np.exp(self._smoothed[0])
        return w / w.sum()

    @property
    def pareto_k(self) -> float:
        """Shape of the tail of the weights: below 0.7 they can be trusted."""
        return self._smoothed[1]

    @property
    def effective(self) -> float:
        """Effective number of draws, (sum w)^2 / sum w^2."""
        return float(1.0 / np.sum(self.weight**2))


def standard_normal(count: int, size: int, seed: int, name: str) -> np.ndarray:
    """Keyed draws [draw, parameter]; draw i is the same however many are drawn."""
    return normal(seed, np.arange(count)[:, None], name, np.arange(size)[None, :])


def chains(
    log_ratio: Callable[[np.ndarray], np.ndarray], start: np.ndarray, *, steps: int, seed: int, name: str
) -> np.ndarray:
    """Where Markov chains end whose target has density exp(log_ratio(x)) against N(0, 1) [chain, parameter].

    Preconditioned Crank-Nicolson steps (Cotter SL et al. 2013, doi:10.1214/13-STS421):
    x' = sqrt(1 - b^2) x + b n, n standard normal, taken with probability exp(log_ratio(x') - log_ratio(x)).
    b is drawn anew for each step, evenly between 0 and 1: some are short, and some cross the posterior.

    Args:
        log_ratio: of many points [point].
        start: [chain, parameter].
        steps: of every chain.
        seed: key.
        name: of the chance.
    """
    x, now = start, log_ratio(start)
    size = start.shape[1]
    chain = np.arange(len(start))
    for step in range(steps):
        first = step * (size + 2)
        move = normal(seed, chain[:, None], name, first + np.arange(size)[None, :])
        b = uniform(seed, chain, name, first + size)[:, None]
        new = np.sqrt(1.0 - b**2) * x + b * move
        ratio = log_ratio(new)
        taken = np.log(uniform(seed, chain, name, first + size + 1)) < ratio - now
        x, now = np.where(taken[:, None], new, x), np.where(taken, ratio, now)
    return x


def posterior_draws(
    residuals: Residuals,
    near: NormalApproximation,
    *,
    rounds: Sequence[int] = ROUNDS,
    steps: int = STEPS,
    seed: int,
    progress: Callable[[int, float], None] | None = None,
    workers: int = 1,
) -> tuple[Draws, Surrogate]:
    """Weighted draws, and the surrogate that all of them taught.

    The model runs at draws of the normal approximation, and a surrogate learns from the runs. Each later
    round draws from the posterior by the surrogate, one chain a draw, runs the model there and learns again.
    A draw weighs prior x likelihood by its run over the density that it was drawn from, which had not seen
    it. Rounds add up in proportion to their effective draws (adaptive importance sampling; Bugallo MF et al.
    2017, doi:10.1109/MSP.2017.2699226).

    Args:
        residuals: by a run of the model.
        near: the normal approximation.
        rounds: draws of each.
        steps: of each chain.
        seed: key.
        progress: called with the number of runs done and the misfit of the last.
        workers: runs side by side; they change nothing else.
    """
    size = len(near.mode)
    middle = residuals(near.mode)
    x, found, log_weight = np.empty((0, size)), np.empty((0, len(middle))), np.empty(0)
    surrogate: Surrogate | None = None
    for i, count in enumerate(rounds):
        new = standard_normal(count, size, seed, f"posterior round {i}")
        log_drawn = np.zeros(count)
        if surrogate is not None:
            by_surrogate = partial(_log_ratio_by, near, surrogate)
            new = chains(by_surrogate, new, steps=steps, seed=seed, name=f"posterior chains {i}")
            log_drawn = by_surrogate(new)
        with ThreadPoolExecutor(workers) as pool:
            for r in pool.map(residuals, near.z(new)):
                found = np.vstack([found, r])
                if progress:
                    progress(len(found), float(r @ r))
        x = np.vstack([x, new])
        log_weight = np.append(log_weight, _shared_out(near.log_ratio(found[-count:], new) - log_drawn))
        log_density = near.log_ratio(found, x)
        near_enough = log_density > np.nanquantile(log_density, 0.25) - FAR
        surrogate = Surrogate.learned(
            middle, near.slopes, (near.z(x) - near.mode)[near_enough], found[near_enough]
        )
    assert surrogate is not None
    return Draws(near.z(x), found, log_weight), surrogate


def _log_ratio_by(near: NormalApproximation, surrogate: Surrogate, x: np.ndarray) -> np.ndarray:
    return near.log_ratio(surrogate(near.z(x) - near.mode), x)


def _shared_out(log_weight: np.ndarray) -> np.ndarray:
    """ln of the weights of one round, so that their sum is its effective number of draws."""
    w = np.where(np.isfinite(log_weight), np.exp(log_weight - np.nanmax(log_weight)), 0.0)
    with np.errstate(divide="ignore"):
        return np.log(w * np.sum(w) / np.sum(w**2))


def copies(weight: np.ndarray, keep: int, seed: int) -> np.ndarray:
    """How often each draw is kept, ``keep`` in all: systematic resampling, the least noisy of the unbiased.

    Expected copies are ``keep`` times the weight; the true number differs from that by less than 1.
    """
    ends = np.cumsum(weight) / np.sum(weight)
    comb = (np.arange(keep) + uniform(seed, 0, "posterior resampling")) / keep
    return np.bincount(np.searchsorted(ends, comb), minlength=len(weight))
