"""Machine code against XLA, against itself in other company, and its functions against NumPy."""

import sys
from dataclasses import fields, replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from llvmlite import ir

from brittlestar._shared.errors import InputError
from brittlestar.care import as_plan
from brittlestar.drugs.catalogue import DRUGS
from brittlestar.engine import default_parameters, healthy_tables, simulate_cohort, steps_for
from brittlestar.engine.healthy_tables import known_table
from brittlestar.engine.native import fallback, kept_programs
from brittlestar.engine.native.compiler.arrays import small
from brittlestar.engine.native.compiler.machine import NAME, loaded, object_code
from brittlestar.engine.native.compiler.primitives import RULES
from brittlestar.engine.native.compiler.trace import loop, lower
from brittlestar.engine.native.compiler.vectors import Lanes
from brittlestar.engine.native.kept_programs import call, pointers
from brittlestar.model.healthy_table import load_reference, table
from brittlestar.model.parameters import with_values
from brittlestar.people.sampling import sample_cohort

YEARS = 1.0
PLANS = ("no treatment", "zoledronate 0.05 mg/kg iv every 6 months", "poise-risedronate")
PEOPLE = 37


@pytest.fixture(scope="module")
def cohort():
    return sample_cohort(PEOPLE, seed=5, age_years=(1.0, 40.0), types="referral")


def run(cohort, years=YEARS, plans=PLANS, **options):
    outputs, per = steps_for(years, 7.0, 28.0)
    schedules = [as_plan(plan).schedule(outputs * per, 7.0, drugs=DRUGS) for plan in plans]
    index = options.pop("index", np.arange(len(cohort)) % len(plans))
    return simulate_cohort(cohort, schedules, index, years, seed=3, **options)


@pytest.fixture(scope="module")
def native(cohort):
    return run(cohort)


def test_machine_code_and_xla_give_the_same_course(cohort, native):
    xla = run(cohort, backend="xla")
    for name, values in xla.outputs.items():
        scale = np.abs(values).max() + 1e-12
        assert np.abs(native[name] - values).max() < 1e-9 * scale, name
    assert len(native.fracture_person) > 5
    np.testing.assert_array_equal(native.fracture_person, xla.fracture_person)
    np.testing.assert_array_equal(native.fracture_site, xla.fracture_site)


def test_one_program_serves_any_number_of_years_plans_and_people(cohort, native):
    before = len(kept_programs.READY)
    longer = run(picked(cohort, np.arange(20)), years=2.0, plans=(*PLANS, "no treatment"))
    assert len(kept_programs.READY) == before
    for name, values in longer.outputs.items():
        np.testing.assert_array_equal(
            values[: len(native.time_years)][:, :3], native[name][:, :3], err_msg=name
        )


def test_nobodys_course_depends_on_the_company_or_on_threads(cohort, native):
    few = np.array([30, 4, 17, 5, 11])
    index = (np.arange(PEOPLE) % len(PLANS))[few]
    apart = run(picked(cohort, few), index=index, workers=1)
    for name, values in native.outputs.items():
        np.testing.assert_array_equal(apart[name], values[:, few], err_msg=name)


def picked(cohort, rows):
    return replace(cohort, **{f.name: np.asarray(getattr(cohort, f.name))[rows] for f in fields(cohort)})


@pytest.mark.parametrize("backend", ["native", "xla"])
def test_single_precision_is_near(cohort, native, backend):
    single = run(cohort, precision="float32", backend=backend)
    for name in ("ls_abmd", "strength_limb", "ctx", "height_cm"):
        assert single[name].dtype == np.float32
        np.testing.assert_allclose(single[name], native[name], rtol=2e-4, err_msg=name)


@pytest.mark.skipif(jax.default_backend() == "cpu", reason="JAX finds no GPU here (extra: gpu)")
def test_a_gpu_gives_the_same_course(cohort, native):
    there = run(cohort, backend="xla")
    for name, values in native.outputs.items():
        assert np.abs(there[name] - values).max() < 1e-9 * (np.abs(values).max() + 1e-12), name


