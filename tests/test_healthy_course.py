"""Healthy people stay healthy, age as people do, and lend their course to what is called healthy."""

from functools import cache
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

from brittlestar.bone import markers, trabecular
from brittlestar.care import as_plan
from brittlestar.drugs import exposure
from brittlestar.drugs.body_size import glomerular_filtration_rate
from brittlestar.drugs.catalogue import DRUGS
from brittlestar.engine import Course, simulate_cohort
from brittlestar.evidence.calibration.ageing import OLD, YOUNG, fit_ageing, healthy_rows, spine_bone_mass
from brittlestar.evidence.calibration.free_parameters import leaf
from brittlestar.model.healthy import PER_YEAR
from brittlestar.model.healthy_table import load_reference
from brittlestar.model.parameters import default_parameters
from brittlestar.outcomes.fracture import SITES
from brittlestar.people.coding import TYPES
from outcome_courses import people

BIRTH, CHILD, WOMAN = 0.0, 8.0, 65.0


def followed(age: Any, oi_type: str, plan: str, years: float, sex: Any = None, **differs: float) -> Course:
    """Typical people of these ages under a plan, expected course."""
    age = np.atleast_1d(np.asarray(age, float))
    cohort = people(len(age), age, TYPES.index(oi_type), sex)
    cohort = type(cohort)(**{**vars(cohort), **{k: np.full(len(age), v) for k, v in differs.items()}})
    schedule = as_plan(plan).schedule(int(years * 53) + 9, 7.0, drugs=DRUGS)
    return simulate_cohort(cohort, [schedule], np.zeros(len(age), int), years, fates=False)


@cache
def from_birth() -> Course:
    return followed([BIRTH, BIRTH], "healthy", "no treatment", 20.0)


def total(course: Course, person: int = 0) -> float:
    return float(sum(course[f"hazard_{site}"][0, person] for site in SITES))


def test_a_typical_healthy_child_has_z_zero_from_birth_to_20():
    assert np.abs(from_birth()["ls_z"]).max() < 5e-3


def test_no_newborn_loses_bone_against_the_healthy():
    assert from_birth()["ls_ratio"].min() > 0.999
    assert np.abs(from_birth()["strength_limb"] - 1.0).max() < 6e-3


@pytest.mark.parametrize("sex", [0, 1])
def test_healthy_adults_keep_z_zero_while_they_lose_bone(sex):
    course = followed([50.0], "healthy", "no treatment", 20.0, sex)
    assert np.abs(course["ls_z"]).max() < 2e-3
    lost = course["bone_mass"][-1, 0] / course["bone_mass"][0, 0]
    assert lost < 0.9 if sex else 0.97 < lost < 1.0


def test_children_with_oi_start_on_their_own_course():
    """No jump in the first months: Z of an untreated child moves less in a quarter than in a year."""
    z = followed([CHILD], "I", "no treatment", 1.1).at("ls_z", [0.0, 0.25, 1.0])[:, 0]
    assert abs(z[1] - z[0]) < 0.05 and abs(z[1] - z[0]) <= abs(z[2] - z[0]) + 0.01


def test_bone_mass_ages_as_the_density_reference_in_both_sexes():
    p, reference = default_parameters(), load_reference()
    mass = np.asarray(spine_bone_mass(healthy_rows(reference, p), p))
    for sex in (0, 1):
        for age in OLD:
            at, young = round(age * PER_YEAR), round(YOUNG * PER_YEAR)
            published = reference.abmd_median[sex, at] / reference.abmd_median[sex, young]
            assert mass[sex, at] == pytest.approx(published, abs=0.03), (sex, age)


def test_how_bone_ages_is_what_the_fit_says():
    for path, value in fit_ageing().items():
        assert leaf(path).shipped == pytest.approx(value, rel=0.02), path


def test_menopause_raises_turnover_and_thins_women_not_men():
    a = healthy_rows(load_reference(), default_parameters())
    before, after = round(45 * PER_YEAR), round(60 * PER_YEAR)

    def risen(x: Any) -> list[float]:
        """Men, women."""
        return [float(x[sex, after] / x[sex, before]) for sex in (0, 1)]

    assert risen(a.A)[1] > 1.3 and risen(a.A)[0] == pytest.approx(1.0, rel=1e-3)
    assert risen(a.h)[1] < 0.97 and risen(a.h)[0] > 0.99
    assert risen(a.phi)[1] > 1.2


