"""A prediction and a forecast of a validation study, number by number, from invented runs."""

import json
import math
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from brittlestar._shared.errors import InputError
from brittlestar.care import as_plan
from brittlestar.engine import Method
from brittlestar.evidence.calibration.between_trials import GRID, BetweenTrials, Form
from brittlestar.evidence.calibration.recorded import recorded
from brittlestar.evidence.calibration.rivals import rivals
from brittlestar.evidence.prediction import endpoint_forecast as forecast_module
from brittlestar.evidence.prediction import endpoint_spread, extrapolation
from brittlestar.evidence.prediction import predict as predict_module
from brittlestar.evidence.prediction import validation as validation_module
from brittlestar.evidence.prediction.endpoint_forecast import endpoint_forecast
from brittlestar.evidence.prediction.endpoint_spread import drawn, kind_of_endpoint, offsets
from brittlestar.evidence.prediction.extrapolation import (
    Seen,
    beyond,
    extrapolations,
    treated_courses,
    yearly_mg_per_kg,
)
from brittlestar.evidence.prediction.laws import law_weights, laws_at, mixed_sets
from brittlestar.evidence.prediction.naive_forecasts import NAIVE, naive_forecasts
from brittlestar.evidence.prediction.predict import predict
from brittlestar.evidence.prediction.validation import declared, target_offset, validation_targets
from brittlestar.evidence.prediction.validation_result import Validation, skill
from brittlestar.evidence.prediction.variance_components import set_error, split_variance
from brittlestar.report.prediction import source_alone, view
from brittlestar.statistics.forecasts import crps
from brittlestar.trials.answers import Answers
from brittlestar.trials.conduct import Estimated
from brittlestar.trials.endpoint import Endpoint
from brittlestar.trials.protocol_files import load_protocol

NOTHING: dict[str, float | None] = {"value": None, "monte_carlo_se": None}
SPREAD = {"density": 0.02, "z": 0.05, "fracture effect": 0.3, "fracture level": 0.4, "markers": 0.2}


def exactly(sd: float) -> Form:
    """A spread that is known."""
    return Form((np.abs(GRID - sd) < 1e-9).astype(float), 0.0)


def endpoint(kind: str, measure: str | None = None) -> Endpoint:
    at: dict[str, Any] = {"window": (0.0, 12.0)} if measure is None else {"measure": measure, "month": 12}
    return Endpoint(**{"id": kind, "label": kind, "kind": kind, **at})


Z = endpoint("change", "ls_z")
HEIGHT = endpoint("change", "height_cm")
"""A measure whose spread between trials nobody knows: 0."""


@pytest.fixture(autouse=True)
def _known_spread(monkeypatch: pytest.MonkeyPatch) -> None:
    found = {kind: BetweenTrials(exactly(sd), None, 3, 9, 0.0) for kind, sd in SPREAD.items()}
    for module in (endpoint_spread, validation_module):
        monkeypatch.setattr(module, "between_trials", lambda: found)


def runs(*of_sets: float) -> np.ndarray:
    """One value for all groups and fates of each set."""
    return np.array(of_sets)[:, None, None] * np.ones((len(of_sets), 3, 2))


def row(e: Endpoint, x: np.ndarray, shifts: dict[str, float] | None = None, **given: Any) -> dict[str, Any]:
    values = {"arm": "difference", "together": NOTHING, "level": None, "seed": 1, "beyond": ()} | given
    each = {name: np.full(8, move) for name, move in (shifts or {}).items()}
    known = x[np.isfinite(x)]
    contrast = values["arm"].startswith("difference")
    spread = offsets(
        e, float(known.mean()) if known.size else math.nan, contrast=contrast, level=values["level"]
    )
    return endpoint_forecast(
        e, values["arm"], x, each, values["together"], spread, values["beyond"], values["seed"]
    )


def test_a_part_that_is_not_resolved_has_no_interval_without_width():
    """Fates differ by 1 SD, groups of people not at all: of some draws the estimate for people is 0."""
    for seed in range(20):
        x = np.random.default_rng(seed).normal(size=(12, 3, 2))
        found = row(Z, x)
        if found["sd"]["people"] == 0.0:
            break
    assert found["sd"]["people"] == 0.0 and found["sd_below"]["people"] > 0.1
    assert found["alone"]["people"] == {"50": [None, None], "90": [None, None]}
    said = source_alone(found, "people", "none seen").text
    assert said == f"SD below {found['sd_below']['people']:.2g}"
    # What is seen keeps its interval, and what is known to be nothing keeps one without width.
    assert None not in found["alone"]["chance"]["90"]
    assert source_alone(row(Z, runs(1.0, 1.0)), "people", "none seen").text == "none seen"


def test_between_trials_alone_makes_a_normal_interval():
    found = row(Z, runs(1.0, 1.0))
    assert found["mean"] == pytest.approx(1.0) and found["unit"] == "SD" and found["scale"] == "plain"
    assert found["alone"]["science"]["90"] == pytest.approx([1 - 1.6449 * 0.05, 1 + 1.6449 * 0.05])
    assert found["alone"]["science"]["50"] == pytest.approx([1 - 0.6745 * 0.05, 1 + 0.6745 * 0.05])
    assert found["alone"]["chance"]["90"] == found["alone"]["people"]["50"] == [1.0, 1.0]
    assert found["interval"]["90"] == pytest.approx([1 - 1.645 * 0.05, 1 + 1.645 * 0.05], abs=0.002)
    assert found["interval"]["50"] == pytest.approx([1 - 0.6745 * 0.05, 1 + 0.6745 * 0.05], abs=0.002)
    assert found["sd"] == pytest.approx(
        dict.fromkeys(("chance", "people", "people_as_assumed", "posterior", "rivals"), 0)
        | {"between_trials": 0.05}
    )
    assert found["between_trials_known"] and (found["runs"], found["runs_without_answer"]) == (12, 0)
    assert (found["time_months"], found["pooled"]) == (12.0, NOTHING)
    # Runs that are all alike leave only the error of mixing, a share that narrow intervals have too.
    low, high = found["interval"]["90"]
    assert found["limit_error_share"] == pytest.approx(max(found["limit_error"]["90"]) / (high - low))
    assert 0.0 <= found["limit_error_share"] < 0.03 and found["monte_carlo_se"] == pytest.approx(0.0)


