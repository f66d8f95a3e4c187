"""How a result is written: each file by its name, JSON in one form, all of them or none."""

import json
import warnings
from collections.abc import Callable, Mapping
from os import PathLike
from pathlib import Path
from typing import Any

from brittlestar._shared.extras import MissingExtra
from brittlestar._shared.output import output_directory

Content = str | Mapping[str, Any] | list[Any] | Callable[[Path], object]
"""Of a file: text as it is, what becomes JSON, or what writes the file when handed its path."""


def with_pictures(
    files: Mapping[str, Content], draw: Callable[[], Mapping[str, Content]]
) -> dict[str, Content]:
    """The files of a result, and those that need what draws (the extra ``charts``).

    Where it is not installed the numbers are written all the same, and a warning says what is missing.

    Args:
        files: name -> content, numbers alone.
        draw: makes the others; what it imports may be missing.
    """
    try:
        return {**files, **draw()}
    except MissingExtra as missing:
        warnings.warn(
            f"only numbers were written, no report or chart: drawing {missing.accepted}", stacklevel=2
        )
        return dict(files)


def save_result(path: str | PathLike[str], files: Mapping[str, Content], *, force: bool = False) -> Path:
    """Write a result as a directory with its checksums, whole or not at all; the directory.

    Args:
        path: of the directory.
        files: name -> content.
        force: write among other files that are there.

    Raises:
        InputError: the place cannot be written to, is full, or holds other files (without ``force``).
        ValueError: a number that is not finite, which JSON cannot hold.

    Example:
        >>> save_result("x", {"x.json": {"schema": "x/1"}, "x.csv": frame.write_csv})  # doctest: +SKIP
    """
    with output_directory(path, force=force) as folder:
        write_files(folder, files)
    return Path(path)


def write_files(folder: Path, files: Mapping[str, Content]) -> None:
    """The files of a result in a directory that somebody else makes whole (:func:`output_directory`)."""
    for name, content in files.items():
        if callable(content):
            content(folder / name)
        else:
            text = content if isinstance(content, str) else as_json(content)
            (folder / name).write_text(text, encoding="utf-8")


def as_json(content: Mapping[str, Any] | list[Any]) -> str:
    """JSON as every result of this program has it: letters as they are, finite numbers, a line at the end."""
    return json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
