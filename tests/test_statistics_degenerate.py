"""Trials without an answer say so: no exception, no number that looks like one, and why."""

import numpy as np
import pytest

from brittlestar import statistics as st
from brittlestar._shared.errors import InputError

ARM = np.array([0, 0, 0, 1, 1, 1.0])
TIME = np.array([1.0, 2.0, 3.0, 1.5, 2.5, 3.5])
Y = np.array([1.0, 2.0, 4.0, 3.0, 5.0, 4.5])
NONE = np.zeros(6)


def nothing(estimate, reason):
    """No estimate, no interval, no p-value; and the reason."""
    assert not estimate.converged
    assert reason in estimate.note
    assert np.isnan([estimate.value, estimate.low, estimate.high, estimate.se, estimate.p_value]).all()


@pytest.mark.parametrize(
    ("y", "arm", "covariates", "reason"),
    [
        (Y, np.zeros(6), None, "only one arm"),
        (np.full(6, np.nan), ARM, None, "no complete"),
        (np.full(6, 2.0), ARM, None, "no residual variation"),
        (Y, ARM, ARM * 3 + 2, "cannot be told apart"),
        (Y, ARM, np.random.default_rng(0).normal(size=(6, 4)), "no residual degrees"),
        (Y, ARM, np.random.default_rng(0).normal(size=(6, 9)), ""),
        (Y[:0], ARM[:0], None, "no complete"),
    ],
)
def test_ancova_without_an_answer(y, arm, covariates, reason):
    nothing(st.ancova(y, arm, covariates).difference, reason)
    batch = st.ancova_batch(y[None], arm[None], None if covariates is None else covariates[None])
    nothing(batch[0].difference, reason)


@pytest.mark.parametrize("constant", [0.0, 1.0, 1234.567])
def test_constant_and_collinear_covariates_are_left_out_and_named(constant):
    z = np.array([0.3, 1.0, 0.1, 0.7, 0.2, 0.9])
    full = np.column_stack([np.full(6, constant), z, 3 * z - 1e3])
    plain, noted = st.ancova(Y, ARM, z), st.ancova(Y, ARM, full)
    assert noted.difference.value == pytest.approx(plain.difference.value)
    assert noted.difference.se == pytest.approx(plain.difference.se)
    assert noted.difference.converged and noted.difference.note.endswith("collinear: 0, 2")
    assert st.cox(TIME, np.ones(6), ARM, full).value == pytest.approx(st.cox(TIME, np.ones(6), ARM, z).value)
    count = np.array([1, 3, 2, 0, 1, 4])
    rates = [st.negative_binomial(count, TIME, ARM, part).rate_ratio for part in (z, full)]
    assert rates[1].value == pytest.approx(rates[0].value)
    assert "left out" in rates[1].note


def test_missing_values_are_excluded_and_counted():
    y, arm, z = Y.copy(), ARM.copy(), np.array([0.3, 1.0, 0.1, 0.7, 0.2, 0.9])
    y = np.append(y, [np.nan, 9.0, 9.0])
    arm = np.append(arm, [1.0, np.nan, 0.0])
    z = np.append(z, [0.5, 0.5, np.nan])
    result = st.ancova(y, arm, z).difference
    assert result.value == pytest.approx(st.ancova(Y, ARM, z[:6]).difference.value)
    assert (result.n, result.excluded) == (6, 3)
    assert st.mean(y).excluded == 1
    assert [mean.n for mean in st.arm_means(y, arm)] == [4, 3]
    time, event = np.append(TIME, [np.nan, 2.0, 2.0]), np.append(np.ones(6), [1.0, 0.0, np.nan])
    survival = st.cox(time, event, np.append(ARM, [1.0, np.nan, 0.0]))
    assert survival.value == st.cox(TIME, np.ones(6), ARM).value
    assert (survival.n, survival.excluded) == (6, 3)
    assert st.kaplan_meier(time, event, [1.0]).excluded == 2
    rate = st.event_rate([1, np.nan, 2, 3], [1.0, 1.0, np.nan, 0.0])
    assert (rate.n, rate.excluded) == (1, 3)
    rows = st.andersen_gill([0, 0, 1, 1], [0, 1, 0, np.nan], [1, 2, 1.5, 2], [1, 0, 1, 1], [0, 0, 1, 1])
    assert (rows.robust.n, rows.robust.excluded) == (2, 1)
    assert st.count_by_arm([1, np.nan, 0, 1], [0, 0, 1, np.nan]).excluded == 2


