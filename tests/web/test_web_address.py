"""An address that asks for what the page does not have: no other question is answered in its place."""

from pathlib import Path
from typing import Any

import pytest
from browsing import UNMARKED, answered

pytest.importorskip("playwright")

NOT_MODELLED = "is not in this model"
NOT_OFFERED = "is not offered here"
ASKED = [
    ("oi_type=V", "Type of OI V", NOT_MODELLED),
    ("oi_type=VI", "Type of OI VI", NOT_MODELLED),
    ("sex=other", "Sex other", NOT_OFFERED),
    ("drug0=ibandronate", "Treatment ibandronate", NOT_OFFERED),
    ("years=77", "Look ahead 77", NOT_OFFERED),
    ("drug0=zoledronate&for_years0=long", "For long", NOT_OFFERED),
    ("drug0=zoledronate&every_months0=0", "Every 0", NOT_OFFERED),
    ("height_z=tall", "Height tall", "A number is needed"),
]


@pytest.mark.parametrize("form", ["served", "file"])
@pytest.mark.parametrize("screen", ["explore", "compare"])
def test_an_unknown_choice_is_refused_and_nothing_else_is_answered(
    page: Any, site: Path, request: pytest.FixtureRequest, form: str, screen: str
) -> None:
    file = (site / "brittlestar.html").as_uri()
    base = (
        f"{file}?screen={screen}&"
        if form == "file"
        else f"{request.getfixturevalue('address')}/{screen if screen == 'compare' else ''}?"
    )
    for words, what, why in ASKED:
        page.goto("about:blank")
        page.goto(base + words)
        page.wait_for_selector("body[data-state=refused]")
        told = page.inner_text("#told")
        assert f"{what} was not worked out" in told.replace(" SD", "") and why in told, (words, told)
        assert page.evaluate(UNMARKED) == [] and not page.locator("#view").is_visible(), words
        assert page.get_attribute("body", "data-answers") is None
    # Once it is corrected, the question that stands in the form is answered.
    page.goto("about:blank")
    page.goto(f"{base}oi_type=V&drug0=zoledronate&for_years0=1&years=1")
    page.wait_for_selector("body[data-state=refused]")
    assert page.input_value("#oi_type") == "V" and "OI type V" in page.inner_text("#who-line")
    page.fill("#dose0" if screen == "compare" else "#dose", "0.02")
    assert page.get_attribute("body", "data-state") == "refused"
    page.select_option("#oi_type", "III")
    answered(page)
    assert page.inner_text("#told") == "" and "oi_type=III" in page.url
