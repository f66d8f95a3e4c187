"""Solvers beside the engine are timed in turns, with their spread; the quickest of a kind is the rival."""

from importlib import import_module
from pathlib import Path

import numpy as np
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


class Problem:
    """Stands for people whose courses cost nothing."""

    def __init__(self, people):
        self.people = np.zeros((people, 1))  # of Equations too, which this stands for

    def engine(self, people, step, **how):
        return np.zeros(people)

    def text(self, person):
        return ""

    def person(self, i):
        return np.zeros(1)


def test_every_solver_stands_in_a_row_at_the_loosest_tolerance_that_is_as_close(bench, monkeypatch):
    def course(*asked):
        return np.full(2, asked[-1], float)

    monkeypatch.setattr(bench.runs, "Problem", Problem)
    monkeypatch.setattr(bench.runs, "Equations", lambda problem: problem)
    monkeypatch.setattr(
        bench.runs, "with_diffrax", lambda equations, solver: lambda who, rtol: np.ones((1, 1)) * rtol
    )
    monkeypatch.setattr(bench.runs, "with_lsoda", lambda equations, few: course)
    monkeypatch.setattr(
        bench.runs, "with_roadrunner", lambda texts: lambda relative, absolute: course(relative)
    )
    monkeypatch.setattr(bench.runs, "bone_models", lambda name: lambda: sum(range(1000)))
    # An adaptive solver is as far off as its tolerance says, a step of the engine by 1e-3.
    monkeypatch.setattr(bench.runs, "errors", lambda found, true: (max(1e-3, np.max(found)),) * 2)
    monkeypatch.setattr(bench, "take_turns", lambda jobs, rounds: {i: ran(jobs[i], rounds) for i in jobs})

    def ran(job, rounds):
        job()
        return [bench.Seconds(2.0, 1.0)] * rounds

    found = bench.compare(quick=True)
    assert {row["setting"] for row in found["rows"] if row["setting"].startswith("rtol")} == {"rtol 3.2e-04"}
    assert [row["solver"] for row in found["rows"]].count("brittlestar") == 2 and len(found["rows"]) == 13
    assert set(found["ratio"]) == {
        "bone_models", "diffrax_kvaerno5", "diffrax_tsit5", "libroadrunner", "scipy_lsoda",
    }  # fmt: skip
