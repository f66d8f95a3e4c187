"""A course on a CUDA device, as far as it goes without one: the program, the driver's calls, the way back."""

import subprocess
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from brittlestar.care import as_plan
from brittlestar.drugs.catalogue import DRUGS
from brittlestar.engine import steps_for, totals
from brittlestar.engine.batches import in_vectors
from brittlestar.engine.native import cuda_device, on_cuda, reduction
from brittlestar.engine.native.compiler.machine import ARM64, NAME, loaded, object_code, optimised_text
from brittlestar.engine.native.whole_course import build
from brittlestar.engine.run import Method, prepare, simulate_cohort
from brittlestar.engine.summary import by_processor
from brittlestar.people.sampling import sample_cohort
from host_driver import HostDriver

PEOPLE, YEARS, OUTPUTS = 23, 1.0, ("ls_z", "ctx")
UNTREATED, INFUSIONS = ("no treatment",), ("no treatment", "zoledronate 0.05 mg/kg iv every 6 months")


def asked(plans):
    cohort = sample_cohort(PEOPLE, seed=5, age_years=(1.0, 40.0), types="referral")
    outputs, per = steps_for(YEARS, 7.0, 28.0)
    schedules = [as_plan(plan).schedule(outputs * per, 7.0, drugs=DRUGS) for plan in plans]
    return cohort, schedules, np.arange(PEOPLE) % len(plans), YEARS


def prepared(plans):
    return prepare(*asked(plans), seed=3, outputs=OUTPUTS)


@pytest.fixture
def untold(monkeypatch):
    """Nothing has been said in this process."""
    monkeypatch.setattr(on_cuda, "_told", [])


@pytest.fixture(scope="module")
def scalar():
    """What a thread runs, made for this processor."""
    run = prepared(INFUSIONS)
    return loaded(object_code(str(build(run.inputs, run.shape, 1, 32))))


def test_the_scalar_program_in_single_precision_is_the_vectors_bit_by_bit(monkeypatch, scalar):
    run = prepared(INFUSIONS)
    monkeypatch.setattr(on_cuda, "kernel_text", lambda *_: "")
    # Memory for ten people at once.
    driver = HostDriver({"": scalar}, 13 * on_cuda.bytes_of_one(run.inputs, run.shape, 32))
    finished = []
    found = on_cuda.on_cuda(run.inputs, run.shape, 32, finished.append, driver)
    assert found is not None
    assert finished == [10, 20, PEOPLE] and driver.launched == 3 * [""] and not driver.kept
    values, (when, site, person, mark) = found
    wanted, fractures, _ = in_vectors(run.inputs, run.shape, 1, "float32", None)
    assert values.dtype == np.float32
    for name, there in zip(OUTPUTS, values, strict=True):
        np.testing.assert_array_equal(there, wanted[name], err_msg=name)
    assert len(person) > 5
    assert sorted(zip(person, when, site, mark)) == sorted(zip(fractures[2], *fractures[:2], fractures[3]))


def test_what_a_device_sums_up_is_what_numpy_does(monkeypatch, scalar):
    monkeypatch.setattr(totals, "TILE", 5)
    run, bins = prepared(INFUSIONS), 50
    texts = "moments", "histogram", "fractures"
    made = reduction.moments(32), reduction.histogram(32), reduction.fractures()
    codes = {text: loaded(object_code(str(module))) for text, module in zip(texts, made, strict=True)}
    monkeypatch.setattr(on_cuda, "kernel_text", lambda *_: "course")
    monkeypatch.setattr(on_cuda, "sum_texts", lambda _: texts)
    drawn = totals.Drawn({"ctx": (0.0, 2.0)}, bins)
    intervals, per, _ = run.inputs.rows.days.shape
    assert (intervals, per) == (14, 4)
    # Memory for the people and the sums of four tiles at once, of which the second plan's last is not full.
    sums = 8 * (5 * 2 * 15 + 15 * (bins + 2) + 14 * 4)
    room = 4 * (5 * on_cuda.bytes_of_one(run.inputs, run.shape, 32) + sums)
    driver = HostDriver({"course": scalar} | codes, int(room / on_cuda.SHARE_OF_MEMORY) + 2)
    finished = []
    found = on_cuda.totals_on_cuda(run.inputs, run.shape, 32, drawn, finished.append, driver)
    assert found is not None and not driver.kept
    assert finished == [5 + 5 + 2 + 5, PEOPLE] and driver.launched == 2 * ["course", *texts]
    wanted, _ = by_processor(run, Method("float32"), drawn, 1, None)
    for one, other in zip(found.parts, wanted.parts, strict=True):
        assert one is not None and other is not None and other.fractures.sum() > 2
        for name, there, here in zip(totals.Moments._fields, one.moments, other.moments, strict=True):
            np.testing.assert_allclose(there, here, rtol=1e-12, atol=1e-12, err_msg=name)
        np.testing.assert_array_equal(one.histograms, other.histograms)
        np.testing.assert_array_equal(one.fractures, other.fractures)


@pytest.fixture(scope="module")
def kernel():
    run = prepared(UNTREATED)
    return on_cuda.kernel_text(run.inputs, run.shape, 32)


