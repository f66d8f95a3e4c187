"""What the arms of a protocol give, and what is unusual in them, told by name in every door of a trial."""

import json
import tomllib
from importlib import resources
from types import SimpleNamespace as Made
from typing import Any

import jsonschema
import numpy as np
import pytest

from brittlestar._shared.output import output_directory
from brittlestar.care import as_plan, calibrated_on
from brittlestar.cli import tables
from brittlestar.engine import default_parameters, with_values
from brittlestar.evidence.calibration.points import fit_targets
from brittlestar.evidence.calibration.targets import plan_of
from brittlestar.evidence.prediction.extrapolation import SLACK, extrapolations, seen
from brittlestar.report import power as power_report
from brittlestar.report import prediction as prediction_report
from brittlestar.report.page import html
from brittlestar.report.trial import view as trial_view
from brittlestar.trials.arms import arm_rows, doses, warnings_of
from brittlestar.trials.power.simulation import power_of
from brittlestar.trials.protocol import Protocol
from brittlestar.trials.protocol_files import load_protocol
from brittlestar.trials.run import run_trial
from brittlestar.web.jobs import results

TEXT = """
id = "arms"
title = "Arms"
sources = ["assumed"]
population = {{ randomised = {people}, age_years = {ages}, types = {types}, source = "assumed" }}
arms = [
  {{ id = "a", label = "A", plan = "{a}" }},
  {{ id = "b", label = "B", control = true, plan = "{b}" }},
]
design = {{ years = {years} }}
visits = [{{ months = [0, 12], measures = ["ls_abmd"] }}]

[[endpoints]]
id = "density"
label = "Density, change in %"
kind = "pct_change"
measure = "ls_abmd"
month = 12

[[endpoints]]
id = "rate_ratio"
label = "Fractures, rate ratio"
kind = "rate_ratio_nb"
window = [0, 12]
"""
ZOLEDRONATE = "zoledronate 0.05 mg/kg iv every 6 months"
USUAL: dict[str, Any] = {
    "people": 20, "ages": [2, 15], "types": "{ I = 1, III = 1 }", "a": ZOLEDRONATE, "b": "no treatment",
    "years": 1,
}  # fmt: skip
UNUSUAL = {"a": "zoledronate 4 mg iv every 6 months", "b": "vitamin D 3500 IU/day"}
POOLED = "0.71 (0.52 to 0.96)"


def protocol(**told: Any) -> Protocol:
    return Protocol(**tomllib.loads(TEXT.format(**USUAL | told)))


def rules(found: Protocol, arm: str | None) -> dict[str, str]:
    return {one["rule"]: one["message"] for one in warnings_of(found) if one["arm"] == arm}


def test_a_plan_is_looked_at_for_the_lightest_and_the_youngest():
    found = protocol(**UNUSUAL)
    assert "4 mg at 7.6 kg is 0.526 mg/kg" in rules(found, "a")["dose-above-published"]
    # 2500 IU a day are the upper level from 1 to 4 years, 3000 to 9, 4000 after.
    assert (
        "upper level at this age 2500 (the first of entries at 2 to 8 years)"
        in (rules(found, "b")["above-upper-intake"])
    )
    heavy = found.population.model_copy(update={"eligibility": {"weight_kg": {"min": 40}}})
    said = rules(found.model_copy(update={"population": heavy}), "a")["dose-above-published"]
    assert "4 mg at 40 kg is 0.1 mg/kg" in said


def test_every_check_that_is_made_for_a_person_is_made_for_an_arm():
    """Whatever is unusual for a person of the population is told for the trial, by the same name."""
    plans = (
        "zoledronate 0.2 mg/kg iv every 6 months",
        "denosumab 1 mg/kg every 3 months for 6 months",
        f"{ZOLEDRONATE}, stop at 3 years",
        "risedronate 5 mg/day, with food",
        "zoledronate 4 mg iv every 6 months",
        f"{ZOLEDRONATE} over 0.1 hours",
        f"{ZOLEDRONATE}, osteotomy of the femur at 2 years",
    )
    for words in plans:
        plan = as_plan(words)
        told = set(rules(protocol(a=words), "a"))
        for age, weight in ((2.0, 8.0), (9.0, 20.0), (15.0, 45.0)):
            person = {w.rule for w in plan.check(weight_kg=weight, age_years=age, years=1.0)}
            assert person <= told, (words, person - told)


