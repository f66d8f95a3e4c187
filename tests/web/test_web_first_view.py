"""What the first view says before anything is opened: few numbers, and of breaks told the same bones."""

import re
from pathlib import Path
from typing import Any

import pytest
from browsing import FIRST_VIEW, answered
from test_web_print import FILES, question

from brittlestar.web.catalogue import LANGUAGES

pytest.importorskip("playwright")

MOST_NUMBERS, MOST_WORDS = 20, 250
FOUR = "&".join(
    f"drug{k}={drug}" for k, drug in enumerate(("zoledronate", "risedronate", "pamidronate", "neridronate"))
)


def first_view(page: Any) -> tuple[int, int]:
    said = page.evaluate(FIRST_VIEW)
    return len(re.findall(r"\d[\d.,]*", said)), len(said.split())


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("page", [(360, "light"), (1280, "light")], indirect=True)
def test_four_plans_are_read_at_a_glance(site: Path, page: Any, language: str) -> None:
    page.goto(f"{(site / FILES[language]).as_uri()}?screen=compare&{FOUR}")
    answered(page)
    numbers, words = first_view(page)
    assert numbers <= MOST_NUMBERS and words <= MOST_WORDS
    folded = page.locator(".plan.folded:visible")
    assert folded.count() == 2 and page.locator(".plan [name=dose]:visible").count() == 2
    folded.first.locator(".unfold").click()
    assert page.locator(".plan [name=dose]:visible").count() == 3


@pytest.mark.parametrize("page", [(360, "light"), (1280, "light")], indirect=True)
def test_names_above_the_charts_are_whole(site: Path, page: Any) -> None:
    for language, file in FILES.items():
        page.goto(f"{(site / file).as_uri()}?screen=compare&{FOUR}")
        answered(page)
        for place in ("#plots", "#sheet-density"):
            assert "…" not in page.text_content(place), (language, place)
        # Neither do they lie on those of the lines.
        edges = "(all, end) => all.map((one) => one.getBBox()).map((box) => box.y + end * box.height)"
        first = page.locator("#plots svg").first
        doses, lines = first.locator(".ax[class*=as-]"), first.locator(".dl")
        assert max(doses.evaluate_all(edges, 1)) <= min(lines.evaluate_all(edges, 0)) + 4, language
        ends = page.locator("#plots text").evaluate_all(
            "(all) => all.map((one) => one.getBoundingClientRect().right)"
        )
        assert max(ends) <= page.viewport_size["width"], language


@pytest.mark.parametrize("language", LANGUAGES)
def test_breaks_that_were_told_stand_beside_the_same_bones_to_come(
    site: Path, page: Any, language: str
) -> None:
    page.goto(f"{(site / FILES[language]).as_uri()}?{question('zoledronate', 'IV', 7, 3)}")
    answered(page)
    assert not page.locator("#given").is_visible()
    page.goto("about:blank")
    asked = question("zoledronate", "IV", 7, 3, fractures_last_2_years=6, height_cm=105, weight_kg=17)
    page.goto(f"{(site / FILES[language]).as_uri()}?{asked}")
    answered(page)
    told = page.inner_text("#given")
    spine, told_and_next, tends = {
        "en": ("without the spine", r": 6 told, about ([\d.]+) to come", "tend to have fewer"),
        "de": (
            "ohne die Wirbelsäule",
            r": 6 angegeben, ohne Behandlung etwa ([\d,]+)",
            "eher weniger",
        ),
    }[language]
    assert spine in told and tends in told
    found = re.search(told_and_next, told)
    # Of all bones 10 people break more in a year than five of them, without the spine, in two.
    assert found and 0 < 5 * float(found[1].replace(",", ".")) < float(page.inner_text("#pic .r0 .val"))
    assert {"en": "not the spine", "de": "ohne Wirbelsäule"}[language] in page.text_content(
        "label[for=fractures_last_2_years]"
    )
    assert {"en": "spine included", "de": "samt Wirbelsäule"}[language] in page.inner_text("#cap")
    numbers, words = first_view(page)
    assert numbers <= MOST_NUMBERS and words <= MOST_WORDS