@pytest.mark.parametrize("wrong", [{"precision": "float16"}, {"backend": "c"}])
def test_unknown_precision_or_backend_is_refused(cohort, wrong):
    with pytest.raises(InputError, match=next(iter(wrong))):
        run(cohort, **wrong)


def apply(function, x, bits, width):
    """A traced function of one number on an array, through machine code."""
    real = np.float64 if bits == 64 else np.float32
    x = np.ascontiguousarray(x, real)
    assert len(x) % width == 0
    module = ir.Module()
    i64, pointer = ir.IntType(64), ir.PointerType()
    kind = ir.FunctionType(ir.VoidType(), [pointer, *[i64] * 5])
    k = Lanes(module, ir.Function(module, kind, NAME), width, bits)
    table, first, last = k.function.args[:3]
    source, target = (
        k.once.load(k.once.gep(table, [ir.Constant(i64, i)], source_etype=pointer), typ=pointer)
        for i in range(2)
    )
    jaxpr = jax.make_jaxpr(function)(jax.ShapeDtypeStruct((), np.float64))

    def one(group):
        place = k.each.mul(group, ir.Constant(i64, width))
        vector = k.vector(np.float64)
        value = k.each.load(k.place(source, k.scalar(np.float64), place), typ=vector)
        value.align = bits // 8
        (result,) = lower(k, jaxpr, [small([value], ())])
        spot = k.place(target, k.scalar(np.float64), place)
        k.each.store(k.lane(result[()], np.float64), spot, align=bits // 8)

    loop(k, last, one, first)
    k.each.ret_void()
    k.close()
    out = np.empty_like(x)
    call(loaded(object_code(str(module))), pointers([x, out]), 0, len(x) // width, len(x), 0, 0, 0)
    return out


GRID = np.concatenate([np.linspace(-40.0, 40.0, 3993), [0.0, 1e-300, -1e-9, 1e-9, 700.0, -700.0, 0.5]])
POSITIVE = np.concatenate(
    [np.geomspace(1e-12, 1e12, 3993), [1.0, 1.0 + 1e-15, 1.0 - 1e-15, 0.5, 2.0, 0.7, 1.4]]
)


@pytest.mark.parametrize(
    ("name", "function", "x", "reference"),
    [
        ("exp", jnp.exp, GRID, np.exp),
        ("log", jnp.log, POSITIVE, np.log),
        ("log1p", jnp.log1p, POSITIVE, np.log1p),
        ("power", lambda v: v**1.37, POSITIVE, lambda v: v**1.37),
        ("sigmoid", jax.nn.sigmoid, GRID, lambda v: 1.0 / (1.0 + np.exp(-v))),
        ("cube", lambda v: v**-3, POSITIVE, lambda v: v**-3.0),
        ("clip", lambda v: jnp.clip(v, -1.0, 2.0), GRID, lambda v: np.clip(v, -1.0, 2.0)),
    ],
)
@pytest.mark.parametrize(("bits", "width"), [(64, 4), (64, 2), (32, 8)])
def test_functions_agree_with_numpy(name, function, x, reference, bits, width):
    if bits == 32:
        x = x[np.abs(x) < 40.0]
        x = x[: len(x) // width * width].astype(np.float32)
    got, wanted = apply(function, x, bits, width), reference(x.astype(np.float64))
    rounding = np.finfo(np.float64 if bits == 64 else np.float32).eps
    # A power multiplies the rounding of the logarithm by the exponent and the logarithm.
    allowed = 60.0 if name == "power" else 4.0
    assert np.max(np.abs(got - wanted) / np.maximum(np.abs(wanted), 1e-30)) < allowed * rounding


def test_what_is_not_a_number_stays_so():
    x = np.array([np.nan, 1.0, np.nan, 2.0])
    for function in (jnp.exp, jnp.log, lambda v: jnp.maximum(v, 0.5), lambda v: jnp.minimum(0.5, v)):
        np.testing.assert_array_equal(np.isnan(apply(function, x, 64, 4)), np.isnan(x))
    assert np.isnan(apply(jnp.log, np.array([-1.0, -2.0, -np.inf, -1e-300]), 64, 4)).all()
    np.testing.assert_array_equal(apply(jnp.log, np.zeros(4), 64, 4), np.full(4, -np.inf))


def test_a_loop_goes_on_while_anyone_needs_it_and_keeps_the_results_of_the_others():
    def halvings(v):
        def more(now):
            return jnp.any(now[0] >= 1.0)

        def again(now):
            v, n = now
            return jnp.where(v >= 1.0, v / 2.0, v), n + jnp.where(v >= 1.0, 1.0, 0.0)

        return jax.lax.while_loop(more, again, (v, jnp.zeros(())))[1]

    x = np.array([0.5, 1.0, 9.0, 1000.0])
    np.testing.assert_array_equal(apply(halvings, x, 64, 4), [0.0, 1.0, 4.0, 10.0])


def test_a_primitive_that_is_not_known_is_named():
    with pytest.raises(NotImplementedError, match="cos"):
        apply(jnp.cos, np.zeros(4), 64, 4)


def an_unknown_primitive(monkeypatch):
    monkeypatch.delitem(RULES, "exp")


def llvm_refuses(monkeypatch):
    def refuse(text):
        raise RuntimeError("LLVM IR parsing error")

    monkeypatch.setattr(kept_programs, "object_code", refuse)


def llvm_is_not_there(monkeypatch):
    monkeypatch.setitem(sys.modules, "brittlestar.engine.native.kept_programs", None)


@pytest.mark.parametrize(
    ("break_it", "cause"),
    [
        (an_unknown_primitive, "exp: a prim"),
        (llvm_refuses, "parsing"),
        (llvm_is_not_there, "ImportError|halted"),
    ],
)
def test_without_machine_code_runs_go_on_through_xla_after_one_warning(monkeypatch, cohort, break_it, cause):
    expected = run(cohort, backend="xla")
    monkeypatch.setenv("BRITTLESTAR_CACHE", "off")
    monkeypatch.setattr(kept_programs, "READY", {})
    monkeypatch.setattr(fallback, "failures", [])
    break_it(monkeypatch)
    with pytest.warns(fallback.NoMachineCode, match=cause) as told:
        first, second = run(cohort), run(cohort)
    assert len(told) == 1
    assert "requirements.lock" in str(told[0].message) and jax.__version__ in str(told[0].message)
    for name, values in expected.outputs.items():
        np.testing.assert_array_equal(first[name], values, err_msg=name)
        np.testing.assert_array_equal(second[name], values, err_msg=name)
    np.testing.assert_array_equal(first.fracture_years, expected.fracture_years)
    assert first.backend == second.backend == "xla"


def test_a_damaged_file_of_machine_code_is_built_again(tmp_path, monkeypatch, cohort, native):
    monkeypatch.setenv("BRITTLESTAR_CACHE", str(tmp_path))
    monkeypatch.setattr(kept_programs, "READY", {})
    run(cohort, outputs=("ls_abmd",))
    (file,) = tmp_path.rglob("*.o")
    file.write_bytes(file.read_bytes()[:-100])
    kept_programs.READY.clear()
    again = run(cohort, outputs=("ls_abmd",))
    np.testing.assert_array_equal(again["ls_abmd"], native["ls_abmd"])


def test_the_table_of_healthy_people_is_that_of_the_equations(monkeypatch):
    """Both sexes from birth to 90: by machine code, beside the vectorised statement of it through XLA."""
    monkeypatch.setattr(healthy_tables, "_TABLES", {})
    p = with_values(default_parameters(), turnover__v0=6e-5, mineral__a2=0.3)
    found, exact = known_table(load_reference(), p), np.asarray(table(load_reference(), p))
    assert not fallback.failures
    size = np.abs(exact).max(axis=(0, 1))
    assert found.shape == exact.shape and np.all(np.abs(found - exact).max(axis=(0, 1)) <= 1e-12 * size)
    assert known_table(load_reference(), p) is found
    assert np.abs(found - known_table(load_reference(), default_parameters())).max() > 0.01
