"""Model against targets, their errors made independent; programs compile once, whatever is free or held."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from brittlestar.evidence.calibration.covariance import error_covariance
from brittlestar.evidence.calibration.free_parameters import FreeParameter, free_parameters
from brittlestar.evidence.calibration.native_courses import NativeSimulator
from brittlestar.evidence.calibration.open_inputs import input_covariance
from brittlestar.evidence.calibration.target_values import scaled, target_value
from brittlestar.evidence.calibration.targets import Target, Targets
from brittlestar.evidence.calibration.typical_courses import Simulator
from brittlestar.model.healthy_table import Reference
from brittlestar.model.parameters import Parameters, default_parameters


class Misfits:
    """Model minus observed, for all targets given, with derivatives.

    Args:
        sim: the model.
        targets: in order.
        covariance: of their errors, each on its own scale; by default each has its own SD alone.
    """

    def __init__(
        self,
        sim: Simulator | NativeSimulator,
        targets: Sequence[Target],
        covariance: np.ndarray | None = None,
    ):
        self.sim, self.targets = sim, tuple(targets)
        self.sd = np.array([t.sd for t in self.targets])
        self.covariance = np.diag(self.sd**2) if covariance is None else covariance
        whitening = np.linalg.inv(np.linalg.cholesky(self.covariance))

        def model(flat: Array) -> Array:
            return jnp.stack([target_value(t, sim, flat) for t in self.targets])

        def gaps(flat: Array) -> Array:
            found = model(flat)
            return jnp.stack(
                [scaled(t, m) - scaled(t, t.observed) for t, m in zip(self.targets, found, strict=True)]
            )

        def residuals(flat: Array) -> Array:
            return jnp.asarray(whitening) @ gaps(flat)

        self._model = jax.jit(model)
        self._gaps = jax.jit(gaps)
        self._residuals = jax.jit(residuals)
        self._slope = jax.jit(jax.jacrev(residuals))

    def model(self, theta: Any, base: Parameters | None = None) -> np.ndarray:
        """The model's value of every target; ``base`` replaces the values of all other parameters."""
        return np.asarray(self._model(jnp.asarray(self.sim.read(theta, base))))

    def misfits(self, theta: Any, base: Parameters | None = None) -> np.ndarray:
        """(model - observed)/SD of each target, whatever it shares with others [target]."""
        return np.asarray(self._gaps(jnp.asarray(self.sim.read(theta, base)))) / self.sd

    def residuals(self, theta: Any, base: Parameters | None = None) -> np.ndarray:
        """L^-1 (model - observed), L L' the covariance: independent, each of variance 1 [target]."""
        return np.asarray(self._residuals(jnp.asarray(self.sim.read(theta, base))))

    def jacobian(self, theta: Any, base: Parameters | None = None) -> np.ndarray:
        """Their derivatives by ln of each parameter [target, parameter]."""
        flat = jnp.asarray(self.sim.read(theta, base))
        return np.asarray(self._slope(flat)) @ self.sim.jacobian(theta, base)


@dataclass(frozen=True)
class MisfitsOfSome:
    """Targets as a function of some of the parameters; the others and the rest of the model are held."""

    whole: Misfits
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

    def misfits(self, theta: Any) -> np.ndarray:
        """(model - observed)/SD of each target, whatever it shares with others [target]."""
        return self.whole.misfits(self._all(theta), self.base)

    def residuals(self, theta: Any) -> np.ndarray:
        """L^-1 (model - observed), L L' the covariance: independent, each of variance 1 [target]."""
        return self.whole.residuals(self._all(theta), self.base)

    def jacobian(self, theta: Any) -> np.ndarray:
        """Their derivatives by ln of each free parameter, as the simulator has them [target, parameter]."""
        # What is switched off stands at ln 0: its own column means nothing and is left out.
        return self.whole.jacobian(self._all(theta), self.base)[:, list(self.place)]


def _centres(free: Sequence[FreeParameter]) -> np.ndarray:
    """ln of the prior centres; what only rivals free stands at its value in use."""
    usual = {one.id for one in free_parameters()}
    with np.errstate(divide="ignore"):
        return np.log([one.prior.centre if one.id in usual else one.shipped for one in free])


class SharedMisfits:
    """All targets, and those that are fitted, on programs that compile once for every law.

    What is open in the inputs of targets is judged once, at the prior centres: ``inputs`` is the covariance
    that it adds [target, target].
    """

    def __init__(
        self,
        targets: Targets,
        free: Sequence[FreeParameter],
        reference: Reference | None = None,
        workers: int = 2,
    ):
        self.free = tuple(free)
        simulator = NativeSimulator(targets, self.free, default_parameters(), reference, workers)
        self.inputs = input_covariance(
            targets, targets.targets, simulator, simulator.read(_centres(self.free))
        )
        whole = error_covariance(targets, targets.targets) + self.inputs
        fitted = [i for i, target in enumerate(targets.targets) if target.use == "calibration"]
        self.all = Misfits(simulator, targets.targets, whole)
        self.fitted = Misfits(simulator, targets.fitted, whole[np.ix_(fitted, fitted)])

    def of_some(
        self, whole: Misfits, free: Sequence[FreeParameter], base: Parameters, held: Sequence[float]
    ) -> MisfitsOfSome:
        """Some parameters free.

        Args:
            whole: ``all`` or ``fitted``.
            free: in the order in which theta will hold them; all of them in ``self.free``.
            base: values of everything that is not in ``self.free``.
            held: value of each of ``self.free`` where it is not free, in its file's unit; 0 switches off.
        """
        ids = [one.id for one in self.free]
        with np.errstate(divide="ignore"):
            return MisfitsOfSome(whole, tuple(ids.index(one.id) for one in free), np.log(held), base)
