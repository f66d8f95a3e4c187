"""Prediction: variance split, spread between trials, extrapolation, and nothing published is read."""

import json
from importlib import resources
from typing import Any

import jsonschema
import numpy as np
import pytest

from brittlestar._shared.errors import InputError
from brittlestar.engine import default_parameters, fingerprint, with_values
from brittlestar.evidence.calibration.between_trials import between_trials
from brittlestar.evidence.calibration.left_out import left_out
from brittlestar.evidence.calibration.points import fit_targets
from brittlestar.evidence.calibration.recorded import recorded
from brittlestar.evidence.calibration.rivals import rivals
from brittlestar.evidence.prediction import first_edition
from brittlestar.evidence.prediction import predict as predict_module
from brittlestar.evidence.prediction.endpoint_spread import offsets
from brittlestar.evidence.prediction.extrapolation import extrapolations
from brittlestar.evidence.prediction.predict import FATES, predict, without_results
from brittlestar.evidence.prediction.validation import declared, validation_targets
from brittlestar.evidence.prediction.validation_result import FORECASTS, NAIVE, SPREAD_OFF, Validation
from brittlestar.evidence.prediction.variance_components import split_variance
from brittlestar.evidence.studies.split import split
from brittlestar.model.parameter_sets import write_parameter_sets
from brittlestar.report.prediction import SOURCES, view
from brittlestar.report.validation import view as validation_view
from brittlestar.statistics.forecasts import crps, judged
from brittlestar.trials.answers import Answers
from brittlestar.trials.conduct import Estimated, estimates
from brittlestar.trials.protocol_files import load_protocol


@pytest.fixture(scope="module")
def small():
    poise = load_protocol("poise")
    kept = tuple(e for e in poise.endpoints if e.months == 12.0 and e.kind in ("pct_change", "risk_ratio"))
    return poise.model_copy(
        update={
            "population": poise.population.model_copy(update={"randomised": 40}),
            "design": poise.design.model_copy(update={"years": 1.0}),
            "visits": tuple(
                v.model_copy(update={"months": tuple(m for m in v.months if m <= 12)}) for v in poise.visits
            ),
            "endpoints": kept,
        }
    )


def test_variance_is_split_into_what_made_it():
    rng = np.random.default_rng(1)
    posterior = rng.normal(0, 2.0, (400, 1, 1))
    people = rng.normal(0, 1.0, (400, 3, 1))
    x = posterior + people + rng.normal(0, 0.5, (400, 3, 2))
    found = split_variance(x)
    assert found["posterior"] == pytest.approx(4.0, rel=0.2)
    assert found["people"] == pytest.approx(1.0, rel=0.2)
    assert found["chance"] == pytest.approx(0.25, rel=0.15)
    assert split_variance(rng.normal(size=(50, 3, 2)))["posterior"] < 0.2


def test_no_published_result_reaches_a_prediction():
    poise = load_protocol("poise")
    bare, count = without_results(poise)
    assert count == sum(len(e.published) + len(e.said) for e in poise.endpoints) > 5
    assert all(not e.published and not e.said for e in bare.endpoints)


def test_a_prediction_fits_its_schema(small, tmp_path):
    predict(small, sets=2, out=tmp_path / "a")
    content = json.loads((tmp_path / "a" / "results.json").read_text(encoding="utf-8"))
    text = (
        resources.files("brittlestar.evidence.prediction")
        .joinpath("prediction.schema.json")
        .read_text("utf-8")
    )
    jsonschema.validate(content, json.loads(text))
    assert list(content["switches"]) == ["strength", "turnover"]
    ratio = next(row for row in content["endpoints"] if row["id"].startswith("risk") or row["scale"] == "log")
    # Without what it does, treatment spares fewer; density does not rest on it.
    assert all(value > ratio["mean"] - 0.02 for value in ratio["without"].values())
    for row in content["endpoints"]:
        low, high = row["interval"]["90"]
        inner = row["interval"]["50"]
        assert low <= inner[0] <= inner[1] <= high
        wide = [row["alone"][name]["90"] for name in SOURCES if None not in row["alone"][name]["90"]]
        assert all(a <= row["mean"] <= b for a, b in wide)
        if row["scale"] == "plain":
            sd = [(b - a) / 2 / 1.6449 for a, b in wide]
            assert sum(x**2 for x in sd) == pytest.approx(sum(x**2 for x in row["sd"].values()), rel=1e-3)
    page = (tmp_path / "a" / "report.html").read_text(encoding="utf-8")
    assert "taken out first" in page and next(iter(rivals().values())).label in page
    assert all(word in page for word in ("Chance", "People", "Science"))


