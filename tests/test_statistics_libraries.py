"""Own estimators equal statsmodels, scipy and plain loops written out from the formulas."""

import warnings

import numpy as np
import pytest
from scipy.stats import chi2_contingency
from statsmodels.discrete.discrete_model import NegativeBinomial, Poisson
from statsmodels.duration.hazard_regression import PHReg
from statsmodels.duration.survfunc import SurvfuncRight
from statsmodels.regression.linear_model import OLS

from brittlestar import statistics as st


def first_events(seed, n=90, grid=None):
    chance = np.random.default_rng(seed)
    arm = np.arange(n) % 3 > 0
    time = chance.exponential(np.where(arm, 1.6, 1.0))
    limit = chance.uniform(0.5, 2.0, n)
    event, time = time <= limit, np.minimum(time, limit)
    if grid:
        time = np.ceil(time * grid) / grid
    return time, event.astype(float), arm.astype(float)


@pytest.mark.parametrize("grid", [None, 8])
def test_cox_equals_phreg(grid):
    time, event, arm = first_events(1, grid=grid)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fit = PHReg(time, arm[:, None], status=event, ties="efron").fit()
    own = st.cox(time[None], event[None], arm)
    assert np.log(own.value[0]) == pytest.approx(np.asarray(fit.params)[0], abs=1e-6)
    assert own.se[0] == pytest.approx(np.asarray(fit.bse)[0], rel=1e-6)


@pytest.mark.parametrize("grid", [None, 8])
def test_kaplan_meier_equals_survfunc(grid):
    time, event, _ = first_events(2, grid=grid)
    fit = SurvfuncRight(time, event)
    own = st.kaplan_meier(time[None], event[None], fit.surv_times)[0]
    np.testing.assert_allclose(own, fit.surv_prob, rtol=1e-12)


