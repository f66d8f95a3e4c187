"""What docs/speed.md says was measured is what the benchmarks left."""

import json
from importlib import import_module
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


def test_other_solvers_have_their_numbers_on_this_page_alone():
    _, _, section = (
        (ROOT / "docs" / "exchange.md").read_text(encoding="utf-8").partition("## Beside other solvers\n")
    )
    assert "(speed.md#measured)" in section
    assert not [line for line in section.splitlines() if line.startswith("|") or "times" in line]
    rows = json.loads((ROOT / "benchmarks" / "results" / "compare.json").read_text(encoding="utf-8"))["rows"]
    assert all(f"| {row['solver']} | {row['setting']} | " in PAGE for row in rows)


def test_a_table_holds_its_numbers_and_one_without_results_is_left(tmp_path):
    row = {"people": 1000, "most, GB": 0.25}
    (tmp_path / "memory.json").write_text(json.dumps({"rows": [row]}))
    marks = "<!-- {0}: python scripts/write_speed_tables.py --write -->\n{1}<!-- end of {0} -->"
    page = "\n".join((marks.format("memory", "old\n"), marks.format("work", "kept\n")))
    found = speed.with_tables(page, tmp_path).splitlines()
    assert found[3:6] == ["| people | most, GB |", "| --- | ---: |", "| 1,000 | 0.25 |"]
    assert "old" not in found and "kept" in found


def test_waiting_tells_the_memory_of_predict_and_power(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    asked = {words[:2]: case for case, words in import_module("bench_waiting").COMMANDS.items()}
    took = {"first_line": 0.2, "answer": 9.5, "processor": 14.0, "memory": 0.61}
    cases = [{"case": asked[command, "poise"], **took} for command in ("predict", "power")]
    lines = speed.waiting({"seconds": cases})
    assert lines[2] == "| command | first line, s | answer, s | processor, s | peak memory, GB |"
    assert [line.endswith("| 0.2 | 9.5 | 14.0 | 0.61 |") for line in lines[4:]] == [True, True]


@pytest.mark.parametrize(
    ("cell", "said"), [(12345, "12,345"), (0.00044, "0.0004"), (2e-7, "2e-07"), ("x", "x")]
)
def test_numbers_are_short(cell, said):
    assert speed.rows(["a"], [[cell]])[2] == f"| {said} |"
