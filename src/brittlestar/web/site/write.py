"""The files: a site for any plain file server, and the first screen as one file that opens from disk."""

import base64
import gzip
import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from brittlestar.comparison.lives import EXPECTED
from brittlestar.engine.wasm_engine import wasm_engine, wasm_table
from brittlestar.web import kept_lives, pages, screens
from brittlestar.web.catalogue import LANGUAGES
from brittlestar.web.site.bundle import bundle
from brittlestar.web.site.model import model

EXPLORE, READING, WORKER, OFFLINE, COMPUTING = (
    "explore.js", "reading.js", "worker.js", "offline.js", "computing.bin",
)  # fmt: skip
"""Scripts of the first screen, of the others, of workers and of what works offline; what is computed with."""

FIRST_STYLES = ("tokens.css", "frame.css", "answer.css", "why.css", "sheet.css")
OTHER_FILES = ("base.css", "page.css", "vega.js", "licences.txt")

INDEX = {language: "index.html" if language == LANGUAGES[0] else f"{language}.html" for language in LANGUAGES}
ONE_FILE = {
    language: "brittlestar.html" if language == LANGUAGES[0] else f"brittlestar-{language}.html"
    for language in LANGUAGES
}
SCREENS = ("explore", "evidence", "leaflet", "unknown")
"""Screens of the site; the others need a server."""

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
    """address of the first screen by language"""


def files() -> dict[str, bytes]:
    """Every file by name."""
    static = {name: pages.static(name)[0].encode() for name in (*FIRST_STYLES, *OTHER_FILES)}
    scripts = {EXPLORE: _explore(), READING: bundle("app.js"), WORKER: bundle("alone/worker.js")}
    found = static | {name: text.encode() for name, text in scripts.items()} | {COMPUTING: computing()}
    told = Alone(POLICY, INDEX)
    for language, name in INDEX.items():
        found[name] = _page("explore", told, EXPLORE, language).encode()
    content = {"evidence": screens.evidence, "leaflet": screens.leaflet, "unknown": screens.unknown}
    for screen, values in content.items():
        found[f"{screen}.html"] = _page(screen, told, READING, **values()).encode()
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
        "lived": wasm_engine(kept_lives.FOLLOWED, drugs=1),
        "calm": wasm_engine(EXPECTED, drugs=1, fates=False),
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


def _explore() -> str:
    return bundle("explore.js", {"served.js": "alone/adapter.js"})


def _page(screen: str, told: Alone, script: str, language: str = LANGUAGES[0], **values: Any) -> str:
    addresses = {one: f"{one}.html" for one in SCREENS} | {"explore": told.pages[LANGUAGES[0]]}
    menu = [(id, addresses[id], name) for id, _, name in pages.SCREENS if id in addresses]
    own = {"alone": told, "screens": menu, "static": str, "scripts": (script,)}
    return pages.page(screen, "", language, **own, **values)


def _one_file(language: str, found: Mapping[str, bytes]) -> str:
    """The first screen with all that it needs inside, so that it opens from a disk."""
    styles = {name: found[name].decode() for name in FIRST_STYLES}
    script = found[EXPLORE].decode()
    policy = (
        f"{_NOTHING}script-src '{_sha256(script)}' 'wasm-unsafe-eval'; worker-src blob:; "
        f"style-src {' '.join(f"'{_sha256(text)}'" for text in styles.values())}; img-src data: blob:"
    )
    page = _page("explore", Alone(policy, ONE_FILE), EXPLORE, language)
    page = _STYLE.sub(lambda one: f"<style>{styles[one[1]]}</style>\n", page)
    page = _SCRIPT.sub("", _VEGA.sub("", _PRELOAD.sub("", page)))
    inside = {"worker": found[WORKER].decode(), "computing": base64.b64encode(found[COMPUTING]).decode()}
    data = "".join(f'<script type="text/plain" id="{id}">{text}</script>\n' for id, text in inside.items())
    if any("</script" in text or "<!--" in text for text in (script, inside["worker"])):
        raise ValueError("a script holds what would end it inside a page")
    return page.replace("</body>", f"{data}<script>{script}</script>\n</body>")


def _offline(found: Mapping[str, bytes]) -> str:
    first = ["./", *INDEX.values(), *FIRST_STYLES, EXPLORE, WORKER, COMPUTING]
    digest = hashlib.sha256(b"".join(found[name] for name in sorted(found))).hexdigest()
    kept = json.dumps([f"brittlestar-{digest[:12]}", first])
    text = bundle("alone/offline.js")
    return f"const KEPT = {kept};\n{text}"


def _sha256(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
