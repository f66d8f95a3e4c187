"""Trial statistics equal R's on one simulated data set; data/recurrent_events/answers.R prints R's."""

from pathlib import Path

import numpy as np
import pytest

from brittlestar import statistics as st

DATA = Path(__file__).parent / "data" / "recurrent_events"
COUNTS = np.genfromtxt(DATA / "counts.csv", delimiter=",", names=True)
ROWS = np.genfromtxt(DATA / "intervals.csv", delimiter=",", names=True)
FIRST = ROWS[np.unique(ROWS["id"], return_index=True)[1]]
FELL = ROWS[ROWS["ev"] == 1]
X = COUNTS["x"][None]
Z = COUNTS["id"] % 7


def close(value, answer, digits=1e-8):
    return np.testing.assert_allclose(value, answer, rtol=digits)


def rows(arm=None, grid=None):
    """Rows of all, or of one arm, on a grid of time; of events of a person at one tick R counts one."""
    person, time, until = FELL["id"].astype(int), FELL["stop"], COUNTS["T"]
    if grid:
        ticks, until = np.ceil(time * grid), np.ceil(until * grid) / grid
        person, ticks = np.unique([person, ticks], axis=1)
        person, time = person.astype(int), ticks / grid
    return st.intervals(person, time, np.where((arm is None) | (COUNTS["x"] == arm), until, np.nan)[None])


def test_negative_binomial_equals_glm_nb():
    fit = st.negative_binomial(COUNTS["n"][None], COUNTS["T"], COUNTS["x"])
    close(np.log(fit.rate_ratio.value), -0.5331806553664)
    close(fit.rate_ratio.se, 0.155200432172)
    close(1 / fit.dispersion, 1.38662442017)


def test_andersen_gill_equals_coxph_with_cluster():
    fit = st.andersen_gill(rows(), X)
    close(np.log(fit.value), -0.555057318792)
    close(fit.se, 0.154472344995)
    close(fit.p_value, 0.000326582507501)


def test_andersen_gill_with_ties_equals_coxph_breslow():
    fit = st.andersen_gill(rows(grid=50), X)
    close(np.log(fit.value), -0.544031206508)
    close(fit.se, 0.153098798345)


@pytest.mark.parametrize(
    ("arm", "values"),
    [
        (0, [0.233333333333, 0.426666666667, 0.811360451343]),
        (1, [0.126666666667, 0.266666666667, 0.495887436947]),
    ],
)
def test_mean_cumulative_function_equals_survfit_with_cluster(arm, values):
    close(st.mean_cumulative_function(rows(arm), [0.25, 0.5, 0.9])[0], values)


@pytest.mark.parametrize(
    ("arm", "values"),
    [
        (0, [0.233333333333, 0.42, 0.790569930973]),
        (1, [0.133333333333, 0.26, 0.488652759851]),
    ],
)
def test_mean_cumulative_function_with_ties_equals_survfit(arm, values):
    close(st.mean_cumulative_function(rows(arm, grid=50), [0.26, 0.5, 0.9])[0], values)


@pytest.mark.parametrize(
    ("grid", "beta", "se"),
    [(None, -0.282124666915, 0.161887918232), (10, -0.284727575582, 0.161887687143)],
)
def test_cox_equals_coxph_efron(grid, beta, se):
    time = FIRST["stop"] if grid is None else np.ceil(FIRST["stop"] * grid) / grid
    fit = st.cox(time[None], FIRST["ev"][None], FIRST["x"])
    close(np.log(fit.value), beta, 1e-7)
    close(fit.se, se, 1e-7)


@pytest.mark.parametrize(
    ("arm", "survival"),
    [
        (0, [0.826666666667, 0.686666666667, 0.558460099220]),
        (1, [0.880000000000, 0.766666666667, 0.632037850234]),
    ],
)
def test_kaplan_meier_equals_survfit(arm, survival):
    own = FIRST[FIRST["x"] == arm]
    close(st.kaplan_meier(own["stop"][None], own["ev"][None], [0.25, 0.5, 0.9])[0], survival)


def test_ancova_equals_lm():
    fit = st.ancova(COUNTS["T"][None], COUNTS["x"], Z[:, None])
    close(fit.difference.value, -0.01433813511337)
    close(fit.difference.se, 0.0406764370319)
    close(fit.difference.p_value, 0.724719021104)
    close(fit.control.value, 1.37993611338)
    close([fit.treated.value[0], fit.treated.se[0]], [1.36559797826, 0.0287624039364])


def test_intervals_rebuild_the_rows_from_a_list_of_events():
    rebuilt = rows()
    close(rebuilt.start, ROWS["start"])
    close(rebuilt.stop, ROWS["stop"])
    np.testing.assert_array_equal(rebuilt.person, ROWS["id"])
    np.testing.assert_array_equal(rebuilt.event, ROWS["ev"])
