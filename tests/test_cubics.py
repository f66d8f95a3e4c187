"""Monotone cubics that are kept: SciPy's, to the last bit, without loading it."""

import numpy as np
import pytest
from scipy.interpolate import PchipInterpolator

from brittlestar._shared.cubics import monotone_cubic
from brittlestar.people import density, reference


@pytest.mark.parametrize(
    ("name", "points"),
    [("height 1", reference.knots("height", 1)), ("density default 0", density.knots("default", 0)[0])],
)
def test_values_and_slopes_are_scipys(name, points):
    found, scipys = monotone_cubic(name, *points), PchipInterpolator(*points)
    x = np.concatenate([np.linspace(-1.0, 95.0, 3001), points[0]])
    np.testing.assert_array_equal(found(x), scipys(x))
    np.testing.assert_array_equal(found.derivative()(x), scipys.derivative()(x))
    assert np.isnan(found(np.nan))


def test_it_rises_only_where_its_points_do(monkeypatch):
    monkeypatch.setenv("BRITTLESTAR_CACHE", "off")
    curve = monotone_cubic("a step", np.arange(4.0), np.array([0.0, 0.0, 1.0, 1.0]))
    values = curve(np.linspace(0.0, 3.0, 61))
    assert (np.diff(values) >= 0.0).all() and values[:21].max() == 0.0 and values[40:].min() == 1.0
