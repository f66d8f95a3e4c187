"""The engine as WebAssembly, run in Node: the courses of machine code, whole, in one call."""

import json
import shutil
import subprocess
from importlib.resources import files
from pathlib import Path

import jax
import numpy as np
import pytest

from brittlestar._shared.errors import InputError
from brittlestar.care import as_plan
from brittlestar.comparison.over_people import OverPeople
from brittlestar.drugs.catalogue import DRUGS
from brittlestar.engine import steps_for
from brittlestar.engine import wasm_engine as wasm
from brittlestar.engine.native.compiler.web_assembly import section, with_section
from brittlestar.engine.run import prepare, simulate_cohort
from brittlestar.model.parameters import default_parameters, with_values
from brittlestar.people.sampling import sample_cohort

NODE = shutil.which("node")
PLANS = ("no treatment", "zoledronate 0.05 mg/kg iv every 6 months", "poise-risedronate")
PEOPLE, YEARS, SEED = 23, 2.0, 3


def asked():
    """An odd number of people, who fill no vector, under three plans."""
    cohort = sample_cohort(PEOPLE, seed=5, age_years=(1.0, 40.0), types="referral")
    outputs, per = steps_for(YEARS, 7.0, 28.0)
    schedules = [as_plan(plan).schedule(outputs * per, 7.0, drugs=DRUGS) for plan in PLANS]
    return cohort, schedules, np.arange(PEOPLE) % len(PLANS), YEARS


@pytest.fixture(scope="module")
def engine():
    return wasm.wasm_engine()


@pytest.fixture(scope="module")
def native():
    return simulate_cohort(*asked(), seed=SEED, drugs=wasm.MOST_DRUGS)


@pytest.fixture(scope="module")
def in_node(engine, tmp_path_factory):
    if NODE is None:
        pytest.skip("no `node` here: what runs WebAssembly outside a browser")
    folder = tmp_path_factory.mktemp("engine")
    # A file ending in .js is no module to Node unless something beside it says so.
    script = folder / "engine.mjs"
    script.write_bytes(files("brittlestar.web").joinpath("static", "engine.js").read_bytes())
    (folder / "engine.wasm").write_bytes(engine)
    prepared = prepare(*asked(), seed=SEED, drugs=wasm.MOST_DRUGS)
    (folder / "run.bin").write_bytes(wasm.run_file(prepared, engine))
    here = Path(__file__).with_name("engine_in_node.mjs")
    words = [NODE, here, script, folder / "engine.wasm", folder / "run.bin", folder / "said.json"]
    subprocess.run(words, check=True, timeout=120)
    return json.loads((folder / "said.json").read_text())


def test_every_output_is_that_of_machine_code(in_node, native):
    course = in_node["course"]
    assert list(course["outputs"]) == list(native.outputs)
    np.testing.assert_allclose(course["years"], native.time_years, rtol=1e-15)
    for name, values in native.outputs.items():
        there = np.reshape(course["outputs"][name], values.shape)
        assert np.abs(there - values).max() < 1e-12 * (np.abs(values).max() + 1e-12), name


def test_the_same_bones_break_at_the_same_time(in_node, native):
    there = in_node["course"]["fractures"]
    assert len(native.fracture_person) > 10
    assert there["person"] == native.fracture_person.tolist()
    assert there["site"] == native.fracture_site.tolist()
    np.testing.assert_allclose(there["years"], native.fracture_years, rtol=1e-14)


def test_summaries_are_those_of_python(in_node, native):
    _, _, plan, _ = asked()
    weight = 1.0 + np.arange(PEOPLE) % 3
    for row, said in enumerate(in_node["summary"]):
        who = plan == row
        share = weight[who] / weight[who].sum()
        over = OverPeople(native["ls_z"][:, who], share)
        found = said["outputs"]["ls_z"]
        np.testing.assert_allclose(found["mean"], over.mean(), atol=1e-11)
        np.testing.assert_allclose(found["quantiles"], over.quantile((0.1, 0.5)).T, atol=1e-11)
        counts = np.bincount(native.fracture_person, minlength=PEOPLE)[who]
        assert said["plan"] == row and said["people"] == who.sum()
        assert said["fractures"] == pytest.approx(counts @ share)
        assert said["fractured"] == pytest.approx((counts > 0) @ share)


