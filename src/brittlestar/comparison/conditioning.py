r"""Who fits what was told: drawn people are moved towards it, and weighted by what the move gets wrong.

Height and weight are measured facts, with errors far below how people differ: they are set. A Z-score has the
error of a scan, and fractures of the last years are chance as well as frailty. Neither says who somebody is:
people go on differing, and count by how likely what was told is of each,

.. math:: w_k \propto \frac{p(g_k)\, p(f_k)}{q(g_k)\, q(f_k)}\,
   N(z;\, Z_k,\, e / sd)\; \mathrm{Poisson}(n;\, c\, \Lambda_k)

with g the score of bone amount and f the frailty; Z_k the Z-score at entry, e the error of a scan; Lambda_k
the hazard of all bones but the spine over the last two years without treatment, at the age in their middle,
and c the share that is told of. Drawn as everyone (q = p) few people would fit, so q is what is nearly known
after the telling, and each person keeps their own rank in it: of g the normal that a Z linear about the
likeliest score gives, of f the gamma of the gamma-Poisson pair, of mean (a + n) / (a + c Lambda_k / f_k), a
the shape of p.
"""

from dataclasses import replace
from functools import cache
from typing import NamedTuple

import numpy as np

from brittlestar._shared.errors import InputError
from brittlestar._shared.parameter_files import fill, load
from brittlestar.comparison.over_people import Weight
from brittlestar.engine import Parameters, at_entry
from brittlestar.outcomes.fracture import SITES
from brittlestar.people.bone_amount import bone_score, eta_bone
from brittlestar.people.cohort import Cohort
from brittlestar.people.person import Person
from brittlestar.people.scan import Scan

TOLD_SITES = tuple(f"hazard_{site}" for site in SITES if site != "vertebral")

ROUNDS = 20
"""Of Gauss-Newton towards the likeliest score, at most 1 each; what they leave, the weights put right."""

NEAR = 0.05
"""Half the step of the score over which the slope of Z is taken: far below how people differ (1)."""

RANKS = 1e-12
"""Least distance of a rank from 0 and 1, where frailty would be nothing or endless."""


class Told(NamedTuple):
    """Numbers of ``told.toml``."""

    fracture_capture: np.ndarray
    look_back: np.ndarray


@cache
def told() -> Told:
    """Default values with their sources in ``told.toml``."""
    return fill(Told, "told.toml")


def condition(drawn: Cohort, person: Person, p: Parameters) -> tuple[Cohort, Weight]:
    """The people as moved and their weights; as they were and no weight where neither fact was told.

    Args:
        drawn: people who share what is set.
        person: what was told of them.
        p: parameters.

    Raises:
        InputError: fractures of a person who cannot have had any.
    """
    ln = np.zeros(len(drawn))
    if person.baseline_z is None and person.fractures_last_2_years is None:
        return drawn, None
    if person.baseline_z is not None:
        drawn, found = _by_z(drawn, person.baseline_z, p)
        ln = ln + found
    if person.fractures_last_2_years is not None:
        drawn, found = _by_fractures(drawn, person, p)
        ln = ln + found
    weight = np.exp(ln - ln.max())
    return drawn, weight / weight.sum()


def _by_z(drawn: Cohort, z: float, p: Parameters) -> tuple[Cohort, np.ndarray]:
    """People with another bone amount, and ln of p / q times the likelihood."""

    def at(score: np.ndarray) -> Cohort:
        return replace(drawn, eta_bone=eta_bone(score, drawn.oi_type))

    def read(score: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        found = at_entry(at(score), ("ls_z", "ls_sd"), p)
        return found["ls_z"], float(fill(Scan).dxa_error) / found["ls_sd"]

    own = bone_score(drawn.eta_bone, drawn.oi_type)
    likely, sd = np.zeros(len(drawn)), np.ones(len(drawn))
    for _ in range(ROUNDS):
        (above, error), (below, _) = read(likely + NEAR), read(likely - NEAR)
        slope, middle = (above - below) / (2.0 * NEAR), (above + below) / 2.0
        sd = (1.0 + (slope / error) ** 2) ** -0.5
        step_to = sd**2 * slope / error**2 * (z - middle + slope * likely)
        likely = likely + np.clip(step_to - likely, -1.0, 1.0)
    score = likely + sd * own
    there, error = read(score)
    ln = 0.5 * (own**2 - score**2) + np.log(sd) - 0.5 * ((z - there) / error) ** 2 - np.log(error)
    return at(score), ln


def _by_fractures(drawn: Cohort, person: Person, p: Parameters) -> tuple[Cohort, np.ndarray]:
    """People with another frailty, unless that was told, and ln of p / q times the likelihood."""
    from scipy.special import gammainc, gammaincinv, xlogy

    n, years = person.fractures_last_2_years or 0, np.minimum(drawn.age_years, told().look_back)

    def expected(cohort: Cohort) -> np.ndarray:
        before = replace(cohort, age_years=cohort.age_years - years / 2.0)
        rates = at_entry(before, TOLD_SITES, p).values()
        return float(told().fracture_capture) * years * np.sum(list(rates), axis=0)

    ln = np.zeros(len(drawn))
    if person.frailty is None:
        a = 1.0 / float(load("brittlestar.people", "traits.toml")["frailty_variance"].value)
        rank = np.clip(gammainc(a, a * drawn.frailty), RANKS, 1.0 - RANKS)
        rate = a + expected(drawn) / drawn.frailty
        frailty = gammaincinv(a + n, rank) / rate
        ln = (rate - a) * frailty - n * np.log(frailty) - (a + n) * np.log(rate)
        drawn = replace(drawn, frailty=frailty)
    mean = expected(drawn)
    ln = ln + xlogy(n, mean) - mean
    if not np.isfinite(ln).any():
        raise InputError(
            "fractures_last_2_years", n, "accepted: 0 where there was no time or no risk to break"
        )
    return drawn, ln
