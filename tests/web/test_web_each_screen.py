"""Each screen at widths and in colours between those that axe sees whole, and by the keyboard alone."""

from typing import Any

import pytest
from browsing import answered
from test_web_browser import SCREENS

axe = pytest.importorskip("axe_playwright_python.sync_playwright")

TABS = 24
"""Presses of the key: past the menu, through what is asked, into what is told."""

FOCUSED = """() => {
    const one = document.activeElement, style = getComputedStyle(one), box = one.getBoundingClientRect();
    const ring = (place) => place && getComputedStyle(place).boxShadow !== 'none';
    const outlined = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
    const before = window.last.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_PRECEDING;
    window.last = one;
    return {
        name: one.id || one.className || one.textContent.trim().slice(0, 30),
        page: one === document.body,
        seen: box.width > 0 && box.bottom > 0 && box.top < innerHeight && one.checkVisibility(),
        marked: outlined || ring(one.closest('.in')),
        back: Boolean(before),
    };
}"""
"""The element that has the focus: whether it is in sight, marked, and stands after the one before it."""


def opened(page: Any, address: str, screen: str) -> None:
    path, ready = SCREENS[screen]
    page.goto(address + path)
    page.wait_for_selector(ready, state="attached")
    if screen in ("explore", "compare"):
        answered(page)


@pytest.mark.parametrize("screen", SCREENS)
def test_between_the_widths_nothing_runs_over_and_in_the_dark_all_can_be_read(
    page: Any, address: str, screen: str
) -> None:
    opened(page, address, screen)
    for width in (320, 768, 1024):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, width
    page.set_viewport_size({"width": 1280, "height": 900})
    page.emulate_media(color_scheme="dark")
    found = axe.Axe().run(page, options={"runOnly": ["color-contrast"]})
    assert [one["nodes"][0]["html"] for one in found.response["violations"]] == []


@pytest.mark.parametrize("page", [(360, "light"), (1280, "dark")], indirect=True)
@pytest.mark.parametrize("screen", SCREENS)
def test_by_the_keyboard_each_step_goes_on_is_in_sight_and_is_marked(
    page: Any, address: str, screen: str
) -> None:
    opened(page, address, screen)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.evaluate("window.last = document.activeElement")
    steps = []
    for _ in range(TABS):
        page.keyboard.press("Tab")
        steps.append(page.evaluate(FOCUSED))
        if steps[-1]["page"]:
            break
    steps = [one for one in steps if not one["page"]]
    assert len(steps) > 5
    assert [one["name"] for one in steps if not one["seen"] or not one["marked"] or one["back"]] == []
    # The link that the keyboard meets first leads past all of them.
    page.evaluate("document.querySelector('.skip').focus()")
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == "#main"
