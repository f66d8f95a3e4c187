"""The shipped posterior: weights, resampling, refits, ensemble, rivals, calibration on known truths."""

import numpy as np
import pytest

from brittlestar._shared.errors import InputError
from brittlestar.engine import default_parameters
from brittlestar.evidence.calibration.calibrate import Calibration
from brittlestar.evidence.calibration.ensemble import KEEP, ensemble, to_dict
from brittlestar.evidence.calibration.free_parameters import (
    free_parameters,
    prior_centres,
    prior_log_sds,
    shipped_theta,
)
from brittlestar.evidence.calibration.importance import (
    Draws,
    NormalApproximation,
    chains,
    copies,
    posterior_draws,
    standard_normal,
)
from brittlestar.evidence.calibration.known_truths import Ranks, linear_ranks
from brittlestar.evidence.calibration.mode import Posterior
from brittlestar.evidence.calibration.nearby_mode import refit
from brittlestar.evidence.calibration.pareto import generalised_pareto, smoothed
from brittlestar.evidence.calibration.posterior_tree import posterior_tree
from brittlestar.evidence.calibration.recorded import recorded
from brittlestar.evidence.calibration.rivals import laws, rivals, weights
from brittlestar.evidence.calibration.surrogate import Surrogate
from brittlestar.evidence.calibration.targets import targets


def _two_curved(z: np.ndarray) -> np.ndarray:
    """z0 is known to 0.3; z1 follows its square, known to 0.3."""
    return np.array([(z[0] - 0.5) / 0.3, (z[1] - z[0] ** 2) / 0.3])


def test_draws_have_the_moments_of_a_curved_posterior():
    x = np.linspace(-3.0, 3.0, 601)
    z = np.stack(np.meshgrid(x, x, indexing="ij"))
    r = np.stack([(z[0] - 0.5) / 0.3, (z[1] - z[0] ** 2) / 0.3])
    exact = np.exp(-0.5 * (np.sum(r**2, axis=0) + np.sum(z**2, axis=0)))
    exact /= exact.sum()
    mode = z.reshape(2, -1)[:, exact.argmax()]
    slopes = np.array([[1.0, 0.0], [-2.0 * mode[0], 1.0]]) / 0.3
    drawn, _ = posterior_draws(
        _two_curved, NormalApproximation(mode, slopes), rounds=(100, 100, 500), steps=60, seed=2
    )
    for i in (0, 1):
        mean = np.sum(exact * z[i])
        sd = np.sqrt(np.sum(exact * (z[i] - mean) ** 2))
        found = drawn.weight @ drawn.z[:, i]
        assert found == pytest.approx(mean, abs=0.15 * sd)
        assert np.sqrt(drawn.weight @ (drawn.z[:, i] - found) ** 2) == pytest.approx(sd, rel=0.1)
    assert drawn.effective > 600


def test_rounds_that_learn_are_worth_more_than_the_normal_approximation():
    slopes = np.array(recorded("posterior")["slopes"])[:, :10]

    def curved(z: np.ndarray) -> np.ndarray:
        return slopes @ np.expm1(0.8 * z) / 0.8

    near = NormalApproximation(np.zeros(10), slopes)
    plain, _ = posterior_draws(curved, near, rounds=(180,), seed=1)
    learning, _ = posterior_draws(curved, near, rounds=(60, 60, 60), steps=60, seed=1)
    assert len(plain.z) == len(learning.z) and learning.effective > 1.5 * plain.effective


def test_chains_end_in_the_density_that_they_are_told():
    # Against N(0, 1), the ratio exp(1.2 x - x^2/2) makes N(0.6, 1/2).
    end = chains(
        lambda x: 1.2 * x[:, 0] - 0.5 * x[:, 0] ** 2, np.zeros((2000, 1)), steps=40, seed=1, name="test"
    )
    assert end.mean() == pytest.approx(0.6, abs=0.05)
    assert end.std() == pytest.approx(np.sqrt(0.5), abs=0.04)


def test_a_surrogate_knows_the_mode_and_learns_a_curve():
    def model(d: np.ndarray) -> np.ndarray:
        return np.stack([d[:, 0] + 0.3 * d[:, 1] ** 2, d[:, 1] - 0.2 * d[:, 0] * d[:, 1]], axis=1)

    slopes, steps = np.eye(2), np.random.default_rng(1).normal(size=(80, 2))
    found = Surrogate.learned(np.zeros(2), slopes, steps, model(steps))
    assert np.array_equal(found(np.zeros((1, 2))), np.zeros((1, 2)))
    new = np.random.default_rng(2).normal(size=(200, 2)) * 0.8
    assert np.std(found(new) - model(new)) < 0.35 * np.std(new - model(new))


def test_a_draw_that_breaks_the_model_weighs_nothing():
    drawn, _ = posterior_draws(
        lambda z: np.array([np.nan if z[0] > 0 else 0.0]),
        NormalApproximation(-np.ones(1), np.zeros((1, 1))),
        rounds=(100,),
        seed=1,
    )
    assert np.all(drawn.weight[drawn.z[:, 0] > 0] == 0.0) and np.any(drawn.z > 0)


def test_draws_do_not_depend_on_how_many_there_are():
    few = standard_normal(5, 3, 1, "test")
    assert np.array_equal(few, standard_normal(50, 3, 1, "test")[:5])
    assert not np.array_equal(few, standard_normal(5, 3, 2, "test"))


