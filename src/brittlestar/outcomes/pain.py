"""Bone pain on a 0-10 scale: usual level, recent fractures, short relief after an infusion.

Placebo-controlled trials found no lasting difference in pain: the term of turnover is there for its range.
"""

from typing import NamedTuple

from jax import Array
from jax.typing import ArrayLike

from brittlestar._shared.array_functions import functions_of


class Pain(NamedTuple):
    """Parameters of ``pain.toml`` (points, 1/day)."""

    base: ArrayLike
    severity: ArrayLike
    severity_slope: ArrayLike
    turnover: ArrayLike
    fracture: ArrayLike
    fracture_decay: ArrayLike
    infusion_relief: ArrayLike
    infusion_decay: ArrayLike


def pain(rho: Array, r1: Array, fracture_memory: Array, infusion_memory: Array, p: Pain) -> Array:
    """Pain in points: base + severity + turnover (R/Ar - 1) + fracture - relief, kept within 0-10.

    Args:
        rho: resorption over own drug-free turnover.
        r1: adult height of the type relative to healthy (stands for severity).
        fracture_memory: sum of fading fracture impulses.
        infusion_memory: sum of fading infusion impulses.
    """
    xp = functions_of(rho, r1, fracture_memory, infusion_memory)
    severe = xp.clip(p.severity_slope * (1.0 - r1), 0.0, 1.0)
    relief = p.infusion_relief * xp.clip(infusion_memory, 0.0, 1.0)
    level = p.base + p.severity * severe + p.turnover * (rho - 1.0) + p.fracture * fracture_memory - relief
    return xp.clip(level, 0.0, 10.0)
