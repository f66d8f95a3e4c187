"""Five tasks of a reader, each done in at most two actions from the page as it opens."""

from pathlib import Path
from typing import Any

import pytest
from browsing import answered

pytest.importorskip("playwright")

IN_SIGHT = """(selector) => [...document.querySelectorAll(selector)].some((one) => {
    const box = one.getBoundingClientRect();
    return one.checkVisibility() && box.top >= 0 && box.bottom <= innerHeight && box.width > 0;
})"""


class Reader:
    """Someone who clicks, and may do so twice."""

    def __init__(self, page: Any) -> None:
        self.page, self.actions = page, 0

    def click(self, name: str) -> None:
        self.actions += 1
        self.page.get_by_text(name, exact=True).first.click()

    def sees(self, selector: str) -> str:
        self.page.wait_for_function(f"({IN_SIGHT})({selector!r})")
        assert self.actions <= 2
        return str(self.page.locator(selector).first.inner_text())


@pytest.fixture(params=["served", "file"])
def reader(request: pytest.FixtureRequest, page: Any, site: Path) -> Reader:
    page.set_viewport_size({"width": page.viewport_size["width"], "height": 800})
    file = (site / "brittlestar.html").as_uri()
    page.goto(file if request.param == "file" else request.getfixturevalue("address"))
    answered(page)
    return Reader(page)


def test_find_the_plan_its_benefit_and_its_range(reader: Reader) -> None:
    assert "zoledronate" in reader.sees("#drug option:checked, #drug").lower()
    assert reader.sees("#say b.n1") and reader.sees("#say b.n2")
    assert "range" in reader.sees("#pic .rng span") and reader.actions == 0


def test_find_its_worst_harm(reader: Reader) -> None:
    reader.click("All harms")
    reader.page.wait_for_selector("#harm-lists .h")
    rare = reader.page.locator(".hg", has_text="Rare and serious")
    reader.actions += 1  # scrolling
    rare.scroll_into_view_if_needed()
    assert "jaw" in rare.inner_text() and "at most" in rare.inner_text() and reader.actions <= 2


def test_find_where_trials_disagree(reader: Reader) -> None:
    reader.click("Why two answers?")
    told = reader.sees("#two p")
    assert "Without one trial that stands apart" in told and "71 broken bones" in told
