"""Boundaries against the published tables, and chances against trials drawn by chance."""

from typing import Any

import numpy as np
import pytest

from brittlestar.statistics import group_sequential as looks


@pytest.mark.parametrize(
    ("kind", "size", "published"),
    [
        # Jennison and Turnbull 2000, tables 2.1 (Pocock) and 2.3 (O'Brien and Fleming), two-sided 0.05.
        ("obrien_fleming", 5, [4.562, 3.226, 2.634, 2.281, 2.040]),
        ("pocock", 5, [2.413] * 5),
        ("pocock", 1, [1.960]),
        ("obrien_fleming", 1, [1.960]),
    ],
)
def test_boundaries_are_those_of_the_tables(kind, size, published):
    found = looks.boundaries(kind, [(k + 1) / size for k in range(size)])
    assert found == pytest.approx(published, abs=1.1e-3)
    assert looks.stopping(found, np.arange(1, size + 1) / size).sum() == pytest.approx(0.05, abs=1e-9)


def test_two_looks_are_the_bivariate_normal():
    """P(|Z1| < c or beyond) in closed form: stopping at the second look is P(|Z1| < c, |Z2| >= c)."""
    from scipy.stats import multivariate_normal

    t, c = np.array([0.3, 1.0]), 2.2
    covariance: Any = [[1.0, np.sqrt(0.3)], [np.sqrt(0.3), 1.0]]
    inside = multivariate_normal.cdf([c, c], [0.0, 0.0], covariance, lower_limit=[-c, -c])
    first, second = looks.stopping([c, c], t)
    assert 1.0 - first - second == pytest.approx(inside, abs=1e-5)


def test_unequal_looks_and_a_drift_by_drawn_trials():
    t, drift = np.array([0.2, 0.5, 1.0]), 2.8
    c = looks.boundaries("obrien_fleming", t)
    steps = np.random.default_rng(1).normal(size=(200_000, 3)) * np.sqrt(np.diff(t, prepend=0.0))
    z = (np.cumsum(steps, axis=1) + drift * t) / np.sqrt(t)
    crossed = np.abs(z) >= c
    first = np.where(crossed.any(axis=1), crossed.argmax(axis=1), 3)
    share = np.bincount(first, minlength=4)[:3] / len(z)
    assert looks.stopping(c, t, drift) == pytest.approx(share, abs=4e-3)
    assert looks.stopping(c, t).sum() == pytest.approx(0.05, abs=1e-9)


def test_p_values_fall_below_the_level_where_a_boundary_is_crossed():
    t = np.array([1 / 3, 2 / 3, 1.0])
    c = looks.boundaries("pocock", t)
    at, z = np.array([0, 0, 1, 2, 2, 2]), np.array([c[0], -6.0, c[1] + 1e-6, c[2], c[2] - 1e-6, 0.0])
    p = looks.stagewise_p(c, t, at, z)
    chance = looks.stopping(c, t)
    assert p[0] == pytest.approx(chance[0]) and p[1] < 1e-8 and chance[0] < p[2] < 0.05
    assert p[3] == pytest.approx(0.05, abs=1e-9) and p[4] > 0.05
    assert p[5] == pytest.approx(1.0)
