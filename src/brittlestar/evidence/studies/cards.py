"""What studies of people with OI found, as cards for readers: their numbers come from the records."""

import re
import tomllib
from functools import cache
from importlib import resources
from typing import Any, Literal, NamedTuple

from brittlestar._shared import words
from brittlestar._shared.errors import InputError
from brittlestar.evidence.studies.study import BETWEEN, Result, Study, sources, studies

Kind = Literal["lots", "together", "apart", "course"]

KINDS: tuple[Kind, ...] = ("lots", "together", "apart", "course")
"""Kinds of study, the weightiest first: by lot, put together by a review, without lots, no drug tested."""

ENGLISH = "en"
"""The language that the cards were written in; others are drafts until speakers have read them."""

_NUMBER = re.compile(r"\{([^}]+)\}")
_HOW = ("low", "high", "x100", "size")


class Card(NamedTuple):
    """A study as a card."""

    id: str
    cite: str
    kind: Kind
    people: int | None
    who: str
    found: tuple[str, ...]
    sources: tuple[str, ...]


@cache
def cards(language: str = ENGLISH) -> tuple[Card, ...]:
    """Every card: the weightiest kind first, within it the study of most people.

    Raises:
        InputError: a card of no study, or a number that the record of its study does not hold.
    """
    told = _file("cards.toml")
    spoken = told if language == ENGLISH else _file(f"cards.{language}.toml")
    made = (_card(id, entry["kind"], spoken[id], language) for id, entry in told.items())
    return tuple(sorted(made, key=lambda one: (KINDS.index(one.kind), -(one.people or 0))))


def _file(name: str) -> dict[str, Any]:
    return tomllib.loads(resources.files(__package__).joinpath(name).read_text(encoding="utf-8"))


def _card(id: str, kind: Kind, words_: dict[str, Any], language: str) -> Card:
    study = studies()[id]
    keys = dict.fromkeys(key for result in study.usable() for key in result.source)

    def number(place: re.Match[str]) -> str:
        said = _said(study, place[1])
        return said if language == ENGLISH else said.replace(".", ",")

    return Card(
        id=id,
        cite=study.cite,
        kind=kind,
        people=study.population.n,
        who=words_.get("who", ""),
        found=tuple(_NUMBER.sub(number, text) for text in words_["found"]),
        sources=tuple(dict.fromkeys(sources()[key].address for key in keys)),
    )


def _said(study: Study, place: str) -> str:
    """A number of the record: ``arm measure [month] [low | high] [size] [x100]``."""
    arm, measure, *rest = place.split()
    how, months = {word for word in rest if word in _HOW}, [word for word in rest if word not in _HOW]
    for result in study.usable():
        if result.arm != (BETWEEN if arm == "between" else arm) or result.measure != measure:
            continue
        if months and result.months != float(months[0]):
            continue
        if (value := _value(result, how)) is not None:
            return words.number(value, 0 if abs(value) >= 10 else 1 if abs(value) >= 1 else 2)
    raise InputError(f"evidence/studies/cards.toml: {study.id}", place, "accepted: a number of its record")


def _value(result: Result, how: set[str]) -> float | None:
    value = result.value
    if how & {"low", "high"}:
        ends = result.ci95 or result.range
        value = None if ends is None else ends["high" in how]
    if value is None:
        return None
    return (100.0 if "x100" in how else 1.0) * (abs(value) if "size" in how else value)
