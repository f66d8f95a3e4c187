"""Bone turnover by age, and the healthy skeleton it maintains.

Everything here depends on age and sex alone (shapes ``[...]``); OI and the person scale it later.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import Array
from jax.typing import ArrayLike


class Turnover(NamedTuple):
    """Parameters of ``turnover.toml`` in internal units (days, mm; ages in years)."""

    A1: ArrayLike
    A2: ArrayLike
    a_p: ArrayLike
    tA: ArrayLike
    tI: ArrayLike
    v0: ArrayLike
    nH: ArrayLike
    hH: ArrayLike
    hH_height: ArrayLike
    eh: ArrayLike
    w2: ArrayLike
    wd: ArrayLike
    wH_floor: ArrayLike
    RpA: ArrayLike
    dRp: ArrayLike
    ReA: ArrayLike
    dRe: ArrayLike
    X_floor: ArrayLike
    menopause_age: ArrayLike
    menopause_width: ArrayLike
    menopause_turnover: ArrayLike
    menopause_balance: ArrayLike
    menopause_loss: ArrayLike
    ageing_from: ArrayLike
    ageing_years: ArrayLike
    ageing_balance: ArrayLike


def age_factor(age_years: ArrayLike, female: ArrayLike, p: Turnover) -> Array:
    """Turnover relative to the healthy adult of 18 to 45 years.

    A(a) = [1 + A1 sigma((a_p - a)/tA) + A2 exp(-a/tI)] (1 + menopause_turnover m); a_p is the pubertal fall
    of this sex, m the share of menopause that has come, see :func:`menopause`.
    """
    young = 1.0 + p.A1 * (1.0 - maturity(age_years, female, p)) + p.A2 * jnp.exp(-age_years / p.tI)
    return young * (1.0 + p.menopause_turnover * menopause(age_years, female, p))


def maturity(age_years: ArrayLike, female: ArrayLike, p: Turnover) -> Array:
    """Share of the pubertal fall of turnover that has come: 1 - sigma((a_p - a)/tA)."""
    a_p = jnp.asarray(p.a_p)[jnp.asarray(female)]
    return 1.0 - jax.nn.sigmoid((a_p - age_years) / p.tA)


def menopause(age_years: ArrayLike, female: ArrayLike, p: Turnover) -> Array:
    """Share of the loss of oestrogen that has come: sigma((a - menopause_age)/menopause_width), 0 in men."""
    gone = jax.nn.sigmoid((age_years - p.menopause_age) / p.menopause_width)
    return jnp.asarray(female) * gone


def formation_balance(age_years: ArrayLike, female: ArrayLike, p: Turnover) -> Array:
    """Formation per unit of the bone that is resorbed, 1 in the young.

    1 - menopause_balance m - menopause_loss 4 m (1 - m) - ageing_balance aged: after
    menopause and with age a remodelling unit refills less than it dug out, and least of all in the years in
    which oestrogen goes.
    """
    m = menopause(age_years, female, p)
    going = p.menopause_loss * 4.0 * m * (1.0 - m)
    return 1.0 - p.menopause_balance * m - going - p.ageing_balance * aged(age_years, p)


def aged(age_years: ArrayLike, p: Turnover) -> Array:
    """Share of ageing that has come: clip((a - ageing_from)/ageing_years, 0, 1)."""
    return jnp.clip((age_years - p.ageing_from) / p.ageing_years, 0.0, 1.0)


def healthy_trabecular_thickness(height_median_cm: ArrayLike, p: Turnover) -> Array:
    """Healthy Tb.Th in mm: hH (H/151 cm)^eh."""
    return p.hH * (height_median_cm / p.hH_height) ** p.eh


def healthy_cortical_width(X: ArrayLike, p: Turnover) -> Array:
    """Healthy iliac Ct.Wi in mm: w2 + wd X, X the share of growth from 2 to 20 y."""
    return jnp.maximum(p.w2 + p.wd * X, p.wH_floor)


def healthy_long_bone(X: ArrayLike, p: Turnover) -> tuple[Array, Array]:
    """Healthy long-bone periosteal radius and cortical thickness in mm, both linear in growth X."""
    X = jnp.maximum(X, p.X_floor)
    return p.RpA + p.dRp * X, (p.RpA - p.ReA) + (p.dRp - p.dRe) * X


def section_modulus(Rp: ArrayLike, Re: ArrayLike) -> Array:
    """Section modulus of a tube up to pi/4, mm3: (Rp^4 - Re^4)/Rp."""
    Rp2, Re2 = Rp * Rp, Re * Re
    return (Rp2 * Rp2 - Re2 * Re2) / Rp
