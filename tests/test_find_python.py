"""The set-up finds a Python that runs and is new enough, or says in one sentence that there is none."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[1] / "scripts" / "find-python.sh"
BASH = shutil.which("bash") or "bash"
BROKEN = "echo 'pyenv: python3.13: command not found' >&2; exit 127"
TOO_OLD = "exit 1"  # what the version check of the script itself returns
GOOD = f'exec "{sys.executable}" "$@"'


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A PATH with nothing on it but the two tools that the script calls."""
    for tool in ("grep", "sort"):
        (tmp_path / tool).symlink_to(str(shutil.which(tool)))
    return tmp_path


def command(path: Path, name: str, body: str) -> None:
    path.mkdir(parents=True, exist_ok=True)
    (path / name).write_text(f"#!{BASH}\n{body}\n")
    (path / name).chmod(0o755)


def find(*paths: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    environment |= {"PATH": ":".join(map(str, paths))}
    return subprocess.run([BASH, str(SCRIPT)], env=environment, capture_output=True, text=True)


def assert_refused(done: subprocess.CompletedProcess[str]) -> None:
    assert done.returncode != 0
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert "Python 3.12 or newer" in done.stderr


def test_a_missing_python_is_one_sentence(path: Path) -> None:
    assert_refused(find(path))


def test_a_broken_or_old_python_is_one_sentence(path: Path) -> None:
    command(path, "python3.13", BROKEN)
    command(path, "python3", TOO_OLD)
    assert_refused(find(path))


def test_a_shim_that_does_not_run_is_passed_over(path: Path) -> None:
    command(path, "python3.13", BROKEN)
    command(path, "python3", GOOD)
    assert find(path).stdout.strip() == sys.executable


def test_every_place_on_the_path_is_tried(path: Path) -> None:
    command(path, "python3", TOO_OLD)
    command(path / "later", "python3", GOOD)
    assert find(path, path / "later").stdout.strip() == sys.executable


def test_the_newest_version_that_pyenv_knows_is_the_last_resort(path: Path) -> None:
    command(path, "python3", TOO_OLD)
    command(path / "prefix" / "bin", "python3", GOOD)
    prefix = f'[ "$2" = 3.13.0 ] && echo "{path / "prefix"}"'
    command(
        path,
        "pyenv",
        f'case "$1" in versions) printf "3.11.7\\n3.12.1\\n3.13.0\\n";; prefix) {prefix};; esac',
    )
    assert find(path).stdout.strip() == sys.executable


def test_a_named_python_is_used_or_refused_but_never_replaced(path: Path) -> None:
    command(path, "python3", GOOD)
    assert find(path, PYTHON=sys.executable).stdout.strip() == sys.executable
    assert_refused(find(path, PYTHON="no-such-python"))
