"""How tablets are taken: said, kept, and what it does to absorption and complaints."""

import numpy as np
import pytest

from brittlestar._shared.errors import InputError
from brittlestar.aftermath.received import Given
from brittlestar.care import Plan, Regimen, as_plan

TABLETS = "risedronate 35 mg/week"
SAID = {
    "": (True, True),
    "taken upright and fasting": (True, True),
    "on an empty stomach": (True, True),
    "before breakfast": (True, True),
    "with food": (True, False),
    "taken after breakfast": (True, False),
    "not fasting": (True, False),
    "not upright": (False, True),
    "lying down, taken with a meal": (False, False),
}


@pytest.mark.parametrize("words", SAID)
def test_words_object_and_file_say_the_same(words: str) -> None:
    upright, fasting = SAID[words]
    regimen = Regimen(drug="risedronate", dose=35, dose_unit="mg/week", upright=upright, fasting=fasting)
    plan = as_plan(f"{TABLETS}, {words}" if words else TABLETS)
    assert plan == Plan(regimens=(regimen,))
    assert as_plan(plan.in_words()) == plan and Plan.from_toml(plan.to_toml()) == plan
    assert as_plan(f"{TABLETS} {words}, calcium 500 mg/day").regimens == plan.regimens


def test_published_tablets_may_be_taken_otherwise() -> None:
    usual, fed = as_plan("poise-risedronate"), as_plan("poise-risedronate with food")
    assert [r.fasting for r in fed.regimens] == [False]
    assert as_plan("poise-risedronate, taken fasting").regimens == usual.regimens


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("zoledronate 0.05 mg/kg iv every 6 months with food", "fasting: got False; accepted: tablets only"),
        ("zoledronate 0.05 mg/kg iv every 6 months, not upright", "upright: got False"),
        ("topaz, with food", "tablets only"),
        ("calcium 500 mg/day with food", "belong after a drug"),
        (f"{TABLETS} fasting, with food", "said twice: fasting"),
        ("denosumab 60 mg every 6 months, with food", "accepted for this drug"),
        (f"{TABLETS} uprite", "did you mean 'upright'"),
    ],
)
def test_what_cannot_be_is_refused(words: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        as_plan(words)


@pytest.mark.parametrize("tablets", [TABLETS, "alendronate 10 mg/day", "alendronate-by-age"])
def test_food_takes_absorption_and_posture_does_not(tablets: str) -> None:
    def rate(way: str) -> np.ndarray:
        return as_plan(f"{tablets}{way}").schedule(4, 7.0, age_years=8.0).care.oral_rate[..., :3]

    assert rate("").any()
    np.testing.assert_allclose(rate(", with food"), 0.25 * rate(""))
    np.testing.assert_array_equal(rate(", not upright"), rate(""))


def test_each_period_is_absorbed_as_it_is_taken() -> None:
    plan = as_plan(f"{TABLETS} for 1 week with food then {TABLETS}")
    np.testing.assert_allclose(plan.schedule(3, 7.0).care.oral_rate[:, 0, 1], [1.25, 5, 5])


@pytest.mark.parametrize("way", SAID)
def test_what_follows_a_course_learns_it_from_the_plan(way: str) -> None:
    plan = as_plan(f"{TABLETS}, {way}" if way else TABLETS)
    given = Given.from_plan(plan, plan.schedule(4, 7.0))
    assert (given.upright, given.fasting) == SAID[way]


def test_two_ways_count_as_the_worst_and_say_so() -> None:
    plan = as_plan(f"{TABLETS} for 1 week with food then {TABLETS}, not upright")
    given = Given.from_plan(plan, plan.schedule(4, 7.0))
    assert not given.upright and not given.fasting
    named = {warning.rule: warning.source for warning in plan.check()}
    assert {"tablets-taken-in-two-ways", "tablets-with-food", "tablets-not-upright"} <= set(named)
    assert all(named.values())
    assert not [w for w in as_plan(TABLETS).check() if w.rule.startswith("tablets")]
    assert "10.1016/0009-9236(95)90245-7" in next(
        w.source for w in as_plan("alendronate 10 mg/day with food").check() if w.rule == "tablets-with-food"
    )
