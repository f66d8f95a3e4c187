"""Full fits without one study: the mode of the others, where the linear step to it fails."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from scipy.optimize import least_squares

from brittlestar.evidence.calibration.free_parameters import free_parameters, prior_centres, prior_log_sds
from brittlestar.evidence.calibration.left_out import left_out
from brittlestar.evidence.calibration.recorded import recorded
from brittlestar.evidence.calibration.without_study import fit_without, fitted_anew, flagged
from brittlestar.evidence.prediction.left_out_forecasts import left_out_forecasts
from brittlestar.model.parameters import default_parameters, identity

OWN = np.array([True, False, False, False])


def curved() -> tuple[Any, Any]:
    """Four results, the first of the study: exp of a parameter, whose errors are shared with the second."""
    free = free_parameters()
    centre, sd = prior_centres(free), prior_log_sds(free)
    covariance = np.diag([0.04, 0.04, 0.01, 0.01])
    covariance[2, 3] = covariance[3, 2] = 0.005
    whiten = np.linalg.inv(np.linalg.cholesky(covariance))

    def gaps(z: np.ndarray) -> np.ndarray:
        a, b = z[:2]
        return np.array([np.exp(a) - 3.0, np.sinh(a) + 0.2 * b, a + b - 0.5, b * b + b - 0.1])

    def slopes(z: np.ndarray) -> np.ndarray:
        a, b = z[:2]
        J = np.zeros((4, len(z)))
        J[:, :2] = [[np.exp(a), 0], [np.cosh(a), 0.2], [1, 1], [0, 2 * b + 1]]
        return J

    model = SimpleNamespace(
        targets=[SimpleNamespace(id=name) for name in "abcd"],
        sd=np.sqrt(np.diag(covariance)),
        covariance=covariance,
        residuals=lambda theta: whiten @ gaps((theta - centre) / sd),
        jacobian=lambda theta: whiten @ slopes((theta - centre) / sd) / sd,
        gaps=gaps,
        slopes=slopes,
    )
    z = np.zeros(len(free))
    for _ in range(50):  # The mode of all four, by plain steps.
        J, r = whiten @ slopes(z), whiten @ gaps(z)
        z = z - 0.5 * np.linalg.solve(J.T @ J + np.eye(len(z)), J.T @ r + z)
    usual = {"log_mode": (centre + sd * z).tolist(), "slopes": (slopes(z) / model.sd[:, None]).tolist()}
    return model, usual


def test_a_fit_without_a_study_ends_at_the_mode_of_the_others():
    """By another optimiser, on the other results alone; the linear step misses it by more than its SD."""
    model, usual = curved()
    found = fit_without(OWN, model, usual)
    whiten = np.linalg.inv(np.linalg.cholesky(model.covariance[1:, 1:]))

    def others(z: np.ndarray) -> np.ndarray:
        return np.append(whiten @ model.gaps(z)[1:], z)

    z = least_squares(others, np.zeros(len(free_parameters())), xtol=1e-12, ftol=1e-12).x
    J = whiten @ model.slopes(z)[1:]
    own = model.slopes(z)[:1]
    spread = (own @ np.linalg.inv(J.T @ J + np.eye(len(z))) @ own.T)[0, 0]
    assert found["converged"] and found["results"] == ["a"]
    assert found["misfits"][0] * model.sd[0] == pytest.approx(model.gaps(z)[0], abs=0.1 * np.sqrt(spread))
    assert found["covariance"][0][0] * model.sd[0] ** 2 == pytest.approx(spread, rel=0.05)
    assert found["chi2"] == pytest.approx(float(np.sum(others(z)[:3] ** 2)), abs=0.05)


def test_refits_that_ship_are_of_the_parameters_in_use_and_of_every_flagged_study():
    told = recorded("refits")
    made = identity(default_parameters())
    assert told["parameters"] == [made.name, made.sha256]
    assert tuple(told["studies"]) == flagged()
    assert all(one["converged"] for one in told["studies"].values())


def test_flagged_studies_are_forecast_from_the_full_fit():
    by_study = {one.study: one for one in left_out(recorded("posterior"))}
    anew = {name: fitted_anew(one) for name, one in by_study.items()}
    moved = {name for name in by_study if not np.array_equal(anew[name].gap, by_study[name].gap)}
    assert moved == set(flagged())
    rows = [row for row in left_out_forecasts().rows if row["flagged"]]
    assert {row["study"] for row in rows} == moved
    assert all(row["gap"] != row["linear_gap"] for row in rows)
