"""Typical people's expected courses in continuous time: what the fit would read without a weekly step."""

from functools import cached_property

import jax
import numpy as np

from brittlestar._shared.parameter_files import DAYS_PER_MONTH, DAYS_PER_YEAR
from brittlestar.evidence.calibration.targets import Targets
from brittlestar.evidence.calibration.typical_courses import STEP_DAYS, TypicalReadings
from brittlestar.model.parameters import Parameters, default_parameters
from brittlestar.model.reference_solution import reference_course
from brittlestar.model.state import People

TOLERANCE = 1e-10
"""Relative, of the solver: one step for all people of a program, so closer than one person needs."""

ENTRIES = 8
"""Of healthy age, for each of the engine's table: straight lines cost 64 times less."""


class ContinuousCourses(TypicalReadings):
    """Readings of targets under one parameter set, from the differential equations.

    Solved by diffrax, all people together: :func:`brittlestar.model.reference_solution.reference_course`. The
    difference to ``native_courses.NativeCourses`` is the error of the fit's weekly step. Care stays constant
    within a week.

    Args:
        found: the targets and their cohorts.
        parameters: default: the shipped set.
        tolerance: relative tolerance of the solver.
    """

    def __init__(self, found: Targets, parameters: Parameters | None = None, tolerance: float = TOLERANCE):
        super().__init__(found, alike=False)
        self.parameters = parameters or default_parameters()
        self.tolerance = tolerance

    @cached_property
    def flat(self) -> np.ndarray:
        """All readings [reading x person]."""
        (group,) = self.groups
        p = jax.tree.map(lambda leaf: np.asarray(leaf, np.float64), self.parameters)
        frailty = group.people["frailty"] * np.where(group.enriched, p.fracture.enr, 1.0)
        people = People(**{**group.people, "frailty": frailty})  # type: ignore[arg-type]
        days = sorted({reading.months * DAYS_PER_MONTH for reading in group.readings} - {0.0})
        # Nothing but entry is read of some: one step stands for their course.
        times, outputs = reference_course(
            people,
            group.schedules,
            group.plan,
            group.years,
            parameters=p,
            step_days=STEP_DAYS,
            output_days=days or [STEP_DAYS],
            outputs=group.outputs,
            tolerance=self.tolerance,
            entries=ENTRIES,
        )
        rows = [np.argmin(np.abs(times * DAYS_PER_YEAR - r.months * DAYS_PER_MONTH)) for r in group.readings]
        return np.concatenate(
            [
                outputs[reading.output][row, group.place(reading)[1]]
                for row, reading in zip(rows, group.readings, strict=True)
            ]
        )
