"""The page as files, in Chromium: opened from a disk, and from a plain file server, also without the net."""

import gzip
import json
import re
import shutil
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from browsing import FIRST_VIEW, TYPE_EACH, UNMARKED, answered, bad_inputs
from german import english_in

from brittlestar.web import answer, compared, downloads
from brittlestar.web.requests import Compare, Explore
from site_questions import apart

axe = pytest.importorskip("axe_playwright_python.sync_playwright")

YEAR = "for_years0=1&drug0=zoledronate&dose0=0.05&years=1"
"""A question whose answer takes little time."""


class Quiet(SimpleHTTPRequestHandler):
    """A file server that says nothing."""

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="module")
def served(site: Path) -> Any:
    """Address of a plain file server, below its root."""
    above = site.parent / "above"
    above.mkdir()
    shutil.copytree(site, above / "brittlestar")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(above)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/brittlestar/"
    server.shutdown()
    server.server_close()


def downloaded(page: Any, kind: str, folder: Path) -> Path:
    """A file of the answer that is shown."""
    page.evaluate("document.querySelector('#rest-take').open = true")
    with page.expect_download() as waiting:
        page.click(f"[data-file={kind}]")
    place = folder / f"found.{kind}"
    waiting.value.save_as(place)
    return place


def test_one_file_answers_from_a_disk_as_python_does(site: Path, page: Any, tmp_path: Path) -> None:
    alone = tmp_path / "only.html"
    shutil.copy(site / "brittlestar.html", alone)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{alone.as_uri()}?{YEAR}")
    answered(page)
    found = json.loads(downloaded(page, "json", tmp_path).read_text(encoding="utf-8"))
    question = Explore.model_validate(found["asked"])
    wanted = answer.whole(question)
    made, by_python = (one.pop("manifest")["parameters_sha256"] for one in (found, wanted))
    assert made == by_python and apart(found, wanted) == []
    assert {url.partition(":")[0] for url in asked} <= {"file", "blob"}
    assert [url for url in asked if url.startswith("file:")] == [f"{alone.as_uri()}?{YEAR}"]


def test_plans_side_by_side_are_those_of_python(served: str, page: Any, tmp_path: Path) -> None:
    page.goto(f"{served}compare.html?{YEAR}&drug1=risedronate&dose1=1&for_years1=1")
    answered(page)
    settings = downloaded(page, "toml", tmp_path).read_text(encoding="utf-8")
    question = downloads.from_toml(settings)
    assert isinstance(question, Compare) and settings == downloads.to_toml(question)
    wanted = [answer.answer(one).model_dump(mode="json") for one in compared.questions(question)]
    saved = downloaded(page, "csv", tmp_path).read_text(encoding="utf-8")
    assert saved.splitlines() == downloads.to_csv({"answers": wanted}).splitlines()
    assert len(page.locator("#pic .row").all()) == 4 and page.inner_text("#say").count("risedronate") == 1


@pytest.mark.parametrize("screen", ["compare", "evidence", "leaflet", "unknown"])
def test_one_file_holds_every_screen(site: Path, page: Any, screen: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.partition(":")[0]))
    page.goto(f"{(site / 'brittlestar.html').as_uri()}?{YEAR}")
    answered(page)
    page.click(f".menu a[href='?screen={screen}']")
    page.wait_for_selector(f"body[data-screen={screen}]")
    if screen == "compare":
        answered(page)
    else:
        assert page.inner_text("h1") and page.locator("main h2").count() > 1
    if screen == "leaflet":
        page.locator("main details:has(.chart) > summary").first.click()
        page.wait_for_selector(".chart svg")
    assert set(asked) <= {"file", "blob", "data"}
    page.click(".mark")
    page.wait_for_selector("body[data-screen=explore]")
    answered(page)


