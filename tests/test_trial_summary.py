"""Replicates become an answer: none is left out without a word, and every verdict can fail."""

import json
from importlib import resources
from pathlib import Path

import jsonschema
import numpy as np
import pytest

from brittlestar._shared.trial_words import beside
from brittlestar.report.endpoints import remarks
from brittlestar.trials.answers import Answers
from brittlestar.trials.endpoint import Endpoint, Published, Said
from brittlestar.trials.protocol import Protocol
from brittlestar.trials.run import run_trial
from brittlestar.trials.run_all import in_range
from brittlestar.trials.summary import (
    endpoint_rows,
    monte_carlo_se,
    near_limit,
    point_of,
    pooled,
    range_of,
    verdict,
)

RATIO = Endpoint(**{"id": "nb", "label": "Rate ratio", "kind": "rate_ratio_nb", "window": (0.0, 6.0)})


def published(value: float, low: float, high: float, arm: str = "difference") -> Published:
    return Published(arm=arm, value=value, low=low, high=high, source="assumed")


def answers(events: list[tuple[int, int]], years: float = 10.0) -> Answers:
    """Trials with so many events among treated and controls; a ratio where both have some."""
    total = np.array(events, float)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.where((total > 0).all(axis=1), total[:, 0] / total[:, 1], np.nan)
    note = np.where(np.isfinite(value), "", "no events in one arm").astype(object)
    return Answers(value, np.full(len(value), np.nan), note, total, np.full(total.shape, years))


@pytest.mark.parametrize(
    ("mean", "expected"),
    [(0.5, "outside"), (1.0, "inside"), (1.5, "inside"), (2.0, "inside"), (2.5, "outside")],
)
def test_inside_means_between_both_limits(mean, expected):
    simulated = {"mean": mean, "low": 0.0, "high": 9.0}
    assert verdict(simulated, published(1.5, 1.0, 2.0)) == expected


def test_a_mean_over_answers_alone_stands_beside_the_number_of_all_people():
    """Half of the trials have no event among the treated: the others say 1, all people together 0.5."""
    found = answers([(2, 2)] * 10 + [(0, 2)] * 10)
    row = endpoint_rows(RATIO, {"difference": found})[0]
    assert row["simulated"]["mean"] == pytest.approx(1.0)
    assert row["pooled"]["value"] == pytest.approx(0.5)
    assert (row["replicates"], row["replicates_without_answer"]) == (20, 10)
    assert row["notes"] == {"no events in one arm": 10}


def test_a_verdict_is_withheld_where_more_than_one_in_twenty_gave_no_answer():
    told = RATIO.model_copy(update={"published": (published(1.0, 0.5, 2.0),)})
    some, more = answers([(2, 2)] * 19 + [(0, 2)]), answers([(2, 2)] * 18 + [(0, 2)] * 2)
    judged, withheld = (endpoint_rows(told, {"difference": a})[0] for a in (some, more))
    assert judged["verdict"] == "inside" and withheld["verdict"] == "not judged"
    assert in_range(judged) is True and in_range(withheld) is None and withheld["near_limit"] is None
    words = RATIO.model_copy(update={"said": (Said(arm="difference", words="fell", source="assumed"),)})
    assert endpoint_rows(words, {"difference": more})[0]["verdict"] == "not judged"
    assert "2 of 20 trials gave no answer" in remarks(withheld) and "all people together" in remarks(withheld)
    assert beside(withheld, "0.9") == "not judged: 2 of 20 trials gave no answer; all people together 0.9"


def test_pooled_numbers_by_hand():
    both = answers([(1, 4), (0, 2), (3, 6)])
    assert pooled(both, ratio=True)["value"] == pytest.approx(4 / 12)
    assert pooled(both, ratio=False)["value"] == pytest.approx((4 - 12) / 30)
    one = Answers(both.value, both.p_value, both.note, both.total[:, :1], both.weight[:, :1])
    assert pooled(one, ratio=False) == pytest.approx(
        {"value": 4 / 30, "monte_carlo_se": 0.1 * np.sqrt(7 / 3) / np.sqrt(3)}
    )
    assert pooled(answers([(0, 2)]), ratio=True)["value"] is None


def test_monte_carlo_error_is_that_of_the_mean():
    values = np.array([1.0, 2.0, 3.0, 4.0, np.nan])
    assert monte_carlo_se(values) == pytest.approx(np.std([1, 2, 3, 4], ddof=1) / 2)
    ratios = np.exp(values)
    assert monte_carlo_se(ratios, ratio=True) == pytest.approx(np.exp(2.5) * np.std([1, 2, 3, 4], ddof=1) / 2)
    assert range_of(ratios, ratio=True)["mean"] == pytest.approx(np.exp(2.5))
    assert monte_carlo_se(np.array([1.0])) is None


