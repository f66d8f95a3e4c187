"""The package says who it is, and its data files travel with it."""

import subprocess
import sys
import tomllib
from importlib import metadata, resources
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def test_installed_metadata_is_that_of_the_source() -> None:
    installed = metadata.metadata("brittlestar")
    assert installed["Version"] == PROJECT["version"]
    assert installed["License-Expression"] == "Apache-2.0"
    assert installed["Requires-Python"] == ">=3.12"


def test_the_changelog_and_the_citation_know_this_version() -> None:
    citation = (ROOT / "CITATION.cff").read_text()
    assert f"\nversion: {PROJECT['version']}\n" in citation
    assert "\n## [Unreleased]\n" in (ROOT / "CHANGELOG.md").read_text()


def test_the_console_script_is_declared() -> None:
    (script,) = metadata.entry_points(group="console_scripts", name="brittlestar")
    assert script.value == "brittlestar.cli:main"


def test_the_module_is_the_command() -> None:
    done = subprocess.run([sys.executable, "-m", "brittlestar", "--version"], capture_output=True, text=True)
    assert done.returncode == 0 and done.stdout.strip() == PROJECT["version"]
    wrong = subprocess.run([sys.executable, "-m", "brittlestar", "simulat"], capture_output=True, text=True)
    assert wrong.returncode == 2 and "simulate" in wrong.stderr


@pytest.mark.parametrize("lock", sorted(ROOT.glob("requirements*.lock")), ids=lambda path: path.name)
def test_every_locked_package_is_pinned_and_hashed_and_names_no_address(lock: Path) -> None:
    text = lock.read_text()
    entries = text.replace("\\\n", " ").splitlines()
    assert len(entries) > 50
    assert [entry for entry in entries if "==" not in entry or "--hash=sha256:" not in entry] == []
    assert "://" not in text and " @ " not in text


def test_parameter_files_are_package_data() -> None:
    assert (resources.files("brittlestar") / "py.typed").is_file()


@pytest.mark.skipif(find_spec("brittlestar.cli") is None, reason="no command line yet")
def test_the_command_line_starts_without_the_heavy_libraries() -> None:
    heavy = ["jax", "altair", "polars", "statsmodels", "scipy", "pandas", "pydantic"]
    code = f"import sys, brittlestar.cli; print(*[name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