def test_one_file_refuses_and_greys_what_was_there(site: Path, page: Any) -> None:
    page.goto(f"{(site / 'brittlestar.html').as_uri()}?{YEAR}")
    answered(page)
    page.click("#who summary")
    for name, value, words in (
        ("dose", "50", "Published doses: 0.0125 to 0.05 mg/kg; is the unit right?"),
        ("age", "99", "This can be 70 at most."),
        ("fractures_last_2_years", "1.5", "A whole number is needed here."),
        ("dose", "", None),
        ("dose", "abc", None),
        ("dose", "1e9", "This can be 500 at most."),
    ):
        usual = page.input_value(f"#{name}")
        page.fill(f"#{name}", value)
        page.wait_for_selector("body[data-state=refused]")
        assert page.evaluate("[...document.querySelectorAll('.res')].every((one) => one.inert)"), value
        told = page.inner_text("#told")
        assert words is None or words in told, value
        assert not re.search(r"Input should|Person|ref:|_", told), told
        page.fill(f"#{name}", usual)
    page.select_option("#drug", "words")
    page.fill("#words", "zoledronate 0.05 mg/kg iv every 6 months")
    page.wait_for_selector("#told >> text=brittlestar serve")


def test_a_source_is_told_by_who_and_when_not_by_its_id(site: Path, page: Any) -> None:
    page.goto(f"{(site / 'brittlestar.html').as_uri()}?drug0=risedronate&dose0=1&for_years0=1&age=2")
    answered(page)
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    assert "(source: " in page.inner_text("#rest-notes") and "ref:" not in page.inner_text("body")
    for screen in ("evidence", "leaflet", "unknown"):
        page.goto(f"{(site / 'brittlestar.html').as_uri()}?screen={screen}")
        page.wait_for_selector("main h2", state="attached")
        assert "ref:" not in page.evaluate("document.querySelector('main').textContent"), screen


@pytest.mark.parametrize("form", ["file", "site"])
def test_no_bad_input_of_many_leaves_an_unmarked_number(
    site: Path, served: str, page: Any, form: str
) -> None:
    """As of the served page: within a moment each is refused by the form, or by what computes behind it."""
    page.goto(f"{(site / 'brittlestar.html').as_uri() if form == 'file' else served}?{YEAR}")
    before = answered(page)
    page.click("#who summary")
    assert page.evaluate(TYPE_EACH, [bad_inputs(200 if form == "file" else 20), 200]) == []
    answered(page, before)
    assert page.evaluate(UNMARKED) != [] and page.inner_text("#told") == ""


def test_the_sentence_comes_before_the_rest_and_the_rest_is_marked(site: Path, page: Any) -> None:
    page.goto(f"{(site / 'brittlestar.html').as_uri()}?{YEAR}")
    before = answered(page)
    page.evaluate("""() => {
        window.seen = [];
        const look = () => {
            const { state, ahead } = document.body.dataset;
            if (state !== 'centre') return;
            const live = [...document.querySelectorAll('.res')].filter((one) => !one.inert);
            window.seen.push([live.map((one) => one.className), ahead !== undefined]);
        };
        new MutationObserver(look).observe(document.body, { attributes: true });
    }""")
    page.fill("#dose", "0.02")
    answered(page, before)
    seen = page.evaluate("window.seen")
    assert seen and all(one == [["vsay res", "vpic res"], True] for one in seen)
    assert page.evaluate("document.body.dataset.ahead") is None


ASKED = """const sent = Worker.prototype.postMessage;
window.asked = [];
Worker.prototype.postMessage = function (...all) {
  if (all[0].task) window.asked.push(all[0].task);
  return sent.apply(this, all);
};"""
DRAGGED = """async (doses) => {
  const body = document.body, field = document.querySelector("#dose");
  window.asked.length = 0;
  for (const dose of doses) {
    const { centres } = body.dataset;
    field.value = dose;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    while (body.dataset.centres === centres) await new Promise((later) => requestAnimationFrame(later));
  }
}"""


def test_of_a_slider_that_is_dragged_only_the_last_answer_is_worked_out(site: Path, page: Any) -> None:
    page.add_init_script(ASKED)
    page.goto(f"{(site / 'brittlestar.html').as_uri()}?{YEAR}")
    before = answered(page)
    doses = ["0.03", "0.035", "0.04", "0.045", "0.05", "0.055"]
    page.evaluate(DRAGGED, doses)
    answered(page, before)
    asked = [task for task in page.evaluate("window.asked") if task in ("centre", "answer")]
    assert asked == ["centre"] * len(doses) + ["answer"]


