"""Many people summed up: by NumPy here, by the functions that a device runs, and the same of both."""

import subprocess
from functools import partial
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

from brittlestar import InputError
from brittlestar.care import as_plan
from brittlestar.drugs.catalogue import DRUGS
from brittlestar.engine import simulate_cohort, steps_for, summarise_cohort, summary, totals
from brittlestar.engine.native import on_cuda
from brittlestar.engine.native.compiler.machine import loaded, object_code
from brittlestar.engine.native.reduction import fractures, histogram, moments
from brittlestar.engine.run import prepare
from brittlestar.outcomes.fracture import SITES
from brittlestar.people.sampling import sample_cohort
from host_driver import HostDriver

PEOPLE, YEARS, OUTPUTS = 57, 1.0, ("ls_z", "ctx")
RANGES = {"ctx": (0.0, 2.0)}


def asked():
    cohort = sample_cohort(PEOPLE, seed=5, age_years=(1.0, 40.0), types="referral")
    outputs, per = steps_for(YEARS, 7.0, 28.0)
    plans = ("no treatment", "zoledronate 0.05 mg/kg iv every 6 months")
    schedules = [as_plan(plan).schedule(outputs * per, 7.0, drugs=DRUGS) for plan in plans]
    return cohort, schedules, np.arange(PEOPLE) % 3 // 2, YEARS


@pytest.fixture(scope="module")
def course():
    return simulate_cohort(*asked(), seed=3, outputs=OUTPUTS)


def test_means_and_spreads_are_those_of_the_courses(course):
    found = summarise_cohort(*asked(), seed=3, outputs=OUTPUTS)
    np.testing.assert_array_equal(found.time_years, course.time_years)
    for plan, who in ((0, np.arange(PEOPLE) % 3 < 2), (1, np.arange(PEOPLE) % 3 == 2)):
        assert found.people[plan] == who.sum()
        for name in OUTPUTS:
            one, values = found[name], course[name][:, who]
            assert (one.count[:, plan] == who.sum()).all()
            np.testing.assert_allclose(one.mean[:, plan], values.mean(1), rtol=1e-12)
            np.testing.assert_allclose(one.sd[:, plan], values.std(1, ddof=1), rtol=1e-11)
            np.testing.assert_array_equal(one.least[:, plan], values.min(1))
            np.testing.assert_array_equal(one.most[:, plan], values.max(1))
        # Exactly at an output a fracture belongs to what came before it.
        broken = who[course.fracture_person]
        when = np.searchsorted(course.time_years, course.fracture_years[broken]) - 1
        wanted = np.zeros((len(course.time_years) - 1, len(SITES)), int)
        np.add.at(wanted, (np.maximum(when, 0), course.fracture_site[broken]), 1)
        assert broken.sum() > 5
        np.testing.assert_array_equal(found.fractures[:, :, plan], wanted)
    said = repr(found).splitlines()
    assert said[0] == "57 people over 1.07324 years, summed up: means" and len(said) == 7


def _tell(told, *done):
    told.append(done)


def test_sums_depend_neither_on_portions_nor_on_how_many_work(monkeypatch):
    monkeypatch.setattr(totals, "TILE", 8)
    runs = []
    for at_once, workers in ((8192, 1), (24, 2), (1, 2)):
        monkeypatch.setattr(summary, "PEOPLE_AT_ONCE", at_once)
        told: list[tuple[int, int]] = []
        how = {"ranges": RANGES, "workers": workers, "progress": partial(_tell, told)}
        runs.append((told, summarise_cohort(*asked(), seed=3, outputs=OUTPUTS, **how)))
    assert [len(told) for told, _ in runs] == [1, 3, 8]
    assert all(told[-1] == (PEOPLE, PEOPLE) for told, _ in runs)
    first = runs[0][1]
    for _, other in runs[1:]:
        for name in OUTPUTS:
            np.testing.assert_array_equal(first[name].mean, other[name].mean)
            np.testing.assert_array_equal(first[name].variance, other[name].variance)
        np.testing.assert_array_equal(first["ctx"].histogram, other["ctx"].histogram)
        np.testing.assert_array_equal(first.fractures, other.fractures)


