"""Every result that a command saves with ``--out`` names the parameter set that made it."""

import inspect
import json
import re
from pathlib import Path

import polars as pl
import pytest
from cyclopts import App

from brittlestar.cli import PURPOSES, main
from brittlestar.evidence.credibility import recorded_run
from brittlestar.model.parameters import SHIPPED

PROTOCOL = """
id = "small"
title = "Does one year of zoledronate raise density?"
sources = ["made up for a test"]
[population]
randomised = 40
age_years = [6, 12]
types = { I = 1, IV = 1 }
source = "assumed"
[[arms]]
id = "zol"
label = "zoledronate"
plan = "zoledronate 0.05 mg/kg every 6 months"
[[arms]]
id = "none"
label = "nothing"
control = true
plan = "none"
[design]
years = 1
[[visits]]
months = [0, 12]
measures = ["ls_abmd"]
[[endpoints]]
id = "ls"
label = "spine"
kind = "pct_change"
measure = "ls_abmd"
month = 12
"""

PERSON = "--age 7 --sex female --type III --plan zoledronate --years 0.25 --draws 4"

RUN = {
    "trial small.toml --replicates 1": ("results.json", "report.html", SHIPPED),
    f"simulate {PERSON}": ("summary.json", "comparison.html", SHIPPED),
    "power small.toml --draws 2 --replicates 100 --sizes 40": (
        "power.json", "report.html", f"{SHIPPED} (posterior)",
    ),
    "power --check --replicates 300": ("check.json", None, SHIPPED),
    "predict small.toml --sets 2": ("results.json", "report.html", SHIPPED),
    "predict small.toml --sets 2 --rival strength-only": (
        "results.json", "report.html", f"{SHIPPED} (law strength-only)",
    ),
    "predict --left-out": ("left-out.json", None, SHIPPED),
    "leaflet": ("leaflet.json", "leaflet.html", SHIPPED),
}  # fmt: skip
"""Command -> its file of numbers, its page, and the name in both."""

MINUTES = {"calibrate", "credibility", "physiology"}
"""Commands that are not run here: their manifest is made by the same function."""

NOT_OF_A_SET = {"vpc", "rerun", "engine", "site"}
"""What these write is no result of one set: bands about data, a page again, a program."""


@pytest.mark.parametrize("command", RUN)
def test_what_a_command_saves_names_its_set(command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    Path("small.toml").write_text(PROTOCOL)
    numbers, page, name = RUN[command]
    assert main([*command.split(), "--out", "out"]) == 0
    made = json.loads(Path("out", numbers).read_text())["manifest"]
    assert made["parameters"] == name and re.fullmatch("[0-9a-f]{64}", made["parameters_sha256"])
    if page is not None:
        head, _, _ = Path("out", page).read_text().partition("<main>")
        assert f"parameters {name.rstrip(')')}" in head and made["parameters_sha256"][:8] in head
    for table in Path("out").glob("*.parquet"):
        told = pl.read_parquet_metadata(table)
        assert told["brittlestar.parameters"] == name
        assert told["brittlestar.parameters_sha256"] == made["parameters_sha256"]


def test_every_command_that_saves_is_run_here_or_told():
    doors = [door for doors in PURPOSES.values() for door in doors if not isinstance(door, App)]
    saving = {door.__name__ for door in doors if "out" in inspect.signature(door).parameters}
    assert saving == {command.split()[0] for command in RUN} | MINUTES | NOT_OF_A_SET


def test_what_ships_names_its_set():
    assert (recorded_run.recorded() or {})["manifest"]["parameters"] == SHIPPED
