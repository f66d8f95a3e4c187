"""The cells of a table as they stand in a file, CSV or Parquet, each with its place."""

import csv
import io
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from brittlestar._shared.errors import InputError
from brittlestar._shared.user_files import MOST_RESULT_BYTES, read_bytes
from brittlestar.exchange.events.columns import NEEDED, standard_name
from brittlestar.exchange.events.mistakes import Mistakes

MISSING = ("", ".", "NA", "NaN")
"""What stands for nothing: that of NONMEM, of R and of spreadsheets."""


class Rows(NamedTuple):
    """Cells by column, under the names of :mod:`columns`, and the line of each row."""

    cells: Mapping[str, list[Any]]
    lines: list[str]
    names: Mapping[str, str]
    """standard name -> the name in the file"""


def read_rows(path: str | os.PathLike[str], mistakes: Mistakes) -> Rows:
    """Every cell of a file.

    Args:
        path: of a ``.csv`` or ``.parquet`` file.
        mistakes: gathers what is wrong with single lines.

    Raises:
        InputError: no such file, or no table.
    """
    content = read_bytes(path, "data", MOST_RESULT_BYTES)
    kind = Path(path).suffix.lower()
    if kind == ".parquet":
        return _from_parquet(content, mistakes)
    if kind not in (".csv", ".txt", ".dat"):
        raise InputError("data", str(path), "accepted: a file that ends in .csv or .parquet")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError("data", str(path), f"byte {error.start}: accepted: text in UTF-8") from None
    return _from_csv(text, mistakes)


def _from_csv(text: str, mistakes: Mistakes) -> Rows:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    header: list[str] = []
    cells: list[list[Any]] = []
    lines: list[str] = []
    before = 0
    while True:
        try:
            fields = next(reader, None)
        except csv.Error as error:
            mistakes.add(f"line {reader.line_num}", "", str(error), "accepted: quotes that are closed")
            break
        if fields is None:
            break
        line, before = f"line {before + 1}", reader.line_num
        if not any(field.strip() for field in fields) or fields[0].startswith("#"):
            continue
        if not header:
            header = fields
            if sign := _other_separator(header):
                accepted = "accepted: fields parted by commas, decimals with a point"
                mistakes.add(line, "", header[0], f"the separator looks like {sign!r}; {accepted}")
                return Rows({}, [], {})
            cells = [[] for _ in header]
        elif len(fields) != len(header):
            mistakes.add(line, "", f"{len(fields)} fields", f"accepted: {len(header)}, as in the header")
        else:
            lines.append(line)
            for column, field in zip(cells, fields):
                column.append(None if field.strip() in MISSING else field.strip())
    return _named(header, cells, lines, mistakes)


def _other_separator(header: list[str]) -> str | None:
    """What parts the fields of a header that commas do not part."""
    if len(header) > 1:
        return None
    return next((sign for sign in (";", "\t", "|") if sign in header[0]), None)


def _from_parquet(content: bytes, mistakes: Mistakes) -> Rows:
    try:
        frame = pl.read_parquet(io.BytesIO(content))
    except Exception as error:  # whatever the library finds wrong, it is the file's
        raise InputError(
            mistakes.where, "a Parquet file", f"cannot be read ({error}); accepted: Parquet"
        ) from None
    cells = []
    for name, kind in frame.schema.items():
        if kind.is_nested() or kind.is_temporal():
            mistakes.add("", name, str(kind), "accepted: numbers or words")
        cells.append([None if one in MISSING or one != one else one for one in frame[name].to_list()])
    lines = [f"row {i + 1}" for i in range(frame.height)]
    return _named(frame.columns, cells, lines, mistakes)


def _named(header: list[str], cells: list[list[Any]], lines: list[str], mistakes: Mistakes) -> Rows:
    names: dict[str, str] = {}
    for name in header:
        standard = standard_name(name)
        if not name.strip():
            mistakes.add("header", "", name, "accepted: a name for each column")
        elif standard in names:
            both = f"{names[standard]} and {name}"
            mistakes.add("header", "", both, f"accepted: one column for {standard}")
        names[standard] = name.strip()
    for needed in NEEDED:
        if header and needed not in names:
            mistakes.add("header", "", ", ".join(header), f"accepted: with a column {needed}")
    if not lines and not mistakes.found:
        mistakes.add("", "", "no record", "accepted: a header and at least one record")
    return Rows(dict(zip((standard_name(name) for name in header), cells)), lines, names)