@pytest.mark.parametrize("page", [(360, "dark"), (1280, "light")], indirect=True)
@pytest.mark.parametrize("screen", ["explore", "compare", "evidence", "leaflet", "unknown"])
def test_no_violation_in_german(site: Path, page: Any, screen: str, screenshots: Path) -> None:
    page.goto(f"{(site / 'brittlestar-de.html').as_uri()}?screen={screen}&{YEAR}")
    if screen in ("explore", "compare"):
        answered(page)
    page.wait_for_selector("main h2", state="attached")
    width = page.viewport_size["width"]
    page.screenshot(path=screenshots / f"de-{screen}-{width}.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    rules = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]
    found = axe.Axe().run(page, options={"runOnly": rules})
    assert [(one["id"], one["nodes"][0]["html"]) for one in found.response["violations"]] == []


MOST_BYTES, MOST_REQUESTS = 300_000, 12
"""Of a first view, as a host compresses it: what draws the other screens' charts stays out of it."""


@pytest.mark.parametrize("page", [(360, "light")], indirect=True)
def test_the_first_view_is_short_and_little_is_loaded_for_it(served: str, site: Path, page: Any) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(urlsplit(request.url).path.rpartition("/")[2]))
    page.goto(f"{served}?{YEAR}")
    answered(page)
    # Each worker asks for the program that the browser holds already.
    loaded = dict.fromkeys(name or "index.html" for name in asked)
    sizes = {
        name: len(gzip.compress((site / name).read_bytes())) for name in loaded if (site / name).exists()
    }
    assert {"index.html", "explore.js", "worker.js", "computing.bin"} <= set(sizes)
    assert sum(sizes.values()) <= MOST_BYTES and len(sizes) <= MOST_REQUESTS, sizes
    assert "vega.js" not in sizes and "leaflet.html" not in sizes
    said = page.evaluate(FIRST_VIEW)
    assert len(re.findall(r"\d[\d.,]*", said)) <= 20 and len(said.split()) <= 250


def test_site_works_below_any_address_and_without_the_net(served: str, page: Any) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{served}?{YEAR}")
    answered(page)
    page.evaluate("navigator.serviceWorker.ready")
    page.reload()
    answered(page)
    page.context.set_offline(True)
    page.reload()
    answered(page)
    assert page.inner_text("#say")
    assert {url for url in asked if not url.startswith((served, "blob:"))} == set()
    page.context.set_offline(False)


@pytest.mark.parametrize("screen", ["evidence", "leaflet", "unknown"])
def test_other_screens_are_read_without_a_server(served: str, page: Any, screen: str) -> None:
    page.goto(f"{served}{screen}.html")
    page.wait_for_selector("main h2")
    assert page.inner_text("h1")
    page.click(".mark")
    page.wait_for_url(re.compile(r"index\.html"))


def test_each_link_within_a_page_has_a_place(site: Path) -> None:
    for page in site.glob("*.html"):
        text = page.read_text(encoding="utf-8")
        places = set(re.findall(r' id="([^"]+)"', text))
        assert {name for name in re.findall(r'<a [^>]*href="#([^"]+)"', text)} <= places, page.name


SPOKEN = """() => {
    const skipped = "dd[lang=en], input[lang=en], span[lang=en], a.lang, script, style";
    const parts = (root) => [...root.childNodes].flatMap((one) => {
        if (one.nodeType === Node.TEXT_NODE) return [one.textContent];
        if (one.nodeType !== Node.ELEMENT_NODE || one.matches(skipped)) return [];
        return [one.getAttribute('aria-label') || '', one.getAttribute('placeholder') || '', ...parts(one)];
    });
    return [document.title, ...parts(document.body)].join(' ');
}"""
"""All that a screen holds, seen or not, but names of publications, and plans in the words that are typed."""


@pytest.mark.parametrize("screen", ["explore", "compare", "evidence", "leaflet", "unknown"])
def test_no_english_is_left_on_a_german_screen(site: Path, page: Any, screen: str) -> None:
    page.goto(f"{(site / 'brittlestar-de.html').as_uri()}?screen={screen}&{YEAR}")
    if screen in ("explore", "compare"):
        answered(page)
        page.wait_for_selector("#ranges table")
        page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    page.wait_for_selector("main h2", state="attached")
    said = page.evaluate(SPOKEN)
    assert len(said) > 1000 and page.get_attribute("html", "lang") == "de"
    assert english_in(said) == []


