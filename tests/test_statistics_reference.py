"""Trial statistics equal R's on one simulated data set; data/recurrent_events/answers.R prints R's."""

from pathlib import Path

import numpy as np
import pytest

from brittlestar import statistics as st

DATA = Path(__file__).parent / "data" / "recurrent_events"
COUNTS = np.genfromtxt(DATA / "counts.csv", delimiter=",", names=True)
ROWS = np.genfromtxt(DATA / "intervals.csv", delimiter=",", names=True)
FIRST = ROWS[np.unique(ROWS["id"], return_index=True)[1]]
Z = COUNTS["id"] % 7


def close(value, answer, digits=1e-8):
    return np.testing.assert_allclose(value, answer, rtol=digits)


def test_negative_binomial_equals_glm_nb():
    fit = st.negative_binomial(COUNTS["n"], COUNTS["T"], COUNTS["x"])
    # The intercept is that of control: without covariates nothing is centred.
    close(fit.intercept, -0.0692743238069)
    close(np.log(fit.rate_ratio.value), -0.5331806553664)
    close(fit.rate_ratio.se, 0.155200432172)
    close(1 / fit.dispersion.value, 1.38662442017)
    close(fit.log_likelihood, -406.621977812)
    # se(log α) = se(log θ) = se(θ)/θ; MASS keeps the θ information of its last but one step.
    close(fit.dispersion.se, 0.318690862754 / 1.38662442017, 1e-5)


def test_negative_binomial_with_a_covariate_equals_glm_nb():
    fit = st.negative_binomial(COUNTS["n"], COUNTS["T"], COUNTS["x"], Z)
    close(np.log(fit.rate_ratio.value), -0.5320683624871)
    close(fit.rate_ratio.se, 0.1549969709470)
    close(1 / fit.dispersion.value, 1.40005139246)
    close(fit.intercept, 0.0529764243473 - 0.0418794752865 * Z.mean())


def test_andersen_gill_equals_coxph_with_cluster():
    fit = st.andersen_gill(ROWS["id"], ROWS["start"], ROWS["stop"], ROWS["ev"], ROWS["x"])
    close(np.log(fit.robust.value), -0.555057318792)
    close(fit.naive.se, 0.118366072329)
    close(fit.robust.se, 0.154472344995)
    close(fit.robust.p_value, 0.000326582507501)
    assert fit.robust.n == 300


def test_andersen_gill_with_ties_equals_coxph_breslow():
    start, stop = np.ceil(ROWS["start"] * 50) / 50, np.ceil(ROWS["stop"] * 50) / 50
    fit = st.andersen_gill(ROWS["id"], start, stop, ROWS["ev"], ROWS["x"])
    close(np.log(fit.robust.value), -0.544031206508)
    close(fit.naive.se, 0.119140014505)
    close(fit.robust.se, 0.153098798345)
    assert fit.robust.excluded == np.sum(stop <= start) > 0


@pytest.mark.parametrize(
    ("arm", "values", "se"),
    [
        (
            0,
            [0.233333333333, 0.426666666667, 0.811360451343],
            [0.0465872339850, 0.0591395086341, 0.0951275962144],
        ),
        (
            1,
            [0.126666666667, 0.266666666667, 0.495887436947],
            [0.0287466584209, 0.0428606700489, 0.0641328528971],
        ),
    ],
)
def test_mean_cumulative_function_equals_survfit_with_cluster(arm, values, se):
    rows = ROWS[ROWS["x"] == arm]
    curve = st.mean_cumulative_function(rows["id"], rows["start"], rows["stop"], rows["ev"], [0.25, 0.5, 0.9])
    close(curve.value, values)
    close(curve.se, se)
    assert list(curve.at_risk) == [150, 150, 136]


