"""One page that needs nothing else: templates, figures with their numbers beside them, scripts by hash."""

import base64
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, partial
from importlib import resources
from typing import TYPE_CHECKING, Any

import polars as pl
from markupsafe import Markup, escape

from brittlestar._shared import words
from brittlestar._shared.manifest import set_named
from brittlestar._shared.references import named_in, whole_doi
from brittlestar._shared.table import Table
from brittlestar.report.view import View

if TYPE_CHECKING:
    from jinja2 import Environment

_ID = re.compile(r"\bref:[a-z][a-z0-9_]*")
_DOI = re.compile(r"\bdoi:\s*(10\.\d{4,9}/[^\s;]+)", re.IGNORECASE)


@dataclass(frozen=True)
class Figure:
    """A chart as it stands on the page: title and explanation as text that wraps, the rest to be drawn."""

    id: str
    title: str
    captions: tuple[str, ...]
    description: str
    spec: str
    """JSON, safe inside a script element."""
    tables: tuple[Table, ...] = ()

    @classmethod
    def of(cls, id: str, chart: Any, *tables: Table) -> "Figure":
        """A chart as wide as its place on the page, its title moved into the text of the page."""
        from brittlestar.charts import safe_json

        # Held to its schema in tests: here that would take as long as drawing.
        spec = chart.to_dict(validate=False)
        heading = spec.pop("title")
        spec |= {"width": "container", "autosize": {"type": "fit-x", "contains": "padding"}}
        captions = tuple(_unbroken(heading.get("subtitle", ())))
        kept = tuple(filter(None, tables))
        return cls(id, " ".join(heading["text"]), captions, spec["description"], safe_json(spec), kept)


def _unbroken(lines: Iterable[str]) -> list[str]:
    """Lines of a chart as sentences: one that begins with a small letter goes on from that before."""
    found: list[str] = []
    for line in lines:
        if found and line[:1].islower():
            found[-1] += f" {line}"
        else:
            found.append(line)
    return found


def rows_of(caption: str, frame: pl.DataFrame) -> Table:
    """A table of what a chart shows."""
    table = Table.of(*frame.columns, title=caption)
    for row in frame.rows():
        table.row(*row)
    return table


def html(view: View) -> str:
    """A result as one self-contained page.

    Scripts run only if their hash stands in the page's own policy, so that nothing that comes with a result
    can run, and the policy lets the page reach nothing outside itself.
    """
    from altair.utils.schemapi import debug_mode  # takes half a second to load

    from brittlestar.charts import scripts, theme

    environment = _environment()
    code = [scripts(), _read("page.js")]
    with debug_mode(False):  # else each part is held to its schema, and again in what it is put into
        figures = view.draw()
    page = environment.get_template(view.template).render(
        title=view.title,
        manifest=view.manifest,
        tables=view.tables,
        figures=figures,
        **view.parts,
        css=Markup(environment.get_template("style.css").render(theme=theme)),
        scripts=[Markup(text) for text in code],
        policy=f"default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src {_hashes(code)}",
    )
    return re.sub(r"\n\s*\n+", "\n", page.partition("<script>")[0]) + "".join(page.partition("<script>")[1:])


def cite(source: str, *, undated: str = "no date") -> Markup:
    """A source as text, its DOIs as links; an id of the table of references says what it stands for.

    Args:
        source: as a result names it.
        undated: said of a reference without a year.
    """
    parts, end = [], 0
    for found in _DOI.finditer(source):
        doi = whole_doi(found[1])
        start = found.start(1)
        parts += [escape(source[end : found.start()])]
        parts += [Markup('<a href="https://doi.org/{0}">doi:{0}</a>').format(doi)]
        end = start + len(doi)
    return Markup(_ID.sub(partial(_told, undated), Markup("").join([*parts, escape(source[end:])])))


def _told(undated: str, found: re.Match[str]) -> str:
    (one,) = named_in(found[0])
    told = '<a href="{1}" title="{2}">{0}</a>' if one.url else '<span title="{2}">{0}</span>'
    # A reader knows a source by who and when; its id is for files.
    unlisted = one.title == found[0]
    said = found[0] if unlisted else f"{one.by} ({one.year or undated})" if one.by else one.what
    return Markup(told).format(said, one.url, one.what)


def human(key: str) -> str:
    """A field's name in words: ``age_years`` -> "Age, years"."""
    text = re.sub(r"_(years|months|kg|cm|mg_per_day|nmol_per_l|per_year)$", r", \1", str(key))
    return words.capital(re.sub(r"\boi\b", "OI", text.replace("_", " ")))


def plain(value: Any) -> str:
    """A number as it was put in, without a trailing ".0", or text."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return f"{value:.12g}".replace("-", words.MINUS) if is_number else str(value)


@cache
def _environment() -> "Environment":
    from jinja2 import Environment, PackageLoader, StrictUndefined  # not loaded for an answer in words

    environment = Environment(
        loader=PackageLoader("brittlestar.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"cite": cite, "human": human, "plain": plain, "capital": words.capital}
    environment.filters |= {"set_named": set_named}
    # The page's own environment speaks other languages here.
    environment.filters |= {"say": str, "tell": cite}
    return environment


@cache
def _read(name: str) -> str:
    return (resources.files("brittlestar.report") / "templates" / name).read_text(encoding="utf-8")


def _hashes(code: list[str]) -> str:
    digests = (hashlib.sha256(text.encode()).digest() for text in code)
    return " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)
