"""What a laboratory reads: resorption and formation markers relative to the age-sex mean."""

from typing import NamedTuple

import jax.numpy as jnp
from jax import Array
from jax.typing import ArrayLike

from brittlestar._shared.level_off import level_off


class Markers(NamedTuple):
    """Parameters of ``markers.toml``."""

    ecs: ArrayLike
    gp: ArrayLike
    gpN: ArrayLike
    gpB: ArrayLike
    bgN: ArrayLike
    bgB: ArrayLike
    k_Ca: ArrayLike
    k_PTH: ArrayLike
    Ca_free: ArrayLike
    Ca_most: ArrayLike


def marker(
    share: ArrayLike,
    background: ArrayLike,
    A: Array,
    mature: Array,
    surface: Array,
    flux: Array,
    over_peers: ArrayLike = 1.0,
) -> Array:
    """Marker over the age-sex mean: b + (1 - b) l [g + (1 - g) s flux/A], g = share (1 - mature)(A - 1)/A.

    Collagen of the growth plate sheds the same fragments and does not answer to the drug; g ends with growth.
    A background b that no turnover explains stays at every age: liver for alkaline phosphatase, collagen of
    other tissues for urinary NTX.

    Args:
        share: growth-plate share: ``gp`` (CTX, P1NP), ``gpN`` (NTX) or ``gpB`` (BSAP).
        background: 0 (CTX, P1NP), ``bgN`` or ``bgB``.
        A: age factor of turnover.
        mature: share of the pubertal change that has come.
        surface: bone surface relative to healthy, from :func:`marker_surface`.
        flux: resorption or formation, healthy adult = 1.
        over_peers: l, usual level of people as mature over that of people as old, 1 where both are one.
    """
    g = growth_plate(share, A, mature)
    return background + (1.0 - background) * over_peers * (g + (1.0 - g) * surface * flux / A)


def growth_plate(share: ArrayLike, A: Array, mature: Array) -> Array:
    """Share of the growth plate in the usual level: g = share (1 - mature)(A - 1)/A."""
    return share * (1.0 - mature) * (A - 1.0) / A


def usual_level(share: ArrayLike, A: Array, mature: Array) -> Array:
    """Usual level above the background, of bone and growth plate, over that of adult bone: A/(1 - g)."""
    return A / (1.0 - growth_plate(share, A, mature))


def marker_surface(n_ratio: Array, p: Markers) -> Array:
    """Surface that markers see: cortical share ecs fixed, the rest in proportion to Tb.N."""
    return p.ecs + (1.0 - p.ecs) * n_ratio


def ionised_calcium_change(B: Array, R: Array, surface: Array, p: Markers) -> Array:
    """Change of ionised calcium, mmol/L: -k_Ca s (B - R), what formation takes beyond what resorption gives.

    B and R are fluxes per surface, healthy adult = 1, and s the surface: a skeleton that turns over fast
    takes more calcium from the blood after a dose. Skeleton and blood grow together, so size does not enter.

    Beyond ``Ca_free`` it levels off at ``Ca_most``, up and down: usual is 1.2 mmol/L, and long before that is
    gone parathyroid hormone, kidney and gut give or take what bone does not.
    """
    change = -p.k_Ca * surface * (B - R)
    rise, fall = (level_off(jnp.maximum(side, 0.0), p.Ca_free, p.Ca_most) for side in (change, -change))
    return rise - fall


def parathyroid_hormone(calcium_change: Array, p: Markers) -> Array:
    """PTH over baseline: exp(-k_PTH d[Ca]); display only."""
    return jnp.exp(-p.k_PTH * calcium_change)
