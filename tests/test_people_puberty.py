"""Puberty comes earlier or later: the age map, what reads it, who is drawn, and what a told height tells."""

from dataclasses import replace
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

from brittlestar._shared.chance import normal
from brittlestar._shared.errors import InputError
from brittlestar._shared.parameter_files import fill
from brittlestar.bone import scanner
from brittlestar.bone.scanner import Scanner
from brittlestar.engine import at_entry
from brittlestar.people.cohort import Cohort
from brittlestar.people.limits import LIMITS
from brittlestar.people.person import Person
from brittlestar.people.puberty import Puberty, maturational_age
from brittlestar.people.sampling import NORMAL_TRAITS, sample_cohort

MOST = LIMITS["puberty_shift_years"].high
LIFE = np.linspace(0.0, 90.0, 36001)


BODY = ("height_cm", "weight_kg", "ls_abmd", "tb_n", "resorption", "hazard_upper_limb")
NAMES = (*BODY, "ls_z", "ls_median", "ls_ratio", "ctx")


def of_ages(ages: np.ndarray, sex: str, shift: float) -> dict[str, np.ndarray]:
    """Outputs at entry of healthy people of these ages, usual but for their timing."""
    one = Person(1.0, sex, "healthy", puberty_shift_years=shift).to_cohort()
    many = one.take(np.zeros(len(ages), int)) if len(ages) == 1 else Cohort.side_by_side([one] * len(ages))
    return at_entry(replace(many, id=np.arange(len(ages)), age_years=ages), NAMES)


@pytest.mark.parametrize("sex", [0, 1])
@pytest.mark.parametrize("shift", [-MOST, -0.7, 1.3, MOST])
def test_nobody_grows_younger_and_all_start_and_end_alike(sex: int, shift: float) -> None:
    """b' = 1 - s w', and the smooth step rises by 15/8 over its length at most."""
    p = fill(Puberty)
    assert p.timing_fade > 15 / 8 * MOST
    assert p.timing_from[sex] + 2 * p.timing_fade <= p.timing_until[sex]
    life = LIFE
    b, pace = maturational_age(life, sex, shift)
    assert np.diff(b).min() > 0.0
    assert pace.min() >= 1 - MOST * 15 / 8 / p.timing_fade - 1e-12
    assert np.gradient(b, life) == pytest.approx(pace, abs=1e-4)
    outside = (life <= p.timing_from[sex]) | (life >= p.timing_until[sex])
    assert np.array_equal(b[outside], life[outside]) and np.all(pace[outside] == 1.0)


def test_usual_timing_is_the_age_itself_to_the_last_digit() -> None:
    b, pace = maturational_age(LIFE, 1, 0.0)
    assert np.array_equal(b, LIFE) and np.all(pace == 1.0)


@pytest.mark.parametrize(("sex", "peak"), [("male", 13.25), ("female", 11.75)])
@pytest.mark.parametrize("shift", [-2.0, -1.0, 1.0, 2.0])
def test_the_growth_spurt_comes_as_many_years_later(sex: str, peak: float, shift: float) -> None:
    ages = np.arange(8.5, 17.5, 0.05)
    height = of_ages(ages, sex, shift)["height_cm"]
    assert ages[np.gradient(height).argmax()] == pytest.approx(peak + shift, abs=0.3)


@pytest.mark.parametrize("shift", [-3.0, 2.0])
def test_size_and_bone_of_infants_and_adults_are_those_of_usual_timing(shift: float) -> None:
    ages = np.array([0.0, 0.9, 26.0, 60.0])
    own, usual = (of_ages(ages, "female", s) for s in (shift, 0.0))
    assert all(np.array_equal(own[name], usual[name]) for name in NAMES)


def test_a_late_boy_is_a_younger_boy_whom_scanner_and_laboratory_compare_with_his_age() -> None:
    late, usual = (of_ages(np.array([14.0, 16.0]), "male", s) for s in (1.5, 0.0))
    younger = of_ages(np.array([12.5, 14.5]), "male", 0.0)
    for name in BODY:
        assert late[name] == pytest.approx(younger[name], rel=1e-3), name
    assert np.array_equal(late["ls_median"], usual["ls_median"])
    assert late["ls_ratio"] == pytest.approx(younger["ls_median"] / usual["ls_median"], rel=1e-3)
    assert -1.2 < late["ls_z"][0] < -0.7
    # His growth plates still shed collagen when those of most boys of 16 no longer do.
    assert late["ctx"][1] > 1.2 and usual["ctx"][1] == pytest.approx(1.0)