def test_a_quantile_lies_within_a_bin_of_that_of_the_people(course):
    found = summarise_cohort(*asked(), seed=3, outputs=OUTPUTS, ranges=RANGES, bins=200)["ctx"]
    for plan, who in ((0, np.arange(PEOPLE) % 3 < 2), (1, np.arange(PEOPLE) % 3 == 2)):
        for share in (0.05, 0.5, 0.9):
            wanted = np.quantile(course["ctx"][:, who], share, axis=1, method="inverted_cdf")
            assert np.abs(found.quantile(share)[:, plan] - wanted).max() <= 2.0 / 200 + 1e-12


def test_what_lies_beyond_the_bins_is_no_quantile():
    edges, counts = np.array([0.0, 1.0, 2.0]), np.array([[[2, 4, 0, 2]]])
    whole = np.zeros((1, 1))
    one = summary.Spread(np.full((1, 1), 8), whole, whole, whole, whole, edges, counts)
    found = [one.quantile(share)[0, 0] for share in (0.1, 0.25, 0.5, 0.75, 0.9)]
    np.testing.assert_array_equal(found, [np.nan, 0.0, 0.5, 1.0, np.nan])


def test_bins_hold_where_they_begin_and_the_last_where_it_ends():
    values = np.array([[-0.1, 0.0, 0.4, 0.5, 1.0, 1.1, np.nan, np.inf]])
    assert totals.histogram_of(values, 0.0, 2.0, 2).tolist() == [[1, 2, 2, 1]]


def test_numbers_that_are_not_finite_are_left_out_and_seen():
    found = totals.moments_of(np.array([[1.0, np.nan, 3.0], [np.inf, np.nan, -np.inf]]))
    assert found.count.tolist() == [2.0, 0.0] and found.mean.tolist() == [2.0, 0.0]
    assert found.squares.tolist() == [2.0, 0.0] and found.most.tolist() == [3.0, -np.inf]


def test_two_halves_have_the_moments_of_the_whole():
    values = np.random.default_rng(1).normal(1e3, 1.0, (3, 50))
    both = totals.together(totals.moments_of(values[:, :20]), totals.moments_of(values[:, 20:]))
    for one, other in zip(both, totals.moments_of(values), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12)
    nobody = totals.moments_of(values[:, :0])
    for one, other in zip(totals.together(nobody, nobody), nobody, strict=True):
        np.testing.assert_array_equal(one, other)


STARTS, TILES = np.array([0, 7, 40]), (slice(0, 7), slice(7, 40))
"""Of forty people."""


def on_this_processor(module, arrays, jobs, rows=0):
    """A device's function of the two tiles, made for this processor."""
    table = np.array([array.ctypes.data for array in arrays], np.uint64)
    loaded(object_code(str(module)))(table.ctypes.data, 0, jobs, STARTS[-1], len(TILES), rows, 10)


def test_a_device_counts_fractures_by_interval_and_site():
    marks = np.random.default_rng(3).choice(np.array([0, 0, 0, 1, 255], np.uint8), (2 * 3, len(SITES), 40))
    found = np.zeros((2, len(SITES), len(TILES)), np.int64)
    on_this_processor(fractures(), [STARTS, marks, found], found.size, rows=3)
    for tile, who in enumerate(TILES):
        wanted = (marks[:, :, who] > 0).reshape(2, 3, len(SITES), -1).sum((1, 3))
        np.testing.assert_array_equal(found[:, :, tile], wanted)


