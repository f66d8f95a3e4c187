"""The pages of physiology tell points, functions and words as they are; their numbers are a run's."""

import sys
from importlib import import_module
from itertools import chain
from pathlib import Path
from runpy import run_path
from types import SimpleNamespace

import pytest

from brittlestar.evidence.calibration.points import points

ROOT = Path(__file__).parents[1]
sys.path.append(str(ROOT / "scripts"))  # scripts of the pages use one another
script = SimpleNamespace(**run_path(str(ROOT / "scripts" / "write_physiology_docs.py")))
SAID = script.read()
PAGES = {page["file"]: page for page in SAID["pages"]}
LABELS = {point.id: point.label for point in points().points}
MOST_BYTES = 60_000
OFF = "\N{MULTIPLICATION X}"
"""Sign of a point that is off."""


def test_every_point_of_the_table_stands_on_one_page():
    told = list(chain.from_iterable(page["points"] for page in SAID["pages"]))
    assert sorted(told) == sorted(LABELS)


def off_on(name: str) -> set[str]:
    """Points that the table of a page has as off."""
    told = script.numbers_in((script.DOCS / f"{name}.md").read_text("utf-8")).splitlines()
    verdicts = [line for line in told if line.startswith("| ")][1:]
    return {id for id, line in zip(PAGES[name]["points"], verdicts) if line.startswith(f"| {OFF}")}


def test_every_point_that_is_off_has_a_reason_and_no_other_has():
    """By what the last run found, which the pages hold."""
    off = set().union(*(off_on(name) for name in PAGES if not PAGES[name].get("studies")))
    assert off and set(SAID["reasons"]) == off
    assert not any("No reason is known" in (script.DOCS / f"{name}.md").read_text("utf-8") for name in PAGES)


def test_the_first_edition_is_compared_on_the_points_that_it_had():
    def row(verdict: str, first: str | None, counted: bool = True) -> dict[str, object]:
        before = None if first is None else {"model": 1.0, "verdict": first}
        return {"verdict": verdict, "counted": counted, "first_edition": before}

    rows = [row("right", "off"), row("right", "right"), row("off", "off"), row("right", None)]
    rows += [row("right", "right", counted=False), row("right", None) | {"first_edition": {"model": None}}]
    assert script.against_first(rows) == (
        "The first edition had a value for 3 of them: 1 were right with it, and 2 of the same are right now."
    )


def test_every_line_that_is_drawn_is_of_points_of_the_table():
    lines = [line for page in SAID["pages"] for panel in page.get("panels", ()) for line in panel["lines"]]
    named = {id for line in lines for id in (line.get("course") or line["like"], *line.get("points", ()))}
    assert named <= LABELS.keys()


@pytest.mark.parametrize("name", sorted({name for page in SAID["pages"] for name in page["laws"]}))
def test_an_equation_is_that_of_its_function(name):
    module, _, function = name.rpartition(".")
    first = (getattr(import_module(module), function).__doc__ or "").partition("\n")[0].replace("``", "")
    assert first and first in script.law(name)
    assert "Args:" not in script.law(name)


def test_the_words_of_the_pages_are_current():
    stale = [path.name for path, text in script.texts().items() if path.read_text("utf-8") != text]
    assert not stale, f"{stale}: python scripts/write_physiology_docs.py --write"


@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_its_points_and_its_picture(name):
    text = (script.DOCS / f"{name}.md").read_text("utf-8")
    told = [line for line in script.numbers_in(text).splitlines() if line.startswith("| ")]
    labels = [LABELS[id] for id in PAGES[name]["points"]]
    assert [line.split(" | ")[1].partition("<br>")[0] for line in told[1:]][: len(labels)] == labels
    picture = script.DOCS / f"{name}.svg"
    assert (f"({name}.svg)" in text) == picture.exists()
    assert not picture.exists() or picture.stat().st_size < MOST_BYTES


def test_what_is_off_is_told_with_its_reason_or_that_none_is_known():
    row = {
        "id": "a", "label": "Spine, %", "published": 8.0, "said": "", "interval90": [6.4, 9.6], "model": 20.0,
        "verdict": "off more than twofold", "ratio": 2.5,
    }  # fmt: skip
    text = "- Spine, %: the model says 20.00, published 8.00 (6.40 to 9.60); 2.50 times the published effect."
    assert script.short(row, {}) == f"{text} No reason is known."
    near = row | {"verdict": "off", "model": 10.0}
    assert script.short(near, {}).endswith("published 8.00 (6.40 to 9.60). No reason is known.")
    assert script.short(row, {"a": "Fed."}) == f"{text} Fed."


def test_a_line_moves_where_its_point_is_a_mean_over_a_window():
    like = next(p for p in points().points if p.id == "pamidronate-calcium")
    assert like.window is not None
    copies = import_module("physiology_pictures").Copies()
    copies.add({}, {"like": like.id, "days": [0, 28, 14]})
    assert [one.window for one in copies.targets] == [None] * 3
    assert len({one.months for one in copies.targets}) == 3


def test_numbers_outlast_new_words():
    first = script.page(PAGES["mineral"], "| 1 |", "Key.")
    assert script.numbers_in(first) == "| 1 |"
    again = script.page(PAGES["mineral"] | {"what": "Other words."}, script.numbers_in(first), "Key.")
    assert script.numbers_in(again) == "| 1 |" and "Other words." in again
