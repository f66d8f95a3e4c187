"""What the numbers rest on: one table of references (CSL-JSON), and the references that a text names.

A text names a reference by what identifies it anywhere (``doi:10.1/x``, ``PMID 1``, ``PMC1``, the number in a
register of trials or of drugs), or, where a label or a report has no such number, by its id in the table:
``ref:cdc2000``.
"""

import json
import re
from collections.abc import Iterator
from functools import cache
from importlib import resources
from typing import Any, NamedTuple

_DOI = r"\bdoi:\s*(?P<doi>10\.\d{4,9}/[^\s;\"]+)"
_NUMBER = (
    r"\b(?:PMID:? ?(?P<pmid>\d{5,8})|(?P<pmc>PMC\d{5,9})"
    r"|(?P<register>NCT\d{8}|\d{4}-\d{6}-\d{2}|(?:BLA|NDA)\d{6}))\b"
)
_NAMED = re.compile(rf"{_DOI}|{_NUMBER}|\bref:(?P<id>[a-z][a-z0-9_]*)", re.IGNORECASE)
_TRAILING = ".,:"
OTHERS = "others"
"""Literal name that stands for the authors whose names were not seen."""


class Name(NamedTuple):
    """One author: a person, or an institution with the family name alone."""

    family: str
    given: str = ""

    @property
    def short(self) -> str:
        """Family name and initials, without full stops: "Parfitt AM"."""
        parts = [self.given] if self.given.isupper() else re.split(r"[\s.-]+", self.given)
        initials = "".join(part if part.isupper() else part[:1] for part in parts)
        return f"{self.family} {initials}".strip()


class Reference(NamedTuple):
    """One published source; an empty field was not seen."""

    id: str
    type: str
    title: str
    authors: tuple[Name, ...] = ()
    container: str = ""
    year: str = ""
    volume: str = ""
    issue: str = ""
    page: str = ""
    publisher: str = ""
    number: str = ""
    doi: str = ""
    pmid: str = ""
    pmc: str = ""
    url: str = ""
    note: str = ""

    @property
    def address(self) -> str:
        """What names it in a text: DOI, PMID, PMC id, number in a register, or its id here."""
        return next(filter(None, (*self._numbers, f"ref:{self.id}")))

    @property
    def _numbers(self) -> tuple[str, ...]:
        doi, pmid = f"doi:{self.doi}" * bool(self.doi), f"PMID {self.pmid}" * bool(self.pmid)
        return tuple(filter(None, (doi, pmid, self.pmc, self.number)))

    @property
    def identifiers(self) -> Iterator[str]:
        """Every text by which :func:`named_in` finds it, in lower case."""
        yield f"ref:{self.id}"
        yield from filter(None, (self.doi.lower(), self.pmid, self.pmc.lower(), self.number.lower()))

    @property
    def by(self) -> str:
        """Who wrote or issued it: at most three names."""
        names = [name.short for name in self.authors if name.family != OTHERS]
        more = len(names) > 3 or len(names) < len(self.authors)
        return ", ".join(names[:3]) + " et al." * more if names else self.publisher

    @property
    def what(self) -> str:
        """Who, when and which: "Bass S et al. (1999). The differing tempo"."""
        year = f"({self.year or 'no date'})"
        return f"{self.by} {year}. {self.title}" if self.by else f"{self.title} {year}"

    @property
    def in_words(self) -> str:
        """One line of a bibliography: authors, year, title, where it stood, and what finds it."""
        inside = f"{self.volume}{f'({self.issue})' * bool(self.issue)}{f':{self.page}' * bool(self.page)}"
        place = f"{self.container} {inside}".strip() or self.publisher * bool(self.authors)
        parts = (self.what, place, ", ".join(self._numbers[:2]) or self.url)
        said = ". ".join(part.rstrip(".") for part in parts if part).replace("?.", "?")
        said += "." * (not said.endswith(self.url) or not self.url)
        return f"{said} ({self.note})" if self.note else said

    @property
    def order(self) -> tuple[str, str, str]:
        """Place in a bibliography: by author, year and title."""
        return (self.by or self.title).casefold(), self.year, self.title.casefold()


def _reference(entry: dict[str, Any]) -> Reference:
    """A reference from one entry in CSL-JSON."""
    names = tuple(
        Name(name["literal"]) if "literal" in name else Name(name["family"], name.get("given", ""))
        for name in entry.get("author", ())
    )
    year = entry["issued"]["date-parts"][0][0] if "issued" in entry else ""
    fields = {
        "container": "container-title", "volume": "volume", "issue": "issue", "page": "page",
        "publisher": "publisher", "number": "number", "doi": "DOI", "pmid": "PMID", "pmc": "PMCID",
        "url": "URL", "note": "note",
    }  # fmt: skip
    rest = {field: str(entry.get(key, "")) for field, key in fields.items()}
    return Reference(entry["id"], entry["type"], entry["title"], names, year=str(year), **rest)


@cache
def csl() -> dict[str, dict[str, Any]]:
    """Id -> entry of the table as it stands, in CSL-JSON."""
    text = resources.files(__package__).joinpath("references.json").read_text(encoding="utf-8")
    return {entry["id"]: entry for entry in json.loads(text)}


@cache
def references() -> dict[str, Reference]:
    """Id -> reference."""
    return {key: _reference(entry) for key, entry in csl().items()}


@cache
def _by_identifier() -> dict[str, Reference]:
    return {word: one for one in references().values() for word in one.identifiers}


def whole_doi(found: str) -> str:
    """A DOI without what follows it in a sentence.

    A bracket that was opened before the DOI closes after it; one inside belongs to it.
    """
    doi = found.rstrip(_TRAILING)
    while doi.endswith(")") and doi.count("(") < doi.count(")"):
        doi = doi[:-1].rstrip(_TRAILING)
    return doi


def identifiers(text: str) -> list[str]:
    """What identifies a reference in a text, in the order of the text."""
    found = []
    for match in _NAMED.finditer(text):
        word = whole_doi(match["doi"]) if match["doi"] else match["pmid"] or match["pmc"] or match["register"]
        found.append(word or match[0])
    return found


def named_in(text: str) -> list[Reference]:
    """References that a text names, each once; one that the table lacks has its identifier for a title."""
    found = [_by_identifier().get(word.lower()) or unlisted(word) for word in identifiers(text)]
    return list(dict.fromkeys(found))


def unlisted(text: str) -> Reference:
    """A reference that the table lacks, such as a user's own: all that is known is its text."""
    return Reference(re.sub(r"[^a-z0-9]+", "_", f"unlisted {text}".lower()), "document", text)
