"""Parameter sets of one's own from a file: such as a fit or a bootstrap made elsewhere.

A set is a table of values by name, ``group__name`` in internal units; what it leaves out has the shipped
value. JSON holds one set, or a list of them; Parquet one in each row, arrays as lists.
"""

import io
import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from brittlestar._shared.errors import InputError
from brittlestar._shared.output import output_file
from brittlestar._shared.user_files import MOST_RESULT_BYTES, json_content, read_bytes, read_text
from brittlestar.engine import Parameters, default_parameters, with_values

ENDINGS = (".json", ".parquet")
_ROW = re.compile(r"(.+\.(?:json|parquet)):(\d+)")


def read_parameter_sets(path: str | os.PathLike[str]) -> tuple[Parameters, ...]:
    """Every set of a file, in its order.

    Raises:
        InputError: no such file, no set in it, unknown names, values of another shape or not finite; says
            which set.
    """
    place, shipped = Path(path), default_parameters()
    if place.suffix not in ENDINGS:
        raise InputError("parameters", str(path), f"accepted: a file that ends in {' or '.join(ENDINGS)}")
    told = _json(place) if place.suffix == ".json" else _parquet(place)
    if not told:
        raise InputError(place.name, "no set", "accepted: at least one parameter set")
    return tuple(_set(values, shipped, f"{place.name}: set {k}") for k, values in enumerate(told, start=1))


def parameters_told(value: str | None) -> Parameters | str | None:
    """A name as it is, or the set of a file: ``sets.parquet``, or ``sets.parquet:3`` for the third of
    several.

    Raises:
        InputError: a file with several sets and none named, or no such set.
    """
    if value is None or not (Path(value).suffix in ENDINGS or _ROW.fullmatch(value)):
        return value
    found = _ROW.fullmatch(value)
    path, row = (found[1], int(found[2])) if found else (value, None)
    sets = read_parameter_sets(path)
    if row is None and len(sets) > 1:
        raise InputError(
            "parameters", value, f"it holds {len(sets)} sets; accepted: one of them, such as {path}:1"
        )
    if row is not None and not 1 <= row <= len(sets):
        raise InputError("parameters", value, f"accepted: {path}:1 to {path}:{len(sets)}")
    return sets[(row or 1) - 1]


def write_parameter_sets(
    sets: Sequence[Parameters], path: str | os.PathLike[str], *, force: bool = False
) -> None:
    """Write sets with every value, as :func:`read_parameter_sets` reads them."""
    place, rows = Path(path), [dict(_leaves(one)) for one in sets]
    if place.suffix not in ENDINGS:
        raise InputError("parameters", str(path), f"accepted: a file that ends in {' or '.join(ENDINGS)}")
    with output_file(place, force=force) as file:
        if place.suffix == ".json":
            file.write_text(
                json.dumps(rows[0] if len(rows) == 1 else rows, indent=1) + "\n", encoding="utf-8"
            )
        else:
            pl.DataFrame(rows).write_parquet(file)


def _leaves(parameters: Parameters) -> Iterator[tuple[str, Any]]:
    for group, numbers in zip(Parameters._fields, parameters, strict=True):
        for name in numbers._fields:
            yield f"{group}__{name}", np.asarray(getattr(numbers, name), np.float64).tolist()


def _set(values: Mapping[str, Any], shipped: Parameters, where: str) -> Parameters:
    try:
        told = {
            name: np.asarray(value, np.float64)[()] for name, value in values.items() if value is not None
        }
    except (TypeError, ValueError):
        raise InputError(where, values, "accepted: numbers, or lists of them, by name") from None
    try:
        return with_values(shipped, **told)
    except InputError as error:
        raise InputError(f"{where}: {error.where}", error.value, error.accepted) from None


def _json(place: Path) -> list[dict[str, Any]]:
    content = json_content(read_text(place, "parameters", MOST_RESULT_BYTES), place.name)
    sets = content if isinstance(content, list) else [content]
    for one in sets:
        if not isinstance(one, dict):
            raise InputError(place.name, one, "accepted: a table of values by name, or a list of such tables")
    return sets


def _parquet(place: Path) -> list[dict[str, Any]]:
    try:
        return pl.read_parquet(io.BytesIO(read_bytes(place, "parameters", MOST_RESULT_BYTES))).to_dicts()
    except pl.exceptions.PolarsError as error:
        raise InputError(
            place.name, "a Parquet file", f"cannot be read ({error}); accepted: Parquet"
        ) from None
