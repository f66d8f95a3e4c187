"""A wheel ships engines of WebAssembly; those of another step are neither used nor shipped."""

import subprocess
import zipfile
from pathlib import Path

import pytest

from brittlestar._shared.source_digest import source_digest
from brittlestar.engine import shipped, wasm_engine
from brittlestar.engine.shipped import MADE_FROM, ship
from test_commit import PACKAGE, built, checkout, pytestmark

_ = checkout, pytestmark


@pytest.fixture
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(shipped, "FOLDER", tmp_path / "shipped")
    monkeypatch.setenv("BRITTLESTAR_CACHE", "off")
    return tmp_path / "shipped"


def test_what_is_shipped_is_taken_as_it_is(own_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ship({wasm_engine.TABLE_NAME: b"the table", wasm_engine.engine_name(("ctx",), 1): b"one output"})
    monkeypatch.setattr(wasm_engine, "web_assembly", lambda _: pytest.fail("made anew"))
    assert wasm_engine.wasm_table() == b"the table"
    assert wasm_engine.wasm_engine(("ctx",), 1) == b"one output"


def test_what_was_made_from_another_step_is_made_anew(own_folder: Path) -> None:
    ship({wasm_engine.TABLE_NAME: b"the table"})
    (own_folder / MADE_FROM).write_text("0" * 64, encoding="utf-8")
    assert wasm_engine.wasm_table().startswith(b"\0asm")


def test_shipping_leaves_nothing_of_before(own_folder: Path) -> None:
    ship({"old": b"1"})
    ship({"new": b"2"})
    assert sorted(file.name for file in own_folder.iterdir()) == [MADE_FROM, "new.wasm"]


def test_a_wheel_holds_engines_of_its_step_and_none_is_built_with_others(
    checkout: Path, tmp_path: Path
) -> None:
    folder = checkout / PACKAGE / "engine" / "shipped"
    folder.mkdir(parents=True)
    (checkout / PACKAGE / "engine" / "__init__.py").touch()
    (folder / "healthy.wasm").write_bytes(b"\0asm")
    (folder / MADE_FROM).write_text(source_digest(checkout / PACKAGE), encoding="utf-8")
    names = zipfile.ZipFile(built("wheel", checkout, tmp_path / "out")).namelist()
    assert {"brittlestar/engine/shipped/healthy.wasm", f"brittlestar/engine/shipped/{MADE_FROM}"} <= {*names}
    (checkout / PACKAGE / "_shared" / "chance.py").write_text("# another step\n", encoding="utf-8")
    with pytest.raises(subprocess.CalledProcessError) as refused:
        built("wheel", checkout, tmp_path / "out")
    assert "made from another step; accepted: none, or those of `make wasm`" in refused.value.stderr
