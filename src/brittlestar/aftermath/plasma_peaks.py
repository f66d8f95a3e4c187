"""The highest plasma concentration of every infusion of a course, from its length and the person then.

Plasma is fast (hours) and bone slow (weeks): the split of a dose between bone and kidney does not depend on
how long it takes to run in, so the course needs no plasma curve. It is worked out after the run.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from brittlestar._shared.parameter_files import DAYS_PER_YEAR
from brittlestar.aftermath.consequences import Aftermath
from brittlestar.drugs.catalogue import DRUGS, facts
from brittlestar.drugs.plasma import dose_in_nmol, infusion_hours, peak_concentration, plasma_kinetics

HOURS_PER_DAY = 24.0

NEEDED = ("resorption", "turnover_ratio", "height_cm", "weight_kg")
"""Outputs that a course must hold."""

LENGTH = (
    "The length of the infusion changes the plasma peak; no source gives an effect on bone, and the model "
    "has none."
)
"""What every door says of the length of an infusion."""


class PlasmaPeaks(NamedTuple):
    """One entry per infusion and person, in the order of the doses of the aftermath."""

    person: np.ndarray
    """index in the cohort"""
    plan: np.ndarray
    """index of the plan"""
    years: np.ndarray
    """time of the infusion since entry"""
    drug: np.ndarray
    """index of the drug in the order of the house"""
    hours: np.ndarray
    """length of the infusion"""
    mg: np.ndarray
    """dose"""
    nmol_per_l: np.ndarray
    """highest plasma concentration"""
    ng_per_ml: np.ndarray
    """the same in the form in which doses are stated"""


def plasma_peaks(after: Aftermath, plans: Sequence[Any]) -> PlasmaPeaks:
    """Highest plasma concentration of each infusion at the person's age, size and turnover of its day.

    Drug from earlier infusions is left out: half-lives in plasma are hours, and bone gives back far less.

    Args:
        after: of the course, with the outputs :data:`NEEDED`.
        plans: plans of care in the order of the aftermath, for the lengths of the infusions.
    """
    s, doses = after.setting, after.doses
    given = np.flatnonzero(~doses.tablet)
    person, day = doses.person[given], doses.years[given] * DAYS_PER_YEAR
    drug, plan, mg = doses.drug[given], s.plan_index[person], doses.mg[given]
    height, weight = (s.at(name, person, day) for name in ("height_cm", "weight_kg"))
    # What the person would resorb without drug, which decides how much drug the skeleton takes up.
    turnover = s.at("resorption", person, day) / s.at("turnover_ratio", person, day)
    peak, per_ml = np.zeros(len(given)), np.zeros(len(given))
    each = list(zip(plan.tolist(), drug.tolist(), day.tolist()))
    known = {(i, d, t): infusion_hours(plans[i].regimens, DRUGS[d], t) for i, d, t in set(each)}
    hours = np.array([known[one] for one in each])
    for which in np.unique(drug):
        mine, name = drug == which, DRUGS[which]
        female = s.cohort.sex[person][mine]
        k = plasma_kinetics(
            name, s.age(person, day)[mine], height[mine], weight[mine], turnover[mine], female
        )
        peak[mine] = peak_concentration(dose_in_nmol(mg[mine], name), hours[mine] / HOURS_PER_DAY, k)
        per_ml[mine] = peak[mine] * facts(name)["molar_mass"].value / 1000.0
    return PlasmaPeaks(person, plan, doses.years[given], drug, hours, mg, peak, per_ml)
