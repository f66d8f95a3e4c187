"""The shipped posterior: weights, resampling, refits, ensemble, rivals, calibration on known truths."""

import numpy as np
import pytest

from brittlestar._shared.errors import InputError
from brittlestar.engine import default_parameters
from brittlestar.evidence.calibration.ensemble import KEEP, ensemble, to_dict
from brittlestar.evidence.calibration.free_parameters import (
    free_parameters,
    prior_log_sds,
    shipped_theta,
)
from brittlestar.evidence.calibration.importance import Draws, copies, proposals, weighted_draws
from brittlestar.evidence.calibration.known_truths import Ranks, linear_ranks
from brittlestar.evidence.calibration.nearby_mode import refit
from brittlestar.evidence.calibration.recorded import recorded
from brittlestar.evidence.calibration.rivals import laws, rivals, weights


def test_weights_turn_a_wrong_proposal_into_the_posterior():
    # prior N(0, 1), datum 1.5 with SD 0.5: posterior N(1.2, 0.2); the proposal sits elsewhere and is too wide
    drawn = weighted_draws(
        lambda z: (z - 1.5) / 0.5,
        np.zeros(1),
        np.ones(1),
        np.array([0.9]),
        np.array([[0.4]]),
        count=20_000,
        seed=3,
    )
    mean = drawn.weight @ drawn.theta[:, 0]
    assert mean == pytest.approx(1.2, abs=0.02)
    assert drawn.weight @ (drawn.theta[:, 0] - mean) ** 2 == pytest.approx(0.2, rel=0.05)
    assert 0.3 < drawn.effective / 20_000 < 1.0


def test_a_draw_that_breaks_the_model_weighs_nothing():
    drawn = weighted_draws(
        lambda z: np.array([np.nan if z[0] > 0 else 0.0]),
        np.zeros(1),
        np.ones(1),
        np.zeros(1),
        np.eye(1),
        count=200,
        seed=1,
    )
    assert np.all(drawn.weight[drawn.theta[:, 0] > 0] == 0.0)
    assert drawn.effective == pytest.approx(np.sum(drawn.theta[:, 0] <= 0))


def test_draws_do_not_depend_on_how_many_there_are():
    few, _ = proposals(np.zeros(3), np.eye(3), 5, 1)
    many, _ = proposals(np.zeros(3), np.eye(3), 50, 1)
    assert np.array_equal(few, many[:5])
    assert not np.array_equal(few, proposals(np.zeros(3), np.eye(3), 5, 2)[0])


def test_copies_differ_from_what_is_expected_by_less_than_one():
    weight = np.random.default_rng(1).gamma(0.3, size=300)
    kept = copies(weight, KEEP, 1)
    assert kept.sum() == KEEP
    assert np.all(np.abs(kept - KEEP * weight / weight.sum()) < 1.0)


def test_a_refit_finds_the_mode_of_a_curved_model_from_the_slopes_elsewhere():
    def residuals(z: np.ndarray) -> np.ndarray:
        return np.array([np.exp(0.5 * z[0]) + z[1] - 2.0, 3.0 * z[1] - z[0] ** 2, z[0] * z[1]])

    start = np.zeros(2)
    slopes = np.array([[0.5, 1.0], [0.0, 3.0], [0.0, 0.0]])

    def exact(z: np.ndarray) -> np.ndarray:
        return np.array([[0.5 * np.exp(0.5 * z[0]), 1.0], [-2.0 * z[0], 3.0], [z[1], z[0]]])

    found = refit(residuals, slopes, start, enough=1e-8, exact=exact)
    assert found.converged and found.runs < 30
    assert np.array_equal(found.slopes, exact(found.z))
    h = 1e-5
    gradient = [
        (
            np.sum(residuals(found.z + h * e) ** 2)
            + np.sum((found.z + h * e) ** 2)
            - np.sum(residuals(found.z - h * e) ** 2)
            - np.sum((found.z - h * e) ** 2)
        )
        / (2 * h)
        for e in np.eye(2)
    ]
    assert np.abs(gradient).max() < 5e-3
    assert found.total < residuals(start) @ residuals(start)


