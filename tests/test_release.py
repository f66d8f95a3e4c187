"""A tag is a release where every file says its version and the CHANGELOG has a section."""

import re
from pathlib import Path
from runpy import run_path
from types import SimpleNamespace

import pytest

release = SimpleNamespace(**run_path(str(Path(__file__).parents[1] / "scripts" / "release.py")))
CHANGELOG = "## [Unreleased]\n\n- later\n\n## [0.2.0] - 2026-12-01\n\n- new\n\n## [0.1.0] - 2026-01-01\n"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "conda").mkdir()
    for name, text in {
        "pyproject.toml": '[project]\nversion = "0.2.0"\n',
        "CITATION.cff": "cff-version: 1.2.0\nversion: 0.2.0\ndate-released: 2026-12-01\n",
        "conda/recipe.yaml": "context:\n  version: 0.2.0\n\npackage:\n  version: ${{ version }}\n",
        "CHANGELOG.md": CHANGELOG,
    }.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def test_a_tag_that_every_file_knows_is_a_release(tree: Path) -> None:
    assert list(release.faults(tree, "v0.2.0")) == []
    assert release.section(CHANGELOG, "0.2.0") == "- new" and release.section(CHANGELOG, "0.1.0") == ""


def test_what_contradicts_a_tag_is_named(tree: Path) -> None:
    (tree / "CITATION.cff").write_text("version: 0.1.0\ndate-released: 2026-01-01\n", encoding="utf-8")
    assert list(release.faults(tree, "v0.2.0")) == [
        "CITATION.cff: got 0.1.0; accepted: 0.2.0",
        "CITATION.cff: date-released: got 2026-01-01; accepted: that of CHANGELOG.md, 2026-12-01",
    ]
    said = list(release.faults(tree, "0.3.0"))
    assert said[0] == "tag: got 0.3.0; accepted: v and the version, such as v0.2.0"
    assert said[-1].startswith("CHANGELOG.md: got no section") and len(said) == 5


def test_the_tree_of_today_is_a_release_of_its_version() -> None:
    root = Path(__file__).parents[1]
    project = release.tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert list(release.faults(root, f"v{project['version']}")) == []


def test_versions_stand_newest_first_below_what_is_not_released() -> None:
    text = (Path(__file__).parents[1] / "CHANGELOG.md").read_text(encoding="utf-8")
    heads = re.findall(r"^## (.*)$", text, re.MULTILINE)
    assert heads[0] == "[Unreleased]"
    found = [re.fullmatch(r"\[(\d+)\.(\d+)\.(\d+)\] - (\d{4}-\d\d-\d\d)", head) for head in heads[1:]]
    assert None not in found, heads
    told = [(tuple(map(int, one.groups()[:3])), one[4]) for one in found if one]
    assert told == sorted(told, reverse=True) and len(told) == len({version for version, _ in told}) > 1
