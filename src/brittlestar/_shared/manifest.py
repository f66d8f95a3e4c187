"""What every result says about itself: which program, numbers, chance and input made it, and its use."""

import hashlib
import json
import os
import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any, NamedTuple

from brittlestar._shared.commit import commit

CONTEXT_OF_USE = (
    "comparison of courses of bisphosphonate treatment in simulated people with osteogenesis imperfecta, for "
    "research and teaching; not for decisions about the care of a person"
)
NOTE = "simulated, not observed"
CLOSING = "Simulated, not observed: this compares courses of treatment; it is not advice for any person."
"""Last line of everything that is printed."""

SHORT = 8
"""Letters of a hash that people are shown."""


class ParameterSet(NamedTuple):
    """Which numbers made a result."""

    name: str
    """of a set that the package knows, ``own`` for any other"""
    sha256: str
    """over every value"""
    outside: tuple[str, ...] = ()
    """a sentence on each value outside the range that its file states"""


def version() -> str:
    """Version of the installed package."""
    return metadata.version("brittlestar")


@cache
def source_sha256() -> str:
    """SHA-256 of the program itself, every file of the package: two changed trees of one commit differ."""
    root, digest = Path(__file__).resolve().parents[1], hashlib.sha256()
    for file in sorted(root.rglob("*")):
        if file.is_file() and file.suffix != ".pyc":
            digest.update(f"{file.relative_to(root).as_posix()}\0".encode() + file.read_bytes())
    return digest.hexdigest()


def input_sha256(inputs: Any) -> str:
    """SHA-256 of an input: bytes and text as they are, anything else as JSON with sorted keys."""
    if isinstance(inputs, str):
        inputs = inputs.encode()
    if not isinstance(inputs, bytes):
        text = json.dumps(inputs, sort_keys=True, separators=(",", ":"), ensure_ascii=True, default=str)
        inputs = text.encode()
    return hashlib.sha256(inputs).hexdigest()


def manifest(
    *,
    seed: int,
    parameters: ParameterSet,
    inputs: Any,
    context_of_use: str = CONTEXT_OF_USE,
    sets: int = 1,
) -> dict[str, Any]:
    """What a result carries about its making, ready for JSON.

    Args:
        seed: key of all chance.
        parameters: from ``model.parameters.identity``.
        inputs: everything else that decides the result; see :func:`input_sha256`.
        context_of_use: what the result is for.
        sets: parameter sets of one's own that the result was made with, ``parameters`` the first of them.
    """
    return {
        "version": version(),
        "commit": commit(),
        "parameters": parameters.name,
        "parameters_sha256": parameters.sha256,
        **({"outside_ranges": list(parameters.outside)} if parameters.outside else {}),
        **({"own_sets": sets} if sets > 1 else {}),
        "seed": int(seed),
        "input_sha256": input_sha256(inputs),
        "context_of_use": context_of_use,
        "note": NOTE,
        "created": _now().isoformat(timespec="seconds"),
        **_platform(),
    }


def set_named(made: Mapping[str, Any]) -> str:
    """Name and short hash of the parameter set of a manifest, as people are shown them.

    >>> set_named({"parameters": "v6", "parameters_sha256": "c9cf9523ab"})
    'v6 (c9cf9523)'

    A name that says what stands for it keeps one pair of brackets: ``v6 (posterior, c9cf9523)``.
    """
    name, hash = made["parameters"], made["parameters_sha256"][:SHORT]
    more = f" and {made['own_sets'] - 1} more" if "own_sets" in made else ""
    return f"{name[:-1]}, {hash}){more}" if name.endswith(")") else f"{name} ({hash}){more}"


def made_with(made: Mapping[str, Any]) -> tuple[str, ...]:
    """The line that says which parameters, program and chance made a result; none without its manifest.

    >>> made_with({"parameters": "v6", "parameters_sha256": "c9cf9523ab", "version": "0.1.0", "seed": 1})
    ('Parameters v6 (c9cf9523), brittlestar 0.1.0, seed 1',)
    """
    if "parameters_sha256" not in made:
        return ()
    return (f"Parameters {set_named(made)}, brittlestar {made['version']}, seed {made['seed']}",)


def about() -> dict[str, str]:
    """Versions of the program and of what it stands on."""
    return {"brittlestar": version(), "commit": commit() or "unknown", **_platform()}


def _platform() -> dict[str, str]:
    return {
        "python": platform.python_version(),
        **{name: metadata.version(name) for name in ("jax", "numpy")},
    }


def _now() -> datetime:
    # SOURCE_DATE_EPOCH is the custom by which a build is made reproducible to the byte.
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    return datetime.fromtimestamp(int(epoch), UTC) if epoch.isdecimal() else datetime.now(UTC)
