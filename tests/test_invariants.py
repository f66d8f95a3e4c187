"""What must hold whatever the parameters: mass, signs, independence of people, paired fates, derivatives."""

from dataclasses import replace
from functools import cache
from types import SimpleNamespace
from typing import Any
from zlib import crc32

import jax
import jax.flatten_util
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import expm

from brittlestar.drugs import disposition, exposure
from brittlestar.drugs.catalogue import DRUGS, constants, shared
from brittlestar.engine import default_parameters, simulate_cohort
from brittlestar.engine.care_tables import calendar, care_tables
from brittlestar.engine.program import Inputs, course
from brittlestar.model import healthy
from brittlestar.model.healthy import PER_YEAR, Healthy, ages
from brittlestar.model.healthy_table import Reference, load_reference, table
from brittlestar.model.row import Shape, Tables
from brittlestar.model.state import People
from brittlestar.outcomes.fracture import SITES
from numerics_cases import Case, cohort, every, schedule

DRUG = ("drug_surface_nmol", "drug_buried_nmol", "drug_released_nmol")
OUTPUTS = (
    *DRUG,
    "drug_excreted_nmol",
    "ls_abmd",
    "ls_z",
    "ctx",
    "weight_kg",
    "height_cm",
    "drug_exposure",
    "hazard_vertebral",
)
YEARS = 364 / 365.25
CHILD = Case("untreated", 8.0, 1, "III")
GIVEN = replace(CHILD, infusions=("zoledronate", 0.05, every(182, 366, 84.0)))
INFANT = Case("infant", 0.6, 0, "III", ("zoledronate", 0.025, every(91, 366)))
KINDS = ("I", "IV", "III", "I", "IV", "III", "I", "IV")
PEOPLE = tuple(
    Case(f"child {i}", 1.0 + i, i % 2, kind, extra={"eta_drug": 0.2 * (i - 3), "frailty": 3.0})
    for i, kind in enumerate(KINDS)
)
TWICE = PEOPLE + PEOPLE


class Paired(SimpleNamespace):
    """A cohort in which a person may come twice, with the same fate."""

    def __len__(self) -> int:
        return len(self.id)


def run(people: tuple[Case, ...], plans: tuple[Case, ...], which: Any, **more: Any) -> Any:
    """A year of some people; those of the same name are the same person."""
    one_by_one = [cohort((case,)) for case in people]
    columns = {key: np.concatenate([getattr(c, key) for c in one_by_one]) for key in vars(one_by_one[0])}
    columns["id"] = np.array([crc32(case.name.encode()) for case in people])
    tables = [schedule(plan, 52, 7.0) for plan in plans]
    return simulate_cohort(Paired(**columns), tables, np.asarray(which), YEARS, outputs=OUTPUTS, **more)


@cache
def both_arms() -> Any:
    """Every person twice: untreated, then treated from day 84."""
    return run(TWICE, (CHILD, GIVEN), np.repeat([0, 1], len(PEOPLE)))


@given(
    st.tuples(*[st.floats(1e-4, 0.3)] * 3),
    st.floats(0.05, 0.95),
    st.tuples(*[st.floats(0.0, 1e4)] * 3),
    st.floats(0.01, 28.0),
)
@settings(max_examples=30)
def test_transfer_is_the_matrix_exponential(rates, fb, amounts, days):
    loss, burial, release = rates
    S, D, inflow = amounts
    r = disposition.Rates(*(jnp.array([[v]]) for v in (loss, burial, release, fb)))
    amounts = [jnp.array([[v]]) for v in (S, D, inflow)]
    found = disposition.transfer(amounts[0], amounts[1], amounts[2], r, days)
    A = np.zeros((4, 4))
    A[0] = [-(loss + burial), fb * release, 0.0, inflow]
    A[1] = [burial, -release, 0.0, 0.0]
    A[2] = [loss, (1.0 - fb) * release, 0.0, 0.0]
    true = expm(A * days) @ np.array([S, D, 0.0, 1.0])
    total = S + D + inflow * days + 1e-9
    np.testing.assert_allclose(np.ravel(found), true[:3], rtol=1e-8, atol=1e-9 * total)
    assert abs(sum(np.ravel(found)) - (S + D + inflow * days)) < 1e-9 * total


@given(st.floats(0.0, 1e6))
@settings(max_examples=30)
def test_effect_of_exposure_is_bounded(u):
    e = float(exposure.capped(jnp.asarray(u), shared()))
    assert 0.0 <= e < shared().umax
    assert e > 0.0 or u < 1e-300


