"""What families read on the page: no codes, no commands, no words that hang in the air."""

import re
from pathlib import Path
from typing import Any

import pytest
from browsing import answered
from test_web_print import FILES, question

from brittlestar.web import pages, screens
from brittlestar.web.catalogue import LANGUAGES, catalogue, rows

CHARITIES = ("oife.org", "brittlebone.org", "oif.org")
IN_DOUBT = {"en": "One of the checks behind this is undecided", "de": "nicht entschieden"}


def read(screen: str, language: str) -> str:
    html = pages.page(screen, "", language, **getattr(screens, screen)(language))
    return re.sub(r"<(script|style).*?</\1>|<div popover.*?</div>", "", html, flags=re.DOTALL)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_leaflet_verdict_that_is_open_names_its_check_and_no_chance(language: str) -> None:
    said, content = read("leaflet", language), screens.leaflet(language)
    groups = content["found"].parts["groups"].values()
    close = [row for group in groups for row in group if row["css"] == "close"]
    assert close and said.count(IN_DOUBT[language]) == len(close) and "chance decides" not in said
    card = re.search(r'id="S20".*?</article>', said, re.DOTALL)
    check = {"en": "as many children as in POISE still broke a bone on risedronate", "de": "POISE"}[language]
    assert card and IN_DOUBT[language] in card[0].split("<details>")[0]
    assert check in card[0].split("<details>")[0]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("screen", ["leaflet", "unknown", "evidence"])
def test_families_meet_no_command_and_charities_by_name(screen: str, language: str) -> None:
    said = read(screen, language)
    cards = said.split('class="for-researchers"')[0]
    assert re.findall(r"brittlestar (?:leaflet|plans|power|rerun)\b[^<]*", cards) == []
    turn = said[said.index('<section class="turn"') :].split("</section>")[0]
    assert turn.index("OI") < turn.index("OIFE")
    for site in CHARITIES:
        assert f'<a href="https://{site}/" rel="noreferrer"' in turn
    assert "<img" not in turn


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_leaflet_begins_with_counts_and_not_with_codes(language: str) -> None:
    opening = read("leaflet", language).split("<main")[1].split('class="deck"')[0]
    assert re.findall(r"\bS\d\d\b", opening) == [] and " 46 " in opening


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_row_says_by_itself_why_tablets_were_stopped(language: str) -> None:
    label = catalogue(language)["row.gut_stop.label"]
    assert {"en": "stomach", "de": "Magen"}[language] in label and "gut_stop" in rows()


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_told_beside_the_answer_can_be_read(site: Path, page: Any, language: str) -> None:
    page.goto(f"{(site / FILES[language]).as_uri()}?{question('zoledronate', 'IV', 1, 1)}")
    answered(page)
    one = {"en": "Boy, 1 year, OI type IV", "de": "Junge, 1 Jahr, OI Typ IV"}[language]
    assert page.inner_text("#who-line") == one
    why = {"en": "Not calibrated in OI", "de": "Bei OI nicht kalibriert"}[language]
    assert why in page.text_content("#two")
    assert " , " not in page.text_content("#made") and ": ," not in page.text_content("#made")
    over = """() => [...document.querySelectorAll('.h .n')].map((one) => {
        const range = document.createRange();
        range.selectNodeContents(one);
        return range.getBoundingClientRect().right - one.parentElement.getBoundingClientRect().right;
    })"""
    assert max(page.evaluate(over)) <= 0.5
    left = """() => [...document.querySelectorAll('.h .n')].map((one) => {
        const range = document.createRange();
        range.selectNodeContents(one);
        return one.getBoundingClientRect().left - range.getBoundingClientRect().left;
    })"""
    assert max(page.evaluate(left)) <= 0.5
    page.wait_for_selector("#ranges table")
    same = re.compile(r"^(\S+) (?:to|bis) \1$")
    assert [cell for cell in page.locator("#ranges td").all_inner_texts() if same.match(cell)] == []
    taken = page.text_content("#rest-take")
    assert "brittlestar" not in taken and "brittlestar rerun" in page.text_content("#rest-research")


SENTENCES = """async (texts) => {
    const { spoken } = await import(document.querySelector('[href*="sentences.js"]').href);
    return texts.map((text) => spoken(text).text);
}"""


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sentence_of_the_model_is_put_plainly(page: Any, address: str, language: str) -> None:
    page.route("**/api/**", lambda route: None)  # no answer is waited for
    page.goto(f"{address}/?lang={language}")
    limit = (
        "Limit, calcium-limit: above 0.3 mmol/L of change of ionised calcium, more than anybody was seen"
        " with, numbers level off at 0.4; without that they would be higher by up to 3 %, in 2 of 200"
        " courses. Such a course says nothing of real people (source: assumed)."
    )
    dose = "Dose above published: neridronate 4 mg/kg; published doses: 2 to 2 mg/kg (source: a study)."
    other = "Dose above published: neridronate 4 mg/kg; published doses: 1 to 12 mg/kg (source: a study)."
    said = page.evaluate(SENTENCES, [limit, dose, other])
    assert "calcium-limit" not in said[0]
    assert {"en": "doses: 2 mg/kg", "de": "Dosen: 2 mg/kg"}[language] in said[1]
    assert {"en": "1 to 12 mg/kg", "de": "1 bis 12 mg/kg"}[language] in said[2]
