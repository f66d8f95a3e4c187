"""Where the physics saturates: far from every published course, and only there."""

from dataclasses import replace
from functools import cache

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from brittlestar import Person, compare
from brittlestar._shared.level_off import held_back, level_off
from brittlestar._shared.parameter_files import fill
from brittlestar.bone.markers import Markers, ionised_calcium_change
from brittlestar.bone.mechanics import Mechanics, activity
from brittlestar.care import as_plan
from brittlestar.drugs.catalogue import DRUGS
from brittlestar.engine import at_entry, default_parameters, simulate_cohort
from brittlestar.engine.limits_met import limits_met
from brittlestar.model.parameters import with_values
from brittlestar.outcomes.fracture import SITES, Fracture
from brittlestar.outcomes.reactions import Reactions, low_calcium_chance
from brittlestar.people.cohort import Cohort
from brittlestar.people.unusual import unusual
from brittlestar.trials.protocol_files import load_protocol
from brittlestar.trials.protocol_texts import library
from brittlestar.trials.recruit import enrol

HIGHEST_PUBLISHED = 10.78
"""Fractures a year, mean of a study of type III: the highest of 87 studies (systematic review)."""

HAZARDS = tuple(f"hazard_{site}" for site in SITES)


def total(outputs):
    return np.sum([outputs[name] for name in HAZARDS], axis=0)


def course(person, plan, years, **more):
    outputs = int(np.ceil(years * 365.25 / 28.0))
    schedule = as_plan(plan).schedule(outputs * 4, 7.0, person.age, DRUGS, person.sex)
    return simulate_cohort(person.to_cohort(), [schedule], [0], years, **more)


def test_levels_off_smoothly_and_not_a_bit_before():
    x = np.concatenate([np.linspace(0.0, 3.0, 301), [50.0, 1e300]])
    y = np.asarray(level_off(jnp.asarray(x), 2.0, 3.0))
    assert np.array_equal(y[x <= 2.0], x[x <= 2.0])
    assert np.all(np.diff(y) >= 0.0) and y[-1] == 3.0
    assert y[300] == pytest.approx(2.0 + (1.0 - np.exp(-1.0)))
    slope = jax.grad(lambda v: level_off(v, 2.0, 3.0))
    assert float(slope(2.0 - 1e-9)) == pytest.approx(1.0) and float(slope(2.0 + 1e-9)) == pytest.approx(1.0)


def test_ceiling_is_far_above_any_published_rate():
    p = fill(Fracture)
    yearly = 365.25 * np.array([p.h_free, p.h_most])
    assert yearly[0] > 3.0 * HIGHEST_PUBLISHED and yearly[1] == pytest.approx(100.0)


def test_what_a_limit_holds_back_is_known_from_what_is_left():
    # 80 with a limit that begins at 60 and ends at 100: 60 + 40 (1 - e^-0.5) = 75.739 are left.
    assert held_back(75.7388, 60.0, 100.0) == pytest.approx(1.0 - 75.7388 / 80.0, abs=1e-5)
    assert held_back(60.0, 60.0, 100.0) == 0.0
    assert 0.9 < held_back(100.0, 60.0, 100.0) < 1.0