def test_one_rival_alone_is_asked(small):
    name = next(iter(rivals()))
    content = predict(small, sets=2, rival=name).to_dict()
    assert content["law"] == name and [r["name"] for r in content["rivals"]] == [name]
    assert all(row["sd"]["rivals"] == 0.0 and not row["under_rivals"] for row in content["endpoints"])
    with pytest.raises(InputError, match=name):
        predict(small, sets=2, rival=name + "x")


def test_another_set_is_asked_as_if_it_were_known(small):
    other = with_values(default_parameters(), fracture__h_scale=1.1)
    content = predict(small, sets=2, parameters=other).to_dict()
    assert content["law"] == "parameters own" and content["manifest"]["parameters"] == "own"
    assert not content["rivals"] and all(not row["under_rivals"] for row in content["endpoints"])
    assert "as known" in str(view(content).printed[0])
    with pytest.raises(InputError, match="fitted beside"):
        predict(small, sets=2, parameters=other, rival=next(iter(rivals())))


def test_own_sets_stand_in_place_of_the_posterior(small, tmp_path, monkeypatch):
    """Each runs as often as the other, the first is the centre, and what parts them is science."""
    shipped = default_parameters()
    far = with_values(shipped, fracture__h_scale=3.0 * np.asarray(shipped.fracture.h_scale))
    write_parameter_sets([shipped, far], file := tmp_path / "sets.parquet")
    asked: list[str] = []

    def noted(protocol, numbers, *, parameters, **told):
        asked.append(fingerprint(parameters))
        return estimates(protocol, numbers, parameters=parameters, **told)

    monkeypatch.setattr(predict_module, "estimates", noted)
    told = predict(small, sets=6, parameters=str(file))
    runs = asked[: 6 * FATES]
    assert [runs.count(fingerprint(one)) for one in (shipped, far)] == [3 * FATES, 3 * FATES]
    assert asked[6 * FATES] == fingerprint(shipped) == told.manifest["parameters_sha256"]
    content = told.to_dict()
    assert content["law"] == "own parameter sets" and not content["rivals"]
    assert [told.manifest[name] for name in ("own_sets", "different_sets", "worth_draws")] == [2, 2, 2]
    said = " ".join(map(str, (*view(content).printed, *view(content).notes)))
    assert (
        "in place of the posterior" in said
        and "2 of the 6 parameter sets differ, and they are worth 2" in said
    )
    with pytest.raises(InputError, match="fitted beside"):
        predict(small, sets=2, parameters=str(file), rival=next(iter(rivals())))


def test_own_sets_run_by_default_a_hundred_times_or_hardly_more(small, monkeypatch):
    def stop(protocol, count, seed):
        raise InputError("here", count, "accepted: nothing")

    monkeypatch.setattr(predict_module, "drawn_inputs", stop)
    own = [with_values(default_parameters(), fracture__gL=x) for x in (0.1, 0.2, 0.3)]
    for parameters, count in ((None, 100), (own, 102), (own[0], 100)):
        with pytest.raises(InputError, match=f"here: got {count}"):
            predict(small, parameters=parameters)


def test_an_arm_and_a_difference_of_arms_have_each_their_own_spread(small, monkeypatch):
    """In per cent of density at entry an offset moves an arm by (100 + change) times what it moves a
    difference by: which of them a row is must reach the spread."""
    told = []

    def noted(endpoint, mean, **given):
        told.append((endpoint.id, given["contrast"]))
        return offsets(endpoint, mean, **given)

    monkeypatch.setattr(predict_module, "offsets", noted)
    found = predict(small, sets=2, rival=next(iter(rivals()))).to_dict()
    rows = [(row["id"], row["arm"].startswith("difference")) for row in found["endpoints"]]
    assert told == rows and {True, False} == {contrast for _, contrast in rows}


