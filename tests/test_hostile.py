"""A part of ``make hostile``: some hundred inputs through every door, none of which has a course compiled."""

import importlib.util
import json
import math
import sys
from pathlib import Path
from typing import Any

import pytest

from brittlestar._shared.errors import InputError
from brittlestar.engine.native import kept_programs

SCRIPT = Path(__file__).parent.parent / "scripts" / "hostile.py"


def loaded() -> Any:
    """The script as a module."""
    spec = importlib.util.spec_from_file_location("hostile", SCRIPT)
    assert spec is not None and spec.loader is not None
    module = sys.modules["hostile"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


hostile = loaded()
DOORS = {door.name: door for door in hostile.DOORS}
COUNTS = {
    "words": 60,
    "plan toml": 60,
    "protocol": 60,
    "python": 60,
    "page": 25,
    "query": 30,
    "files": 25,
    "flags": 25,
}


@pytest.mark.parametrize("name", DOORS)
def test_every_input_is_met_with_a_result_or_a_sentence(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if name not in [door.name for door in hostile.without_packages(hostile.DOORS)]:
        pytest.skip("the packages of the page are not here")

    def no_course(*_: object, **__: object) -> None:
        raise InputError("this test", "a course", "compiles none")

    # Compiling is left to `make hostile`; what is kept on the disk runs.
    monkeypatch.setattr(kept_programs, "_build", no_course)
    report = hostile.send(COUNTS[name], seed=1, doors=[DOORS[name]])
    assert not report.failed, "\n\n".join(report.failed)
    assert report.answered[name] + report.refused[name] == COUNTS[name]


def fails(use: Any) -> str:
    door = hostile.Door("x", 1, lambda *_: "asked", use)
    return "\n".join(hostile.send(1, seed=1, doors=[door], seconds=1).failed)


def test_each_kind_of_failure_is_seen() -> None:
    def raises(error: BaseException) -> Any:
        return lambda _: (_ for _ in ()).throw(error)

    def works_on(_: Any) -> None:
        while True:
            pass

    def half(_: Any) -> None:
        Path("x/out").mkdir()
        Path("x/out/results.json").write_text("{")

    assert "ZeroDivisionError" in fails(raises(ZeroDivisionError()))
    assert "Hang" in fails(works_on)
    assert "half written" in fails(half)
    assert "a number that is none" in fails(lambda _: {"a": [(1.0, math.nan)]})
    assert "an error of" in fails(raises(InputError("x" * 5000, 1, "y")))
    assert "the input was 'asked'" in fails(raises(KeyError("x")))
    assert fails(raises(InputError("x", 1, "y"))) == fails(lambda _: {"a": [1.0, "nan"]}) == ""


def test_an_input_follows_from_seed_door_and_number(tmp_path: Path) -> None:
    door = DOORS["words"]

    def made(seed: int, number: int) -> str:
        return json.dumps(door.make(hostile.Chance(f"{seed} {door.name} {number}"), tmp_path))

    assert made(1, 5) == made(1, 5) != made(2, 5) != made(1, 6)
