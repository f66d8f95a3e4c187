"""Build the site into build/docs/html: blocks of Python and commands are run, warnings are errors.

    python scripts/build_docs.py            # all of it, some minutes
    python scripts/build_docs.py --changed  # while writing: only pages that changed since the last build

``docs/`` is copied beside the pages of ``docs_pages.py``, so nothing is written into the checkout. The site
is then searched for what it would fetch from others, links that lead nowhere and pictures without words.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import docs_pages

from brittlestar.care import parse, published, published_names
from brittlestar.care.text.spelling import normalise
from brittlestar.web.site.write import write as write_site

ROOT = Path(__file__).resolve().parents[1]
BUILD = ROOT / "build" / "docs"
SOURCE, HTML, KERNEL = BUILD / "source", BUILD / "html", BUILD / "ipython"
COLUMNS = "92"
"""What stands beside the menu of a laptop without scrolling."""

MOST_AT_ONCE = 4
"""Pages that are run at a time; each takes up to a gigabyte."""

FETCHED = {"img": "src", "script": "src", "iframe": "src", "source": "src", "link": "href", "object": "data"}
"""Elements that make a browser fetch something, and where they say what."""


def prepare() -> None:
    """Copy the pages, add those that are made, and set up the kernel that runs the blocks."""
    shutil.copytree(ROOT / "docs", SOURCE, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy2(ROOT / "CITATION.cff", SOURCE)
    docs_pages.write(SOURCE)
    live()
    startup = KERNEL / "profile_default" / "startup"
    startup.mkdir(parents=True, exist_ok=True)
    shutil.copy2(ROOT / "scripts" / "docs_kernel.py", startup / "00-docs.py")


def live() -> None:
    """The page without a server, beside the site: its first screen stands in pages, and may be asked anew."""
    (folder := SOURCE / "_static" / "live").mkdir(parents=True, exist_ok=True)
    write_site(folder)


def build() -> int:
    """Run Sphinx; its exit status."""
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    around = {"PATH": path, "COLUMNS": COLUMNS, "IPYTHONDIR": str(KERNEL)}
    at_once = str(min(len(os.sched_getaffinity(0)), MOST_AT_ONCE))
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-j", at_once]
    command += ["-b", "html", str(SOURCE), str(HTML)]
    return subprocess.run(command, env=os.environ | around, check=False).returncode


class Page(HTMLParser):
    """What a page links to, fetches and shows, and the places in it that can be linked to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.fetched: list[str] = []
        self.places: set[str] = set()
        self.silent: list[str] = []
        """pictures without words"""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what an element asks for."""
        said = dict(attrs)
        self.places |= {place for place in (said.get("id"), said.get("name")) if place}
        if tag == "a" and said.get("href"):
            self.links.append(str(said["href"]))
        if tag in FETCHED and said.get(FETCHED[tag]):
            self.fetched.append(str(said[FETCHED[tag]]))
        if tag == "img" and not said.get("alt"):
            self.silent.append(str(said.get("src")))


def faults(folder: Path) -> Iterator[str]:
    """What is wrong with a built site, one line each."""
    pages = {path: Page(path.read_text(encoding="utf-8")) for path in sorted(folder.rglob("*.html"))}
    for path, page in pages.items():
        name = path.relative_to(folder)
        yield from (f"{name}: a picture without words, {picture}" for picture in page.silent)
        for address in page.fetched:
            parts = urlsplit(address)
            if parts.netloc or parts.scheme not in ("", "data"):
                yield f"{name}: fetches {address} from others"
            elif parts.path and not parts.scheme and not (path.parent / unquote(parts.path)).exists():
                yield f"{name}: {address} is not there"
        for address in page.links:
            parts = urlsplit(address)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if not target.exists():
                yield f"{name}: {address} leads nowhere"
            elif parts.fragment and target in pages and unquote(parts.fragment) not in pages[target].places:
                yield f"{name}: {address} has no such place"
    for path in (*folder.rglob("*.css"), *folder.rglob("*.js")):
        text = path.read_text(encoding="utf-8")
        if "url(http" in text or "url(//" in text or '@import "http' in text:
            yield f"{path.relative_to(folder)}: fetches from others"


def outside_the_grammar() -> Iterator[str]:
    """Plans that are read although the grammar that is printed does not have them."""
    import lark

    grammar = (ROOT / "docs" / "plans" / "grammar.lark").read_text(encoding="utf-8")
    whole = lark.Lark(grammar, start="plan", parser="earley", lexer="dynamic")
    said = [words for examples in docs_pages.forms()["read"].values() for words in examples]
    said += [published(name).in_words() for name in published_names()]
    for words in dict.fromkeys((*said, *(parse(words).in_words() for words in said))):
        try:
            whole.parse(normalise(words))
        except lark.UnexpectedInput as error:
            yield f"grammar.lark does not have {words!r}: {error}"


def main() -> int:
    """Build and check; exit status 1 where anything is wrong."""
    if outside := list(outside_the_grammar()):
        print("\n".join(outside))
        return 1
    if "--changed" not in sys.argv[1:]:
        shutil.rmtree(BUILD, ignore_errors=True)
    prepare()
    if build():
        return 1
    found = list(faults(HTML))
    print("\n".join(found) or f"{HTML.relative_to(ROOT)}/index.html")
    return int(bool(found))


if __name__ == "__main__":
    raise SystemExit(main())