def test_what_the_calibration_has_not_seen_is_flagged(small):
    assert not [f for f in extrapolations(small) if f["what"] in ("drug", "dose", "interval", "type")]
    arms = tuple(
        arm.model_copy(update={"plan": "zoledronate 0.05 mg/kg every 6 months for 1 year"})
        if not arm.control
        else arm
        for arm in small.arms
    )
    said = extrapolations(small.model_copy(update={"arms": arms}))
    assert [f["what"] for f in said] == ["drug"] and "zoledronate" in said[0]["words"]
    old = small.population.model_copy(update={"age_years": (60.0, 75.0)})
    assert {f["what"] for f in extrapolations(small.model_copy(update={"population": old}))} == {"age"}


def test_spread_between_trials_comes_from_people_with_oi(small):
    cohorts = fit_targets().cohorts
    told = left_out(recorded("posterior"))
    assert all(set(cohorts[t.cohort].types) != {"healthy"} for one in told for t in one.targets)
    kinds = {"density", "z", "markers", "fracture level", "fracture effect"}
    assert kinds <= set(between_trials())
    assert all(0.0 < b.kept.median < 1.0 and b.studies >= 3 for b in between_trials().values())
    density = next(e for e in small.endpoints if e.measure == "ls_abmd")
    (arm,), (apart,) = (offsets(density, 20.0, contrast=contrast) for contrast in (False, True))
    assert (arm.kind, arm.form) == ("density", between_trials()["density"].kept) == (apart.kind, apart.form)


def test_what_no_study_holds_doubles_the_variance_between_trials(small):
    """A drug that nobody with the disease was given: one thing, so twice the variance of the treated."""
    plan = "zoledronate 0.05 mg/kg every 6 months for 1 year"
    arms = tuple(arm if arm.control else arm.model_copy(update={"plan": plan}) for arm in small.arms)
    rows = predict(small.model_copy(update={"arms": arms}), sets=2).endpoints
    ratio = next(row for row in rows if row["scale"] == "log")
    tau = between_trials()["fracture effect"].kept.rms
    assert ratio["beyond_the_evidence"] == ["drug"]
    assert ratio["sd"]["between_trials"] == pytest.approx(2.0**0.5 * tau)
    control = next(row for row in rows if row["arm"] == next(arm.id for arm in arms if arm.control))
    assert control["beyond_the_evidence"] == []


def test_too_few_sets_are_refused(small):
    with pytest.raises(InputError, match="sets"):
        predict(small, sets=1)


def test_what_is_validated_is_what_the_studies_printed():
    found = validation_targets()
    assert {found.study_of(t) for t in found.targets} | set(declared()["left_out"]) == set(
        split().of("validation")
    )
    assert set(declared()["score"]) == {t.id for t in found.targets if t.use == "validation"}
    printed = {
        "letocha-z": 1.43,
        "alendronate-30-z": -1.04 + 2.03,
        "natural-I-rate": 0.62,
        "hald-rate": np.log(0.71),
        "shi-share": np.log(0.8),
        "cochrane-iv-share": np.log(0.56),
        "senthilnathan-12": np.log(2.53),
        "falk-density": np.log(1.48),
    }
    for target in found.targets:
        if target.id in printed:
            assert target.observed == pytest.approx(printed[target.id], abs=2e-3)


def test_what_the_model_was_built_from_is_told_and_not_counted():
    row = {
        "study": "sato2016",
        "label": "with a curve",
        "unit": "of 100",
        "found": 36.0,
        "model": [30.0, 40.0],
        "why_not_counted": "built from it",
    }
    inside = {"inside_50": True, "inside_90": True}
    one = inside | {
        "mean": 1.0,
        "interval_90": [0.0, 2.0],
        "error": 0.4,
        "crps": 0.3,
        "pit": 0.5,
        "width_90": 2.0,
    }
    scored = {
        "label": "x",
        "cluster": "x",
        "kind": "z",
        "found": 1.0,
        "forecasts": {name: one for name in FORECASTS},
    }
    found = Validation([scored], [], [row], {}, {})
    assert "| sato2016 | with a curve, of 100 | 36 | 30 to 40 | built from it |" in found.words()
    assert found.summary()["model"]["results"] == 1


