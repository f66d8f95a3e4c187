"""How far the effect of treatment on fractures in a population may lie from the model's, as trials differ.

ln of the rate ratio of a population is the model's plus tau z: z standard normal, tau half-normal. It
belongs to
populations: it is part of what is told of a trial and of people like somebody, and not of single fates.
"""

import numpy as np
from scipy.special import ndtri

TAU_SCALE = 0.2
"""Scale of the half-normal of tau, the SD of ln rate ratios between trials: heterogeneity of trials in
adults (I2 0)
and of those pooled in osteogenesis imperfecta (I2 36 %, 0 without one outlying trial; ref:hald2015)."""

NODES = 400
"""Values of tau, and of z for each, over which quantiles are taken."""


def half_normal(shares: np.ndarray) -> np.ndarray:
    """tau at these shares of its distribution."""
    return TAU_SCALE * ndtri(0.5 + 0.5 * np.asarray(shares))


def factor(shares: tuple[float, ...]) -> np.ndarray:
    """exp(tau z) at these shares of its distribution: what multiplies a population's rate under treatment."""
    even = (np.arange(NODES) + 0.5) / NODES
    return np.exp(np.quantile(np.outer(half_normal(even), ndtri(even)), shares))
