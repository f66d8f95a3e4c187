"""Numbers of the evidence by value: each test fails for one small change of what it holds."""

from dataclasses import replace

import numpy as np
import pytest

from brittlestar.evidence.calibration.between_trials import (
    GRID,
    between_trials_of,
    spread_of,
)
from brittlestar.evidence.calibration.covariance import SHARED, offset_covariance
from brittlestar.evidence.calibration.left_out import LeftOut, left_out
from brittlestar.evidence.calibration.points import fit_targets
from brittlestar.evidence.prediction import first_edition
from brittlestar.evidence.prediction.extrapolation import extrapolations
from brittlestar.evidence.prediction.left_out_forecasts import BOTH, left_out_forecasts
from brittlestar.evidence.prediction.variance_components import (
    limit_errors,
    resolved_parts,
    split_variance,
)
from brittlestar.statistics.forecasts import judged, mean_over_studies, share_of_studies
from brittlestar.trials.protocol_files import load_protocol


def test_a_forecast_holds_what_lies_in_its_middle_half_and_nine_tenths():
    """Of the draws 0, 1, ..., 100 the middle half is 25 to 75, nine tenths 5 to 95."""
    draws = np.arange(101.0)
    at = {found: judged(draws, found, 1.0) for found in (0.0, 4.0, 6.0, 24.0, 26.0, 94.0, 96.0)}
    assert at[0.0]["interval_50"] == pytest.approx([25, 75]) and at[0.0]["interval_90"] == pytest.approx(
        [5, 95]
    )
    assert [found for found, told in at.items() if told["inside_90"]] == [6.0, 24.0, 26.0, 94.0]
    assert [found for found, told in at.items() if told["inside_50"]] == [26.0]


def fitted_by(leverage: float, misfit: float) -> dict:
    """A calibration whose every result has this leverage and misses by so many of its SD."""
    targets = fit_targets().fitted
    # One slope s per result and a standard normal prior: leverage s^2/(s^2 + 1).
    slope = np.sqrt(leverage / (1.0 - leverage))
    return {
        "slopes": np.eye(len(targets)) * slope,
        "fitted": [target.id for target in targets],
        "fit": [{"id": t.id, "misfit": misfit, "model": t.observed or 0.1} for t in targets],
    }


def test_what_a_fit_absorbed_does_not_hide_how_far_trials_lie_apart():
    """With leverage h a misfit of m SD is one of m/(1 - h) without the study, of variance h/(1 - h)."""
    for one in left_out(fitted_by(leverage=0.75, misfit=1.0)):
        unit = one.gap / 4.0
        assert np.diag(one.covariance) == pytest.approx(3.0 * unit**2)
        assert one.leverage == pytest.approx(0.75)


def test_a_study_goes_as_a_whole():
    """Two results of one study that one parameter moves alike: neither may tell of the other's misfit.

    With slopes 1 each, fit and prior: H = 1/3 everywhere; without both rows the gap is (I - H)^-1 (1, 1) = 3.
    """
    pair = ["poise-placebo-z", "poise-risedronate-z"]
    found = {
        "slopes": [[1.0], [1.0]],
        "fitted": pair,
        "fit": [{"id": name, "misfit": 1.0, "model": 0.4} for name in pair],
    }
    (one,) = left_out(found)
    sd = [t.sd for t in one.targets]
    assert one.gap == pytest.approx([3.0 * x for x in sd])
    assert one.covariance == pytest.approx(np.outer(sd, sd))
    assert (one.study, one.kind, one.leverage) == ("poise2013", "z", pytest.approx(2 / 3))


def test_an_error_that_results_share_tells_less_of_a_study_left_out():
    """Rows a | b of two studies that one parameter moves alike, errors independent; then a third row like b.

    Without a: A = 1 + 1/v, v the variance of what the others say. With b and its twin wholly apart v = 1/2,
    with a correlation of 0.5 between them v = 3/4.
    """
    ids = ["plotkin-z", "poise-placebo-z", "poise-risedronate-z"]
    fit = [{"id": name, "misfit": 0.0, "model": 0.4} for name in ids]
    apart = {"slopes": [[1.0]] * 3, "fitted": ids, "fit": fit}
    shared = apart | {"errors": [[0, 0, 1.0], [1, 1, 1.0], [2, 1, 0.5], [2, 2, 1.0]]}
    for found, v in ((apart, 1 / 2), (shared, 3 / 4)):
        (one,) = [told for told in left_out(found) if told.study == "plotkin2000"]
        unit = one.targets[0].sd
        assert one.covariance / unit**2 == pytest.approx(np.array([[1.0 / (1.0 + 1.0 / v)]]))


def test_more_leverage_means_trials_lie_further_apart():
    some, much = (between_trials_of(left_out(fitted_by(h, 1.5))) for h in (0.01, 0.75))
    assert all(much[kind].constant.median > some[kind].constant.median for kind in ("density", "z"))


