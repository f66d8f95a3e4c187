"""The page held against the criteria of decision aids: what is said to be met stands where it is said to."""

import re
import tomllib
from html import unescape
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from brittlestar.web import pages, screens
from brittlestar.web.catalogue import catalogue

ROOT = Path(__file__).parents[2]
AID: dict[str, list[dict[str, Any]]] = tomllib.loads(
    resources.files("brittlestar.web").joinpath("decision_aid.toml").read_text(encoding="utf-8")
)
ITEMS = [item for group in AID.values() for item in group]


def text_at(place: str) -> str:
    """What stands at a place: a text of the catalogue, the words of a screen, or a file of the project."""
    kind, _, name = place.partition(":")
    if kind == "text":
        return catalogue("en")[name]
    if kind == "file":
        return (ROOT / name).read_text(encoding="utf-8")
    html = pages.page(name, "token", **getattr(screens, name)())
    return unescape(re.sub(r"<[^>]+>", " ", html))


def flat(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def test_every_item_that_is_not_about_screening_is_there() -> None:
    assert {group: len(items) for group, items in AID.items()} == {
        "qualifying": 6,
        "certification": 6,
        "quality": 23,
    }
    assert {item["status"] for item in ITEMS} == {"MET", "NOT MET", "NEEDS PEOPLE"}
    assert sum(item["status"] == "NEEDS PEOPLE" for item in ITEMS) == 8


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item["asks"])
def test_what_is_met_stands_where_it_is_said_to(item: dict[str, Any]) -> None:
    if item["status"] == "MET":
        assert flat(item["sentence"]) in flat(text_at(item["place"]))
        assert set(item) == {"asks", "status", "sentence", "place"}
    else:
        assert item["why"] and set(item) == {"asks", "status", "why"}


def test_a_sentence_that_is_not_there_is_found_out() -> None:
    assert "The drugs cure OI." not in flat(text_at("page:leaflet"))


def test_a_text_that_meets_an_item_is_one_that_the_page_shows() -> None:
    static = resources.files("brittlestar.web")
    shown = "".join(
        file.read_text(encoding="utf-8")
        for folder in ("static", "templates")
        for file in static.joinpath(folder).iterdir()
        if file.name.endswith((".js", ".html"))
    )
    for item in ITEMS:
        kind, _, key = item.get("place", "").partition(":")
        if kind == "text":
            # Some keys are put together: "harm." and a group.
            assert key in shown or f"{key.split('.')[0]}.${{" in shown, key
