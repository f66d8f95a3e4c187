"""Replicates of a trial side by side: who is in which arm, what was measured, what broke when."""

from dataclasses import dataclass

import numpy as np

from brittlestar.outcomes.fracture import SITES
from brittlestar.trials.measurement import Records
from brittlestar.trials.recruit import Enrolled


@dataclass(frozen=True)
class Trials:
    """Replicates side by side."""

    arm: np.ndarray
    """index of the arm [replicate, place]; -1 for people outside the analysis set"""
    stratum: np.ndarray
    months: dict[str, np.ndarray]
    values: dict[str, np.ndarray]
    """measure -> [visit, replicate, place]"""
    followed: np.ndarray
    """months under observation [replicate, place]"""
    person: np.ndarray
    """flat place (replicate x size + place) of every counted fracture"""
    month: np.ndarray
    """month of every counted fracture"""
    site: np.ndarray
    """its site, an index of ``outcomes.fracture.SITES``"""
    history: np.ndarray | None = None
    """fractures over the look-back before entry, as screening counted them [replicate, place]"""
    entered: np.ndarray | None = None
    """month of the calendar of entry [replicate, place]; none: all at once"""

    @property
    def shape(self) -> tuple[int, int]:
        """Replicates and people in each."""
        return self.arm.shape  # type: ignore[return-value]

    def at(self, measure: str, month: float) -> np.ndarray:
        """A measure at a visit [replicate, place]."""
        return self.values[measure][int(np.searchsorted(self.months[measure], month))]


def side_by_side(enrolled: Enrolled, records: Records, replicates: int) -> Trials:
    """Reshape flat people to [replicate, place]."""
    size = (replicates, -1)
    arm = np.where(records.treated, enrolled.arm, -1)
    keep = records.treated[records.fracture_person]
    return Trials(
        arm=arm.reshape(size),
        stratum=enrolled.stratum.reshape(size),
        months=records.months,
        values={k: v.reshape(len(v), *arm.reshape(size).shape) for k, v in records.values.items()},
        followed=records.followed_months.reshape(size),
        person=records.fracture_person[keep],
        month=records.fracture_month[keep],
        site=records.fracture_site[keep],
        entered=None if records.entered_months is None else records.entered_months.reshape(size),
        history=enrolled.baseline["fractures"].reshape(size).astype(float),
    )


@dataclass(frozen=True)
class Window:
    """Fractures between two months, time counted from the window's start."""

    at_risk: np.ndarray
    """years at risk [replicate, place]; NaN outside the analysis set or not there at the start"""
    count: np.ndarray
    """fractures [replicate, place]"""
    first: np.ndarray
    """years to the first fracture or to the end of observation"""
    person: np.ndarray
    """flat place of every fracture in the window"""
    time: np.ndarray
    """its time in years from the window's start"""

    @property
    def event(self) -> np.ndarray:
        """1 with a fracture, 0 without, NaN where nobody is at risk."""
        return np.where(np.isnan(self.count), np.nan, self.count > 0)


def window(t: Trials, start: float, end: float, sites: tuple[str, ...] = ()) -> Window:
    """Fractures (of some sites, or all) and time at risk in months ``start`` to ``end``."""
    length = np.minimum(t.followed, end) - start
    there = (t.arm >= 0) & (length > 0)
    inside = (t.month > start) & (t.month <= end) & there.ravel()[t.person]
    if sites:
        inside &= np.isin(t.site, [SITES.index(site) for site in sites])
    person, time = t.person[inside], (t.month[inside] - start) / 12.0
    at_risk = np.where(there, length / 12.0, np.nan)
    count = np.where(there, np.bincount(person, minlength=t.arm.size).reshape(t.arm.shape), np.nan)
    first = at_risk.ravel().copy()
    np.minimum.at(first, person, time)
    return Window(at_risk, count, first.reshape(t.arm.shape), person, time)
