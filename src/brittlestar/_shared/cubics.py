"""Monotone cubics through points, worked out by SciPy and kept: its interpolation takes 0.2 s to load."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from brittlestar._shared.disk_cache import kept_arrays


@dataclass(frozen=True)
class Cubic:
    """A cubic between each two neighbours of its points; the first and the last go on beyond.

    Args:
        x: points, rising [points].
        powers: coefficients of (x - the point before), highest power first [power, points - 1].
    """

    x: np.ndarray
    powers: np.ndarray

    def __call__(self, x: Any) -> np.ndarray:
        """Its values."""
        x = np.asarray(x, np.float64)
        piece = np.clip(np.searchsorted(self.x, x, side="right") - 1, 0, len(self.x) - 2)
        after, power = x - self.x[piece], np.ones_like(x)
        # Lowest power first, as SciPy adds them up: the same to the last bit.
        value = np.zeros_like(x)
        for row in self.powers[::-1]:
            value = value + row[piece] * power
            power = power * after
        return value

    def derivative(self) -> "Cubic":
        """Its slope."""
        return Cubic(self.x, self.powers[:-1] * np.arange(len(self.powers) - 1, 0, -1.0)[:, None])


def monotone_cubic(name: str, x: np.ndarray, y: np.ndarray) -> Cubic:
    """The cubic through points that rises and falls only where they do (PCHIP, Fritsch and Butland 1984).

    Args:
        name: under which it is kept; of the source that the points come from.
        x: rising [points].
        y: values there.
    """

    def worked_out() -> dict[str, np.ndarray]:
        from scipy.interpolate import PchipInterpolator

        return {"powers": PchipInterpolator(x, y).c}

    return Cubic(x, kept_arrays(f"cubic {name}", worked_out)["powers"])
