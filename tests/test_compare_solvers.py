"""Solvers beside the engine are timed in turns, with their spread; the quickest of a kind is the rival."""

from importlib import import_module
from pathlib import Path

import pytest


@pytest.fixture
def bench(monkeypatch):
    monkeypatch.syspath_prepend(str(Path(__file__).parents[1] / "benchmarks"))
    return import_module("compare_solvers")


def entry(bench, name, job, **more):
    return bench.Entry(name, "rtol 1e-4", 10, job, (0.01, 0.001), **more)


def test_solvers_take_turns(bench):
    told = []
    jobs = {name: (lambda name=name: sum(range(10_000)) and told.append(name)) for name in "abc"}
    rows = bench.timed([entry(bench, name, job) for name, job in jobs.items()], 3)
    assert "".join(told) == "abc" * 4
    for row in rows:
        low, high = row["middle_half"]
        assert 0.0 < low <= row["patient_years_per_second_and_core"] <= high


def test_a_row_is_the_median_of_rounds_with_its_middle_half(bench):
    seconds = [bench.Seconds(2.0 * cpu, cpu) for cpu in (1.0, 2.0, 4.0, 5.0, 40.0)]
    row = bench.row(entry(bench, "a", print), seconds)
    years = 10 * bench.runs.YEARS
    assert (row["cpu_seconds"], row["wall_seconds"]) == (4.0, 8.0)
    assert row["patient_years_per_second_and_core"] == pytest.approx(years / 4.0, rel=1e-3)
    assert row["middle_half"] == pytest.approx([years / 5.0, years / 2.0], rel=1e-3)
    assert "5.52 to 13.8" in bench.line(row)


def test_ratios_are_to_the_quickest_of_a_kind(bench):
    entries = [
        entry(bench, "ours", print),
        entry(bench, "slow", print, against="a"),
        entry(bench, "quick", print, against="a"),
        entry(bench, "beside", print),
    ]
    rows = [{"patient_years_per_second_and_core": speed} for speed in (100.0, 1.0, 40.0, 90.0)]
    assert bench.ratios(entries, rows) == {"a": 2.5}
