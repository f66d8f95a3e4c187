"""The statements and the open questions in plain words, each with the hedge of the statement that it says."""

import tomllib
from functools import cache
from importlib import resources
from typing import Any, NamedTuple

ENGLISH = "en"
"""The language that the words were written in; others are drafts until speakers have read them."""

QUESTIONS = "questions"
"""Table of the open questions."""


class Plain(NamedTuple):
    """A statement in plain words."""

    plain: str
    hedge: tuple[tuple[str, str], ...]
    """words with which the statement holds back, and those that do it in ``plain``"""


class Question(NamedTuple):
    """An open question in plain words."""

    question: str
    plain: str
    settle: str


@cache
def statements(language: str = ENGLISH) -> dict[str, Plain]:
    """Id of a statement -> its plain words."""
    return {
        id: Plain(one["plain"], tuple((said, here) for said, here in one["hedge"]))
        for id, one in _file(language).items()
        if id != QUESTIONS
    }


@cache
def questions(language: str = ENGLISH) -> dict[str, Question]:
    """Id of an open question -> its plain words."""
    return {id: Question(**one) for id, one in _file(language)[QUESTIONS].items()}


def _file(language: str) -> dict[str, Any]:
    name = "plain.toml" if language == ENGLISH else f"plain.{language}.toml"
    return tomllib.loads(resources.files(__package__).joinpath(name).read_text(encoding="utf-8"))
