"""Schedules: doses at their own times, amounts by weight and age, rates averaged over steps."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brittlestar._shared.errors import InputError
from brittlestar.care import Plan, Schedule, as_plan, infusions, published

MONTH = 365.25 / 12


def dose_times(schedule: Schedule, drug: int = 0) -> np.ndarray:
    given_here = schedule.iv_amount[:, drug].any(axis=2)
    starts = np.arange(len(schedule.iv_day))[:, None] * schedule.step_days
    return np.sort((starts + schedule.iv_day[:, drug])[given_here])


def mg(amount: np.ndarray, weight: float) -> float:
    per_kg, below, above, cut, cap = amount
    return min(per_kg * weight + (below if weight < cut else above), cap)


def test_infusions_keep_their_own_time():
    schedule = as_plan("zoledronate 0.05 mg/kg iv every 6 months for 3 years").schedule(200, 7.0)
    np.testing.assert_allclose(dose_times(schedule), np.arange(6) * 6 * MONTH, rtol=0, atol=1e-9)
    assert schedule.iv_amount.shape == (200, 1, 1, 5)
    assert schedule.iv_amount[0, 0, 0].tolist() == [0.05, 0.0, 0.0, 0.0, np.inf]


def test_three_infusions_in_a_row_share_a_step_or_cross_its_edge():
    plan = as_plan("pamidronate 1 mg/kg/day iv for 3 days every 4 months from 6 days, max 60 mg")
    schedule = plan.schedule(52, 7.0)
    np.testing.assert_allclose(
        dose_times(schedule)[:6], [6, 7, 8, 6 + 4 * MONTH, 7 + 4 * MONTH, 8 + 4 * MONTH]
    )
    assert schedule.iv_day.max() < 7.0 and schedule.iv_amount.shape[2] == 3
    assert mg(schedule.iv_amount[0, 0, 0], 80.0) == 60.0


def test_first_dose_is_reduced_once_and_its_cap_with_it():
    plan = as_plan("pamidronate 1 mg/kg/day iv for 3 days every 4 months, first dose half, max 60 mg")
    amounts = [dose.amount for dose in infusions(plan.regimens[0], 200.0)]
    assert [mg(np.array(a), 20.0) for a in amounts] == [10.0] + [20.0] * 5
    assert mg(np.array(amounts[0]), 100.0) == 30.0


def test_age_decides_dose_and_the_interval_that_follows():
    plan = published("montreal-pamidronate")
    starts = [d.day for d in infusions(plan.regimens[0], 3 * 365.25, age_years=1.75)][::3]
    np.testing.assert_allclose(np.diff(starts)[:2], 2 * MONTH)
    np.testing.assert_allclose(np.diff(starts)[2:5], 3 * MONTH)
    np.testing.assert_allclose(np.diff(starts)[-2:], 4 * MONTH)
    schedule = plan.schedule(52, 7.0, age_years=1.0)
    yearly = sum(mg(a, 10.0) for step in schedule.iv_amount[:, 0] for a in step) / 10.0
    assert yearly == pytest.approx(9.0 - 0.25, abs=0.01)  # 9 mg/kg a year, less the half first dose
    with pytest.raises(InputError, match="age_years"):
        plan.schedule(52, 7.0)


def test_oral_rates_by_weight_and_partial_steps():
    plan = as_plan("risedronate 2.5 mg daily below 30 kg, 5 mg daily above, from 10 days for 1 week")
    rate = plan.schedule(4, 7.0).care.oral_rate[:, 0]
    np.testing.assert_allclose(rate[:, 1], [0, 2.5 * 4 / 7, 2.5 * 3 / 7, 0])
    np.testing.assert_allclose(rate[:, 2], 2 * rate[:, 1])
    assert rate[1, 3] == 30.0 and rate[0, 3] == 0.0
    weekly = as_plan("risedronate 2 mg/kg/week").schedule(2, 7.0).care.oral_rate
    np.testing.assert_allclose(weekly[:, 0, 0], 2 / 7)


def test_oral_dose_by_age_changes_on_the_birthday():
    rate = published("alendronate-by-age").schedule(4, 7.0, age_years=10 - 7 / 365.25).care.oral_rate[:, 0, 2]
    np.testing.assert_allclose(rate, [5, 10, 10, 10])


def test_supplements_activity_and_immobilisation():
    words = "calcium 500 mg/day, calcium 300 mg/day from 1 week, vitamin D 1000 IU/day, activity x0.5 "
    schedule = as_plan(words + "from 1 week for 1 week, immobilised from 7 days for 2 weeks").schedule(4, 7.0)
    assert schedule.care.calcium_mg_per_day.tolist() == [500, 800, 800, 800]
    np.testing.assert_allclose(schedule.care.vitamin_d_nmol_per_l, 12.0, rtol=0.01)
    assert schedule.care.activity.tolist() == [[1, 1, 1], [0.5, 0.5, 0.5], [1, 1, 1], [1, 1, 1]]
    assert schedule.care.immobilised.tolist() == [False, True, True, False]


def test_no_treatment_has_no_drugs():
    schedule = Plan().schedule(3, 7.0)
    assert (
        schedule.drugs == ()
        and schedule.iv_amount.shape == (3, 0, 1, 5)
        and schedule.care.oral_rate.shape == (3, 0, 4)
    )
    assert (schedule.care.activity == 1).all() and not schedule.care.immobilised.any()


def test_drug_axis_can_be_widened_but_not_narrowed():
    plan = as_plan("zoledronate 0.05 mg/kg iv every 6 months")
    wide = plan.schedule(3, 7.0, drugs=("risedronate", "zoledronate"))
    assert wide.iv_amount[0, :, 0, 0].tolist() == [0.0, 0.05]
    with pytest.raises(InputError, match="the plan gives zoledronate"):
        plan.schedule(3, 7.0, drugs=("risedronate",))
    with pytest.raises(InputError, match="at least one step"):
        plan.schedule(0, 7.0)


@given(
    step=st.sampled_from([1.0, 7.0, 365.25 / 52, 30.0]),
    months=st.floats(0.3, 14.0),
    days=st.integers(1, 4),
    start=st.floats(0, 400),
)
@settings(max_examples=100, deadline=None)
def test_no_dose_is_lost_or_moved_whatever_the_step(step, months, days, start):
    unit = "mg/kg/day" if days > 1 else "mg/kg"
    course = f"for {days} days " if days > 1 else ""
    plan = as_plan(f"pamidronate 1 {unit} iv {course}every {months!r} months from {start!r} days")
    n_steps = int(800 / step)
    expected = [d.day for d in infusions(plan.regimens[0], n_steps * step - 1e-6)]
    schedule = plan.schedule(n_steps, step)
    np.testing.assert_allclose(dose_times(schedule), expected, rtol=0, atol=1e-6)
    assert (schedule.iv_day >= 0).all() and (schedule.iv_day < step).all()


@pytest.mark.parametrize(
    ("n_steps", "step_days"), [(0, 7.0), (-1, 7.0), (4, 0.0), (4, -7.0), (4, float("nan"))]
)
def test_a_schedule_without_length_is_refused(n_steps: int, step_days: float):
    with pytest.raises(InputError, match=r"schedule: got .*accepted: at least one step, longer than 0 days"):
        as_plan("zoledronate 0.05 mg/kg every 6 months").schedule(n_steps, step_days)