def study(
    gap: list[float], sampling: float = 0.01, effect: list[float] | None = None, name: str = "a"
) -> LeftOut:
    n = len(gap)
    targets = fit_targets().fitted[:n]
    return LeftOut(
        name, "density", targets, np.array(gap), np.zeros((n, n)), np.full(n, sampling),
        np.array(effect or [1.0] * n), 0.1,
    )  # fmt: skip


def test_the_posterior_of_a_spread_is_prior_times_likelihood():
    """One gap of 0.1, SD 0.05, half-normal prior of 0.1: weights by hand at two SDs."""
    form = spread_of([(study([0.1], 0.05), np.ones(1))], prior=0.1)

    def by_hand(tau: float) -> float:
        v = 0.05**2 + tau**2
        return np.exp(-0.5 * 0.1**2 / v - 0.5 * (tau / 0.1) ** 2) / np.sqrt(v)

    low, high = (int(np.argmin(np.abs(GRID - tau))) for tau in (0.05, 0.2))
    assert form.weight[high] / form.weight[low] == pytest.approx(by_hand(0.2) / by_hand(0.05))
    assert form.weight.sum() == pytest.approx(1.0)
    assert form.rms == pytest.approx(np.sqrt(np.sum(form.weight * GRID**2)))
    drawn = form.draw((np.arange(4000) + 0.5) / 4000)
    assert np.median(drawn) == pytest.approx(form.median, abs=0.01)
    assert np.mean(drawn**2) == pytest.approx(form.rms**2, rel=0.02)


def test_results_of_one_study_share_part_of_their_offset():
    assert offset_covariance(np.array([1.0, 2.0])) == pytest.approx(
        np.array([[1.0, 2.0 * SHARED], [2.0 * SHARED, 4.0]])
    )


def test_the_data_choose_whether_offsets_grow_with_the_change():
    """Studies off by a fifth of what they gained, large or small; then all by as much, whatever they did."""
    sizes, signs = (0.05, 0.1, 0.5, 1.0, 0.2), (1, -1, 1, -1, 1)
    grows = [study([0.2 * s * n], 0.002, [s], name=f"{s}") for s, n in zip(sizes, signs, strict=True)]
    same = [study([0.1 * n], 0.002, [s], name=f"{s}") for s, n in zip(sizes, signs, strict=True)]
    relative, constant = (between_trials_of(one)["density"] for one in (grows, same))
    assert relative.relative is not None and relative.kept.median == pytest.approx(0.2, abs=0.06)
    assert constant.relative is None and constant.kept.median == pytest.approx(0.1, abs=0.03)
    assert relative.gain > 2.0 > -2.0 > constant.gain


def test_a_study_is_predicted_with_the_spread_of_the_others_alone():
    """The one study that is far off cannot widen its own interval."""
    near = [study([0.001 * n], 0.01, name=f"{n}") for n in (-1, 1, 2, -2, 1.5)]
    far = study([1.0], 0.01, name="far")
    rows = {row["study"]: row for row in left_out_forecasts([*near, far]).rows}
    assert rows["far"]["between_trials_sd"] < 0.1 < rows["1"]["between_trials_sd"]
    assert not rows["far"]["forecasts"]["with spread"]["inside_90"]
    assert rows["far"]["forecasts"]["without spread"]["width_90"] == pytest.approx(2 * 1.645, abs=0.1)


def test_the_first_edition_is_told_of_the_results_that_it_predicted_too():
    """Beside today's forecasts of the same results, in the same unit, with today's sampling error."""
    known = first_edition.first_edition()["left_out"]
    one = study([0.01, 0.02], 0.03)
    for i, target in enumerate(one.targets):
        known_sd = np.hypot.reduce(
            [known[target.id]["parameters_sd"], known[target.id]["between_trials_sd"], 0.03]
        )
        draws = first_edition.of_left_out(target.id, 0.03, 1, 4000)
        assert draws is not None and draws.mean() == pytest.approx(
            known[target.id]["gap"], abs=0.06 * known_sd
        )
        assert draws.std() == pytest.approx(known_sd, rel=0.05), i
    unknown = one.targets[0].model_copy(update={"id": "new"})
    other = study([0.5], 0.03, name="b")
    found = left_out_forecasts([one, replace(other, targets=(unknown,))])
    told = [row for row in found.summary() if row["group"] == BOTH]
    assert [row["forecast"] for row in told] == ["with spread", "without spread", first_edition.NAME]
    assert {row["results"] for row in told} == {2}
    assert first_edition.of_validation("new", 1, 9) is None


def test_coverage_counts_studies():
    """Nine results of one study inside and one of another outside: half of the studies, not nine tenths."""
    found = share_of_studies([True] * 9 + [False], ["a"] * 9 + ["b"])
    assert found.value == 0.5
    # Clopper and Pearson, 1 of 2: 0.0126 to 0.9874.
    assert (found.low, found.high) == (pytest.approx(0.01258, abs=1e-4), pytest.approx(0.98742, abs=1e-4))
    assert share_of_studies([True] * 3, ["a", "b", "c"])[1:] == (pytest.approx(0.025 ** (1 / 3)), 1.0)
    mean = mean_over_studies([1.0, 1.0, 4.0], ["a", "a", "b"])
    assert mean == (2.0, 1.0, 4.0)


