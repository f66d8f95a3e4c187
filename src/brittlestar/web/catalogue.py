"""Text of the page by language, from ``text/*.toml``: one table of flat keys, English for what is missing."""

import json
import re
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
def sentences(language: str) -> dict[str, Any]:
    """Sentences of the model: ``sentence``, each with its English form and what is ``said``, and ``words``.

    Nothing of English, in which the model speaks.
    """
    if language == LANGUAGES[0]:
        return {}
    told = _read(f"sentences.{language}")
    return told | {"sentence": [{"en": one["en"], "said": one[language]} for one in told["sentence"]]}


def spoken(language: str) -> str:
    """The language, or English in place of one that there is not."""
    return language if language in LANGUAGES else LANGUAGES[0]


def filled(text: str, **parts: Any) -> str:
    """A text with its ``{names}`` filled in."""
    return re.sub(r"\{(\w+)\}", lambda found: str(parts[found[1]]), text)


def local(text: str, language: str) -> str:
    """Numbers and ranges within an English text in the writing of a language."""
    if language == LANGUAGES[0]:
        return text
    swapped = {",": ".", ".": ","}
    text = re.sub(r"(?<=\d)[.,](?=\d)", lambda found: swapped[found[0]], text)
    return re.sub(r"(?<=[\d%]) to (?=[\d−])", f" {catalogue(language)['sure.to'].split()[1]} ", text)


def unbroken(text: str) -> str:
    """A text in which no line ends between a number and its unit."""
    return re.sub(r"(?<=\d) (?=%|mg\b|kg\b|SD\b)", "\u00a0", text)


@cache
def rules() -> dict[str, Any]:
    """Rules of pictures and of the sheet of paper, from ``static/rules.js``, which the page follows too."""
    script = resources.files("brittlestar.web").joinpath("static/rules.js").read_text(encoding="utf-8")
    return json.loads(script[script.index("{") : script.rindex("}") + 1])


@cache
def _read(language: str) -> dict[str, Any]:
    text = resources.files("brittlestar.web").joinpath(f"text/{language}.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def _flat(table: dict[str, Any], before: str = "") -> dict[str, str]:
    found = {}
    for key, value in table.items():
        found |= _flat(value, f"{before}{key}.") if isinstance(value, dict) else {f"{before}{key}": value}
    return found
