"""Hazard of fracture between people: per SD less of hip density, or of anything else that differs.

Untreated women as old as those on placebo in SABRE stand for people without the disease. The model has no
fractures of the hip: those of the lower limb stand beside them.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from brittlestar.engine.baseline import at_entry
from brittlestar.evidence.calibration.points import points
from brittlestar.model.parameters import Parameters
from brittlestar.outcomes.fracture import SITES
from brittlestar.people.cohort import Cohort

PEOPLE = 2000
"""Women drawn for the gradient: over seeds the ratios move by less than 0.01."""


def drawn_women(seed: int) -> Cohort:
    """Untreated women without the disease, as old as those on placebo; their frailty averaged out."""
    return replace(points().people["sabre"].draw(PEOPLE, seed), frailty=np.ones(PEOPLE))


def risk_by_density(
    women: Cohort, sites: Sequence[Sequence[str]], p: Parameters, *, one_age: bool = False
) -> np.ndarray:
    """ln of the hazard ratio per SD less of hip density, for fractures at each of these sets of sites.

    Args:
        women: of :func:`drawn_women`.
        sites: of fractures that are counted together.
        p: parameters.
        one_age: whether age is held.
    """
    names = tuple(f"hazard_{site}" for site in SITES)
    found = at_entry(women, ("hip_density", *names), p)
    z = found["hip_density"] / found["hip_density"].std()
    others = (women.age_years,) if one_age else ()
    rates = [sum(found[f"hazard_{site}"] for site in together) for together in sites]
    return np.array([log_slope(rate, -z, *others) for rate in rates])


def log_slope(rate: Any, x: np.ndarray, *others: np.ndarray) -> float:
    """Slope of ln E(rate) on x beside the others: Poisson regression by Newton's method.

    Args:
        rate: expected events of each person [n].
        x: what it is regressed on [n].
        others: other columns [n].
    """
    columns = np.stack([np.ones_like(x), *((one - one.mean()) for one in (x, *others))], axis=1)
    beta = np.zeros(columns.shape[1])
    beta[0] = np.log(np.mean(rate))
    for _ in range(20):  # from the mean rate a handful do; the rest cost nothing
        mean = np.exp(columns @ beta)
        beta += np.linalg.solve(columns.T @ (mean[:, None] * columns), columns.T @ (rate - mean))
    return float(beta[1])