@cache
def published_cohorts():
    """Some 150 people of every trial of the library, and which trial each belongs to."""
    p, people, trial = default_parameters(), [], []
    for i, name in enumerate(library()):
        protocol = load_protocol(name)
        some = enrol(protocol, np.arange(-(-150 // protocol.population.randomised)), 1, p).cohort
        people.append(replace(some, id=10_000 * i + np.arange(len(some))))
        trial += [name] * len(some)
    return Cohort.concatenate(people), np.array(trial)


def test_ceiling_acts_in_no_published_cohort():
    cohort, trial = published_cohorts()
    free = with_values(default_parameters(), fracture__h_free=1e6, fracture__h_most=2e6)
    with_ceiling, without = (total(at_entry(cohort, HAZARDS, p)) for p in (None, free))
    for name in library():
        mine = trial == name
        assert with_ceiling[mine].mean() == pytest.approx(without[mine].mean(), rel=1e-5), name
        assert np.mean(with_ceiling[mine] != without[mine]) < 0.01, name


def test_ceiling_holds_the_absurd_and_keeps_the_shares_of_the_sites():
    newborn = Person(age=0.0, sex="female", oi_type="III")
    out = course(newborn, "activity x0.2", 5.0, fates=False)
    assert 60.0 < total(out).max() < 100.0
    free = with_values(default_parameters(), fracture__h_free=1e6, fracture__h_most=2e6)
    without = course(newborn, "activity x0.2", 5.0, fates=False, parameters=free)
    assert total(without).max() > 200.0
    for name in HAZARDS:
        np.testing.assert_allclose(out[name] / total(out), without[name] / total(without), rtol=1e-9)


@pytest.mark.parametrize("age", [0.0, 0.3, 1.0, 12.0])
def test_rest_without_any_load_is_finite(age):
    out = course(Person(age=age, sex="male", oi_type="III", turnover=10.0), "activity x0", 3.0)
    assert not out.failed.size
    assert out["strength_limb"].min() > 0.0 and out["ls_abmd"].min() > 0.0


def test_load_never_ceases_and_has_an_end():
    p = fill(Mechanics)
    planned = jnp.array([[0.0], [0.2], [3.0]])
    np.testing.assert_allclose(activity(planned, jnp.array([0.0]), p)[:, 0], [0.05, 0.2, 3.0])
    assert activity(27.0 * planned, jnp.array([0.0]), p).max() == 3.0


def test_ionised_calcium_cannot_be_used_up():
    p, one = fill(Markers), jnp.ones(())
    assert float(ionised_calcium_change(1.5 * one, one, one, p)) == pytest.approx(-0.5 * p.k_Ca)
    assert float(ionised_calcium_change(1.5 * one, one, 0.8 * one, p)) == pytest.approx(-0.4 * p.k_Ca)
    more = jnp.array([0.516, 3.44]) / p.k_Ca
    change = ionised_calcium_change(
        jnp.array([*(1.0 + more), 1.0]), jnp.array([1.0, 1.0, *(1.0 + more[1:])]), one, p
    )
    # -0.516 and -3.44 without a limit; 0.4 + 0.3 (1 - e^-(0.116/0.3)) are left of the first.
    np.testing.assert_allclose(change, [-0.4962, -0.7, 0.7], atol=2e-4)


def test_no_calcium_at_all_is_an_answer():
    p = fill(Reactions)._replace(calcium_or=np.array(1.3))
    none, little, usual = (
        float(low_calcium_chance(0, True, 1.0, 65.0, mg, p)) for mg in (0.0, 100.0, 1000.0)
    )
    assert none == little and usual < little < 0.5
    found = compare(
        age=7, sex="female", oi_type="III", plan="zoledronate 0.05 mg/kg iv every 6 months", years=1,
        calcium_mg_per_day=0, vitamin_d_nmol_per_l=1, draws=20, people=0, step_days=7,
    )  # fmt: skip
    for row in found.summary()["rows"]:
        for plan in ("treated", "untreated"):
            mean = row[plan]["mean"]
            assert mean is None or np.isfinite(mean), row["id"]


@pytest.mark.filterwarnings("ignore")
def test_a_z_score_has_an_end():
    dense = Person(age=0.4, sex="male", oi_type="III", turnover=8.0)
    cohort = replace(dense.to_cohort(), eta_bone=np.array([3.0]))
    care = as_plan("denosumab 1 mg/kg every 3 months, setrusumab 20 mg/kg every month")
    schedule = care.schedule(40, 7.0, 0.4, DRUGS, "male")
    out = simulate_cohort(cohort, [schedule], [0], 0.7, fates=False)
    assert 8.0 < out["ls_z"].max() < 12.0
    median, spread = out["ls_median"], out["ls_sd"]
    np.testing.assert_allclose(out["ls_abmd"], median + out["ls_z"] * spread, rtol=1e-9)


def test_a_limit_that_acts_is_said_by_name():
    newborn = Person(age=0.0, sex="female", oi_type="III")
    (said,) = limits_met(course(newborn, "activity x0.2", 2.0, fates=False).outputs, default_parameters())
    assert said.startswith("Limit, fracture-ceiling: above 60 fractures a year")
    assert "level off at 100" in said and "in 1 of 1 courses" in said
    usual = course(Person(age=8, sex="female", oi_type="III"), "no treatment", 1.0, fates=False)
    assert limits_met(usual.outputs, default_parameters()) == ()


def test_limits_are_said_when_more_than_a_hundredth_is_held_back():
    p, zero = default_parameters(), np.zeros((2, 3))
    usual = dict.fromkeys(HAZARDS, zero) | {"ls_z": zero, "calcium_change_mmol_per_l": zero}
    assert limits_met(usual, p) == ()
    # 80 a year become 75.74: 5.6 % more without the ceiling.
    one = np.array([[0.0, 75.7388, 0.0], [0.0, 0.0, 0.0]])
    (said,) = limits_met(usual | {"hazard_lower_limb": one}, p)
    assert "higher by up to 6 %, in 1 of 3 courses" in said
    assert limits_met(usual | {"hazard_lower_limb": 60.0 + zero}, p) == ()
    names = [limits_met(usual | {k: v + zero}, p)[0].split(":")[0] for k, v in
             (("ls_z", 10.0), ("calcium_change_mmol_per_l", -0.6))]  # fmt: skip
    assert names == ["Limit, density-ceiling", "Limit, calcium-limit"]


def test_unusual_people_are_flagged_and_usual_ones_are_not():
    told = {"age": 10.0, "sex": "female", "oi_type": "IV"}
    assert unusual(Person(**told)) == ()
    assert unusual(Person(**told, height_z=-3.0, weight_factor=1.5, calcium_mg_per_day=500)) == ()
    sentences = unusual(Person(**told, height_z=5.5, weight_factor=3.0, turnover=9, vitamin_d_nmol_per_l=1))
    names = [sentence.split(":")[0].removeprefix("Unusual person, ") for sentence in sentences]
    assert names == [f"{what}-far-from-usual" for what in ("height", "weight", "turnover", "vitamin-D")]
    # Body-mass index 8.7.
    thin = Person(**told, height_cm=140, weight_kg=17)
    assert any("weight-far" in sentence for sentence in unusual(thin))
