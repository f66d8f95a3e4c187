"""Pooling against published values (the thirteen BCG trials of R's metafor) and closed forms."""

import numpy as np
import pytest
from scipy.stats import norm, t

from brittlestar._shared.errors import InputError
from brittlestar.statistics.pooling import between_study_variance, pool

BCG = np.array(
    [
        [4, 119, 11, 128], [6, 300, 29, 274], [3, 228, 11, 209], [62, 13536, 248, 12619],
        [33, 5036, 47, 5761], [180, 1361, 372, 1079], [8, 2537, 10, 619], [505, 87886, 499, 87892],
        [29, 7470, 45, 7232], [17, 1699, 65, 1600], [186, 50448, 141, 27197], [5, 2493, 3, 2338],
        [27, 16886, 29, 17825],
    ]
)  # fmt: skip
"""Cases and others, vaccinated and not: Colditz 1994 as in metafor's dat.bcg."""


def _log_ratios() -> tuple[np.ndarray, np.ndarray]:
    a, b, c, d = BCG.T.astype(float)
    y = np.log(a / (a + b)) - np.log(c / (c + d))
    return y, np.sqrt(1 / a - 1 / (a + b) + 1 / c - 1 / (c + d))


def test_thirteen_trials_pool_as_in_metafor():
    found = pool(*_log_ratios())
    assert found.tau2 == pytest.approx(0.3132, abs=5e-5)
    assert found.estimate == pytest.approx(-0.7145, abs=5e-5)
    assert found.se_wald == pytest.approx(0.1798, abs=5e-5)
    assert found.q == pytest.approx(152.2330, abs=5e-4)
    assert 100 * found.i2 == pytest.approx(92.22, abs=5e-3)


def test_equal_errors_have_a_closed_form():
    y, s = np.array([0.1, 0.5, -0.2, 0.9]), 0.2
    found = pool(y, np.full(4, s))
    assert found.tau2 == pytest.approx(np.var(y, ddof=1) - s**2)
    assert found.estimate == pytest.approx(y.mean())
    # with equal weights the interval is that of a t test
    half = t.ppf(0.975, 3) * y.std(ddof=1) / 2
    assert (found.low, found.high) == pytest.approx((y.mean() - half, y.mean() + half))
    ahead = t.ppf(0.975, 2) * np.sqrt(found.tau2 + np.var(y, ddof=1) / 4)
    assert found.predicted_high == pytest.approx(y.mean() + ahead)


def test_studies_that_agree_by_chance_give_no_false_precision():
    found = pool([0.3, 0.3, 0.3], [0.1, 0.2, 0.3])
    assert found.tau2 == 0 and found.se == pytest.approx(0.0, abs=1e-12)
    assert found.high - found.estimate == pytest.approx(norm.ppf(0.975) * found.se_wald)


def test_the_variance_is_the_maximum_of_the_restricted_likelihood():
    y, s = _log_ratios()
    v = s**2

    def value(tau2: float) -> float:
        w = 1 / (v + tau2)
        mean = np.sum(w * y) / np.sum(w)
        return -0.5 * (np.sum(np.log(v + tau2)) + np.log(np.sum(w)) + np.sum(w * (y - mean) ** 2))

    best = between_study_variance(y, v)
    assert value(best) > max(value(best * 1.01), value(best * 0.99))


@pytest.mark.parametrize(("effect", "se"), [([1.0], [1.0]), ([1.0, 2.0], [1.0]), ([1.0, 2.0], [1.0, 0.0])])
def test_what_cannot_be_pooled_is_refused(effect: list[float], se: list[float]):
    with pytest.raises(InputError):
        pool(effect, se)
