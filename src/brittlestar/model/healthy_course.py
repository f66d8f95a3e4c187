"""The healthy person of each sex followed from birth: what "healthy" means for amounts, mineral and porosity.

Bone follows age with a lag: thickness, mineral and pores chase what turnover and size ask for. "Healthy" is
therefore the course of the typical healthy person and not the balance of the moment, so that this person has
a Z-score of 0 at every age. Strain is usual, calcium enough, and no drug is given: bone follows turnover by
the formulas of the step, from one age of the table to the next, with what drives it at their middle.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from brittlestar.bone import cortex, trabecular
from brittlestar.bone.integration import relax
from brittlestar.bone.mineral import filling_formation, moment_rates, moments, steady_moments
from brittlestar.bone.trabecular import Trabecular
from brittlestar.model.packets import cortical_packet_rate, trabecular_packet_rate
from brittlestar.model.parameters import Parameters


class Ageing(NamedTuple):
    """What drives healthy bone, [age, sex]: references by age alone."""

    A: Array
    """turnover over the healthy adult"""
    balance: Array
    """formation per unit of resorption"""
    unfilled: Array
    """share of what is resorbed inside the cortex that no unit refills"""
    mature: Array
    """share of the pubertal change that has come"""
    g: Array
    """relative height growth, 1/day"""
    dX: Array
    """growth fraction per day"""
    hT: Array
    """Tb.Th that size asks for, mm"""
    w: Array
    """iliac cortical width by growth, mm"""
    Rp: Array
    """long-bone periosteal radius by growth, mm"""
    T: Array
    """long-bone cortical thickness by growth, mm"""


class HealthyBone(NamedTuple):
    """The healthy skeleton at each age, [age, sex]."""

    C: Array
    P: Array
    B: Array
    n: Array
    """Tb.N over that of the young"""
    h: Array
    w: Array
    Rp: Array
    Re: Array
    phi: Array
    joined: Array
    """the part of it that canals left when they joined"""
    mu_v: Array
    """[age, 2, sex]"""
    mu_l: Array
    """[age, 2, sex]"""


def thickness_at_balance(hT: Array, balance: Array, p: Trabecular) -> Array:
    """Tb.Th where refill and loss are even, mm: hT [1 - (1 - balance)/(kap balance)]."""
    return hT * (1.0 - (1.0 - balance) / (p.kap * balance))


def healthy_course(by: Ageing, days: float, p: Parameters) -> HealthyBone:
    """Healthy bone at every age of the table.

    Args:
        by: what drives it, at each age.
        days: between two ages.
        p: parameters.
    """
    middle = midway(Ageing(*(v[:-1] for v in by)), Ageing(*(v[1:] for v in by)))
    start = at_birth(Ageing(*(v[0] for v in by)), p)

    def on(x: HealthyBone, now: Ageing) -> tuple[HealthyBone, HealthyBone]:
        after = an_age_later(x, now, days, p)
        return after, after

    _, later = jax.lax.scan(on, start, middle)
    return HealthyBone(*(jnp.concatenate([one[None], many]) for one, many in zip(start, later, strict=True)))


def midway(before: Ageing, after: Ageing) -> Ageing:
    """What drives bone in the middle between two ages."""
    return Ageing(*(0.5 * (w + v) for v, w in zip(before, after, strict=True)))


def an_age_later(x: HealthyBone, now: Ageing, days: float, p: Parameters) -> HealthyBone:
    """Healthy bone so many days later.

    Args:
        x: before.
        now: what drives it, in the middle.
        days: between the two.
        p: parameters.
    """
    q = _moment_rates(p)
    pr, pt, pc, t = p.remodelling, p.trabecular, p.cortex, p.turnover
    quick = [jnp.exp(-rate * days) for rate in (pr.kC, 1.0 / pr.tauP, 1.0 / pr.tauB)]
    one, nothing = jnp.ones_like(now.A), jnp.zeros_like(now.A)
    C = relax(x.C, now.A, quick[0])
    R = 0.5 * (x.C + C)
    P = relax(x.P, R, quick[1])
    B_end = relax(x.B, 0.5 * (x.P + P) * now.balance, quick[2])
    B, dX = 0.5 * (x.B + B_end), now.dX
    filling = filling_formation(B, now.A * now.balance, now.mature, p.mineral)
    cut = trabecular.perforation(R, now.balance, pt)
    n = trabecular.trabecular_number(x.n, one, R, one, pt.gam * now.g, nothing, cut, days)
    h = trabecular.trabecular_thickness(x.h, now.hT, R, B, 0.0, t.v0, days, pt)
    w_rate = cortex.cortical_width_rate(dX, one, one, t.wd, one, nothing, t.v0, R, B, pc)
    Re_rate = cortex.endocortical_rate(dX, t.dRp, t.dRe, one, one, nothing, t.v0, R, B, pc)
    w, Re = x.w + days * w_rate, x.Re + days * Re_rate
    Rp = x.Rp + days * cortex.periosteal_rate(dX, t.dRp, one, one)
    joined = x.joined + days * cortex.joining(R, now.unfilled, pc)
    phi = cortex.porosity(x.phi - x.joined, pc.fp0 * now.A**pc.eph, one, R / now.A, R, B, days, pc)
    phi = cortex.held_porosity(phi + joined, pc)
    f_v = trabecular_packet_rate(filling, 0.5 * (x.h + h), now.g, 1.0 / x.n, p)
    f_l = cortical_packet_rate(filling, dX, 1.0, 0.5 * (x.Rp + Rp), 0.5 * (x.Re + Re), p)
    fading = jnp.exp(-q * days)
    mu_v, mu_l = (moments(mu, f, nothing, q, fading, days) for mu, f in ((x.mu_v, f_v), (x.mu_l, f_l)))
    return HealthyBone(C, P, B_end, n, h, w, Rp, Re, phi, joined, mu_v, mu_l)


def _moment_rates(p: Parameters) -> Array:
    return moment_rates(jnp.ones(()), p.mineral)[:, None]


def at_birth(by: Ageing, p: Parameters) -> HealthyBone:
    """The balance of the newborn."""
    q = _moment_rates(p)
    B = by.A * by.balance
    Re = by.Rp - by.T
    f_v = trabecular_packet_rate(B, by.hT, by.g, 1.0, p)
    f_l = cortical_packet_rate(B, by.dX, 1.0, by.Rp, Re, p)
    return HealthyBone(
        C=by.A,
        P=by.A,
        B=B,
        n=jnp.ones_like(by.A),
        h=thickness_at_balance(by.hT, by.balance, p.trabecular),
        w=by.w,
        Rp=by.Rp,
        Re=Re,
        phi=p.cortex.fp0 * by.A**p.cortex.eph,
        joined=jnp.zeros_like(by.A),
        mu_v=steady_moments(f_v, q),
        mu_l=steady_moments(f_l, q),
    )
