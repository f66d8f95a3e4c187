"""References as BibTeX and as CSL-JSON."""

import json
import re
from collections.abc import Iterable

from brittlestar._shared.references import OTHERS, Reference, csl

_KINDS = {"article-journal": "article", "book": "book", "report": "techreport"}
_SPECIAL = re.compile(r"[&%$#_{}]")


def bibtex(found: Iterable[Reference]) -> str:
    """One entry per reference, keyed by its id."""
    return "\n".join(_entry(one) for one in found)


def _entry(one: Reference) -> str:
    kind = _KINDS.get(one.type, "misc") if one.container or one.type != "article-journal" else "misc"
    names = [OTHERS if name.family == OTHERS else _name(name.family, name.given) for name in one.authors]
    fields = {
        "author": " and ".join(names),
        "title": f"{{{_plain(one.title)}}}",
        "journal" if kind == "article" else "howpublished": _plain(one.container),
        "institution" if kind == "techreport" else "publisher": _plain(one.publisher),
        "year": one.year,
        "volume": one.volume,
        "number": one.issue or _plain(one.number),
        "pages": one.page.replace("-", "--"),
        "doi": one.doi,
        "pmid": one.pmid,
        "pmcid": one.pmc,
        "url": one.url,
        "note": _plain(one.note),
    }
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if value]
    return "\n".join([f"@{kind}{{{one.id},", *lines, "}"])


def _name(family: str, given: str) -> str:
    """A name of several words without a given name stands in braces: its last word is no family name."""
    if given:
        return f"{_plain(family)}, {_plain(given)}"
    return f"{{{_plain(family)}}}" if " " in family else _plain(family)


def _plain(text: str) -> str:
    return _SPECIAL.sub(r"\\\g<0>", text)


def csl_json(found: Iterable[Reference]) -> str:
    """The entries of the table; a reference that it lacks has its identifier for a title."""
    entries = [csl().get(one.id, {"id": one.id, "type": one.type, "title": one.title}) for one in found]
    return json.dumps(entries, indent=2, ensure_ascii=False)