@pytest.mark.parametrize("bits", [64, 32])
def test_a_device_leaves_out_what_is_not_finite(bits):
    values = np.random.default_rng(2).normal(0.0, 1.0, (3, 40)).astype(on_cuda.REAL[bits])
    values[0, 3], values[1, 5:30], values[2] = np.nan, np.inf, -np.inf
    starts, scaling, found, bins = (
        STARTS,
        np.array([-2.0, 2.5]),
        np.zeros((3, 2, 5)),
        np.zeros((3, 2, 12), int),
    )
    on_this_processor(moments(bits), [starts, values, found], 6)
    on_this_processor(histogram(bits), [starts, values, scaling, bins], 6)
    for tile, who in enumerate(TILES):
        for one, other in zip(found[:, tile].T, totals.moments_of(values[:, who]), strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-13)
        wanted = totals.histogram_of(values[:, who], -2.0, 2.5, 10)
        np.testing.assert_array_equal(bins[:, tile], wanted)


def test_a_device_without_memory_for_a_tile_says_what_to_do(monkeypatch):
    monkeypatch.setattr(on_cuda, "_told", [])
    monkeypatch.setattr(on_cuda, "kernel_text", lambda *_: "course")
    run = prepare(*asked(), seed=3, outputs=OUTPUTS)
    driver = HostDriver(free=1000)
    with pytest.warns(on_cuda.NoCuda, match="summed up at once; ask for fewer outputs, bins or years"):
        assert on_cuda.totals_on_cuda(run.inputs, run.shape, 32, totals.Drawn({}, 1), print, driver) is None


def test_without_a_device_the_processor_sums_up(monkeypatch):
    monkeypatch.setattr(on_cuda, "_told", [])
    monkeypatch.setattr("brittlestar.engine.native.cuda_device.LIBRARY", "libcuda-of-nobody.so")
    with pytest.warns(on_cuda.NoCuda, match="no CUDA driver") as told:
        found = summarise_cohort(*asked(), seed=3, outputs=OUTPUTS, backend="cuda")
    assert told[0].filename == __file__ and found.backend == "native"
    wanted = summarise_cohort(*asked(), seed=3, outputs=OUTPUTS)
    np.testing.assert_array_equal(found["ls_z"].mean, wanted["ls_z"].mean)


def test_sums_assemble(monkeypatch, tmp_path):
    monkeypatch.syspath_prepend(str(Path(__file__).parents[1] / "benchmarks"))
    assembler = import_module("bench_cuda").assembler()
    for number, text in enumerate(on_cuda.sum_texts(32)):
        assert "call" not in text and ".extern" not in text and ".visible .entry course(" in text
        if assembler is not None:
            (file := tmp_path / f"{number}.ptx").write_text(text)
            subprocess.run([assembler, "-arch=sm_90", file, "-o", file.with_suffix(".cubin")], check=True)
    if assembler is None:
        pytest.skip("no `ptxas` here: it comes with the extra cuda-check")


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"ranges": {"ls_zz": (0.0, 1.0)}}, "ranges: got 'ls_zz'; did you mean 'ls_z'"),
        ({"ranges": {"ls_z": (1.0, 1.0)}}, r"ranges\['ls_z'\]: got \(1.0, 1.0\); accepted: two numbers"),
        ({"ranges": {"ls_z": (0.0, np.inf)}}, r"ranges\['ls_z'\].*accepted: two numbers, the lower first"),
        ({"bins": 0}, "bins: got 0; accepted: a whole number from 1 to 1000"),
        ({"backend": "gpu"}, "backend: got 'gpu'"),
    ],
)
def test_bad_input_is_told(how, said):
    with pytest.raises(InputError, match=said):
        summarise_cohort(*asked(), outputs=OUTPUTS, **how)


def test_a_quantile_needs_bins_and_a_share(course):
    found = summarise_cohort(*asked(), seed=3, outputs=OUTPUTS, ranges=RANGES)
    with pytest.raises(InputError, match="accepted: of an output that `ranges` names"):
        found["ls_z"].quantile(0.5)
    with pytest.raises(InputError, match=r"share: got 1\.0; accepted: between 0 and 1"):
        found["ctx"].quantile(1.0)
    with pytest.raises(InputError, match="summary output: got 'ls'"):
        found["ls"]
