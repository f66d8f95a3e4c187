"""Results on disk appear whole or not at all, and never take the place of somebody else's files.

Files are written beside their place, flushed to disk and renamed. ``SHA256SUMS`` (``sha256sum -c`` reads it)
comes last; by it a directory is known as a finished run, which a later run may replace.

Of ``results/x`` a killed process may leave ``results/.x.partial-...``, which nobody needs, and between two
renames the earlier result as ``results/.x.old-...``, which the next run puts back first.
"""

import errno
import glob
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

from brittlestar._shared.errors import InputError

SUMS = "SHA256SUMS"
_HEAD = "# brittlestar: files of one run"
_HERE = "output"
_PLACE_ERRORS = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the quota of the disk is used up",
    errno.EFBIG: "the file would be larger than this place allows",
    errno.EROFS: "the disk is read-only",
    errno.EACCES: "no permission to write there",
    errno.EPERM: "no permission to write there",
    errno.ENAMETOOLONG: "the name is too long",
    errno.ENOTDIR: "part of the path is a file, not a directory",
}


@contextmanager
def output_directory(path: str | os.PathLike[str], *, force: bool = False) -> Iterator[Path]:
    """A scratch directory whose files are at ``path``, all of them, once the block ends without an error.

    A missing or empty directory, or an untouched earlier run, is replaced in one rename. With ``force`` other
    files in the directory stay, and files of the same name are replaced.

    Raises:
        InputError: the place cannot be written to or is full, or holds other files (without ``force``).

    Example:
        >>> with output_directory("results/poise") as folder:  # doctest: +SKIP
        ...     (folder / "results.json").write_text("{}")
    """
    target = check_output(path, force=force)
    with told(path):
        _put_back(target)
    one_by_one = target.is_dir() and (_others(target) or not _renamable(target))
    # A rename works within one file system, and a mounted directory is a file system of its own.
    scratch = _aside(target, "partial", target if one_by_one else target.parent)
    with room_for(scratch):
        try:
            with told(path):
                scratch.mkdir()
            with told(path, scratch):
                yield scratch
            with told(path):
                _seal(scratch)
                _move_in(scratch, target) if one_by_one else _swap(scratch, target)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)


@contextmanager
def output_file(path: str | os.PathLike[str], *, force: bool = False) -> Iterator[Path]:
    """A scratch file that is renamed to ``path`` once the block ends without an error.

    Raises:
        InputError: the place cannot be written to, or the file exists and ``force`` is not given.
    """
    with told(path):
        target = _place(path)
        if target.is_dir():
            raise InputError(_HERE, str(path), "accepted: a file; this is a directory")
        if target.exists() and not force:
            raise InputError(_HERE, str(path), "the file exists: give another name, or --force to replace it")
    # The suffix stays last: writers choose their format by it.
    scratch = target.with_name(f".partial-{uuid4().hex[:12]}-{target.name}")
    with room_for(scratch):
        try:
            with told(path, scratch):
                yield scratch
            with told(path):
                _flush(scratch)
                os.replace(scratch, target)
                _flush(target.parent)
        finally:
            scratch.unlink(missing_ok=True)


def check_output(path: str | os.PathLike[str], *, force: bool = False) -> Path:
    """The directory with links followed, if a run may be written there; ask before a long run.

    Raises:
        InputError: not a directory, not writable, or holding files that are not an untouched earlier run.
    """
    with told(path):
        target = _place(path)
        if target.exists() and not target.is_dir():
            raise InputError(_HERE, str(path), "accepted: a directory; this is a file")
        nearest = next(place for place in (target, *target.parents) if place.exists())
        if not nearest.is_dir():
            raise InputError(_HERE, str(path), f"{nearest} is a file, not a directory")
        # Permission bits do not know of read-only disks, nor what the superuser may do: try it. The file has
        # no name that a killed process would leave behind.
        with tempfile.TemporaryFile(dir=nearest):
            pass
        others = _others(target) if target.is_dir() and not force else []
        if others:
            named = ", ".join(others[:3]) + (" ..." if len(others) > 3 else "")
            raise InputError(
                _HERE,
                str(path),
                f"the directory holds files that no run wrote, or changed ones ({named}): "
                "give another directory, or --force to write among them",
            )
    return target


def _place(path: str | os.PathLike[str]) -> Path:
    if not isinstance(path, str | os.PathLike) or not os.fspath(path):
        raise InputError(_HERE, path, "accepted: a path")
    return Path(path).resolve()


@contextmanager
def room_for(place: Path) -> Iterator[None]:
    """The directories above a place; those that are still empty in the end go again.

    Raises:
        InputError: they cannot be made.
    """
    missing = [above for above in place.parents if not above.exists()]
    try:
        with told(place.parent):
            place.parent.mkdir(parents=True, exist_ok=True)
        yield
    finally:
        for above in missing:
            with suppress(OSError):
                above.rmdir()