def test_what_the_population_and_the_conduct_make_unusual_is_named():
    crowd = protocol(people=20, types="{ I = 1000, III = 1 }")
    assert rules(crowd, None)["type-without-people"] == "of 20 people none has type III"
    leaving = crowd.conduct.model_copy(update={"dropout_per_year": 3.0})
    few = crowd.model_copy(update={"conduct": leaving})
    assert rules(few, None)["few-people-left"].startswith("0.5 people")
    assert "beyond-reference-ages" in rules(protocol(ages=[60, 79.5], a="alendronate 70 mg/week"), None)
    visits = tuple(v.model_copy(update={"days_after_dose": 3.0}) for v in crowd.visits)
    far = crowd.model_copy(update={"visits": visits})
    assert "ls_abmd of month 12 is measured on day 186" in rules(far, None)["visit-far-from-its-month"]
    assert not warnings_of(protocol(a="pamidronate 1 mg/kg/day for 3 days every 4 months"))


def test_where_height_is_measured_on_treatment_both_readings_of_its_effect_are_told():
    """Growth may be faster by the range of outcomes/height.toml, which moves no height of a trial."""
    measured = protocol().visits[0].model_copy(update={"measures": ("height_cm",)})
    tall = protocol().model_copy(update={"visits": (measured,)})
    said = rules(tall, None)["height-on-treatment"]
    assert "faster by 0 to 17 %" in said and "did not differ" in said
    assert "height-on-treatment" not in rules(protocol(), None)
    for other in ({"a": "no treatment"}, {"ages": [25, 55]}):
        without = protocol(**other).model_copy(update={"visits": (measured,)})
        assert "height-on-treatment" not in rules(without, None)
    poise = load_protocol("poise")
    for calibration in (True, False):  # a trial and its power, and a prediction
        assert "height-on-treatment" in {one["rule"] for one in warnings_of(poise, calibration)}


def test_doses_are_counted_by_year_and_by_age_where_the_plan_goes_by_age():
    (arm, control) = arm_rows(protocol(years=2))
    assert arm["doses"] == "zoledronate: 4 infusions, 2 in each of years 1 to 2."
    assert arm["doses_per_year"] == [
        {
            "age_years": None,
            "sex": None,
            "drugs": [{"drug": "zoledronate", "what": "infusion", "per_year": [2, 2]}],
        }
    ]
    assert control["doses"] == "No dose is given."
    assert control["doses_per_year"] == [{"age_years": None, "sex": None, "drugs": []}]
    weeks = protocol(a="zoledronate 0.05 mg/kg iv every 26 weeks for 1 year")
    assert doses(weeks, weeks.arms[0])["doses"] == "zoledronate: 2 infusions."
    stopped = protocol(years=3, ages=[9, 13], a=f"{ZOLEDRONATE}, stop at 12 years")
    groups = doses(stopped, stopped.arms[0])["doses_per_year"]
    counts = {tuple(g["age_years"]): g["drugs"][0]["per_year"] if g["drugs"] else [] for g in groups}
    assert counts[9.0, 9.0] == [2, 2, 2] and counts[11.0, 11.0] == [2, 0, 0]
    assert "people aged 9 at entry: zoledronate: 6 infusions" in doses(stopped, stopped.arms[0])["doses"]