def test_each_page_says_what_it_cannot_do_in_its_own_language(site: Path, page: Any) -> None:
    for name in ("brittlestar.html", "brittlestar-de.html"):
        page.goto(f"{(site / name).as_uri()}?{YEAR}")
        answered(page)
        assert "brittlestar serve" in page.inner_text("#alone")
    assert page.get_attribute("html", "lang") == "de"
    page.click("#lang")
    page.wait_for_url(re.compile(r"brittlestar\.html\?.*lang=en"))


def test_nothing_but_its_own_is_allowed(site: Path) -> None:
    for name in ("index.html", "de.html", "evidence.html", "brittlestar.html"):
        text = (site / name).read_text(encoding="utf-8")
        (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)
        assert "default-src &#39;none&#39;" in policy and "unsafe-inline" not in policy
        assert "&#39;wasm-unsafe-eval&#39;" in policy and "&#39;unsafe-eval&#39;" not in policy
        assert not re.search(r"https?:", policy)


DOSES = (
    ("zoledronate", 0.05, 6),
    ("zoledronate", 0.025, 6),
    ("zoledronate", 0.05, 12),
    ("risedronate", 1, 6),
)
FOUR = "&".join(
    f"drug{k}={drug}&dose{k}={dose}&every_months{k}={every}&for_years{k}=3"
    for k, (drug, dose, every) in enumerate(DOSES)
)
ON_PAPER = {
    "brittlestar.html": (
        "girl, 7 years, OI type IV", "seed 1", "Not advice", "Zoledronate 0.05 mg/kg every 6 months for 3",
        "Three cautions", "Questions to ask our OI team", "Fever and aches",
    ),
    "brittlestar-de.html": ("Mädchen, 7 Jahre, OI Typ IV", "Startwert 1", "Kein Rat", "Risedronat 1 mg/kg"),
}  # fmt: skip


@pytest.mark.parametrize(("name", "plans"), [("brittlestar.html", 2), ("brittlestar-de.html", 4)])
def test_plans_side_by_side_are_printed_on_one_sheet(site: Path, page: Any, name: str, plans: int) -> None:
    page.goto(f"{(site / name).as_uri()}?screen=compare&{FOUR if plans == 4 else ''}")
    answered(page)
    paper = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type /Page\b", paper)) == 1
    page.emulate_media(media="print")
    text = page.inner_text("#sheet")
    for part in (*ON_PAPER[name], str(page.evaluate("new Date().getFullYear()"))):
        assert part in text, part
    # Without treatment and for each plan by the model; trials have their own.
    assert page.locator("#sheet-pic .apart").count() == plans + 1
    assert page.locator("#sheet-pic .rng").count() == 1 and not page.locator("#main").is_visible()
    assert page.locator("#sheet-harms thead th").count() == plans + 1
    assert page.locator("#sheet-harms tbody tr").count() == 5
    page.emulate_media(media="screen")
    page.fill("#dose0", "x")
    page.emulate_media(media="print")
    assert page.locator("#sheet > :visible").count() == page.locator("#sheet > .refuse:visible").count() == 1


@pytest.mark.parametrize(
    ("name", "words"), [("brittlestar.html", "no WebAssembly"), ("brittlestar-de.html", "fehlt WebAssembly")]
)
def test_a_browser_that_cannot_compute_says_so(site: Path, page: Any, name: str, words: str) -> None:
    page.add_init_script("delete window.WebAssembly")
    page.goto(f"{(site / name).as_uri()}?{YEAR}")
    page.wait_for_selector("body[data-state=refused]")
    assert words in page.inner_text("#told") and not page.locator("#view").is_visible()


@pytest.mark.parametrize("name", ["index.html", "compare-de.html", "leaflet.html", "brittlestar.html"])
def test_without_scripts_the_page_says_what_it_needs(site: Path, browser: Any, name: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((site / name).as_uri())
    said = page.locator("noscript:has(.noscript)").inner_text()
    assert ("Skripte" if "-de" in name else "scripts are switched off") in said
    assert page.locator(".noscript").is_visible()
    context.close()


@pytest.mark.parametrize("name", ["evidence.html", "leaflet-de.html", "unknown.html"])
def test_what_is_for_researchers_stands_after_what_is_for_all(site: Path, name: str) -> None:
    text = (site / name).read_text(encoding="utf-8")
    assert 0 < text.index('class="lead"') < text.index('class="turn"') < text.index('id="researcher"')
    assert "SHA-256" in text and "SHA-256" not in text.partition("<footer>")[2].partition("</footer>")[0]
