"""Results, which are English, in a language of the page: whole texts and sentences with numbers.

Each file of ``text/LANGUAGE/`` is one table: an English text -> the same in the language. ``{names}`` stand
for what differs from result to result; one with a format of numbers, as ``{gain:.1f}``, takes a number alone.
Where a text is a list, or a name with a unit, each of its parts may stand there by itself.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from copy import copy
from functools import cache
from importlib import resources
from typing import Any, NamedTuple

from markupsafe import Markup

from brittlestar._shared.words import capital
from brittlestar.evidence.studies.study import studies
from brittlestar.trials.protocol_texts import library
from brittlestar.web.catalogue import LANGUAGES, catalogue, filled, local, sentences

NUMBER = r"[+\u2212-]?(?:[\d.,]*\d(?:e[+-]?\d+)?|nan)"
_SLOT = re.compile(r"\{([^{}]*)\}")
_NUMERIC = re.compile(r":[^{}]*[defg]$|^n\d?$")
_FIGURES = re.compile(r"(?:[\s\d.,;:+\u2212\u2013<>=±×%()\u00a0-]|(?<=\d) to (?=[\d\u2212]))+")
"""Numbers and ranges."""

_SAME = re.compile(
    r"S\d\d|[IV]+|doi:10\.\S+|(?:PMID |PMC|NCT|ref:)\w+|PMID \d+ \(\d+\)"
    r"|[A-Z]\w+(?: & [A-Z]\w+)? (?:19|20)\d\d"
)
"""What is the same in every language: the id of a statement, a type of OI, a source and where it is found."""
_SPACES = ("\u00a0", " ")
_JOINTS = ("\n", ". ", "; ", ": ", ", ", *_SPACES)
_BRACKET = re.compile(r"(.+?)( |\u00a0)\((.+)\)(\*?)", re.DOTALL)
_REFUSAL = re.compile(
    r"""(?P<where>.*?): got (?P<value>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|.*?); (?P<accepted>.*)""",
    re.DOTALL,
)
"""A refusal as errors say it: a place, what was found there, and what would have been accepted."""

_WORDS = {"title", "text", "subtitle", "description", "datasets", "values", "domain", "sort"}
"""Of a chart's specification: what holds words that are read."""

_NAMES = {"field", "type"}
"""What holds names of its own."""

LONGEST = 1000
"""Letters of a text that is looked for in parts: none of the page's own has as many, and time grows with
their square."""

MOST_KEPT = 20_000
"""Texts that are kept with what is said for them, three times those of all screens: others people type."""


class Form(NamedTuple):
    """A sentence with places, and what is said for it."""

    pattern: re.Pattern[str]
    slots: dict[str, str]
    """place -> the group that it is found in"""
    said: str
    letters: int
    """of its own: of two that fit, the one that says more goes first"""


