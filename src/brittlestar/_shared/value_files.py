"""Files of values by name: JSON holds one table or a list of them, Parquet one in each row."""

import io
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from brittlestar._shared.errors import InputError
from brittlestar._shared.output import output_file
from brittlestar._shared.user_files import MOST_RESULT_BYTES, json_content, read_bytes, read_text

ENDINGS = (".json", ".parquet")


def read_values(path: str | os.PathLike[str], where: str) -> list[dict[str, Any]]:
    """Every table of a file, in its order.

    Args:
        path: of the file; its ending says what it is.
        where: what the file is, for the error.

    Raises:
        InputError: another ending, no such file, not JSON or Parquet, or no tables of values.
    """
    place = _place(path, where)
    if place.suffix == ".json":
        content = json_content(read_text(place, where, MOST_RESULT_BYTES), place.name)
        told = content if isinstance(content, list) else [content]
    else:
        told = _parquet(read_bytes(place, where, MOST_RESULT_BYTES), place.name)
    for one in told:
        if not isinstance(one, dict):
            raise InputError(place.name, one, "accepted: a table of values by name, or a list of such tables")
    return told


def write_values(
    rows: Sequence[Mapping[str, Any]], path: str | os.PathLike[str], where: str, *, force: bool = False
) -> None:
    """Write tables as :func:`read_values` reads them, whole or not at all."""
    place = _place(path, where)
    with output_file(place, force=force) as file:
        if place.suffix == ".json":
            told = rows[0] if len(rows) == 1 else list(rows)
            file.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
        else:
            import polars as pl  # a set by its name is told without it

            pl.DataFrame(rows).write_parquet(file)


def _place(path: str | os.PathLike[str], where: str) -> Path:
    place = Path(path)
    if place.suffix not in ENDINGS:
        raise InputError(where, str(path), f"accepted: a file that ends in {' or '.join(ENDINGS)}")
    return place


def _parquet(content: bytes, name: str) -> list[dict[str, Any]]:
    import polars as pl  # a set by its name is told without it

    try:
        return pl.read_parquet(io.BytesIO(content)).to_dicts()
    except pl.exceptions.PolarsError as error:
        raise InputError(name, "a Parquet file", f"cannot be read ({error}); accepted: Parquet") from None
