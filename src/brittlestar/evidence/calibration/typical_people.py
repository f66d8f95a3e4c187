"""Typical people of a cohort: every combination of what is published of it, weighted.

What is published is a mean over people who differ, and responses are curved: the mean is not what the typical
person shows. So each combination comes with people who have more and less bone, turnover, sensitivity to the
drug and calcium, one at a time, and the weighted mean over them is that over people.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from brittlestar._shared.errors import InputError
from brittlestar._shared.parameter_files import load
from brittlestar.evidence.calibration.targets import TargetCohort
from brittlestar.people.bone_amount import eta_bone
from brittlestar.people.oi_types import TYPES

DIFFER = ("bone", "activity", "drug", "intake")
"""In what the people of a cohort differ."""

MAKE_A_COHORT = (
    "eta_activity",
    "eta_bone_more",
    "eta_bone_less",
    "eta_drug",
    "eta_absorption",
    "adherence_shape",
    "calcium_typical",
    "calcium_spread",
    "vitamin_d_typical",
    "vitamin_d_spread",
    "frailty_variance",
)
"""Numbers of ``people/traits.toml`` on which the people of a cohort depend, and how those chosen for their
fractures break."""


@dataclass(frozen=True)
class TypicalPeople:
    """Who stands for one cohort under one plan."""

    people: dict[str, np.ndarray]
    weight: np.ndarray
    """sums to 1"""
    capture: np.ndarray
    enriched: bool


def trait(name: str) -> float:
    """A number of ``people/traits.toml``: how people of one type differ."""
    return float(load("brittlestar.people", "traits.toml")[name].value)


def how_people_differ() -> dict[str, Any]:
    """All numbers of ``people/traits.toml`` that a cohort, and so a fit, depends on, in the file's units."""
    traits = load("brittlestar.people", "traits.toml")
    return {name: traits[name].value for name in MAKE_A_COHORT}


def check_people_as_fitted(told: dict[str, Any]) -> None:
    """Refuse to repeat a fit with people who differ in another way than its own did.

    Args:
        told: what :func:`how_people_differ` said when the fit was made.

    Raises:
        InputError: a number of ``people/traits.toml`` was changed since.
    """
    now = how_people_differ()
    for name, fitted in told.items():
        if now.get(name) != fitted:
            raise InputError(f"people/traits.toml, {name}", now.get(name), f"accepted: {fitted}, as fitted")


class Axis(NamedTuple):
    """One way in which people differ, by two of them: one below and one above the typical person."""

    trait: str
    away: float
    """how far, in the unit of the trait; of ``bone`` its standard normal score"""
    weight: float
    """of each of the two"""
    middle: float = 0.0
    """where all others stand"""


def _smooth(trait: str, sd: float, middle: float = 0.0) -> Axis:
    """Two at +-sqrt(3) SD of 1/6 each: with the middle they have the moments of a normal to the fifth."""
    return Axis(trait, float(np.sqrt(3.0) * sd), 1.0 / 6.0, middle)


def _axes(cohort: TargetCohort, treated: bool) -> list[Axis]:
    """How the people of a cohort differ in what bends the mean.

    Amount of bone has another SD above the typical person than below, so its two have the mean of |g| and of
    g^2 of a standard normal score g: they stand at +-sqrt(pi/2) with 1/pi each. Turnover has the mean of the
    type. The effect of vitamin D is carried by the intake of calcium, because the two act together as calcium
    absorbed.
    """
    if cohort.spread == "typical":
        return []
    traits = load("brittlestar.people", "traits.toml")
    axes = [
        Axis("bone", float(np.sqrt(np.pi / 2.0)), 1.0 / np.pi),
        _smooth("activity", trait("eta_activity"), -0.5 * trait("eta_activity") ** 2),
    ]
    if cohort.spread in ("iv", "oral") and treated:
        variance = trait("eta_drug") ** 2
        if cohort.spread == "oral":
            a, b = traits["adherence_shape"].value
            variance += trait("eta_absorption") ** 2 + b / (a * (a + b + 1.0))
        axes.append(_smooth("drug", np.sqrt(variance)))
    if cohort.spread != "none":
        calcium = load("brittlestar.bone", "calcium.toml")
        D, half, rest, rise = (float(calcium[name].value) for name in ("D_usual", "D_half", "abs_0", "abs_D"))
        by_D = rise * half * D / (D + half) ** 2 / (rest + rise * D / (D + half))
        axes.append(_smooth("intake", np.hypot(trait("calcium_spread"), by_D * trait("vitamin_d_spread"))))
    return axes


def _nodes(axes: list[Axis]) -> list[tuple[dict[str, float], float]]:
    """Who differs in what, and their weights, which sum to 1.

    f(middle) and, by axis, how far the mean along it lies from that: sum w f = f0 + sum_k (E_k f - f0). The
    weight of the middle is what remains, and may be below 0.
    """
    middle = {one.trait: one.middle for one in axes}
    two = [
        (middle | {one.trait: one.middle + sign * one.away}, one.weight)
        for one in axes
        for sign in (-1.0, 1.0)
    ]
    return [(middle, 1.0 - sum(w for _, w in two)), *two]


def typical_people(cohort: TargetCohort, treated: bool) -> TypicalPeople:
    """Every combination of age, sex, type and node of the spread, weighted."""
    total = sum(cohort.types.values())
    nodes = _nodes(_axes(cohort, treated))
    differ = [[node.get(name, 0.0) for name in DIFFER] for node, _ in nodes]
    rows = [
        (age, sex, TYPES.index(word), share / total * sex_share * w / len(cohort.ages), *own)
        for age in cohort.ages
        for sex, sex_share in ((0, 1.0 - cohort.female), (1, cohort.female))
        if sex_share > 0
        for word, share in cohort.types.items()
        for own, (_, w) in zip(differ, nodes, strict=True)
    ]
    age, sex, kind, weight, bone, activity, drug, intake = np.array(rows).T
    zero, one = np.zeros(len(rows)), np.ones(len(rows))
    capture = np.array([cohort.capture.get(TYPES[int(k)], 1.0) for k in kind])
    people = {
        "id": np.arange(len(rows)),
        "age_years": age,
        "sex": sex.astype(np.int8),
        "oi_type": kind.astype(np.int8),
        "height_z": zero,
        "weight_factor": one,
        "eta_activity": activity,
        "eta_bone": eta_bone(bone, kind.astype(int)),
        "eta_drug": drug,
        "eta_absorption": zero,
        "frailty": one,
        "adherence": one,
        "calcium_mg_per_day": trait("calcium_typical") * np.exp(intake),
        "vitamin_d_nmol_per_l": one * trait("vitamin_d_typical"),
        "puberty_shift_years": zero,
    }
    return TypicalPeople(people, weight, capture, cohort.enriched)
