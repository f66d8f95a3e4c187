"""Every number of the model as one table: what it is, how it is known, and where it is from."""

from collections.abc import Iterator

import numpy as np
import polars as pl

from brittlestar._shared.parameter_files import Parameter, every_parameter

COLUMNS = {
    "file": pl.String, "name": pl.String, "member": pl.String, "value": pl.Float64, "unit": pl.String,
    "meaning": pl.String, "status": pl.String, "source": pl.String, "low": pl.Float64, "high": pl.Float64,
}  # fmt: skip


def parameter_table() -> pl.DataFrame:
    """Every number of the model, of care and of trials, as its file states it: the table of `parameters`.

    Returns:
        A row for each number: ``file`` (``bone/mineral``), ``name``, ``member`` (the type, site or place in a
        list where a parameter has several values), ``value`` in ``unit``, ``meaning``, ``status`` (sourced,
        derived, assumed or calibrated), ``source``, and its plausible range from ``low`` to ``high``, where
        one is stated.
    """
    none = (None, None)
    rows = [
        (file, one.name, member, value, one.unit, one.meaning, one.status, one.source, *(one.range or none))
        for file, several in every_parameter().items()
        for one in several.values()
        for member, value in _values(one)
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=COLUMNS, orient="row")


def _values(one: Parameter) -> Iterator[tuple[str | None, float]]:
    """Member and value of each number; None where there is one."""
    named = one.value.items() if isinstance(one.value, dict) else [(None, one.value)]
    for member, values in named:
        several = np.ravel(values)
        for place, value in enumerate(several, 1):
            words = (member, None if len(several) == 1 else str(place))
            yield " ".join(filter(None, words)) or None, float(value)
