"""The page as files, in Chromium: opened from a disk, and from a plain file server, also without the net."""

import json
import re
import shutil
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from browsing import answered

from brittlestar.web import answer
from brittlestar.web.requests import Explore
from brittlestar.web.site.write import files
from site_questions import apart

YEAR = "for_years0=1&drug0=zoledronate&dose0=0.05&years=1"
"""A question whose answer takes little time."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that is written."""
    folder = tmp_path_factory.mktemp("site")
    for name, content in files().items():
        (folder / name).write_bytes(content)
    return folder


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


def test_one_file_refuses_and_greys_what_was_there(site: Path, page: Any) -> None:
    page.goto(f"{(site / 'brittlestar.html').as_uri()}?{YEAR}")
    answered(page)
    for name, value, words in (
        ("dose", "50", "Published doses: 0.0125 to 0.05 mg/kg; is the unit right?"),
        ("dose", "", None),
        ("dose", "abc", None),
        ("dose", "1e9", "less than or equal to 500"),
    ):
        page.fill(f"#{name}", value)
        page.wait_for_selector("body[data-state=refused]")
        assert page.evaluate("[...document.querySelectorAll('.res')].every((one) => one.inert)"), value
        assert words is None or words in page.inner_text("#told"), value
    page.select_option("#drug", "words")
    page.fill("#words", "zoledronate 0.05 mg/kg iv every 6 months")
    page.wait_for_selector("#told >> text=brittlestar serve")


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
        assert "&#39;wasm-unsafe-eval&#39;" in policy and "unsafe-eval&#39;" in policy
        assert not re.search(r"https?:", policy)
