"""Fractures predicted beside fractures found: counts, ratios and scores by value, from invented forecasts."""

import json
import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from scipy.stats import norm

from brittlestar._shared.manifest import CLOSING
from brittlestar._shared.table import Column, Table
from brittlestar.evidence.calibration.between_trials import GRID, Form, between_trials
from brittlestar.evidence.calibration.left_out import LeftOut
from brittlestar.evidence.calibration.points import fit_targets
from brittlestar.evidence.calibration.risk_by_density import log_slope
from brittlestar.evidence.prediction.fractures import hip_density, missed
from brittlestar.evidence.prediction.fractures.counts import (
    CohortArm,
    Counted,
    TrialArm,
    arm_row,
    cohort_rows,
    counted,
)
from brittlestar.evidence.prediction.fractures.drug_ratios import AskedRatio, as_targets, asked, drug_ratios
from brittlestar.evidence.prediction.fractures.ratios import (
    Constant,
    constant_effect,
    gain,
    log_density,
    ratios_of,
    widest,
)
from brittlestar.evidence.prediction.fractures.result import Fractures
from brittlestar.evidence.prediction.laws import law_weights
from brittlestar.evidence.prediction.over_sets import OverSets
from brittlestar.evidence.studies.split import split
from brittlestar.report.fractures import view
from brittlestar.report.markdown import markdown
from brittlestar.report.view import View
from brittlestar.statistics.forecasts import log_score
from brittlestar.trials.protocol_files import load_protocol


def forecast(unit: str, mean: float, **sd: float) -> dict[str, Any]:
    return {"id": "e", "arm": "a", "time_months": 24.0, "unit": unit, "mean": mean, "sd": sd}


def trial_arm(people: int, found: int) -> TrialArm:
    return TrialArm(
        label="x", people=people, found=found, treated=False, fitted=False, source="x", trial="poise",
        endpoint="e", months=24, arm="a",
    )  # fmt: skip


def test_an_arm_is_counted_in_people_or_in_fractures():
    """40 % of 50 people are 20, SD 5; 1.5 a year of 10 people in two years are 30, SD 8."""
    share = arm_row(trial_arm(50, 25), [forecast("share", 0.4, chance=0.06, people=0.08)])
    assert (share["predicted"], share["sd"], share["z"]) == pytest.approx((20.0, 5.0, -1.0))
    rate = arm_row(trial_arm(10, 26), [forecast("1/y", 1.5, chance=0.4, rivals=0.0)])
    assert (rate["predicted"], rate["sd"], rate["z"]) == pytest.approx((30.0, 8.0, 0.5))


def same_everywhere(*values: float) -> OverSets:
    """Nothing is left open by parameters or laws."""
    return OverSets(np.tile(values, (3, 1)), np.tile(values, (len(law_weights()), 1)))


def cohort_arm(**fields: Any) -> CohortArm:
    return CohortArm(
        **{"label": "x", "people": 20, "found": 45, "treated": False, "fitted": False, "source": "x",
           "study": "orbit_phase2", "cohort": "orbit_phase2", "plan": "no treatment"} | fields
    )  # fmt: skip


def test_a_cohort_without_a_protocol_is_counted_with_its_frailty_and_level():
    """.4 a year in 100 person-years of 20 people: 40, by frailty of variance .35 40 + .35 x 40^2/20 = 68.

    A tenth of 20 people have a fracture: 2, binomial 1.8; an offset of ln rate moves it by 20 x .9 x -ln .9.
    """
    arms = (
        cohort_arm(kind="rate", person_years=100),
        cohort_arm(kind="first_fracture", months=9, treated=True),
    )
    known = between_trials()
    level, effect = (known[kind].constant.rms for kind in ("fracture level", "fracture effect"))
    rate, share = cohort_rows(
        Counted.model_construct(arms=(), cohort_arms=arms, cohorts={}), same_everywhere(0.4, 0.1)
    )
    assert (rate["predicted"], rate["sd"]) == pytest.approx((40.0, math.hypot(68.0**0.5, 40.0 * level)))
    assert rate["z"] == pytest.approx(-5.0 / rate["sd"])
    moved = -18.0 * math.log(0.9)
    assert share["sd"] == pytest.approx(math.sqrt(1.8 + moved**2 * (level**2 + effect**2)))


@pytest.mark.parametrize(
    "fields", [{"kind": "rate", "months": 9}, {"kind": "first_fracture", "person_years": 3}]
)
def test_a_count_says_its_time(fields: dict[str, Any]):
    with pytest.raises(ValueError, match="person_years"):
        cohort_arm(**fields)