def test_the_ensemble_lies_around_the_shipped_values():
    member, sd = ensemble(), np.sqrt(np.diag(recorded("posterior")["log_covariance"]))
    assert member.weight.sum() == pytest.approx(1.0)
    assert round(1.0 / member.weight.min()) == KEEP
    mean = member.weight @ member.theta
    assert np.all(np.abs(mean - shipped_theta(free_parameters())) < sd)
    spread = np.sqrt(member.weight @ (member.theta - mean) ** 2)
    assert np.all(spread < 1.6 * sd)
    # What the data leave alone is drawn wide, and few of its draws are kept: its spread is known least.
    learned = sd < 0.9 * prior_log_sds(free_parameters())
    assert np.all(spread[learned] > 0.5 * sd[learned]) and np.all(spread > 0.4 * sd)


def test_a_member_is_a_whole_parameter_set():
    member = ensemble()
    p = member.parameters(3)
    i = [prior.id for prior in member.free].index("hill")
    assert np.asarray(p.shared.hill) == pytest.approx(np.exp(member.theta[3, i]))
    assert np.array_equal(p.fracture.UL_rates, default_parameters().fracture.UL_rates)


def test_members_that_stand_for_the_whole_have_its_mean():
    member = ensemble()
    chosen = member.theta[member.pick(40)].mean(axis=0)
    whole = member.weight @ member.theta
    spread = np.sqrt(member.weight @ (member.theta - whole) ** 2)
    assert np.sqrt(np.mean(((chosen - whole) / spread) ** 2)) < 0.35
    assert len(set(member.pick(20).tolist())) > 15


def test_the_file_of_an_ensemble_says_how_much_it_is_worth():
    drawn = Draws(np.arange(6.0).reshape(3, 2), np.log([0.5, 0.3, 0.2]))
    found = to_dict(drawn, free_parameters()[:2], seed=1, keep=10)
    assert sum(found["copies"]) == 10 and found["copies"] == [5, 3, 2]
    assert found["effective"] == pytest.approx(1.0 / 0.38, abs=0.05)


def test_rivals_are_other_laws_fitted_to_the_same_data():
    assert set(rivals()) == set(laws())
    assert np.asarray(rivals()["no-turnover-channel"].parameters.fracture.gK) == 0.0
    assert np.asarray(rivals()["emax"].parameters.shared.hill) == 1.0
    assert np.asarray(rivals()["surface-only"].parameters.shared.aD) == 0.0
    assert np.asarray(rivals()["severity"].parameters.fracture.matrix_power) > 0.0
    for rival in rivals().values():
        assert rival.converged
        assert rival.chi2 == pytest.approx(sum(r**2 for r in rival.misfits.values()), abs=1e-3)


def test_weights_of_laws_follow_their_evidence():
    share = weights()
    assert sum(share.values()) == pytest.approx(1.0)
    better = max(rivals(), key=lambda name: rivals()[name].log_evidence)
    assert max((name for name in share if name != "usual"), key=share.__getitem__) == better


def test_an_ensemble_under_a_rival_holds_its_switch():
    p = ensemble("surface-only").parameters(0)
    assert np.asarray(p.shared.aD) == 0.0
    with pytest.raises(InputError, match="surface-only"):
        ensemble("surface_only")


def test_truths_are_spread_evenly_in_their_posteriors():
    found = linear_ranks(np.array(recorded("posterior")["slopes"])[:, :8], 150, draws=200)
    assert found.inside(0.5) == pytest.approx(0.5, abs=0.05)
    assert found.inside(0.9) == pytest.approx(0.9, abs=0.03)
    assert found.p_uniform > 0.001


def test_an_overconfident_posterior_would_show():
    truth = np.random.default_rng(1).normal(size=(400, 4))
    from scipy.stats import norm

    assert Ranks(norm.cdf(truth / 0.6)).p_uniform < 1e-6
