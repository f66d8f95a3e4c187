"""Pages and parts of pages as HTML; everything that comes with a result is escaped."""

import hashlib
import re
from functools import cache, partial
from importlib import resources
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from brittlestar._shared import words
from brittlestar._shared.manifest import CONTEXT_OF_USE, commit, set_named, version
from brittlestar.charts import safe_json, scripts, theme
from brittlestar.engine import default_parameters, fingerprint
from brittlestar.report.page import cite, human, plain
from brittlestar.web import requests
from brittlestar.web.catalogue import LANGUAGES, catalogue, filled, local, sentences, spoken, unbroken
from brittlestar.web.glossary import EQUATIONS, Explainer, glossary
from brittlestar.web.speech import Speech, speech

SCREENS = (
    ("explore", "/"),
    ("compare", "/compare"),
    ("trial", "/trial"),
    ("evidence", "/evidence"),
    ("leaflet", "/leaflet"),
    ("unknown", "/unknown"),
)
"""Id and address, in the order of the menu; the name is ``title`` of its text."""

OF_ANSWERS = (
    "ask.js", "chart.js", "charts.js", "days.js", "harms.js", "picture.js", "question.js", "reasons.js",
    "rest.js", "rules.js", "sentences.js", "served.js", "shapes.js", "states.js", "text.js", "waiting.js",
)  # fmt: skip
SCRIPTS = {
    "explore": (
        "explore.js",
        *OF_ANSWERS,
        "clock.js",
        "end.js",
        "field.js",
        "sheet.js",
        "strut.js",
        "sure.js",
        "why.js",
    ),
    "compare": ("compare.js", *OF_ANSWERS, "courses.js", "sheet.js", "sheets.js", "sides.js"),
}
OTHERS = (
    "app.js", "ask.js", "design.js", "draw.js", "packed.js", "reasons.js", "runs.js", "sentences.js",
    "stale.js", "text.js",
)  # fmt: skip
"""Scripts of each screen, the one that starts first; and those of the screens that have none of their own."""

STYLES = ("tokens.css", "frame.css", "page.css", "answer.css", "why.css", "sheet.css", "compare.css")
STATIC = (
    dict.fromkeys((*(name for names in SCRIPTS.values() for name in names), *OTHERS), "text/javascript")
    | dict.fromkeys(STYLES, "text/css")
    | {"licences.txt": "text/plain"}
)
"""The only files that are served, by name."""


_ADDRESS = re.compile(r'(?<![">\w/])(https?://[^\s<>"]+[^\s<>".,;:)])')
_PMID = re.compile(r"\bPMID (\d{6,8})\b")


@cache
def environment(language: str = LANGUAGES[0]) -> Environment:
    """Templates of the page, over those of the reports, in a language."""
    return _speaking(speech(language))


def _speaking(say: Speech) -> Environment:
    """Templates as ``say`` speaks."""
    language = say.language
    loaders = [
        PackageLoader("brittlestar.web", "templates"),
        PackageLoader("brittlestar.report", "templates"),
    ]
    made = Environment(
        loader=ChoiceLoader(loaders),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "cite": linked,
        "human": human,
        "plain": plain,
        "set_named": set_named,
        "capital": words.capital,
        "number": words.number,
        "filled": filled,
        "local": local,
        "unbroken": unbroken,
        "say": say,
        "tell": lambda text: say.marked(text, linked(say(text), undated=say("no date"))),
    }
    made.globals |= {
        "word": glossary(language).__getitem__,
        "explainer": partial(Explainer, language),
        "safe_json": safe_json,
        "static": _address,
    }
    return made


def _address(name: str) -> str:
    return f"/static/{name}?{digest(name)[:12]}"


@cache
def static(name: str) -> tuple[str, str]:
    """Text and type of a file of the page.

    Raises:
        KeyError: no such file.
    """
    if name == "vega.js":
        return scripts(), "text/javascript"
    if name == "base.css":
        return environment().get_template("style.css").render(theme=theme), "text/css"
    kind = STATIC[name]
    text = (resources.files("brittlestar.web") / "static" / name).read_text(encoding="utf-8")
    # A module names others without their digest, and would then get an old one from the browser's memory.
    return re.sub(r'from "\./([a-z]+\.js)"', lambda found: f'from "{_address(found[1])}"', text), kind


@cache
def digest(name: str) -> str:
    """SHA-256 of a file of the page."""
    return hashlib.sha256(static(name)[0].encode()).hexdigest()


def linked(text: str, *, undated: str = "no date") -> Markup:
    """Text whose DOIs, PMIDs and web addresses can be followed; ``undated`` as of a report's sources."""
    found = _ADDRESS.sub(r'<a href="\1" rel="noreferrer">\1</a>', str(cite(text, undated=undated)))
    return Markup(
        _PMID.sub(r'<a href="https://pubmed.ncbi.nlm.nih.gov/\1/" rel="noreferrer">PMID \1</a>', found)
    )


def page(screen: str, token: str, language: str = LANGUAGES[0], **values: Any) -> str:
    """A whole page, in a language of the page."""
    language = spoken(language)
    text = catalogue(language)
    # A reader who has chosen a language keeps it from screen to screen.
    kept = "" if language == LANGUAGES[0] else f"?lang={language}"
    told = {
        "screens": [(id, f"{address}{kept}") for id, address in SCREENS],
        "alone": None,
        "scripts": SCRIPTS.get(screen, OTHERS),
    } | values
    return (
        environment(language)
        .get_template(f"screen_{screen}.html")
        .render(
            screen=screen,
            title=text[f"{screen}.title"],
            token=token,
            version=version(),
            commit=(commit() or "unknown")[:12],
            parameters=fingerprint(default_parameters())[:12],
            context_of_use=CONTEXT_OF_USE,
            glossary=glossary(language),
            equations=EQUATIONS,
            vega_sha=digest("vega.js"),
            drawn=screen in SCRIPTS,
            sliders=requests.SLIDERS,
            language=language,
            languages={one: catalogue(one)["lang.name"] for one in LANGUAGES},
            text=text,
            sentences=sentences(language),
            t=text.__getitem__,
            **told,
        )
    )


def part(name: str, say: Speech, **values: Any) -> str:
    """A part of a page, as ``say`` speaks."""
    return _speaking(say).get_template(f"{name}.html").render(t=catalogue(say.language).__getitem__, **values)