@pytest.mark.parametrize(
    ("arm", "values", "se"),
    [
        (0, [0.233333333333, 0.42, 0.790569930973], [0.0446384653924, 0.0575577005177, 0.0910987173840]),
        (1, [0.133333333333, 0.26, 0.488652759851], [0.0293131243517, 0.0404749579644, 0.0626119922385]),
    ],
)
def test_mean_cumulative_function_with_ties_equals_survfit(arm, values, se):
    rows = ROWS[ROWS["x"] == arm]
    start, stop = np.ceil(rows["start"] * 50) / 50, np.ceil(rows["stop"] * 50) / 50
    curve = st.mean_cumulative_function(rows["id"], start, stop, rows["ev"], [0.26, 0.5, 0.9])
    close(curve.value, values)
    close(curve.se, se)


@pytest.mark.parametrize(
    ("grid", "plain", "adjusted"),
    [
        (None, (-0.282124666915, 0.161887918232), (-0.2767312590983, 0.1619937756201)),
        (10, (-0.284727575582, 0.161887687143), (-0.2797347424140, 0.1619729855627)),
    ],
)
def test_cox_equals_coxph_efron(grid, plain, adjusted):
    time = FIRST["stop"] if grid is None else np.ceil(FIRST["stop"] * grid) / grid
    for covariates, (beta, se) in ((None, plain), (Z, adjusted)):
        fit = st.cox(time, FIRST["ev"], FIRST["x"], covariates)
        close(np.log(fit.value), beta, 1e-7)
        close(fit.se, se, 1e-7)


@pytest.mark.parametrize(
    ("arm", "survival", "se", "low", "high"),
    [
        (
            0,
            [0.826666666667, 0.686666666667, 0.558460099220],
            [0.0309072687124, 0.0378730823986, 0.0406736413295],
            [0.755983522942, 0.605830265810, 0.475053006081],
            [0.878507048881, 0.754304205086, 0.633834031430],
        ),
        (
            1,
            [0.880000000000, 0.766666666667, 0.632037850234],
            [0.0265329983228, 0.0345339339287, 0.0394877566179],
            [0.816310682671, 0.690441202997, 0.549275294271],
            [0.922640947008, 0.826473660585, 0.703749556741],
        ),
    ],
)
def test_kaplan_meier_equals_survfit_log_log(arm, survival, se, low, high):
    own = FIRST[FIRST["x"] == arm]
    curve = st.kaplan_meier(own["stop"], own["ev"], [0.25, 0.5, 0.9])
    for value, answer in ((curve.value, survival), (curve.se, se), (curve.low, low), (curve.high, high)):
        close(value, answer)


@pytest.mark.parametrize(
    ("grid", "chi_squared", "expected"),
    [(None, 3.05721688377, 80.8320628552), (10, 3.12724421739, 80.6361526013)],
)
def test_log_rank_equals_survdiff(grid, chi_squared, expected):
    time = FIRST["stop"] if grid is None else np.ceil(FIRST["stop"] * grid) / grid
    test = st.log_rank(time, FIRST["ev"], FIRST["x"])
    close(test.chi_squared, chi_squared)
    close(test.expected, expected)
    assert test.observed == 70


def test_ancova_equals_lm():
    fit = st.ancova(COUNTS["T"], COUNTS["x"], Z)
    close(fit.difference.value, -0.01433813511337)
    close(fit.difference.se, 0.0406764370319)
    close([fit.difference.low, fit.difference.high], [-0.0943886930632, 0.0657124228365])
    close(fit.difference.p_value, 0.724719021104)
    close(
        [fit.control.value, fit.control.low, fit.control.high], [1.37993611338, 1.32333217628, 1.43654005047]
    )
    close([fit.treated.value, fit.treated.se], [1.36559797826, 0.0287624039364])
    close(fit.residual_sd, 0.352263856135)


def test_intervals_rebuild_the_rows_from_a_list_of_events():
    fell = ROWS["ev"] == 1
    rows = st.intervals(ROWS["id"][fell].astype(int), ROWS["stop"][fell], COUNTS["T"])
    close(rows.start, ROWS["start"])
    close(rows.stop, ROWS["stop"])
    np.testing.assert_array_equal(rows.id, ROWS["id"])
    np.testing.assert_array_equal(rows.event, ROWS["ev"])
    assert rows.ignored == 0