class Speech:
    """Speaks one language of the page."""

    def __init__(self, language: str) -> None:
        self.language = language
        told = texts(language)
        self.whole = _names() | _drugs(language)
        self.whole |= {en: said for en, said in told.items() if not _SLOT.search(en)}
        forms = [form(en, said) for en, said in told.items() if _SLOT.search(en)]
        self.forms = sorted(forms, key=lambda one: -one.letters)
        self._kept: dict[str, str | None] = {}

    def __call__(self, text: Any) -> str:
        """The text in the language, or as it is where that is not known."""
        text = str(text)
        return text if self.language == LANGUAGES[0] else self._best(text)

    def naming(self, names: Iterable[str]) -> "Speech":
        """The same, who also knows names that people gave: each is said in the language, or as it is."""
        other = copy(self)
        other.whole = self.whole | {name: self(name) for name in names}
        other._kept = {}
        return other

    def knows(self, text: str) -> bool:
        """Whether the text, with all its parts, is known in the language."""
        return self._known(text) is not None

    def refusal(self, text: str) -> str:
        """A refusal in the language; the place that it names and what was found there stay as they are."""
        found = _REFUSAL.fullmatch(text)
        if self.language == LANGUAGES[0] or not found:
            return self(text)
        told = found.groupdict() | {"accepted": self(found["accepted"])}
        return filled(catalogue(self.language)["runs.found"], **told)

    def marked(self, text: Any, shown: Any) -> Markup:
        """``shown``, marked as English where the text is not known in the language."""
        english = self.language != LANGUAGES[0] and str(text).strip() and not self._told(str(text))
        return Markup('<span lang="en">{}</span>').format(shown) if english else Markup("{}").format(shown)

    def chart(self, spec: Any, words: bool = False) -> Any:
        """The specification of a chart with its words and the names in its rows in the language."""
        if self.language == LANGUAGES[0]:
            return spec
        if isinstance(spec, Mapping):
            return {
                key: one if key in _NAMES else self.chart(one, words or key in _WORDS)
                for key, one in spec.items()
            }
        if isinstance(spec, list):
            return [self.chart(one, words) for one in spec]
        return self._best(spec) if words and isinstance(spec, str) else spec

    def _told(self, text: str) -> bool:
        return self._known(text) is not None or self._best(text) != text

    def _best(self, text: str) -> str:
        known = self._known(text)
        if known is not None or len(text) > LONGEST:
            return text if known is None else known
        # A sentence that is known, with something in it that is not, as the name of a study.
        return next((said for said in self._filled(text, self._best) if said is not None), text)

    def _known(self, text: str) -> str | None:
        if text in self._kept:
            return self._kept[text]
        if len(self._kept) >= MOST_KEPT:
            self._kept = {}
        kept = self._kept
        kept[text] = None
        kept[text] = self._find(text)
        return kept[text]

    def _find(self, text: str) -> str | None:
        if not text.strip() or _FIGURES.fullmatch(text):
            return local(text, self.language)
        if _SAME.fullmatch(text):
            return text
        if text in self.whole:
            return self.whole[text]
        if _small(text) in self.whole:
            return capital(self.whole[_small(text)])
        if len(text) > LONGEST:
            return None
        said = next((one for one in self._filled(text, self._known) if one is not None), None)
        return said if said is not None else self._parted(text)

    def _filled(self, text: str, say: Any) -> Iterator[str | None]:
        for one in self.forms:
            found = one.pattern.fullmatch(text) or one.pattern.fullmatch(_small(text))
            if not found:
                continue
            parts = {}
            for place, group in one.slots.items():
                value = found[group]
                parts[place] = local(value, self.language) if _NUMERIC.search(place) else say(value)
            if None not in parts.values():
                said = _SLOT.sub(lambda place, parts=parts: parts[place[1]], one.said)
                yield said if found.string == text else capital(said)

    def _parted(self, text: str) -> str | None:
        for joint in _JOINTS:
            at = text.find(joint)
            while at >= 0:
                head, tail = text[:at], text[at + len(joint) :]
                # Words follow one another in another order: only a number and its unit stand apart.
                apart = joint not in _SPACES or _FIGURES.fullmatch(head) or _FIGURES.fullmatch(tail)
                if head and tail and apart and (first := self._known(head)) is not None:
                    rest = self._known(tail)
                    if rest is not None:
                        return f"{first}{joint}{rest}"
                at = text.find(joint, at + 1)
        found = _BRACKET.fullmatch(text)
        if found:
            head, inside = self._known(found[1]), self._known(found[3])
            if head is not None and inside is not None:
                return f"{head}{found[2]}({inside}){found[4]}"
        if text.endswith(".") and (known := self._known(text[:-1])) is not None:
            return f"{known}."
        return None


def form(english: str, said: str) -> Form:
    """A form from its English text and what is said for it; a place that comes twice holds the same."""
    slots: dict[str, str] = {}
    pattern, last = "", 0
    for found in _SLOT.finditer(english):
        place = found[1]
        pattern += re.escape(english[last : found.start()])
        if place in slots:
            pattern += f"(?P={slots[place]})"
        else:
            slots[place] = f"s{len(slots)}"
            pattern += f"(?P<{slots[place]}>{NUMBER if _NUMERIC.search(place) else '.+?'})"
        last = found.end()
    pattern += re.escape(english[last:])
    letters = len(re.findall(r"[A-Za-z]", _SLOT.sub("", english)))
    return Form(re.compile(pattern, re.DOTALL), slots, said, letters)


def _small(text: str) -> str:
    return text[:1].lower() + text[1:]


def _names() -> dict[str, str]:
    """Trials and studies have one name in every language, if a language has no words for it."""
    return {name: name for name in (*library(), *studies(), *(one.cite for one in studies().values()))}


def _drugs(language: str) -> dict[str, str]:
    found = catalogue(language).items()
    return {key.removeprefix("drug."): said for key, said in found if key.startswith("drug.")}


@cache
def texts(language: str) -> dict[str, str]:
    """English text -> the same in the language; nothing of English."""
    if language == LANGUAGES[0]:
        return {}
    found = {one["en"]: one["said"] for one in sentences(language)["sentence"]}
    folder = resources.files("brittlestar.web").joinpath(f"text/{language}")
    for file in sorted(folder.iterdir(), key=lambda one: one.name):
        for en, said in tomllib.loads(file.read_text(encoding="utf-8")).items():
            if en in found:
                raise ValueError(f"{file.name}: said twice: {en}")
            found[en] = said
    return found


@cache
def speech(language: str) -> Speech:
    """Who speaks the language."""
    return Speech(language)