def test_terminal_files_and_reports_of_a_trial_tell_doses_warnings_and_pooled_trials(tmp_path, capsys):
    found = protocol(**UNUSUAL)
    run_trial(found, replicates=2, out=tmp_path / "run")
    content = json.loads((tmp_path / "run" / "results.json").read_text(encoding="utf-8"))
    schema = resources.files("brittlestar.trials").joinpath("results.schema.json").read_text("utf-8")
    jsonschema.validate(content, json.loads(schema))
    assert content["warnings"] == warnings_of(found)
    assert content["trial"]["arms"][0]["doses"] == "zoledronate: 2 infusions."
    ratios = [row for row in content["endpoints"] if row["id"] == "rate_ratio"]
    assert ratios and all(row["fractures_in_trials"]["value"] == 0.71 for row in ratios)
    assert all(row["fractures_in_trials"] is None for row in content["endpoints"] if row["id"] == "density")
    tables.show(trial_view(content))
    page = (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    for text in (capsys.readouterr().out, page):
        said = " ".join(text.split())
        assert "zoledronate: 2 infusions." in said and "dose-above-published" in said and POOLED in said
        assert "vitamin D 3500 IU/day; upper level at this age 2500" in said
        assert f"{content['screened']} candidates were screened" in said
    job: Any = Made(asked={"text": TEXT.format(**USUAL | UNUSUAL), "replicates": 2}, folder=tmp_path, id="x")
    shown = " ".join(results.trial_result(job)["html"]["result"].split())
    assert "zoledronate: 2 infusions." in shown and "dose-above-published" in shown and POOLED in shown


def test_power_tells_the_same_on_every_side(tmp_path, capsys):
    content = power_of(protocol(**UNUSUAL), sizes=[20], replicates=100, people=60).to_dict()
    tables.show(power_report.view(content))
    with output_directory(tmp_path / "run") as folder:
        (folder / "power.json").write_text(json.dumps(content), encoding="utf-8")
    job: Any = Made(folder=tmp_path, id="x")
    page = results.power_result(job)["html"]["result"]
    for text in (capsys.readouterr().out, html(power_report.view(content)), page):
        said = " ".join(text.split())
        assert "zoledronate: 2 infusions." in said and "dose-above-published" in said and POOLED in said
        assert "Fracture rate ratio of the model, difference, 12 months" in said


def test_a_prediction_tells_the_same_and_what_the_calibration_lacks(capsys):
    from brittlestar.evidence.prediction.predict import predict

    found = predict(protocol(**UNUSUAL), sets=2)
    view = prediction_report.view(found.to_dict())
    tables.show(view)
    for text in (capsys.readouterr().out, html(view)):
        said = " ".join(text.split())
        assert "zoledronate: 2 infusions." in said and "dose-above-published" in said and POOLED in said
        assert (
            "the calibration studies hold no numbers of zoledronate by infusion in people with osteogenesis "
            "imperfecta" in said
        )
        assert "not seen in people" not in said


@pytest.mark.parametrize(
    ("plan", "flags"),
    [
        ("risedronate 2 mg/kg/week", set()),  # the largest dose of the studies, 104 mg/kg a year
        ("risedronate 2.4 mg/kg/week", set()),
        ("risedronate 2.6 mg/kg/week", {"dose"}),
        ("pamidronate 1 mg/kg/day for 3 days every 20 weeks", set()),
        ("pamidronate 1.5 mg/kg/day for 3 days every 6 months", {"interval"}),
    ],
)
def test_doses_and_intervals_beyond_a_quarter_more_than_the_calibration_holds_are_flagged(plan, flags):
    found = {one["what"] for one in extrapolations(protocol(a=plan, ages=[6, 12])) if one["arm"] == "a"}
    assert SLACK == 1.25 and found == flags


def test_ages_and_drugs_of_the_calibration_are_those_of_its_targets():
    """From the entry of the youngest cohort to the last number of the oldest; those that overlap as one."""
    oi = {name for name, cohort in fit_targets().cohorts.items() if set(cohort.types) != {"healthy"}}
    spans: dict[str, list[tuple[float, float]]] = {calibrated_on.ANYBODY: []}
    for target in fit_targets().fitted:
        for name in {name for name, _ in target.arms} & oi:
            ages = fit_targets().cohorts[name].ages
            spans[calibrated_on.ANYBODY].append((min(ages), max(ages) + target.months / 12.0))
    for course in seen():
        spans.setdefault(course.drug, []).append((course.ages[0], course.ages[1] + course.years))
    assert set(spans) == set(calibrated_on.AGES)
    for drug, found in spans.items():
        merged: list[list[float]] = []
        for low, high in sorted(found):
            if merged and low <= merged[-1][1]:
                merged[-1][1] = max(high, merged[-1][1])
            else:
                merged.append([low, high])
        assert [tuple(round(x, 1) for x in span) for span in merged] == list(calibrated_on.AGES[drug]), drug
    treated = {
        (name, words)
        for t in fit_targets().fitted
        for name, words in t.arms
        if name not in oi and plan_of(words).all_drugs
    }
    ages = {True: set(), False: set()}
    for name, _ in treated:
        cohort = fit_targets().cohorts[name]
        ages[max(cohort.ages) < 18.0].update(cohort.ages)
    assert (min(ages[False]), max(ages[False])) == (53.0, 79.0)
    assert (min(ages[True]), max(ages[True])) == (7.5, 14.5)
    assert {words.split()[0] for name, words in treated if max(fit_targets().cohorts[name].ages) < 18.0} == {
        "zoledronate"
    }


def test_no_trial_that_ships_loses_people_or_visits():
    for name in ("poise", "rauch2003", "plotkin2000"):
        told = {one["rule"] for one in warnings_of(load_protocol(name))}
        assert told <= {"age-outside-calibration", "drug-outside-calibration", "height-on-treatment"}, name


def test_a_limit_that_holds_people_back_is_a_warning_of_the_trial():
    p = default_parameters()
    many = with_values(p, fracture__h_scale=30.0 * np.asarray(p.fracture.h_scale))
    found = run_trial("munns2005", replicates=2, seed=1, parameters=many)
    met = [row for row in found.warnings if row["rule"] == "fracture-ceiling"]
    assert len(met) == 1 and "level off at 100" in met[0]["message"]
    usual = run_trial("munns2005", replicates=2, seed=1)
    assert not any(row["rule"] == "fracture-ceiling" for row in usual.warnings)
