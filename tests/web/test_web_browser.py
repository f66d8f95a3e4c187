"""The page as a person uses it: choose, slide, run, cancel, resume, download, share; mouse and keyboard."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from browsing import UNMARKED, answered
from german import english_in
from small_trial import SMALL
from web_server import serving

pytest.importorskip("playwright")
axe = pytest.importorskip("axe_playwright_python.sync_playwright")

SCREENS = {
    "explore": ("/", "body[data-answers]"),
    "compare": ("/compare", "body[data-answers]"),
    "trial": ("/trial", "#run"),
    "evidence": ("/evidence", "#list .study"),
    "leaflet": ("/leaflet", "h1"),
    "unknown": ("/unknown", "h1"),
}


@pytest.mark.parametrize("page", [(360, "dark"), (1280, "light"), (3840, "light")], indirect=True)
@pytest.mark.parametrize("screen", SCREENS)
def test_no_violation_and_no_sideways_scrolling(
    page: Any, address: str, screen: str, screenshots: Path
) -> None:
    path, ready = SCREENS[screen]
    page.goto(address + path)
    page.wait_for_selector(ready, state="attached")
    if screen in ("explore", "compare"):
        answered(page)
        page.wait_for_selector("#ranges table")
        page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        page.wait_for_selector("#rest-more .plot svg")
        assert page.locator("[data-chart] .plot svg").count() == {"explore": 10, "compare": 11}[screen]
        small = """() => [...document.querySelectorAll('.dots text, .plot text')].map((text) => {
            const svg = text.ownerSVGElement;
            const scale = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
            return scale * parseFloat(getComputedStyle(text).fontSize);
        })"""
        assert min(page.evaluate(small)) >= 11.5
    width = page.viewport_size["width"]
    page.screenshot(path=screenshots / f"{screen}-{width}.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    found = axe.Axe().run(
        page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]}
    )
    assert [(one["id"], one["nodes"][0]["html"]) for one in found.response["violations"]] == []


@pytest.mark.parametrize(
    ("screen", "dose", "part"), [("", "#dose", "#harm-lists"), ("/compare", "#dose0", "#hundred")]
)
def test_another_dose_is_another_answer_and_the_address_brings_it_back(
    page: Any, address: str, screen: str, dose: str, part: str
) -> None:
    page.goto(address + screen)
    before = answered(page)
    told = page.inner_text(part)
    page.fill(dose, "0.0125")
    answered(page, before)
    page.wait_for_selector("#ranges table")
    assert page.inner_text(part) != told and "dose0=0.0125" in page.url
    shared, told, sentence = page.url, page.inner_text(part), page.inner_text("#say")
    page.goto("about:blank")
    page.goto(shared)
    answered(page)
    assert page.input_value(dose) == "0.0125"
    assert (page.inner_text(part), page.inner_text("#say")) == (told, sentence)


@pytest.mark.parametrize("page", [(1280, "light", "refused")], indirect=True)
def test_an_old_answer_never_stands_as_if_it_were_the_new_one(page: Any, address: str) -> None:
    page.goto(f"{address}/compare")
    before = answered(page)
    assert page.evaluate(UNMARKED) != [] and page.inner_text("#told") == ""
    # Refused by the form: of the person, of the second plan.
    page.click("#who summary")
    page.fill("#age", "99x")
    told = page.inner_text("#told")
    assert "Age (years) 99x was not worked out" in told and page.evaluate(UNMARKED) == []
    assert "zoledronate drip and risedronate tablets; Girl, 7 years" in told
    page.fill("#age", "8")
    before = answered(page, before)
    page.fill("#dose1", "x")
    assert "Dose x" in page.inner_text("#told") and page.get_attribute("#dose1", "aria-invalid") == "true"
    # Refused by the server, whichever plan it is.
    page.fill("#dose1", "500")
    page.wait_for_selector("#told:has-text('Dose 500')")
    assert page.evaluate(UNMARKED) == [] and page.get_attribute("#dose1", "aria-invalid") == "true"
    assert page.get_attribute("#dose0", "aria-invalid") is None and "8 years" in page.inner_text("#told")
    page.get_by_role("button", name="Back to").click()
    before = answered(page, before)
    assert page.input_value("#dose1") == "1" and page.evaluate(UNMARKED) != []
    page.select_option("#drug1", "words")
    page.fill("#words1", "zoledronat 0.05 mg/kg iv")
    page.wait_for_selector("#told:has-text('zoledronate')")
    assert page.evaluate(UNMARKED) == []


@pytest.mark.parametrize("page", [(1280, "light", "lost")], indirect=True)
def test_an_answer_that_is_waited_for_or_lost_leaves_the_old_one_named(page: Any, address: str) -> None:
    page.goto(f"{address}/compare")
    before = answered(page)
    page.click("#who summary")
    held: list[Any] = []
    page.route("**/api/explore", lambda route: held.append(route))
    page.fill("#age", "9")
    page.wait_for_selector("body[data-state=pending]")
    assert "7 years" in page.inner_text("#told") and page.evaluate(UNMARKED) == []
    while len(held) < 2:
        page.wait_for_timeout(20)
    # One plan's answer alone is none.
    held.pop().continue_()
    page.wait_for_timeout(300)
    assert page.get_attribute("body", "data-state") == "pending"
    held.pop().abort()
    page.wait_for_selector("#told:has-text('does not reply')")
    assert page.evaluate(UNMARKED) == []
    page.unroute("**/api/explore")
    page.fill("#age", "11")
    answered(page, before)
    assert page.inner_text("#told") == "" and "11 years" in page.inner_text("#who-line")


def test_plans_carry_the_names_of_their_drugs(page: Any, address: str) -> None:
    page.goto(f"{address}/compare")
    before = answered(page)
    for place in ("#say", "#pic", "#hundred", "#plots", "#ask"):
        text = page.inner_text(place).lower()
        assert "zoledronate" in text and "risedronate" in text and "plan a" not in text, place
    # No more is said than tells one from the other.
    page.select_option("#drug1", "zoledronate")
    before = answered(page, before)
    assert "zoledronate drip (2)" in page.inner_text("#say")
    page.fill("#dose1", "0.025")
    answered(page, before)
    said = page.inner_text("#say")
    assert "zoledronate drip 0.05 mg/kg" in said and "zoledronate drip 0.025 mg/kg" in said
    assert "every 6 months" not in said
    # Trials do not tell plans apart: they stand once, above.
    rows = page.locator("#pic .row .lab span:first-child").all_inner_texts()
    assert len(rows) == 4 and rows[1] == "Any of these, by trials of such drugs"


def test_doses_stand_above_the_charts_by_plan_and_days_at_a_clinic_are_told(page: Any, address: str) -> None:
    page.goto(f"{address}/compare")
    answered(page)
    for chart in page.locator("#plots .plot svg").all():
        drops = chart.locator("path[fill='var(--p0)']").count()
        # Drips of the first plan as drops, tablets of the second as a bar.
        assert drops == 6 and chart.locator("path[stroke='var(--p1)'][stroke-width='7']").count() == 1
    page.click("#rest-days summary")
    told = page.inner_text("#rest-days")
    assert "A dose of zoledronate: 6" in told and "Risedronate tablets" in told
    page.goto(address)
    answered(page)
    page.click("#rest-days summary")
    rows = page.locator("#rest-days tbody tr").all_inner_texts()
    assert len(rows) == 6 and rows[0].startswith("Start") and rows[1].startswith("Month 6.0 (day 182)")
    assert all("zoledronate" in row and "calcium" in row for row in rows)


def test_what_is_asked_stays_in_sight(page: Any, address: str) -> None:
    for path, control in (("/", "#dose"), ("/compare", "#dose1")):
        page.goto(address + path)
        answered(page)
        page.evaluate("document.querySelector('#charts').scrollIntoView()")
        box = page.locator(control).bounding_box()
        assert box["y"] >= 0 and box["y"] + box["height"] <= page.viewport_size["height"] / 3, path


@pytest.mark.parametrize("page", [(360, "light")], indirect=True)
def test_on_a_telephone_the_plans_side_by_side_stay_in_sight(page: Any, address: str) -> None:
    page.goto(f"{address}/compare")
    answered(page)
    page.evaluate("document.querySelector('#charts').scrollIntoView()")
    page.wait_for_selector("#bar:not(.away)")
    said = page.inner_text("#bar-values")
    assert all(number in said for number in page.locator("#pic .val").all_inner_texts())


def test_downloads(page: Any, address: str, tmp_path: Path) -> None:
    page.goto(f"{address}/compare")
    answered(page)

    def take(selector: str) -> bytes:
        with page.expect_download() as coming:
            page.locator(selector).first.click()
        coming.value.save_as(tmp_path / "file")
        return (tmp_path / "file").read_bytes()

    page.locator("#plots summary").first.click()
    assert b"Arial" in take("#plots [data-act=svg]")
    page.locator("#plots summary").first.click()
    assert take("#plots [data-act=csv]").startswith(b"age_years,untreated_0,zoledronate_drip_1")
    page.click("#rest-take summary")
    assert take("[data-file=csv]").startswith(b"chart,quantity,plan")
    assert json.loads(take("[data-file=json]"))["schema"] == "brittlestar/compare/1"
    assert tomllib.loads(take("[data-file=toml]").decode())["screen"] == "compare"


def test_up_to_four_plans_side_by_side(page: Any, address: str) -> None:
    page.goto(f"{address}/compare")
    before = answered(page)
    for _ in range(2):
        page.click("#more")
        before = answered(page, before)
    assert page.locator("#pic .row").count() == 6 and not page.locator("#more").is_visible()
    # All plans are seen without scrolling sideways.
    assert page.evaluate("(e => e.scrollWidth <= e.clientWidth)(document.querySelector('#hundred .scroll'))")
    page.locator(".less").first.click()
    answered(page, before)
    assert page.locator("#pic .row").count() == 5 and "zoledronate" not in page.inner_text("#say")
    page.click("#two summary")
    text = page.inner_text("main").lower()
    assert (
        not re.search(r"\bbest\b", text)
        and "names no winner" in text
        and "do not tell these drugs apart" in text
    )


def test_a_trial_of_ones_own_runs_pauses_goes_on_and_stays(page: Any, address: str) -> None:
    page.goto(f"{address}/trial")
    page.click("#own")
    page.wait_for_selector("#own-part:not([hidden])")
    page.fill("#text", SMALL)
    page.fill("#replicates", "60")
    page.click("#run")
    page.click("[data-act=pause]")
    page.wait_for_selector("[data-act=resume]:not([hidden])")
    page.click("[data-act=resume]")
    page.wait_for_selector("#result table")
    text = page.inner_text("#result")
    assert "Better without doing anything?" in text and "zoledronate" in text
    page.reload()
    page.wait_for_selector("#result table")
    assert page.inner_text("#result")[:200] == text[:200]
    # Other settings, not run yet, are not those of this result.
    page.fill("#replicates", "61")
    note = page.inner_text("#outcome > .stale-note")
    assert "have changed and were not run" in note and page.inner_text("#job-name") in note
    assert page.evaluate("document.querySelector('#outcome').classList.contains('stale')")


@pytest.mark.parametrize("page", [(1280, "light", "refused")], indirect=True)
def test_the_screen_of_trials_is_german_to_the_eye_and_keeps_what_the_protocol_calls_its_arms(
    page: Any, address: str
) -> None:
    start_small(page, address, replicates=2)  # a run whose title is what somebody typed, in English
    page.set_default_timeout(300_000)  # a first trial is compiled, on a machine that may do other work
    page.wait_for_selector("#runs th")
    page.goto(f"{address}/trial?lang=de&replicates=2")
    page.wait_for_selector(".arm")
    seen = [page.input_value("#f-title"), *page.locator("#f-endpoint option").all_inner_texts()]
    assert page.locator(".arm legend").all_inner_texts() == ["Risedronat", "Placebo, dann Risedronat"]
    page.fill("#f-people", "0")
    page.wait_for_selector("#problem:not(:empty)")
    assert page.inner_text("#problem") == "Menschen insgesamt: Hier gilt: mindestens 2."
    page.fill("#f-people", "24")
    page.click("#run")
    page.wait_for_selector("#result table")
    plans = page.locator("#result dd[lang=en]").all_inner_texts()
    # Runs of others are listed by the titles that they typed.
    typed = [name for name in page.locator("#runs th").all_inner_texts() if name != seen[0]]
    said = page.inner_text("#main").split("\n")
    seen += [one for one in said if one not in plans and not any(name in one for name in typed)]
    assert len(seen) > 100 and [one for one in seen if english_in(one)] == []
    page.click("#own")
    written = page.input_value("#text")
    assert "randomised = 24" in written and 'label = "Placebo, then risedronate"' in written


def numbers(page: Any) -> str:
    """The endpoints of a finished trial."""
    page.wait_for_selector("#result table")
    return page.inner_text("#result table")


def start_small(page: Any, address: str, replicates: int) -> None:
    page.goto(f"{address}/trial?replicates={replicates}")
    page.click("#own")
    page.wait_for_selector("#own-part:not([hidden])")
    page.fill("#text", SMALL)
    page.click("#run")


def some_done(page: Any) -> None:
    page.wait_for_selector("#bar:not([value='0'])")


def test_a_trial_tells_how_surely_it_finds_an_effect(page: Any, address: str) -> None:
    page.set_default_timeout(120_000)
    page.goto(f"{address}/trial")
    page.click("#own")
    page.wait_for_selector("#own-part:not([hidden])")
    page.fill("#text", SMALL)
    page.click("#power")
    page.wait_for_selector("#result table", state="attached")
    # Charts are drawn when they come near the window.
    page.locator("#result figure").first.scroll_into_view_if_needed()
    page.wait_for_selector("#result figure svg")
    text = page.inner_text("#result")
    assert "stand behind each number" in text and "regression to the mean" in text
    for kind in ("json", "csv", "html", "toml"):
        with page.expect_download() as coming:
            page.click(f"#result a[href$='/{kind}']")
        assert Path(coming.value.path()).stat().st_size > 100
    assert "power" in page.inner_text("#runs tbody")


def test_a_cancelled_trial_goes_on_to_the_result_of_one_that_was_not(page: Any, address: str) -> None:
    start_small(page, address, 100)
    some_done(page)
    page.click("#job [data-act=cancel]")
    page.wait_for_selector("#job-said:has-text('Cancelled')")
    assert page.is_enabled("#run") and page.locator("#result table").count() == 0
    page.click("#job [data-act=resume]")
    mine = numbers(page)
    start_small(page, address, 100)
    page.wait_for_selector("#result table", state="detached")
    assert numbers(page) == mine
    rows = page.locator("#runs tbody tr").count()
    page.click("#job [data-act=forget]")
    page.wait_for_selector("#job", state="hidden")
    page.locator("#runs tbody tr").nth(rows - 1).wait_for(state="detached")


def test_a_trial_outlives_its_server(page: Any, address: str, tmp_path: Path) -> None:
    with serving(tmp_path) as (first, server):
        start_small(page, first, 100)
        some_done(page)
        page.goto("about:blank")
        server.kill()
        server.wait()
    with serving(tmp_path) as (second, _):
        page.goto(f"{second}/trial")
        row = page.locator("#runs tbody tr")
        assert "interrupted" in row.inner_text()
        row.get_by_role("button", name="Go on").click()
        mine = numbers(page)
    start_small(page, address, 100)
    assert numbers(page) == mine


def test_a_first_start_tells_why_it_takes_long_and_a_check_is_found_again(
    page: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BRITTLESTAR_CACHE", str(tmp_path / "cache"))
    with serving(tmp_path / "jobs") as (first, _):
        page.goto(first)
        page.wait_for_selector("#working:has-text('The first start on a machine can take')")
        # Leaflet and trials ship with what was found; here the trials are run once more.
        page.goto(f"{first}/evidence")
        page.click("details:has([data-begin]) > summary")
        page.click("[data-begin]")
        page.wait_for_selector("[data-said]:has-text('Running')")
        page.reload()
        page.wait_for_selector("[data-said]:has-text('Running')")
        page.click("[data-cancel]")
        page.wait_for_selector("[data-said]:has-text('Cancelled')")
        page.reload()
        page.wait_for_selector("[data-begin]:has-text('Go on')")


def test_a_rule_that_waits_is_dated_in_words(page: Any, address: str) -> None:
    page.goto(f"{address}/compare")
    before = answered(page)
    page.select_option("#drug1", "words")
    page.fill("#words1", "zoledronate 0.05 mg/kg iv every 6 months, stop when Z reaches -4.5")
    answered(page, before)
    assert "is met" in page.inner_text(".dates") and "years of age" in page.inner_text(".dates")
    assert "own plan with zoledronate" in page.inner_text("#say")


def test_studies_are_found_by_a_word(page: Any, address: str) -> None:
    page.goto(f"{address}/evidence")
    page.fill("#find", "risedronate")
    shown = page.locator("#list .study:visible").count()
    assert 0 < shown < page.locator("#list .study").count()
    assert page.locator("#list h2:visible").count() < page.locator("#list h2").count()
