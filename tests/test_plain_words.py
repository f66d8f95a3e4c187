"""The leaflet, the open questions and the studies in plain words: whole, and as careful as their source."""

import re
import tomllib
from importlib import resources
from typing import Any

import pytest

from brittlestar.evidence.leaflet import plain
from brittlestar.evidence.leaflet.shipped import require_shipped
from brittlestar.evidence.leaflet.statements import statements
from brittlestar.evidence.studies.cards import KINDS, cards
from brittlestar.evidence.studies.study import studies

HEDGES = re.compile(
    r"\b(may|can|some|usually|seem|relatively|almost|unclear|need not|not shown|none reported|no one can|open"
    r"|will be studied|correct at)\b",
    re.IGNORECASE,
)
"""Words with which a statement holds back."""


def held_back(text: str) -> set[str]:
    return {found.lower() for found in HEDGES.findall(text)}


def test_every_statement_and_question_has_plain_words() -> None:
    assert list(plain.statements()) == list(statements())
    assert list(plain.questions()) == [page["id"] for page in require_shipped()["open_questions"]]


@pytest.mark.parametrize("id", list(plain.statements()))
def test_each_sentence_keeps_the_hedge_of_its_statement(id: str) -> None:
    one, says = plain.statements()[id], statements()[id].says
    for said, here in one.hedge:
        assert said in says and here in one.plain, (said, here)
    kept = " ".join(said for said, _ in one.hedge)
    assert held_back(says) == held_back(kept), "a hedge of the statement is not listed"
    # None is added that would say less, or more, than the statement does.
    if not one.hedge:
        assert not re.search(r"\b(may|might|perhaps|always|never|certain|sure)\b", one.plain)


DRAFTS = ("de",)
"""Languages beside English; drafts until speakers have read them."""

ADDED = re.compile(r"\b(vielleicht|womöglich|eventuell|immer|nie|sicher|bestimmt)\b", re.IGNORECASE)
"""German words that say less, or more, than a statement that does not hold back."""


@pytest.mark.parametrize("language", DRAFTS)
def test_a_translation_is_whole_and_keeps_every_hedge(language: str) -> None:
    told, english = plain.statements(language), plain.statements()
    assert list(told) == list(english) and list(plain.questions(language)) == list(plain.questions())
    for id, one in told.items():
        assert one.plain != english[id].plain
        assert [said for said, _ in one.hedge] == [said for said, _ in english[id].hedge], id
        assert all(here in one.plain for _, here in one.hedge), id
        assert one.hedge or not ADDED.search(one.plain), id
    for id, question in plain.questions(language).items():
        assert all(mine != theirs for mine, theirs in zip(question, plain.questions()[id], strict=True))


def _numbers(text: str, mark: str) -> list[float]:
    """In the order of their size; a language may say them in another order."""
    thousands = "." if mark == "," else ","
    text = re.sub(rf"(?<=\d)[{thousands}](?=\d{{3}})", "", text)
    return sorted(
        float(one.replace(mark, ".").replace("−", "-")) for one in re.findall(rf"−?\d+(?:[{mark}]\d+)?", text)
    )


@pytest.mark.parametrize("language", DRAFTS)
def test_a_translated_card_has_the_numbers_of_the_english_one(language: str) -> None:
    for one, english in zip(cards(language), cards(), strict=True):
        assert (one.id, one.people, one.sources) == (english.id, english.people, english.sources)
        assert bool(one.who) == bool(english.who) and len(one.found) == len(english.found), one.id
        for mine, theirs in zip(one.found, english.found, strict=True):
            assert mine != theirs and _numbers(mine, ",") == _numbers(theirs, "."), one.id


def test_cards_stand_by_weight_and_their_numbers_are_those_of_the_records() -> None:
    kinds = [one.kind for one in cards()]
    assert kinds == sorted(kinds, key=list[str](KINDS).index) and kinds[0] == "lots"
    for kind in KINDS:
        people = [one.people or 0 for one in cards() if one.kind == kind]
        assert people == sorted(people, reverse=True)
    for one in cards():
        assert ("RCT" in studies()[one.id].design) == (
            one.kind == "lots" or "RCTs" in studies()[one.id].design
        )
        assert studies()[one.id].population.oi and "{" not in "".join(one.found)
    by_id = {one.id: one for one in cards()}
    assert "31 of 100 children on tablets broke a bone, and 49 of 100" in by_id["poise2013"].found[0]
    assert (
        "71 broken bones" in by_id["hald2015"].found[0] and "(range 52 to 96)" in by_id["hald2015"].found[0]
    )


def test_no_card_rests_on_a_number_that_was_not_read() -> None:
    text = resources.files("brittlestar.evidence.studies").joinpath("cards.toml").read_text(encoding="utf-8")
    entries: dict[str, dict[str, Any]] = tomllib.loads(text)
    for id in entries:
        assert any(True for _ in studies()[id].usable())
