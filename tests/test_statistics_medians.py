"""Medians and the rank-sum test against NumPy and SciPy, with ties and people who are missing."""

from typing import Any

import numpy as np
import pytest
from scipy import stats

from brittlestar.statistics import median, medians


def test_medians_and_ranks_are_those_of_the_libraries():
    chance = np.random.default_rng(1)
    y = np.round(chance.normal(size=(40, 23)), 1)  # rounded: many ties
    y[chance.random(y.shape) < 0.2] = np.nan
    arm = (np.arange(23) % 3 > 0).astype(float)
    found = medians(y, arm)
    for i, row in enumerate(y):
        a, b = (row[(arm == code) & np.isfinite(row)] for code in (1, 0))
        assert found.treated[i] == np.median(a) and found.control[i] == np.median(b)
        assert found.difference.value[i] == np.median(a) - np.median(b)
        test: Any = stats.mannwhitneyu(a, b, method="asymptotic")
        assert found.difference.p_value[i] == pytest.approx(test.pvalue)


def test_what_has_no_answer_says_why():
    y = np.array([[1.0, 2, np.nan, np.nan], [np.nan] * 4, [3.0, 3, 3, 3]])
    found = medians(y, [0, 0, 1, 1]).difference
    assert found.note.tolist() == ["only one arm has observations", "no complete observations", ""]
    assert np.isnan(found.value[:2]).all() and np.isnan(found.p_value).all()
    assert found.value[2] == 0.0
    assert median([[1.0, np.nan, 5, 2], [np.nan] * 4, [4.0, 1, 2, 3]]) == pytest.approx(
        [2, np.nan, 2.5], nan_ok=True
    )
