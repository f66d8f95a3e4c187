"""What every analysis returns: an estimate with its interval, or the reason why there is none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri, stdtr, stdtrit

from brittlestar._shared.errors import InputError

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Booleans = NDArray[np.bool_]

NAN = float("nan")


@dataclass(frozen=True, slots=True)
class Estimate:
    """One number from one trial.

    Attributes:
        value: the estimate; NaN where the data do not determine it.
        low: lower confidence limit.
        high: upper confidence limit.
        se: standard error on the scale on which the interval was built: the log scale for ratios and rates,
            the scale of ``value`` otherwise.
        n: people (or rows, where a function says so) that entered the analysis.
        converged: False where there is no usable estimate; ``note`` then says why.
        note: reason for a failure, or a remark on how a usable estimate was reached.
        excluded: people (or rows) left out because something about them was missing.
        p_value: two-sided p-value for "no difference"; NaN where the function tests nothing.
    """

    value: float
    low: float
    high: float
    se: float
    n: int
    converged: bool
    note: str = ""
    excluded: int = 0
    p_value: float = NAN


@dataclass(frozen=True, slots=True)
class Estimates:
    """The same number from many trials: every field of `Estimate` as an array of one entry per trial."""

    value: Floats
    low: Floats
    high: Floats
    se: Floats
    n: Integers
    converged: Booleans
    note: NDArray[np.object_]
    excluded: Integers
    p_value: Floats

    def __len__(self) -> int:
        return len(self.value)

    def __getitem__(self, index: int) -> Estimate:
        return Estimate(
            value=float(self.value[index]),
            low=float(self.low[index]),
            high=float(self.high[index]),
            se=float(self.se[index]),
            n=int(self.n[index]),
            converged=bool(self.converged[index]),
            note=str(self.note[index]),
            excluded=int(self.excluded[index]),
            p_value=float(self.p_value[index]),
        )

    def __iter__(self) -> Iterator[Estimate]:
        return (self[index] for index in range(len(self)))


@dataclass(frozen=True, slots=True)
class Curve:
    """A step function of time with a pointwise interval; arrays of one entry per time.

    ``at_risk`` counts people under observation just before each time. ``se`` is on the scale of ``value``.
    """

    time: Floats
    value: Floats
    low: Floats
    high: Floats
    se: Floats
    at_risk: Integers
    n: int
    converged: bool
    note: str = ""
    excluded: int = 0


@dataclass(frozen=True, slots=True)
class Curves:
    """Curves of many trials at common times; arrays of shape [trial, time], ``time`` [time]."""

    time: Floats
    value: Floats
    low: Floats
    high: Floats
    se: Floats
    at_risk: Integers
    n: Integers
    converged: Booleans
    note: NDArray[np.object_]
    excluded: Integers

    def __len__(self) -> int:
        return len(self.value)

    def __getitem__(self, index: int) -> Curve:
        return Curve(
            time=self.time,
            value=self.value[index],
            low=self.low[index],
            high=self.high[index],
            se=self.se[index],
            at_risk=self.at_risk[index],
            n=int(self.n[index]),
            converged=bool(self.converged[index]),
            note=str(self.note[index]),
            excluded=int(self.excluded[index]),
        )


def failed(note: str, n: int = 0, excluded: int = 0) -> Estimate:
    """No estimate, and why."""
    return Estimate(NAN, NAN, NAN, NAN, n, False, note, excluded)


def empty_notes(size: int) -> NDArray[np.object_]:
    return np.full(size, "", dtype=object)


def quantile(level: float, df: ArrayLike | None = None) -> Floats:
    """Two-sided critical value of the normal, or of Student's t with ``df`` degrees of freedom."""
    if not 0 < level < 1:
        raise InputError("level", level, "a confidence level between 0 and 1, such as 0.95")
    if df is None:
        return np.asarray(ndtri(0.5 + level / 2))
    return np.asarray(stdtrit(df, 0.5 + level / 2))


def wald(
    value: ArrayLike,
    se: ArrayLike,
    n: ArrayLike,
    note: NDArray[np.object_],
    excluded: ArrayLike,
    *,
    level: float,
    ratio: bool = False,
    df: ArrayLike | None = None,
    remark: NDArray[np.object_] | None = None,
) -> Estimates:
    """Wald interval and p-value, ``value ± q·se``; exponentiated where ``ratio``.

    Args:
        value: estimates [trial], on the log scale where ``ratio``.
        se: standard errors on the same scale.
        n: people in each analysis.
        note: reason for failure, "" where there is none; a failed trial gets NaN throughout.
        excluded: people left out of each analysis.
        level: confidence level.
        ratio: return exp(value) and its interval; ``se`` stays on the log scale.
        df: residual degrees of freedom for Student's t; normal where None.
        remark: text for trials that did not fail.
    """
    value, se = np.array(value, dtype=float), np.array(se, dtype=float)
    note = note.copy()
    usable = np.isfinite(value) & np.isfinite(se) & (se > 0)
    note[~usable & (note == "")] = "not determined by these data"
    bad = note != ""
    value[bad] = np.nan
    se[bad] = np.nan
    q = np.where(bad, np.nan, quantile(level, None if df is None else np.maximum(df, 1)))
    with np.errstate(over="ignore"):
        low, high = value - q * se, value + q * se
        z = -np.abs(value / se)
        p_value = 2 * (ndtr(z) if df is None else stdtr(np.maximum(df, 1), z))
        if ratio:
            value, low, high = np.exp(value), np.exp(low), np.exp(high)
    if remark is not None:
        note = np.where(bad, note, remark)
    shape = value.shape
    return Estimates(
        value=value,
        low=low,
        high=high,
        se=se,
        n=np.broadcast_to(np.asarray(n, dtype=np.int64), shape),
        converged=~bad,
        note=note,
        excluded=np.broadcast_to(np.asarray(excluded, dtype=np.int64), shape),
        p_value=p_value,
    )
