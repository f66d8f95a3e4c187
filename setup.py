"""Writes the commit into what is built, which has no repository to ask; all else stands in pyproject.toml."""

import gzip
import os
import tarfile
from pathlib import Path
from runpy import run_path
from typing import Any

from setuptools import setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.build_py import build_py
from setuptools.command.sdist import sdist

ROOT = Path(__file__).resolve().parent
PACKAGE = ROOT / "src" / "brittlestar"
COMMIT = run_path(str(PACKAGE / "_shared" / "commit.py"))
DIGEST = run_path(str(PACKAGE / "_shared" / "source_digest.py"))

# The earliest that a wheel can hold: two builds of one commit are the same file, whenever they are made.
EPOCH = int(os.environ.setdefault("SOURCE_DATE_EPOCH", "315532800"))


def note_commit(source: Path) -> None:
    """Write it into the package under ``source``; one built from a source archive holds it already."""
    commit = COMMIT["of_checkout"](ROOT)
    if commit is not None:
        (source / "brittlestar" / COMMIT["NOTE"]).write_text(f"{commit}\n", encoding="utf-8")


def check_shipped(source: Path) -> None:
    """Refuse engines of WebAssembly that were made from another step than what is built."""
    package = source / "brittlestar"
    said = package / "engine" / "shipped" / "made_from.txt"
    if said.exists() and said.read_text(encoding="utf-8").strip() != DIGEST["source_digest"](package):
        raise SystemExit(f"{said.parent}: made from another step; accepted: none, or those of `make wasm`")


def mode(of_owner: int, folder: bool) -> int:
    """What anybody may do with a file or folder, from what its owner may: no umask has a say."""
    return 0o755 if folder or of_owner & 0o100 else 0o644


def anybodys(file: tarfile.TarInfo) -> tarfile.TarInfo:
    """A file of an archive without whose it was and when it was written."""
    file.mtime, file.uid, file.gid, file.uname, file.gname = EPOCH, 0, 0, "", ""
    file.mode = mode(file.mode, file.isdir())
    return file


class BuildPy(build_py):
    """Of a wheel."""

    def run(self) -> None:
        """Build, then write the commit; an editable install asks its checkout."""
        super().run()
        if not self.editable_mode:
            check_shipped(Path(self.build_lib))
            note_commit(Path(self.build_lib))


class BdistWheel(bdist_wheel):
    """The archive of a wheel."""

    def write_wheelfile(self, *told: Any, **named: Any) -> None:
        """Write the last of its files, then set the modes of all, which the archive takes over."""
        super().write_wheelfile(*told, **named)
        for file in Path(self.bdist_dir).rglob("*"):
            file.chmod(mode(file.stat().st_mode, file.is_dir()))


class Sdist(sdist):
    """Of a source archive."""

    def make_release_tree(self, base_dir: str, files: list[str]) -> None:
        """Gather the files, then write the commit."""
        super().make_release_tree(base_dir, files)
        note_commit(Path(base_dir) / "src")

    def make_archive(self, base_name: str, format: str, root_dir=None, base_dir="", **_: object) -> str:
        """One ``.tar.gz``, its files in order."""
        files = (Path(base_dir), *sorted(Path(base_dir).rglob("*")))
        archive = f"{base_name}.tar.gz"
        with (
            gzip.GzipFile(archive, "wb", mtime=EPOCH) as packed,
            tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar,
        ):
            for file in files:
                tar.add(file, recursive=False, filter=anybodys)
        return archive


setup(cmdclass={"build_py": BuildPy, "bdist_wheel": BdistWheel, "sdist": Sdist})