def test_rival_laws_move_a_prediction_by_their_weight(monkeypatch: pytest.MonkeyPatch):
    """0 with weight 0.5, +1 with 0.3, -2 with 0.2: mean -0.1, variance 0.3 + 0.8 - 0.01."""
    monkeypatch.setattr(forecast_module, "weights", lambda: {"usual": 0.5, "up": 0.3, "down": 0.2})
    found = row(HEIGHT, runs(7.0, 7.0), {"up": 1.0, "down": -2.0})
    assert found["mean"] == pytest.approx(6.9) and found["monte_carlo_se"] == pytest.approx(0.0)
    assert found["sd"]["rivals"] == pytest.approx(math.sqrt(1.09))
    assert found["sd"]["between_trials"] == 0.0 and not found["between_trials_known"]
    assert found["under_rivals"] == pytest.approx({"up": 8.0, "down": 5.0})
    assert found["interval"]["50"] == pytest.approx([7.0, 8.0])
    assert found["interval"]["90"] == pytest.approx([5.0, 8.0])


def test_which_run_and_which_law_are_drawn_apart(monkeypatch: pytest.MonkeyPatch):
    """0 or 10 by run, 0 (0.6) or +10 (0.4) by law: 0, 10, 20 with 0.3, 0.5, 0.2."""
    monkeypatch.setattr(forecast_module, "weights", lambda: {"usual": 0.6, "up": 0.4})
    found = row(HEIGHT, runs(0.0, 10.0), {"up": 10.0})
    assert found["interval"]["50"] == pytest.approx([0.0, 10.0])
    assert found["interval"]["90"] == pytest.approx([0.0, 20.0])


def test_laws_are_drawn_in_one_place_and_exactly_by_their_weight():
    shares = (np.arange(1000) + 0.5) / 1000
    count = np.bincount(laws_at(shares, np.array([0.6, 0.3, 0.1])))
    assert count.tolist() == [600, 300, 100]
    sets = Counter(name for name, _ in mixed_sets(40))
    expected = dict(zip(("usual", *rivals()), 40 * law_weights(), strict=True))
    assert all(abs(sets[name] - n) < 1.0 for name, n in expected.items()) and sum(sets.values()) == 40


def test_a_ratio_is_worked_with_as_its_logarithm():
    found = row(endpoint("rate_ratio_nb"), np.log(runs(0.5, 0.5, 0.5)))
    assert (found["mean"], found["scale"], found["unit"]) == (pytest.approx(0.5), "log", "ratio")
    low, high = 0.5 * math.exp(-1.6449 * 0.3), 0.5 * math.exp(1.6449 * 0.3)
    assert found["alone"]["science"]["90"] == pytest.approx([low, high])
    assert found["interval"]["90"] == pytest.approx([low, high], rel=0.03)
    apart = row(endpoint("rate_ratio_nb"), np.log(runs(0.5, 2.0)))
    # ln 2 and -ln 2: SD of the two over the root of 2 is ln 2.
    assert apart["mean"] == pytest.approx(1.0)
    assert apart["monte_carlo_se"] == pytest.approx(math.log(2.0))


def test_shares_and_rates_stay_where_they_can_be():
    low = row(endpoint("proportion_fractured"), runs(0.02, 0.0), arm="control")
    high = row(endpoint("proportion_fractured"), runs(0.999, 0.2), arm="control")
    assert low["alone"]["science"]["90"][0] == 0.0 and high["alone"]["science"]["90"][1] == 1.0
    assert row(endpoint("fracture_rate"), runs(3.0, 0.1), arm="control")["alone"]["science"]["90"][0] == 0.0
    rate = row(endpoint("fracture_rate"), runs(3.0, 0.1), level=0.5)["alone"]["science"]["90"]
    assert rate[0] < 0.0 and rate[1] > 3.0
    assert row(HEIGHT, runs(-3.0, -3.0))["interval"]["90"] == [-3.0, -3.0]


def test_a_difference_of_rates_spreads_as_level_and_effect():
    """Level 0.4 of the difference, effect 0.3 of the rate of the treated; in one arm both of its rate."""
    rate = endpoint("fracture_rate")
    assert row(rate, runs(-0.2, -0.2), level=0.5)["sd"]["between_trials"] == pytest.approx(
        math.hypot(0.4 * 0.2, 0.3 * 0.5)
    )
    assert row(rate, runs(-0.2, -0.2))["sd"]["between_trials"] == pytest.approx(0.5 * 0.2)
    alone = row(rate, runs(0.4, 0.4), level=0.5, arm="drug")
    assert alone["sd"]["between_trials"] == pytest.approx(0.5 * 0.4)
    change = row(endpoint("pct_change", "ls_abmd"), runs(8.0, 8.0), level=99.0)
    assert change["sd"]["between_trials"] == pytest.approx(2.0)
    among = row(rate, runs(-0.2, -0.2), level=0.5, arm="difference:high")
    assert among["sd"]["between_trials"] == pytest.approx(math.hypot(0.4 * 0.2, 0.3 * 0.5))
    untreated = offsets(rate, 0.4, contrast=False, treated=False)
    assert [(one.kind, one.variance) for one in untreated] == [("fracture level", pytest.approx(0.16**2))]


def test_people_followed_earlier_have_an_offset_of_their_own():
    """A shared level cancels in a ratio; of two levels of SD 0.4 the difference has twice the variance.

    Rates 0.5 treated and 0.8 of people followed earlier: each level moves its own rate, the effect the first.
    """
    ratio = endpoint("rate_ratio_nb")
    (shared,) = offsets(ratio, -0.5, contrast=True)
    effect, level = offsets(ratio, -0.5, contrast=True, earlier=math.nan)
    assert (shared, level.kind) == (effect, "fracture level")
    assert level.variance == pytest.approx(2 * 0.4**2)
    rate = endpoint("fracture_rate")
    found = {one.kind: one.variance**0.5 for one in offsets(rate, -0.3, contrast=True, earlier=0.8)}
    assert found == pytest.approx(
        {"fracture level": 0.4 * math.hypot(0.5, 0.8), "fracture effect": 0.3 * 0.5}
    )
    # Each arm's change of Z has an offset of 0.05, whatever it is.
    (z,) = offsets(Z, 0.6, contrast=True, earlier=0.1)
    assert z.variance == pytest.approx(2 * 0.05**2)
    before = endpoint("rate_ratio_before")
    assert offsets(before, -0.5, contrast=True, earlier=math.nan) == offsets(before, -0.5, contrast=True)