@pytest.mark.parametrize("k", [-0.3, 0.2, 0.6, 0.9])
def test_the_tail_of_weights_is_found_again(k: float):
    share = (np.arange(3000) + 0.5) / 3000
    excess = 2.0 * np.expm1(-k * np.log1p(-share)) / k
    shape, scale = generalised_pareto(excess)
    assert shape == pytest.approx(k, abs=0.05) and scale == pytest.approx(2.0, rel=0.06)


def test_smoothing_tames_the_largest_weight_and_leaves_the_small():
    raw = 2.0 * np.random.default_rng(3).normal(size=400)
    new, k = smoothed(raw)
    assert k > 0.5 and new.max() <= 0.0
    middle = raw < np.quantile(raw, 0.8)
    assert np.array_equal(new[middle], (raw - raw.max())[middle])
    assert np.array_equal(np.argsort(new), np.argsort(raw))
    assert smoothed(np.zeros(100))[1] == 0.0


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

    found = refit(residuals, slopes, start, enough=1e-8, slopes_at=exact)
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
    drawn = Draws(np.arange(6.0).reshape(3, 2), np.zeros((3, 1)), np.log([0.5, 0.3, 0.2]))
    found = to_dict(drawn, free_parameters()[:2], seed=1, keep=10)
    assert sum(found["copies"]) == 10 and found["copies"] == [5, 3, 2]
    assert found["effective"] == pytest.approx(1.0 / 0.38, abs=0.05)
    theta = prior_centres(free_parameters()[:2]) + prior_log_sds(free_parameters()[:2]) * drawn.z[1]
    assert found["theta"][1] == pytest.approx(theta, abs=1e-6)


def test_the_exported_posterior_holds_what_was_kept_and_what_the_model_said_of_it():
    free, two = free_parameters()[:2], targets().fitted[:2]
    found = targets().model_copy(update={"targets": two})
    post = Posterior(
        ids=tuple(one.id for one in free),
        centre=prior_centres(free),
        prior_sd=prior_log_sds(free),
        mode=prior_centres(free),
        covariance=np.eye(2),
        slopes=np.eye(2),
        evaluations=1,
        converged=True,
    )
    nothing = np.zeros(2)
    fit = Calibration(
        targets=found, free=free, posterior=post, before=nothing, model=nothing, residuals=nothing,
        model_before=nothing, residuals_before=nothing, chi2=0.0, chi2_before=0.0,
        covariance=np.diag([0.04, 0.09]), input_sd=nothing, parameters=default_parameters(), split_version=1,
    )  # fmt: skip
    drawn = Draws(
        np.arange(6.0).reshape(3, 2) / 10.0, np.array([[0.0, 1.0], [2.0, 0.0], [1.0, 1.0]]), np.zeros(3)
    )
    tree = posterior_tree(fit, drawn)
    run = tree["sample_stats"]["run"].values[0]
    assert len(run) == KEEP and sorted(set(run)) == [0, 1, 2]
    theta = np.log(tree["posterior"][free[1].id].values[0])
    assert theta == pytest.approx((post.centre + post.prior_sd * drawn.z[run])[:, 1])
    assert tree["sample_stats"]["log_likelihood"].values[0] == pytest.approx(
        np.array([-0.5, -2.0, -1.0])[run]
    )
    gap = tree["posterior_predictive"]["targets"].values[0] - tree["observed_data"]["targets"].values
    # Each is the model's own misfit and one more error of the size that the target states.
    assert gap.mean(axis=0) == pytest.approx([0.2, 0.2], abs=0.06)
    assert (gap - drawn.residuals[run] * [0.2, 0.3]).std(axis=0) == pytest.approx([0.2, 0.3], rel=0.15)
    assert np.log(tree["prior"][free[0].id].values).std() == pytest.approx(post.prior_sd[0], rel=0.1)


def test_rivals_are_other_laws_fitted_to_the_same_data():
    assert set(rivals()) == set(laws())
    assert np.asarray(rivals()["strength-only"].parameters.fracture.gL) == 0.0
    assert np.asarray(rivals()["emax"].parameters.shared.hill) == 1.0
    assert np.asarray(rivals()["surface-only"].parameters.shared.aD) == 0.0
    assert np.asarray(rivals()["share-by-severity"].parameters.fracture.matrix_power) > 0.0
    # Results of one study share errors, so chi2 is no sum of squared misfits but r' C^-1 r.
    shipped = recorded("posterior")
    rows, columns, values = np.array(shipped["errors"]).T
    errors = np.zeros((len(shipped["fitted"]),) * 2)
    errors[rows.astype(int), columns.astype(int)] = errors[columns.astype(int), rows.astype(int)] = values
    for name, rival in rivals().items():
        assert rival.converged, name
        r = np.array([rival.misfits[target] for target in shipped["fitted"]])
        assert rival.chi2 == pytest.approx(r @ np.linalg.solve(errors, r), rel=1e-3)


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
    found = linear_ranks(np.array(recorded("posterior")["slopes"])[:, :8], 150, rounds=(30, 40))
    assert found.inside(0.5) == pytest.approx(0.5, abs=0.05)
    assert found.inside(0.9) == pytest.approx(0.9, abs=0.03)
    assert found.p_uniform > 0.001


def test_an_overconfident_posterior_would_show():
    truth = np.random.default_rng(1).normal(size=(400, 4))
    from scipy.stats import norm

    assert Ranks(norm.cdf(truth / 0.6)).p_uniform < 1e-6
