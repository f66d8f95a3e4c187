"""What the last calibration left in the package: posterior, ensemble, rivals, fits without one study."""

import json
from functools import cache
from importlib import resources
from typing import Any, Literal

import numpy as np

VECTORS = "vectors"
"""Of ``posterior.json``: bits in a vector of the processor that made the fit; 256 is AVX2, 512 AVX-512."""


@cache
def recorded(name: Literal["posterior", "ensemble", "rivals", "refits"]) -> dict[str, Any]:
    """Content of one of the files that ``brittlestar calibrate --write`` puts into the package."""
    file = resources.files(__package__).joinpath(f"{name}.json")
    return json.loads(file.read_text(encoding="utf-8"))


def errors_of(posterior: dict[str, Any], count: int) -> np.ndarray:
    """Covariance of the errors of the fitted results in their SDs [result, result], from its lower triangle.

    Args:
        posterior: content of ``posterior.json``; errors are independent where it records none.
        count: of results.
    """
    triangle = posterior.get("errors")
    if triangle is None:
        return np.eye(count)
    rows, columns, values = np.array(triangle).T
    found = np.zeros((count, count))
    found[rows.astype(int), columns.astype(int)] = values
    return found + np.tril(found, -1).T
