"""External links: every address and identifier can be one, and what cannot is told with its place."""

import urllib.error
import urllib.request
from email.message import Message
from pathlib import Path
from runpy import run_path
from types import SimpleNamespace

import pytest

from brittlestar._shared.references import Reference, references

ROOT = Path(__file__).resolve().parents[1]
check_links = SimpleNamespace(**run_path(str(ROOT / "scripts" / "check_links.py")))
Link = check_links.Link


def test_no_link_of_the_project_is_refused() -> None:
    links = [*check_links.in_pages(ROOT), *check_links.of_references(references())]
    assert len(links) > 200
    assert list(check_links.faults(links, references())) == []


def test_links_are_found_with_their_place_and_without_what_follows_them(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    text = "one\nsee [a](https://a.org/b_(c)), https://b.org/x. And http://127.0.0.1:8000/\n"
    (tmp_path / "docs" / "page.md").write_text(text, encoding="utf-8")
    assert list(check_links.in_pages(tmp_path)) == [
        Link("https://a.org/b_(c)", "docs/page.md:2"),
        Link("https://b.org/x", "docs/page.md:2"),
    ]


@pytest.mark.parametrize(
    ("known", "said"),
    [
        ([Reference("a", "article", "A", doi="11.1000/x")], "a: doi: got 11.1000/x"),
        ([Reference("a", "article", "A", doi="10.1000/x.")], "a: doi: got 10.1000/x."),
        ([Reference("a", "article", "A", pmid="012")], "a: pmid: got 012"),
        ([Reference("a", "article", "A", pmc="123")], "a: pmc: got 123"),
        (
            [
                Reference("a", "article", "A", doi="10.1000/X"),
                Reference("b", "article", "B", doi="10.1000/x"),
            ],
            "doi 10.1000/x: got 2 references (a, A; b, B)",
        ),
        ([Reference("a", "report", "A", url="https://no host")], "a: got https://no host"),
        ([Reference("a", "report", "A", url="ftp://a.org/b")], "a: got ftp://a.org/b"),
    ],
)
def test_what_cannot_be_is_told(known: list[Reference], said: str) -> None:
    table = {one.id: one for one in known}
    (fault,) = check_links.faults(check_links.of_references(table), table)
    assert fault.startswith(said) and "accepted: " in fault


def test_a_source_is_no_link_twice() -> None:
    (link,) = check_links.of_references({"a": Reference("a", "article", "A", doi="10.1000/x")})
    assert link == Link("https://doi.org/10.1000/x", "a")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (urllib.error.URLError("no name"), "NOT RUN"),
        (urllib.error.HTTPError("", 404, "", Message(), None), "gone"),
        (urllib.error.HTTPError("", 403, "", Message(), None), "unclear"),
    ],
)
def test_no_connection_is_not_a_pass(monkeypatch: pytest.MonkeyPatch, error: OSError, said: str) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(urllib.request, "urlopen", refuse)
    assert check_links.answer("https://a.org") == said
