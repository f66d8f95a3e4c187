"""Design matrices of two arms and covariates, checked column by column."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from brittlestar._shared.errors import InputError
from brittlestar.statistics.estimates import Booleans, Floats
from brittlestar.statistics.inputs import numbers

COLLINEAR = 1e-9
"""Share of a column's length left after orthogonalising, at or below which it depends on those before it: far
above what rounding leaves (1e-15), far below any covariate that was measured."""


def indicators(labels: ArrayLike, levels: ArrayLike) -> Floats:
    """Indicator columns [..., person, k - 1] of a factor with k levels.

    Args:
        labels: level of each person [..., person]. A number is a name here: 2 is not twice 1.
        levels: all levels, so that trials without somebody of each have the same columns; the first is left
            out.
    """
    return (np.asarray(labels)[..., None] == np.asarray(levels)[1:]).astype(float)


def covariate_array(value: ArrayLike | None, shape: tuple[int, ...]) -> Floats:
    """Covariates as [trial, person, column]; a single covariate may come without the column axis."""
    if value is None:
        return np.empty((*shape, 0))
    array = numbers("covariates", value)
    if array.ndim == 1 or array.shape == shape:
        array = array[..., None]
    try:
        return np.broadcast_to(array, (*shape, array.shape[-1]))
    except ValueError:
        raise InputError(
            "covariates", f"shape {array.shape}", f"columns for {shape[-1]} people, shape ({shape[-1]}, k)"
        ) from None


def two_arm_design(known: Booleans, arm: Floats, z: Floats) -> Floats:
    """Columns [trial, person, k]: 1, covariates centred over the known people, treatment; 0 for the unknown.

    A covariate that is constant among the known people becomes a column of exact zeros.
    """
    here = known[..., None]
    people = np.maximum(known.sum(axis=1), 1)[:, None, None]
    z = np.where(here, z, 0.0)
    centred = np.where(here, z - z.sum(axis=1, keepdims=True) / people, 0.0)
    constant = _length(centred) <= COLLINEAR * _length(z)
    centred = np.where(constant[:, None, :], 0.0, centred)
    return np.concatenate([here.astype(float), centred, np.where(known, arm, 0.0)[..., None]], axis=-1)


def dependent_columns(x: Floats) -> Booleans:
    """Columns [trial, k] of x [trial, person, k] that lie in the span of the columns before them."""
    basis = np.zeros_like(x)
    dependent = np.zeros((x.shape[0], x.shape[2]), dtype=bool)
    for j in range(x.shape[2]):
        column = x[:, :, j : j + 1]
        rest = column
        # Once more than needed on paper: the second pass removes what rounding left of the first.
        for _ in range(2):
            rest = rest - basis @ (basis.swapaxes(1, 2) @ rest)
        left = _length(rest)[:, 0]
        dependent[:, j] = left <= COLLINEAR * _length(column)[:, 0]
        scale = np.where(dependent[:, j], np.inf, left)
        basis[:, :, j] = rest[:, :, 0] / scale[:, None]
    return dependent


def _length(columns: Floats) -> Floats:
    return np.linalg.norm(columns, axis=1)
