"""What every comparison of two arms returns: one number from many trials, or the reason why there is none."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, stdtr

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Booleans = NDArray[np.bool_]
Notes = NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class Estimates:
    """One number from many trials; arrays of one entry per trial.

    Attributes:
        value: the estimate; NaN where the data do not determine it.
        se: standard error, on the log scale for ratios and on the scale of ``value`` otherwise.
        p_value: two-sided, for "no difference"; NaN where nothing can be told.
        note: reason for a missing estimate, or a remark on how one was reached; "" where there is none.
    """

    value: Floats
    se: Floats
    p_value: Floats
    note: Notes

    def __len__(self) -> int:
        return len(self.value)


def empty_notes(size: int) -> Notes:
    """Nothing to say of any of the trials [trial]."""
    return np.full(size, "", dtype=object)


def wald(
    value: ArrayLike,
    se: ArrayLike,
    note: Notes,
    *,
    ratio: bool = False,
    df: ArrayLike | None = None,
    remark: Notes | None = None,
) -> Estimates:
    """Estimates with Wald's test, ``|value|/se`` against the normal or Student's t.

    Args:
        value: estimates [trial], on the log scale where ``ratio``.
        se: standard errors on the same scale.
        note: reason for failure, "" where there is none; a failed trial gets NaN throughout.
        ratio: return exp(value); ``se`` stays on the log scale.
        df: residual degrees of freedom for Student's t; normal where None.
        remark: text for trials that did not fail.
    """
    value, se, note = np.array(value, dtype=float), np.array(se, dtype=float), note.copy()
    usable = np.isfinite(value) & np.isfinite(se) & (se > 0)
    note[~usable & (note == "")] = "not determined by these data"
    bad = note != ""
    value[bad] = np.nan
    se[bad] = np.nan
    z = -np.abs(value / se)
    p_value = 2 * (ndtr(z) if df is None else stdtr(np.maximum(df, 1), z))
    if ratio:
        value = np.exp(value)
    return Estimates(value, se, p_value, note if remark is None else np.where(bad, note, remark))
