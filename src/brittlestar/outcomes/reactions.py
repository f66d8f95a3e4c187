"""Reactions: acute phase, low calcium and phosphate after infusions, complaints of the gut on tablets.

Drug index in the order of ``drugs.catalogue.DRUGS``, in which the tables of ``reactions.toml`` name them.
Chances per course of infusions (days in a row count once); rates per day.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, logit

from brittlestar._shared.parameter_files import fill

Floats = NDArray[np.float64]

SEVERITY = ("none", "mild", "moderate", "marked")


class Reactions(NamedTuple):
    """Parameters of ``reactions.toml`` (1/day, day, mg/kg, mg/day, nmol/L; ages in years)."""

    acute_phase: np.ndarray
    later: np.ndarray
    adult: np.ndarray
    adult_age: np.ndarray
    course_gap: np.ndarray
    duration: np.ndarray
    severity: np.ndarray
    low_calcium: np.ndarray
    low_phosphate: np.ndarray
    turnover_reference: np.ndarray
    turnover_or: np.ndarray
    phosphate_turnover_or: np.ndarray
    phosphate_dose_or: np.ndarray
    dose_reference: np.ndarray
    vitamin_d_or: np.ndarray
    vitamin_d_step: np.ndarray
    vitamin_d_reference: np.ndarray
    calcium_or: np.ndarray
    calcium_reference: np.ndarray
    calcium_least: np.ndarray
    calcium_drug_or: np.ndarray
    symptomatic: np.ndarray
    gut: np.ndarray
    gut_drug: np.ndarray
    gut_lying: np.ndarray
    gut_food: np.ndarray
    gut_stop: np.ndarray


def load_reactions() -> Reactions:
    """Default values with their sources in ``reactions.toml``."""
    return fill(Reactions, "brittlestar.outcomes", "reactions.toml")


def acute_phase_chance(drug: Any, naive: ArrayLike, age_years: ArrayLike, p: Reactions) -> Floats:
    """Chance of an acute-phase reaction: the drug's, x ``later`` after the first, x ``adult`` in adults.

    Args:
        drug: index of the drug.
        naive: whether no nitrogen bisphosphonate was given before.
        age_years: age at the dose.
    """
    first = np.asarray(p.acute_phase)[drug]
    history = np.where(naive, 1.0, p.later)
    return first * history * np.where(np.asarray(age_years) >= p.adult_age, p.adult, 1.0)


def _step(chance: ArrayLike, shares: ArrayLike) -> NDArray[np.int64]:
    edges = np.cumsum(np.asarray(shares))[:-1]
    return 1 + np.searchsorted(edges, np.asarray(chance), side="right")


def reaction_days(chance: ArrayLike, p: Reactions) -> NDArray[np.int64]:
    """Length of a reaction at this quantile, 1 to 3 days."""
    return _step(chance, p.duration)


def reaction_severity(chance: ArrayLike, p: Reactions) -> NDArray[np.int64]:
    """Severity of a reaction at this quantile, index into :data:`SEVERITY`."""
    return _step(chance, p.severity)


def low_calcium_chance(
    drug: Any, turnover: ArrayLike, vitamin_d: ArrayLike, intake: ArrayLike, p: Reactions
) -> Floats:
    """Chance of a low serum calcium after an infusion.

    logit = logit(usual) + log2(T/T_ref) ln OR_T + (D_ref - D)/step ln OR_D + log2(Ca_ref/Ca) ln OR_C + ln OR.
    Ca counts from ``calcium_least`` on: an intake of nothing is no infinite number of halvings.

    Args:
        drug: index of the drug; 0 for tablets.
        turnover: bone alkaline phosphatase before the infusion, over the age-sex mean.
        vitamin_d: serum 25OHD, nmol/L.
        intake: calcium, mg/day.
    """
    x = (
        logit(p.low_calcium)
        + np.log(p.turnover_or) * np.log2(np.asarray(turnover) / p.turnover_reference)
        + np.log(p.vitamin_d_or) * (p.vitamin_d_reference - np.asarray(vitamin_d)) / p.vitamin_d_step
        + np.log(p.calcium_or) * np.log2(p.calcium_reference / np.maximum(intake, p.calcium_least))
    )
    odds = np.exp(x) * np.asarray(p.calcium_drug_or)[drug]
    return odds / (1.0 + odds)


def low_phosphate_chance(drug: Any, turnover: ArrayLike, mg_per_kg: ArrayLike, p: Reactions) -> Floats:
    """Chance of a low serum phosphate: logit(usual) + log2(T/T_ref) ln OR_T + log2(dose/ref) ln OR_dose."""
    dose = np.maximum(np.asarray(mg_per_kg), 1e-12) / np.asarray(p.dose_reference)[drug]
    return expit(
        logit(p.low_phosphate)
        + np.log(p.phosphate_turnover_or) * np.log2(np.asarray(turnover) / p.turnover_reference)
        + np.log(p.phosphate_dose_or) * np.log2(dose)
    )


def gut_rate(on_tablets: ArrayLike, upright: ArrayLike, fasting: ArrayLike, p: Reactions) -> Floats:
    """Rate of complaints of stomach and gullet, 1/day; off tablets the usual rate."""
    wrongly = np.where(upright, 1.0, p.gut_lying) * np.where(fasting, 1.0, p.gut_food)
    return p.gut * np.where(on_tablets, p.gut_drug * wrongly, 1.0)
