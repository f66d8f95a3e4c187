"""What tells the cost of steps and precision: fates that differ are counted, errors have a scale."""

from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

from brittlestar.engine import Course


@pytest.fixture(autouse=True)
def beside_the_benchmarks(monkeypatch):
    monkeypatch.syspath_prepend(str(Path(__file__).parents[1] / "benchmarks"))


def course(person: list[int], site: list[int], days: list[float]) -> Course:
    years = np.array(days) / 365.25
    return Course(np.zeros(1), {"ls_z": np.zeros((1, 4))}, np.array(person), np.array(site), years)


def test_fates_that_differ_are_counted():
    fates = import_module("bench_exactness").fates
    one = course([0, 1, 2], [0, 0, 3], [10.0, 20.0, 30.0])
    other = course([0, 1, 3], [0, 0, 3], [10.001, 29.0, 30.0])
    assert list(fates(one, other).values()) == [4, 3, 2, 2, 2]
    assert list(fates(one, one).values()) == [4, 3, 0, 0, 0]


def test_an_error_is_told_over_what_it_means():
    over_scale = import_module("scales").over_scale
    true, found = np.array([[2.0], [4.0]]), np.array([[2.2], [4.0]])
    np.testing.assert_allclose(over_scale("ls_abmd", found, true), [[0.1], [0.0]])
    np.testing.assert_allclose(over_scale("ls_z", found, true), [[0.2], [0.0]])
    np.testing.assert_allclose(over_scale("drug_buried_nmol", found, true), [[0.05], [0.0]], rtol=1e-9)
    np.testing.assert_allclose(over_scale("drug_exposure", found - true, 0.0 * true), [[4.0], [0.0]])


def test_what_is_kept_changes_only_where_that_is_asked_for(tmp_path, monkeypatch):
    """Each of two small steps may be in bounds, both together are not; and a second look forgives nothing."""
    bench = import_module("bench_exactness")
    now = {"weekly steps, infants": 0.001, "weekly steps, others": 0.001, "single precision": 0.0}
    monkeypatch.setattr(bench, "RESULTS", tmp_path / "exactness.json")
    monkeypatch.setattr(bench, "measured", lambda *_: ({"ls_z": dict(now)}, {"fractures": 3}))
    assert bench.main(["--accept"]) == 0
    kept = bench.RESULTS.read_text()
    now["weekly steps, others"] = 0.00115
    assert bench.main([]) == 0
    now["weekly steps, others"] = 0.0013
    assert [bench.main([]), bench.main([]), bench.main(["--quick"])] == [1, 1, 0]
    assert bench.RESULTS.read_text() == kept
    assert bench.main(["--accept"]) == bench.main([]) == 0
    assert '"weekly steps, others": 0.0013' in bench.RESULTS.read_text()


def test_an_output_that_nothing_is_kept_of_is_held_to_no_error_at_all():
    beyond = import_module("bench_exactness").beyond
    assert beyond({"weekly steps, infants": 0.003, "single precision": 1.0}, {}) == 0.003