def test_drug_taken_up_is_on_the_surface_buried_or_excreted():
    people = tuple(
        replace(INFANT, name=f"{kind} {age}", age=age, oi_type=kind)
        for age in (0.6, 5.0)
        for kind in ("I", "III")
    )
    out = run(people, (INFANT,), np.zeros(4, int), output_days=7.0, fates=False)
    total = np.sum([out[name] for name in DRUG], axis=0)
    assert all(np.all(out[name] >= 0.0) for name in (*DRUG, "drug_exposure"))
    gain, given_at = np.diff(total, axis=0), np.arange(0, 52, 13)
    assert np.max(np.abs(np.delete(gain, given_at, axis=0)) / total[-1]) < 1e-8

    p, d = default_parameters(), constants(("zoledronate",))
    t = out.time_years[given_at][:, None] + np.array([c.age for c in people])
    turnover = np.asarray(table(load_reference(), p))[0, :, Healthy._fields.index("A")]
    own = np.interp(t, ages(), turnover) * np.asarray(p.types.act)[cohort(people).oi_type]
    W, H = out["weight_kg"][given_at], out["height_cm"][given_at]
    pma = (40.0 + t * 365.25 / 7.0) ** 3.4
    kidney = d.kappa * p.body.gfr_mature * np.sqrt(H * W / 3600.0) / 1.73 * pma / (47.7**3.4 + pma)
    bone = d.CLb70 * (W / 70.0) ** 0.75 * own**p.shared.theta
    taken_up = 0.025 * W * 1e6 / d.molar_mass * bone / (bone + kidney)
    np.testing.assert_allclose(gain[given_at], taken_up, rtol=2e-5)
    # With what the kidney had first, it is the whole dose.
    whole = out["drug_surface_nmol"] + out["drug_buried_nmol"] + out["drug_excreted_nmol"]
    dose = 0.025 * W * 1e6 / d.molar_mass
    np.testing.assert_allclose(np.diff(whole, axis=0)[given_at], dose, rtol=2e-5)


def test_zero_dose_is_untreated_to_the_last_bit():
    nothing = replace(CHILD, infusions=("zoledronate", 0.0, (0.0, 84.0)))
    a, b = run(PEOPLE, (CHILD,), np.zeros(8, int)), run(PEOPLE, (nothing,), np.zeros(8, int))
    for name in OUTPUTS:
        assert np.array_equal(a[name], b[name])
    assert np.array_equal(a.fracture_years, b.fracture_years)


def test_treated_neighbours_do_not_touch_the_untreated():
    alone, mixed = run(PEOPLE, (CHILD,), np.zeros(8, int)), both_arms()
    for name in OUTPUTS:
        np.testing.assert_allclose(mixed[name][:, :8], alone[name], rtol=1e-12, atol=1e-12)


def test_order_and_number_of_people_change_nothing():
    order = [11, 3, 8, 0, 14]
    few = run(tuple(TWICE[i] for i in order), (CHILD, GIVEN), np.repeat([0, 1], 8)[order])
    for name in OUTPUTS:
        assert np.array_equal(few[name], both_arms()[name][:, order])