def test_counts_are_of_studies_that_may_be_told_and_of_endpoints_that_are_there():
    found = counted()
    for row in found.arms:
        protocol = load_protocol(row.trial)
        assert row.arm in {arm.id for arm in protocol.arms}
        assert (row.endpoint, float(row.months)) in {(e.id, e.months) for e in protocol.endpoints}
    told = {row.study for row in (*found.arms, *found.cohort_arms)}
    assert not told & set(split().of("validation"))
    hidden = cohort_arm(kind="rate", person_years=9, study=next(iter(split().of("validation"))))
    with pytest.raises(ValueError, match="none of calibration, test, check"):
        Counted(arms=(), cohort_arms=(hidden,), cohorts={})


def ratio(study: str, observed: float, gap: float, sd: float, sampling: float) -> LeftOut:
    target = fit_targets().targets[0].model_copy(update={"observed": observed, "id": study, "label": study})
    return LeftOut(
        study, "fracture effect", (target,), np.array([gap]), np.array([[sd**2]]),
        np.array([sampling]), np.array([observed]), 0.1,
    )  # fmt: skip


def taus(*at: int) -> Form:
    """tau at these places of the grid, each as likely."""
    return Form(np.isin(np.arange(len(GRID)), at) / len(at), 0.0)


def test_ratios_are_scored_against_what_the_others_found():
    """Of a the others found -0.5 +- 0.3 and -0.2 +- 0.6: weights 4 to 1, -0.44 +- 0.268."""
    rows = [ratio("a", -0.7, 0.1, 0.2, 0.3), ratio("b", -0.5, 0.0, 0.2, 0.3),
            ratio("c", -0.2, 0.0, 0.2, 0.6)]  # fmt: skip
    first = ratios_of(rows)[0]
    assert (first["found"], first["predicted"]) == pytest.approx((-0.7, -0.6))
    error = (1 / 0.09 + 1 / 0.36) ** -0.5
    assert constant_effect(rows[1:]) == pytest.approx(Constant(-0.44, error))
    # At tau 0 alone, so that scores are those of normals.
    assert log_density(-0.7 + 0.44, error**2 + 0.09, taus(0)) == pytest.approx(
        norm.logpdf(-0.26, scale=math.hypot(error, 0.3))
    )
    score = first["log_score"]
    assert score["model"] > score["constant effect"] > score["no effect"]
    both = 0.5 * (norm.pdf(0.3, scale=0.4) + norm.pdf(0.3, scale=math.hypot(0.4, GRID[100])))
    assert log_density(0.3, 0.16, taus(0, 100)) == pytest.approx(math.log(both))


def test_the_widest_interval_is_that_of_sampling_and_tau():
    """Sampling .15 and tau .2 are .25 together: 2 x 1.645 x .25."""
    assert widest(0.15) == pytest.approx(0.8225)
    assert ratios_of([ratio(name, 0.0, 0.0, 0.1, 0.15) for name in "ab"])[0]["widest_90"] == widest(0.15)


def test_a_study_counts_once_however_many_its_results():
    """Gains 1 and 3 of one study are 2, beside 4 of another: 3 +- 1."""
    rows = [
        {"study": s, "log_score": {"model": g, "none": 0.0}} for s, g in (("a", 1.0), ("a", 3.0), ("b", 4.0))
    ]
    assert gain(rows, "none") == {"gain": 3.0, "standard_error": 1.0, "studies": 2, "results": 3}
    assert gain(rows[2:], "none")["standard_error"] is None


def test_the_log_score_of_draws_is_the_mean_density():
    one = log_score(np.array([0.0, 1.0]), 0.5, 0.25)
    assert one == pytest.approx(norm.logpdf(0.5, scale=0.25))
    apart = log_score(np.array([0.0, 2.0]), 0.0, 0.5)
    assert apart == pytest.approx(math.log(0.5 * (norm.pdf(0.0, scale=0.5) + norm.pdf(2.0, scale=0.5))))


def test_the_chance_of_missing_is_that_of_finding_nothing(monkeypatch: pytest.MonkeyPatch):
    asked = {}
    row = {"test": "rate_ratio", "months": 24.0, "size": 159, "share": 0.3, "se": 0.04, "label": "Rate"}
    other = row | {"months": 12.0, "share": 0.9}
    protocol = SimpleNamespace(title="Trial")

    def power(trial: str, **given: Any) -> Any:
        asked.update(given | {"trial": trial})
        return SimpleNamespace(power=[other, row], protocol=protocol)

    monkeypatch.setattr(missed, "power", power)
    found = missed.chance_of_missing(3)
    assert (found["misses"], found["standard_error"]) == (pytest.approx(0.7), 0.04)
    assert asked == {"trial": "orbit-like", "sizes": [159], "replicates": 1600, "draws": 16, "seed": 3}


