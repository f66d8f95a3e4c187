"""The page as a person uses it: choose, slide, run, cancel, resume, download, share; mouse and keyboard."""

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from browsing import answered
from small_trial import SMALL
from web_server import serving

pytest.importorskip("playwright")
axe = pytest.importorskip("axe_playwright_python.sync_playwright")

SCREENS = {
    "explore": ("/", "body[data-answers]"),
    "compare": ("/compare", "body[data-answers]"),
    "trial": ("/trial", "#run"),
    "evidence": ("/evidence", "#list tbody tr"),
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
    if screen == "explore":
        page.wait_for_selector("#ranges table")
        page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        page.wait_for_selector("#rest-more .plot svg")
        assert page.locator("[data-chart] .plot svg").count() == 10
    if screen == "compare":
        page.wait_for_selector("body[data-drawn]")
        assert page.locator("figure[data-chart] svg").count() >= 10
    if screen in ("explore", "compare"):
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


def test_a_slider_moves_everything_and_the_address_brings_it_back(page: Any, address: str) -> None:
    page.goto(f"{address}/compare")
    before = answered(page)
    told = page.inner_text("#told")
    page.get_by_label("Dose, slider").first.focus()
    for _ in range(3):
        page.keyboard.press("ArrowLeft")
    answered(page, before)
    assert page.input_value("#dose0") == "0.035"
    # Ranges come after every answer; those of an earlier one may have come before.
    page.locator("#unsure", has_text="Chance").wait_for()
    assert page.inner_text("#told") != told
    assert "dose0=0.035" in page.url
    shared, numbers = page.url, page.inner_text("#hundred")
    page.goto("about:blank")
    page.goto(shared)
    answered(page)
    assert page.input_value("#dose0") == "0.035"
    assert page.inner_text("#hundred") == numbers


def test_words_are_explained(page: Any, address: str) -> None:
    page.goto(f"{address}/compare")
    answered(page)
    page.get_by_role("button", name="what? type").click()
    assert page.locator("#word-oi-type").is_visible()
    page.keyboard.press("Escape")
    assert not page.locator("#word-oi-type").is_visible()
    page.locator("figure[data-chart=density] summary").click()
    assert page.locator("#table-density td").count() > 4
    page.get_by_label("For researchers").check()
    assert page.locator("#made").is_visible() and "seed 1" in page.inner_text("#made")


@pytest.mark.parametrize("page", [(1280, "light", "refused")], indirect=True)
def test_a_wrong_number_is_told_at_once_and_a_wrong_plan_too(page: Any, address: str) -> None:
    page.goto(f"{address}/compare")
    before = answered(page)
    page.fill("#age", "99")
    assert "Age" in page.inner_text("#problem")
    page.fill("#age", "8")
    before = answered(page, before)
    assert page.inner_text("#problem") == ""
    page.select_option("#drug0", "words")
    page.fill("#words0", "zoledronat 0.05 mg/kg iv")
    page.wait_for_selector("#problem:has-text('zoledronate')")


def stale(page: Any) -> str:
    """What is said of an answer that is to an earlier question; nothing where it is to the present one."""
    greyed = page.evaluate("document.querySelector('#answer').classList.contains('stale')")
    note = page.locator("#answer > .stale-note")
    assert note.is_visible() == greyed
    return note.inner_text() if greyed else ""


@pytest.mark.parametrize("page", [(1280, "light", "refused")], indirect=True)
def test_an_old_answer_never_stands_as_if_it_were_the_new_one(page: Any, address: str) -> None:
    page.goto(f"{address}/compare")
    before = answered(page)
    assert stale(page) == "" and "of 7 years, type IV" in page.inner_text("#question")
    # Refused by the form.
    page.fill("#age", "99")
    assert "no answer" in stale(page) and "of 7 years, type IV" in stale(page)
    page.fill("#age", "8")
    before = answered(page, before)
    assert stale(page) == "" and "of 8 years" in page.inner_text("#question")
    # Refused by the server.
    drug = page.locator("[name=drug]").first
    drug.select_option("words")
    page.locator("[name=words]").first.fill("zoledronat 0.05 mg/kg iv")
    page.wait_for_selector("#problem:has-text('zoledronate')")
    assert "no answer" in stale(page) and "of 8 years" in stale(page)
    drug.select_option("zoledronate")
    before = answered(page, before)
    assert stale(page) == "" and page.inner_text("#problem") == ""


@pytest.mark.parametrize("page", [(1280, "light", "lost")], indirect=True)
def test_an_answer_that_is_waited_for_or_lost_leaves_the_old_one_named(page: Any, address: str) -> None:
    page.goto(f"{address}/compare")
    before = answered(page)
    held: list[Any] = []
    page.route("**/api/compare", lambda route: held.append(route))
    page.fill("#age", "9")
    page.wait_for_function("document.querySelector('#answer').classList.contains('stale')")
    assert "is being worked out" in stale(page) and "of 7 years" in stale(page)
    while not held:
        page.wait_for_timeout(20)
    # An answer that comes after the question was refused is not shown.
    page.fill("#age", "99")
    held.pop().continue_()
    page.wait_for_timeout(500)
    assert "no answer" in stale(page) and "of 7 years" in page.inner_text("#question")
    page.fill("#age", "10")
    while not held:
        page.wait_for_timeout(20)
    held.pop().abort()
    page.wait_for_selector("#problem:not(:empty)")
    assert "no answer" in stale(page) and "of 7 years" in stale(page)
    page.unroute("**/api/compare")
    page.fill("#age", "11")
    answered(page, before)
    assert stale(page) == "" and "of 11 years" in page.inner_text("#question")


def test_downloads(page: Any, address: str, tmp_path: Path) -> None:
    page.goto(f"{address}/compare")
    answered(page)

    def take(selector: str) -> bytes:
        with page.expect_download() as coming:
            page.click(selector)
        coming.value.save_as(tmp_path / "file")
        return (tmp_path / "file").read_bytes()

    assert take("figure[data-chart=z] [data-save=png]").startswith(b"\x89PNG")
    assert b"<svg" in take("figure[data-chart=z] [data-save=svg]")
    assert take("[data-file=csv]").startswith(b"chart,quantity,plan")
    assert json.loads(take("[data-file=json]"))["schema"] == "brittlestar/page/2"
    assert tomllib.loads(take("[data-file=toml]").decode())["screen"] == "compare"


def test_up_to_four_plans_side_by_side(page: Any, address: str) -> None:
    page.goto(f"{address}/compare")
    before = answered(page)
    page.click("#more")
    answered(page, before)
    page.wait_for_selector(".icons figure:nth-child(4)")
    before = answered(page)
    page.click("#more")
    answered(page, before)
    assert page.locator(".icons figure").count() == 5
    # All plans and their differences are seen without scrolling sideways.
    assert page.evaluate("(e => e.scrollWidth <= e.clientWidth)(document.querySelector('#hundred .scroll'))")
    assert "Plan C" in page.inner_text("#hundred")
    page.wait_for_selector("body[data-ranges]")
    text = page.inner_text("main").lower()
    assert "best" not in text.replace("best-", "") and "winner" in text


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
        # The leaflet ships with its checks; the published trials are worked out on the machine that asks.
        page.goto(f"{first}/evidence")
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
    page.fill("#words1", "zoledronate 0.05 mg/kg iv every 6 months, stop when Z reaches -3")
    answered(page, before)
    assert "is met" in page.inner_text(".dates") and "years of age" in page.inner_text(".dates")
    page.wait_for_selector("body[data-ranges]")


def test_studies_are_found_by_a_word(page: Any, address: str) -> None:
    page.goto(f"{address}/evidence")
    page.fill("#find", "risedronate")
    shown = page.locator("#list tbody tr:visible").count()
    assert 0 < shown < page.locator("#list tbody tr").count()
