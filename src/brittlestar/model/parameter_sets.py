"""Parameter sets as people tell them: themselves, by name, or in a file such as a fit or a bootstrap made.

A set in a file is a table of values by name, ``group__name`` in internal units; what it leaves out has the
shipped value. JSON holds one set, or a list of them; Parquet one in each row, arrays as lists.
"""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from brittlestar._shared.errors import InputError
from brittlestar._shared.value_files import ENDINGS, read_values, write_values
from brittlestar.model.parameters import (
    Parameters,
    default_parameters,
    fingerprint,
    impossible,
    known_parameters,
    with_values,
)

Told = Parameters | str | os.PathLike[str] | Sequence[Parameters] | None
"""What may be said where parameter sets are asked for; nothing: the shipped set."""

_ONE_OF_FILE = re.compile(r"(.+\.(?:json|parquet)):(\d+)")


def sets_of(told: Told, most: int | None = None) -> tuple[Parameters, ...]:
    """The parameter sets that were told, in their order; the first is the centre where one number is shown.

    Args:
        told: a set, several in a list, a name (``"v5"``), or a file: ``sets.parquet`` for every set of it,
            ``sets.parquet:3`` for the third alone. None: the shipped set.
        most: sets that are accepted.

    Raises:
        InputError: a name that is not known, what :func:`read_parameter_sets` refuses, no such set in the
            file, more sets than are accepted, or anything else.
    """
    if isinstance(told, str | os.PathLike):
        found = _in_file(os.fspath(told))
    elif isinstance(told, list | tuple) and not isinstance(told, Parameters) and told:
        found = tuple(known_parameters(one) for one in told)
    else:
        found = (known_parameters(told),)  # type: ignore[arg-type]
    if most is not None and len(found) > most:
        raise InputError("parameters", _named(told), f"it holds {len(found)} sets; accepted: at most {most}")
    return found


def parameters_of(told: Told) -> Parameters:
    """The one parameter set that was told, where several have no meaning.

    Raises:
        InputError: several sets, or as :func:`sets_of`.
    """
    first, *others = sets_of(told)
    if others:
        one = f", such as {told}:1" if isinstance(told, str | os.PathLike) else ""
        raise InputError(
            "parameters", _named(told), f"it holds {1 + len(others)} sets; accepted: one of them{one}"
        )
    return first


def spread_over(sets: Sequence[Parameters], count: int) -> list[Parameters]:
    """So many of equally likely sets that stand for all of them, each as often as any other to within one."""
    return [sets[int((i + 0.5) * len(sets) / count)] for i in range(count)]


def rounds_of(sets: Sequence[Parameters], least: int) -> int:
    """How often sets are run where each is run as often as any other: ``least`` times or hardly more."""
    return len(sets) * -(-least // len(sets))


def fingerprints(sets: Sequence[Parameters]) -> dict[str, Any]:
    """What the inputs of a result hold of several sets; nothing of one, whose hash the manifest has."""
    return {"sets": [fingerprint(one) for one in sets]} if len(sets) > 1 else {}


def read_parameter_sets(path: str | os.PathLike[str]) -> tuple[Parameters, ...]:
    """Every set of a file, in its order.

    Raises:
        InputError: no such file, no set in it, unknown names, values of another shape, not finite, of a sign
            or outside a range that the number cannot have; says which set.
    """
    told, name, shipped = read_values(path, "parameters"), Path(path).name, default_parameters()
    if not told:
        raise InputError(name, "no set", "accepted: at least one parameter set")
    return tuple(_set(values, shipped, f"{name}: set {k}") for k, values in enumerate(told, start=1))


def write_parameter_sets(
    sets: Sequence[Parameters], path: str | os.PathLike[str], *, force: bool = False
) -> None:
    """Write sets with every value, as :func:`read_parameter_sets` reads them."""
    write_values([dict(_leaves(one)) for one in sets], path, "parameters", force=force)


def _in_file(told: str) -> tuple[Parameters, ...]:
    found = _ONE_OF_FILE.fullmatch(told)
    path = found[1] if found else told
    if not path.endswith(ENDINGS):
        return (known_parameters(told),)
    sets = read_parameter_sets(path)
    if found is None:
        return sets
    if not 1 <= (row := int(found[2])) <= len(sets):
        raise InputError("parameters", told, f"accepted: {path}:1 to {path}:{len(sets)}")
    return (sets[row - 1],)


def _named(told: Told) -> str:
    return str(told) if isinstance(told, str | os.PathLike) else "a list of sets"


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
        found = with_values(shipped, **told)
    except InputError as error:
        raise InputError(f"{where}: {error.where}", error.value, error.accepted) from None
    for key, value, accepted in impossible(found):
        raise InputError(f"{where}: {key}", value, accepted)
    return found
