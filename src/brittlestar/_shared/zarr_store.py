"""Groups of labelled arrays as a Zarr store, which xarray and ArviZ open as a DataTree; no library is needed.

Version 2 of the format (https://zarr-specs.readthedocs.io/en/latest/v2/v2.0.html): a directory a group and an
array, its metadata in JSON, its numbers as one block of bytes as they lie in memory; dimensions are named as
xarray reads them.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Labelled:
    """An array with the name of each dimension; one with the name of its only dimension labels it."""

    dimensions: tuple[str, ...]
    values: np.ndarray
    about: Mapping[str, Any] = field(default_factory=dict)


def write_zarr(
    path: Path, groups: Mapping[str, Mapping[str, Labelled]], about: Mapping[str, Any] | None = None
) -> None:
    """Write groups of arrays.

    Args:
        path: a directory, made new.
        groups: name -> name of each array -> the array, of numbers or text.
        about: attributes of the whole.
    """
    metadata: dict[str, Any] = {".zgroup": {"zarr_format": 2}, ".zattrs": dict(about or {})}
    path.mkdir(parents=True)
    for group, arrays in groups.items():
        metadata[f"{group}/.zgroup"] = {"zarr_format": 2}
        for name, array in arrays.items():
            values = np.ascontiguousarray(array.values)
            values = values.astype(values.dtype.newbyteorder("<"))
            metadata[f"{group}/{name}/.zarray"] = {
                "zarr_format": 2,
                "shape": values.shape,
                "chunks": values.shape,
                "dtype": values.dtype.str,
                "order": "C",
                "compressor": None,
                "filters": None,
                "fill_value": None,
            }
            metadata[f"{group}/{name}/.zattrs"] = {"_ARRAY_DIMENSIONS": array.dimensions, **array.about}
            place = path / group / name
            place.mkdir(parents=True)
            (place / ".".join("0" * values.ndim)).write_bytes(values.tobytes())
    whole = {"zarr_consolidated_format": 1, "metadata": metadata}
    for name, content in {**metadata, ".zmetadata": whole}.items():
        (path / name).write_text(json.dumps(content, indent=1), encoding="utf-8")
