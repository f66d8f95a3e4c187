"""A long run that may be killed at any moment: its parts are kept beside its place until it is whole.

``results/x`` that is being made has a directory ``results/.x.unfinished``: ``run.json`` says which run it is,
``lock`` is held while somebody works there, and each part is a directory that appears whole, with checksums.
The same run goes on from the parts that are intact; another run is refused.
"""

import fcntl
import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from brittlestar._shared.errors import InputError
from brittlestar._shared.output import check_output, intact, output_directory, told


class UnfinishedRun:
    """The kept parts of a run; use it in ``with``, which holds the lock.

    Args:
        target: where the finished run will be.
        identity: whatever must be the same for parts to fit together, ready for JSON.
        restart: throw away what an earlier run left.
        force: as for ``output_directory``.

    Raises:
        InputError: the place cannot be written to, another process works there, or an unfinished run of other
            inputs or another version is there.
    """

    def __init__(
        self,
        target: str | os.PathLike[str],
        identity: Mapping[str, Any],
        *,
        restart: bool = False,
        force: bool = False,
    ):
        self.target = check_output(target, force=force)
        self.folder = self.target.parent / f".{self.target.name}.unfinished"
        self._identity, self._restart, self._lock = dict(identity), restart, -1

    def __enter__(self) -> Self:
        with told(self.folder):
            self._lock = self._locked()
        try:
            with told(self.folder):
                self._same_run()
                self._sweep()
        except BaseException:
            os.close(self._lock)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._lock)

    def kept(self, name: str) -> bool:
        """Whether this part is there and as it was written; a damaged one is not."""
        return intact(self.folder / name)

    def keep(self, name: str, files: Mapping[str, bytes]) -> None:
        """Write a part: all of its files or, whatever happens, none.

        Raises:
            InputError: the disk is full or refuses; parts written before stay.
        """
        place = self.folder / name
        with told(self.folder):
            if place.exists():
                # Out of sight first: whoever is killed while it removes files leaves no half of a part.
                aside = place.with_name(f".{name}.partial-old")
                shutil.rmtree(aside, ignore_errors=True)
                os.rename(place, aside)
                shutil.rmtree(aside, ignore_errors=True)
            with output_directory(place) as part:
                for file, content in files.items():
                    (part / file).write_bytes(content)

    def path(self, name: str, file: str) -> Path:
        """A file of a part."""
        return self.folder / name / file

    def discard(self) -> None:
        """Remove the parts: the run is whole at its place, or not wanted."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _locked(self) -> int:
        while True:
            self.folder.mkdir(parents=True, exist_ok=True)
            file = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT, 0o644)
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(file)
                accepted = "another run is working there: wait for it, or give another directory"
                raise InputError("output", str(self.target), accepted) from None
            try:
                if os.fstat(file).st_ino == (self.folder / "lock").stat().st_ino:
                    return file
            except FileNotFoundError:
                pass
            os.close(file)  # the run that held it has finished and removed it: begin again

    def _same_run(self) -> None:
        note = self.folder / "run.json"
        if self._restart:
            for entry in self.folder.iterdir():
                if entry.name != "lock":
                    shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
        try:
            there = json.loads(note.read_text(encoding="utf-8"))
        except FileNotFoundError:
            there = None
        except ValueError:
            there = {}
        wanted = json.loads(json.dumps(self._identity))
        if there is None:
            scratch = note.with_suffix(".partial")
            scratch.write_text(json.dumps(wanted, indent=1) + "\n", encoding="utf-8")
            os.replace(scratch, note)
        elif there != wanted:
            differ = [key for key in wanted if there.get(key) != wanted[key]] or sorted(there)
            told_ = ", ".join(f"{key} {there.get(key)!r} there, {wanted.get(key)!r} now" for key in differ)
            raise InputError(
                "output",
                str(self.target),
                f"an unfinished run of something else is kept in {self.folder} ({told_}): "
                "give another directory, or --restart to throw it away",
            )

    def _sweep(self) -> None:
        """Remove what a killed run was writing; only the holder of the lock may."""
        left = [*self.folder.glob(".*.partial-*"), *self.target.parent.glob(f".{self.target.name}.partial-*")]
        for scratch in left:
            shutil.rmtree(scratch, ignore_errors=True)
