"""How far a population's fractures may lie from the model's, as cohorts and trials differ from one another.

ln of the rate of a population is the model's plus tau z: z standard normal, tau half-normal. One such offset
is of its level, whatever is given; another, of a scale of its own, of the effect of treatment. They belong to
populations: they are part of what is told of a trial and of people like somebody, and not of single fates.
"""

from functools import cache
from typing import NamedTuple

import numpy as np
from scipy.special import ndtri

from brittlestar._shared.chance import evenly

TAU_SCALE = 0.2
"""Scale of the half-normal of tau, the SD of ln rate ratios between trials: heterogeneity of trials in
adults (I2 0) and of those pooled in osteogenesis imperfecta (I2 36 %, 0 without one outlying trial;
ref:hald2015)."""

LEVEL_SCALE = 0.5
"""The same of ln rates between cohorts with osteogenesis imperfecta: rates of type I of 0.12 to 3.11 a year
in a review."""

LEVEL_SCALE_HEALTHY = 0.17
"""The same between cohorts without it: three registers of children, 0.0162, 0.0169 and 0.0219 a year."""

NODES = 400
"""Values of tau, and of z for each, over which quantiles are taken."""

POPULATIONS = 200
"""Populations that stand for all: a 5 % limit is then the tenth lowest of their numbers."""


class Populations(NamedTuple):
    """What multiplies the fractures of each population [population]."""

    level: np.ndarray
    """whatever is given"""
    effect: np.ndarray
    """under treatment, beside it"""


def half_normal(shares: np.ndarray, scale: float = TAU_SCALE) -> np.ndarray:
    """tau at these shares of its distribution."""
    return scale * ndtri(0.5 + 0.5 * np.asarray(shares))


def factor(shares: tuple[float, ...], scale: float = TAU_SCALE) -> np.ndarray:
    """exp(tau z) at these shares of its distribution: what multiplies a population's rate."""
    even = (np.arange(NODES) + 0.5) / NODES
    return np.exp(np.quantile(np.outer(half_normal(even, scale), ndtri(even)), shares))


def level_scale(healthy: bool) -> float:
    """Scale of tau of the level, of people without or with osteogenesis imperfecta."""
    return LEVEL_SCALE_HEALTHY if healthy else LEVEL_SCALE


@cache
def offsets(scale: float, what: str) -> np.ndarray:
    """tau z of so many populations, tau and z spread evenly over their distributions [population].

    Args:
        scale: of tau.
        what: ``level`` or ``effect``; each has an order of its own.
    """
    tau, z = (evenly(1, POPULATIONS, f"population {what} {part}") for part in ("spread", "offset"))
    return half_normal(tau, scale) * ndtri(z)


def populations(healthy: bool) -> Populations:
    """Populations that people may come from, as cohorts and trials differ.

    Args:
        healthy: whether they are people without osteogenesis imperfecta.
    """
    level = offsets(level_scale(healthy), "level")
    return Populations(np.exp(level), np.exp(offsets(TAU_SCALE, "effect")))