def test_it_asks_the_host_for_nothing_but_memory(in_node):
    assert {(one["name"], one["kind"]) for one in in_node["imports"]} <= {
        ("__linear_memory", "memory"),
        ("__stack_pointer", "global"),
    }


def test_no_other_program_makes_it(monkeypatch, tmp_path):
    """No linker: nothing is started, and nothing could be found."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("BRITTLESTAR_CACHE", "off")
    monkeypatch.setattr(wasm, "shipped", lambda _: None)
    monkeypatch.setattr(subprocess.Popen, "__init__", lambda *_, **__: pytest.fail("a program was started"))
    assert wasm.wasm_table().startswith(b"\0asm")


def test_progress_is_told_and_stretches_change_nothing(in_node):
    assert in_node["ticks"] == [[8, PEOPLE], [16, PEOPLE], [PEOPLE, PEOPLE]]
    assert in_node["again"] == in_node["course"]["outputs"]["ls_z"]


def test_the_script_refuses_in_one_sentence(in_node, engine):
    program = wasm.layout(engine)["program"][:12]
    said = in_node["refused"]
    for what in ("program", "data"):
        assert (
            f"made from program {program}" in said[what]
            and "`brittlestar engine` makes it anew" in said[what]
        )
    assert "accepted: what `brittlestar engine` writes" in said["file"]
    assert said["length"] == f"people.frailty: {PEOPLE - 1} numbers; accepted: {PEOPLE} (float64 [person])"
    assert said["plan"] == "plan: 9; accepted: 0 to 2"


def test_the_program_is_that_of_the_equations_and_not_of_their_numbers():
    other = with_values(default_parameters(), fracture__gL=0.0)
    runs = (prepare(*asked(), outputs=("ls_z",), parameters=p) for p in (None, other))
    first, second = (str(wasm.build(one.inputs, one.shape, wasm.WIDTH, wasm.BITS)) for one in runs)
    assert first == second


def test_an_engine_of_another_step_is_refused(engine):
    wasm.check_engine(engine)
    said = wasm.layout(engine) | {"program": "0" * 64}
    with pytest.raises(InputError, match=r"program 000000000000.*the step has changed"):
        wasm.check_engine(with_section(b"\0asm\x01\0\0\0", wasm.LAYOUT, json.dumps(said).encode()))


@pytest.mark.parametrize("damaged", [b"", b"\0asm\x01\0\0\0", b"\0asm\x01\0\0\0\0\x80", b"GIF89a"])
def test_what_is_no_engine_is_refused(damaged):
    with pytest.raises(InputError, match=r"engine: .*`brittlestar engine`"):
        wasm.layout(damaged)


def test_a_section_is_found_among_others_whatever_its_length():
    module = with_section(with_section(b"\0asm\x01\0\0\0", "a", bytes(300)), "b", b"x" * 70_000)
    assert section(module, "a") == bytes(300)
    assert section(module, "b") == b"x" * 70_000
    assert section(module, "c") is None


def test_a_run_of_another_shape_is_refused_by_name(engine):
    with pytest.raises(InputError, match=r"rows\.care\.oral_rate"):
        wasm.run_file(prepare(*asked(), drugs=3), engine)
    for other in (prepare(*asked(), drugs=2, fates=False), prepare(*asked(), drugs=2, substeps=2)):
        with pytest.raises(InputError, match=r"run: .*accepted: steps in one part, with fractures"):
            wasm.run_file(other, engine)


def test_a_run_may_ask_for_fewer_outputs(engine):
    few = prepare(*asked(), drugs=wasm.MOST_DRUGS, outputs=("ls_z",))
    every = prepare(*asked(), drugs=wasm.MOST_DRUGS)
    assert wasm.run_file(few, engine) == wasm.run_file(every, engine)
    assert len(jax.tree.leaves(few.inputs)) == len(wasm.layout(engine)["inputs"])
