"""Rare harms: bounds where none or few were counted, and atypical-looking femoral fracture as a hypothesis.

Jaw osteonecrosis is never drawn and never given a rate: what is known is how many people were looked at.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betaincinv

from brittlestar._shared.errors import InputError, nearest
from brittlestar._shared.parameter_files import DAYS_PER_YEAR, load

Floats = NDArray[np.float64]
POPULATIONS = ("children_with_oi", "extractions_in_oi", "young_mixed")


class Safety(NamedTuple):
    """Parameters of ``safety.toml`` (1/day); counts as (cases, observed)."""

    jaw_children_with_oi: np.ndarray
    jaw_extractions_in_oi: np.ndarray
    jaw_young_mixed: np.ndarray
    deep: np.ndarray
    femur: np.ndarray
    pattern: np.ndarray
    excess: np.ndarray


class Bound(NamedTuple):
    """What a count of rare cases leaves possible; shares of people (or of extractions)."""

    cases: int
    observed: int
    low: float
    high: float
    per: str
    meaning: str
    source: str

    def said(self, of: int = 100) -> str:
        """In words: ``unknown, at most 1.4 in 100 (95 %), 0 of 221 observed``; never "0 %"."""
        high = _two_digits_up(of * self.high)
        if self.cases == 0:
            return f"unknown, at most {high} in {of} (95 %), 0 of {self.observed} observed"
        return (
            f"unknown, {of * self.low:.2g} to {high} in {of} (95 %) in the population counted, "
            f"{self.cases} of {self.observed} observed"
        )


def _two_digits_up(value: float) -> str:
    # An upper bound that is rounded down is no bound.
    unit = 10.0 ** (math.floor(math.log10(value)) - 1)
    return f"{math.ceil(round(value / unit, 6)) * unit:.2g}"


def clopper_pearson(cases: int, observed: int, level: float = 0.95) -> tuple[float, float]:
    """Exact interval of a share; with no case the one-sided upper bound 1 - (1 - level)^(1/n), low end 0.

    Raises:
        InputError: counts that are not 0 <= cases <= observed, observed > 0, or a level outside 0-1.
    """
    if not (observed > 0 and 0 <= cases <= observed):
        raise InputError(
            "cases, observed", (cases, observed), "accepted: 0 <= cases <= observed, observed > 0"
        )
    if not 0.0 < level < 1.0:
        raise InputError("level", level, "accepted: between 0 and 1")
    tail = 1.0 - level if cases in (0, observed) else (1.0 - level) / 2.0
    low = float(betaincinv(cases, observed - cases + 1, tail)) if cases else 0.0
    high = float(betaincinv(cases + 1, observed - cases, 1.0 - tail)) if cases < observed else 1.0
    return low, high


def jaw_osteonecrosis(population: str, p: Safety) -> Bound:
    """Bound on jaw osteonecrosis from what was counted in a population.

    Args:
        population: one of :data:`POPULATIONS`. The mixed one is a pessimistic bound for OI. For adults with
            cancer on high doses, in whom the harm was first seen, no count is held.

    Raises:
        InputError: another population.
    """
    if population not in POPULATIONS:
        raise InputError("population", population, nearest(population, POPULATIONS))
    name = f"jaw_{population}"
    cases, observed = (int(count) for count in np.asarray(getattr(p, name)))
    low, high = clopper_pearson(cases, observed)
    told = load("brittlestar.outcomes", "safety.toml")[name]
    return Bound(cases, observed, low, high, told.applies_to or "person", told.meaning, told.source)


def years_of_deep_suppression(rho: Floats, step_years: float, p: Safety) -> Floats:
    """Years so far with resorption below ``deep`` of own untreated [time, patient]."""
    deep = (np.asarray(rho) < p.deep).astype(np.float64)
    years = np.zeros_like(deep)
    years[1:] = np.cumsum(0.5 * (deep[1:] + deep[:-1]) * step_years, axis=0)
    return years


def atypical_share(p: Safety) -> Floats:
    """Share of lower-limb fractures that are femoral and look atypical, with drug and without."""
    return np.asarray(p.femur) * p.pattern


def atypical_excess(lower_limb_hazard: ArrayLike, deep_years: ArrayLike, p: Safety) -> Floats:
    """Extra hazard of an atypical-looking femoral fracture: h_LL femur pattern excess D.

    Severity enters through the person's own hazard h_LL, over-suppression through years of it, D. Assumed.

    Args:
        lower_limb_hazard: in any unit of rate; the result has the same.
        deep_years: years of deep suppression so far.
    """
    per_year = np.asarray(p.excess) * DAYS_PER_YEAR
    return np.asarray(lower_limb_hazard) * atypical_share(p) * per_year * np.asarray(deep_years)
