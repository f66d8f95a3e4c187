"""Compiled programs and tables are kept between runs, so that a second run starts computing at once.

``BRITTLESTAR_CACHE`` names another directory, or ``off``. What is kept is machine code that runs as it is
found: a directory to which others may write is not used, a note says so, and everything is compiled anew.
"""

import hashlib
import io
import logging
import os
import platform
import tempfile
from collections.abc import Callable
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from brittlestar._shared.own_folder import own_folder, read_own, remove_foreign
from brittlestar._shared.source_digest import source_digest


@cache
def _processor() -> str:
    """What this processor can do: a program compiled for another one must not be loaded."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    wanted = [line for line in lines if line.startswith(("flags", "Features", "model name"))][:2]
    return "\n".join([platform.machine(), platform.processor(), version("jax"), *wanted])


def root() -> Path | None:
    """Directory of all that is kept between runs, whoever may write to it; nothing where this is off."""
    chosen = os.environ.get("BRITTLESTAR_CACHE", "")
    if chosen == "off":
        return None
    home = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(chosen) if chosen else Path(home) / "brittlestar"


def folder() -> Path | None:
    """Directory of compiled programs; nothing where caching is off or the place is not one's own."""
    place = root()
    return place and own_place(place / hashlib.sha256(_processor().encode()).hexdigest()[:16])


@cache
def own_place(place: Path) -> Path | None:
    """The directory, if nobody else can write to it and we can; said once in the log where others can."""
    try:
        found, why = own_folder(place)
        if not why:
            remove_foreign(found)
            return found if os.access(found, os.W_OK) else None
    except (OSError, RuntimeError):
        return None
    # Said on import: a warning that is turned into an error would take the whole program with it.
    logging.getLogger("brittlestar").warning(
        "brittlestar: note: compiled programs are neither kept nor read, which costs seconds per run: %s; "
        "accepted for BRITTLESTAR_CACHE: a directory that nobody else can write to, or 'off'",
        why,
    )
    return None


@cache
def source() -> str:
    """Digest of the code and the numbers that what is kept was made from."""
    return source_digest(Path(str(files("brittlestar"))))


def keep(path: Path, data: bytes) -> None:
    """Leave it for the next run, whole or not at all; a disk that cannot take it is no reason to stop."""
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
            file.write(data)
        os.replace(file.name, path)
    except OSError:
        return


def kept_bytes(file: str) -> bytes | None:
    """What is on disk under that name, if it is whole and nobody else could have written it."""
    place = folder()
    try:
        data = read_own(place / file) if place else b""
    except OSError:
        return None
    checksum, content = data[:32], data[32:]
    return content if content and hashlib.sha256(content).digest() == checksum else None


def keep_bytes(file: str, content: bytes) -> None:
    """Leave it for the next run, with its checksum."""
    place = folder()
    if place is not None:
        keep(place / file, hashlib.sha256(content).digest() + content)


def kept_arrays(name: str, make: Callable[[], dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
    """Arrays from the disk if they are there and whole, else made and left there."""
    place = folder()
    path = place and place / f"{hashlib.sha256(f'{source()}{name}'.encode()).hexdigest()}.npz"
    if path is None:
        return make()
    try:
        # Every member has a checksum, which reading it compares.
        with np.load(io.BytesIO(read_own(path)), allow_pickle=False) as found:
            return dict(found)
    except (OSError, ValueError, EOFError, KeyError, BadZipFile):
        arrays, packed = make(), io.BytesIO()
        np.savez(packed, allow_pickle=False, **arrays)
        keep(path, packed.getvalue())
        return arrays


def use_cache() -> None:
    """Point JAX at the directory of compiled programs."""
    import jax  # heavy, and what else is kept needs none

    place = folder()
    if place is not None:
        jax.config.update("jax_compilation_cache_dir", str(place))
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.5)
