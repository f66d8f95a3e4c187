"""Reactions: acute phase, low calcium and phosphate after infusions, complaints of the gut on tablets.

Some people react and others do not: a person's susceptibility is drawn once, so reactions to one dose and the
next go together. Drug index in the order of ``drugs.catalogue.DRUGS``, in which the tables of
``reactions.toml`` name them. Chances per course of infusions (days in a row count once); rates per day.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, logit, ndtr, ndtri

Floats = NDArray[np.float64]

SEVERITY = ("none", "mild", "moderate", "marked")


class Reactions(NamedTuple):
    """Parameters of ``reactions.toml`` (1/day, day, mg/kg, mg/day, nmol/L; ages in years)."""

    acute_phase: np.ndarray
    later: np.ndarray
    susceptibility: np.ndarray
    adult: np.ndarray
    adult_age: np.ndarray
    course_gap: np.ndarray
    days_child: np.ndarray
    days_adult: np.ndarray
    days_spread: np.ndarray
    severity: np.ndarray
    low_calcium: np.ndarray
    low_phosphate: np.ndarray
    later_or: np.ndarray
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


def acute_phase_chance(drug: Any, naive: ArrayLike, age_years: ArrayLike, p: Reactions) -> Floats:
    """Chance of an acute-phase reaction: the drug's, x ``later`` after the first, x ``adult`` in adults.

    The mean of people; a person's own is :func:`own_acute_phase_chance`.

    Args:
        drug: index of the drug.
        naive: whether no nitrogen bisphosphonate was given before.
        age_years: age at the dose.
    """
    first = np.asarray(p.acute_phase)[drug]
    history = np.where(naive, 1.0, p.later)
    return first * history * np.where(np.asarray(age_years) >= p.adult_age, p.adult, 1.0)


def own_acute_phase_chance(chance: ArrayLike, normal: ArrayLike, p: Reactions) -> Floats:
    """Chance of a reaction in a person of this susceptibility: F((F^-1(q) + sqrt(r) z) / sqrt(1 - r)).

    F is the standard normal distribution, r the share ``susceptibility``. The mean over people is q for every
    r, and two doses of one person have the latent correlation r (random-intercept probit model).

    Args:
        chance: q, from :func:`acute_phase_chance`.
        normal: z, standard normal draw of the person.
    """
    r = np.asarray(p.susceptibility)
    return ndtr((ndtri(chance) + np.sqrt(r) * np.asarray(normal)) / np.sqrt(1.0 - r))


def usual_days(age_years: ArrayLike, p: Reactions) -> Floats:
    """Median length of a reaction by age, days."""
    return np.where(np.asarray(age_years) >= p.adult_age, p.days_adult, p.days_child)


def reaction_days(chance: ArrayLike, age_years: ArrayLike, p: Reactions) -> Floats:
    """Length of a reaction at this quantile, days: log-normal about :func:`usual_days`."""
    return usual_days(age_years, p) * np.exp(p.days_spread * ndtri(chance))


def reaction_severity(chance: ArrayLike, p: Reactions) -> NDArray[np.int64]:
    """Severity of a reaction at this quantile, index into :data:`SEVERITY`."""
    edges = np.cumsum(np.asarray(p.severity))[:-1]
    return 1 + np.searchsorted(edges, np.asarray(chance), side="right")


def _later(naive: ArrayLike, p: Reactions) -> Floats:
    return np.where(naive, 0.0, np.log(p.later_or))


def low_calcium_chance(
    drug: Any, naive: ArrayLike, turnover: ArrayLike, vitamin_d: ArrayLike, intake: ArrayLike, p: Reactions
) -> Floats:
    """Chance of a low serum calcium after an infusion.

    logit = logit(first) + [later] ln OR_later + log2(T/T_ref) ln OR_T + (D_ref - D)/step ln OR_D
    + log2(Ca_ref/Ca) ln OR_C + ln OR_drug. Ca counts from ``calcium_least`` on: an intake of nothing is no
    infinite number of halvings.

    Args:
        drug: index of the drug; 0 for tablets.
        naive: whether no nitrogen bisphosphonate was given before.
        turnover: bone alkaline phosphatase before the infusion, over the age-sex mean.
        vitamin_d: serum 25OHD, nmol/L.
        intake: calcium, mg/day.
    """
    x = (
        logit(p.low_calcium)
        + _later(naive, p)
        + np.log(p.turnover_or) * np.log2(np.asarray(turnover) / p.turnover_reference)
        + np.log(p.vitamin_d_or) * (p.vitamin_d_reference - np.asarray(vitamin_d)) / p.vitamin_d_step
        + np.log(p.calcium_or) * np.log2(p.calcium_reference / np.maximum(intake, p.calcium_least))
    )
    odds = np.exp(x) * np.asarray(p.calcium_drug_or)[drug]
    return odds / (1.0 + odds)


def low_phosphate_chance(
    drug: Any, naive: ArrayLike, turnover: ArrayLike, mg_per_kg: ArrayLike, p: Reactions
) -> Floats:
    """Chance of a low serum phosphate after an infusion.

    logit = logit(first) + [later] ln OR_later + log2(T/T_ref) ln OR_T + log2(dose/ref) ln OR_dose; dose in
    mg/kg, other arguments as of :func:`low_calcium_chance`.
    """
    dose = np.maximum(np.asarray(mg_per_kg), 1e-12) / np.asarray(p.dose_reference)[drug]
    return expit(
        logit(p.low_phosphate)
        + _later(naive, p)
        + np.log(p.phosphate_turnover_or) * np.log2(np.asarray(turnover) / p.turnover_reference)
        + np.log(p.phosphate_dose_or) * np.log2(dose)
    )


def gut_rate(on_tablets: ArrayLike, upright: ArrayLike, fasting: ArrayLike, p: Reactions) -> Floats:
    """Rate of complaints of stomach and gullet, 1/day; off tablets the usual rate."""
    wrongly = np.where(upright, 1.0, p.gut_lying) * np.where(fasting, 1.0, p.gut_food)
    return p.gut * np.where(on_tablets, p.gut_drug * wrongly, 1.0)
