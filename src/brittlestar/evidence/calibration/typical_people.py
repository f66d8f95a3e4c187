"""Typical people of a cohort: every combination of what is published of it, weighted."""

from dataclasses import dataclass

import numpy as np

from brittlestar._shared.parameter_files import load
from brittlestar.evidence.calibration.targets import TargetCohort
from brittlestar.people.oi_types import TYPES


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


def _spread(cohort: TargetCohort, treated: bool) -> list[tuple[float, float, float]]:
    """Nodes (ln sensitivity to the drug, ln calcium intake, weight) whose mean is that over people.

    Third-degree cubature: the middle, and each of the two at +-sqrt(3) SD with weight 1/6. The effect of
    vitamin D is carried by the intake, because the two act together as calcium absorbed.
    """
    traits = load("brittlestar.people", "traits.toml")
    calcium = load("brittlestar.bone", "calcium.toml")
    D, half, rest, rise = (float(calcium[name].value) for name in ("D_usual", "D_half", "abs_0", "abs_D"))
    by_D = rise * half * D / (D + half) ** 2 / (rest + rise * D / (D + half))
    intake = np.hypot(trait("calcium_spread"), by_D * trait("vitamin_d_spread"))
    variance = trait("eta_drug") ** 2
    if cohort.spread == "oral":
        a, b = traits["adherence_shape"].value
        variance += trait("eta_absorption") ** 2 + b / (a * (a + b + 1.0))
    axes = []
    if cohort.spread in ("iv", "oral") and treated:
        axes.append((np.sqrt(3.0 * variance), 0.0))
    if cohort.spread != "none":
        axes.append((0.0, np.sqrt(3.0) * intake))
    nodes = [(sign * drug, sign * calcium, 1.0 / 6.0) for drug, calcium in axes for sign in (-1.0, 1.0)]
    return [(0.0, 0.0, 1.0 - sum(w for *_, w in nodes)), *nodes]


def typical_people(cohort: TargetCohort, treated: bool) -> TypicalPeople:
    """Every combination of age, sex, type and node of the spread, weighted."""
    total = sum(cohort.types.values())
    rows = [
        (age, sex, TYPES.index(word), drug, intake, share / total * sex_share * w / len(cohort.ages))
        for age in cohort.ages
        for sex, sex_share in ((0, 1.0 - cohort.female), (1, cohort.female))
        if sex_share > 0
        for word, share in cohort.types.items()
        for drug, intake, w in _spread(cohort, treated)
    ]
    age, sex, kind, drug, intake, weight = np.array(rows).T
    zero, one = np.zeros(len(rows)), np.ones(len(rows))
    capture = np.array([cohort.capture.get(TYPES[int(k)], 1.0) for k in kind])
    people = {
        "id": np.arange(len(rows)),
        "age_years": age,
        "sex": sex.astype(np.int8),
        "oi_type": kind.astype(np.int8),
        "height_z": zero,
        "weight_factor": one,
        "eta_activity": zero,
        "eta_bone": zero,
        "eta_drug": drug,
        "eta_absorption": zero,
        "frailty": one,
        "adherence": one,
        "calcium_mg_per_day": trait("calcium_typical") * np.exp(intake),
        "vitamin_d_nmol_per_l": one * trait("vitamin_d_typical"),
        "puberty_shift_years": zero,
    }
    return TypicalPeople(people, weight, capture, cohort.enriched)
