"""What docs/speed.md says was measured is what the benchmarks left."""

import json
from pathlib import Path
from runpy import run_path
from types import SimpleNamespace

import pytest

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "speed.md").read_text(encoding="utf-8")
speed = SimpleNamespace(**run_path(str(ROOT / "scripts" / "write_speed_tables.py")))


def test_every_table_is_on_the_page_and_current():
    for name in speed.TABLES:
        assert PAGE.count(f"<!-- {name}: ") == PAGE.count(f"<!-- end of {name} -->") == 1, name
    command = "python scripts/write_speed_tables.py --write"
    assert speed.with_tables(PAGE, ROOT / "benchmarks" / "results") == PAGE, command


def test_a_table_holds_its_numbers_and_one_without_results_is_left(tmp_path):
    row = {"people": 1000, "most, GB": 0.25}
    (tmp_path / "memory.json").write_text(json.dumps({"rows": [row]}))
    marks = "<!-- {0}: python scripts/write_speed_tables.py --write -->\n{1}<!-- end of {0} -->"
    page = "\n".join((marks.format("memory", "old\n"), marks.format("work", "kept\n")))
    found = speed.with_tables(page, tmp_path).splitlines()
    assert found[3:6] == ["| people | most, GB |", "| --- | ---: |", "| 1,000 | 0.25 |"]
    assert "old" not in found and "kept" in found


@pytest.mark.parametrize(
    ("cell", "said"), [(12345, "12,345"), (0.00044, "0.0004"), (2e-7, "2e-07"), ("x", "x")]
)
def test_numbers_are_short(cell, said):
    assert speed.rows(["a"], [[cell]])[2] == f"| {said} |"
