r"""Body size and kidney maturation: how an adult's clearances and volumes become a child's."""

from typing import NamedTuple

import numpy as np
from jax import Array
from jax.typing import ArrayLike

from brittlestar._shared.array_functions import functions_of
from brittlestar._shared.parameter_files import fill

WEEKS_PER_YEAR = 365.25 / 7


class BodySize(NamedTuple):
    """Numbers of ``body_size.toml`` (``gfr_mature`` in L/day per reference body surface)."""

    gfr_mature: np.ndarray
    gfr_half_age: np.ndarray
    gfr_power: np.ndarray
    gfr_fall: np.ndarray
    gfr_fall_from: np.ndarray
    term: np.ndarray
    bsa_reference: np.ndarray
    bsa_divisor: np.ndarray
    weight_reference: np.ndarray
    clearance_power: np.ndarray
    volume_power: np.ndarray


def body_surface_area(height_cm: ArrayLike, weight_kg: ArrayLike, p: BodySize) -> Array:
    r"""Body surface area, $\sqrt{H W / 3600}$ in m2.

    Source: Mosteller 1987, PMID 3657876.
    """
    xp = functions_of(height_cm, weight_kg)
    return xp.sqrt(xp.asarray(height_cm) * xp.asarray(weight_kg) / p.bsa_divisor)


def glomerular_filtration_rate(
    age_years: ArrayLike, height_cm: ArrayLike, weight_kg: ArrayLike, female: ArrayLike = 0.5
) -> Array:
    r"""Glomerular filtration rate of a child or adult, L/day, any broadcastable shape.

    $$GFR = GFR_\infty \frac{BSA}{1.73} \frac{PMA^{3.4}}{47.7^{3.4} + PMA^{3.4}} K(a)$$

    with postmenstrual age PMA in weeks, 40 weeks at birth, and the fall K with age of :func:`kidney_share`.
    ``female`` is 1 or 0, the mean of both if left out; it matters from 35 years on.

    Source: doi:10.1007/s00467-008-0997-5 (maturation).
    """
    p = fill(BodySize)
    area = body_surface_area(height_cm, weight_kg, p) / p.bsa_reference
    return p.gfr_mature * area * kidney_share(age_years, female, p)


def kidney_share(age_years: ArrayLike, female: ArrayLike, p: BodySize) -> Array:
    """Filtration per body surface over that of the young adult: maturation, then the fall with age.

    K = maturation (1 - gfr_fall/gfr_mature max(a - gfr_fall_from, 0)), ``gfr_fall`` of this sex; not below
    0.1.
    """
    xp = functions_of(age_years, female)
    years = xp.maximum(xp.asarray(age_years) - p.gfr_fall_from, 0.0)
    men, women = p.gfr_fall
    fall = (men + (women - men) * xp.asarray(female)) / p.gfr_mature * years
    return kidney_maturation(age_years, p) * xp.maximum(1.0 - fall, 0.1)


def kidney_maturation(age_years: ArrayLike, p: BodySize) -> Array:
    """Share of mature filtration per body surface at this age: PMA^3.4/(47.7^3.4 + PMA^3.4)."""
    # Without the floor a negative age (a forcing evaluated just before birth) would give nan.
    xp = functions_of(age_years)
    pma = xp.maximum(p.term + WEEKS_PER_YEAR * xp.asarray(age_years), 0.0) ** p.gfr_power
    return pma / (p.gfr_half_age**p.gfr_power + pma)


def scaled_clearance(
    clearance_70: ArrayLike, weight_kg: ArrayLike, turnover: ArrayLike = 1.0, theta: ArrayLike = 0.0
) -> Array:
    r"""Clearance at another weight and bone turnover, $CL_{70} (W/70)^{0.75} A^\theta$, in the unit given.

    Args:
        clearance_70: clearance of a 70 kg adult at adult turnover.
        weight_kg: body weight.
        turnover: bone turnover relative to a healthy adult; only the skeleton's uptake depends on it.
        theta: power of turnover, 0 for clearances that do not depend on bone.
    """
    p = fill(BodySize)
    xp = functions_of(clearance_70, weight_kg, turnover, theta)
    relative = xp.asarray(weight_kg) / p.weight_reference
    return xp.asarray(clearance_70) * relative**p.clearance_power * xp.asarray(turnover) ** xp.asarray(theta)


def scaled_volume(volume_70: ArrayLike, weight_kg: ArrayLike) -> Array:
    r"""Volume at another weight, $V_{70} (W/70)$, unit of ``volume_70``."""
    p = fill(BodySize)
    xp = functions_of(volume_70, weight_kg)
    return xp.asarray(volume_70) * (xp.asarray(weight_kg) / p.weight_reference) ** p.volume_power