def test_same_fate_until_the_first_dose():
    out = both_arms()
    before = out.time_years * 365.25 <= 84.0
    for name in OUTPUTS:
        values = out[name][before]
        np.testing.assert_allclose(values[:, :8], values[:, 8:], rtol=1e-12, atol=1e-12)
    early = out.fracture_years * 365.25 < 84.0
    untreated, treated = (early & (out.fracture_person // 8 == arm) for arm in (0, 1))
    assert np.any(early)
    assert np.array_equal(out.fracture_person[untreated], out.fracture_person[treated] - 8)
    assert np.array_equal(out.fracture_site[untreated], out.fracture_site[treated])
    assert out["ls_z"][-1, 8:].mean() > out["ls_z"][-1, :8].mean() + 0.5


def test_healthy_people_follow_the_reference():
    people = tuple(Case(str(age), age, sex, "healthy") for age, sex in ((5.0, 1), (5.0, 0), (30.0, 1)))
    names, plan = ("ls_z", "ls_ratio"), schedule(CHILD, 1308, 7.0)
    out = simulate_cohort(cohort(people), [plan], np.zeros(3, int), 25.0, outputs=names, fates=False)
    assert np.abs(out["ls_z"][:, :2]).max() < 0.5
    adult = out["ls_ratio"][out.time_years <= 20.0, 2]
    assert np.abs(adult / adult[0] - 1.0).max() < 0.01


OLDEST = 31
"""Age at which the healthy references end here: nobody is older, and slopes of rows that nobody reads take
longer than all others."""


def _function() -> tuple[Any, Any, Any]:
    """Expected course of three treated people by a vector of all parameters; the vector; back from it."""
    cases = (
        Case("a", 7.0, 1, "III", ("zoledronate", 0.05, (10.0,))),
        Case("b", 3.0, 0, "I", tablets=("risedronate", 5.0)),
        Case("c", 30.0, 1, "IV", ("zoledronate", 0.05, (0.0, 7.0))),
    )
    plans = [schedule(case, 8, 7.0) for case in cases]
    used = [DRUGS.index(name) for name in ("zoledronate", "risedronate")]
    rows, pieces = care_tables(plans, calendar(7.0, [28.0, 56.0]), used, 7.0)
    people = cohort(cases)
    people = People(*(getattr(people, name) for name in People._fields))
    shape = Shape(1, True, False, ("ls_z", "ctx", "tb_n", "strength_limb", "expected_fractures_vertebral"))
    reference = Reference(*(rows[:, : OLDEST * PER_YEAR + 1] for rows in load_reference()))
    flat, back = jax.flatten_util.ravel_pytree(
        jax.tree.map(lambda v: jnp.asarray(v, jnp.float64), default_parameters())
    )

    def outputs(vector: Any) -> Any:
        p = back(vector)
        references = table(reference, p)
        p = p._replace(drugs=type(p.drugs)(*(c[np.array(used)][:, None] for c in p.drugs)))
        tables = Tables(references, pieces, jnp.float64(7.0), jnp.uint32(1))
        out, _ = course(Inputs(people, jnp.arange(3), rows, tables, p), shape)
        return jnp.stack([out[name][-1] for name in shape.outputs])

    return outputs, flat, back


@cache
def derivatives() -> tuple[Any, Any, np.ndarray]:
    """Parameters in one vector, which place each has, and the outputs' derivatives with respect to each."""
    outputs, flat, back = _function()

    def along(direction: Any) -> Any:
        return jax.jvp(outputs, (flat,), (direction,))[1]

    basis = jnp.eye(len(flat))
    slopes = _quickly(jax.vmap(along), basis)(basis)
    return flat, back(jnp.arange(len(flat), dtype=jnp.float64)), np.asarray(slopes)


@cache
def plain() -> Any:
    """The course itself, of two vectors at once."""
    outputs, flat, _ = _function()
    return _quickly(jax.vmap(outputs), jnp.stack([flat, flat]))


def _quickly(function: Any, example: Any) -> Any:
    """Compiled with less effort: each program here runs a few times only."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(healthy, "LAST_AGE", OLDEST)
        lowered = jax.jit(function).lower(example)
    return lowered.compile({"xla_backend_optimization_level": 0})


def test_forward_derivatives_are_finite():
    flat, _, slopes = derivatives()
    assert slopes.shape == (len(flat), 5, 3)
    assert np.all(np.isfinite(slopes))
    assert np.count_nonzero(np.any(slopes != 0.0, axis=(1, 2))) > 100


@pytest.mark.parametrize(
    "path", ["shared__kS", "remodelling__kC", "trabecular__rho_s", "turnover__A1", "fracture__bV"]
)
def test_forward_derivatives_are_finite_differences(path):
    flat, places, slopes = derivatives()
    group, name = path.split("__")
    i = int(getattr(getattr(places, group), name))
    move = 1e-5 * flat[i]
    above, below = plain()(jnp.stack([flat.at[i].add(move), flat.at[i].add(-move)]))
    size = 1e-5 * np.abs(slopes[i]).max() + 1e-12
    np.testing.assert_allclose(slopes[i], (above - below) / (2.0 * move), rtol=1e-4, atol=size)


@pytest.mark.parametrize("backend", ["native", "xla"])
def test_rods_change_the_hazard_of_the_lower_limb_alone(backend):
    cases = (Case("child", 8.0, 1, "III"),)
    plain, rods = schedule(cases[0], 4, 7.0), schedule(cases[0], 4, 7.0)
    rods.care.limb_hazard[:] = 0.5
    names = tuple(f"expected_fractures_{site}" for site in SITES)
    run = {"outputs": names, "fates": False, "backend": backend}
    one, other = (
        simulate_cohort(cohort(cases), [plan], np.zeros(1, int), 28 / 365.25, **run) for plan in (plain, rods)
    )
    ratio = {name: other[name][-1, 0] / one[name][-1, 0] for name in names}
    assert ratio == pytest.approx({name: 0.5 if name.endswith("lower_limb") else 1.0 for name in names})
