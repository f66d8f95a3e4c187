"""Open questions of the factsheet: answers mixed over laws, and how far laws and trials move them."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from brittlestar.engine import default_parameters, with_values
from brittlestar.evidence.leaflet import uncertainty
from brittlestar.evidence.leaflet.open_pages import SWITCHES, Answers, page_of, reach
from brittlestar.evidence.leaflet.prose import all_words
from brittlestar.evidence.leaflet.topics.open_questions import QUESTIONS

WEIGHTS = {"usual": 0.2, "strong": 0.6, "weak": 0.2}


@pytest.fixture(autouse=True)
def known_laws(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three laws of known weight."""
    room = "brittlestar.evidence.leaflet"
    monkeypatch.setattr(uncertainty, "weights", lambda: WEIGHTS)
    monkeypatch.setattr(f"{room}.open_pages.weights", lambda: WEIGHTS)
    labels = {name: SimpleNamespace(label=name.capitalize()) for name in WEIGHTS}
    monkeypatch.setattr(f"{room}.open_pages.rivals", lambda: labels)


def test_an_answer_is_mixed_by_the_evidence_of_its_laws() -> None:
    assert uncertainty.mixed({"usual": 10.0, "strong": 20.0, "weak": 40.0}) == pytest.approx(22.0)
    assert uncertainty.mixed({"usual": 10.0, "strong": 20.0}) == pytest.approx(17.5)  # weights of those told


def test_no_law_was_fitted_to_parameters_that_do_not_ship() -> None:
    changed = with_values(default_parameters(), shared__aD=0.0)
    assert list(uncertainty.laws(changed)) == ["usual"]


def test_trials_lie_apart_by_one_spread_or_in_proportion_to_the_effect(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    form = SimpleNamespace(rms=0.2)
    for relative, expected in ((None, 0.2), (form, 0.2 * np.log(2.0))):
        known = {"fracture effect": SimpleNamespace(kept=form, relative=relative)}
        monkeypatch.setattr(uncertainty, "between_trials", lambda known=known: known)
        assert uncertainty.spread_of_effect(0.5) == pytest.approx(expected)


def page(**changed: Any) -> dict[str, Any]:
    """The page of the question on leg and spine."""
    told = {"leg": 30.0, "vertebra": 50.0}
    answers = {
        "shipped": told,
        "by_law": {"usual": told, "strong": {"leg": 40.0, "vertebra": 60.0}},
        "between_trials": {"leg": (5.0, 48.0), "vertebra": (30.0, 65.0)},
        "drawn": [{"leg": 30.0 + i, "vertebra": 50.0 + i} for i in (-2.0, 0.0, 2.0)],
        "switched": {key: {"leg": 20.0, "vertebra": 45.0} for key in SWITCHES},
    }
    id = "spine-and-long-bones"
    return page_of(id, QUESTIONS[id], Answers(**(answers | changed)))


def test_a_page_says_how_far_laws_trials_parameters_and_switches_move_its_answer() -> None:
    moves = page()["moves"]
    assert "30 % as shipped, 38 % with laws mixed" in moves  # (0.2 x 30 + 0.6 x 40)/0.8
    assert "By law 30 % to 40 %" in moves and "by trial 5.0 % to 48 %" in moves
    assert "28 % to 32 %" in moves and "20 %" in moves
    assert page()["numbers"][0]["laws"] == {"The usual law (0.20)": 30.0, "Strong (0.60)": 40.0}


def test_what_no_trial_measured_has_no_spread_between_trials() -> None:
    assert all_words()["S43"]["frame"]["no_trials"] in page(between_trials={})["moves"]


def test_the_reach_of_an_answer_holds_whatever_moves_it() -> None:
    assert reach(page()["numbers"][0]) == (5.0, 48.0, 30.0)  # by trial
    assert reach(page(between_trials={})["numbers"][0]) == (20.0, 40.0, 30.0)  # by switch, by law


def test_an_effect_on_fractures_is_told_at_any_ratio() -> None:
    leg = QUESTIONS["spine-and-long-bones"].quantities["leg"]
    assert leg.at_ratio is not None and leg.at_ratio(None, 0.7) == pytest.approx(30.0)  # type: ignore[arg-type]