def test_a_verdict_that_may_turn_is_marked():
    values = np.array([0.9, 1.1] * 50)  # mean 1, SE 0.01
    assert near_limit(values, False, published(1.2, 1.01, 1.5), None, 0.0) is True
    assert near_limit(values, False, published(1.2, 1.03, 1.5), None, 0.0) is False
    rose = Said(arm="difference", words="rose", source="assumed")
    assert near_limit(np.arange(1000.0) - 24.5, False, None, rose, 0.0) is True
    assert near_limit(np.arange(1000.0) + 1.0, False, None, rose, 0.0) is False


def test_a_point_of_a_curve_is_withheld_where_too_many_have_none():
    values = np.array([0.0] * 9 + [np.nan])
    assert point_of(values) == {"mean": None, "low": None, "high": None, "without_answer": 1}
    assert point_of(values[:9])["mean"] == 0.0


@pytest.fixture(scope="module")
def rare(tmp_path_factory: pytest.TempPathFactory):
    """Half a year with few people: many trials have no fracture in an arm."""
    kinds = (
        "rate_ratio_nb",
        "hazard_ratio",
        "rate_ratio_lwyy",
        "risk_ratio",
        "fracture_rate",
        "proportion_fractured",
    )
    protocol = Protocol(**{
        "id": "rare", "title": "Few fractures", "sources": ["assumed"],
        "population": {"randomised": 16, "age_years": [8, 14], "types": {"I": 1}, "source": "assumed"},
        "arms": [
            {"id": "zol", "label": "Drug", "plan": "zoledronate 0.05 mg/kg iv every 6 months for 1 year"},
            {"id": "none", "label": "None", "control": True, "plan": "no treatment"},
        ],
        "design": {"years": 0.5},
        "visits": [{"months": [0, 6], "measures": ["ls_z"]}],
        "endpoints": [{"id": k, "label": k, "kind": k, "window": [0, 6]} for k in kinds],
    })  # fmt: skip
    folder = tmp_path_factory.mktemp("rare") / "run"
    result = run_trial(protocol, replicates=120, seed=1, out=folder)
    return {(row["id"], row["arm"]): row for row in result.endpoints}, folder


def test_every_kind_counts_the_same_trials_as_missing(rare):
    """Without a fracture in one arm none of the four ratios is determined; rates and shares are."""
    rows, _ = rare
    ratios = [
        rows[kind, "difference"]
        for kind in ("rate_ratio_nb", "hazard_ratio", "rate_ratio_lwyy", "risk_ratio")
    ]
    missing = {row["replicates_without_answer"] for row in ratios}
    assert len(missing) == 1 and 6 < missing.pop() < 90
    for kind in ("fracture_rate", "proportion_fractured"):
        for arm in ("zol", "none", "difference"):
            assert rows[kind, arm]["replicates_without_answer"] == 0


def test_what_all_people_together_gave_is_the_ratio_of_the_mean_rates(rare):
    """Everybody is followed for half a year, so mean rates of the arms are those of all people."""
    rows, _ = rare
    for kind, parts in (("rate_ratio_nb", "fracture_rate"), ("risk_ratio", "proportion_fractured")):
        treated, control = (rows[parts, arm]["simulated"]["mean"] for arm in ("zol", "none"))
        together = rows[kind, "difference"]["pooled"]["value"]
        assert together == pytest.approx(treated / control)
        assert together < 0.9 * rows[kind, "difference"]["simulated"]["mean"]  # what leaving out hides


def test_the_file_and_the_page_say_it(rare):
    rows, folder = rare
    content = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    schema = json.loads(resources.files("brittlestar.trials").joinpath("results.schema.json").read_text())
    jsonschema.validate(content, schema)
    missing = rows["rate_ratio_nb", "difference"]["replicates_without_answer"]
    page = Path(folder / "report.html").read_text(encoding="utf-8")
    assert f"{missing} of 120 trials gave no answer" in page and "all people together" in page


@pytest.mark.parametrize(
    "given", [{"replicates": 0}, {"replicates": 2.5}, {"replicates": True}, {"seed": 1.5}, {"seed": None}]
)
def test_counts_and_seeds_are_whole_numbers(given):
    from brittlestar._shared.errors import InputError

    with pytest.raises(InputError, match=next(iter(given))):
        run_trial("poise", **given)