def test_means_without_an_interval():
    nothing(st.mean([]), "no observed")
    for y, why in (([3.0], "one person"), ([3.0, 3.0], "equal")):
        result = st.mean(y)
        assert result.value == 3 and not result.converged and why in result.note and np.isnan(result.low)


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        ((0, 10, 3, 10), "no events in one arm"),
        ((0, 10, 0, 10), "no events"),
        ((10, 10, 10, 10), "everybody"),
        ((0, 0, 3, 10), "no people"),
    ],
)
def test_ratios_without_an_answer(table, reason):
    nothing(st.risk_ratio(*table), reason)
    nothing(st.cloglog_hazard_ratio(*table), reason)


def test_differences_and_proportions_at_the_edge_keep_their_intervals():
    nothing(st.proportion(0, 0), "no people")
    assert st.proportion(0, 20).low == 0 and 0.1 < st.proportion(0, 20).high < 0.2
    everybody = st.risk_difference(10, 10, 10, 10)
    assert everybody.value == 0 and -0.35 < everybody.low < 0 < everybody.high
    assert np.isnan(everybody.p_value)
    nothing(st.risk_difference(0, 0, 3, 10), "no people")


@pytest.mark.parametrize(
    ("event", "arm", "reason"),
    [
        (NONE, ARM, "no events"),
        (ARM, ARM, "no events among controls"),
        (1 - ARM, ARM, "no events among the treated"),
        (np.ones(6), np.ones(6), "no events among controls"),
    ],
)
def test_first_event_without_an_answer(event, arm, reason):
    nothing(st.cox(TIME, event, arm), reason)
    nothing(st.cox(TIME, event, arm, Y), reason)
    rows = st.andersen_gill(np.arange(6), NONE, TIME, event, arm)
    nothing(rows.robust, reason)
    nothing(rows.naive, reason)


def test_arms_separated_in_time_have_no_hazard_ratio():
    nothing(st.cox([1, 2, 3, 4.0], [1, 1, 1, 1], [1, 1, 0, 0]), "separate")
    test = st.log_rank([1, 2, 3, 4.0], [1, 1, 1, 1], [1, 1, 0, 0])
    assert test.converged and test.p_value < 0.1
    separating = np.array([9.0, 8.0, 1.0, 7.5, 8.5, 0.5])
    nothing(st.cox(TIME, [0, 0, 1, 0, 0, 1], ARM, separating), "")


def test_log_rank_without_an_answer():
    for event, arm in ((NONE, ARM), (np.ones(6), np.ones(6))):
        result = st.log_rank(TIME, event, arm)
        assert not result.converged and result.note and np.isnan(result.p_value)


def test_survival_at_its_ends():
    curve = st.kaplan_meier([1.0, 2.0, 3.0], [1, 1, 1], [0.5, 1.0, 3.0, 9.0])
    np.testing.assert_allclose(curve.value, [1, 2 / 3, 0, 0])
    assert np.isnan(curve.low[[0, 2, 3]]).all() and 0 < curve.low[1] < curve.high[1] < 1
    censored = st.kaplan_meier([1.0, 2.0], [0, 0], [0.5, 2.5])
    assert censored.value[0] == 1 and np.isnan(censored.value[1]) and censored.note == "no events"
    nobody = st.kaplan_meier([np.nan], [1], [1.0])
    assert not nobody.converged and np.isnan(nobody.value).all()
    assert len(st.kaplan_meier([1.0, 2.0], [0, 0]).time) == 0


def test_mean_cumulative_function_at_its_ends():
    curve = st.mean_cumulative_function([0, 1], [0, 0], [1.0, 2.0], [0, 0], [0.5, 2.0, 2.5])
    np.testing.assert_allclose(curve.value, [0, 0, np.nan])
    assert np.isnan(curve.low).all() and curve.note == "no events"
    nobody = st.mean_cumulative_function([0], [1.0], [1.0], [1], [0.5])
    assert not nobody.converged and nobody.excluded == 1


