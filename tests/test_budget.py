"""What a question costs is known before it is worked on, and never less than what it will take."""

import pytest

from brittlestar._shared.budget import GIB, Budget, Cost
from brittlestar._shared.errors import InputError
from brittlestar.care import as_plan
from brittlestar.care.dose_counts import most_doses

PLANS = (
    "no treatment",
    "risedronate 5 mg/day",
    "zoledronate 0.05 mg/kg iv every 6 months for 3 years",
    "zoledronate 0.05 mg/kg iv every 6 months, osteotomy of the femur at 1 year, hold 28 days before until "
    "8 weeks after surgery",
    "pamidronate 1 mg/kg/day iv for 3 days every 4 months",
    "denosumab 60 mg every 6 months",
    "montreal-pamidronate",
)


@pytest.mark.parametrize("words", PLANS)
@pytest.mark.parametrize("years", [0.1, 1, 3, 10])
def test_no_plan_gives_more_doses_than_were_counted(words: str, years: float) -> None:
    plan, days = as_plan(words), years * 365.25
    given, most = len(plan.doses(days, 2.0, "female")), most_doses(plan, days)
    assert given <= most <= 2 * given + 12


def test_doses_that_are_not_listed_are_counted_at_once() -> None:
    assert most_doses(as_plan("zoledronate 0.05 mg/kg iv every 1 day"), 36525.0) == 36525
    assert most_doses(as_plan("zoledronate 0.05 mg/kg iv every 1 day for 10 days"), 36525.0) == 10
    # A course that begins after the horizon takes none away.
    later = "zoledronate 0.05 mg/kg iv every 6 months for 4 years then pamidronate 1 mg/kg iv every 3 months"
    assert most_doses(as_plan(later), 365.25) == 2
    assert most_doses(as_plan("risedronate 5 mg/day"), 36525.0) == 0


def test_cost_is_people_times_what_is_worked_out_once_steps_and_doses() -> None:
    cost = Cost(people=100, steps=1000, doses=10, numbers=500)
    assert cost.work == 100 * (80 + 1000 + 16 * 10)
    assert cost.memory == 100 * (8 * 500 + 280 * 10)


def test_what_costs_more_is_refused_with_the_cost_the_limit_and_what_to_make_smaller() -> None:
    budget = Budget(work=1e5, memory=GIB)
    budget.check(Cost(people=100, steps=920), "years (3)")
    with pytest.raises(
        InputError, match=r"1.1e\+05 steps of people.*up to 1e\+05; make smaller: years \(3\)"
    ):
        budget.check(Cost(people=110, steps=920), "years (3)")
    with pytest.raises(InputError, match=r"2 GiB of memory.*up to 1 GiB; make smaller: draws"):
        budget.check(Cost(people=1, steps=1, numbers=2 * GIB // 8), "draws (5)")
