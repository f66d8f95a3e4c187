"""The README says what is: its table follows the protocol and hides nothing, its links lead somewhere."""

import re
from collections.abc import Iterator
from pathlib import Path
from runpy import run_path
from types import SimpleNamespace
from typing import Any

import pytest

from brittlestar._shared.table import with_range
from brittlestar.cli import app
from brittlestar.trials.protocol_files import load_protocol

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
made = SimpleNamespace(**run_path(str(ROOT / "scripts" / "draw_readme.py")))


def rows(published_of_shown: str = "inside", others: str = "inside") -> Iterator[dict[str, Any]]:
    """Rows of ``results.json`` as the trial has them, with numbers that are none."""
    for endpoint in load_protocol("poise").endpoints:
        month = endpoint.window[1] if endpoint.window else endpoint.month
        for said in endpoint.published:
            shown = (endpoint.id, said.arm, round(month or 0)) in made.SHOWN
            yield {
                "id": endpoint.id, "label": endpoint.label, "arm": said.arm, "time_months": month,
                "published": {"value": said.value, "low": said.low, "high": said.high},
                "simulated": {"mean": 1.0, "low": 0.5, "high": 2.0},
                "verdict": published_of_shown if shown else others,
            }  # fmt: skip


def cells(text: str) -> list[list[str]]:
    """Rows of a table in Markdown."""
    lines = [line for line in text.splitlines() if line.startswith("| ")][1:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_the_table_of_poise_is_written_by_its_script_and_says_what_was_published():
    told = cells(README.partition(made.BEGIN)[2].partition(made.END)[0])
    fresh = cells(made.poise_table(rows()))
    assert len(told) == len(made.SHOWN) == 8
    assert sorted(row[:3] for row in told) == sorted(row[:3] for row in fresh)
    assert with_range(8.7, 5.7, 11.7) in told[0]


def test_the_readme_speaks_of_an_outside_only_where_its_table_has_one():
    before, _, rest = README.partition(made.BEGIN)
    sentence = before.rstrip().splitlines()[-1]
    assert "published interval" in sentence
    assert ("outside" in sentence) <= ("| outside |" in rest.partition(made.END)[0])


def test_what_is_outside_may_not_be_left_out_of_the_table():
    assert "outside" in made.poise_table(rows("outside"))
    with pytest.raises(ValueError, match="is outside: add it"):
        made.poise_table(rows(others="outside"))


def test_links_and_pictures_are_there():
    targets = re.findall(r"\]\(([^):]+)\)", README)
    assert len(targets) > 10
    assert [target for target in targets if not (ROOT / target.partition("#")[0]).exists()] == []


def test_commands_and_targets_are_there():
    known = {name for name in app if not name.startswith("-")} | {"--help"}
    assert set(re.findall(r"^brittlestar (\S+)", README, re.MULTILINE)) <= known
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"`?make ([a-z-]+)", README):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_it_is_read_in_a_minute_and_says_where_the_model_is_wrong():
    assert len(README.splitlines()) < 100
    status = README.partition("## Status")[2]
    for word in ("Fractures", "Predictions", "Physiology", "assumed", "docs/status.md"):
        assert word in status, word
