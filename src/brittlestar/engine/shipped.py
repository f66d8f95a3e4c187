"""Engines as WebAssembly that come with a release, so that nobody waits until they are made.

``make wasm`` writes them here, and a wheel holds them. :data:`MADE_FROM` holds the digest of the step that
they were made from: where that is not today's, none is used, and no wheel is built (``setup.py``).
"""

from collections.abc import Mapping
from pathlib import Path

from brittlestar._shared.disk_cache import source

FOLDER = Path(__file__).parent / "shipped"
MADE_FROM = "made_from.txt"


def shipped(name: str) -> bytes | None:
    """The file of that name, if it was made from today's step.

    Args:
        name: of :func:`ship`.
    """
    try:
        made_from = (FOLDER / MADE_FROM).read_text(encoding="utf-8").strip()
        return (FOLDER / f"{name}.wasm").read_bytes() if made_from == source() else None
    except OSError:
        return None


def ship(engines: Mapping[str, bytes]) -> None:
    """Leave these in the package, and no others.

    Args:
        engines: files of WebAssembly by name.
    """
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.iterdir():
        old.unlink()
    for name, code in engines.items():
        (FOLDER / f"{name}.wasm").write_bytes(code)
    (FOLDER / MADE_FROM).write_text(f"{source()}\n", encoding="utf-8")