def test_a_ratio_by_drug_has_three_intervals_each_wider_than_the_one_before():
    """Found .8 (.64 to 1): ln -.223, SE .114; nothing left open, so the mean effect is one number."""
    test = AskedRatio(group="g", label="a", cohort="freedom_test", plan="denosumab 60 mg every 6 months",
                      months=36, site="limb", found=(0.8, 0.64, 1.0), study="freedom_test",
                      source="x")  # fmt: skip
    bare = test.model_copy(update={"found": None, "study": "", "source": ""})
    row, alone = drug_ratios([test, bare], same_everywhere(-0.3, -0.5), Constant(-0.2, 0.0), 1)
    assert row["effect_90"] == pytest.approx([-0.3, -0.3])
    assert row["found"] == pytest.approx(math.log(0.8)) and row["sampling_sd"] == pytest.approx(
        0.1139, abs=1e-4
    )
    widths = [row[name][1] - row[name][0] for name in ("effect_90", "people_90", "trial_90")]
    assert widths[0] < widths[1] < widths[2] and row["inside_90"]
    assert row["log_score"]["constant effect"] > row["log_score"]["no effect"]
    assert alone["found"] is None and "log_score" not in alone


def test_a_pool_lies_nearer_to_the_mean_effect_than_a_trial():
    one = next(row for row in asked() if row.trials == 1 and row.found)
    rows = [one, one.model_copy(update={"trials": 16})]
    widths = [
        np.ptp(row["people_90"]) for row in drug_ratios(rows, same_everywhere(-0.3, -0.3), Constant(0, 0), 1)
    ]
    assert widths[1] == pytest.approx(widths[0] / 4.0, rel=0.05)


def test_ratios_that_are_asked_for_say_what_they_are():
    rows = asked()
    drugs: dict[str, set[str]] = {row.label: set() for row in rows if row.group.startswith("adults")}
    for row in rows:
        drugs.get(row.label, set()).add(row.site)
    assert all(sites == {"limb", "vertebral"} for sites in drugs.values())
    found = as_targets(rows)
    types = [set(found.cohorts[t.cohort].types) for row, t in zip(rows, found.targets) if row.type]
    assert types == [{row.type} for row in rows if row.type]
    fields: dict[str, Any] = rows[0].model_dump()
    with pytest.raises(ValueError, match="not kept for a test"):
        AskedRatio.model_validate(fields | {"study": "horizon", "overlaps": ""})
    with pytest.raises(ValueError, match="overlaps with"):
        AskedRatio.model_validate(fields | {"study": "freedom_test"})


def test_the_slope_of_a_rate_is_that_it_was_made_with():
    rng = np.random.default_rng(1)
    x, age = rng.normal(size=(2, 4000))
    rate = 0.02 * np.exp(0.4 * x + 0.3 * age) * rng.gamma(4.0, 0.25, 4000)
    assert log_slope(rate, x, age) == pytest.approx(0.4, abs=0.03)
    assert log_slope(rate, x) == pytest.approx(0.4, abs=0.05)


def gain_row(pct: float, ratio: float, low: float, high: float) -> dict[str, Any]:
    one = {"ratio": ratio, "effect_95": [low, high], "people_95": [low / 2.0, high * 2.0]}
    return {"drug": "x", "gain_pct": pct} | {
        site: one | {"above_threshold": pct >= hip_density.threshold(site)} for site in ("limb", "vertebral")
    }


def test_the_line_through_the_drugs_and_who_agrees_with_the_threshold():
    """ln ratio -.1 a per cent; needed are 2.13 % for limbs, 1.42 % for vertebrae."""
    gains = [gain_row(pct, math.exp(-0.1 * pct), *ends)
             for pct, ends in ((1.0, (0.8, 1.1)), (1.8, (0.7, 1.2)), (4.0, (0.5, 0.9)))]  # fmt: skip
    limb, spine = hip_density.lines(gains)
    assert (limb["r2"], limb["ratio_per_1_pct"]) == pytest.approx((1.0, math.exp(-0.1)))
    assert limb["ratio_at_threshold"] == pytest.approx(math.exp(-0.213))
    assert limb["agree"] == {"effect_95": 3, "people_95": 2}
    assert spine["agree"] == {"effect_95": 2, "people_95": 1} and spine["found_r2"] == 0.73


