"""Courses for the page: steps that divide a year, by programs that nearly all plans share.

Whoever moves a slider is not to wait for a compiler: every plan has room for the drugs and the doses of most.
"""

from typing import Any

import numpy as np

from brittlestar._shared.parameters import DAYS_PER_YEAR
from brittlestar.drugs.catalogue import DRUGS
from brittlestar.engine import Course, Parameters, simulate_cohort

WEEKS = 52
"""Steps of a year, each with an output: seen less often, courses of drips seem to differ from one another."""

STEP_DAYS = DAYS_PER_YEAR / WEEKS
SLOTS = 3
"""Room for doses in one step, enough for a course on three days; what needs more has its own program."""


def advance(
    cohort: Any,
    schedules: list[Any],
    plan_index: np.ndarray,
    years: int,
    *,
    outputs: tuple[str, ...],
    seed: int,
    fates: bool = True,
    parameters: Parameters | None = None,
    any_drug: bool = False,
) -> Course:
    """Everyone's course under their plan.

    Args:
        cohort: people.
        schedules: one per plan, on all drugs of the house, for at least ``years``.
        plan_index: which schedule each person follows [n].
        years: whole years.
        outputs: names to keep.
        seed: key of the fates.
        fates: ``False`` gives the expected course.
        parameters: the shipped set if left out.
        any_drug: room for every drug, so that no mixture of plans needs another program; else for one.
    """
    return simulate_cohort(
        cohort,
        schedules,
        plan_index,
        years,
        seed=seed,
        parameters=parameters,
        step_days=STEP_DAYS,
        output_days=STEP_DAYS,
        outputs=outputs,
        fates=fates,
        drugs=len(DRUGS) if any_drug else 1,
        slots=SLOTS,
    )
