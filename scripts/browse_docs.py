"""Open the built site in a browser as a reader does: on a phone and a laptop, light and dark, and search it.

    python scripts/browse_docs.py           # after `make docs`, or `make browse-docs`; a few minutes
    python scripts/browse_docs.py FOLDER    # a site that was built elsewhere

Every page is opened at two settings and one of each kind at all four, as files, without a server: nothing
may be fetched from others, no page may scroll sideways, axe may find nothing, the search has to find what it
is asked for, and figures that are worked out in a page have to answer.
"""

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

HTML = Path(__file__).resolve().parents[1] / "build" / "docs" / "html"
KINDS = ("index", "start", "tutorials/child", "plans/forms", "model/trabeculae", "evidence/trials",
         "reference/api")  # fmt: skip
"""One page of each kind: words, blocks with charts, wide tables, equations, printed tables, signatures."""
SETTINGS = {(360, "light"): True, (1280, "dark"): True, (360, "dark"): False, (1280, "light"): False}
"""Width in pixels and scheme of colours -> whether every page is opened so, or one of each kind."""
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}}
WAIT_MS = 120_000
"""Longest for the answer of a figure: it makes its engine first, on a machine that may be busy."""
ASKED = {"zoledronate": "published-regimen", "query": "how-to/query", "POISE": "start"}
"""Word -> part of the address of a page that the search has to find."""


LIVE = {"start": ("#dose", "0.025"), "tutorials/child": ("#dose", "0.025"),
        "tutorials/evidence": ("#dose", "0.5"), "tutorials/drug": ("#dose0", "0.025")}  # fmt: skip
"""Page with a figure that is worked out in it -> a field of its question, and another value."""
ANSWERED = "body[data-answers]:not([data-answers='{}'])[data-state=ok][data-drawn]:not([data-drawn=''])"
"""The body of such a figure once it has answered more often."""


def names(site: Path) -> list[str]:
    """Every page of a built site; the pages under ``_static`` are another site, with tests of its own."""
    found = (file.relative_to(site).with_suffix("") for file in site.rglob("*.html"))
    return sorted(str(name) for name in found if name.parts[0] != "_static")


def address(site: Path, name: str) -> str:
    """Of a page of the site, as a file."""
    return (site / f"{name}.html").as_uri()


def faults(page: Any, place: str) -> Iterator[str]:
    """What is wrong with the page at an address as it is shown now."""
    page.goto(place)
    wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    if wide > 0:
        yield f"scrolls sideways by {wide} pixels"
    for found in Axe().run(page, options=RULES).response["violations"]:
        places = [node["target"][0] for node in found["nodes"]]
        yield f"{found['id']}: {found['help']}: {', '.join(map(str, places[:3]))} ({len(places)} places)"


def lost(page: Any, site: Path) -> Iterator[str]:
    """What the search does not find."""
    for word, place in ASKED.items():
        page.goto(f"{address(site, 'search')}?q={word}")
        page.wait_for_function("document.querySelector('.search-summary')?.textContent.includes('finished')")
        links = page.eval_on_selector_all("#search-results li a", "all => all.map(one => one.href)")
        if not any(place in link for link in links):
            yield f"search: {word!r} does not find {place}; {len(links)} pages"


def not_live(page: Any, site: Path) -> Iterator[str]:
    """What is wrong with the figures that are worked out in a page: another question has another answer."""
    for name, (field, value) in LIVE.items():
        page.goto(address(site, name))
        page.locator("iframe.live").scroll_into_view_if_needed()
        frame = page.locator("iframe.live").element_handle().content_frame()
        frame.wait_for_selector(ANSWERED.format(0), timeout=WAIT_MS)
        said, before = frame.inner_text("#say"), frame.get_attribute("body", "data-answers")
        frame.fill(field, value)
        frame.wait_for_selector(ANSWERED.format(before), timeout=WAIT_MS)
        if frame.inner_text("#say") == said:
            yield f"{name}: the figure says the same of another question"
        if (wide := frame.evaluate("document.documentElement.scrollWidth - window.innerWidth")) > 0:
            yield f"{name}: the figure scrolls sideways by {wide} pixels"


def browsed(browser: Any, site: Path, pages: Sequence[str], width: int, scheme: str) -> Iterator[str]:
    """What is wrong at one width in one scheme of colours."""
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
    page, heard = context.new_page(), []
    page.on("request", lambda asked: heard.append(f"asks for {asked.url}"))
    page.on("pageerror", lambda error: heard.append(f"script: {error}"))
    for name in pages:
        yield from (f"{name}: {fault}" for fault in faults(page, address(site, name)))
    yield from lost(page, site)
    yield from not_live(page, site)
    own = ("asks for file:", "asks for data:", "asks for blob:")
    yield from (line for line in heard if not line.startswith(own))
    context.close()


def main(arguments: Sequence[str]) -> int:
    """Browse; exit status 1 where anything is wrong."""
    site = Path(arguments[0]).resolve() if arguments else HTML
    every = names(site)
    with sync_playwright() as browsers:
        # Sandboxing needs rights that a container seldom gives; the pages are our own.
        path = os.environ.get("BRITTLESTAR_CHROMIUM") or None
        browser = browsers.chromium.launch(executable_path=path, args=["--no-sandbox"])
        found = [
            f"{width} pixels, {scheme}: {fault}"
            for (width, scheme), whole in SETTINGS.items()
            for fault in browsed(browser, site, every if whole else KINDS, width, scheme)
        ]
        browser.close()
    whole = " and ".join(f"{width} pixels {scheme}" for (width, scheme), whole in SETTINGS.items() if whole)
    print("\n".join(found) or f"{len(every)} pages at {whole}, {len(KINDS)} of them at all four; the search")
    return int(bool(found))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
