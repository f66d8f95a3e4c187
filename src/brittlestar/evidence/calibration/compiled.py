"""One set of compiled programs for every law of the calibration: what is free and what is held are data."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from brittlestar.evidence.calibration.free_parameters import FreeParameter
from brittlestar.evidence.calibration.target_values import Comparison
from brittlestar.evidence.calibration.targets import Targets
from brittlestar.evidence.calibration.typical_people import Simulator
from brittlestar.model.healthy import Reference
from brittlestar.model.parameters import Parameters, default_parameters


@dataclass(frozen=True)
class Part:
    """Targets as a function of some of the parameters; the others and the rest of the model are held."""

    whole: Comparison
    place: tuple[int, ...]
    """where the free ones stand among all"""
    held: np.ndarray
    """ln of all; those that are free have no say"""
    base: Parameters

    def _all(self, theta: Any) -> np.ndarray:
        found = np.array(self.held, np.float64)
        found[list(self.place)] = theta
        return found

    def model(self, theta: Any) -> np.ndarray:
        """The model's value of every target."""
        return self.whole.model(self._all(theta), self.base)

    def residuals(self, theta: Any) -> np.ndarray:
        """(model - observed)/SD [target]."""
        return self.whole.residuals(self._all(theta), self.base)

    def jacobian(self, theta: Any) -> np.ndarray:
        """Their derivatives by ln of each free parameter, by forward mode [target, parameter]."""
        # What is switched off stands at ln 0: its own column means nothing and is left out.
        return self.whole.jacobian(self._all(theta), self.base)[:, list(self.place)]


class Programs:
    """All targets, and those that are fitted, on programs that compile once."""

    def __init__(
        self,
        targets: Targets,
        every: Sequence[FreeParameter],
        reference: Reference | None = None,
        workers: int = 2,
    ):
        self.every = tuple(every)
        simulator = Simulator(targets, self.every, default_parameters(), reference, workers)
        self.all = Comparison(simulator, targets.targets)
        self.fitted = Comparison(simulator, targets.fitted)

    def part(
        self, whole: Comparison, free: Sequence[FreeParameter], base: Parameters, held: Sequence[float]
    ) -> Part:
        """Some parameters free.

        Args:
            whole: ``all`` or ``fitted``.
            free: in the order in which theta will hold them; all of them in ``every``.
            base: values of everything that is not in ``every``.
            held: value of each of ``every`` where it is not free, in the unit of its file; 0 switches off.
        """
        ids = [one.id for one in self.every]
        with np.errstate(divide="ignore"):
            return Part(whole, tuple(ids.index(one.id) for one in free), np.log(held), base)
