"""What treatment does: a treated group against the same people, or others, without it."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from brittlestar._shared.parameter_files import DAYS_PER_YEAR
from brittlestar.evidence.simulated_groups import FollowedGroup

WEEK = 7.0 / DAYS_PER_YEAR
JUST_BEFORE = 0.1 / DAYS_PER_YEAR
"""Years before a dose at which its effect is not yet there."""


def percent_beyond(
    treated: FollowedGroup, untreated: FollowedGroup, name: str, years: float = 4.0
) -> np.ndarray:
    """An output of treated people over that of the same people untreated, % [person]."""
    return 100.0 * (treated.at(name, years) / untreated.at(name, years) - 1.0)


def difference(treated: FollowedGroup, untreated: FollowedGroup, name: str, years: float) -> np.ndarray:
    """An output of treated people less that of the same people untreated [person]."""
    return treated.at(name, years) - untreated.at(name, years)


def change_beyond(
    treated: FollowedGroup,
    untreated: FollowedGroup,
    name: str,
    years: float,
    since: float = 0.0,
    *,
    percent: bool = False,
) -> np.ndarray:
    """Change in treated people less that in the same people untreated [person], on request in %."""
    one, other = (group.change(name, years, since, percent=percent) for group in (treated, untreated))
    return one - other


def share_lost(treated: FollowedGroup, untreated: FollowedGroup, name: str) -> np.ndarray:
    """Share of an output that treatment takes away, mean of people [T]."""
    return 1.0 - treated[name].mean(axis=1) / untreated[name].mean(axis=1)


def fracture_ratio(
    treated: FollowedGroup,
    untreated: FollowedGroup,
    years: float,
    since: float = 0.0,
    sites: Iterable[str] = (),
    people: Any = slice(None),
) -> float:
    """Expected fractures of the treated over those of the untreated, all or some people together."""
    one, other = (group.expected_fractures(years, since, sites)[people] for group in (treated, untreated))
    return float(one.sum() / other.sum())


def fractures_avoided(
    treated: FollowedGroup, untreated: FollowedGroup, years: float, since: float = 0.0
) -> np.ndarray:
    """Fractures avoided [person], by integrated hazard."""
    return untreated.expected_fractures(years, since) - treated.expected_fractures(years, since)


def percent(happens: np.ndarray) -> float:
    """In how many of 100 people something is so."""
    return 100 * float(np.mean(happens))


def levels_of_pain(years: Any, *followed: FollowedGroup) -> list[np.ndarray]:
    """Level of pain at these times [time, person], for each of several groups of one length."""
    everyone = followed[0].after.pain_level(years)
    return [everyone[:, one.place] for one in followed]


def first_doses(followed: FollowedGroup) -> dict[str, np.ndarray]:
    """First doses of the courses of a group: columns of ``Doses``, persons from 0."""
    doses = followed.after.doses
    mine = followed.mine(doses.person) & doses.opens
    table = {name: column[mine] for name, column in doses._asdict().items()}
    return {**table, "person": table["person"] - followed.place.start}
