"""Hip, neck, radius, femur, tibia and spine over one healthy young adult: which bone each of them sees."""

from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from brittlestar.bone.sites import projected_area
from brittlestar.engine import UNITS, at_entry, default_parameters, with_values
from brittlestar.engine.healthy_tables import known_table
from brittlestar.model.at_rest import rest
from brittlestar.model.healthy_table import load_reference
from brittlestar.model.outputs import read
from brittlestar.model.skeleton import young_bones
from brittlestar.model.state import M, People, State, Traits, V, traits
from brittlestar.people.person import Person

P: Any = default_parameters()
YOUNG = tuple(name for name, unit in UNITS.items() if unit == "of a healthy young adult")
TRABECULAR = {"hip_density": V, "neck_density": V, "radius_density": M, "bone_mass": V}
TRABECULAR |= {"femur_failure_load": V, "tibia_failure_load": M, "vertebral_failure_load": V}
"""Whose trabeculae each of them sees."""
SHARES = {
    "hip_density": P.sites.th_hip, "neck_density": P.sites.th_neck, "radius_density": P.sites.th_radius,
    "bone_mass": P.scanner.th, "femur_failure_load": P.sites.thS_femur,
    "tibia_failure_load": P.sites.thS_tibia, "vertebral_failure_load": P.strength.thS,
}  # fmt: skip
CORTEX = tuple(name for name in YOUNG if name not in ("bone_mass", "vertebral_failure_load"))


@cache
def adult() -> tuple[State, Traits, np.ndarray]:
    """A healthy woman of 30 years who is as tall as the young adult, at entry."""
    told = Person(age=30.0, sex="female", oi_type="healthy").to_cohort()
    H = float(at_entry(told, ("height_cm",))["height_cm"][0])
    z = (float(P.sites.H_young) / H - 1.0) / float(P.growth.height_cv)
    cohort = Person(age=30.0, sex="female", oi_type="healthy", height_z=z).to_cohort()
    people = People(*(jnp.asarray(getattr(cohort, field)) for field in People._fields))
    rows, tr = jnp.asarray(known_table(load_reference(), P)), traits(people, P)
    drugless = P._replace(drugs=type(P.drugs)(*(np.zeros((0, 1)) for _ in P.drugs)))
    return rest(people.age_years, tr, rows, drugless, jnp.full((4, 1), jnp.inf)), tr, np.asarray(rows)


def seen(name: str, **factors: Any) -> Any:
    """An output of her skeleton with fields of the state multiplied."""
    x, tr, rows = adult()
    x = x._replace(**{field: getattr(x, field) * factor for field, factor in factors.items()})
    return read(x, jnp.array([30.0]), tr, jnp.asarray(rows), P, (name,))[name][0]


def of_site(site: int, factor: Any) -> Any:
    """Multiplies the vertebra's or the metaphysis' row."""
    return jnp.ones((2, 1)).at[site].set(factor)


def log_slope(name: str, factors: Any) -> float:
    """d ln(output) / d ln(factor) where the factor is 1."""
    return float(jax.grad(lambda k: jnp.log(seen(name, **factors(k))))(1.0))


def test_each_output_over_the_young_adult_is_tested_here():
    assert set(YOUNG) == set(TRABECULAR) == set(SHARES)


@pytest.mark.parametrize("name", YOUNG)
def test_a_healthy_adult_of_that_height_reads_one(name: str):
    assert seen(name) == pytest.approx(1.0, abs=0.03)


def test_the_young_adult_depends_on_parameters_alone():
    young = young_bones(P)
    taller = P.turnover.hH * (P.sites.H_young / P.turnover.hH_height) ** P.turnover.eh
    assert float(young.V) == pytest.approx(float(P.turnover.nH * taller))
    porous = young_bones(with_values(P, cortex__fp0=np.float64(0.1)))
    assert float(porous.solid) == pytest.approx(0.9)


@pytest.mark.parametrize("name", ("hip_density", "neck_density", "radius_density", "bone_mass"))
def test_half_the_trabeculae_cost_half_of_the_trabecular_share(name: str):
    lost = seen(name) - seen(name, n=of_site(TRABECULAR[name], 0.5))
    assert lost == pytest.approx(0.5 * float(SHARES[name]), rel=0.03)


@pytest.mark.parametrize("name", YOUNG)
def test_slope_by_trabecular_number(name: str):
    exponent = P.strength.e_yV if name.endswith("failure_load") else 1.0
    slope = log_slope(name, lambda k: {"n": of_site(TRABECULAR[name], k)})
    assert slope == pytest.approx(float(SHARES[name] * exponent), rel=0.05)
    assert log_slope(name, lambda k: {"n": of_site(1 - TRABECULAR[name], k)}) == 0.0


@pytest.mark.parametrize("name", YOUNG)
def test_slope_by_porosity(name: str):
    """More pores take phi/(1 - phi) of solid bone, cubed in strength, off the cortical share."""
    exponent = P.strength.e_phi if name.endswith("failure_load") else 1.0
    slope = log_slope(name, lambda k: {"phi": k})
    pores = float(P.cortex.fp0 / (1.0 - P.cortex.fp0))
    cortical = (1.0 - float(SHARES[name])) if name in CORTEX else 0.0
    assert slope == pytest.approx(-pores * cortical * float(exponent), rel=0.05)


def test_pores_are_seen_at_the_radius_and_not_in_the_spine():
    assert seen("radius_density", phi=2.0) < 0.96 * seen("radius_density")
    assert seen("bone_mass", phi=2.0) == seen("bone_mass")


def test_a_wider_marrow_costs_bending_less_than_compression():
    """Most of the section modulus lies outside."""
    lost = {
        name: 1.0 - seen(name, Re=1.2) / seen(name) for name in ("femur_failure_load", "tibia_failure_load")
    }
    cortical = {name: lost[name] / (1.0 - float(SHARES[name])) for name in lost}
    assert 0.0 < cortical["femur_failure_load"] < cortical["tibia_failure_load"]


def test_area_follows_the_square_of_height_and_content_is_density_times_area():
    area, height = seen("ls_area_cm2"), seen("height_cm")
    assert area == pytest.approx(float(P.sites.ls_area * (height / P.sites.H_young) ** 2))
    assert seen("ls_bmc_g") == pytest.approx(area * seen("ls_abmd"))
    assert projected_area(jnp.array(82.5), P.sites) == pytest.approx(float(P.sites.ls_area) / 4)


def test_loads_do_not_see_the_matrix():
    """A scan of bone of poor collagen computes as strong as one of good collagen."""
    x, tr, rows = adult()
    names = ("vertebral_failure_load", "strength_vertebral")
    poor = tr._replace(qS=0.7 * jnp.asarray(tr.qS))
    good, bad = (read(x, jnp.array([30.0]), one, jnp.asarray(rows), P, names) for one in (tr, poor))
    assert bad["vertebral_failure_load"] == good["vertebral_failure_load"]
    assert bad["strength_vertebral"] == pytest.approx(0.7 * good["strength_vertebral"])


def test_a_falling_reference_moves_density_and_not_what_the_young_adult_measures():
    told, reference = Person(age=70.0, sex="female", oi_type="I").to_cohort(), load_reference()
    lower = reference._replace(abmd_median=0.8 * reference.abmd_median)
    names = ("ls_abmd", "ls_bmc_g", *YOUNG)
    usual, fallen = at_entry(told, names), at_entry(told, names, reference=lower)
    for name in names:
        assert fallen[name] == pytest.approx((1.0 if name in YOUNG else 0.8) * usual[name]), name
