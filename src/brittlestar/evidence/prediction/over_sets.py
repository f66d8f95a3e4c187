"""Numbers under the sets of the posterior and under all laws: what the calibration leaves open of each."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from brittlestar._shared.chance import evenly
from brittlestar.evidence.calibration.ensemble import ensemble
from brittlestar.evidence.calibration.native_courses import NativeCourses
from brittlestar.evidence.calibration.rivals import rivals
from brittlestar.evidence.calibration.target_values import scaled, target_value
from brittlestar.evidence.calibration.targets import Targets
from brittlestar.evidence.prediction.laws import law_weights, laws_at
from brittlestar.model.parameters import Parameters, default_parameters


class OverSets(NamedTuple):
    """Numbers on the scale of their targets."""

    sets: np.ndarray
    """under each parameter set of the posterior [set, number]"""
    laws: np.ndarray
    """under each law at its mode, the usual one first [law, number]"""

    @property
    def mean(self) -> np.ndarray:
        """Over sets and laws [number]."""
        return self.sets.mean(axis=0) + law_weights() @ self._shifts

    @property
    def variance(self) -> np.ndarray:
        """The same, of sets and of laws together [number]."""
        apart = self._shifts - law_weights() @ self._shifts
        return self.sets.var(axis=0, ddof=1) + law_weights() @ apart**2

    @property
    def _shifts(self) -> np.ndarray:
        return self.laws - self.laws[0]

    def drawn(self, count: int, seed: int, key: str) -> np.ndarray:
        """Draws of a set and of a law; one draw is the same for all numbers [draw, number]."""
        pick = (evenly(seed, count, f"{key} set") * len(self.sets)).astype(int)
        law = laws_at(evenly(seed, count, f"{key} law"))
        return self.sets[pick] + self._shifts[law]


def over_sets(run: Callable[[Parameters], np.ndarray], sets: int) -> OverSets:
    """Numbers under so many sets of the posterior and under every law.

    Args:
        run: from a parameter set to the numbers.
        sets: how many.
    """
    posterior = ensemble()
    members = [posterior.parameters(int(i)) for i in posterior.pick(sets)]
    modes = [default_parameters(), *(rival.parameters for rival in rivals().values())]
    return OverSets(np.array([run(p) for p in members]), np.array([run(p) for p in modes]))


def values_of(found: Targets) -> Callable[[Parameters], np.ndarray]:
    """What computes these targets, each on its own scale, from a parameter set."""

    def run(p: Parameters) -> np.ndarray:
        courses = NativeCourses(found, p)
        return np.array([float(scaled(t, target_value(t, courses, courses.flat))) for t in found.targets])

    return run
