"""Trials without an answer say so: no exception, no number that looks like one, and why."""

import numpy as np
import pytest

from brittlestar import statistics as st
from brittlestar._shared.errors import InputError

ARM = np.array([0, 0, 0, 1, 1, 1.0])
TIME = np.array([1.0, 2.0, 3.0, 1.5, 2.5, 3.5])
Y = np.array([1.0, 2.0, 4.0, 3.0, 5.0, 4.5])
NONE = np.zeros(6)


def nothing(estimates, reason):
    """No estimate and no p-value; and the reason."""
    assert reason in estimates.note[0]
    assert np.isnan([estimates.value[0], estimates.se[0], estimates.p_value[0]]).all()


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
    z = covariates if covariates is None or covariates.ndim == 2 else covariates[:, None]
    fit = st.ancova(y[None], arm, z)
    for estimates in (fit.difference, fit.control, fit.treated):
        nothing(estimates, reason)


@pytest.mark.parametrize("constant", [0.0, 1.0, 1234.567])
def test_constant_and_collinear_covariates_are_left_out_and_named(constant):
    z = np.array([0.3, 1.0, 0.1, 0.7, 0.2, 0.9])
    full = np.column_stack([np.full(6, constant), z, 3 * z - 1e3])
    plain, noted = st.ancova(Y[None], ARM, z[:, None]).difference, st.ancova(Y[None], ARM, full).difference
    assert noted.value == pytest.approx(plain.value)
    assert noted.se == pytest.approx(plain.se)
    assert noted.note[0].endswith("collinear: 0, 2")


def test_people_with_something_missing_are_left_out():
    y, arm = np.append(Y, [np.nan, 9.0, 9.0])[None], np.append(ARM, [1.0, np.nan, 0.0])
    z = np.array([0.3, 1.0, 0.1, 0.7, 0.2, 0.9, 0.5, 0.5, np.nan])
    fit, same = st.ancova(y, arm, z[:, None]), st.ancova(Y[None], ARM, z[:6, None])
    assert fit.difference.value == pytest.approx(same.difference.value)
    time, event = np.append(TIME, [np.nan, 2.0, 2.0])[None], np.append(np.ones(6), [1.0, 0.0, np.nan])[None]
    whole = TIME[None], np.ones((1, 6))
    assert st.cox(time, event, np.append(ARM, [1.0, np.nan, 0.0])).value == st.cox(*whole, ARM).value
    survival = st.kaplan_meier(time, event, [3.2])[0, 0]  # seven people, one of them censored at 2
    assert survival == pytest.approx(6 / 7 * 5 / 6 * 4 / 5 * 2 / 3 * 1 / 2)
    count = np.array([[1, np.nan, 2, 3, 2, 0]])
    rates = st.rate_difference(count, [1.0, 1.0, np.nan, 0.0, 1.0, 1.0], [0, 0, 0, 0, 1, 1])
    assert rates.value[0] == 0.0


@pytest.mark.parametrize(
    ("treated", "control", "reason"),
    [
        ((0, 10), (3, 10), "no events in one arm"),
        ((0, 10), (0, 10), "no events"),
        ((10, 10), (10, 10), "everybody"),
        ((0, 0), (3, 10), "no people"),
    ],
)
def test_ratios_without_an_answer(treated, control, reason):
    sides = [st.Proportion.of([events], [people]) for events, people in (treated, control)]
    nothing(st.risk_ratio(*sides), reason)


def test_differences_at_the_edge():
    all_of_ten, nobody = st.Proportion.of([10], [10]), st.Proportion.of([0], [0])
    everybody = st.risk_difference(all_of_ten, all_of_ten)
    assert everybody.value[0] == 0 and np.isnan(everybody.p_value[0])
    nothing(st.risk_difference(nobody, st.Proportion.of([3], [10])), "no people")
    rates = st.rate_difference(NONE[None], TIME, ARM)
    assert rates.value[0] == 0 and np.isnan(rates.p_value[0])
    nothing(st.rate_difference(NONE[None], TIME, np.ones(6)), "no people")