def test_each_thing_beyond_the_evidence_doubles_the_variance_between_trials():
    found = row(Z, runs(1.0, 1.0), beyond=("age", "years"))
    assert found["sd"]["between_trials"] == pytest.approx(0.05 * 2.0)
    assert found["interval"]["90"] == pytest.approx([1 - 1.645 * 0.1, 1 + 1.645 * 0.1], abs=0.004)
    assert found["beyond_the_evidence"] == ["age", "years"]


def test_offsets_in_proportion_to_the_change(monkeypatch: pytest.MonkeyPatch):
    """A fifth of the change: of 8 % in an arm 0.2 ln 1.08 x 108 points, between arms 0.2 x 8 points."""
    relative = BetweenTrials(exactly(0.05), exactly(0.2), 3, 9, 2.0)
    monkeypatch.setattr(endpoint_spread, "between_trials", lambda: {"density": relative, "z": relative})
    density, ratio = endpoint("pct_change", "ls_abmd"), endpoint("ratio_to_control", "ls_abmd")
    for e, mean, contrast, sd in (
        (density, 8.0, False, 0.2 * math.log(1.08) * 108.0),
        (density, 8.0, True, 0.2 * 8.0),
        (ratio, math.log(1.1), True, 0.2 * math.log(1.1)),
        (Z, -0.5, False, 0.2 * 0.5),
    ):
        (one,) = offsets(e, mean, contrast=contrast)
        assert one.variance**0.5 == pytest.approx(sd, abs=1e-4), e.id
    # Of people followed earlier each population has a density of its own too, off by 0.05 of ln.
    effect, both = offsets(ratio, math.log(1.1), contrast=True, earlier=math.nan)
    assert effect.variance**0.5 == pytest.approx(0.2 * math.log(1.1), abs=1e-4)
    assert (both.kind, both.variance) == ("density", pytest.approx(2 * 0.05**2))


def test_the_spread_of_a_trial_is_drawn_anew_in_each():
    """tau 0.1 or 0.5 with equal chance: variance 0.13, and more in the tails than a normal has."""
    either = Form(np.isin(np.round(GRID, 3), (0.1, 0.5)) / 2.0, 0.0)
    x = drawn([endpoint_spread.Offset("z", 2.0, either)], 40_000, 1, "key")
    assert x.var() == pytest.approx(4.0 * 0.13, rel=0.03)
    assert np.mean(x**4) / x.var() ** 2 == pytest.approx(3 * (0.1**4 + 0.5**4) / 2 / 0.13**2, rel=0.1)
    wide = drawn([endpoint_spread.Offset("z", 2.0, either)], 40_000, 1, "key", 2.0**0.5)
    assert wide == pytest.approx(2.0**0.5 * x)


def test_too_many_without_an_answer_leave_a_mean_and_no_limits():
    x = runs(1.0, 3.0)
    x[0, 0, 0] = np.nan
    found = row(HEIGHT, x)
    assert found["mean"] == pytest.approx((5 * 1.0 + 6 * 3.0) / 11)
    assert found["runs_without_answer"] == 1
    assert found["interval"] == {"50": [None, None], "90": [None, None]}
    assert set(found["sd"].values()) == {None}
    nobody = row(HEIGHT, np.full((2, 3, 2), np.nan))
    assert nobody["mean"] is None and nobody["monte_carlo_se"] is None


@pytest.mark.parametrize(
    ("e", "contrast", "mean", "sd"),
    [
        (Z, True, 3.0, 0.05),
        (endpoint("change", "tb_z"), False, 3.0, 0.05),
        (endpoint("value", "ls_z"), True, 3.0, 0.0),
        (HEIGHT, True, 3.0, 0.0),
        (endpoint("pct_change", "ls_abmd"), True, 8.0, 0.02 * 100),
        (endpoint("pct_change", "ls_abmd"), False, 8.0, 0.02 * 108),
        (endpoint("change", "ls_abmd"), True, 8.0, 0.0),
        (endpoint("ratio_to_control", "ls_abmd"), True, 1.1, 0.02),
        (endpoint("value", "ctx"), False, -0.5, 0.2 * 0.5),
        (endpoint("pct_change", "p1np"), False, -40.0, 0.2 * 60),
        (endpoint("pct_change", "p1np"), False, -99.5, 0.2 * 0.5),
        (endpoint("change", "ctx"), True, 1.0, 0.0),
        (endpoint("hazard_ratio"), True, 0.5, 0.3),
        (endpoint("fracture_rate"), False, 0.5, 0.5 * 0.5),
        (endpoint("proportion_fractured"), False, 0.3, 0.5 * 0.7 * -math.log(0.7)),
        (endpoint("proportion_fractured"), False, 0.0, 0.0),
        (endpoint("proportion_fractured"), False, 1.0, 0.0),
    ],
    ids=lambda given: getattr(given, "id", str(given)),
)
def test_the_spread_between_trials_on_the_scale_of_an_endpoint(e, contrast, mean, sd):
    """Of a share 1 - exp(-h) whose log hazard has SD s: s h exp(-h); level and effect together 0.5."""
    found = offsets(e, mean, contrast=contrast)
    assert math.sqrt(sum(one.variance for one in found)) == pytest.approx(sd, abs=1e-4)


def test_kinds_of_results_of_which_a_spread_is_known():
    known = {("change", "tb_z"): "z", ("pct_change", "ls_abmd"): "density", ("pct_change", "bsap"): "markers"}
    assert {key: kind_of_endpoint(endpoint(*key)) for key in known} == known
    assert (
        kind_of_endpoint(endpoint("risk_ratio")) == "fracture effect"
        and kind_of_endpoint(endpoint("pct_change", "height_cm")) is None
    )


