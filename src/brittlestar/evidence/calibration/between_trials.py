"""How far trials lie apart beyond their own sampling error: from what the calibration misses, by kind."""

from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import numpy as np

from brittlestar.evidence.calibration.points import fit_targets
from brittlestar.evidence.calibration.recorded import recorded
from brittlestar.evidence.calibration.targets import Target
from brittlestar.statistics.pooling import between_study_variance

Scale = Literal["density", "z", "fractures", "markers"]
"""Kinds of result. density and markers: ln of the value; fractures: ln of rate or hazard; z: SD."""

_DENSITY = ("ls_abmd",)
_MARKERS = ("ctx", "ntx", "p1np", "bsap")
_GRID = np.linspace(0.0, 2.0, 2001)
"""SD tried: to 0.001, and to seven times the largest found (fractures, 0.29)."""


@dataclass(frozen=True)
class BetweenTrials:
    """Spread of the trials of one kind of result."""

    sd: float
    """SD between trials beyond the stated error of their results: the middle of what is likely"""
    reml: float
    """the most likely one (restricted likelihood), 0 where the stated errors already explain the scatter"""
    results: int
    """calibration results behind it"""


def kind_of(target: Target) -> Scale | None:
    """The kind of a calibration result in people with OI, if it is a change or a rate."""
    cohort = fit_targets().cohorts[target.cohort]
    if set(cohort.types) == {"healthy"}:
        return None
    if target.output in _DENSITY and (target.kind in ("pct_change", "log_ratio") or target.compare == "pct"):
        return "density"
    if target.output == "ls_z" and target.kind == "change":
        return "z"
    if target.output in ("hazard", "expected_fractures"):
        return "fractures"
    if target.output in _MARKERS and target.months > 0:
        return "markers"
    return None


def _unit(target: Target) -> float:
    """One SD of the target on the scale of its kind."""
    if target.kind == "pct_change" or target.compare == "pct":
        # d ln(1 + x/100) = dx/(100 + x); a difference of two changes refers to the value at entry.
        level = 0.0 if target.compare == "difference" else target.observed
        return target.sd / (100.0 + level)
    if target.compare == "ratio" and target.scale == "plain":
        return target.sd / target.observed
    if target.output in _MARKERS and target.kind == "level":
        return target.sd / target.observed
    return target.sd


@cache
def between_trials() -> dict[Scale, BetweenTrials]:
    """SD between trials by kind, from the calibration that ships with the package."""
    return between_trials_of(recorded("posterior"))


def between_trials_of(found: dict[str, Any]) -> dict[Scale, BetweenTrials]:
    """SD between trials by kind, from what a calibration misses.

    Residuals are those each result would have had if the fit had not seen it (linear: r/(1 - h) with
    leverage h of the fit, variance sd^2/(1 - h)), so that what the fit absorbed does not hide. Results of
    one trial count as so many trials. A handful of results cannot show that trials do not differ, so the
    SD is the median under a flat prior (Gelman 2006, doi:10.1214/06-BA117A), not the most likely value,
    which may be 0.

    Args:
        found: content of ``posterior.json``.
    """
    slopes = np.array(found["slopes"])
    inverse = np.linalg.inv(slopes.T @ slopes + np.eye(slopes.shape[1]))
    leverage = np.einsum("ij,jk,ik->i", slopes, inverse, slopes)
    misfit = {row["id"]: row["misfit"] for row in found["fit"]}
    rows: dict[Scale, list[tuple[float, float]]] = {}
    by_id = {target.id: target for target in fit_targets().targets}
    for target, h in zip(map(by_id.__getitem__, found["fitted"]), leverage, strict=True):
        kind = kind_of(target)
        if kind is not None:
            unit = _unit(target)
            rows.setdefault(kind, []).append((misfit[target.id] * unit / (1 - h), unit**2 / (1 - h)))
    return {kind: spread_of(np.array(values)) for kind, values in rows.items()}


def spread_of(values: np.ndarray) -> BetweenTrials:
    """Spread that misfits y of variance v show beyond v: rows (y, v)."""
    y, v = values.T
    likely = np.array([-0.5 * np.sum(y**2 / (v + sd**2) + np.log(v + sd**2)) for sd in _GRID])
    share = np.cumsum(np.exp(likely - likely.max()))
    middle = float(np.interp(0.5, share / share[-1], _GRID))
    return BetweenTrials(middle, float(np.sqrt(between_study_variance(y, v))), len(y))
