"""Some of the round trips of ``scripts/exchange_round_trips.py``: what goes through a format comes back."""

import random
from pathlib import Path

import pytest

import round_trips
import round_trips_of_files as files
from brittlestar.care import Plan, parse
from brittlestar.care.library import names
from brittlestar.trials.protocol_files import load_protocol
from brittlestar.trials.protocol_texts import library
from brittlestar.trials.run import run_trial


@pytest.mark.parametrize("number", range(8))
def test_a_plan_comes_back_from_its_forms_and_a_trial_of_it_from_data_sets(number: int) -> None:
    chance = random.Random(f"plan {number}")
    plan = round_trips.legal_plan(chance)
    assert files.lost_in_plan(plan) == []
    assert files.lost_in_adam(round_trips.paper_trial(plan, chance), ("csv", "parquet")[number % 2]) == []


def test_what_a_plan_loses_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    plan, other = parse("zoledronate 0.05 mg/kg iv every 6 months for 2 years"), parse("no treatment")
    monkeypatch.setattr(Plan, "from_toml", lambda text, where="plan": other)
    assert files.lost_in_plan(plan) == [f"TOML: {plan.in_words()}"]


def test_every_published_regimen_and_protocol_comes_back() -> None:
    assert [lost for name in names() for lost in files.lost_in_plan(parse(name))] == []
    assert [lost for name in library() for lost in files.lost_in_protocol(load_protocol(name))] == []


def test_a_trial_comes_back_from_the_files_of_its_run(tmp_path: Path) -> None:
    assert files.lost_in_run(run_trial("poise", replicates=1, seed=3), tmp_path / "run") == []


def test_parameter_sets_come_back_value_by_value(tmp_path: Path) -> None:
    chance = random.Random("sets")
    assert files.lost_in_parameters([files.a_set(chance) for _ in range(2)], tmp_path) == []


@pytest.mark.parametrize("number", range(2))
def test_a_course_comes_back_from_a_bundle(number: int, tmp_path: Path) -> None:
    pytest.importorskip("fhir.resources", reason="needs the extra exchange")
    chance = random.Random(f"bundle {number}")
    assert files.lost_in_fhir(round_trips.legal_plan(chance), chance, tmp_path) == []