def test_variance_of_uneven_groups_by_hand():
    """Within: 2 and 8. Groups 1, 4 | 12: 4.5 holds 5 x 2/3 of chance. Sets 2.5, 12: 45.125."""
    nan = math.nan
    found = split_variance(np.array([[[0, 2], [4, nan]], [[10, 14], [nan, nan]]]))
    people = 4.5 - 5.0 * 2 / 3
    assert found == pytest.approx(
        {"chance": 5.0, "people": people, "people_as_assumed": 0.0}
        | {"posterior": 45.125 - people * 0.75 - 5.0 * 0.4375}
    )
    one = split_variance(np.array([[[0, 2], [4, nan]], [[nan, nan], [nan, nan]]]))
    assert one == pytest.approx(
        {"chance": 2.0, "people": 4.5 - 2.0 * 0.75, "people_as_assumed": 0.0, "posterior": 0.0}
    )
    assert split_variance(np.array([[[0.0, 9.0], [9.0, 0.0]]]))["people"] == 0.0


def test_the_error_of_a_mean_is_that_over_sets():
    x = runs(1.0, 3.0, 8.0)
    x[2] = np.nan
    assert set_error(x) == pytest.approx(math.sqrt(2.0) / math.sqrt(2.0))
    assert math.isnan(set_error(x[:1]))
    # Of a set the mean of the means of its groups: 1 and 4 here, whoever of a group is missing.
    nan = math.nan
    uneven = np.array([[[1.0, nan], [3.0, 5.0]], [[4.5, 4.5], [4.5, nan]]])
    assert set_error(uneven) == pytest.approx(1.0)


def test_every_set_has_people_of_its_own_and_every_law_the_same(monkeypatch: pytest.MonkeyPatch):
    poise = load_protocol("poise")
    few = poise.model_copy(
        update={"endpoints": tuple(e for e in poise.endpoints if e.kind == "risk_ratio")[:1]}
    )
    asked, told = [], []

    def estimates(
        protocol: Any, numbers: np.ndarray, *, seed: int, fates: int, method: Method, **_: Any
    ) -> Estimated:
        assert method == ("float32", "cuda")
        asked.append((numbers.tolist(), seed, fates - seed))
        value = np.full(len(numbers), 0.5)
        both = np.ones((len(numbers), 2))
        found = [{"difference": Answers(value, value, value, both, both)} for _ in protocol.endpoints]
        return Estimated(found, "native")

    monkeypatch.setattr(predict_module, "estimates", estimates)
    found = predict(
        few,
        sets=2,
        seed=5,
        precision="float32",
        backend="cuda",
        progress=lambda done, total: told.append((done, total)),
    )
    assert (found.manifest["precision"], found.manifest["backend"]) == ("float32", "native")
    assert asked[:4] == [([0, 1], 5, 0), ([0, 1], 5, 1), ([2, 3], 5, 0), ([2, 3], 5, 1)]
    # Beside the laws each channel of the effect is switched off.
    laws = 1 + len(found.to_dict()["rivals"]) + len(found.to_dict()["switches"])
    assert asked[4:] == [(list(range(8)), 5, 0), (list(range(8)), 5, 1)] * laws
    assert told == [(i + 1, 2 + laws) for i in range(2 + laws)]
    assert found.manifest["runs"] == 8 and found.manifest["parameter_sets"] == 2
    worth = recorded("ensemble")["effective"]
    assert (found.manifest["different_sets"], found.manifest["worth_draws"]) == (2, worth)
    assert f"worth {worth:.0f} independent draws" in " ".join(view(found.to_dict()).notes)
    assert found.endpoints[0]["mean"] == pytest.approx(0.5)
    assert found.endpoints[0]["pooled"]["value"] == pytest.approx(1.0)
    (told_row,) = found.table().to_dicts()
    assert told_row["mean"] == pytest.approx(0.5) and told_row["arm"] == "difference"
    interval = found.endpoints[0]["interval"]
    assert [told_row[f"{end}_90"] for end in ("low", "high")] == interval["90"]
    assert [told_row[f"{end}_50"] for end in ("low", "high")] == interval["50"]
    low, high = (f"{limit:.3g}" for limit in interval["90"])
    assert f"{low} to {high}" in repr(found) and "$schema" in found.plot().to_dict()
    assert found.to_dict()["law"] == "all" and found.ignored == sum(
        len(e.published) + len(e.said) for e in few.endpoints
    )


