"""Open the built site in a browser as a reader does: on a phone and a laptop, light and dark, and search it.

    python scripts/browse_docs.py           # after `make docs`, or `make browse-docs`

Pages are opened as files, without a server: nothing may be fetched from others, no page may scroll sideways,
axe may find nothing, the search has to find what it is asked for, and figures that are worked out in a page
have to answer.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

HTML = Path(__file__).resolve().parents[1] / "build" / "docs" / "html"
PAGES = ("index", "start", "tutorials/child", "plans/forms", "model/trabeculae", "evidence/trials",
         "reference/api")  # fmt: skip
"""One of each kind: words, blocks with charts, wide tables, equations, printed tables, signatures."""
WIDTHS, SCHEMES = (360, 1280), ("light", "dark")
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}}
WAIT_MS = 120_000
"""Longest for the answer of a figure: it makes its engine first, on a machine that may be busy."""
ASKED = {"zoledronate": "published-regimen", "query": "how-to/query", "POISE": "start"}
"""Word -> part of the address of a page that the search has to find."""


LIVE = {"start": ("#dose", "0.025"), "tutorials/child": ("#dose", "0.025")}
"""Page with a figure that is worked out in it -> a field of its question, and another value."""
ANSWERED = "body[data-answers]:not([data-answers='{}'])[data-state=ok][data-drawn]:not([data-drawn=''])"
"""The body of such a figure once it has answered more often."""


def address(name: str) -> str:
    """Of a page of the site, as a file."""
    return (HTML / f"{name}.html").as_uri()


def faults(page: Any, name: str) -> Iterator[str]:
    """What is wrong with a page as it is shown now."""
    page.goto(address(name))
    wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    if wide > 0:
        yield f"scrolls sideways by {wide} pixels"
    for found in Axe().run(page, options=RULES).response["violations"]:
        places = [node["target"][0] for node in found["nodes"]]
        yield f"{found['id']}: {found['help']}: {', '.join(map(str, places[:3]))} ({len(places)} places)"


def lost(page: Any) -> Iterator[str]:
    """What the search does not find."""
    for word, place in ASKED.items():
        page.goto(f"{address('search')}?q={word}")
        page.wait_for_function("document.querySelector('.search-summary')?.textContent.includes('finished')")
        links = page.eval_on_selector_all("#search-results li a", "all => all.map(one => one.href)")
        if not any(place in link for link in links):
            yield f"search: {word!r} does not find {place}; {len(links)} pages"


def not_live(page: Any) -> Iterator[str]:
    """What is wrong with the figures that are worked out in a page: another question has another answer."""
    for name, (field, value) in LIVE.items():
        page.goto(address(name))
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


def browsed(browser: Any, width: int, scheme: str) -> Iterator[str]:
    """What is wrong at one width in one scheme of colours."""
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
    page, heard = context.new_page(), []
    page.on("request", lambda asked: heard.append(f"asks for {asked.url}"))
    page.on("pageerror", lambda error: heard.append(f"script: {error}"))
    for name in PAGES:
        yield from (f"{name}: {fault}" for fault in faults(page, name))
    yield from lost(page)
    yield from not_live(page)
    own = ("asks for file:", "asks for data:", "asks for blob:")
    yield from (line for line in heard if not line.startswith(own))
    context.close()


def main() -> int:
    """Browse; exit status 1 where anything is wrong."""
    with sync_playwright() as browsers:
        # Sandboxing needs rights that a container seldom gives; the pages are our own.
        path = os.environ.get("BRITTLESTAR_CHROMIUM") or None
        browser = browsers.chromium.launch(executable_path=path, args=["--no-sandbox"])
        found = [
            f"{width} pixels, {scheme}: {fault}"
            for width in WIDTHS
            for scheme in SCHEMES
            for fault in browsed(browser, width, scheme)
        ]
        browser.close()
    print("\n".join(found) or f"{len(PAGES)} pages: phone and laptop, light and dark, and the search")
    return int(bool(found))


if __name__ == "__main__":
    raise SystemExit(main())
