"""The step against the same model in continuous time, at every output time, and its order of convergence."""

from functools import cache

import numpy as np
import pytest

from brittlestar.engine import UNITS, default_parameters, simulate_cohort, with_values
from brittlestar.model.reference_solution import reference_course
from brittlestar.outcomes.fracture import SITES
from numerics_cases import CASES, cohort, schedule

YEARS = 364 / 365.25
OUTPUTS = tuple(name for name in UNITS if not name.startswith("fractures_"))
SCALES = {"ls_z": 1.0, "pain": 10.0, "calcium_change_mmol_per_l": 0.2}
"""Natural scale of outputs that cross zero: 1 SD, the whole pain scale, the change at full coupling."""

USUAL, INFANT = 1e-3, 4e-3
"""Largest error over the scale; infants in their first treated year change by 7 % of bone in a week."""

CLOSE_LATER = ("bone_volume_fraction_metaphysis", *(f"expected_fractures_{site}" for site in SITES))
LOOSER = dict.fromkeys(CLOSE_LATER, 2e-3) | {"drug_exposure": 3e-3}
"""Outputs that come less close just after a change of care: remodelling space falls within weeks, and the
risk of limbs has most of its fall before half of that has come."""


@cache
def course(step_days: float) -> dict[str, np.ndarray]:
    steps = round(364 / step_days)
    plans = [schedule(case, steps, step_days) for case in CASES]
    out = simulate_cohort(
        cohort(),
        plans,
        np.arange(len(CASES)),
        YEARS,
        step_days=step_days,
        output_days=7.0,
        outputs=OUTPUTS,
        fates=False,
    )
    return out.outputs


@cache
def truth() -> dict[str, np.ndarray]:
    plans = [schedule(case, 52, 7.0) for case in CASES]
    return reference_course(cohort(), plans, np.arange(len(CASES)), YEARS, outputs=OUTPUTS, tolerance=1e-8)[1]


def error(name: str, found: np.ndarray, true: np.ndarray) -> np.ndarray:
    """Error over its scale [time, case]: relative, but of the whole for drug amounts and sums of risk."""
    scale = np.abs(true)
    if name in SCALES:
        scale = np.full_like(true, SCALES[name])
    elif name.startswith("drug_") and name.endswith("nmol"):
        scale = np.broadcast_to(np.abs(true).max(axis=0) + 1e-12, true.shape)
    elif name == "drug_exposure":
        scale = np.maximum(scale, 0.05)
    elif name.startswith("expected_fractures"):
        scale = np.maximum(scale, true[4])
    return np.abs(found - true) / scale


@pytest.mark.parametrize("name", OUTPUTS)
def test_default_step_is_close_to_continuous_time(name):
    e = error(name, course(7.0)[name], truth()[name]).max(axis=0)
    for case, worst in zip(CASES, e):
        assert worst < (INFANT if case.treated_infant else LOOSER.get(name, USUAL)), (case.name, worst)


@pytest.mark.parametrize(
    "name", ["ls_abmd", "ctx", "bsap", "tb_n", "tb_th_um", "ct_wi_mm", "mineral_mean", "strength_vertebral"]
)
def test_second_order(name):
    weekly, daily = (error(name, course(days)[name], truth()[name]).max() for days in (7.0, 1.0))
    assert np.log(weekly / daily) / np.log(7.0) > 1.3, (weekly, daily)


def test_weekly_and_daily_density_agree():
    weekly, daily = course(7.0)["ls_abmd"], course(1.0)["ls_abmd"]
    assert np.max(np.abs(weekly / daily - 1.0)) < 2e-3


def test_the_comparison_can_fail():
    p = default_parameters()
    other = with_values(p, shared__kS=1.05 * np.asarray(p.shared.kS))
    plans = [schedule(case, 52, 7.0) for case in CASES]
    moved = simulate_cohort(
        cohort(),
        plans,
        np.arange(len(CASES)),
        YEARS,
        output_days=7.0,
        outputs=OUTPUTS,
        fates=False,
        parameters=other,
    )
    assert error("ctx", moved["ctx"], truth()["ctx"]).max() > 2 * INFANT