def test_a_place_that_is_taken_is_refused_before_anything_is_run(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setattr(predict_module, "estimates", lambda *_, **__: pytest.fail("it was run"))
    (tmp_path / "mine.txt").write_text("kept")
    with pytest.raises(InputError):
        predict("poise", sets=2, out=tmp_path)


@pytest.mark.parametrize("sets", [1, 4001])
def test_a_prediction_takes_2_to_4000_sets(sets: int):
    with pytest.raises(InputError, match=r"sets: got .*2 to 4000"):
        predict("poise", sets=sets)


YEARLY = [
    ("pamidronate 1 mg/kg/day iv for 3 days every 4 months", "pamidronate", 9.0, 9.0),
    ("zoledronate 0.05 mg/kg iv every 6 months", "zoledronate", 0.1, 0.1),
    ("zoledronate 0.05 mg/kg iv every 6 months max 1 mg", "zoledronate", 2 / 30, 2 / 60),
    ("zoledronate 5 mg iv every 12 months", "zoledronate", 5 / 30, 5 / 60),
    ("risedronate 2.5 mg daily below 30 kg, 5 mg daily above", "risedronate", 5 * 364 / 30, 5 * 364 / 60),
    ("risedronate 2.5 mg daily below 40 kg, 5 mg daily above", "risedronate", 2.5 * 364 / 30, 5 * 364 / 60),
    ("alendronate 70 mg weekly", "alendronate", 70 * 52 / 30, 70 * 52 / 60),
]  # fmt: skip


@pytest.mark.parametrize(("words", "drug", "child", "adult"), YEARLY, ids=[one[0] for one in YEARLY])
def test_the_dose_of_a_year_of_children_of_30_and_adults_of_60_kg(words, drug, child, adult):
    """A year is 52 weeks here, the fullest of the first two."""
    for age, expected in ((10.0, child), (17.9, child), (18.0, adult), (30.0, adult)):
        assert yearly_mg_per_kg(as_plan(words), age)[drug] == pytest.approx(expected)


def test_the_fullest_year_counts_when_a_course_begins_late():
    late = as_plan("zoledronate 0.05 mg/kg iv every 6 months for 1 year from 1 year")
    assert yearly_mg_per_kg(late, 10.0)["zoledronate"] == pytest.approx(0.1)


def test_the_last_year_of_the_first_two_counts_too():
    """Doses in weeks 52 and 103 lie in one year, the last that is looked at."""
    last = as_plan("zoledronate 0.05 mg/kg iv every 51 weeks from 52 weeks")
    assert yearly_mg_per_kg(last, 10.0)["zoledronate"] == pytest.approx(0.1)
    first, then = "zoledronate 0.025 mg/kg iv every 12 months for 52 weeks", "zoledronate 0.05 mg/kg iv"
    more = as_plan(f"{first} then {then} every 51 weeks")
    assert yearly_mg_per_kg(more, 10.0)["zoledronate"] == pytest.approx(0.1)


LATE = [
    ("no treatment for 2 years then zoledronate 0.05 mg/kg iv every 6 months", "zoledronate", 0.1),
    ("no treatment for 5 years then alendronate 10 mg/day", "alendronate", 10 * 364 / 30),
    ("zoledronate 0.025 mg/kg iv every 6 months for 3 years then zoledronate 0.05 mg/kg iv every 6 months",
     "zoledronate", 0.1),
]  # fmt: skip


@pytest.mark.parametrize(("words", "drug", "expected"), LATE, ids=[one[0] for one in LATE])
def test_a_drug_that_begins_after_years_has_its_dose(words: str, drug: str, expected: float):
    assert yearly_mg_per_kg(as_plan(words), 10.0)[drug] == pytest.approx(expected)


def test_two_years_from_its_start_tell_the_dose_of_a_drug():
    """At 7.5 years the dose doubles after 2.5."""
    grows = as_plan("alendronate 5 mg/day below age 10, 10 mg/day above")
    assert yearly_mg_per_kg(grows, 7.5)["alendronate"] == pytest.approx(5 * 364 / 30)
    assert yearly_mg_per_kg(grows, 8.5)["alendronate"] > 5.1 * 364 / 30
    # At 9 it doubles after 365.25 days: 1.25 of the last 364 days have half.
    assert yearly_mg_per_kg(grows, 9.0)["alendronate"] == pytest.approx((10 * 364 - 5 * 1.25) / 30)


def test_courses_of_a_plan_last_until_they_or_the_trial_end():
    def of(words: str, years: float = 3.0) -> list[Seen]:
        return treated_courses(as_plan(words), (4.0, 30.0), frozenset({"I"}), years)

    assert [one.years for one in of("zoledronate 0.05 mg/kg iv every 6 months")] == [3.0]
    assert [one.years for one in of("zoledronate 0.05 mg/kg iv every 6 months for 2 years")] == [2.0]
    late = of("zoledronate 0.05 mg/kg iv every 6 months from 1 year")
    assert [one.years for one in late] == pytest.approx([2.0])
    assert [one.years for one in of("zoledronate 0.05 mg/kg iv every 6 months for 9 years from 1 year")] == (
        pytest.approx([2.0])
    )
    assert [one.every_days for one in late] == pytest.approx([365.25 / 2])
    assert [one.every_days for one in of("risedronate 5 mg daily")] == [1.0]
    adults = treated_courses(
        as_plan("zoledronate 5 mg iv every 12 months"), (18.0, 19.0), frozenset({"I"}), 3.0
    )
    assert adults[0].yearly_mg_per_kg == pytest.approx(5 / 60)
    # At 17, the middle of 4 and 30, doses are those of a child.
    assert [one.yearly_mg_per_kg for one in of("zoledronate 5 mg iv every 12 months")] == pytest.approx(
        [5 / 30]
    )


def test_what_lies_beyond_what_was_seen(monkeypatch: pytest.MonkeyPatch):
    def one(ages=(5.0, 9.0), types=("I",), dose=1.0, days=100.0, years=2.0, drug="zoledronate") -> Seen:
        return Seen(drug, "iv", ages, frozenset(types), dose, days, years)

    held = (one(), one((3.0, 12.0), ("III", "IV"), 2.0, 200.0, 3.0), one((0.0, 60.0), drug="pamidronate"))
    monkeypatch.setattr(extrapolation, "seen", lambda: held)

    def what(**given: Any) -> set[str]:
        return {kind for kind, _ in beyond(one(**given))}

    assert what() == what(ages=(2.0, 13.0)) == what(types=("I", "III", "IV")) == set()
    assert what(ages=(1.9, 9.0)) == what(ages=(5.0, 13.1)) == {"age"}
    assert what(types=("I", "other")) == {"type"}
    assert what(dose=2.5) == what(dose=0.8) == what(days=250.0) == what(days=80.0) == set()
    assert what(dose=2.51) == what(dose=0.79) == {"dose"}
    assert what(days=251.0) == what(days=79.0) == {"interval"}
    assert what(years=3.1) == set() and what(years=3.11) == {"years"}
    assert what(drug="alendronate") == {"drug"}
    said = dict(beyond(one(ages=(1.0, 9.0), types=("I", "XIV"), dose=5.0, years=4.0)))
    assert said["age"].startswith("ages 1 to 9;") and said["age"].endswith("zoledronate at 3 to 12")
    assert said["type"].endswith("in type XIV")
    assert said["dose"].startswith("5 mg/kg a year;") and said["dose"].endswith("at 1 to 2")
    assert said["years"].startswith("4 years of") and said["years"].endswith(" 3")


def test_years_of_what_was_seen_are_those_of_the_targets():
    longest: dict[str, float] = {}
    for one in extrapolation.seen():
        longest[one.drug] = max(one.years, longest.get(one.drug, 0.0))
    assert longest == pytest.approx(
        {"alendronate": 3.0, "risedronate": 2.0, "pamidronate": 176 / 12, "neridronate": 1.0}
    )


def test_people_without_a_drug_may_be_beyond_what_was_seen_by_age():
    """Cohorts of people with osteogenesis imperfecta stand at 0.2 to 50 years."""
    poise = load_protocol("poise")
    poise = poise.model_copy(
        update={"arms": (poise.arms[0].model_copy(update={"plan": "no treatment"}), *poise.arms[1:])}
    )

    def flags(low: float, high: float, arm: str) -> set[str]:
        population = poise.population.model_copy(update={"age_years": (low, high)})
        found = extrapolations(poise.model_copy(update={"population": population}))
        return {one["what"] for one in found if one["arm"] == arm}

    control = poise.arms[0].id
    assert flags(4.0, 15.0, control) == set()
    assert flags(4.0, 80.0, control) == flags(0.0, 15.0, control) == {"age"}


def test_only_types_that_somebody_has_are_looked_at(monkeypatch: pytest.MonkeyPatch):
    known = Seen("risedronate", "oral", (0.0, 99.0), frozenset(("I",)), 60.0, 1.0, 9.0)
    monkeypatch.setattr(extrapolation, "seen", lambda: (known,))
    poise = load_protocol("poise")

    def flagged(types: dict[str, float]) -> bool:
        population = poise.population.model_copy(update={"types": types})
        found = extrapolations(poise.model_copy(update={"population": population}))
        return "type" in {one["what"] for one in found}

    assert not flagged({"I": 1.0, "III": 0.0})
    assert flagged({"I": 0.5, "III": 0.5}) and flagged({"I": 0.0, "III": 1.0})


def targets() -> dict[str, Any]:
    return {target.id: target for target in validation_targets().targets}


def test_what_other_studies_found_is_carried_on():
    """Arithmetic on what the calibration studies found in a year; see ``validation.toml``."""

    def guess(name: str, kind: str, route: str, youngest: float = 5.0, **changed: Any) -> dict[str, float]:
        target = targets()[name].model_copy(update=changed)
        return naive_forecasts(
            target, {"kind": kind, "route": route}, declared()["effects"], youngest, 0.7, 0.5
        )

    assert guess("natural-I-rate", "fractures", "none") == dict.fromkeys(NAIVE, 0.7)
    rate = guess("hald-rate", "fractures", "oral")
    assert rate["same route"] == pytest.approx((-0.6 + 0.0) / 2) and rate["no effect"] == 0.7
    assert rate["last known effect"] == pytest.approx(-0.6)  # POISE, 2013
    assert rate["constant effect"] == pytest.approx((-0.6 + 0.0 - 0.89) / 3)
    assert guess("senthilnathan-ntx", "markers", "iv")["same route"] == pytest.approx(-0.991)
    z = guess("alendronate-30-z", "z", "oral")
    assert z["same route"] == pytest.approx((0.427 + 0.65) / 2)
    assert z["last known effect"] == pytest.approx(0.243)  # Palomo, 2015, by another route
    both = guess("falk-z", "z", "iv", months=24.0)["same route"]
    assert both == pytest.approx(3.5 + 0.243)
    assert guess("falk-density", "density", "iv")["same route"] == pytest.approx(0.875)
    # Adults, four years, a change of density itself; their one study counts once.
    shapiro = guess("shapiro-oral-I", "density", "oral", 25.0)
    assert shapiro["same route"] == pytest.approx(0.5 * math.expm1(4 * 0.0321))
    assert shapiro["last known effect"] == shapiro["same route"]
    constant = (0.151 + 0.206 + 0.875 + 0.0321) / 4
    assert shapiro["constant effect"] == pytest.approx(0.5 * math.expm1(4 * constant))


def test_a_score_of_two_draws_on_paper():
    """E|X - y| = 1 less half of E|X - X'| = 1."""
    for shift in (0.0, 3.0, -7.0):
        assert crps(np.array([2.0, 0.0]) + shift, 1.0 + shift) == pytest.approx(0.5)
    # 0, 0, 3, 9: E|X - 3| = 3; pairs 0, 3, 9, 3, 9, 6 twice each of 16: 60/16.
    assert crps(np.array([3.0, 0.0, 9.0, 0.0]), 3.0) == pytest.approx(3.0 - 30 / 16)


def test_the_offset_of_a_result_is_in_its_own_unit():
    """Of shares p the log moves by H exp(-H)/p per unit of the log rate; of a pool of five by less."""

    def sd(name: str, trials: int = 1) -> float:
        return target_offset(targets()[name], -0.2, level=0.5, share=0.3, trials=trials).variance ** 0.5

    assert sd("shapiro-iv-I") == pytest.approx(0.02 * 0.5)
    assert sd("falk-density") == pytest.approx(0.02)
    assert sd("falk-z") == pytest.approx(0.05)
    assert sd("natural-I-rate") == pytest.approx(0.4)
    assert sd("letocha-upper-limb") == pytest.approx(0.3)
    assert sd("hald-rate", trials=5) == pytest.approx(0.3 / math.sqrt(5))
    assert sd("cochrane-iv-share") == pytest.approx(0.3 * 0.7 * -math.log(0.7) / 0.3)
    assert target_offset(targets()["cochrane-iv-share"], -0.2, level=0.5, share=0.3).size > 0.0


def test_an_offset_of_shares_in_proportion_to_the_change_is_that_share_of_it(monkeypatch: pytest.MonkeyPatch):
    """A tenth of a log ratio of shares of -0.2, whatever turns shares into rates."""
    relative = BetweenTrials(exactly(0.05), exactly(0.1), 3, 9, 2.0)
    monkeypatch.setattr(validation_module, "between_trials", lambda: {"fracture effect": relative})
    found = target_offset(targets()["cochrane-iv-share"], -0.2, level=0.5, share=0.3)
    assert found.size == pytest.approx(0.2) and found.variance**0.5 == pytest.approx(0.02)


def test_every_run_of_the_posterior_is_drawn_and_the_spread_follows_their_centre(
    monkeypatch: pytest.MonkeyPatch,
):
    """Runs 0, 0, 0 and 8 have the mean 2, a law adds 3: of a Z of 5 a tenth of 1.5, where offsets level off,
    lies between trials."""
    relative = BetweenTrials(exactly(0.05), exactly(0.1), 3, 9, 2.0)
    names = ("usual", *validation_module.rivals())
    monkeypatch.setattr(validation_module, "between_trials", lambda: {"z": relative})
    monkeypatch.setattr(validation_module, "law_weights", lambda: np.eye(len(names))[-1])
    other = np.zeros(len(names))
    other[-1] = 3.0
    score = {**declared()["score"], "falk-z": {**declared()["score"]["falk-z"], "trials": 2}}
    told = declared() | {"score": score}
    monkeypatch.setattr(validation_module, "declared", lambda: told)
    monkeypatch.setattr(validation_module, "beyond_the_evidence", lambda *_: ("age", "dose"))
    found = validation_module.target_forecast(
        targets()["falk-z"], validation_targets(), np.array([0.0, 0.0, 0.0, 8.0]), other,
        untreated=0.0, level=1.0, share=0.5,
    )  # fmt: skip
    assert found["forecasts"]["model"]["mean"] == pytest.approx(5.0, abs=0.15)
    # Two trials that are pooled are reviews, and their offsets average out; each of two things that no study
    # holds doubles the variance.
    assert found["cluster"] == "reviews"
    assert found["between_trials_sd"] == pytest.approx(2.0 * 0.1 * 1.5 / 2**0.5)


def test_a_forecast_of_a_study_mixes_runs_laws_and_error(monkeypatch: pytest.MonkeyPatch):
    """Falk: Z rose by 1.0, sampling SD 0.178; with 0.05 between trials the error is their root of squares."""
    falk, names = targets()["falk-z"], ("usual", *validation_module.rivals())
    share = dict.fromkeys(names, 0.0) | {"usual": 0.7, names[2]: 0.3}
    monkeypatch.setattr(validation_module, "law_weights", lambda: np.array(list(share.values())))
    other = np.full(len(names), 5.0)
    other[2] = 105.0
    found = validation_module.target_forecast(
        falk,
        validation_targets(),
        np.array([1.0, 1.0, 2.0, 2.0]),
        other,
        untreated=0.25,
        level=9.0,
        share=0.5,
    )
    sd = math.hypot(0.178, 0.05)
    assert (found["cluster"], found["beyond_the_evidence"]) == ("falk2003", [])
    assert (found["found"], found["sampling_sd"], found["between_trials_sd"]) == (
        1.0,
        0.178,
        pytest.approx(0.05),
    )
    assert found["posterior_sd"] == pytest.approx(math.sqrt(1 / 3))
    assert found["under_rivals"] == dict(zip(names, other.tolist(), strict=True))
    nothing, route, model = (found["forecasts"][name] for name in ("no effect", "same route", "model"))
    assert nothing["mean"] == pytest.approx(0.25, abs=0.01) and not nothing["inside_90"]
    assert nothing["interval_90"] == pytest.approx([0.25 - 1.645 * sd, 0.25 + 1.645 * sd], abs=0.02)
    assert nothing["error"] == pytest.approx(0.75 / sd, abs=0.05)
    assert route["mean"] == pytest.approx((3.5 + 0.243) / 2, abs=0.01)
    assert model["mean"] == pytest.approx(1.5 + 0.3 * 100, abs=1.0)
    assert 100.0 < model["interval_90"][1] < 103.0 and 0.5 < model["interval_90"][0] < 1.5
    assert model["interval_50"][0] == pytest.approx(1.2, abs=0.3) and model["interval_50"][1] > 100.0


def test_against_controls_no_effect_is_none(monkeypatch: pytest.MonkeyPatch):
    names = ("usual", *validation_module.rivals())
    for name, guess in (("letocha-z", 0.0), ("hald-rate", 0.0), ("letocha-upper-limb", 0.0), ("falk-z", 0.4)):
        found = validation_module.target_forecast(
            targets()[name], validation_targets(), np.zeros(4), np.zeros(len(names)),
            untreated=0.4, level=1.0, share=0.5,
        )  # fmt: skip
        assert found["forecasts"]["no effect"]["mean"] == pytest.approx(guess, abs=0.02), name


def forecast(mean: float, inside: tuple[bool, bool], error: float, crps: float) -> dict[str, Any]:
    return {
        "mean": mean, "interval_50": [mean - 1, mean + 1], "interval_90": [mean - 2, mean + 2],
        "inside_50": inside[0], "inside_90": inside[1], "error": error, "crps": crps, "pit": 0.4,
        "width_90": 4.0,
    }  # fmt: skip


def test_forecasts_are_counted_and_told(tmp_path: Path):
    made = [
        {"label": "First", "cluster": "a", "kind": "density", "found": 1.25, "forecasts": {
            "model": forecast(1.5, (True, True), 0.5, 0.2),
            **dict.fromkeys(NAIVE, forecast(9.0, (False, False), 3.0, 2.0)),
            "no effect": forecast(0.0, (False, True), 1.0, 0.6)}},
        {"label": "Second", "cluster": "b", "kind": "density", "found": -2.0, "forecasts": {
            "model": forecast(-3.0, (False, True), 1.5, 0.4),
            **dict.fromkeys(NAIVE, forecast(7.0, (False, True), 5.0, 4.0)),
            "no effect": forecast(0.5, (False, False), 2.0, 1.0)}},
    ]  # fmt: skip
    built = [
        {"study": "A", "label": "x", "unit": "SD", "found": 1.0, "model": (2.0, 3.0), "why_not_counted": "w"},
        {"study": "B", "label": "y", "unit": "SD", "found": 1.0, "model": (2.0, 2.0), "why_not_counted": "w"},
    ]
    moved = [
        row | {"forecasts": row["forecasts"] | {"model": forecast(1.6, (True, False), 0.7, 0.3)}}
        for row in made
    ]
    whole = Validation(made, [{"label": "Way", "predicted": -0.5}], built, {"left": "why"}, {}, (moved,))
    own = whole.summary()["model"]
    counts = {
        "results": 2,
        "studies": 2,
        "inside_50": 1,
        "inside_90": 2,
        "mean_absolute_error": 1.0,
        "crps": 0.3,
    }
    assert {name: own[name] for name in counts} == pytest.approx(counts)
    assert own["studies_50"]["value"] == 0.5 and own["studies_90"]["high"] == 1.0
    same = whole.summary()["same route"]
    assert same["inside_90"] == 1
    # CRPS 0.3 against 3: by study 1.8/3 and 3.6/3.
    assert same["skill"]["crps"] == pytest.approx({"value": 0.9, "low": 0.6, "high": 1.2})
    assert skill(made, "no effect", "error") == pytest.approx((1 / 3, 1 / 3, 1 / 3))
    seeds = whole.seeds()
    assert (seeds["seeds"], seeds["inside_50"], seeds["inside_90"]) == (2, [1, 2], [0, 2])
    assert seeds["crps"] == pytest.approx([0.3, 0.3]) and seeds["limits_moved"] == pytest.approx(4.6 / 4)
    text = whole.words()
    for line in (
        "| First | 1.25 | 1.5 (-0.5 to 3.5) | 0.40 | yes | yes | 9 | 9 | 9 | 0 |",
        "| Second | -2 | -3 (-5 to -1) | 0.40 | no | yes | 7 | 7 | 7 | 0.5 |",
        "| model | 1 of 2 | 2 of 2 | 50 (1 to 99) | 100 (16 to 100) | 4.00 | 1.00 | 0.30 |  |  |",
        "Way: predicted -0.5.",
        "| A | x, SD | 1 | 2 to 3 | w |",
        "| B | y, SD | 1 | 2 | w |",
        "left: why.",
    ):
        assert line in text.splitlines(), line
    assert set(whole.to_dict()) == {
        "schema", "manifest", "first_edition", "summary", "seeds", "fracture_scores", "results", "directions",
        "not_counted", "left_out",
    }  # fmt: skip
    whole.save(tmp_path / "v")
    assert json.loads((tmp_path / "v" / "validation.json").read_text())["summary"] == whole.summary()
    assert (tmp_path / "v" / "validation.md").read_text() == text + "\n"
    (tmp_path / "v" / "mine.txt").write_text("kept")
    with pytest.raises(InputError):
        whole.save(tmp_path / "v")


def test_every_study_is_forecast_under_every_set_and_law(monkeypatch: pytest.MonkeyPatch):
    """Model p answers p + 0.001 i to the i-th question: targets, untreated, levels at entry, uncompared."""
    asked, told, rows = [], [], []
    n = len(validation_targets().targets)

    class Model:
        def __init__(self, simulator: Any, targets: Any):
            asked.extend(targets)

        def model(self, z: np.ndarray, *, base: float) -> np.ndarray:
            assert z.shape == (0,)
            return base + 0.001 * np.arange(4 * n)

    class Sets:
        def pick(self, count: int) -> list[int]:
            return list(range(10, 10 + count))

        def parameters(self, i: int) -> float:
            return float(i)

    laws = {f"law {i}": SimpleNamespace(parameters=float(100 * (i + 1))) for i in range(3)}

    def target_forecast(target: Any, all_targets: Any, drawn: np.ndarray, other: np.ndarray, **given: float):
        rows.append(
            (target.id, drawn, other, given["untreated"], given["level"], given["share"], given["seed"])
        )
        return {}

    for name, new in {
        "NativeSimulator": lambda *_: None, "Misfits": Model, "ensemble": Sets, "rivals": lambda: laws,
        "default_parameters": lambda: 7.0, "scaled": lambda target, value: value,
        "target_forecast": target_forecast,
        "scoliosis_rows": lambda seed: [], "identity": lambda p: "0", "manifest": lambda **_: {},
    }.items():  # fmt: skip
        monkeypatch.setattr(validation_module, name, new)
    found = validation_module.validate(lambda done, total: told.append((done, total)))
    assert told == [(i + 1, 104) for i in range(104)]
    kept = validation_targets().targets
    assert [t.id for t in asked[2 * n : 3 * n]] == [f"{t.id}-0" for t in kept]
    assert [t.plan for t in asked[n : 2 * n]] == [t.versus or "no treatment" for t in kept]
    assert all(
        (t.kind, t.months, t.compare, t.versus) == ("level", 0.0, None, None) for t in asked[2 * n : 3 * n]
    )
    assert all((t.compare, t.versus) == (None, None) for t in asked[3 * n :])
    place = {t.id: i for i, t in enumerate(kept)}
    assert [one["id"] for one in found.directions] == [t.id for t in kept if t.use == "check"]
    assert [one[0] for one in rows] == 3 * [t.id for t in kept if t.use != "check"]
    assert [one[-1] for one in rows][:: len(rows) // 3] == [1, 2, 3]
    for name, values, other, untreated, level, share, _ in rows:
        i = place[name]
        assert values == pytest.approx(np.arange(10.0, 110.0) + 0.001 * i)
        assert other == pytest.approx(np.array([7.0, 100.0, 200.0, 300.0]) + 0.001 * i)
        assert untreated == pytest.approx(59.5 + 0.001 * (n + i))
        assert level == pytest.approx(59.5 + 0.001 * (2 * n + i))
        assert share == pytest.approx(59.5 + 0.001 * (3 * n + i))
    (way,) = found.directions
    assert way["predicted"] == pytest.approx(59.5 + 0.001 * place[way["id"]])


def test_only_studies_kept_for_validation_are_forecast(monkeypatch: pytest.MonkeyPatch):
    held = validation_module.validation_targets.__wrapped__
    assert held().targets == validation_targets().targets
    monkeypatch.setattr(validation_module, "split", lambda: SimpleNamespace(of=lambda use: set(), studies={}))
    both = r"validation\.toml: targets\.[\w-]+, .*split\.toml: studies\.\w+\.use: got .* kept for validation"
    with pytest.raises(InputError, match=both):
        held()
