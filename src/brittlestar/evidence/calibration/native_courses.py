"""Typical people's expected courses by the engine's kept programs: what the XLA simulator reads, sooner."""

from functools import cached_property
from typing import Any

import numpy as np

from brittlestar.drugs.catalogue import DRUGS
from brittlestar.engine.run import Course, simulate_cohort
from brittlestar.evidence.calibration.targets import Targets
from brittlestar.evidence.calibration.typical_courses import (
    STEP_DAYS,
    SUBSTEPS,
    SharedProgram,
    TypicalReadings,
)
from brittlestar.model.healthy_table import Reference
from brittlestar.model.parameters import Parameters, default_parameters
from brittlestar.model.state import People


class NativeCourses(TypicalReadings):
    """Readings of targets under one parameter set, by machine code; beside their places and people.

    Args:
        found: the targets and their cohorts.
        parameters: default: the shipped set.
        reference: default: the shipped one.
    """

    def __init__(
        self, found: Targets, parameters: Parameters | None = None, reference: Reference | None = None
    ):
        super().__init__(found)
        self.parameters, self.reference = parameters or default_parameters(), reference

    @cached_property
    def flat(self) -> np.ndarray:
        """All readings [reading x person]."""
        parts = []
        for group in self.groups:
            course = self._run(group)
            for reading in group.readings:
                row, who = group.place(reading)
                parts.append(course[reading.output][row, who])
        return np.concatenate(parts)

    def _run(self, group: SharedProgram) -> Course:
        # Room for every drug and one list of outputs: all groups share one program.
        outputs = tuple(dict.fromkeys(name for one in self.groups for name in one.outputs))
        factor = np.where(group.enriched, self.parameters.fracture.enr, 1.0)
        columns: dict[str, Any] = {**group.people, "frailty": group.people["frailty"] * factor}
        return simulate_cohort(
            People(**columns),
            group.schedules,
            group.plan,
            group.years,
            parameters=self.parameters,
            reference=self.reference,
            step_days=STEP_DAYS,
            output_days=group.times.days,
            outputs=outputs,
            fates=False,
            substeps=SUBSTEPS,
            drugs=len(DRUGS),
        )
