"""Time to union after a fracture or an osteotomy: log-logistic, later with drug where the bone heals.

Odds of union later than ``mark`` are (median/mark)^shape, so an odds ratio of delay multiplies every time to
union by OR^(1/shape). Fracture and osteotomy have separate effects. Times in days, ages in years.
"""

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Kind = Literal["fracture", "osteotomy"]
KINDS: tuple[Kind, ...] = ("fracture", "osteotomy")
Floats = NDArray[np.float64]


class Healing(NamedTuple):
    """Parameters of ``healing.toml`` (days; ages in years)."""

    mark: np.ndarray
    shape: np.ndarray
    delayed_fracture: np.ndarray
    delayed_osteotomy: np.ndarray
    or_fracture: np.ndarray
    or_osteotomy: np.ndarray
    age_osteotomy: np.ndarray
    age_fracture: np.ndarray
    age_reference: np.ndarray
    age_most: np.ndarray
    local: np.ndarray
    window: np.ndarray
    early: np.ndarray
    full_exposure: np.ndarray
    full_turnover: np.ndarray
    never: np.ndarray


def skeletal_load(exposure: ArrayLike, rho: ArrayLike, p: Healing) -> Floats:
    """Drug in the skeleton, 0 without, 1 under full treatment: sqrt(store x suppression).

    store = exposure / full_exposure, suppression = (1 - rho)/(1 - full_turnover), each within 0-1; their
    geometric mean is 0 where either is, so that a slow turnover of other cause is not taken for drug.

    Args:
        exposure: drug that osteoclasts meet, in half-effect units.
        rho: resorption over own untreated.
    """
    store = np.clip(np.asarray(exposure) / p.full_exposure, 0.0, 1.0)
    suppression = np.clip((1.0 - np.asarray(rho)) / (1.0 - p.full_turnover), 0.0, 1.0)
    return np.sqrt(store * suppression)


def dosing_share(infused_after: ArrayLike, tablet_days: ArrayLike, p: Healing) -> Floats:
    """Dosing while callus forms, 0-1: (1 - t/window)/(1 - early) of the next infusion plus time on tablets.

    Args:
        infused_after: days from the event to the next infusion, infinite if none.
        tablet_days: days on tablets within the window.
    """
    left = np.clip(1.0 - np.asarray(infused_after) / p.window, 0.0, 1.0)
    return np.minimum(left / (1.0 - p.early) + np.asarray(tablet_days) / p.window, 1.0)


def local_exposure(load: ArrayLike, dosing: ArrayLike, p: Healing) -> Floats:
    """Exposure of the healing bone, E = w load + (1 - w) dosing: 0 without drug, 1 under full treatment."""
    return p.local * np.asarray(load) + (1.0 - p.local) * np.asarray(dosing)


def log_odds_ratio(kind: Kind, E: ArrayLike, age_years: ArrayLike, p: Healing) -> Floats:
    """ln odds ratio of delay against the same event without drug at the reference age.

    osteotomy: E [ln OR + ln OR_age (a - a_ref)]; fracture: E ln OR + ln OR_age (a - a_ref).
    """
    years = np.minimum(age_years, p.age_most) - p.age_reference
    if kind == "osteotomy":
        return np.asarray(E) * (np.log(p.or_osteotomy) + np.log(p.age_osteotomy) * years)
    return np.asarray(E) * np.log(p.or_fracture) + np.log(p.age_fracture) * years


def _usual_odds(kind: Kind, p: Healing) -> Floats:
    share = np.asarray(p.delayed_osteotomy if kind == "osteotomy" else p.delayed_fracture, np.float64)
    return share / (1.0 - share)


def delayed_chance(kind: Kind, E: ArrayLike, age_years: ArrayLike, p: Healing) -> Floats:
    """Chance that the event has not united at ``mark``; at least the share that never unites."""
    odds = _usual_odds(kind, p) * np.exp(log_odds_ratio(kind, E, age_years, p))
    return np.maximum(odds / (1.0 + odds), p.never)


def median_days(kind: Kind, E: ArrayLike, age_years: ArrayLike, p: Healing) -> Floats:
    """Median time to union: mark x (odds of delay)^(1/shape)."""
    odds = _usual_odds(kind, p) * np.exp(log_odds_ratio(kind, E, age_years, p))
    return p.mark * odds ** (1.0 / np.asarray(p.shape))


def union_days(chance: ArrayLike, kind: Kind, E: ArrayLike, age_years: ArrayLike, p: Healing) -> Floats:
    """Time to union at this quantile, T = median x (u/(1 - u))^(1/shape); infinite for the slowest ``never``.

    The events that never unite are the slowest ones, so the odds ratios hold for all events together.
    """
    u = np.asarray(chance)
    time = median_days(kind, E, age_years, p) * (u / (1.0 - u)) ** (1.0 / np.asarray(p.shape))
    return np.where(u > 1.0 - p.never, np.inf, time)