@pytest.fixture
def bench_cuda(monkeypatch):
    monkeypatch.syspath_prepend(str(Path(__file__).parents[1] / "benchmarks"))
    return import_module("bench_cuda")


def test_the_speed_of_a_device_is_timed_without_drawing_and_preparing_people(monkeypatch, bench_cuda):
    told = []

    def prepared(plans, people, outputs):
        told.append("prepared")
        return SimpleNamespace(inputs=plans, shape=outputs)

    monkeypatch.setattr(bench_cuda.Device, "launch", lambda *_: None)
    monkeypatch.setattr(bench_cuda, "prepared", prepared)
    monkeypatch.setattr(bench_cuda, "RUN_BY", {"cuda": lambda *asked: told.append(asked[3])})
    monkeypatch.setattr(bench_cuda, "totals_on_cuda", lambda *asked: told.append(asked[2]) or asked)
    rows = bench_cuda.speeds(10, 2)
    cases = 3 * len(bench_cuda.SETS)
    assert len(rows) == 2 * cases and told == ["prepared"] * cases + ["float32", 32] * 3 * cases
    assert [row["by"] for row in rows[:2]] == ["cuda, whole", "cuda, summed up"]


def test_the_kernel_calls_nothing_and_asks_for_its_thread(kernel):
    assert f".visible .entry {NAME}(" in kernel and ".target sm_75" in kernel
    for register in ("%tid.x", "%ctaid.x", "%ntid.x", "%nctaid.x"):
        assert register in kernel
    assert "call" not in kernel and ".extern" not in kernel and ".f64" not in kernel


def test_the_kernel_assembles(kernel, bench_cuda, tmp_path):
    assembler = bench_cuda.assembler()
    if assembler is None:
        pytest.skip("no `ptxas` here: it comes with the extra cuda-check")
    (file := tmp_path / "course.ptx").write_text(kernel)
    subprocess.run([assembler, "-arch=sm_90", file, "-o", tmp_path / "course.cubin"], check=True)


@pytest.mark.parametrize(
    ("fails", "free", "said"),
    [
        ({"cuInit": 100}, 10**9, r"cuInit .* \(100\): the driver sees no device: `nvidia-smi`"),
        ({"cuModuleLoadData": 222}, 10**9, r"\(222\): its driver is too old for the program: update it"),
        ({"cuModuleLoadData": 209}, 10**9, r"\(209\): the program is not for this device"),
        ({"cuLaunchKernel": 701}, 10**9, r"\(701\): it has too few registers free"),
        ({"cuLaunchKernel": 999}, 10**9, r"\(999\): `nvidia-smi` says what the device is doing"),
        ({"cuMemAlloc_v2": 2}, 10**9, r"\(2\): not enough memory there; fewer outputs or years"),
        ({}, 100, "no memory for one person; ask for fewer outputs or years"),
    ],
)
def test_what_a_device_cannot_do_is_said_once_with_the_cure(monkeypatch, untold, fails, free, said):
    run = prepared(UNTREATED)
    monkeypatch.setattr(on_cuda, "kernel_text", lambda *_: "")
    driver = HostDriver(free=free, fails=fails)
    with pytest.warns(on_cuda.NoCuda, match=said) as told:
        for _ in range(2):
            assert on_cuda.on_cuda(run.inputs, run.shape, 32, print, driver) is None
    assert len(told) == 1 and "runs go on on the processor" in str(told[0].message)
    assert not driver.kept


def test_a_driver_without_a_function_is_said_to_be_old():
    class Old:
        def cuInit(self, _):
            return 0

    with pytest.raises(
        cuda_device.CudaError, match=r"^the CUDA driver has no cuDeviceGet: it is too old, update it$"
    ):
        cuda_device.Device(Old())


def test_without_a_driver_the_processor_does_it(monkeypatch, untold):
    monkeypatch.setattr(cuda_device, "LIBRARY", "libcuda-of-nobody.so")
    wanted = simulate_cohort(*asked(INFUSIONS), seed=3, outputs=OUTPUTS)
    with pytest.warns(on_cuda.NoCuda, match="no CUDA driver"):
        found = simulate_cohort(*asked(INFUSIONS), seed=3, outputs=OUTPUTS, backend="cuda")
    np.testing.assert_array_equal(found["ls_z"], wanted["ls_z"])
    np.testing.assert_array_equal(found.fracture_years, wanted.fracture_years)
    assert found.backend == wanted.backend == "native"


def test_code_for_arm64_has_its_vectors_and_needs_nothing_else():
    """It cannot run on another processor; this is all that can be seen of it there."""
    run = prepared(UNTREATED)
    module, machine = optimised_text(str(build(run.inputs, run.shape, 2, 64)), ARM64)
    code = machine.emit_object(module)
    assert code[:4] == b"\x7fELF" and int.from_bytes(code[18:20], "little") == 183  # EM_AARCH64
    lines = [line.split() for line in machine.emit_assembly(module).splitlines() if line.startswith("\t")]
    of_two = [words[0] for words in lines if len(words) > 1 and words[1].endswith(".2d,")]
    assert of_two.count("fmla") > 500 and of_two.count("fdiv") > 50
    assert not [words for words in lines if words[0] in ("bl", "blr")]
