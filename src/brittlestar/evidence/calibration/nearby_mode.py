"""The mode of a changed problem near a known one: few runs of the model and of its slopes."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

MOST_ASKED = 3
"""Times that slopes are asked for on the way to the mode; they cost as much as fifty runs."""


@dataclass(frozen=True)
class Refit:
    """Where a refit ended."""

    z: np.ndarray
    """(ln value - prior centre)/prior SD at the mode"""
    residuals: np.ndarray
    """(model - observed)/SD there, by a run of the model"""
    slopes: np.ndarray
    """derivatives of the residuals by z, at the mode where they could be asked for [target, parameter]"""
    runs: int
    converged: bool

    @property
    def covariance(self) -> np.ndarray:
        """Of z, by the normal approximation."""
        return np.linalg.inv(self.slopes.T @ self.slopes + np.eye(len(self.z)))

    @property
    def total(self) -> float:
        """Sum of squares, prior included."""
        return float(self.residuals @ self.residuals + self.z @ self.z)


def refit(
    residuals: Callable[[np.ndarray], np.ndarray],
    slopes: np.ndarray,
    start: np.ndarray,
    *,
    most: int = 120,
    enough: float = 0.01,
    slopes_at: Callable[[np.ndarray], np.ndarray] | None = None,
) -> Refit:
    """Least squares with a standard normal prior by Levenberg-Marquardt on slopes corrected as it goes.

    Each run of the model corrects the slopes along the last step (Broyden 1965,
    doi:10.1090/S0025-5718-1965-0198670-6): J += (r_new - r - J s) s^T / s^T s.

    Args:
        residuals: (model - observed)/SD as a function of z.
        slopes: their derivatives somewhere near [target, parameter].
        start: z to begin with.
        most: runs of the model after which it stops without having converged.
        enough: it has converged when the next step promises less than this off the sum of squares.
        slopes_at: slopes at any z; asked for where it seems to have converged, at most ``MOST_ASKED`` times,
            and it ends on those of the mode. Without, slopes are right only along the steps that were taken.
    """
    z, J = np.array(start, float), np.array(slopes, float)
    r, runs, damping = residuals(z), 1, 0.0
    total = r @ r + z @ z
    promised, at_z, asked = np.inf, False, 0
    while runs < most:
        gradient = J.T @ r + z
        step = -np.linalg.solve(J.T @ J + (1.0 + damping) * np.eye(len(z)), gradient)
        ahead = r + J @ step
        promised = total - ahead @ ahead - (z + step) @ (z + step)
        if promised < enough:
            if slopes_at is None or at_z:
                break
            J, at_z, damping, asked = slopes_at(z), True, 0.0, asked + 1
            if asked > MOST_ASKED:
                break
            continue
        new = residuals(z + step)
        runs += 1
        if not np.isfinite(new).all():
            damping = 4.0 * max(damping, 0.25)
            continue
        found = new @ new + (z + step) @ (z + step)
        better = found < total
        if better or not at_z:
            # Exact slopes stay as they are while a shorter step is tried from the same place.
            J += np.outer(new - ahead, step) / (step @ step)
            at_z = False
        if better:
            z, r, total = z + step, new, found
            damping = 0.0 if damping < 0.1 else damping / 4.0
        else:
            damping = 4.0 * max(damping, 0.25)
    return Refit(z, r, J, runs, bool(promised < enough))
