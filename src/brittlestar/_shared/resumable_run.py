"""A long run that may be killed at any moment: its parts are kept beside its place until it is whole.

``results/x`` that is being made has a directory ``results/.x.unfinished``: ``lock`` is held while somebody
works there, and each part is a directory that appears whole, with checksums. Every part says in its own
``run.json`` whose it is, and nothing else is asked: the same run goes on from its parts that are intact, and
where there is a part of another run it is refused. The directory is renamed away before it is removed, so no
kill leaves parts of one run to the next. Without a part nothing is worth keeping, and the directory goes.
"""

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from brittlestar._shared.errors import InputError
from brittlestar._shared.output import check_output, intact, output_directory, remove, room_for, sweep, told

WHOSE = "run.json"
"""In a part: the run it belongs to. In the directory: the same for people, never read."""


def unfinished(target: Path) -> Path:
    """The directory that keeps the parts of a run."""
    return target.parent / f".{target.name}.unfinished"


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
        self.folder = unfinished(self.target)
        self._identity, self._restart = json.loads(json.dumps(dict(identity))), restart
        self._held = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as held, told(self.folder):
            held.enter_context(room_for(self.folder))
            if self._restart:
                with ExitStack() as before:
                    before.callback(os.close, self._locked())
                    remove(self.folder)
            lock = self._locked()
            held.callback(os.close, lock)
            held.callback(self._leave_no_trace, lock)
            self._refuse_parts_of_others()
            (self.folder / WHOSE).write_text(json.dumps(self._identity, indent=1) + "\n", encoding="utf-8")
            self._sweep()
            self._held = held.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._held.close()

    def kept(self, name: str) -> bool:
        """Whether this part is there, of this run and as it was written; a damaged one is not."""
        place = self.folder / name
        with told(self.folder):
            return _whose(place) == self._mark(name) and intact(place)

    def keep(self, name: str, files: Mapping[str, bytes]) -> None:
        """Write a part: all of its files or, whatever happens, none.

        Raises:
            InputError: the disk is full or refuses; parts written before stay.
        """
        place, mark = self.folder / name, json.dumps(self._mark(name)).encode()
        with told(self.folder):
            if place.exists():
                remove(place)
            with output_directory(place) as part:
                for file, content in {**files, WHOSE: mark}.items():
                    (part / file).write_bytes(content)

    def path(self, name: str, file: str) -> Path:
        """A file of a part."""
        return self.folder / name / file

    def discard(self) -> None:
        """Remove the parts: the run is whole at its place, or not wanted."""
        with told(self.folder):
            remove(self.folder)

    def _mark(self, name: str) -> dict[str, Any]:
        return {"part": name, "run": self._identity}

    def _parts(self) -> Iterator[Path]:
        yield from (place for place in sorted(self.folder.glob("[!.]*")) if place.is_dir())

    def _locked(self) -> int:
        while True:
            self.folder.mkdir(exist_ok=True)
            try:
                file = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o644)
            except FileNotFoundError:
                continue  # removed by the run that has just finished: begin again
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(file)
                accepted = "another run is working there: wait for it, or give another directory"
                raise InputError("output", str(self.target), accepted) from None
            if self._is_ours(file):
                return file
            os.close(file)

    def _is_ours(self, lock: int) -> bool:
        """Whether the lock that is held is that of the directory which is there now."""
        try:
            return os.path.samestat(os.fstat(lock), (self.folder / "lock").stat())
        except FileNotFoundError:
            return False

    def _refuse_parts_of_others(self) -> None:
        mine = self._identity
        for part in self._parts():
            mark = _whose(part)
            there = mark.get("run") if isinstance(mark, dict) else None
            if not isinstance(there, dict) or there == mine:
                continue  # of nobody: it is damaged, and made again
            differ = [key for key in mine if there.get(key) != mine[key]] or sorted(set(there) - set(mine))
            told_ = ", ".join(f"{key} {there.get(key)!r} there, {mine.get(key)!r} now" for key in differ)
            raise InputError(
                "output",
                str(self.target),
                f"an unfinished run of something else is kept in {self.folder} ({told_}): "
                "give another directory, or --restart to throw it away",
            )

    def _leave_no_trace(self, lock: int) -> None:
        """Of a run that was refused, or stopped before its first part, nothing stays."""
        with suppress(OSError):
            if self._is_ours(lock) and not any(self._parts()):
                remove(self.folder)

    def _sweep(self) -> None:
        """Remove what a killed run was writing; only the holder of the lock may."""
        sweep(self.folder)
        sweep(self.folder.parent, self.folder.name)
        for folder in (self.target.parent, self.target):
            sweep(folder, self.target.name)


def _whose(part: Path) -> Any:
    """What a part says of itself; nothing where that cannot be read."""
    try:
        return json.loads((part / WHOSE).read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError, ValueError, RecursionError):
        return None
