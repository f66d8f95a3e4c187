"""Numbers under the sets of the posterior and under all laws: what the calibration leaves open of each."""

from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import numpy as np

from brittlestar._shared.chance import uniform
from brittlestar.evidence.calibration.ensemble import ensemble
from brittlestar.evidence.calibration.native_courses import NativeCourses
from brittlestar.evidence.calibration.rivals import rivals, weights
from brittlestar.evidence.calibration.target_values import scaled, target_value
from brittlestar.evidence.calibration.targets import Targets
from brittlestar.model.parameters import Parameters, default_parameters


@cache
def law_weights() -> np.ndarray:
    """Weight of each law, the usual one first [law]."""
    return np.array([weights()[name] for name in ("usual", *rivals())])


def laws_at(shares: np.ndarray) -> np.ndarray:
    """Place among the laws at these shares of their weights laid end to end, the usual one 0."""
    return np.searchsorted(np.cumsum(law_weights())[:-1], shares)


def mixed_sets(count: int) -> list[tuple[str, Parameters]]:
    """Parameter sets that stand for the posterior under all laws, each with its law.

    A comb over the weights gives each law its share of the sets, to less than one; of each law those are
    taken that stand for its own posterior. The same count gives the same sets.
    """
    names = ["usual", *rivals()]
    each = np.bincount(laws_at((np.arange(count) + 0.5) / count), minlength=len(names))
    found = []
    for name, sets in zip(names, each.tolist(), strict=True):
        if sets:
            posterior = ensemble(None if name == "usual" else name)
            found += [(name, posterior.parameters(int(i))) for i in posterior.pick(sets)]
    return found


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
        i = np.arange(count)
        pick = (uniform(seed, i, key, 0) * len(self.sets)).astype(int)
        law = laws_at(uniform(seed, i, key, 1))
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
