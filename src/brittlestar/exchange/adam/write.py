"""Data sets and their dictionary as files: Parquet, CSV or SAS transport (XPT 5, through pyreadstat)."""

import os
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl

from brittlestar._shared.errors import InputError, nearest
from brittlestar._shared.extras import library
from brittlestar._shared.manifest import NOTE
from brittlestar._shared.result_files import Content, save_result
from brittlestar.exchange.adam.datasets import data_sets
from brittlestar.exchange.adam.variables import CODELISTS, datasets, variables
from brittlestar.exchange.trial_tables import TrialTables
from brittlestar.trials.measures import MEASURES
from brittlestar.trials.result import TrialResult

SCHEMA = "brittlestar/define/1"
FORMATS = ("parquet", "csv", "xpt")


def adam(trial: TrialResult | TrialTables | str | os.PathLike[str]) -> dict[str, pl.DataFrame]:
    """ADSL, ADEX, ADLB, ADTTE and ADFX of a trial.

    Args:
        trial: a result, or the directory of a run.

    Example:
        >>> adam(run_trial("poise", replicates=1))["ADTTE"]  # doctest: +SKIP
    """
    return data_sets(trial if isinstance(trial, TrialTables) else TrialTables.of(trial))


def define(trial: TrialTables) -> dict[str, Any]:
    """What a Define-XML says: data sets, variables, codelists, and where the numbers come from."""
    codes = {name: MEASURES[name] for name in trial.protocol.measures}
    return {
        "schema": SCHEMA,
        "note": NOTE,
        "study": {
            "id": trial.protocol.id.upper(),
            "title": trial.protocol.title,
            "sources": list(trial.protocol.sources),
        },
        "manifest": dict(trial.manifest),
        "datasets": {
            name: {**about, "variables": [v._asdict() for v in variables(name)]}
            for name, about in datasets().items()
        },
        "codelists": {**CODELISTS, "PARAMCD": {one.code: one.words for one in codes.values()}},
    }


def write_adam(
    trial: TrialResult | TrialTables | str | os.PathLike[str],
    path: str | os.PathLike[str],
    *,
    format: str = "parquet",
    force: bool = False,
) -> Path:
    """Write the data sets with ``define.json`` and ``define.csv``, all or nothing.

    Args:
        trial: a result, or the directory of a run.
        path: of a directory.
        format: ``parquet``, ``csv``, or ``xpt``, which needs pyreadstat.
        force: write among other files that are there.

    Raises:
        InputError: an unknown format, no finished trial, or a place that cannot be written to.
    """
    if format not in FORMATS:
        raise InputError("format", format, nearest(format, FORMATS))
    writers = {"parquet": pl.DataFrame.write_parquet, "csv": pl.DataFrame.write_csv}
    put: Callable[..., object] = _xpt() if format == "xpt" else writers[format]
    told = trial if isinstance(trial, TrialTables) else TrialTables.of(trial)
    about = define(told)
    rows = pl.DataFrame([v for one in about["datasets"].values() for v in one["variables"]])
    files: dict[str, Content] = {
        f"{name.lower()}.{format}": partial(_put, put, frame, name) for name, frame in data_sets(told).items()
    }
    return save_result(path, files | {"define.json": about, "define.csv": rows.write_csv}, force=force)


def _put(put: Callable[..., object], frame: pl.DataFrame, name: str, file: Path) -> None:
    if file.suffix == ".xpt":
        put(frame, file, name)
    else:
        put(frame, file)


def _xpt() -> Callable[[pl.DataFrame, Path, str], None]:
    pyreadstat = library("pyreadstat", "exchange", "format xpt")

    def write(frame: pl.DataFrame, file: Path, name: str) -> None:
        labels: Mapping[str, str] = {v.name: v.label for v in variables(name)}
        pyreadstat.write_xport(
            frame.to_pandas(),
            os.fspath(file),
            file_label=datasets()[name]["label"],
            column_labels=labels,
            table_name=name,
            file_format_version=5,
        )

    return write
