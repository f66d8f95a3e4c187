"""One person under two plans lives one life until the plans part, to the last bit, whoever else is there."""

import numpy as np

from brittlestar.care import as_plan
from brittlestar.drugs.catalogue import DRUGS
from brittlestar.engine import UNITS, Course, simulate_cohort
from brittlestar.people.sampling import sample_cohort

PEOPLE, STEPS, STEP_DAYS = 160, 52, 7.0
PLANS = "no treatment", "zoledronate 0.05 mg/kg iv every 6 months from month 6"


def until(run: Course, day: float, who: np.ndarray) -> set[tuple[int, int, float]]:
    """Fractures of these people before a day."""
    mine = (run.fracture_years * 365.25 < day) & who[run.fracture_person]
    return set(zip(run.fracture_person[mine], run.fracture_site[mine], run.fracture_years[mine], strict=True))


def test_twins_share_every_output_and_fracture_until_their_plans_part():
    plans = [as_plan(words).schedule(STEPS, STEP_DAYS, drugs=DRUGS) for words in PLANS]
    first = int(np.flatnonzero(plans[1].iv_amount[..., :3].any(axis=(1, 2, 3)))[0])
    parted = first * STEP_DAYS + plans[1].iv_day[first].max()
    people = sample_cohort(PEOPLE, seed=5, types="referral")
    # Treated and untreated people lie side by side in vectors of the second run.
    treated = np.random.default_rng(0).random(PEOPLE) < 0.5
    alone, mixed = (
        simulate_cohort(people, plans, index, STEPS * STEP_DAYS / 365.25, output_days=STEP_DAYS, seed=3)
        for index in (np.zeros(PEOPLE, int), treated.astype(int))
    )
    before = alone.time_years * 365.25 <= parted
    assert 20 < before.sum() < len(before)
    for name in UNITS:
        np.testing.assert_array_equal(alone[name][before], mixed[name][before], err_msg=name)
        np.testing.assert_array_equal(alone[name][:, ~treated], mixed[name][:, ~treated], err_msg=name)
    assert (alone["ctx"][-1] > mixed["ctx"][-1])[treated].all()
    assert until(alone, parted, treated) == until(mixed, parted, treated) != set()