@pytest.mark.parametrize("people", [3, 5, 40])
def test_ancova_equals_ols(people):
    """Three people are fewer than the columns: the constant ones are left out."""
    chance = np.random.default_rng(people)
    arm = np.arange(people) % 2
    z = np.column_stack([chance.normal(size=people) * 30 if people > 3 else np.ones(people), np.ones(people)])
    y = chance.normal(size=people) + 2 * arm + 0.1 * z[:, 0]
    x = np.column_stack([np.ones(people), z[:, 0] - z[:, 0].mean(), arm])[
        :, [0, 1, 2] if people > 3 else [0, 2]
    ]
    fit, own = OLS(y, x).fit(), st.ancova(y[None], arm, z)
    contrast = np.zeros((3, x.shape[1]))
    contrast[:, [0, -1]] = [[0, 1], [1, 0], [1, 1]]
    answer = fit.t_test(contrast)
    for i, estimates in enumerate((own.difference, own.control, own.treated)):
        found = [estimates.value[0], estimates.se[0], estimates.p_value[0]]
        expected = [answer.effect[i], np.ravel(answer.sd)[i], np.ravel(answer.pvalue)[i]]
        np.testing.assert_allclose(found, expected, rtol=1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_negative_binomial_equals_statsmodels(seed):
    chance = np.random.default_rng(seed)
    n = 143
    arm, time = np.arange(n) % 2, chance.uniform(0.4, 2, n)
    count = chance.poisson(time * np.exp(-0.4 * arm) * chance.gamma(1.2, 1 / 1.2, n))
    own = st.negative_binomial(count[None], time, arm)
    x = np.column_stack([np.ones(n), arm])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fit = NegativeBinomial(count, x, exposure=time).fit(disp=0, maxiter=500, gtol=1e-9, method="bfgs")
    assert np.log(own.rate_ratio.value[0]) == pytest.approx(fit.params[1], abs=1e-5)
    assert own.dispersion[0] == pytest.approx(fit.params[2], abs=1e-5)
    # statsmodels inverts the observed information, ours is the expected one: near, not equal.
    assert own.rate_ratio.se[0] == pytest.approx(fit.bse[1], rel=0.05)


def test_underdispersed_counts_give_the_poisson_fit():
    chance = np.random.default_rng(5)
    arm, time = np.arange(80) % 2, chance.uniform(0.8, 1.2, 80)
    count = chance.binomial(4, 0.5, 80)
    own = st.negative_binomial(count[None], time, arm)
    fit = Poisson(count, np.column_stack([np.ones(80), arm]), exposure=time).fit(disp=0)
    assert own.dispersion[0] == 0
    assert "Poisson limit" in own.rate_ratio.note[0]
    assert np.log(own.rate_ratio.value[0]) == pytest.approx(fit.params[1], abs=1e-7)
    assert own.rate_ratio.se[0] == pytest.approx(fit.bse[1], rel=1e-6)


def slow_andersen_gill(person, start, stop, event, x):
    """Score equation and sandwich by double loops over event times and rows."""
    times = np.unique(stop[event > 0])

    def sums(beta):
        for s in times:
            weight = np.where((start < s) & (s <= stop), np.exp(beta * x), 0.0)
            yield s, event * (stop == s), weight, (weight @ x) / weight.sum()

    beta = 0.0
    for _ in range(40):
        score = sum((d * (x - mean)).sum() for _, d, _, mean in sums(beta))
        information = sum(d.sum() * mean * (1 - mean) for _, d, _, mean in sums(beta))
        beta += score / information
    residual = np.zeros(len(x))
    for _, d, weight, mean in sums(beta):
        residual += (x - mean) * (d - weight * d.sum() / weight.sum())
    cluster = np.array([residual[person == p].sum() for p in np.unique(person)])
    return beta, np.sqrt((cluster**2).sum()) / information


def slow_mean_cumulative(start, stop, event, t):
    times = np.unique(stop[(event > 0) & (stop <= t)])
    return sum((event * (stop == s)).sum() / ((start < s) & (s <= stop)).sum() for s in times)


def tied_rows(seed):
    """Rows of 25 people of unlike follow-up, with ties between and within people; and everybody's arm."""
    chance = np.random.default_rng(seed)
    person = np.repeat(np.arange(25), chance.poisson(2.5, 25))
    rows = st.intervals(
        person,
        np.round(chance.uniform(0.1, 2.0, len(person)), 1),
        np.round(chance.uniform(0.5, 2.5, (1, 25)), 1),
    )
    return rows, np.arange(25.0)[None] % 2


@pytest.mark.parametrize("seed", range(3))
def test_andersen_gill_equals_the_formula_written_out(seed):
    rows, arm = tied_rows(seed)
    assert rows.event.max() > 1
    fit = st.andersen_gill(rows, arm)
    beta, robust = slow_andersen_gill(rows.person, rows.start, rows.stop, rows.event, arm[0, rows.person])
    assert np.log(fit.value[0]) == pytest.approx(beta, abs=1e-9)
    assert fit.se[0] == pytest.approx(robust, rel=1e-9)


def test_mean_cumulative_function_equals_the_formula_written_out():
    rows, _ = tied_rows(4)
    at = [0.5, 0.9, 1.7, 2.4]
    slow = [slow_mean_cumulative(rows.start, rows.stop, rows.event, time) for time in at]
    np.testing.assert_allclose(st.mean_cumulative_function(rows, at)[0], slow, rtol=1e-10)


def test_proportions_follow_their_formulas():
    treated, control = st.Proportion.of([56], [70]), st.Proportion.of([48], [80])
    difference = st.risk_difference(treated, control)
    assert difference.value[0] == pytest.approx(56 / 70 - 48 / 80)
    assert difference.p_value[0] == pytest.approx(chi2_contingency([[56, 14], [48, 32]], correction=False)[1])
    ratio = st.risk_ratio(st.Proportion.of([15], [100]), st.Proportion.of([30], [110]))
    assert ratio.value[0] == pytest.approx(0.15 / (30 / 110))
    assert ratio.se[0] == pytest.approx(np.sqrt(1 / 15 - 1 / 100 + 1 / 30 - 1 / 110))


def test_a_difference_of_rates_follows_its_formula():
    count, time, arm = (
        np.array([0, 2, 1, 5.0, 1, 0]),
        np.array([1.0, 2.0, 1.5, 2.5, 1.0, 2.0]),
        np.arange(6) > 3,
    )
    found = st.rate_difference(count[None], time, arm)
    assert found.value[0] == pytest.approx(1 / 3 - 8 / 7)
    scatter = [
        4 / 3 * ((count - 8 / 7 * time)[:4] ** 2).sum() / 7**2,
        2 * ((count - time / 3)[4:] ** 2).sum() / 9,
    ]
    assert found.se[0] == pytest.approx(np.sqrt(sum(scatter)))
