"""Results in another language of the page: every text of a screen, its numbers and sources kept."""

import json
import re
import tomllib
from collections.abc import Iterator
from html.parser import HTMLParser
from importlib import resources
from typing import Any

import pytest
from german import english_in

from brittlestar.evidence.leaflet.limits import limits_of_evidence, limits_of_words
from brittlestar.evidence.leaflet.prose import all_words
from brittlestar.evidence.leaflet.statements import statements
from brittlestar.web import pages, screens
from brittlestar.web import speech as web_speech
from brittlestar.web.catalogue import LANGUAGES
from brittlestar.web.glossary import glossary
from brittlestar.web.speech import Speech, form, speech, texts

DRAFTS = LANGUAGES[1:]
PLACE = re.compile(r"\{[^{}]*\}")


def test_a_sentence_is_known_whatever_its_numbers() -> None:
    say = speech("de")
    assert say("95 % of groups of 9 and 12 people") == "95 % der Gruppen von 9 und 12 Menschen"
    assert say("Risedronate 0.2 mg/kg/week") == "Risedronat 0,2 mg/kg in der Woche"
    assert say("margin 1.25 ± 0.5") == "Abstand 1,25 ± 0,5"
    # A sentence's own beginning is large, also where the text that is known begins small.
    assert say("Holds") == "Gilt" and say("holds") == "gilt"


def test_parts_of_a_list_and_a_name_with_its_unit_are_said_by_themselves() -> None:
    say = speech("de")
    assert say("holds, margin 0.266 ± 0.238, fitted, limit: printed") == (
        "gilt, Abstand 0,266 ± 0,238, angepasst, Grenze: gedruckt"
    )
    assert (
        say("normal density after 4 years, type III, of 100")
        == "normale Dichte nach 4 Jahren, Typ III, von 100"
    )
    assert say("−0.14 mmol/L (−0.16 to −0.12)") == "−0,14 mmol/L (−0,16 bis −0,12)"


def test_a_source_stays_as_it_is_printed() -> None:
    say = speech("de")
    assert say("doi:10.1016/S0140-6736(13)61091-0") == "doi:10.1016/S0140-6736(13)61091-0"
    assert say("LeBlanc 1990, 17 weeks of bed rest, doi:10.1002/jbmr.5650050807") == (
        "LeBlanc 1990, 17 Wochen Bettruhe, doi:10.1002/jbmr.5650050807"
    )


def test_what_is_not_known_stays_english_whole_and_is_marked() -> None:
    say, text = speech("de"), "the bone of a unicorn, of 100"
    assert say(text) == text and not say.knows(text)
    assert say.marked(text, say(text)) == f'<span lang="en">{text}</span>'
    assert say.marked("holds", say("holds")) == "gilt"
    assert speech("en")("holds") == "holds" and speech("en").marked(text, text) == text


def test_what_stands_in_a_sentence_is_escaped() -> None:
    shown = speech("de").marked("<b>", "<b>")
    assert shown == '<span lang="en">&lt;b&gt;</span>'


def test_a_place_of_a_number_takes_no_words_and_one_that_comes_twice_is_the_same() -> None:
    found = form("a gain of {n0} %, of {n0}", "{n0}")
    assert found.pattern.fullmatch("a gain of −3.5 %, of −3.5")
    assert not found.pattern.fullmatch("a gain of much %, of much")
    assert not found.pattern.fullmatch("a gain of 3 %, of 4")


@pytest.mark.parametrize("language", DRAFTS)
def test_a_translation_has_the_places_and_the_numbers_of_the_text(language: str) -> None:
    def numbers(text: str, mark: str) -> list[float]:
        bare = re.sub(r"doi:10\S+|ref:\w+|PM(?:ID |C)\d+|NCT\d+", "", PLACE.sub("", text))
        found = re.findall(rf"(?<![\w.])\d+(?:{re.escape(mark)}\d+)?", bare)
        return sorted(float(one.replace(mark, ".")) for one in found)

    folder = resources.files("brittlestar.web").joinpath(f"text/{language}")
    assert texts(language)
    for file in folder.iterdir():
        for en, said in tomllib.loads(file.read_text(encoding="utf-8")).items():
            assert set(PLACE.findall(en)) == set(PLACE.findall(said)), en
            assert en in ("1/y", "1/mm") or numbers(en, ".") == numbers(said, ","), en


def words_of_checks(found: Any, name: str = "") -> Iterator[str]:
    """Every text of the checks' files but what is for the program."""
    if isinstance(found, str):
        yield found.strip()
    elif isinstance(found, list):
        for one in found:
            yield from words_of_checks(one)
    elif isinstance(found, dict):
        for key, one in found.items():
            if key not in ("sources", "origins", "off"):
                yield from words_of_checks(one, key)


