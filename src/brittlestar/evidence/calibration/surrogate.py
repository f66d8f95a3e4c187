"""What the model says near its mode, learned from runs: slopes there, and the curved rest by a kernel."""

from dataclasses import dataclass
from typing import Self

import numpy as np

ALONE, NOISE = 3.0, 0.1
"""Shares of curves of one parameter alone, and of what stays unexplained, beside curvature of all together.
A third or three times of each changed the error on runs left out, of 250 of the model, by a few in 100."""

WIDE = 2.0
"""Square of the width of a curve of one parameter alone, in prior SDs; beyond it is straight again."""


@dataclass(frozen=True)
class Surrogate:
    """Residuals as a function of the step d = z - mode, z = (ln value - prior centre)/prior SD.

    r(d) = r0 + J d + sum_i k(d, d_i) c_i, the mean of a Gaussian process (Rasmussen CE, Williams CKI 2006,
    chapter 2) with

    - k = together + ``ALONE`` alone, each scaled to a median of 1 over its runs;
    - together = (u.v)^2 exp(-|u - v|^2/2), u and v steps times the size of each parameter's slopes (what
      moves much curves much) over their median length;
    - alone = sum over parameters of f(d) f(d'), f(d) = d^2 exp(-d^2/(2 ``WIDE``)).

    Both and their slopes are 0 at the mode, where the model is known, and neither grows without limit.
    """

    residuals: np.ndarray
    """of the model at the mode [target]"""
    slopes: np.ndarray
    """their derivatives by z there [target, parameter]"""
    steps: np.ndarray
    """of the runs it learned from [run, parameter]"""
    coefficients: np.ndarray
    """[run, target]"""
    scale: tuple[float, float, float]
    """median of |u|^2, of together and of alone over the runs"""

    @classmethod
    def learned(cls, residuals: np.ndarray, slopes: np.ndarray, steps: np.ndarray, found: np.ndarray) -> Self:
        """From runs of the model.

        Args:
            residuals: at the mode [target].
            slopes: derivatives by z there [target, parameter].
            steps: from the mode [run, parameter].
            found: residuals of the runs, finite [run, target].
        """
        empty = cls(residuals, slopes, steps, np.zeros_like(found), (1.0, 1.0, 1.0))
        long = _median(np.sum((steps * empty.sensitivity) ** 2, axis=1))
        together, alone = cls(residuals, slopes, steps, found, (long, 1.0, 1.0)).kernels(steps)
        scale = long, _median(np.diag(together)), _median(np.diag(alone))
        together, alone = together / scale[1], alone / scale[2]
        kernel = together + ALONE * alone + NOISE * np.eye(len(steps))
        curved = found - residuals - steps @ slopes.T
        return cls(residuals, slopes, steps, np.linalg.solve(kernel, curved), scale)

    @property
    def sensitivity(self) -> np.ndarray:
        """Size of the slopes of each parameter [parameter]."""
        return np.linalg.norm(self.slopes, axis=0)

    def kernels(self, steps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Together and alone of steps against the runs, scaled [step, run]."""
        long, together, alone = self.scale
        u, v = (d * self.sensitivity / np.sqrt(long) for d in (steps, self.steps))
        inner = u @ v.T
        apart = np.sum(u**2, axis=1)[:, None] + np.sum(v**2, axis=1) - 2.0 * inner
        f, g = (d**2 * np.exp(-(d**2) / (2.0 * WIDE)) for d in (steps, self.steps))
        return inner**2 * np.exp(-0.5 * apart) / together, f @ g.T / alone

    def __call__(self, steps: np.ndarray) -> np.ndarray:
        """Residuals at steps from the mode [step, target]."""
        together, alone = self.kernels(steps)
        return self.residuals + steps @ self.slopes.T + (together + ALONE * alone) @ self.coefficients


def _median(x: np.ndarray) -> float:
    """To divide by: 1 where nothing moves."""
    return float(np.median(x)) or 1.0
