"""The variables of the data sets: what a Define-XML would say of them, read from ``variables.toml``."""

import tomllib
from functools import cache
from importlib import resources
from typing import Any, NamedTuple

import polars as pl

KINDS = {"text": pl.String, "integer": pl.Int64, "float": pl.Float64}

CODELISTS = {
    "NY": {"Y": "yes", "N": "no"},
    "SEX": {"F": "female", "M": "male"},
    "OITYPE": {"HEALTHY": "healthy", "I": "type I", "IV": "type IV", "III": "type III"},
    "EOSSTT": {
        "COMPLETED": "followed to the planned end",
        "DISCONTINUED": "left before it, or never started",
    },
    "DCSREAS": {"DROPOUT": "left the trial", "NEVER STARTED": "randomised, took no dose"},
    "FREQ": {"ONCE": "one dose", "QD": "every day", "QS": "every week", "QM": "every month"},
    "ROUTE": {"INTRAVENOUS": "infusion", "ORAL": "by mouth", "SUBCUTANEOUS": "injection under the skin"},
    "FXSITE": {
        "LOWER LIMB": "thigh, leg, foot",
        "UPPER LIMB": "arm, hand",
        "OTHER": "any other but the spine",
        "VERTEBRAL": "spine",
    },
}
"""Code -> meaning."""


class Variable(NamedTuple):
    """One variable of one data set."""

    dataset: str
    name: str
    label: str
    kind: str
    origin: str
    unit: str = ""
    codelist: str = ""


@cache
def _file() -> dict[str, Any]:
    text = resources.files("brittlestar.exchange.adam").joinpath("variables.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def datasets() -> dict[str, dict[str, Any]]:
    """Name -> ``label``, ``structure``, ``keys``."""
    return _file()["datasets"]


def variables(dataset: str) -> tuple[Variable, ...]:
    """The variables of a data set, in their order."""
    told = {**_file()["common"], **_file()[dataset]}
    return tuple(Variable(dataset, name, **about) for name, about in told.items())


def arranged(dataset: str, frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with the variables of the data set, in their order and of their kinds."""
    return frame.select(pl.col(v.name).cast(KINDS[v.kind]) for v in variables(dataset))
