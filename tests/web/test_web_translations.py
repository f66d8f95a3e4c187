"""The page's text as files for translators' tools, and back without the loss of a text."""

import sys
import tomllib
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from brittlestar.web.catalogue import LANGUAGES, catalogue

pytest.importorskip("babel")
sys.path.append(str(Path(__file__).parents[2] / "scripts"))

translations: Any = import_module("translations")


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_a_language_comes_back_whole(language: str, tmp_path: Path) -> None:
    file = tmp_path / f"page-{language}.po"
    with file.open("wb") as content:
        translations.write_po(content, translations.as_po(language))
    found, told = translations.read(file)
    assert found == language and told == catalogue(language)
    again = tomllib.loads(translations.as_toml(told))
    assert (
        again["frame"]["badge"] == told["frame.badge"] and again["row"]["gut"]["note"] == told["row.gut.note"]
    )


def test_what_is_to_translate_has_each_text_once_by_its_key(tmp_path: Path) -> None:
    made = translations.as_po(None)
    assert {one.context: one.id for one in made if one.id} == {k: v for k, v in catalogue("en").items() if v}
    assert all(not one.string for one in made if one.id)
