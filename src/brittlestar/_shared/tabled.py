"""Results that are a table: beside the short view, the same table for pandas and for xarray."""

from importlib import import_module
from typing import Any, ClassVar

from brittlestar._shared.at_a_glance import AtAGlance
from brittlestar._shared.errors import InputError


def library(name: str, where: str) -> Any:
    """A library that a plain install does not have.

    Raises:
        InputError: it is not there; how to install it.
    """
    try:
        return import_module(name)
    except ImportError:
        raise InputError(where, f"no {name}", f"needs {name}: install brittlestar[exchange]") from None


class Tabled(AtAGlance):
    """A result whose ``table()`` holds its numbers."""

    axes: ClassVar[tuple[str, ...]] = ()
    """columns whose values together name a row: the dimensions in xarray; none: rows are counted"""

    def table(self) -> Any:
        """The numbers (polars)."""
        raise NotImplementedError

    def to_pandas(self) -> Any:
        """:meth:`table` as a pandas frame.

        Raises:
            InputError: pandas is not installed.
        """
        library("pandas", "to_pandas")
        return self.table().to_pandas()

    def to_xarray(self) -> Any:
        """:meth:`table` as an xarray data set: a variable for each column, over ``axes``.

        Raises:
            InputError: xarray is not installed.
        """
        library("xarray", "to_xarray")
        frame = self.to_pandas()
        frame = frame.set_index(list(self.axes)) if self.axes else frame.rename_axis("row")
        return frame.to_xarray()
