"""The Makefile does what its first lines say, where that is more than a call."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def test_a_benchmark_that_fails_is_named_and_stops_no_other(tmp_path: Path):
    bad, good = tmp_path / "bench_bad.py", tmp_path / "bench_good.py"
    bad.write_text("raise SystemExit(1)\n", encoding="utf-8")
    good.write_text("print('measured')\n", encoding="utf-8")
    made = ("-o", ".venv/.ready", "-o", ".venv/.ready-web")
    command = ["make", "-s", *made, "bench", f"BENCHES={bad} {good}"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.stdout.split() == [str(bad), str(good), "measured"]
    assert run.returncode != 0
    assert f"Failed: {bad}\n" in run.stderr