def test_timing_is_drawn_with_its_spread_and_moves_no_other_draw() -> None:
    people = sample_cohort(20_000, seed=4, types={"I": 1})
    assert people.puberty_shift_years.mean() == pytest.approx(0.0, abs=0.03)
    assert people.puberty_shift_years.std() == pytest.approx(1.0, rel=0.03)
    assert np.abs(people.puberty_shift_years).max() == MOST
    assert np.array_equal(people.height_z, normal(4, people.id, "people.height_z"))
    assert np.array_equal(people.eta_drug, 0.5 * normal(4, people.id, "people.eta_drug"))
    assert NORMAL_TRAITS[-1] == "puberty_shift_years"


SHORT: dict[str, Any] = {"age": 13.0, "sex": "male", "oi_type": "I"}


def test_people_of_a_told_height_and_weight_have_them_whatever_their_timing() -> None:
    drawn = Person(**SHORT, height_cm=135.0, weight_kg=33.0).to_cohort(200, seed=3)
    found = at_entry(drawn, NAMES)
    assert found["height_cm"] == pytest.approx(np.full(200, 135.0)) and np.ptp(drawn.height_z) > 1.0
    assert found["weight_kg"] == pytest.approx(np.full(200, 33.0))
    told = Person(**SHORT, height_cm=135.0, puberty_shift_years=1.0).to_cohort(200, seed=3)
    assert set(told.puberty_shift_years) == {1.0} and np.ptp(told.height_z) == 0.0
    assert at_entry(told, NAMES)["height_cm"] == pytest.approx(np.full(200, 135.0))
    assert Person(**SHORT, height_cm=135.0).to_cohort().puberty_shift_years == 0.0


def test_a_short_boy_is_more_likely_late_as_among_many_drawn_people() -> None:
    """Those of 60,000 drawn boys who happen to be within half a centimetre of the height told."""
    many = Person(**SHORT).to_cohort(60_000, seed=2)
    alike = np.abs(at_entry(many, NAMES)["height_cm"] - 135.0) < 0.5
    drawn = Person(**SHORT, height_cm=135.0).to_cohort(4000, seed=3)
    for name in ("puberty_shift_years", "height_z"):
        found, true = getattr(drawn, name), getattr(many, name)[alike]
        error = 4 * true.std() / np.sqrt(min(alike.sum(), 4000))
        assert found.mean() == pytest.approx(true.mean(), abs=error), name
        assert found.std() == pytest.approx(true.std(), rel=0.1), name
    assert drawn.puberty_shift_years.mean() > 0.5
    grown = Person(30.0, "male", "I", height_cm=150.0).to_cohort(4000, seed=3)
    assert grown.puberty_shift_years.mean() == pytest.approx(0.0, abs=0.07)


def test_timing_that_nobody_has_is_refused_in_one_sentence() -> None:
    with pytest.raises(InputError, match=r"Person\.puberty_shift_years: got 4; accepted: -3 to 3 years"):
        Person(**SHORT, puberty_shift_years=4)
    usual = Person(**SHORT).to_cohort()
    with pytest.raises(InputError, match=r"Cohort\.puberty_shift_years: got 5"):
        replace(usual, puberty_shift_years=np.array([5.0]))


def test_density_levels_off_by_the_score_that_is_told():
    """Beside people as old, not as mature: no Z is beyond its most, and below it density follows bone."""
    p = fill(Scanner)
    S, early = jnp.asarray(0.1), jnp.asarray(1.3)

    def z(bone: float) -> float:
        ratio = scanner.spine_ratio(jnp.asarray(bone), jnp.asarray(1.0), jnp.asarray(1.0), early, S, p)
        return float(scanner.z_score(ratio, S))

    assert z(1.0) == pytest.approx((1.3 - 1.0) / 0.1)
    assert float(np.asarray(p.Z_free)) < z(1.6) < z(3.0) <= float(np.asarray(p.Z_most))
