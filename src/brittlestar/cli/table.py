"""Tables of results, as :mod:`brittlestar._shared.table` lays them out."""

from brittlestar._shared.table import Column, Table, wrapped

__all__ = ["Column", "Table", "wrapped"]