def test_a_part_that_so_few_runs_do_not_show_says_what_it_is_below():
    rng = np.random.default_rng(5)
    x = rng.normal(0, 1.0, (40, 2, 2)) + rng.normal(0, 0.05, (40, 1, 1))
    parts = resolved_parts(x)
    assert parts["chance"].below is None and parts["chance"].variance == pytest.approx(1.0, rel=0.3)
    assert parts["posterior"].below is not None and parts["posterior"].below > 0.0025
    clear = resolved_parts(rng.normal(0, 1.0, (40, 2, 2)) + rng.normal(0, 3.0, (40, 1, 1)))
    assert clear["posterior"].below is None


def test_what_open_inputs_explain_is_a_part_of_its_own():
    """Sets lie apart by 2 u, u of SD 1, and by 1 beside it; unrelated inputs explain less than something."""
    rng = np.random.default_rng(7)
    u, other = rng.normal(size=(400, 1)), rng.normal(size=(400, 3))
    x = 2.0 * u[:, :, None] + rng.normal(size=(400, 1, 1)) + rng.normal(0.0, 0.1, (400, 2, 2))
    parts = resolved_parts(x, inputs=u)
    assert parts["people_as_assumed"].variance == pytest.approx(4.0 * u.var(ddof=1), rel=0.1)
    assert parts["people_as_assumed"].below is None
    assert parts["posterior"].variance == pytest.approx(1.0, rel=0.15)
    whole = split_variance(x)
    assert whole["people_as_assumed"] == 0.0 and whole["posterior"] == pytest.approx(
        parts["people_as_assumed"].variance + parts["posterior"].variance
    )
    chance = resolved_parts(x, inputs=other)["people_as_assumed"]
    assert chance.below is not None and chance.below > chance.variance and chance.variance < 0.1
    # Where nothing is open there is nothing to be below.
    assert resolved_parts(x, inputs=np.zeros((400, 0)))["people_as_assumed"] == (0.0, None)
    # As many inputs as sets explain everything, and so nothing.
    assert split_variance(x[:4], other[:4])["people_as_assumed"] == 0.0


def test_the_error_of_a_limit_is_that_over_sets():
    """Sets of a normal mean and no other scatter: SE of the 5 % limit sqrt(.05 x .95/n)/.103 SD."""
    rng = np.random.default_rng(6)
    means = rng.normal(0, 1.0, 2000)
    (error,) = limit_errors(np.repeat(means, 5), np.repeat(np.arange(2000), 5), (0.05,))
    assert error == pytest.approx(np.sqrt(0.05 * 0.95 / 2000) / 0.1031, rel=0.15)


@pytest.mark.parametrize(
    ("plan", "what"),
    [
        ("pamidronate 1 mg/kg/day iv for 3 days every 4 months", set()),
        ("pamidronate 2 mg/kg/day iv for 3 days every 4 months", {"dose"}),
        ("pamidronate 0.1 mg/kg/day iv for 3 days every 4 months", {"dose"}),
        ("pamidronate 2 mg/kg/day iv for 3 days every 8 months", {"interval"}),
    ],
)
def test_twice_the_dose_or_the_interval_was_not_seen(plan: str, what: set[str]):
    poise = load_protocol("poise")
    arms = tuple(arm if arm.control else arm.model_copy(update={"plan": plan}) for arm in poise.arms)
    said = extrapolations(poise.model_copy(update={"arms": arms}))
    assert {flag["what"] for flag in said} & {"dose", "interval"} == what


def test_a_run_without_an_answer_takes_no_part_in_the_variance():
    """Filling it with the mean of the others would shrink what chance does; leaving it out does not."""
    rng = np.random.default_rng(2)
    x = rng.normal(0, 2.0, (4000, 1, 1)) + rng.normal(0, 1.0, (4000, 3, 1)) + rng.normal(0, 0.5, (4000, 3, 2))
    gone = rng.random(x.shape) < 0.3
    whole, some = split_variance(x), split_variance(np.where(gone, np.nan, x))
    expected = {"chance": 0.25, "people": 1.0, "people_as_assumed": 0.0, "posterior": 4.0}
    assert some == pytest.approx(expected, rel=0.1)
    assert some == pytest.approx(whole, rel=0.1)
    filled = split_variance(np.where(gone, x.mean(), x))
    assert filled["chance"] > 0.5  # what filling did: strangers in every group


def test_nothing_determines_nothing():
    parts = ("chance", "people", "people_as_assumed", "posterior")
    assert split_variance(np.full((3, 2, 2), np.nan)) == dict.fromkeys(parts, 0.0)
