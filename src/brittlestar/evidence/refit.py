"""The mode of a changed problem near a known one: few runs of the model, no new derivatives."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

HALF_STEP = 0.02
"""Prior SDs to either side over which a slope is measured."""


@dataclass(frozen=True)
class Refit:
    """Where a refit ended."""

    z: np.ndarray
    """(ln value - prior centre)/prior SD at the mode"""
    residuals: np.ndarray
    """(model - observed)/SD there, by a run of the model"""
    slopes: np.ndarray
    """derivatives of the residuals by z, as corrected on the way [target, parameter]"""
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


def measured_slopes(residuals: Callable[[np.ndarray], np.ndarray], z: np.ndarray) -> np.ndarray:
    """Derivatives of the residuals by central differences, two runs for each parameter."""
    steps = HALF_STEP * np.eye(len(z))
    columns = [(residuals(z + step) - residuals(z - step)) / (2.0 * HALF_STEP) for step in steps]
    return np.stack(columns, axis=1)


def refit(
    residuals: Callable[[np.ndarray], np.ndarray],
    slopes: np.ndarray,
    start: np.ndarray,
    *,
    most: int = 40,
    enough: float = 0.01,
    measure: bool = False,
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
        measure: measure all slopes anew where it first seems to have converged, by central differences, and
            go on from there; without, slopes are right only along the steps that were taken.
    """
    z, J = np.array(start, float), np.array(slopes, float)
    r, runs, damping = residuals(z), 1, 0.0
    total = r @ r + z @ z
    promised = np.inf
    while runs < most:
        gradient = J.T @ r + z
        step = -np.linalg.solve(J.T @ J + (1.0 + damping) * np.eye(len(z)), gradient)
        ahead = r + J @ step
        promised = total - ahead @ ahead - (z + step) @ (z + step)
        if promised < enough:
            if not measure:
                break
            measure, J = False, measured_slopes(residuals, z)
            continue
        new = residuals(z + step)
        runs += 1
        if not np.isfinite(new).all():
            damping = 4.0 * max(damping, 0.25)
            continue
        J += np.outer(new - ahead, step) / (step @ step)
        found = new @ new + (z + step) @ (z + step)
        if found < total:
            z, r, total = z + step, new, found
            damping = 0.0 if damping < 0.1 else damping / 4.0
        else:
            damping = 4.0 * max(damping, 0.25)
    return Refit(z, r, J, runs, bool(promised < enough))
