"""The recipe's linter: what a tool refuses fails, and a check that did not run is no pass."""

import json
from pathlib import Path
from runpy import run_path
from types import SimpleNamespace

import jsonschema
import pytest

lint = run_path(str(Path(__file__).parents[1] / "scripts" / "lint_recipe.py"))
RULES = {"properties": {"about": {"additionalProperties": False, "properties": {"license": {}}}}}


def with_libraries(monkeypatch: pytest.MonkeyPatch, **known: object) -> None:
    monkeypatch.setitem(lint["rendered"].__globals__, "library", known.get)


def test_without_its_tools_it_says_so(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    with_libraries(monkeypatch)
    assert lint["main"]([]) == 0
    assert [line.split(":")[1].strip() for line in capsys.readouterr().out.splitlines()] == ["NOT RUN"] * 2


def test_what_a_tool_refuses_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys):
    class Recipe:
        @staticmethod
        def from_file(path: str):
            raise ValueError("unknown field 'licence'")

    schema = tmp_path / "schema.json"
    schema.write_text(json.dumps(RULES))
    yaml = SimpleNamespace(safe_load=lambda text: {"about": {"licence": "Apache-2.0"}})
    with_libraries(
        monkeypatch, rattler_build=SimpleNamespace(Stage0Recipe=Recipe), yaml=yaml, jsonschema=jsonschema
    )
    assert lint["main"]([str(schema)]) == 1
    told = capsys.readouterr().out.splitlines()
    assert told[0] == "rendered: refused: unknown field 'licence'"
    assert told[1].startswith("schema: refused: $.about: Additional properties are not allowed ('licence'")
