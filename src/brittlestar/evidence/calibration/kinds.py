"""Kinds of results: what one study may have off in all its results of a kind, and in which unit."""

from collections.abc import Mapping
from typing import Literal

import numpy as np

from brittlestar.evidence.calibration.targets import OVER_SITES, Target, Targets

ResultKind = Literal["density", "z", "markers", "fracture level", "fracture effect", "other"]
"""Each with its scale: ln of the value, but SD of healthy people for z. Density is of any site; other is
structure, strength, mineral, and whatever people were like at entry."""

DENSITIES = ("ls_abmd", "ls_bmad", "hip_density", "neck_density", "limb_density", "tblh_ratio", "bone_mass")
MARKERS = ("ctx", "ntx", "p1np", "bsap", "resorption")


def kind_of(target: Target) -> ResultKind:
    """The kind of a result.

    A comparison within one study is an effect, whether of plans or of groups: what a study counts or does
    not count as a fracture is the same on both sides.
    """
    if target.output in OVER_SITES:
        return "fracture level" if target.compare is None else "fracture effect"
    if target.compare is None and target.kind == "level" and target.months == 0.0:
        return "other"
    if target.output == "ls_z":
        return "z"
    if target.output in DENSITIES:
        return "density"
    return "markers" if target.output in MARKERS else "other"


def per_unit(target: Target) -> float:
    """How far the target moves, on its own scale, per unit of its kind's scale, at the published value.

    d(100 (e^x - 1)) = (100 + y) dx for a change of y %; a difference of two such changes refers to the value
    at entry, 100; a number that is neither a logarithm nor a change in % moves by itself, y dx.
    """
    logarithmic = target.kind == "log_ratio" or target.scale != "plain"
    if logarithmic or target.compare in ("log", "cloglog") or kind_of(target) == "z":
        return 1.0
    if target.compare == "pct" or target.kind == "pct_change":
        return 100.0 if target.compare == "difference" else 100.0 + target.observed
    if target.output == "tblh_ratio" and target.compare == "difference":
        return 1.0  # relative to the healthy: of order 1
    return abs(target.observed)


LEVELS_OFF: Mapping[ResultKind, float] = {"z": 1.5}
"""Change from which on offsets that are a share of it grow no more (assumed, 1 to 3): what two
scanners or references differ by does not grow with all that a child gains in fifteen years."""


def levelled(kind: ResultKind, change: float) -> float:
    """The change that an offset is a share of, with its sign."""
    most = LEVELS_OFF.get(kind, np.inf)
    return float(np.clip(change, -most, most))


def change_of(target: Target, values: Mapping[str, float], known: Targets) -> float:
    """Change that a result tells, on the scale of its kind and :func:`levelled`; NaN where it tells none.

    A level after entry is held against the level at entry of the same cohort, where that was fitted too.

    Args:
        target: the result.
        values: of results by id, as the model has them or as they were found.
        known: all targets.
    """
    return levelled(kind_of(target), _whole_change_of(target, values, known))


def _whole_change_of(target: Target, values: Mapping[str, float], known: Targets) -> float:
    value = values[target.id]
    if target.compare in ("log", "cloglog") or target.kind == "log_ratio":
        return value
    if target.compare == "pct" or target.kind == "pct_change":
        return value / 100.0 if target.compare == "difference" else float(np.log1p(value / 100.0))
    if target.compare == "ratio" or target.kind == "relative":
        return float(np.log(value))
    if target.kind == "change":
        return value / per_unit(target)
    start = [
        values[one.id]
        for one in known.fitted
        if (one.cohort, one.output, one.kind, one.months, one.compare)
        == (target.cohort, target.output, "level", 0.0, None)
        and one.id in values
    ]
    if target.kind != "level" or target.months == 0.0 or target.compare is not None or not start:
        return float("nan")
    return value - start[0] if kind_of(target) == "z" else float(np.log(value / start[0]))
