"""Cortical bone: iliac width (stands for the vertebral shell), long-bone radii, porosity."""

from typing import NamedTuple

import jax.numpy as jnp
from jax import Array
from jax.typing import ArrayLike

from brittlestar.bone.integration import relax


class Cortex(NamedTuple):
    """Parameters of ``cortex.toml`` (mm, 1/day; ``vp`` in mm over growth from 2 to 20 y)."""

    vp: ArrayLike
    rho_w: ArrayLike
    p_w: ArrayLike
    w_floor: ArrayLike
    rho_L: ArrayLike
    Re_floor: ArrayLike
    fL: ArrayLike
    fp0: ArrayLike
    eph: ArrayLike
    kph: ArrayLike
    follow: ArrayLike
    aph: ArrayLike
    phi_least: ArrayLike
    phi_most: ArrayLike
    T_floor: ArrayLike
    canal_loss: ArrayLike


def cortical_width_rate(
    dX: Array,
    q: Array,
    om: Array,
    wd: ArrayLike,
    load: Array,
    sup: Array,
    v0: ArrayLike,
    R: Array,
    B: Array,
    p: Cortex,
) -> Array:
    """d(Ct.Wi)/dt in mm/day.

    X' [vp q load - (vp q - om wd)(1 - rho_w sup)] + v0 (B - R): in growth the outer face drifts out and the
    inner face follows by resorption; the drug stops the follower, so the cortex thickens.
    """
    inner = p.vp * q - om * wd
    return dX * (p.vp * q * load - inner * (1.0 - p.rho_w * sup)) + v0 * (B - R)


def periosteal_rate(dX: Array, dRp: ArrayLike, qL: Array, load: Array) -> Array:
    """dRp/dt in mm/day: growth apposition X' dRp qL, scaled by load."""
    return dX * dRp * qL * load


def endocortical_rate(
    dX: Array,
    dRp: ArrayLike,
    dRe: ArrayLike,
    qL: Array,
    om: Array,
    sup: Array,
    v0: ArrayLike,
    R: Array,
    B: Array,
    p: Cortex,
) -> Array:
    """dRe/dt in mm/day: X' [dRp qL - om qL (dRp - dRe)](1 - rho_L sup) - v0/2 (B - R)."""
    return dX * (dRp * qL - om * qL * (dRp - dRe)) * (1.0 - p.rho_L * sup) - 0.5 * v0 * (B - R)


def endocortical_radius(Re: Array, Rp: Array, p: Cortex) -> Array:
    """Re in mm, between its least and ``T_floor`` inside the outer face: no shaft is hollowed out."""
    return jnp.minimum(jnp.maximum(Re, p.Re_floor), Rp - p.T_floor)


def unfilled(balance: ArrayLike, aged: ArrayLike, p: Cortex) -> Array:
    """Share of what is resorbed inside the cortex that no unit refills: 1 - balance + canal_loss aged.

    ``balance`` is that of all bone (:func:`brittlestar.bone.turnover.formation_balance`), ``aged`` the share
    of ageing that has come: inside the cortex both sexes lose more with age than spongy bone does, as canals
    widen and join (from 4 to 6 % of the femoral shaft in the young to over 9 % in the old,
    doi:10.1046/j.1469-7580.1997.19130407.x).
    """
    return 1.0 - jnp.asarray(balance) + p.canal_loss * jnp.asarray(aged)


def joining(R: Array, unfilled: Array, p: Cortex) -> Array:
    """Porosity that canals add for good, 1/day: fL R unfilled, cortical turnover times what it leaves."""
    return p.fL * R * unfilled


def porosity(
    phi: Array, phiH: Array, ph_type: Array, rho: Array, R: Array, B: Array, days: ArrayLike, p: Cortex
) -> Array:
    """Intracortical porosity at the end of the step, beside what joined canals have left.

    Relaxes at kph to phiH (ph_type - follow + follow R/Ar) + (aph/kph)(R - B): canals that stay, more of
    them in OI bone, and a part that follows remodelling.

    Args:
        phi: porosity, without what joined [patient].
        phiH: healthy porosity at this person's turnover, without what joined [patient].
        ph_type: porosity of the OI type relative to healthy.
        rho: resorption over own drug-free turnover, R/Ar.
        R: cortical resorption, step mean.
        B: cortical formation, step mean.
    """
    target = phiH * (ph_type - p.follow + p.follow * rho) + p.aph / p.kph * (R - B)
    return relax(phi, target, jnp.exp(-p.kph * days))


def held_porosity(phi: Array, p: Cortex) -> Array:
    """Porosity between ``phi_least`` and ``phi_most``."""
    return jnp.clip(phi, p.phi_least, p.phi_most)
