"""The package says who it is, and its data files travel with it."""

import ast
import re
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


NAMED_OTHERWISE = {
    "vl_convert": "vl-convert-python",
    "roadrunner": "libroadrunner",
    "COPASI": "python-copasi",
    "libsbml": "python-libsbml",
    "libsedml": "python-libsedml",
    "libcombine": "python-libcombine",
    "fhir": "fhir.resources",
    "nvidia": "nvidia-cuda-nvcc",
}
"""Name by which a package is imported -> name by which it is installed."""

ASKED_FOR = {"import_module", "find_spec", "importorskip"}
"""Functions that import by a word."""


def imported(*folders: str) -> set[str]:
    """Packages of others that the Python files of these folders import, as they are called when installed."""
    found: set[str] = set()
    for file in (file for folder in folders for file in (ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                found.add(node.module or "")
            elif isinstance(node, ast.Call) and node.args:
                name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                word = node.args[0].values[0] if isinstance(node.args[0], ast.JoinedStr) else node.args[0]
                if name in ASKED_FOR and isinstance(word, ast.Constant):
                    found.add(str(word.value))
    roots = {name.partition(".")[0] for name in found} - sys.stdlib_module_names
    files = (file for folder in folders if folder != "src" for file in (ROOT / folder).rglob("*.py"))
    ours = {"", "brittlestar", *(file.stem for file in files)}
    return {NAMED_OTHERWISE.get(name, name).lower().replace("_", "-") for name in roots - ours}


def declared(*extras: str) -> set[str]:
    """Packages that are needed, or that these extras add."""
    lists = [PROJECT["optional-dependencies"][extra] for extra in extras] or [PROJECT["dependencies"]]
    return {re.split(r"[\[<>=~! ]", line)[0].lower() for lines in lists for line in lines} - {"brittlestar"}


def test_what_is_imported_is_declared_and_what_is_declared_is_imported() -> None:
    used = imported("src")
    assert declared() - used == set(), "needed by nothing"
    offered = set(PROJECT["optional-dependencies"]) - {"bench", "dev", "docs", "web-test"}
    assert used - declared() - declared(*offered) == set(), "not declared"
    everywhere = imported("src", "tests", "benchmarks", "scripts")
    extras = set(PROJECT["optional-dependencies"]) - {"dev"}
    # What builds the site is named in docs/conf.py: tests/test_docs_site.py.
    assert declared(*(extras - {"docs"})) - everywhere == set(), "of an extra, and imported nowhere"
    assert everywhere - declared() - declared(*extras, "dev") == set()


@pytest.mark.parametrize("lock", sorted(ROOT.glob("requirements*.lock")), ids=lambda path: path.name)
def test_every_locked_package_is_pinned_and_hashed_and_names_no_address(lock: Path) -> None:
    text = lock.read_text()
    entries = text.replace("\\\n", " ").splitlines()
    assert len(entries) > 40
    assert [entry for entry in entries if "==" not in entry or "--hash=sha256:" not in entry] == []
    assert "://" not in text and " @ " not in text


@pytest.mark.parametrize("lock", sorted(ROOT.glob("requirements*.lock")), ids=lambda path: path.name)
def test_jax_is_bounded_by_the_minor_version_that_is_tested(lock: Path) -> None:
    """Machine code is made from JAX's own primitives: the next minor version is met by its tests first."""
    ((major, minor),) = re.findall(r"^jax==(\d+)\.(\d+)", lock.read_text(), re.MULTILINE)
    (bounds,) = (line for line in PROJECT["dependencies"] if line.startswith("jax"))
    assert bounds.endswith(f",<{major}.{int(minor) + 1}")


def bounds(lines: list[str]) -> dict[str, str]:
    """Package -> its bounds."""
    return {
        name: rest.strip() for name, rest in (re.split(r"(?=[\[<>=~! ])", line, maxsplit=1) for line in lines)
    }


def test_the_conda_recipe_has_the_bounds_of_the_project() -> None:
    recipe = (ROOT / "conda" / "recipe.yaml").read_text()
    assert f"version: {PROJECT['version']}\n" in recipe

    def listed(section: str) -> dict[str, str]:
        (block,) = re.findall(rf"^  {section}:\n((?:    - .*\n)+)", recipe, re.MULTILINE)
        return bounds(re.findall(r"^    - (.*)$", block, re.MULTILINE))

    assert listed("run") == bounds(PROJECT["dependencies"]) | {"python": PROJECT["requires-python"]}
    extras = PROJECT["optional-dependencies"]
    asked = bounds([*extras["charts"], *extras["query"], *extras["serve"]])
    asked["python-duckdb"] = asked.pop("duckdb")
    assert listed("run_constraints") == {
        name: bound for name, bound in asked.items() if name != "brittlestar"
    }


def test_parameter_files_are_package_data() -> None:
    assert (resources.files("brittlestar") / "py.typed").is_file()


@pytest.mark.skipif(find_spec("brittlestar.cli") is None, reason="no command line yet")
def test_the_command_line_starts_without_the_heavy_libraries() -> None:
    heavy = ["jax", "altair", "polars", "statsmodels", "scipy", "pandas", "pydantic"]
    code = f"import sys, brittlestar.cli; print(*[name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
