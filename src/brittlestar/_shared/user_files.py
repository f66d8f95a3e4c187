"""Files that people hand over: regular ones, of a sensible size, read in one way by every door."""

import json
import os
import stat
import tomllib
from typing import Any

from brittlestar._shared.errors import InputError

MOST_BYTES = 1024 * 1024
"""Of a plan, a protocol or settings; the longest that ships has 12 kB."""

MOST_RESULT_BYTES = 256 * 1024 * 1024
"""Of a file that a run wrote."""

MOST_DEPTH = 16
"""Levels of tables and lists; a protocol has five."""

_READ = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY


def read_bytes(path: str | os.PathLike[str], where: str, most: int = MOST_BYTES) -> bytes:
    """The bytes of a regular file.

    Args:
        path: of the file; links are followed to what they name.
        where: what the file is, for the error.
        most: bytes that it may have.

    Raises:
        InputError: not there, no regular file (a directory, a pipe, a device), not readable, or larger.
    """
    try:
        # Opening a pipe would wait for its other end, and a device may never come to one.
        handle = os.open(path, _READ)
        try:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise InputError(where, str(path), "accepted: a file; this is a directory, pipe or device")
            with open(handle, "rb", closefd=False) as file:
                content = file.read(most + 1)
        finally:
            os.close(handle)
    except OSError as error:
        raise InputError(
            where, str(path), f"cannot be read ({error.strerror or error}); accepted: a readable file"
        ) from None
    except ValueError as error:
        if isinstance(error, InputError):
            raise
        raise InputError(where, str(path), "accepted: a path without null characters") from None
    if len(content) > most:
        raise InputError(where, str(path), f"accepted: a file of at most {most:,} bytes")
    return content


def read_text(path: str | os.PathLike[str], where: str, most: int = MOST_BYTES) -> str:
    """The text of a regular file in UTF-8, with or without a byte order mark.

    Raises:
        InputError: as :func:`read_bytes`, or not UTF-8.
    """
    try:
        return read_bytes(path, where, most).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(where, str(path), f"byte {error.start}: accepted: text in UTF-8") from None


def toml_fields(text: str, where: str) -> dict[str, Any]:
    """The fields of a TOML text.

    Raises:
        InputError: not TOML, with line and column, or deeper than ``MOST_DEPTH``.
    """
    if not isinstance(text, str):
        raise InputError(where, text, "accepted: a text in TOML")
    try:
        found = tomllib.loads(text.removeprefix("\ufeff"))
    except RecursionError:
        found = None
    except ValueError as error:  # also whole numbers of thousands of digits
        raise InputError(where, _first_line(text), f"not TOML: {error}; accepted: each key once") from None
    if found is None or _too_deep(found):
        raise InputError(
            where, _first_line(text), f"accepted: at most {MOST_DEPTH} levels of tables"
        ) from None
    return found


def json_content(text: str, where: str, accepted: str = "JSON, as the run wrote it") -> Any:
    """The value of a JSON text.

    Args:
        text: of the file.
        where: its name, for the error.
        accepted: what the file should have been, in words.

    Raises:
        InputError: not JSON, with line and column; NaN or Infinity in it, or deeper than can be read.
    """
    text = text.removeprefix("\ufeff")
    try:
        return json.loads(text, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        lines = text.splitlines()
        there = lines[error.lineno - 1].strip()[:60] if error.lineno <= len(lines) else ""
        place = f"{where}: line {error.lineno}, column {error.colno}"
        said = f"not JSON: {error.msg}; accepted: {accepted}"
        raise InputError(place, there or "the end of the file", said) from None
    except (ValueError, RecursionError) as error:
        said = "too deep" if isinstance(error, RecursionError) else str(error)
        raise InputError(where, _first_line(text), f"{said}; accepted: {accepted}") from None


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


def _first_line(text: str) -> str:
    return next((line.strip() for line in text.splitlines() if line.strip()), "an empty file")[:60]


def _too_deep(value: Any) -> bool:
    level = [value]
    for _ in range(MOST_DEPTH):
        level = [
            part
            for one in level
            if isinstance(one, dict | list)
            for part in (one.values() if isinstance(one, dict) else one)
        ]
        if not level:
            return False
    return any(isinstance(one, dict | list) for one in level)
