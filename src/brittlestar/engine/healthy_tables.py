"""Tables of healthy people in numbers: by machine code where it can be made, kept for runs that follow."""

import hashlib
from functools import cache
from threading import Lock
from typing import Any

import jax
import numpy as np

from brittlestar.engine.native.fallback import table_code
from brittlestar.model.healthy import PER_YEAR, Healthy, ages
from brittlestar.model.healthy_table import GROWTH_YEARS, Reference, table
from brittlestar.model.parameters import Parameters

_TABLES: dict[str, np.ndarray] = {}
_TABLES_KEPT = 8
"""Parameter sets whose tables (5 MB each) stay in memory: more than any comparison alternates between."""
_TABLES_TURN = Lock()


def known_table(reference: Reference, p: Parameters) -> np.ndarray:
    """Healthy people [sex, age, column], as :func:`brittlestar.model.healthy_table.table` states them.

    By machine code, or through XLA where none can be made, which agrees to rounding.
    """
    leaves = [np.asarray(leaf, np.float64, order="C") for leaf in jax.tree.leaves((reference, p))]
    key = hashlib.sha256(b"".join(leaf.tobytes() for leaf in leaves)).hexdigest()
    rows = _TABLES.get(key)
    if rows is not None:
        return rows
    rows = _made(Reference(*leaves[: len(reference)]), p, leaves[len(reference) :])
    # Runs side by side take turns to forget and keep; each goes on with the rows that it found or made.
    with _TABLES_TURN:
        while len(_TABLES) >= _TABLES_KEPT:
            _TABLES.pop(next(iter(_TABLES)))
        _TABLES[key] = rows
    return rows


def _made(reference: Reference, p: Parameters, numbers: list[np.ndarray]) -> np.ndarray:
    code = table_code(jax.tree.unflatten(jax.tree.structure(p), numbers))
    if code is None:
        return np.asarray(_by_xla()(reference, p))
    from brittlestar.engine.native.kept_programs import call, pointers

    # As ``engine.native.whole_table`` reads them: both sexes of an age side by side.
    age, sexes = ages(), len(reference.height_cm)
    there = [np.stack([age] * sexes), np.repeat(np.arange(sexes)[:, None], len(age), axis=1), *reference]
    heights = np.stack([reference.height_cm[:, year * PER_YEAR] for year in GROWTH_YEARS])
    rows = np.empty((sexes, len(age), len(Healthy._fields)))
    arrays = [*(np.ascontiguousarray(one.T) for one in there), np.ascontiguousarray(heights), *numbers, rows]
    call(code, pointers(arrays), len(age), 0, 0, 0, 0, 0)
    return rows


@cache
def _by_xla() -> Any:
    return jax.jit(table)