def test_filtration_falls_from_35_on():
    young, old = (float(glomerular_filtration_rate(age, 165.0, 65.0, 1)) for age in (30.0, 75.0))
    assert old / young == pytest.approx(1 - 0.82 / 120 * 40, rel=1e-3)
    assert float(glomerular_filtration_rate(34.9, 165.0, 65.0, 1)) == pytest.approx(young, rel=1e-4)


def test_more_resorption_than_usual_takes_nothing_from_what_growth_supplies():
    p = default_parameters().trabecular
    one = jnp.ones(1)
    assert float(trabecular.drift_stopped(1.5 * one, one, one, 2.0, p)[0]) == 0.0
    assert float(trabecular.drift_stopped(0.5 * one, one, one, 2.0, p)[0]) == pytest.approx(0.75)


def test_little_calcium_costs_a_child_a_few_per_cent():
    """400 mg and 25 nmol/L for four years, type I: it cost 27 % while supply was two-sided."""
    poor = {"calcium_mg_per_day": 400.0, "vitamin_d_nmol_per_l": 25.0}
    lacking = followed([CHILD], "I", "no treatment", 4.0, **poor)["ls_ratio"][-1, 0]
    enough = followed([CHILD], "I", "no treatment", 4.0)["ls_ratio"][-1, 0]
    assert 0.90 < lacking / enough < 1.0


def test_desorbed_drug_is_shared_among_the_osteoclasts_present():
    p = default_parameters().shared._replace(w=0.5, kS=0.004, h_ref=0.15)
    few, many = (
        float(exposure.met_of_surface(0.01, jnp.asarray(0.15), jnp.asarray(turnover), p))
        for turnover in (1.0, 4.0)
    )
    assert few == pytest.approx(0.004 + 0.5 * 0.01) and many == pytest.approx(0.004 + 0.5 * 0.01 / 4)


def test_the_ratio_of_fractures_to_healthy_people_falls_with_age():
    ages = np.array([8.0, 30.0, 75.0])
    oi, healthy = (followed(ages, kind, "no treatment", 1.0, 1) for kind in ("I", "healthy"))
    ratio = [total(oi, i) / total(healthy, i) for i in range(3)]
    assert ratio[2] < 0.6 * ratio[1] and ratio[2] > 1.5


@pytest.mark.parametrize(
    ("sex", "peak", "children", "old"), [(0, 14, 0.0165, 0.0072), (1, 11, 0.0103, 0.0155)]
)
def test_healthy_people_break_bones_as_registers_count(sex, peak, children, old):
    ages = np.arange(1.0, 90.0, 1.0)
    course = followed(ages, "healthy", "no treatment", 0.2, sex)
    rate = np.sum([course[f"hazard_{site}"][0] for site in SITES], axis=0)
    young = ages < 18
    assert ages[young][np.argmax(rate[young])] == peak
    assert rate[young].mean() == pytest.approx(children, rel=0.05)
    weights = np.interp(ages[ages >= 50], [50, 60, 70, 80, 90], [1.0, 0.9, 0.7, 0.4, 0.12])
    assert np.average(rate[ages >= 50], weights=weights) == pytest.approx(old, rel=0.05)
    assert rate[ages == 85][0] > 2.0 * rate[ages == 55][0]


def test_a_marker_keeps_its_background_and_its_growth_plate():
    quiet = markers.marker(0.4, 0.2, jnp.asarray(2.5), jnp.asarray(0.0), jnp.ones(()), jnp.asarray(0.0))
    assert float(quiet) == pytest.approx(0.2 + 0.8 * 0.4 * 1.5 / 2.5)
    grown = markers.marker(0.4, 0.2, jnp.asarray(1.5), jnp.asarray(1.0), jnp.ones(()), jnp.asarray(0.75))
    assert float(grown) == pytest.approx(0.2 + 0.8 * 0.5)


def test_calcium_of_a_healthy_woman_falls_far_less_than_that_of_a_child_with_oi():
    dose = "zoledronate 5 mg once", "zoledronate 0.05 mg/kg iv once"
    woman = followed([WOMAN], "healthy", dose[0], 0.3, 1)["calcium_change_mmol_per_l"].min()
    child = followed([CHILD], "IV", dose[1], 0.3)["calcium_change_mmol_per_l"].min()
    assert child < 2.0 * woman < 0.0
