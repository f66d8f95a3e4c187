"""Digest of what programs are made from; alone, so that a build reads it before anything is installed."""

import hashlib
from pathlib import Path

ROOMS = ("_shared", "people", "drugs", "bone", "outcomes", "model", "engine")
"""Rooms whose code and numbers go into a program: the engine's and those it imports."""


def source_digest(package: Path) -> str:
    """SHA-256 of the code and the numbers of these rooms under the package's directory."""
    digest = hashlib.sha256()
    for room in ROOMS:
        for path in sorted(p for p in (package / room).rglob("*") if p.suffix in (".py", ".toml", ".csv")):
            digest.update(path.read_bytes())
    return digest.hexdigest()
