"""Numbers of the evidence by value: each test fails for one small change of what it holds."""

import numpy as np
import pytest

from brittlestar.evidence.calibration import between_trials as between_module
from brittlestar.evidence.calibration.between_trials import between_trials_of
from brittlestar.evidence.calibration.points import fit_targets
from brittlestar.evidence.prediction.extrapolation import extrapolations
from brittlestar.evidence.prediction.validation import judged
from brittlestar.evidence.prediction.variance_components import split_variance
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
    names = [target.id for target in fit_targets().fitted]
    # One slope s per result and a standard normal prior: leverage s^2/(s^2 + 1).
    slope = np.sqrt(leverage / (1.0 - leverage))
    fit = [{"id": name, "misfit": misfit} for name in names]
    return {"fitted": names, "slopes": np.eye(len(names)) * slope, "fit": fit}


def test_what_a_fit_absorbed_does_not_hide_how_far_trials_lie_apart(monkeypatch: pytest.MonkeyPatch):
    """With leverage h a misfit of m SD counts as one of m/(1 - h), with variance 1/(1 - h)."""
    seen = {}
    monkeypatch.setattr(between_module, "spread_of", lambda values: seen.setdefault(len(seen), values))
    between_trials_of(fitted_by(leverage=0.75, misfit=1.0))
    within = np.concatenate(list(seen.values()))
    # (m u/(1 - h))^2 over u^2/(1 - h) is m^2/(1 - h), whatever the unit u.
    assert within[:, 0] ** 2 / within[:, 1] == pytest.approx(np.full(len(within), 4.0))


def test_more_leverage_means_trials_lie_further_apart():
    some, much = (between_trials_of(fitted_by(h, 1.5)) for h in (0.01, 0.75))
    assert all(much[kind].sd > 1.5 * some[kind].sd for kind in ("density", "fractures"))


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
    assert some == pytest.approx({"chance": 0.25, "people": 1.0, "posterior": 4.0}, rel=0.1)
    assert some == pytest.approx(whole, rel=0.1)
    filled = split_variance(np.where(gone, x.mean(), x))
    assert filled["chance"] > 0.5  # what filling did: strangers in every group


def test_nothing_determines_nothing():
    assert split_variance(np.full((3, 2, 2), np.nan)) == {"chance": 0.0, "people": 0.0, "posterior": 0.0}
