"""Trabecular number and thickness: refill to a strain target, supply by growth, thinning by osteoclasts."""

from typing import NamedTuple

import jax.numpy as jnp
from jax import Array
from jax.typing import ArrayLike

from brittlestar.bone.integration import positive_power, relax


class Trabecular(NamedTuple):
    """Parameters of ``trabecular.toml`` (mm, 1/day)."""

    kap: ArrayLike
    beta_d: ArrayLike
    h_floor: ArrayLike
    gam: ArrayLike
    gamM: ArrayLike
    rho_s: ArrayLike
    p_m: ArrayLike
    sup_least: ArrayLike
    Mbr: ArrayLike
    nbr: ArrayLike
    kexV: ArrayLike
    kexM: ArrayLike
    kper: ArrayLike
    catch_up: ArrayLike
    bvtv_most: ArrayLike


def brake(y: Array, lean_type: Array, p: Trabecular) -> Array:
    """1 + (y/(Mbr lean))^nbr: rises as bone amount ``y`` (healthy = 1) reaches what the muscles can load."""
    return 1.0 + positive_power(y / (p.Mbr * lean_type), p.nbr)


def drift_stopped(R: Array, Ar: Array, brake: Array, exponent: ArrayLike, p: Trabecular) -> Array:
    """Share of growth-driven (uncoupled) resorption that is switched off.

    sup = [1 - min(R/Ar, 1)^exponent] / brake: it rises as the drug quiets osteoclasts, within the mechanostat
    limit of :func:`brake`. It is one-sided: more resorption than one's own does not take from what growth
    supplies.
    """
    rho = jnp.clip(R / Ar, p.sup_least, 1.0)
    return (1.0 - positive_power(rho, exponent)) / brake


def between_plates(h: Array, n: Array, p: Trabecular) -> Array:
    """Tb.Th between its least and what ``bvtv_most`` leaves at this Tb.N: marrow needs room."""
    return jnp.minimum(jnp.maximum(h, p.h_floor), p.bvtv_most / n)


def trabecular_thickness(
    h: Array, hT: Array, R: Array, B: Array, drug: ArrayLike, v0: ArrayLike, days: ArrayLike, p: Trabecular
) -> Array:
    """Tb.Th at the end of the step, mm, before the limits of :func:`between_plates`.

    dh/dt = 2 v0 kap B (1 - h/hT') + 2 v0 (B - R) with hT' = hT (1 + beta_d drug): bone packets are refilled
    towards the thickness that strain asks for; more resorption than formation opens remodelling space.

    Args:
        h: Tb.Th [site, patient], mm.
        hT: strain target at this age [patient], mm.
        R: resorption, step mean [site, patient].
        B: formation, step mean [site, patient].
        drug: mean share of the full drug effect (focal balance improves under it).
        v0: adult formation rate per surface, mm/day.
    """
    target = hT * (1.0 + p.beta_d * drug)
    decay = jnp.exp(-2.0 * v0 * p.kap * B / target * days)
    return relax(h, target * (1.0 + (B - R) / (p.kap * B)), decay)


def trabecular_number(
    n: Array, nU: Array, R: Array, supply: Array, renewal: Array, kex: Array, lost: Array, days: ArrayLike
) -> Array:
    """Tb.N at the end of the step, 1/mm.

    dn/dt = renewal (nU e^{rho_s sup} - n) - kex R (n - nU)+ - lost n: growth replaces the network from the
    growth plate, more densely while osteoclasts do not thin it; surplus trabeculae are later lost, and with
    age those that are cut through, see :func:`perforation`.

    Args:
        n: Tb.N [site, patient].
        nU: own untreated Tb.N [patient].
        R: resorption, step mean [site, patient].
        supply: step mean of e^{rho_s sup} [site, patient], sup from :func:`drift_stopped`.
        renewal: gam times relative height growth [site, patient], 1/day.
        kex: loss rate of surplus per unit of resorption [site, 1], 1/day.
        lost: share cut through a day [site, patient].
    """
    loss = jnp.where(n > nU, kex * R, 0.0)
    rate = renewal + loss + lost
    safe = jnp.where(rate > 0.0, rate, 1.0)
    target = nU * (renewal * supply + loss) / safe
    return jnp.where(rate > 0.0, relax(n, target, jnp.exp(-rate * days)), n)


def perforation(R: Array, balance: Array, p: Trabecular) -> Array:
    """Share of trabeculae cut through a day: kper (1 - balance) R, what is resorbed and not refilled."""
    return p.kper * (1.0 - balance) * R
