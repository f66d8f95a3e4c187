"""The files: a site for any plain file server, and its screens as one file that opens from disk."""

import base64
import gzip
import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from brittlestar.comparison.lives import EXPECTED
from brittlestar.engine.wasm_engine import wasm_engine, wasm_table
from brittlestar.web import kept_lives, pages, screens
from brittlestar.web.catalogue import LANGUAGES
from brittlestar.web.site.bundle import bundle, bundle_of
from brittlestar.web.site.model import model

SCRIPTS = {
    "explore": "explore.js", "compare": "compare.js",
    "evidence": "reading.js", "leaflet": "reading.js", "unknown": "reading.js",
}  # fmt: skip
"""Screens of the site, each with its script; the others need a server."""

WORKER, OFFLINE, COMPUTING, VEGA = "worker.js", "offline.js", "computing.bin", "vega.js"
"""Scripts of workers and of what works offline, what is computed with, and what draws charts."""

MODULES = {"explore.js": "explore.js", "compare.js": "compare.js", "reading.js": "app.js"}
"""The module that each script begins with."""

ENGINES = {"lived": (kept_lives.FOLLOWED, 1, True), "calm": (EXPECTED, 1, False)}
"""Outputs, most drugs, and whether bones break, of the engines that the pages run."""

ALONE = {"served.js": "alone/adapter.js"}
"""What stands in for what asks the server."""

OF_ANSWERS = ("tokens.css", "frame.css", "answer.css", "why.css", "sheet.css")
STYLES = {"explore": OF_ANSWERS, "compare": (*OF_ANSWERS, "compare.css")}
READ_STYLES = ("base.css", "page.css", "tokens.css", "frame.css")
"""Of the screens that are read."""

FIRST = next(iter(SCRIPTS))
"""The screen that the one file opens with."""

ONE_FILE = {
    language: "brittlestar.html" if language == LANGUAGES[0] else f"brittlestar-{language}.html"
    for language in LANGUAGES
}

_NOTHING = "default-src 'none'; form-action 'none'; base-uri 'none'; object-src 'none'; "
POLICY = (
    f"{_NOTHING}script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; style-src 'self'; "
    "img-src 'self' data: blob:; connect-src 'self' blob: data:; font-src 'self'"
)
"""Nothing from elsewhere, no script or style inside a page."""

_STYLE = re.compile(r'<link rel="stylesheet" href="([a-z]+\.css)">\n?')
_PRELOAD = re.compile(r'<link rel="modulepreload"[^>]*>\n?')
_SCRIPT = re.compile(r'<script type="module" src="[a-z]+\.js"></script>\n?')
_VEGA = re.compile(r'<meta name="vega"[^>]*>\n?')


class Alone(NamedTuple):
    """What a page is told that has no server."""

    policy: str
    pages: Mapping[str, str]
    """address of the same screen by language"""


def name_of(screen: str, language: str) -> str:
    """The file of a screen."""
    if screen == FIRST:
        return "index.html" if language == LANGUAGES[0] else f"{language}.html"
    return f"{screen}.html" if language == LANGUAGES[0] else f"{screen}-{language}.html"


def files() -> dict[str, bytes]:
    """Every file by name."""
    styles = dict.fromkeys((*(name for some in STYLES.values() for name in some), *READ_STYLES))
    static = {name: pages.static(name)[0].encode() for name in (*styles, VEGA, "licences.txt")}
    scripts = {name: bundle(module, ALONE) for name, module in MODULES.items()}
    scripts[WORKER] = bundle("alone/worker.js")
    found = static | {name: text.encode() for name, text in scripts.items()} | {COMPUTING: computing()}
    for language in LANGUAGES:
        for screen in SCRIPTS:
            told = Alone(POLICY, {one: name_of(screen, one) for one in LANGUAGES})
            addresses = {one: name_of(one, language) for one in SCRIPTS}
            found[name_of(screen, language)] = _page(screen, told, addresses, language).encode()
    for language, name in ONE_FILE.items():
        found[name] = _one_file(language, found).encode()
    found[OFFLINE] = _offline(found).encode()
    return found


def write(folder: Path) -> dict[str, int]:
    """Write all files into a directory; their sizes in bytes by name."""
    made = files()
    for name, content in made.items():
        (folder / name).write_bytes(content)
    return {name: len(content) for name, content in made.items()}