def test_a_validation_prints_every_forecast_with_pit_skill_and_the_range_over_seeds():
    """Three calibration studies stand in; the model's error is half of that of all others."""

    def one(mean: float) -> dict[str, Any]:
        draws = mean + np.linspace(-1.0, 1.0, 201)
        return judged(draws, 0.0, 1.0) | {"log_score": -mean}

    def rows(mean: float) -> list[dict[str, Any]]:
        return [
            {"label": f"a result of {name}", "cluster": name, "kind": "fracture effect", "found": 0.0,
             "forecasts": {f: one(mean if f == "model" else 0.8) for f in FORECASTS}}
            for name in ("poise2013", "ward2011", "bishop2010")
        ]  # fmt: skip

    found = Validation(rows(0.4), [], [], {}, {}, (rows(0.42),))
    summary = found.summary()
    assert set(summary) == {"model", SPREAD_OFF, first_edition.NAME, *NAIVE} and len(NAIVE) == 4
    for name in NAIVE:
        skill = summary[name]["skill"]
        assert skill["error"]["value"] == pytest.approx(0.5)
        # Of an even forecast over 2 about m the score is 1/6 + m^2/2.
        assert skill["crps"]["value"] == pytest.approx(1 - (1 / 6 + 0.08) / (1 / 6 + 0.32), abs=0.01)
        assert skill["crps"]["low"] == pytest.approx(skill["crps"]["value"])
    assert found.fracture_scores()["no effect"]["gain"] == pytest.approx(0.4)
    seeds = found.seeds()
    assert seeds["mean_absolute_error"] == pytest.approx([0.4, 0.42]) and seeds["limits_moved"] > 0
    printed = " ".join(str(part) for part in validation_view(found.to_dict()).printed)
    for text in (found.words(), printed):
        assert "Over 2 seeds" in text and "mean absolute error 0.4" in text and "50 (50 to 50)" in text
        assert "over no effect +0.40 ± 0.00" in text and "b5c382a" in text
    assert "| 0.30 |" in found.words()  # PIT: 61 of 201 draws below, the one at the result by half


def test_every_effect_of_the_second_baseline_is_of_a_calibration_study():
    names = {name for one in declared()["effects"] for name in one["per_year"]}
    assert names <= set(split().of("calibration"))


def test_crps_of_normal_draws_is_the_closed_form():
    x = np.random.default_rng(1).normal(size=40_000)
    assert crps(x, 0.0) == pytest.approx((np.sqrt(2) - 1) / np.sqrt(np.pi), abs=0.01)
    assert crps(np.zeros(10), 2.0) == pytest.approx(2.0)


def invented(missing: int):
    """Four events in eight years in both arms of every run, and none among the treated of so many."""
    done = [0]

    def estimates(protocol, numbers, **_):
        runs = done[0] + np.arange(len(numbers))
        done[0] += len(numbers)
        total = np.stack([np.where(runs < missing, 0.0, 4.0), np.full(len(numbers), 4.0)], axis=1)
        value = np.where(total[:, 0] > 0, 1.0 + 0.01 * (runs % 7), np.nan)
        found = {"difference": Answers(value, value, value, total, np.full(total.shape, 8.0))}
        return Estimated([found], "native")

    return estimates


@pytest.mark.parametrize("missing", [0, 1, 2])
def test_runs_without_an_answer_are_counted_and_not_filled_in(small, monkeypatch, missing):
    """Of 24 runs one is less than 5 %, two are more: no interval is given, and all people still count."""
    ratio = tuple(e for e in small.endpoints if e.kind == "risk_ratio")
    monkeypatch.setattr(predict_module, "estimates", invented(missing))
    row = predict(small.model_copy(update={"endpoints": ratio}), sets=6).endpoints[0]
    assert (row["runs"], row["runs_without_answer"]) == (24, missing)
    assert row["pooled"]["value"] == pytest.approx((24 - missing) / 24)
    ends = [
        *row["interval"]["90"],
        *row["alone"]["chance"]["90"],
        row["sd"]["chance"],
        *row["limit_error"]["90"],
    ]
    assert all(end is None for end in ends) if missing == 2 else all(end is not None for end in ends)
    assert row["mean"] == pytest.approx(1.03, abs=0.01)


@pytest.mark.parametrize("given", [{"sets": 2.5}, {"seed": 1.5}, {"seed": -1}])
def test_counts_and_seeds_are_whole_numbers(small, given):
    with pytest.raises(InputError, match=next(iter(given))):
        predict(small, **given)
