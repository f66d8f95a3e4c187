"""Quantiles written for a quick start, against SciPy's distributions; what is kept on disk between runs."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import binom, poisson

from brittlestar._shared import disk_cache
from brittlestar._shared.chance import evenly, poisson_count
from brittlestar._shared.of_100 import OF, RANGE, by_chance

shares = arrays(float, st.integers(1, 50), elements=st.floats(0.0, 1.0))


@given(share=shares)
def test_groups_of_100_by_chance_follow_the_binomial_distribution(share):
    expected = np.stack([binom.ppf(q, OF, share) for q in RANGE])
    # Where nobody has it, SciPy names the number before 0.
    np.testing.assert_array_equal(by_chance(share), np.maximum(expected, 0.0))


def test_one_share_gives_two_numbers():
    assert by_chance(0.31).shape == (2,)
    assert by_chance(0.0).tolist() == [0.0, 0.0] and by_chance(1.0).tolist() == [100.0, 100.0]


def test_counts_follow_the_poisson_distribution():
    rng = np.random.default_rng(4)
    unit, mean = rng.random(20_000), rng.gamma(0.5, 2.0, 20_000)
    np.testing.assert_array_equal(poisson_count(unit, mean), poisson.ppf(unit, mean))


@pytest.mark.parametrize("damage", [lambda b: b[:-40], lambda b: b[:200] + b"?" + b[201:], lambda b: b""])
def test_kept_arrays_are_read_again_and_made_again_if_damaged(tmp_path, monkeypatch, damage):
    monkeypatch.setenv("BRITTLESTAR_CACHE", str(tmp_path))
    made = []

    def make():
        made.append(1)
        return {"rows": np.arange(1000.0)}

    for _ in range(2):
        np.testing.assert_array_equal(disk_cache.kept_arrays("some", make)["rows"], np.arange(1000.0))
    assert len(made) == 1
    (file,) = tmp_path.rglob("*.npz")
    file.write_bytes(damage(file.read_bytes()))
    np.testing.assert_array_equal(disk_cache.kept_arrays("some", make)["rows"], np.arange(1000.0))
    assert len(made) == 2 and [p.suffix for p in file.parent.iterdir()] == [".npz"]


def test_nothing_is_kept_where_the_cache_is_off(tmp_path, monkeypatch):
    monkeypatch.setenv("BRITTLESTAR_CACHE", "off")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert disk_cache.kept_arrays("some", lambda: {"one": np.ones(1)})["one"] == 1.0
    assert not list(tmp_path.iterdir())


def test_even_numbers_take_every_part_once_in_an_order_of_their_own():
    first, again, other = (evenly(1, 10, name) for name in ("a", "a", "b"))
    assert np.array_equal(np.sort(first), (np.arange(10) + 0.5) / 10)
    assert np.array_equal(first, again) and not np.array_equal(first, other)
    assert not np.array_equal(first, evenly(2, 10, "a"))
    assert evenly(1, 20_000, "x").mean() == pytest.approx(0.5, abs=1e-12)
