"""A server of its own for the tests of the page, and a browser to drive it."""

import os
import shutil
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from web_server import serving

NEEDED = ("fastapi", "httpx", "uvicorn")
collect_ignore_glob = [] if all(map(find_spec, NEEDED)) else ["test_*.py"]
"""Without the packages of the page, which ``make test-web`` installs, its tests are not there."""


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a server that compiles what its first screens need."""
    with serving(tmp_path_factory.mktemp("jobs")) as (base, _):
        yield base


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the page without a server."""
    from brittlestar.web.site.write import write

    folder = tmp_path_factory.mktemp("site")
    write(folder)
    return folder


def chromium() -> str | None:
    """A Chromium of this machine; None leaves the choice to Playwright."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return os.environ.get("BRITTLESTAR_CHROMIUM") or next(filter(None, map(shutil.which, names)), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """A running Chromium."""
    api = pytest.importorskip("playwright.sync_api")
    with api.sync_playwright() as p:
        try:
            # Sandboxing needs rights that a container seldom gives; the page is this test's own.
            one = p.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        except api.Error as error:
            pytest.skip(f"no Chromium: {str(error).splitlines()[0]}")
        yield one
        one.close()


@pytest.fixture
def screenshots(tmp_path: Path) -> Path:
    """Where pictures of screens go; kept where ``BRITTLESTAR_SCREENSHOTS`` says."""
    place = Path(os.environ.get("BRITTLESTAR_SCREENSHOTS") or tmp_path)
    place.mkdir(parents=True, exist_ok=True)
    return place


SLOW = 480_000
"""Milliseconds: the first answers wait for programs to be compiled."""


@pytest.fixture
def page(browser: Any, request: pytest.FixtureRequest) -> Iterator[Any]:
    """A fresh page; any error or warning in its console fails the test.

    The browser itself reports a refused request there: a test that has one says so.
    """
    width, scheme, *refused = getattr(request, "param", (1280, "light"))
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, reduced_motion="reduce"
    )
    one, said = context.new_page(), []
    one.set_default_timeout(SLOW)
    one.on("console", lambda m: said.append(m.text) if m.type in ("error", "warning") else None)
    one.on("pageerror", lambda error: said.append(str(error)))
    yield one
    context.close()
    expected = ("status of 422", "net::ERR_FAILED") if refused else ()
    assert [line for line in said if not any(one in line for one in expected)] == []
