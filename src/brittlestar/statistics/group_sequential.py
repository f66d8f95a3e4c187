"""Looks at accumulating data: boundaries that keep the chance of a false finding over all looks together.

The statistics Z_k at information t_1 < ... < t_K = 1 are those of a Brownian motion, S_k = Z_k sqrt(t_k) with
independent increments. The density of S_k among trials that go on is the convolution of the one before with
the normal density of the increment, here on Gauss-Legendre nodes between the boundaries.

Source:
    Armitage P, McPherson CK, Rowe BC. J R Stat Soc A 1969;132:235 (recursion); Jennison C, Turnbull BW. Group
    Sequential Methods. Chapman & Hall/CRC, 2000, chapters 2 and 19 (boundaries, integration).
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr, ndtri

from brittlestar.statistics.estimates import Floats, Integers

Boundary = Literal["obrien_fleming", "pocock"]

NODES = 128
"""Of each integral: more change no boundary by 1e-9 for up to ten looks."""


def boundaries(kind: Boundary, information: ArrayLike, level: float = 0.05) -> Floats:
    """|Z| from which each look stops a two-sided trial, so that all looks together err at this level.

    ``obrien_fleming``: ``C/sqrt(t_k)``; ``pocock``: ``C`` at every look.

    Args:
        kind: shape of the boundary.
        information: share of the final information at each look, rising to 1.
        level: two-sided.
    """
    from scipy.optimize import brentq

    t = np.asarray(information, float)
    shape = 1.0 / np.sqrt(t) if kind == "obrien_fleming" else np.ones(len(t))

    def excess(c: float) -> float:
        return float(stopping(c * shape, t).sum()) - level

    single = float(-ndtri(level / 2.0))
    return float(brentq(excess, single * 0.99, single * 3.0, xtol=1e-10)) * shape  # type: ignore[arg-type]


def stopping(bounds: ArrayLike, information: ArrayLike, drift: float = 0.0) -> Floats:
    """Chance to stop at each look, at |Z_k| >= bound [look].

    Args:
        bounds: |Z| at each look.
        information: share of the final information at each look.
        drift: mean of Z at information 1.
    """
    c, t = np.asarray(bounds, float), np.asarray(information, float)
    return np.array([float(beyond(c[:k], t[: k + 1], c[k], drift)) for k in range(len(c))])


def beyond(bounds: ArrayLike, information: ArrayLike, z: ArrayLike, drift: float = 0.0) -> Floats:
    """Chance to pass all looks but the last without stopping and to find |Z| >= z there, any shape of z.

    Args:
        bounds: |Z| at the looks before.
        information: of those looks and of this one.
        z: value at this look.
        drift: mean of Z at information 1.
    """
    c, t, z = np.asarray(bounds, float), np.asarray(information, float), np.abs(np.asarray(z, float))
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    # All stand at 0 before the first look.
    place, mass, before = np.zeros(1), np.ones(1), 0.0
    for bound, now in zip(c, t[:-1], strict=True):
        edge, sd = bound * np.sqrt(now), np.sqrt(now - before)
        here = edge * nodes
        step = (here[:, None] - place - drift * (now - before)) / sd
        density = np.exp(-0.5 * step**2) / (sd * np.sqrt(2.0 * np.pi)) @ mass
        place, mass, before = here, edge * weights * density, now
    sd = np.sqrt(t[-1] - before)
    mean = place + drift * (t[-1] - before)
    s = z[..., None] * np.sqrt(t[-1])
    return (ndtr((mean - s) / sd) + ndtr((-s - mean) / sd)) @ mass


def stagewise_p(bounds: ArrayLike, information: ArrayLike, look: Integers, z: Floats) -> Floats:
    """Two-sided p-value of trials that ended at a look: the chance of ending earlier, or then as far out.

    It lies below the level of the boundaries exactly where a boundary was crossed.

    Args:
        bounds: |Z| at each look.
        information: share of the final information at each look.
        look: at which each trial ended, from 0 [trial].
        z: its Z there [trial].

    Source:
        Jennison C, Turnbull BW 2000, section 8.4 (stage-wise ordering).
    """
    c, t = np.asarray(bounds, float), np.asarray(information, float)
    chance, p = stopping(c, t), np.full(len(z), np.nan)
    for k in range(len(c)):
        mine = look == k
        p[mine] = chance[:k].sum() + beyond(c[:k], t[: k + 1], z[mine])
    return p