@pytest.mark.parametrize(
    ("count", "arm", "reason"),
    [
        (NONE, ARM, "no events among controls"),
        (ARM, ARM, "no events among controls"),
        (1 - ARM, ARM, "no events among the treated"),
        (np.ones(6), np.ones(6), "only one arm"),
        (np.full(6, np.nan), ARM, "no complete"),
    ],
)
def test_negative_binomial_without_an_answer(count, arm, reason):
    fit = st.negative_binomial(count, TIME, arm)
    nothing(fit.rate_ratio, reason)
    nothing(fit.dispersion, reason)
    assert np.isnan([fit.intercept, fit.log_likelihood]).all()
    assert np.isnan(st.marginal_rate_ratio(count, TIME, arm).value)


def test_negative_binomial_with_a_covariate_that_separates_the_counts():
    z = np.array([0, 1, 0, 1, 0, 1.0])
    nothing(
        st.negative_binomial(np.where(z == 1, 0, [2, 0, 3, 0, 1, 0]), TIME, ARM, z).rate_ratio, "separate"
    )


def test_people_who_are_all_alike_leave_no_robust_variance():
    rows = st.intervals([0, 1, 1], [0.5, 0.6, 0.7], [1.0, 1.0])
    fit = st.andersen_gill(rows.id, rows.start, rows.stop, rows.event, rows.id)
    nothing(fit.robust, "do not differ")
    assert fit.naive.value == pytest.approx(2.0)
    alike = st.marginal_rate_ratio([1, 1, 1, 2, 2, 2], np.full(6, 0.7), ARM)
    nothing(alike, "not determined")


def test_two_fractures_at_one_instant_both_count():
    rows = st.intervals([0, 0, 1, 0], [1.0, 1.0, 0.5, 9.0], [2.0, 3.0])
    np.testing.assert_array_equal(rows.id, [0, 0, 1, 1])
    np.testing.assert_array_equal(rows.start, [0, 1, 0, 0.5])
    np.testing.assert_array_equal(rows.stop, [1, 2, 0.5, 3])
    np.testing.assert_array_equal(rows.event, [2, 0, 1, 0])
    assert rows.ignored == 1
    curve = st.mean_cumulative_function(rows.id, rows.start, rows.stop, rows.event, [2.0])
    assert curve.value[0] == pytest.approx(1.5)
    assert len(st.intervals([], [], [1.0, 0.0]).id) == 1
    assert len(st.intervals([], [], []).id) == 0


@pytest.mark.parametrize(
    ("call", "where"),
    [
        (lambda: st.ancova(Y, ARM + 1), "treatment"),
        (lambda: st.ancova(Y, ARM[:4]), "treatment"),
        (lambda: st.ancova(Y, ARM, np.ones((5, 2))), "covariates"),
        (lambda: st.ancova(["a"], [0]), "y"),
        (lambda: st.ancova(Y, ARM, level=95), "level"),
        (lambda: st.mean(Y, level=1.0), "level"),
        (lambda: st.ancova_batch(Y, ARM), "y"),
        (lambda: st.cox(-TIME, ARM, ARM), "time"),
        (lambda: st.cox(TIME, ARM * 2, ARM), "event"),
        (lambda: st.kaplan_meier(TIME[None], ARM[None]), "time"),
        (lambda: st.negative_binomial(Y + 0.25, TIME, ARM), "count"),
        (lambda: st.event_rate([1, 2], [1.0, -1.0]), "time"),
        (lambda: st.risk_ratio(11, 10, 3, 10), "counts"),
        (lambda: st.proportion(np.nan, 10), "counts"),
        (lambda: st.andersen_gill([0], [0, 1], [1, 2], [1, 0], [0, 1]), "id"),
        (lambda: st.andersen_gill_batch([0, 5], [0, 1], [0, 0], [1, 2], [1, 0], [0, 1], trials=2), "trial"),
        (lambda: st.andersen_gill([0, 0], [0, 1], [2, 3], [1, 0], [0, 0]), "start"),
        (lambda: st.intervals([3], [1.0], [2.0, 2.0]), "person"),
        (lambda: st.intervals([0, 1], [1.0], [2.0, 2.0]), "person"),
    ],
)
def test_misuse_is_an_input_error_that_names_the_argument(call, where):
    with pytest.raises(InputError) as error:
        call()
    assert error.value.where == where