@pytest.mark.parametrize("language", DRAFTS)
def test_every_text_of_the_checks_has_its_translation_and_none_is_left_over(language: str) -> None:
    say, known = speech(language), texts(language)
    evidence = [one for claims in limits_of_evidence().values() for one in claims.values()]
    told = {*words_of_checks(all_words()), *(one.says for one in statements().values())}
    told |= {text for one in evidence for text in (one.what, one.why)}
    told |= {text for one in limits_of_words().values() for pair in one.values() for text in pair}
    own = {text for text in told if re.search(r"[A-Za-z]{2}", PLACE.sub("", text))}
    assert [text for text in own if text not in known and not say.knows(text)] == []
    topics = {file.name for file in resources.files("brittlestar.evidence.leaflet.topics").iterdir()}
    folder = resources.files("brittlestar.web").joinpath(f"text/{language}")
    for file in folder.iterdir():
        if file.name in topics:
            left = set(tomllib.loads(file.read_text(encoding="utf-8"))) - told
            assert left == set(), file.name


HELD_BACK = {
    "S07": "in manchen", "S10": "einige", "S12": "meist nicht", "S15": "ist nicht gezeigt", "S17": "können",
    "S18": "keines bei OI berichtet", "S25": "vielleicht", "S26": "Manche", "S28": "muss nicht",
    "S30": "offen", "S32": "scheint", "S33": "recht gering", "S35": "fast allen", "S38": "vielleicht",
    "S40": "unklar", "S42": "werden untersucht", "S46": "zu seinem Datum",
}  # fmt: skip
"""Statement -> the words with which it holds back in German."""


def test_a_statement_word_by_word_keeps_its_hedge() -> None:
    for id, hedge in HELD_BACK.items():
        assert hedge in speech("de")(statements()[id].says), id


class Said(HTMLParser):
    """Every text of a page with its element and language; of its charts each text of the specification."""

    ALONE = ("meta", "link", "br", "input", "img", "path", "circle", "hr")

    def __init__(self) -> None:
        super().__init__()
        self.open: list[tuple[str, str, str]] = []
        self.found: list[tuple[str, str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        language = told.get("lang") or (self.open[-1][1] if self.open else "")
        if tag not in self.ALONE:
            self.open.append((tag, language, told.get("id") or ""))
        for name in ("aria-label", "placeholder", "alt"):
            if told.get(name):
                self.found.append((tag, language, told[name] or ""))

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not data.strip() or not self.open:
            return
        tag, language, id = self.open[-1]
        if tag == "script" and id.startswith("spec-"):
            self.found += [(tag, language, text) for text in _drawn(json.loads(data))]
        elif tag not in ("script", "style"):
            self.found.append((tag, language, " ".join(data.split())))


def _drawn(spec: Any, key: str = "") -> Iterator[str]:
    if isinstance(spec, dict):
        for name, one in spec.items():
            yield from _drawn(one, name)
    elif isinstance(spec, list):
        for one in spec:
            yield from _drawn(one, key)
    elif isinstance(spec, str) and key not in ("$schema", "field", "type", "filter"):
        yield spec


@pytest.mark.parametrize("screen", ["evidence", "leaflet", "unknown"])
def test_no_english_is_left_in_what_is_read_in_german(screen: str) -> None:
    content = getattr(screens, screen)("de")
    said = Said()
    said.feed(pages.page(screen, "", "de", **content))
    assert len(said.found) > 300
    left = [one for one in said.found if english_in(one[-1])]
    assert left == [], left


def test_a_chart_is_drawn_in_the_language_with_its_fields_as_they_are() -> None:
    spec = {
        "title": {"text": ["resorption"]},
        "datasets": {"one": [{"series": "resorption", "y": 1.5}]},
        "encoding": {
            "y": {"field": "resorption", "title": "share lost"},
            "x": {"field": "y", "type": "nominal"},
        },
    }
    drawn = Speech("de").chart(spec)
    assert drawn["title"] == {"text": ["Abbau"]}
    assert drawn["datasets"]["one"] == [{"series": "Abbau", "y": 1.5}]
    assert drawn["encoding"]["y"] == {"field": "resorption", "title": "verlorener Anteil"}
    assert speech("en").chart(spec) == spec


def test_a_legend_has_the_columns_that_its_names_leave_room_for() -> None:
    def columns(language: str) -> int:
        (figure,) = screens.leaflet(language)["figures"]["S01"]
        return json.loads(figure.spec)["layer"][0]["encoding"]["stroke"]["legend"]["columns"]

    assert (columns("en"), columns("de")) == (2, 1)


@pytest.mark.parametrize("language", DRAFTS)
def test_every_word_that_is_explained_is_explained_in_the_language(language: str) -> None:
    mine, english = glossary(language), glossary()
    assert list(mine) == list(english)
    for id, one in mine.items():
        assert one.says != english[id].says and bool(one.match) == bool(english[id].match), id
        assert english_in(f"{one.word} {one.says}") == [], id


def test_what_people_type_costs_little_and_is_not_kept_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """A refusal's quotation is not looked for in parts, nor is a text longer than the page's."""
    say = Speech("de")
    typed = ", ".join(f"word{i} in the ({i})" for i in range(60))
    assert say.refusal(f"plan: got '{typed}'; accepted: text").startswith(f"plan: da steht '{typed}'")
    assert say(typed) == typed and len(say._kept) < 10
    monkeypatch.setattr(web_speech, "MOST_KEPT", 20)
    for number in range(100):
        assert say(f"a name {number}") == f"a name {number}"
    assert len(say._kept) <= 20 + 10