@pytest.mark.parametrize(
    ("event", "arm", "reason"),
    [
        (NONE, ARM, "no events"),
        (ARM, ARM, "no events among controls"),
        (1 - ARM, ARM, "no events among the treated"),
        (np.ones(6), np.ones(6), "no events among controls"),
    ],
)
def test_events_in_time_without_an_answer(event, arm, reason):
    nothing(st.cox(TIME[None], event[None], arm), reason)
    fell = event > 0
    nothing(st.andersen_gill(st.intervals(np.flatnonzero(fell), TIME[fell], TIME[None]), arm), reason)


def test_arms_separated_in_time_have_no_hazard_ratio():
    nothing(st.cox([[1, 2, 3, 4.0]], [[1, 1, 1, 1]], [1, 1, 0, 0]), "separate")


def test_survival_at_its_ends():
    curve = st.kaplan_meier([[1.0, 2.0, 3.0]], [[1, 1, 1]], [0.5, 1.0, 3.0, 9.0])[0]
    np.testing.assert_allclose(curve, [1, 2 / 3, 0, 0])
    censored = st.kaplan_meier([[1.0, 2.0]], [[0, 0]], [0.5, 2.5])[0]
    np.testing.assert_allclose(censored, [1, np.nan])
    assert np.isnan(st.kaplan_meier([[np.nan]], [[1]], [1.0])).all()


def test_mean_cumulative_function_at_its_ends():
    quiet = st.intervals([], [], [[1.0, 2.0]])
    np.testing.assert_allclose(st.mean_cumulative_function(quiet, [0.5, 2.0, 2.5])[0], [0, 0, np.nan])
    assert np.isnan(st.mean_cumulative_function(st.intervals([], [], [[0.0]]), [0.5])).all()


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
    fit = st.negative_binomial(count[None], TIME, arm)
    nothing(fit.rate_ratio, reason)
    assert np.isnan(fit.dispersion).all()


def test_people_who_are_all_alike_leave_no_robust_variance():
    rows = st.intervals([0, 1, 1], [0.5, 0.6, 0.7], [[1.0, 1.0]])
    nothing(st.andersen_gill(rows, [0, 1]), "do not differ")


def test_two_fractures_at_one_instant_both_count():
    rows = st.intervals([0, 0, 1, 0], [1.0, 1.0, 0.5, 9.0], [[2.0, 3.0]])
    np.testing.assert_array_equal(rows.person, [0, 0, 1, 1])
    np.testing.assert_array_equal(rows.start, [0, 1, 0, 0.5])
    np.testing.assert_array_equal(rows.stop, [1, 2, 0.5, 3])
    np.testing.assert_array_equal(rows.event, [2, 0, 1, 0])  # the one after follow-up does not count
    assert st.mean_cumulative_function(rows, [2.0])[0, 0] == pytest.approx(1.5)
    assert len(st.intervals([], [], [[1.0, 0.0]]).person) == 1
    assert len(st.intervals([], [], np.empty((1, 0))).person) == 0


@pytest.mark.parametrize(
    ("call", "where"),
    [
        (lambda: st.ancova(Y[None], ARM + 1), "treatment"),
        (lambda: st.ancova(Y[None], ARM[:4]), "treatment"),
        (lambda: st.ancova(Y[None], ARM, np.ones((5, 2))), "covariates"),
        (lambda: st.ancova([["a"]], [0]), "y"),
        (lambda: st.ancova(Y, ARM), "y"),
        (lambda: st.cox(-TIME[None], ARM[None], ARM), "time"),
        (lambda: st.cox(TIME[None], ARM[None] * 2, ARM), "event"),
        (lambda: st.kaplan_meier(TIME, ARM, [1.0]), "time"),
        (lambda: st.negative_binomial(Y[None] + 0.25, TIME, ARM), "count"),
        (lambda: st.rate_difference([[1, 2]], [1.0, -1.0], [0, 1]), "time"),
        (lambda: st.Proportion.of([11], [10]), "counts"),
        (lambda: st.Proportion.of([np.nan], [10]), "counts"),
        (lambda: st.Proportion.of([1, 2], [10]), "counts"),
        (lambda: st.andersen_gill(st.intervals([], [], [[1.0, 1.0]]), [0, 3]), "treatment"),
        (lambda: st.intervals([3], [1.0], [[2.0, 2.0]]), "person"),
        (lambda: st.intervals([0, 1], [1.0], [[2.0, 2.0]]), "person"),
    ],
)
def test_misuse_is_an_input_error_that_names_the_argument(call, where):
    with pytest.raises(InputError) as error:
        call()
    assert error.value.where == where