def computing() -> bytes:
    """What the browser computes with, compressed.

    The engine with and without fractures, the program of the table of healthy people, and the model; before
    them where each is: the length of JSON (uint32), and JSON.
    """
    parts = {
        **{name: wasm_engine(*how) for name, how in ENGINES.items()},
        "healthy": wasm_table(),
        "model": json.dumps(model(), allow_nan=False, separators=(",", ":")).encode(),
    }
    places, at = {}, 0
    for name, part in parts.items():
        places[name] = at, len(part)
        at += len(part)
    head = json.dumps(places).encode()
    whole = len(head).to_bytes(4, "little") + head + b"".join(parts.values())
    return gzip.compress(whole, mtime=0)


def _page(screen: str, told: Alone, addresses: Mapping[str, str], language: str) -> str:
    """A screen; ``addresses`` are those of all in this language."""
    content = {"evidence": screens.evidence, "leaflet": screens.leaflet, "unknown": screens.unknown}
    menu = [(id, addresses[id]) for id, _ in pages.SCREENS if id in addresses]
    own = {"alone": told, "screens": menu, "static": str, "scripts": (SCRIPTS[screen],)}
    return pages.page(screen, "", language, **own, **(content[screen](language) if screen in content else {}))


def _one_file(language: str, found: Mapping[str, bytes]) -> str:
    """Every screen with all that it needs inside, so that it opens from a disk.

    What the first view does not need is packed, and unpacked when it is asked for.
    """
    script = bundle_of("alone/opening.js", {one: MODULES[file] for one, file in SCRIPTS.items()}, ALONE)
    # In the order that the screens have them.
    styles: dict[str, list[str]] = {name: [] for name in READ_STYLES}
    for screen in SCRIPTS:
        for name in STYLES.get(screen, READ_STYLES):
            styles.setdefault(name, []).append(screen)
    text = {name: found[name].decode() for name in styles}
    allowed, sheet_hashes = (
        " ".join(f"'{_sha256(one)}'" for one in each)
        for each in ((script, found[VEGA].decode()), text.values())
    )
    policy = (
        f"{_NOTHING}script-src {allowed} 'wasm-unsafe-eval'; worker-src blob:; style-src {sheet_hashes}; "
        "img-src data: blob:; connect-src data: blob:"
    )
    addresses = {screen: f"?screen={screen}" for screen in SCRIPTS}
    html = {
        screen: _page(
            screen, Alone(policy, {one: f"{file}{addresses[screen]}" for one, file in ONE_FILE.items()}),
            addresses, language,
        )
        for screen in SCRIPTS
    }  # fmt: skip
    page = _SCRIPT.sub("", _VEGA.sub("", _PRELOAD.sub("", _STYLE.sub("", html[FIRST]))))
    packed = {f"screen-{one}": html[one].encode() for one in SCRIPTS if one != FIRST}
    packed["vega"] = found[VEGA]
    inside = {"worker": found[WORKER].decode(), "computing": _base64(found[COMPUTING])}
    inside |= {id: _base64(gzip.compress(content, mtime=0)) for id, content in packed.items()}
    if any("</script" in one or "<!--" in one for one in (script, inside["worker"])):
        raise ValueError("a script holds what would end it inside a page")
    sheets = "".join(_sheet(text[name], of) for name, of in styles.items())
    data = "".join(f'<script type="text/plain" id="{id}">{one}</script>\n' for id, one in inside.items())
    page = page.replace("</head>", f"{sheets}</head>", 1)
    return page.replace("</body>", f"{data}<script>{script}</script>\n</body>")


def _sheet(text: str, of: list[str]) -> str:
    """A style of these screens, at work where the first is among them."""
    media = "all" if FIRST in of else "not all"
    return f'<style data-of="{" ".join(of)}" media="{media}">{text}</style>\n'


def _offline(found: Mapping[str, bytes]) -> str:
    pages_ = [name_of(screen, language) for screen in STYLES for language in LANGUAGES]
    sheets = dict.fromkeys(name for some in STYLES.values() for name in some)
    first = ["./", *pages_, *sheets, *(SCRIPTS[screen] for screen in STYLES), WORKER, COMPUTING]
    digest = hashlib.sha256(b"".join(found[name] for name in sorted(found))).hexdigest()
    kept = json.dumps([f"brittlestar-{digest[:12]}", first])
    text = bundle("alone/offline.js")
    return f"const KEPT = {kept};\n{text}"


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _sha256(text: str) -> str:
    return f"sha256-{_base64(hashlib.sha256(text.encode()).digest())}"
