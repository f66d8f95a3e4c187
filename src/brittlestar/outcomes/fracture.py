"""Recurrent fractures: hazard by site from strength against load, remodelling space, age, type and frailty.

Sites in this order on the leading axis: lower limb, upper limb, other, vertebral. Rates per day.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import Array
from jax.typing import ArrayLike

from brittlestar._shared.level_off import level_off
from brittlestar._shared.parameter_files import fill

SITES = ("lower_limb", "upper_limb", "other", "vertebral")
LOWER_LIMB = SITES.index("lower_limb")


class Fracture(NamedTuple):
    """Parameters of ``fracture.toml`` (1/day, day; ages in years)."""

    bL: ArrayLike
    bV: ArrayLike
    bT: ArrayLike
    gK: ArrayLike
    gK_low: ArrayLike
    gK_high: ArrayLike
    sigL: ArrayLike
    sigV: ArrayLike
    h_scale: ArrayLike
    h_ad: ArrayLike
    hV0: ArrayLike
    LL_start: ArrayLike
    LL_age: ArrayLike
    LL_span: ArrayLike
    LL_least: ArrayLike
    LL_most: ArrayLike
    LL_adult: ArrayLike
    UL_ages: ArrayLike
    UL_rates: ArrayLike
    UL_adult: ArrayLike
    oth_start: ArrayLike
    oth_rise: ArrayLike
    oth_adult: ArrayLike
    V_ages: ArrayLike
    V_rates: ArrayLike
    adult_age: ArrayLike
    adult_width: ArrayLike
    healthy_ages: ArrayLike
    healthy_rates: ArrayLike
    healthy_sites: ArrayLike
    after_rise: ArrayLike
    after_half: ArrayLike
    rest_after_fracture: ArrayLike
    enr: ArrayLike
    matrix_power: ArrayLike
    h_free: ArrayLike
    h_most: ArrayLike


def load_fracture() -> Fracture:
    """Default values with their sources in ``fracture.toml``."""
    return fill(Fracture, "brittlestar.outcomes", "fracture.toml")


def healthy_rate(age_years: Array, female: ArrayLike, p: Fracture) -> Array:
    """Rate of a healthy person at this age and sex, all sites, per day: what happens to everybody.

    It is highest at puberty and rises again in age, in women more; linear between the knots.
    """
    ages, rates = jnp.asarray(p.healthy_ages), jnp.asarray(p.healthy_rates)
    men, women = (jnp.interp(age_years, ages, rates[sex]) for sex in (0, 1))
    return jnp.where(jnp.asarray(female, bool), women, men)


def reference_rates(age_years: Array, p: Fracture) -> Array:
    """Rates that type I adds to those of a healthy person at this age, untreated [site, ...], per day.

    Child curves from the Western Australian type I cohort, adult levels from registers, joined by a sigmoid
    at 18 y; all times ``h_scale``.
    """
    adult = jax.nn.sigmoid((age_years - p.adult_age) / p.adult_width)
    share = (age_years - p.LL_age) / p.LL_span
    lower = jnp.clip(p.LL_start * (1.0 - share), p.LL_least, p.LL_most)
    upper = jnp.interp(age_years, jnp.asarray(p.UL_ages), jnp.asarray(p.UL_rates))
    other = p.oth_start + p.oth_rise * jnp.clip(share, 0.0, 1.0)
    vertebral = p.hV0 * jnp.interp(age_years, jnp.asarray(p.V_ages), jnp.asarray(p.V_rates))
    rates = jnp.stack(
        [
            lower * (1.0 - adult) + p.LL_adult * p.h_ad * adult,
            upper * (1.0 - adult) + p.UL_adult * p.h_ad * adult,
            other * (1.0 - adult) + p.oth_adult * p.h_ad * adult,
            vertebral,
        ]
    )
    return rates * p.h_scale


def matrix_share(qK: Array, p: Fracture) -> Array:
    """How much of a change of strength or remodelling space reaches the risk: min(qK, 1)^matrix_power.

    ``qK`` is the toughness of the type's matrix over that of type I. A hypothesis (a poor matrix breaks
    whatever the amount of bone), so ``matrix_power`` is a switch: 0 gives 1 for everyone.
    """
    return jnp.minimum(qK, 1.0) ** p.matrix_power


def turnover_channel(K: Array, share: Array, p: Fracture) -> Array:
    """Hazard factor of open remodelling space: exp(share gK clip(K - 1)).

    A hypothesis (risk may fall before density rises), so ``gK`` is a switch: 0 off. ``share`` is that of
    :func:`matrix_share`.
    """
    return jnp.exp(share * p.gK * jnp.clip(K - 1.0, p.gK_low, p.gK_high))


def hazard(
    added: Array,
    healthy: Array,
    channel: Array,
    recent: Array,
    SL: Array,
    SV: Array,
    tough: Array,
    share: Array,
    p: Fracture,
) -> Array:
    """Hazard by site [site, patient], per day.

    lambda = Z [h_healthy(a, sex) x strength factor + h_ref(a) R_type x strength factor over that of untreated
    type I] e^{gK (K-1)} (1 + after_rise recent), strength factors of limbs and other SL^(-bL share)
    (toughness)^-bT, of the vertebra SV^-bV: what breaks everybody's bones breaks weak ones more often, and a
    brittle matrix adds fractures of its own, so the ratio to healthy people falls with age. sigL and sigV are
    the strengths of untreated type I. Nobody breaks a bone every
    day: the sum over sites is what these products say up to ``h_free``, above anyone of a published cohort,
    and levels off at ``h_most``; the sites keep their shares.

    Args:
        added: rates that type I adds at this age, times R_type and frailty Z [site, patient].
        healthy: rate of a healthy person at this age and sex, all sites, times frailty [patient].
        channel: factor of the turnover channel [patient].
        recent: memory of a recent fracture, 1 at the event, fading.
        SL, SV: strength of limb and vertebra [patient].
        tough: toughness relative to the type's matrix [patient].
        share: how much of limb strength reaches the risk, from :func:`matrix_share` [patient].
    """
    common = channel * (1.0 + p.after_rise * recent)
    limb = jnp.exp(-share * p.bL * jnp.log(SL) - p.bT * jnp.log(tough))
    spine = jnp.exp(-p.bV * jnp.log(SV))
    limb_I, spine_I = jnp.exp(share * p.bL * jnp.log(p.sigL)), jnp.exp(p.bV * jnp.log(p.sigV))
    own = added * jnp.stack([limb_I, limb_I, limb_I, spine_I * jnp.ones_like(limb_I)])
    everybody = jnp.asarray(p.healthy_sites)[:, None] * healthy
    rates = (everybody + own) * common * jnp.stack([limb, limb, limb, spine])
    total = jnp.sum(rates, axis=0)
    return rates * (level_off(total, p.h_free, p.h_most) / jnp.where(total > 0.0, total, 1.0))