def remove(folder: Path) -> None:
    """Remove a directory at once: whoever is killed meanwhile leaves all of it or nothing under its name."""
    aside = _aside(folder, "partial")
    os.rename(folder, aside)
    shutil.rmtree(aside, ignore_errors=True)


def sweep(folder: Path, name: str | None = None) -> None:
    """Remove what killed processes left half written or half removed; no live one may be there."""
    for scratch in folder.glob(f".{'*' if name is None else glob.escape(name)}.partial-*"):
        shutil.rmtree(scratch, ignore_errors=True)


@contextmanager
def told(path: str | os.PathLike[str], scratch: Path | None = None) -> Iterator[None]:
    """Say an error of this place as an InputError; with ``scratch`` only errors of files in it."""
    try:
        yield
    except OSError as error:
        ours = scratch is None or str(error.filename).startswith(str(scratch))
        code = error.errno
        if code is None and "os error 28" in str(error):  # how Polars says it
            code = errno.ENOSPC
        if code in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG) or ours:
            why = _PLACE_ERRORS.get(code or 0) or error.strerror or str(error)
            raise InputError(_HERE, str(path), f"cannot write: {why}") from None
        raise
    except UnicodeEncodeError:
        raise InputError(
            _HERE, ascii(path), "accepted: a path in letters that this system can write"
        ) from None
    except ValueError as error:
        if isinstance(error, InputError) or "null" not in str(error):
            raise
        raise InputError(_HERE, str(path), "accepted: a path without null characters") from None


def intact(folder: Path) -> bool:
    """Whether a directory holds a finished run with every file as the run left it."""
    listed = _run_files(folder)
    return bool(listed) and _sums(folder) == listed


def _aside(target: Path, why: str, folder: Path | None = None) -> Path:
    """A hidden name for ``partial`` (to be removed) or ``old`` (to be put back) things of a place."""
    return (folder or target.parent) / f".{target.name}.{why}-{uuid4().hex[:12]}"


def _put_back(target: Path) -> None:
    """An earlier result whose replacing was cut short returns to its place."""
    for old in target.parent.glob(f".{glob.escape(target.name)}.old-*"):
        if target.exists():
            shutil.rmtree(old, ignore_errors=True)
        else:
            os.rename(old, target)


def _sums(folder: Path) -> dict[str, str]:
    files = sorted(file for file in folder.rglob("*") if file.is_file() or file.is_symlink())
    return {
        file.relative_to(folder).as_posix(): "link" if file.is_symlink() else _sha256(file)
        for file in files
        if file != folder / SUMS
    }


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _run_files(folder: Path) -> dict[str, str]:
    """Name -> digest of a finished run, as its list has them; empty where no run was finished."""
    try:
        head, *lines = (folder / SUMS).read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        return {}
    return {line[66:]: line[:64] for line in lines} if head == _HEAD else {}


def _others(folder: Path) -> list[str]:
    """Names in a directory that are not files of a finished run as the run left them."""
    listed, scratch = _run_files(folder), f".{folder.name}.partial-"
    if not listed:
        names = sorted(entry.name for entry in folder.iterdir())
    else:
        names = [name for name, digest in _sums(folder).items() if listed.get(name) != digest]
    return [name for name in names if not name.startswith(scratch)]


def _renamable(target: Path) -> bool:
    # Renaming the directory somebody stands in would leave them in one that is gone.
    return not (
        os.path.ismount(target) or Path.cwd().is_relative_to(target) or not os.access(target.parent, os.W_OK)
    )


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _seal(folder: Path) -> None:
    lines = [_HEAD, *(f"{digest}  {name}" for name, digest in _sums(folder).items())]
    (folder / SUMS).write_text("\n".join(lines) + "\n", encoding="utf-8")
    for entry in (*folder.rglob("*"), folder):
        _flush(entry)


def _swap(scratch: Path, target: Path) -> None:
    old = _aside(target, "old")
    earlier = target.is_dir()
    if earlier:
        os.rename(target, old)
    try:
        os.rename(scratch, target)
    except OSError:
        if earlier:
            os.rename(old, target)
        raise
    _flush(target.parent)
    shutil.rmtree(old, ignore_errors=True)


def _move_in(scratch: Path, target: Path) -> None:
    listed, found = _run_files(target), _sums(target)
    (target / SUMS).unlink(missing_ok=True)
    for name in (name for name, digest in listed.items() if found.get(name) == digest):
        (target / name).unlink()
    files = sorted(file for file in scratch.rglob("*") if file.is_file())
    for file in sorted(files, key=lambda file: file == scratch / SUMS):
        place = target / file.relative_to(scratch)
        place.parent.mkdir(parents=True, exist_ok=True)
        os.replace(file, place)
    _flush(target)
