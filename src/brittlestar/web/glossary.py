"""Plain words for readers, from one file, and what a researcher sees beside them."""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources

from brittlestar.web.catalogue import LANGUAGES


@dataclass(frozen=True)
class Word:
    """A word and what it means."""

    word: str
    says: str
    match: str = ""
    """what a text calls it, as a pattern"""


ENGLISH = LANGUAGES[0]


@cache
def glossary(language: str = ENGLISH) -> dict[str, Word]:
    """Every word that can be tapped, by id, in a language of the page."""
    name = "glossary.toml" if language == ENGLISH else f"glossary.{language}.toml"
    text = resources.files("brittlestar.web").joinpath(name).read_text(encoding="utf-8")
    return {id: Word(**entry) for id, entry in tomllib.loads(text).items()}


class Explainer:
    """Finds words of the glossary in the texts of one article; each is found once."""

    def __init__(self, language: str = ENGLISH) -> None:
        self.left = {id: one.match for id, one in glossary(language).items() if one.match}

    def parts(self, text: str) -> list[tuple[str, str]]:
        """The text in parts, each with the id of the word that it is, or nothing."""
        found = []
        for id, pattern in list(self.left.items()):
            at = re.search(rf"(?<![\w-])(?:{pattern})(?![\w-])", text, re.IGNORECASE)
            if at and not any(at.start() < end and start < at.end() for start, end, _ in found):
                found.append((*at.span(), id))
                del self.left[id]
        parts, last = [], 0
        for start, end, id in sorted(found):
            parts += [(text[last:start], ""), (text[start:end], id)]
            last = end
        return [part for part in (*parts, (text[last:], "")) if part[0]]


EQUATIONS = (
    ("Osteoclasts", "dC/dt = kC (A r − a(u) C)", "bone/remodelling.toml"),
    ("Osteoblasts", "dB/dt = (load × P − B) / tau_B, with P following resorption", "bone/remodelling.toml"),
    ("Drug on the surface", "dS/dt = uptake + released − (desorbed + buried)", "drugs/shared.toml"),
    ("Buried drug", "dD/dt = buried − released by resorption", "drugs/shared.toml"),
    ("Fracture", "hazard(site) = reference × type × strength^-p × damage terms; an event when its integral "
     "crosses the person's next unit-rate arrival", "outcomes/fracture.toml"),
)  # fmt: skip
"""Name, equation in short and the file of its numbers."""
