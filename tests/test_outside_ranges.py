"""A value outside the range that its file states is told by everything that was made with it."""

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from brittlestar.cli import main, tables
from brittlestar.engine import Parameters, default_parameters, with_values
from brittlestar.evidence.prediction.posterior_power import power
from brittlestar.evidence.prediction.predict import predict
from brittlestar.report import power as power_report
from brittlestar.report import prediction as prediction_report
from brittlestar.report import trial as trial_report
from brittlestar.report.page import html
from brittlestar.trials.protocol import Protocol
from brittlestar.trials.run import run_trial

SAID = "Parameters: e_yV of bone/strength.toml is 9, outside its range, 1 to 3."
TRIAL = """
id = "small"
title = "Small"
sources = ["assumed"]
population = { randomised = 10, age_years = [5, 10], types = { IV = 1 }, source = "assumed" }
arms = [
  { id = "a", label = "A", plan = "zoledronate 0.05 mg/kg iv every 6 months" },
  { id = "b", label = "B", control = true, plan = "no treatment" },
]
design = { years = 0.5 }
visits = [{ months = [0, 6], measures = ["ls_abmd"] }]

[[endpoints]]
id = "density"
label = "Density, change in %"
kind = "pct_change"
measure = "ls_abmd"
month = 6
"""


@pytest.fixture(scope="module")
def nine() -> Parameters:
    return with_values(default_parameters(), strength__e_yV=9.0)


def result(door: str, p: Parameters) -> tuple[dict[str, Any], Any]:
    """What a trial, its power and its prediction found, and how each is laid out."""
    small = Protocol(**tomllib.loads(TRIAL))
    if door == "trial":
        return run_trial(small, replicates=1, parameters=p).to_dict(), trial_report.view
    if door == "power":
        found = power(small, sizes=[10], replicates=100, draws=1, parameters=p)
        return found.to_dict(), power_report.view
    return predict(small, sets=2, parameters=p).to_dict(), prediction_report.view


@pytest.mark.parametrize("door", ["trial", "power", "prediction"])
def test_a_trial_its_power_and_its_prediction_tell_file_key_and_range(door, nine, capsys):
    content, view = result(door, nine)
    assert content["manifest"]["outside_ranges"] == [SAID]
    tables.show(view(content))
    for text in (capsys.readouterr().out, html(view(content))):
        assert " ".join(text.split()).count(SAID) == 1


def test_the_shipped_set_has_nothing_to_tell():
    content, _ = result("trial", default_parameters())
    assert "outside_ranges" not in content["manifest"]


def test_a_file_of_parameters_with_it_is_refused_with_file_key_and_range(tmp_path: Path, capsys):
    (tmp_path / "own.json").write_text(json.dumps({"strength__e_yV": 9.0}), encoding="utf-8")
    (tmp_path / "small.toml").write_text(TRIAL, encoding="utf-8")
    one = ["--age", "8", "--sex", "female", "--type", "IV", "--plan", "no treatment", "--years", "0.5"]
    for asked in (["trial", str(tmp_path / "small.toml"), "--replicates", "1"], ["simulate", *one]):
        assert main([*asked, "--parameters", str(tmp_path / "own.json")]) == 2
        said = " ".join(capsys.readouterr().err.split())
        assert "own.json: set 1: strength__e_yV: got 9.0; accepted: 1 to 3" in said
        assert "bone/strength.toml" in said
