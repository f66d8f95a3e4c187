"""What docs/speed.md and docs/status.md say was measured is what the benchmarks left."""

import json
import sys
from importlib import import_module
from pathlib import Path
from runpy import run_path
from types import SimpleNamespace

import pytest

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "speed.md").read_text(encoding="utf-8")
sys.path.insert(0, str(ROOT / "scripts"))
aims = import_module("speed_aims")
speed = SimpleNamespace(**run_path(str(ROOT / "scripts" / "write_speed_tables.py")))


def test_every_table_is_on_the_page_and_current():
    pages = [page.read_text(encoding="utf-8") for page in speed.PAGES]
    for name in speed.TABLES:
        marks = [page.count(mark) for page in pages for mark in (f"<!-- {name}: ", f"<!-- end of {name} -->")]
        assert sorted(marks) == [0, 0, 1, 1], name
    command = "python scripts/write_speed_tables.py --write"
    for page in pages:
        assert speed.with_tables(page, ROOT / "benchmarks" / "results") == page, command


def timed(case: str, precision: str, outputs: int, speed: int) -> dict[str, object]:
    return {"case": case, "precision": precision, "outputs": outputs, "patient_years_per_second": speed,
            "at_the_fastest": speed, "per_processor_second": speed}  # fmt: skip


def test_the_status_says_of_speed_what_the_table_says_with_all_outputs():
    cases = ("untreated", "tablets against untreated")
    kinds = [(case, bits, n) for case in cases for n in (62, 10) for bits in ("float64", "float32")]
    content = {
        "machine": {"load": 0.5},
        "commit": "0123456789",
        "rows": [timed(*kind, 1000 + i) for i, kind in enumerate(kinds)],
        "poise": {"replicates": 200, "seconds": 5},
    }
    said = " ".join(speed.patient_years(content))
    assert "1,000 patient-years a second of untreated people in double precision and 1,001 in single" in said
    assert "of tablets against untreated 1,004 and 1,005" in said
    assert "load of the machine 0.5" in said and "`0123456`" in said
    table = speed.engine(content)
    assert "| untreated | float32 | 62 | 1,001 | 1,001 | 1,001 |" in table
    assert "| tablets against untreated | float32 | 10 | 1,007 | 1,007 | 1,007 |" in table


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


def test_an_aim_is_met_missed_with_its_reason_or_not_run(tmp_path: Path):
    said = {"what": "some seconds", "asked": 3.0, "more": False, "file": "waiting", "why": "slow disk"}
    aim = aims.Aim(**said, found=lambda content: content["seconds"])
    (line,) = aims.table(tmp_path, [aim])
    assert line == ("some seconds", "at most 3", "NOT RUN", "")
    for seconds, end in ((2.5, "met"), (4.0, "missed: slow disk")):
        (tmp_path / "waiting.json").write_text(json.dumps({"seconds": seconds}), encoding="utf-8")
        (line,) = aims.table(tmp_path, [aim])
        assert line[-1] == end


def test_every_aim_that_is_missed_says_why():
    lines = list(aims.table(ROOT / "benchmarks" / "results"))
    assert len(lines) == len(aims.AIMS)
    assert [line for line in lines if line[-1] == "missed: "] == []
