"""What an install weighs and how soon it starts: stated for the core, beside the first edition."""

import sys
from math import inf
from pathlib import Path
from runpy import run_path

ROOT = Path(__file__).parents[1]
measure = run_path(str(ROOT / "scripts" / "measure_install.py"))


def test_the_documentation_states_size_and_starts_before_and_after():
    text = (ROOT / "docs" / "install-sizes.txt").read_text(encoding="utf-8")
    extras = [f"`brittlestar[{name}]`" if name else "`brittlestar`" for name in measure["INSTALLS"]]
    starts = [f"`{name}`, CPU seconds" for name in measure["STARTS"]]
    heads = [line.split("|")[1].strip() for line in text.splitlines() if line.startswith("| ")]
    assert heads == ["install", *extras, "plain install", "MB", *starts]
    assert "| plain install | 0.1.0 | 0.2.0 |" in text


def test_a_start_that_a_version_does_not_have_takes_no_time():
    python = Path(sys.executable)
    assert measure["cpu_seconds"](python, "import nowhere") == inf
    assert 0 < measure["cpu_seconds"](python, "pass") < inf


def test_bytecode_weighs_nothing(tmp_path: Path):
    (tmp_path / "a.py").write_bytes(b"x" * 3_000_000)
    (tmp_path / "a.pyc").write_bytes(b"x" * 9_000_000)
    assert measure["megabytes"](tmp_path) == 3.0
