"""On which days courses are given: ends, holds, units that differ; and how many doses that makes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brittlestar.care import Observations, Plan, as_plan, parse

YEAR = 365.25
THREE_DAYS = "pamidronate 1 mg/kg/day iv for 3 days every 4 months"


def days(plan: Plan | str, years: float = 12.0, **who) -> np.ndarray:
    return np.array([day for day, _ in sorted(as_plan(plan).doses(years * YEAR, **who))])


COUNTED = {
    "26 weeks for 1 year": 2,
    "52 weeks for 1 year": 1,
    "365 days for 3 years": 3,
    "364 days for 3 years": 3,
    "52 weeks for 10 years": 10,
    "26 weeks for 10 years": 20,
    "13 weeks for 1 year": 4,
    "4 weeks for 1 year": 13,
    "28 days for 3 years": 39,
    "90 days for 1 year": 4,
    "30 days for 1 year": 12,
    "60 days for 2 years": 12,
    "180 days for 2 years": 4,
    "26 weeks for 12 months": 2,
    "13 weeks for 3 months": 1,
    "91 days for 3 months": 1,
    "30 days for 1 month": 1,
    "2 weeks for 6 months": 13,
    "1 month for 52 weeks": 12,
    "1 year for 366 days": 1,
    "6 months for 183 days": 1,
    "1 month for 31 days": 1,
    # Truly due: some way before the end, or counted in units that agree.
    "5 weeks for 1 year": 11,
    "5 weeks for 3 years": 32,
    "6 weeks for 1 year": 9,
    "12 weeks for 1 year": 5,
    "100 days for 1 year": 4,
    "10 days for 1 year": 37,
    "1 week for 10 years": 522,
    "4 months for 14 months": 4,
    "26 weeks for 53 weeks": 3,
    "26 weeks for 52 weeks": 2,
    "1 month for 1 year": 12,
    "6 months for 10 years": 20,
    "4 weeks for 1 month": 2,
}


@pytest.mark.parametrize("said", COUNTED)
def test_a_length_holds_as_many_intervals_as_people_count_in_it(said):
    assert len(days(f"zoledronate 0.05 mg/kg iv every {said}")) == COUNTED[said]
    assert len(days(f"denosumab 60 mg every {said}")) == COUNTED[said]


def test_a_run_of_whole_years_counts_as_a_length_does():
    every = "zoledronate 0.05 mg/kg iv every"
    assert [len(days(f"{every} 26 weeks", years)) for years in (1.0, 2.0, 2.5, 10.0)] == [2, 4, 5, 20]
    assert len(days(f"{every} 365 days", 3.0)) == 3 and len(days(f"{every} 5 weeks", 1.0)) == 11
    assert len(days("denosumab 60 mg every 26 weeks", 1.0)) == 2
    # A longer run shows that treatment goes on.
    assert days(f"{every} 26 weeks", 1.5).tolist() == [0.0, 182.0, 364.0]
    table = as_plan(f"{every} 26 weeks").schedule(365, YEAR / 365)
    assert (table.iv_amount[:, 0, :, 0] > 0).sum() == 2


@pytest.mark.parametrize("stop", ["stop after 1 year", "stop at 8 years"])
def test_a_stop_counts_as_an_end_does(stop):
    assert len(days(f"zoledronate 0.05 mg/kg iv every 26 weeks, {stop}", age_years=7.0, sex="female")) == 2
    assert len(days(f"zoledronate 0.05 mg/kg iv every 5 weeks, {stop}", age_years=7.0, sex="female")) == 11


def test_a_hold_that_moves_a_course_is_no_matter_of_units():
    words = "zoledronate 0.05 mg/kg iv every 26 weeks for 1 year, osteotomy at 200 days"
    words += ", hold 30 days before until 164 days after surgery"
    # Due on day 182, held from 170 to 364: given then, though a day and a quarter before the end.
    assert days(words).tolist() == [0.0, 364.0]


def test_a_course_that_meets_a_hold_is_given_as_a_whole_when_it_ends():
    words = (
        f"{THREE_DAYS}, osteotomy of the femur at 150 days, hold 28 days before until 8 weeks after surgery"
    )
    found = days(words, 1.0)
    # Due on days 121.75 to 123.75; held from 122 to 206.
    assert found[:6].tolist() == [0, 1, 2, 206, 207, 208]
    assert not ((found >= 122) & (found < 206)).any()
    np.testing.assert_allclose(found[6:], [206 + 121.75 + day for day in range(3)], atol=1e-9)


def test_an_infusion_is_over_before_a_hold_begins():
    words = "pamidronate 60 mg iv every 100 days over 24 hours, osteotomy at 101 days"
    words += ", hold 0.5 days before until 10 days after surgery"
    assert days(words, 0.5).tolist() == [0.0, 111.0]


@pytest.mark.parametrize("end", ["for 368 days", ", stop after 367 days", ", stop at 8.0041 years"])
def test_no_course_begins_that_would_not_be_over(end):
    # The fourth course would begin on day 365.25, its last day is 367.25.
    found = days(f"{THREE_DAYS} {end}", age_years=7.0, sex="female")
    assert len(found) == (12 if end == "for 368 days" else 9)


def test_a_rule_that_only_a_run_shows_breaks_a_course_off():
    plan = as_plan(f"{THREE_DAYS}, stop when Z reaches -1")
    resolved = plan.resolve(Observations([0.0, 122.5 / YEAR], ls_z=[-2.0, -0.5]))
    assert days(resolved).tolist() == [0, 1, 2, 121.75]


@given(
    st.integers(1, 5),
    st.floats(20, 200),
    st.floats(0, 300),
    st.floats(0, 60),
    st.floats(1, 150),
    st.integers(201, 700),
)
@settings(max_examples=150, deadline=None)
def test_nothing_is_ever_given_in_a_hold_or_after_the_end(n, every, at, before, after, end):
    unit = "mg/kg/day" if n > 1 else "mg/kg"
    course = f"for {n} days " if n > 1 else ""
    plan = parse(
        f"pamidronate 0.5 {unit} iv {course}every {every!r} days for {end} days, osteotomy at {at!r} days, "
        f"hold {before!r} days before until {after!r} days after surgery"
    )
    found, ((start, until),) = days(plan, 3.0), plan.held
    assert not ((found >= start) & (found < until - 1e-6)).any() and (found < end).all()
    assert len(found) % n == 0, "whole courses"


def test_doses_of_each_year_are_counted_and_said():
    def counts(words: str, years: float, **who) -> dict[tuple[str, str], tuple[int, ...]]:
        return {(d.drug, d.what): d.per_year for d in parse(words).doses_per_year(years, **who)}

    zoledronate = "zoledronate 0.05 mg/kg iv every"
    assert counts(f"{zoledronate} 6 months for 3 years", 3) == {("zoledronate", "infusion"): (2, 2, 2)}
    assert counts(f"{zoledronate} 26 weeks for 3 years", 3) == {("zoledronate", "infusion"): (2, 2, 2)}
    assert counts(f"{zoledronate} 5 weeks for 1 year", 2) == {("zoledronate", "infusion"): (11, 0)}
    assert counts(THREE_DAYS, 2) == {("pamidronate", "infusion"): (9, 9)}
    assert counts("montreal-pamidronate", 2, age_years=1.0) == {("pamidronate", "infusion"): (18, 12)}
    both = counts("risedronate 35 mg/week for 1 year then denosumab 60 mg every 6 months for 1 year", 2)
    assert both == {("risedronate", "week of tablets"): (52, 0), ("denosumab", "injection"): (0, 2)}
    assert counts("teriparatide 20 ug/day for 6 months", 1) == {("teriparatide", "day of injections"): (183,)}
    assert parse(f"{zoledronate} 6 months for 2 years").doses_in_words(3) == (
        "zoledronate: 4 infusions, 2 in each of years 1 to 2, 0 in year 3."
    )
    assert parse("no treatment").doses_in_words(3) == "No dose is given."


@pytest.mark.parametrize("words", ["zoledronate 0.05 mg/kg iv every 26 weeks", THREE_DAYS, "topaz"])
@pytest.mark.parametrize("years", [0.5, 1.0, 2.5, 3.0])
def test_the_count_of_years_is_that_of_the_schedule(words, years):
    plan = as_plan(words)
    total = sum(row.total for row in plan.doses_per_year(years) if row.what in ("infusion", "injection"))
    assert total == len(days(plan, years))