def test_hip_density_is_asked_of_every_drug_with_both_kinds_of_fracture():
    found = hip_density.gain_targets()
    assert len(found.targets) == 3 * len(hip_density.DRUGS)
    run = same_everywhere(*[4.0, -0.3, -0.7] * len(hip_density.DRUGS))
    row = hip_density.gains_of(run, 1)[0]
    assert row["gain_pct"] == 4.0 and row["limb"]["ratio"] == pytest.approx(math.exp(-0.3))
    assert row["limb"]["effect_95"] == pytest.approx([math.exp(-0.3)] * 2)
    assert row["vertebral"]["people_95"][0] < math.exp(-0.7) < row["vertebral"]["people_95"][1]


def whole(arms: list[dict[str, Any]], ratios: list[dict[str, Any]], drugs: list[dict[str, Any]]) -> Fractures:
    gains = [gain_row(pct, math.exp(-0.1 * pct), 0.5, 0.9) for pct in (1.0, 2.0, 4.0)]
    density = {
        "gradients": [
            {
                "fractures": "hip",
                "found": 2.27,
                "model": 1.3,
                "interval_90": [1.1, 1.5],
                "model_at_one_age": 1.2,
            }
        ],
        "gains": gains,
        "lines": hip_density.lines(gains),
    }
    miss = {"trial": "Trial", "people": 159, "misses": 0.6, "standard_error": 0.02, "found": "missed"}
    return Fractures(arms, ratios, drugs, density, miss, {})


def test_arms_within_one_sd_and_gains_of_score_are_counted_printed_and_written(tmp_path: Path):
    count = {"people": 9, "found": 3, "predicted": 4.0, "sd": 2.0, "fitted": True}
    arms = [count | {"label": str(z), "z": z, "treated": z > 1} for z in (0.5, -1.5, 0.9, 3.0)]
    ratios = [
        {"study": s, "label": s, "found": -0.3, "sampling_sd": 0.2, "predicted": -0.2, "leverage": 0.3,
         "interval_90": [-0.6, 0.2], "widest_90": width,
         "log_score": {"model": m, "constant effect": 0.5, "no effect": -1.0}}
        for s, m, width in (("a", 0.2, 0.9), ("b", 0.4, 0.7))
    ]  # fmt: skip
    drug = {"group": "by type", "label": "x", "site": "limb", "study": "", "overlaps": "", "source": "",
            "predicted": -0.2, "effect_90": [-0.3, -0.1], "people_90": [-0.5, 0.1],
            "found": None}  # fmt: skip
    found = whole(arms, ratios, [drug])
    summary = found.summary()
    assert (summary["arms"], summary["within_one_sd"], summary["share"]["value"]) == (4, 2, 0.5)
    assert (summary["untreated"], summary["untreated_within_one_sd"]) == (3, 2)
    # Clopper and Pearson, 2 of 4: 0.068 to 0.932.
    assert (summary["share"]["low"], summary["share"]["high"]) == pytest.approx((0.0676, 0.9324), abs=1e-3)
    assert (summary["no_wider_than_stated"], summary["ratios"]) == (1, 2)
    none = summary["log_score"]["no effect"]
    assert (none["gain"], none["standard_error"]) == pytest.approx((1.3, 0.1))
    printed = " ".join(str(part) for part in view(found.to_dict()).printed)
    assert "over constant effect -0.20 ± 0.10 (a loss)" in printed
    assert "misses its fracture endpoint in 60 ± 2 %" in printed
    found.save(tmp_path / "f")
    written = (tmp_path / "f" / "fractures.md").read_text().splitlines()
    for line in (
        "| -1.5 | 9 | 3 | 4.00 | 2.00 | -1.5 | yes |",
        "**Ratios, each predicted from the other studies**",
        "| ln ratio of fractures | found | SE | predicted without it (90 %) | width | widest | leverage |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
        "| b | −0.300 | 0.200 | −0.200 (−0.600 to 0.200) | 0.800 | 0.700 | 0.30 |",
        "Trial: a trial of 159 people misses its fracture endpoint in 60 ± 2 % (missed).",
    ):
        assert line in written, line
    assert written[-1] == CLOSING
    assert json.loads((tmp_path / "f" / "fractures.json").read_text())["summary"] == summary


def test_a_line_in_a_cell_makes_no_cell_of_markdown():
    table = Table.of("endpoint", Column("n", right=True)).with_rows([("|Z|", 3)])
    assert "| \\|Z\\| | 3 |" in markdown(View("", "", {}, {}, printed=(table,)))
