"""A checkout, a wheel and a source archive say which commit they are of, and whether they are just that."""

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from brittlestar._shared.commit import of_checkout

ROOT = Path(__file__).parents[1]
PACKAGE = Path("src") / "brittlestar"
NEEDED = ("pyproject.toml", "setup.py", "MANIFEST.in", "README.md", "LICENSE", "CHANGELOG.md", "CITATION.cff",
          ".gitignore")  # fmt: skip
pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="needs git")


def git(place: Path, *words: str) -> str:
    who = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false"]
    done = subprocess.run(["git", "-C", str(place), *who, *words], capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A repository with what a build needs, and little of the package."""
    place = tmp_path / "checkout"
    (place / PACKAGE).mkdir(parents=True)
    for name in NEEDED:
        shutil.copy(ROOT / name, place / name)
    (place / "tests").mkdir()
    shutil.copy(ROOT / "tests" / "test_commit.py", place / "tests")
    shutil.copy(ROOT / PACKAGE / "__init__.py", place / PACKAGE)
    shutil.copytree(ROOT / PACKAGE / "_shared", place / PACKAGE / "_shared")
    git(place, "init", "-q")
    git(place, "add", "-A")
    git(place, "commit", "-q", "-m", "all")
    return place


def built(kind: str, source: Path, out: Path, umask: int = -1) -> Path:
    """A wheel or source archive, without a network; under a umask of its own where one is told."""
    code = f"from setuptools import build_meta; print(build_meta.build_{kind}({str(out)!r}))"
    out.mkdir(exist_ok=True)
    words = [sys.executable, "-W", "ignore", "-c", code]
    done = subprocess.run(words, cwd=source, capture_output=True, text=True, check=True, umask=umask)
    return out / done.stdout.splitlines()[-1]


def told(wheel: Path, place: Path) -> str:
    """What the program says of itself where the wheel is unpacked."""
    shutil.rmtree(place, ignore_errors=True)
    zipfile.ZipFile(wheel).extractall(place)
    code = f"import sys; sys.path.insert(0, {str(place)!r}); from brittlestar._shared.manifest import about; "
    words = [sys.executable, "-I", "-c", code + "print(about()['commit'])"]
    return subprocess.run(words, capture_output=True, text=True, check=True, cwd=place).stdout.strip()


def test_a_wheel_knows_its_commit(checkout: Path, tmp_path: Path) -> None:
    head = git(checkout, "rev-parse", "HEAD")
    assert told(built("wheel", checkout, tmp_path / "out"), tmp_path / "site") == head
    with (checkout / PACKAGE / "__init__.py").open("a") as file:
        file.write("# changed\n")
    assert told(built("wheel", checkout, tmp_path / "out"), tmp_path / "site") == f"{head}-dirty"


def test_a_source_archive_and_a_wheel_of_it_know_their_commit(checkout: Path, tmp_path: Path) -> None:
    archive = built("sdist", checkout, tmp_path / "out")
    with tarfile.open(archive) as packed:
        packed.extractall(tmp_path / "source", filter="data")
    (source,) = (tmp_path / "source").iterdir()
    assert {"CHANGELOG.md", "CITATION.cff", "LICENSE", "README.md"} <= {one.name for one in source.iterdir()}
    assert not (source / "tests").exists(), "tests without what they read are none"
    wheel = built("wheel", source, tmp_path / "out")
    assert told(wheel, tmp_path / "site") == git(checkout, "rev-parse", "HEAD")


@pytest.mark.parametrize("kind", ["sdist", "wheel"])
def test_what_is_built_does_not_say_when(kind: str, checkout: Path, tmp_path: Path) -> None:
    first = built(kind, checkout, tmp_path / "one").read_bytes()
    for file in checkout.rglob("*.py"):
        os.utime(file, (1e9, 1e9))
    assert built(kind, checkout, tmp_path / "two").read_bytes() == first


@pytest.mark.parametrize("kind", ["sdist", "wheel"])
def test_what_is_built_does_not_say_under_which_umask(kind: str, checkout: Path, tmp_path: Path) -> None:
    private = tmp_path / "private"
    shutil.copytree(checkout, private)
    for place, umask in ((checkout, 0o022), (private, 0o077)):
        for file in (place, *place.rglob("*")):
            file.chmod(file.stat().st_mode & ~umask | (0o666 & ~umask))
    first = built(kind, checkout, tmp_path / "one", umask=0o022).read_bytes()
    assert built(kind, private, tmp_path / "two", umask=0o077).read_bytes() == first


def test_a_checkout_tells_changed_and_added_files(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    head = git(checkout, "rev-parse", "HEAD")
    (checkout / "notes.txt").write_text("mine")  # no build holds it
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    assert of_checkout(checkout) == head
    (checkout / PACKAGE / "new.py").write_text("")
    assert of_checkout(checkout) == f"{head}-dirty"
    (checkout / PACKAGE / "new.py").unlink()
    (checkout / "README.md").write_text("other")
    assert of_checkout(checkout) == f"{head}-dirty"
    shutil.rmtree(checkout / ".git")
    assert of_checkout(checkout) is None
