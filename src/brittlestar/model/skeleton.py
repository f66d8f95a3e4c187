"""The skeleton of the present state as bone amounts and as strength, for the step and for the outputs."""

from typing import NamedTuple

import jax.numpy as jnp
from jax import Array

from brittlestar.bone import damage, strength
from brittlestar.bone.mineral import mean_mineral, moment_rates, steady_moments
from brittlestar.bone.sites import Bones
from brittlestar.bone.turnover import (
    healthy_cortical_width,
    healthy_long_bone,
    healthy_trabecular_thickness,
    section_modulus,
)
from brittlestar.model.healthy import Healthy
from brittlestar.model.packets import cortical_packet_rate, trabecular_packet_rate
from brittlestar.model.parameters import Parameters
from brittlestar.model.state import Bone, M, State, Traits, V


class Amounts(NamedTuple):
    """Bone relative to healthy of the same age and size, [patient]."""

    V: Array
    M: Array
    W: Array
    L: Array
    T: Array
    """vertebra as a spine scan weighs trabecular bone and shell"""


class Strengths(NamedTuple):
    """Strength and toughness relative to healthy of the same age and size, [patient]."""

    limb: Array
    vertebra: Array
    toughness: Array
    mineral: Array
    """trabecular mineral over healthy"""
    mineral_limb: Array
    """cortical mineral over healthy"""


def amounts(x: State | Bone, a: Healthy, r: Array, p: Parameters) -> Amounts:
    """yV = n h/(n h of healthy), yW = w/wH, yL = section modulus over that of a healthy person as tall.

    ``r`` is height over the median of age and sex.
    """
    healthy = p.turnover.nH * a.n * a.h
    yV, yM = x.n[V] * x.h[V] / healthy, x.n[M] * x.h[M] / healthy
    yW, yL = x.w / a.w, section_modulus(x.Rp, x.Re) / (a.Z * r**3)
    return Amounts(yV, yM, yW, yL, p.scanner.th * yV + (1.0 - p.scanner.th) * yW)


def strengths(x: State, y: Amounts, a: Healthy, tr: Traits, p: Parameters) -> Strengths:
    """Strength of limb and vertebra and toughness of cortical bone."""
    c, cL = mineral_ratios(x, a, tr, p)
    return Strengths(
        limb=strength.limb_strength(tr.qS, y.L, x.phi, a.phi, cL, p.strength),
        vertebra=strength.vertebral_strength(tr.qS, y.V, y.W, c, p.strength),
        toughness=damage.toughness(tr.qK, cL, x.d, p.damage),
        mineral=c,
        mineral_limb=cL,
    )


def log_strengths(x: State | Bone, y: Amounts, a: Healthy, tr: Traits, p: Parameters) -> tuple[Array, Array]:
    """ln of the strength of limb and vertebra."""
    c, cL = mineral_ratios(x, a, tr, p)
    limb = strength.log_limb_strength(tr.qS, y.L, x.phi, a.phi, cL, p.strength)
    return limb, jnp.log(strength.vertebral_strength(tr.qS, y.V, y.W, c, p.strength))


def mineral_ratios(x: State | Bone, a: Healthy, tr: Traits, p: Parameters) -> tuple[Array, Array]:
    """Trabecular and cortical mineral over healthy."""
    return (
        tr.cm * mean_mineral(x.mu_v, p.mineral) / mean_mineral(a.mu_v, p.mineral),
        tr.cm * mean_mineral(x.mu_l, p.mineral) / mean_mineral(a.mu_l, p.mineral),
    )


def bones(x: State, H: Array, c: Array, cL: Array) -> Bones:
    """What scans see of a state: of height H in cm, trabecular mineral c and cortical mineral cL."""
    bvtv, area = x.n * x.h, x.Rp**2 - x.Re**2
    return Bones(
        H=H,
        V=bvtv[V],
        M=bvtv[M],
        W=x.w,
        wall=area / x.Rp,
        area=area,
        Z=section_modulus(x.Rp, x.Re),
        solid=1.0 - x.phi,
        c=c,
        cL=cL,
    )


def young_bones(p: Parameters) -> Bones:
    """The healthy young adult, of parameters alone: growth done, in balance at turnover 1."""
    t, H, one = p.turnover, jnp.asarray(p.sites.H_young), jnp.ones(())
    h = healthy_trabecular_thickness(H, t)
    Rp, T = healthy_long_bone(one, t)
    q = moment_rates(one, p.mineral)
    f = trabecular_packet_rate(one, h, 0.0 * one, 1.0, p)
    fL = cortical_packet_rate(one, 0.0 * one, 1.0, Rp, Rp - T, p)
    area = Rp**2 - (Rp - T) ** 2
    return Bones(
        H=H,
        V=t.nH * h,
        M=t.nH * h,
        W=healthy_cortical_width(one, t),
        wall=area / Rp,
        area=area,
        Z=section_modulus(Rp, Rp - T),
        solid=1.0 - p.cortex.fp0 * one,
        c=mean_mineral(steady_moments(f, q), p.mineral),
        cL=mean_mineral(steady_moments(fL, q), p.mineral),
    )
