"""Where jobs stay between launches: one directory per server, one directory per job.

The directory is chosen by whoever starts the server. A client names a job by an id that is looked up in a
table, never by a path.
"""

import fcntl
import json
import os
import re
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

from brittlestar._shared.errors import InputError
from brittlestar._shared.output import output_file
from brittlestar._shared.user_files import read_text

MOST_SERVERS = 16
"""Servers on one machine that keep their jobs apart."""

_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_NOTE = "job.json"


def usual_folder() -> Path:
    """Where a user's programs keep what should outlive them, by the custom of the system."""
    home = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(home) / "brittlestar" / "jobs"


class Shelf:
    """The directory of one running server.

    Args:
        folder: holds one numbered directory per server, so that two servers never share a job; the first that
            no server holds is taken. None: a directory that goes when the server ends.

    Raises:
        InputError: the place cannot be written to, or ``MOST_SERVERS`` servers hold all there is.
    """

    def __init__(self, folder: Path | None = None):
        self.passing = folder is None
        self.root, self._lock = Path(), -1
        if folder is None:
            self.root = Path(tempfile.mkdtemp(prefix="brittlestar-"))
            return
        for number in range(MOST_SERVERS):
            place = folder.expanduser().resolve() / str(number)
            try:
                place.mkdir(parents=True, exist_ok=True)
                lock = os.open(place / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            except OSError as error:
                raise InputError("--jobs", str(folder), f"cannot be written to: {error.strerror}") from None
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(lock)
                continue
            self.root, self._lock = place, lock
            return
        raise InputError("--jobs", str(folder), f"accepted: at most {MOST_SERVERS} servers at a time")

    def close(self) -> None:
        """Let another server have the place."""
        if self.passing:
            shutil.rmtree(self.root, ignore_errors=True)
        elif self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def folder(self, id: str) -> Path:
        """The directory of a job."""
        return self.root / id

    def write(self, id: str, note: dict[str, Any]) -> None:
        """Keep what is known of a job.

        Raises:
            InputError: the disk is full or refuses.
        """
        with output_file(self.folder(id) / _NOTE, force=True) as scratch:
            scratch.write_text(json.dumps(note, indent=1) + "\n", encoding="utf-8")

    def read(self) -> list[tuple[str, str]]:
        """Id and note, as text, of every job that an earlier server left."""
        found = []
        for place in self.root.iterdir():
            if _ID.fullmatch(place.name):
                with suppress(InputError):  # unreadable: as if it were not there
                    found.append((place.name, read_text(place / _NOTE, "job.json")))
        return found

    def forget(self, id: str) -> None:
        """Remove a job and all that it wrote."""
        shutil.rmtree(self.folder(id), ignore_errors=True)
