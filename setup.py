"""Writes the commit into what is built, which has no repository to ask; all else stands in pyproject.toml."""

from pathlib import Path
from runpy import run_path

from setuptools import setup
from setuptools.command.build_py import build_py
from setuptools.command.sdist import sdist

ROOT = Path(__file__).resolve().parent
COMMIT = run_path(str(ROOT / "src" / "brittlestar" / "_shared" / "commit.py"))


def note_commit(source: Path) -> None:
    """Write it into the package under ``source``; one built from a source archive holds it already."""
    commit = COMMIT["of_checkout"](ROOT)
    if commit is not None:
        (source / "brittlestar" / COMMIT["NOTE"]).write_text(f"{commit}\n", encoding="utf-8")


class BuildPy(build_py):
    """Of a wheel."""

    def run(self) -> None:
        """Build, then write the commit; an editable install asks its checkout."""
        super().run()
        if not self.editable_mode:
            note_commit(Path(self.build_lib))


class Sdist(sdist):
    """Of a source archive."""

    def make_release_tree(self, base_dir: str, files: list[str]) -> None:
        """Gather the files, then write the commit."""
        super().make_release_tree(base_dir, files)
        note_commit(Path(base_dir) / "src")


setup(cmdclass={"build_py": BuildPy, "sdist": Sdist})
