"""Most probable parameters and what data teach about them: Levenberg-Marquardt, then Laplace posterior."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy.optimize import least_squares

from brittlestar.evidence.calibration.free_parameters import FreeParameter, prior_centres, prior_log_sds

NOT_LEARNED = 0.9
"""Posterior over prior SD above which the data are said to have taught nothing."""


class Misfit(Protocol):
    """Misfits of the targets, made independent and of variance 1, and derivatives by ln of each parameter."""

    def residuals(self, theta: np.ndarray) -> np.ndarray: ...

    def jacobian(self, theta: np.ndarray) -> np.ndarray: ...


@dataclass(frozen=True)
class Posterior:
    """Normal approximation around the mode, in ln of the parameters."""

    ids: tuple[str, ...]
    centre: np.ndarray
    prior_sd: np.ndarray
    mode: np.ndarray
    covariance: np.ndarray
    slopes: np.ndarray
    """derivatives of the residuals by the parameters in units of their prior SD [target, parameter]"""
    evaluations: int
    converged: bool

    @property
    def sd(self) -> np.ndarray:
        """Posterior SD of ln(value)."""
        return np.sqrt(np.diag(self.covariance))

    @property
    def ratio(self) -> np.ndarray:
        """Posterior over prior SD: 1 where the data taught nothing."""
        return self.sd / self.prior_sd

    @property
    def correlation(self) -> np.ndarray:
        """Posterior correlations."""
        return self.covariance / np.outer(self.sd, self.sd)

    @property
    def learned_directions(self) -> float:
        """Effective number of parameters that the data decide: sum of e/(1 + e) over eigenvalues."""
        e = np.linalg.eigvalsh(self.slopes.T @ self.slopes)
        return float(np.sum(e / (1.0 + e)))

    def directions(self) -> list[tuple[float, np.ndarray]]:
        """Posterior over prior SD along each direction of parameter space, best known first; direction."""
        e, vectors = np.linalg.eigh(self.slopes.T @ self.slopes)
        order = np.argsort(e)[::-1]
        return [(float(1.0 / np.sqrt(1.0 + max(e[i], 0.0))), vectors[:, i]) for i in order]

    def confounded(self, least: float = 0.6) -> list[tuple[str, str, float]]:
        """Pairs of parameters with posterior correlation of at least this size, strongest first."""
        r = self.correlation
        pairs = [
            (self.ids[i], self.ids[j], float(r[i, j]))
            for i in range(len(self.ids))
            for j in range(i)
            if abs(r[i, j]) >= least
        ]
        return sorted(pairs, key=lambda pair: -abs(pair[2]))


def fit(
    misfit: Misfit,
    free: Sequence[FreeParameter],
    *,
    start: np.ndarray | None = None,
    most: int = 40,
    progress: Callable[[int, float], None] | None = None,
) -> Posterior:
    """The mode of prior times likelihood and the Laplace posterior there.

    Minimises (model - observed)' C^-1 (model - observed) + sum (theta - centre)^2/prior SD^2 over theta =
    ln(value), with the slopes that ``misfit`` gives.

    Args:
        misfit: targets of the fit.
        free: parameters with their priors.
        start: theta to begin with; defaults to the prior centres.
        most: evaluations after which it stops without having converged.
        progress: called with the number of evaluations and the present sum.
    """
    centre, prior_sd = prior_centres(free), prior_log_sds(free)
    count = 0

    def residuals(z: np.ndarray) -> np.ndarray:
        nonlocal count
        count += 1
        r = np.concatenate([misfit.residuals(centre + prior_sd * z), z])
        if progress:
            progress(count, float(r @ r))
        # A step so long that the model breaks counts as very bad, and the next one is shorter.
        return np.where(np.isfinite(r), r, 1e3)

    def slopes(z: np.ndarray) -> np.ndarray:
        return np.vstack([misfit.jacobian(centre + prior_sd * z) * prior_sd, np.eye(len(z))])

    z = np.zeros(len(centre)) if start is None else (start - centre) / prior_sd
    # It ends where a step moves the sum of squares by 1e-5 of itself: one SD moves it by 1.
    found = least_squares(
        residuals,
        z,
        jac=slopes,  # type: ignore[arg-type]
        method="lm",
        ftol=1e-5,
        xtol=1e-4,
        gtol=1e-5,
        max_nfev=most,
    )
    own = found.jac[: -len(z)]
    inverse = np.linalg.inv(own.T @ own + np.eye(len(z)))
    return Posterior(
        ids=tuple(one.id for one in free),
        centre=centre,
        prior_sd=prior_sd,
        mode=centre + prior_sd * found.x,
        covariance=np.outer(prior_sd, prior_sd) * inverse,
        slopes=own,
        evaluations=int(found.nfev),
        converged=bool(found.status > 0),
    )
