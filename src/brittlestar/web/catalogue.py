"""Text of the page by language, from ``text/*.toml``: one table of flat keys, English for what is missing."""

import tomllib
from functools import cache
from importlib import resources
from typing import Any

LANGUAGES = ("en", "de")
"""English first; the others are drafts until speakers have read them."""

ROW = "row"
"""Table of the benefits and harms."""


@cache
def catalogue(language: str) -> dict[str, str]:
    """Text by key, such as ``ask.dose``."""
    found = {} if language == LANGUAGES[0] else dict(catalogue(LANGUAGES[0]))
    return found | _flat(_read(language))


def own_keys(language: str) -> set[str]:
    """Keys that the language has itself."""
    return set(_flat(_read(language)))


def rows() -> dict[str, dict[str, str]]:
    """Benefits and harms as families say them, in English: ``label`` and perhaps ``note``, by id."""
    return _read(LANGUAGES[0])[ROW]


@cache
def _read(language: str) -> dict[str, Any]:
    text = resources.files("brittlestar.web").joinpath(f"text/{language}.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def _flat(table: dict[str, Any], before: str = "") -> dict[str, str]:
    found = {}
    for key, value in table.items():
        found |= _flat(value, f"{before}{key}.") if isinstance(value, dict) else {f"{before}{key}": value}
    return found
