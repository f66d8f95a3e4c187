"""Own estimators equal statsmodels, scipy and plain loops written out from the formulas."""

import warnings

import numpy as np
import pytest
from scipy.stats import chi2_contingency, t
from statsmodels.discrete.discrete_model import NegativeBinomial, Poisson
from statsmodels.duration.hazard_regression import PHReg
from statsmodels.duration.survfunc import survdiff

from brittlestar import statistics as st


def first_events(seed, n=90, grid=None):
    chance = np.random.default_rng(seed)
    arm = np.arange(n) % 3 > 0
    time = chance.exponential(np.where(arm, 1.6, 1.0))
    limit = chance.uniform(0.5, 2.0, n)
    event, time = time <= limit, np.minimum(time, limit)
    if grid:
        time = np.ceil(time * grid) / grid
    return time, event.astype(float), arm.astype(float), chance.normal(size=(n, 2)) * [1.0, 30.0]


@pytest.mark.parametrize("grid", [None, 8])
@pytest.mark.parametrize("adjusted", [False, True])
def test_cox_equals_phreg(grid, adjusted):
    time, event, arm, z = first_events(1, grid=grid)
    x = np.column_stack([arm, z]) if adjusted else arm[:, None]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fit = PHReg(time, x, status=event, ties="efron").fit()
    own = st.cox(time, event, arm, z if adjusted else None)
    assert np.log(own.value) == pytest.approx(np.asarray(fit.params)[0], abs=1e-6)
    assert own.se == pytest.approx(np.asarray(fit.bse)[0], rel=1e-6)


@pytest.mark.parametrize("grid", [None, 8])
def test_log_rank_equals_survdiff(grid):
    time, event, arm, _ = first_events(2, grid=grid)
    chi_squared, p_value = survdiff(time, event, arm)
    own = st.log_rank(time, event, arm)
    assert (own.chi_squared, own.p_value) == pytest.approx((chi_squared, p_value), rel=1e-10)


@pytest.mark.parametrize("seed", range(3))
def test_negative_binomial_equals_statsmodels(seed):
    chance = np.random.default_rng(seed)
    n = 143
    arm, time, z = np.arange(n) % 2, chance.uniform(0.4, 2, n), chance.normal(size=(n, 2)) * [1, 50]
    count = chance.poisson(time * np.exp(-0.4 * arm + 0.2 * z[:, 0]) * chance.gamma(1.2, 1 / 1.2, n))
    own = st.negative_binomial(count, time, arm, z)
    x = np.column_stack([np.ones(n), (z - z.mean(axis=0)) / z.std(axis=0), arm])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fit = NegativeBinomial(count, x, exposure=time).fit(disp=0, maxiter=500, gtol=1e-9, method="bfgs")
    assert np.log(own.rate_ratio.value) == pytest.approx(fit.params[3], abs=1e-5)
    assert own.dispersion.value == pytest.approx(fit.params[4], abs=1e-5)
    assert own.log_likelihood == pytest.approx(fit.llf, abs=1e-6)
    # statsmodels inverts the observed information, ours is the expected one: near, not equal.
    assert own.rate_ratio.se == pytest.approx(fit.bse[3], rel=0.05)


def test_underdispersed_counts_give_the_poisson_fit():
    chance = np.random.default_rng(5)
    arm, time, z = np.arange(80) % 2, chance.uniform(0.8, 1.2, 80), chance.normal(size=80)
    count = chance.binomial(4, 0.5, 80)
    own = st.negative_binomial(count, time, arm, z)
    fit = Poisson(count, np.column_stack([np.ones(80), z, arm]), exposure=time).fit(disp=0)
    assert own.dispersion.value == 0
    assert "Poisson limit" in own.rate_ratio.note
    assert own.rate_ratio.converged
    assert np.log(own.rate_ratio.value) == pytest.approx(fit.params[2], abs=1e-7)
    assert own.rate_ratio.se == pytest.approx(fit.bse[2], rel=1e-6)
    assert own.log_likelihood == pytest.approx(fit.llf, rel=1e-9)


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
    return beta, 1 / np.sqrt(information), np.sqrt((cluster**2).sum()) / information


def slow_mean_cumulative(person, start, stop, event, t):
    total, influence = 0.0, dict.fromkeys(np.unique(person), 0.0)
    for s in np.unique(stop[(event > 0) & (stop <= t)]):
        risk, d = (start < s) & (s <= stop), event * (stop == s)
        total += d.sum() / risk.sum()
        for p in influence:
            influence[p] += (
                d[person == p].sum() - risk[person == p].sum() * d.sum() / risk.sum()
            ) / risk.sum()
    return total, np.sqrt(sum(value**2 for value in influence.values()))


