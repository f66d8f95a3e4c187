"""Fractures predicted beside fractures found: counts, ratios and scores by value, from invented forecasts."""

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from scipy.stats import norm

from brittlestar.evidence.calibration.between_trials import GRID
from brittlestar.evidence.calibration.left_out import LeftOut
from brittlestar.evidence.calibration.points import fit_targets
from brittlestar.evidence.prediction import fractures as fractures_module
from brittlestar.evidence.prediction.fractures import (
    Fractures,
    arm_row,
    chance_of_missing,
    counted,
    log_density,
    ratios_of,
)
from brittlestar.evidence.studies.split import split
from brittlestar.trials.protocol_files import load_protocol, studies_of_library


def forecast(unit: str, mean: float, **sd: float) -> dict[str, Any]:
    return {"id": "e", "arm": "a", "time_months": 24.0, "unit": unit, "mean": mean, "sd": sd}


def test_an_arm_is_counted_in_people_or_in_fractures():
    """40 % of 50 people are 20, SD 5; 1.5 a year of 10 people in two years are 30, SD 8."""
    given = dict.fromkeys(("label", "trial", "treated", "fitted", "source"), "x")
    given |= {"endpoint": "e", "arm": "a", "months": 24}
    share = arm_row(given | {"people": 50, "found": 25}, [forecast("share", 0.4, chance=0.06, people=0.08)])
    assert (share["predicted"], share["sd"], share["z"]) == pytest.approx((20.0, 5.0, -1.0))
    rate = arm_row(given | {"people": 10, "found": 26}, [forecast("1/y", 1.5, chance=0.4, rivals=0.0)])
    assert (rate["predicted"], rate["sd"], rate["z"]) == pytest.approx((30.0, 8.0, 0.5))


def test_counts_are_of_calibration_studies_and_of_endpoints_that_are_there():
    untreated = [row["treated"] for row in counted()]
    assert untreated == sorted(untreated) and not untreated[0]
    places = studies_of_library()
    for row in counted():
        assert places.get(row["trial"], row["trial"]) in split().of("calibration")
        protocol = load_protocol(row["trial"])
        assert row["arm"] in {arm.id for arm in protocol.arms}
        assert (row["endpoint"], float(row["months"])) in {(e.id, e.months) for e in protocol.endpoints}


def ratio(study: str, observed: float, gap: float, sd: float, sampling: float) -> LeftOut:
    target = fit_targets().targets[0].model_copy(update={"observed": observed, "id": study, "label": study})
    return LeftOut(
        study, "fracture effect", (target,), np.array([gap]), np.array([[sd**2]]),
        np.array([sampling]), np.array([observed]), 0.1,
    )  # fmt: skip


def test_ratios_are_scored_against_what_the_others_found():
    """Of a the others found -0.5 +- 0.3 and -0.2 +- 0.6: weights 4 to 1, -0.44 +- 0.268."""
    rows = ratios_of([ratio("a", -0.7, 0.1, 0.2, 0.3), ratio("b", -0.5, 0.0, 0.2, 0.3),
                      ratio("c", -0.2, 0.0, 0.2, 0.6)])  # fmt: skip
    first = rows[0]
    assert (first["found"], first["predicted"]) == pytest.approx((-0.7, -0.6))
    error = (1 / 0.09 + 1 / 0.36) ** -0.5
    # At tau 0 alone, so that scores are those of normals.
    at_zero = np.zeros(len(GRID))
    at_zero[0] = 1.0
    assert log_density(-0.7 + 0.44, error**2 + 0.09, at_zero) == pytest.approx(
        norm.logpdf(-0.26, scale=math.hypot(error, 0.3))
    )
    score = first["log_score"]
    assert score["model"] > score["constant effect"] > score["no effect"]
    half = 0.5 * np.isin(np.arange(len(GRID)), (0, 100))
    both = 0.5 * (norm.pdf(0.3, scale=0.4) + norm.pdf(0.3, scale=math.hypot(0.4, GRID[100])))
    assert log_density(0.3, 0.16, half) == pytest.approx(math.log(both))


def test_the_chance_of_missing_is_that_of_finding_nothing(monkeypatch: pytest.MonkeyPatch):
    asked = {}
    row = {"test": "rate_ratio", "months": 24.0, "size": 159, "share": 0.3, "se": 0.04, "label": "Rate"}
    other = row | {"months": 12.0, "share": 0.9}
    protocol = SimpleNamespace(title="Trial")

    def power(trial: str, **given: Any) -> Any:
        asked.update(given | {"trial": trial})
        return SimpleNamespace(power=[other, row], protocol=protocol)

    monkeypatch.setattr(fractures_module, "power", power)
    found = chance_of_missing(3)
    assert (found["misses"], found["standard_error"]) == (pytest.approx(0.7), 0.04)
    assert asked == {"trial": "orbit-like", "sizes": [159], "replicates": 1600, "draws": 16, "seed": 3}


def test_arms_within_one_sd_and_gains_of_score_are_counted():
    arms = [{"label": str(z), "z": z} for z in (0.5, -1.5, 0.9, 3.0)]
    scores = [{"log_score": {"model": m, "constant effect": 0.0, "no effect": -1.0}} for m in (0.2, 0.4)]
    summary = Fractures(arms, scores, {}, {}).summary()
    assert (summary["arms"], summary["within_one_sd"], summary["share"]["value"]) == (4, 2, 0.5)
    # Clopper and Pearson, 2 of 4: 0.068 to 0.932.
    assert (summary["share"]["low"], summary["share"]["high"]) == pytest.approx((0.0676, 0.9324), abs=1e-3)
    gain = summary["log_score"]["no effect"]
    assert (gain["gain"], gain["standard_error"]) == pytest.approx((1.3, 0.1))
