"""Parameter files are found among all TOML files of the package, whatever else they hold."""

import tomllib
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from brittlestar._shared.parameter_files import every_parameter

ROOT = Path(str(resources.files("brittlestar")))


def test_every_file_with_a_value_in_a_table_is_a_parameter_file_and_no_other():
    read = {path: tomllib.loads(path.read_text(encoding="utf-8")) for path in ROOT.rglob("*.toml")}
    wanted = {
        str(path.relative_to(ROOT).with_suffix(""))
        for path, content in read.items()
        if any(isinstance(entry, dict) and "value" in entry for entry in content.values())
    }
    assert set(every_parameter()) == wanted


def test_trials_studies_and_texts_are_not_read_for_the_numbers(monkeypatch: pytest.MonkeyPatch):
    read, loads = [], tomllib.loads

    def noted(text: str) -> Any:
        read.append(text)
        return loads(text)

    monkeypatch.setattr(tomllib, "loads", noted)
    found = every_parameter.__wrapped__()
    assert len(read) < 2 * len(found) < len(list(ROOT.rglob("*.toml")))