def gappy_rows(seed):
    """Rows with late entry, gaps, ties between and within people, and an arm that changes."""
    chance = np.random.default_rng(seed)
    person, start, stop, event, x = [], [], [], [], []
    for p in range(25):
        edges = np.unique(np.round(np.cumsum(chance.uniform(0.1, 0.8, 6)), 1))
        for j in range(len(edges) - 1):
            if chance.uniform() < 0.8:
                person.append(f"p{p}")
                start.append(edges[j])
                stop.append(edges[j + 1])
                event.append(chance.poisson(0.5))
                x.append((p + (j > 2)) % 2)
    return np.array(person), *(np.array(column, dtype=float) for column in (start, stop, event, x))


@pytest.mark.parametrize("seed", range(3))
def test_andersen_gill_equals_the_formula_written_out(seed):
    rows = gappy_rows(seed)
    beta, naive, robust = slow_andersen_gill(*rows)
    fit = st.andersen_gill(*rows)
    assert np.log(fit.robust.value) == pytest.approx(beta, abs=1e-9)
    assert fit.naive.se == pytest.approx(naive, rel=1e-9)
    assert fit.robust.se == pytest.approx(robust, rel=1e-9)


def test_mean_cumulative_function_equals_the_formula_written_out():
    person, start, stop, event, _ = gappy_rows(4)
    at = [0.9, 1.7, 2.4]
    curve = st.mean_cumulative_function(person, start, stop, event, at)
    slow = np.array([slow_mean_cumulative(person, start, stop, event, time) for time in at])
    np.testing.assert_allclose(np.column_stack([curve.value, curve.se]), slow, rtol=1e-10)


def test_proportions_follow_their_formulas():
    # Newcombe 1998, table II, example a: 56/70 and 48/80, method 10: 0.0524 to 0.3339.
    difference = st.risk_difference(56, 70, 48, 80)
    assert (difference.low, difference.high) == pytest.approx((0.0524, 0.3339), abs=5e-5)
    assert difference.p_value == pytest.approx(chi2_contingency([[56, 14], [48, 32]], correction=False)[1])
    z = 1.959963984540054
    low = st.proportion(7, 40).low
    assert abs(7 / 40 - low) == pytest.approx(z * np.sqrt(low * (1 - low) / 40))
    ratio = st.risk_ratio(15, 100, 30, 110)
    assert ratio.value == pytest.approx(0.15 / (30 / 110))
    assert ratio.se == pytest.approx(np.sqrt(1 / 15 - 1 / 100 + 1 / 30 - 1 / 110))
    assert (ratio.low, ratio.high) == pytest.approx(ratio.value * np.exp(np.array([-z, z]) * ratio.se))


def test_cloglog_recovers_the_hazard_ratio_of_exponential_times():
    risk = 1 - np.exp(-0.7 * np.array([0.6, 1.0]))
    result = st.cloglog_hazard_ratio(risk[0] * 1e6, 1e6, risk[1] * 1e6, 1e6)
    assert result.value == pytest.approx(0.6)
    step = 1e-5
    slope = (np.log(-np.log1p(-risk - step)) - np.log(-np.log1p(-risk + step))) / (2 * step)
    assert result.se == pytest.approx(np.sqrt((slope**2 * risk * (1 - risk) / 1e6).sum()), rel=1e-6)


def test_mean_and_rate_follow_their_formulas():
    y = np.array([1.0, 2.0, 4.0, 9.0])
    result = st.mean(y)
    half = t.ppf(0.975, 3) * y.std(ddof=1) / 2
    assert (result.value, result.low, result.high) == pytest.approx((4.0, 4.0 - half, 4.0 + half))
    count, time = np.array([0, 2, 1, 5.0]), np.array([1.0, 2.0, 1.5, 2.5])
    rate = st.event_rate(count, time)
    residual = count - 8 / 7 * time
    assert rate.value == pytest.approx(8 / 7)
    assert rate.se == pytest.approx(np.sqrt(4 / 3 * (residual**2).sum()) / 8)


def test_lone_zero_rate_has_the_exact_poisson_limit():
    rate = st.event_rate([0, 0, 0], [1.0, 1.0, 1.0])
    assert (rate.value, rate.low) == (0, 0)
    assert np.exp(-3 * rate.high) == pytest.approx(0.025)
