"""Reads the tables that ship in ``people/data``."""

import csv
from functools import cache
from importlib import resources


@cache
def table_lines(name: str) -> tuple[str, ...]:
    """Lines of ``data/<name>``, header first."""
    path = resources.files("brittlestar.people").joinpath("data", name)
    return tuple(path.read_text(encoding="utf-8").splitlines())


@cache
def table_rows(name: str) -> tuple[dict[str, str], ...]:
    """Rows of ``data/<name>`` as dictionaries of text."""
    return tuple(csv.DictReader(table_lines(name)))
