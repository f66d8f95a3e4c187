"""Results that are a table: beside the short view, the same table for pandas and for xarray."""

from typing import Any, ClassVar

from brittlestar._shared.at_a_glance import AtAGlance
from brittlestar._shared.extras import library


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
            MissingExtra: pandas is not installed.
        """
        library("pandas", "exchange", "to_pandas")
        return self.table().to_pandas()

    def to_xarray(self) -> Any:
        """:meth:`table` as an xarray data set: a variable for each column, over ``axes``.

        Raises:
            MissingExtra: xarray is not installed.
        """
        library("xarray", "exchange", "to_xarray")
        frame = self.to_pandas()
        frame = frame.set_index(list(self.axes)) if self.axes else frame.rename_axis("row")
        return frame.to_xarray()
