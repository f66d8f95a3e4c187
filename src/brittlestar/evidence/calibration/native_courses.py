"""Typical people's expected courses by the engine's machine code, at one parameter set or at any theta.

What the XLA simulator (``typical_courses.Simulator``) reads, sooner: nothing compiles anew for a fit, and a
set costs a third of a second. Slopes are central differences, which a test holds to exact ones.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import Any

import jax
import numpy as np

from brittlestar.drugs.catalogue import DRUGS
from brittlestar.engine.batches import in_vectors
from brittlestar.engine.healthy_tables import known_table
from brittlestar.engine.run import Prepared, prepare
from brittlestar.evidence.calibration.free_parameters import FreeParameter, with_theta
from brittlestar.evidence.calibration.targets import Targets
from brittlestar.evidence.calibration.typical_courses import (
    STEP_DAYS,
    SUBSTEPS,
    SharedProgram,
    TypicalReadings,
)
from brittlestar.model.healthy_table import Reference, load_reference
from brittlestar.model.parameters import Parameters, default_parameters
from brittlestar.model.state import People

STEP = 0.02
"""Of ln of a parameter to either side: less would see how a weekly step iterates, more curvature."""


class NativeReadings(TypicalReadings):
    """Readings of targets under any parameter set; runs are prepared once.

    Args:
        found: the targets and their cohorts.
        reference: default: the shipped one.
    """

    def __init__(self, found: Targets, reference: Reference | None = None):
        super().__init__(found)
        self.reference = reference or load_reference()

    def readings(self, p: Parameters) -> np.ndarray:
        """All readings [reading x person]."""
        p = jax.tree.map(lambda leaf: np.asarray(leaf, np.float64), p)
        table, columns = known_table(self.reference, p), [np.asarray(column)[:, None] for column in p.drugs]
        drugs = p._replace(drugs=type(p.drugs)(*columns))
        parts = []
        for group, ready in zip(self.groups, self._prepared, strict=True):
            frailty = group.people["frailty"] * np.where(group.enriched, p.fracture.enr, 1.0)
            people = ready.inputs.people._replace(frailty=frailty)
            tables = ready.inputs.tables._replace(references=table)
            inputs = ready.inputs._replace(people=people, tables=tables, p=drugs)
            outputs = in_vectors(inputs, ready.shape, 1, "float64", None).outputs
            for reading in group.readings:
                row, who = group.place(reading)
                parts.append(outputs[reading.output][row, who])
        return np.concatenate(parts)

    @cached_property
    def _prepared(self) -> list[Prepared]:
        # Room for every drug and one list of outputs: all groups share one program.
        outputs = tuple(dict.fromkeys(name for one in self.groups for name in one.outputs))
        return [self._ready(group, outputs) for group in self.groups]

    def _ready(self, group: SharedProgram, outputs: Sequence[str]) -> Prepared:
        people: dict[str, Any] = group.people
        return prepare(
            People(**people),
            group.schedules,
            group.plan,
            group.years,
            reference=self.reference,
            step_days=STEP_DAYS,
            output_days=group.times.days,
            outputs=outputs,
            fates=False,
            substeps=SUBSTEPS,
            drugs=len(DRUGS),
        )


class NativeCourses(NativeReadings):
    """Readings of targets under one parameter set, beside their places and people.

    Args:
        found: the targets and their cohorts.
        parameters: default: the shipped set.
        reference: default: the shipped one.
    """

    def __init__(
        self, found: Targets, parameters: Parameters | None = None, reference: Reference | None = None
    ):
        super().__init__(found, reference)
        self.parameters = parameters or default_parameters()

    @cached_property
    def flat(self) -> np.ndarray:
        """All readings [reading x person]."""
        return self.readings(self.parameters)


class NativeSimulator(NativeReadings):
    """Readings and their slopes at any theta.

    Args:
        found: the targets and their cohorts.
        free: what theta moves.
        base: values of all else.
        reference: default: the shipped one.
        workers: parameter sets side by side.
        step: see :data:`STEP`.
    """

    def __init__(
        self,
        found: Targets,
        free: Sequence[FreeParameter],
        base: Parameters,
        reference: Reference | None = None,
        workers: int = 2,
        step: float = STEP,
    ):
        super().__init__(found, reference)
        self.free, self.base, self.workers, self.step = tuple(free), base, workers, step

    def read(self, theta: Any, base: Parameters | None = None) -> np.ndarray:
        """All readings [reading x person]; ``base`` replaces the values of all other parameters."""
        return self.readings(with_theta(self.base if base is None else base, self.free, theta))

    def jacobian(self, theta: Any, base: Parameters | None = None) -> np.ndarray:
        """Their slopes by theta [reading x person, parameter]: (f(theta + h) - f(theta - h))/2h.

        What is switched off stands at ln 0 and does not move: its slopes are 0.
        """
        theta = np.asarray(theta, np.float64)
        ends = [(i, side) for i in range(len(theta)) if np.isfinite(theta[i]) for side in (1.0, -1.0)]

        def moved(end: tuple[int, float]) -> np.ndarray:
            there = theta.copy()
            there[end[0]] += end[1] * self.step
            return self.read(there, base)

        self._prepared  # noqa: B018 - once, before threads ask for it
        with ThreadPoolExecutor(self.workers) as pool:
            values = list(pool.map(moved, ends))
        slopes = np.zeros((len(values[0]), len(theta)))
        for (i, side), value in zip(ends, values, strict=True):
            slopes[:, i] += side * value / (2.0 * self.step)
        return slopes
