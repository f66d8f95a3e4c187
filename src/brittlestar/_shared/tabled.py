"""Results that are a table: beside the short view, the same table for pandas and for xarray."""

from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple

import numpy as np

from brittlestar._shared.at_a_glance import AtAGlance
from brittlestar._shared.extras import library


class Tabled(AtAGlance):
    """A result whose ``table()`` holds its numbers."""

    axes: ClassVar[tuple[str, ...]] = ()
    """columns whose values together name a row: the dimensions in xarray, or what selects along ``row``"""
    row: ClassVar[str] = ""
    """what a row is, where they name several or fill few places: then the only dimension in xarray"""

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
        """:meth:`table` as an xarray data set: a variable for each column, over the columns that name a row.

        Where a dimension counts rows, the columns that name them are indices along it:
        ``data.sel(trial="poise")``.

        Raises:
            MissingExtra: xarray is not installed.
        """
        library("xarray", "exchange", "to_xarray")
        frame = self.to_pandas()
        names = [name for name in self.axes if name in frame]  # a table without rows has no columns
        if names and not self.row:
            return frame.set_index(names).to_xarray()
        data = frame.rename_axis(self.row or "row").to_xarray().set_coords(names)
        for name in names:
            data = data.set_xindex(name)
        return data


class Grid(NamedTuple):
    """Arrays over the same axes."""

    axes: Mapping[str, np.ndarray]
    """name -> its values, in the order of the arrays' axes"""
    values: Mapping[str, np.ndarray]
    """name -> array with an entry for each combination of them"""
    units: Mapping[str, str] = {}


class Gridded(Tabled):
    """A result of arrays that have their axes in common."""

    def _grid(self) -> Grid:
        """The arrays."""
        raise NotImplementedError

    def table(self) -> Any:
        """A row for each place on the axes, a column for each axis and array (polars)."""
        import polars  # takes long to load, which a run of arrays need not wait for

        grid = self._grid()
        places = np.meshgrid(*grid.axes.values(), indexing="ij")
        columns = dict(zip(grid.axes, places, strict=True)) | dict(grid.values)
        return polars.DataFrame({name: values.ravel() for name, values in columns.items()})

    def to_pandas(self) -> Any:
        """:meth:`table` as a pandas frame, its rows named by the axes.

        Raises:
            MissingExtra: pandas is not installed.
        """
        return super().to_pandas().set_index(list(self._grid().axes))

    def to_xarray(self) -> Any:
        """The arrays as an xarray data set over their axes, each with its unit where it has one.

        Raises:
            MissingExtra: xarray is not installed.
        """
        grid = self._grid()
        return library("xarray", "exchange", "to_xarray").Dataset(
            {
                name: (tuple(grid.axes), values, {"units": grid.units[name]} if name in grid.units else {})
                for name, values in grid.values.items()
            },
            coords=dict(grid.axes),
        )
