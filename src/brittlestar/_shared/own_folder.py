"""Folders that nobody else can write to: what is run or believed from a disk must be one's own."""

import os
import stat
from pathlib import Path

_OTHERS = stat.S_IWGRP | stat.S_IWOTH


def own_folder(path: str | os.PathLike[str]) -> tuple[Path, str]:
    """The folder with links followed, made if it is missing; and why it is not one's own, empty if it is.

    It belongs to whoever runs this, and neither group nor others may write to it. The folders above may
    belong to the superuser too, and may be open to all where only owners remove what is theirs (``/tmp``):
    nobody else can then exchange a part of the way. Nothing is made where this does not hold.

    Raises:
        OSError: it cannot be made or looked at.
    """
    place = Path(path).expanduser().resolve()
    why = _why_not_own(place)
    if not why:
        for part in [part for part in (*reversed(place.parents), place) if not part.exists()]:
            part.mkdir(mode=0o700, exist_ok=True)
        why = _why_not_own(place)  # it may have come into being meanwhile
    return place, why


def _why_not_own(folder: Path) -> str:
    for place in (folder, *folder.parents):
        try:
            found = place.lstat()
        except FileNotFoundError:
            continue
        owners = (os.getuid(),) if place == folder else (os.getuid(), 0)
        kept_apart = place != folder and found.st_mode & stat.S_ISVTX
        if not stat.S_ISDIR(found.st_mode):
            return f"{place} is not a directory"
        if found.st_uid not in owners:
            return f"{place} belongs to somebody else"
        if found.st_mode & _OTHERS and not kept_apart:
            return f"others may write to {place}"
    return ""


def is_own(found: os.stat_result) -> bool:
    """Whether a file is a regular one of whoever runs this, which nobody else may write to."""
    return stat.S_ISREG(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & _OTHERS


def read_own(path: Path) -> bytes:
    """The bytes of a file that nobody else can have written.

    Raises:
        OSError: missing, a link, somebody else's, or open to others.
    """
    with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK), "rb") as file:
        if not is_own(os.fstat(file.fileno())):
            raise PermissionError(f"others may write to {path}")
        return file.read()


def remove_foreign(folder: Path) -> None:
    """Shut an own folder to everybody else, and remove each file in it that others could have written.

    Raises:
        OSError: it cannot be shut.
    """
    folder.chmod(0o700)
    for file in folder.iterdir():
        found = file.lstat()
        if not stat.S_ISDIR(found.st_mode) and not is_own(found):
            file.unlink(missing_ok=True)
