"""Recurrent fractures: what age, type, frailty and strength give untreated, and what treatment makes of it.

Sites in this order on the leading axis: lower limb, upper limb, other, vertebral. Rates per day.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import Array
from jax.typing import ArrayLike

from brittlestar._shared.level_off import level_off
from brittlestar.outcomes.fracture_sites import SITES

LOWER_LIMB = SITES.index("lower_limb")


class Fracture(NamedTuple):
    """Parameters of ``fracture.toml`` (1/day, day; ages in years)."""

    bL: ArrayLike
    bV: ArrayLike
    bT: ArrayLike
    b0L: ArrayLike
    b0V: ArrayLike
    gL: ArrayLike
    gV: ArrayLike
    kL: ArrayLike
    space_most: ArrayLike
    load_years: ArrayLike
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


def healthy_rate(age_years: Array, female: ArrayLike, p: Fracture) -> Array:
    """Rate of a healthy person at this age and sex, all sites, per day: what happens to everybody.

    It is highest at puberty and rises again in age, in women more; linear between the knots.
    """
    ages, rates = jnp.asarray(p.healthy_ages), jnp.asarray(p.healthy_rates)
    men, women = (jnp.interp(age_years, ages, rates[sex]) for sex in (0, 1))
    return jnp.where(jnp.asarray(female, bool), women, men)


def reference_rates(age_years: Array, p: Fracture) -> Array:
    """Rates h_ref that type I adds to those of a healthy person at this age, untreated [site, ...], per day.

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


def untreated_hazard(added: Array, healthy: Array, limb: Array, vertebra: Array, p: Fracture) -> Array:
    """Hazard of a person left alone, by site [site, patient], per day.

    h0 = Z [h_healthy(a, sex) S0^-b0 + h_ref(a) R_type (S0/S_I(a))^-b0]: what breaks everybody's bones breaks
    weak ones more often, and a brittle matrix adds fractures of its own, so the ratio to healthy people falls
    with age. The exponent between people is b0L for limbs and other sites, b0V for the vertebra. S_I is the
    strength of the typical untreated person of type I, whose rates h_ref are.

    Args:
        added: h_ref S_I^b0 at this age, times R_type and frailty Z [site, patient].
        healthy: rate of a healthy person at this age and sex, all sites, times frailty [patient].
        limb, vertebra: ln of the person's own untreated strength at this age over healthy [patient].
        p: parameters.
    """
    weak_limb, weak_spine = jnp.exp(-p.b0L * limb), jnp.exp(-p.b0V * vertebra)
    everybody = jnp.asarray(p.healthy_sites)[:, None] * healthy
    return (everybody + added) * jnp.stack([weak_limb, weak_limb, weak_limb, weak_spine])


def hazard(
    untreated: Array,
    *,
    limb: Array,
    vertebra: Array,
    space: Array,
    recent: Array,
    tough: Array,
    reach: Array,
    p: Fracture,
) -> Array:
    """Hazard by site [site, patient], per day: h0 (1 + after_rise recent) [1 - reach (1 - e^-E)].

    Limbs and other sites: E = bL ln(S/S0) + gL sat(1 - K) + bT ln(toughness), where quieter remodelling says
    little more once it is quiet (Eastell 2003, doi:10.1359/jbmr.2003.18.6.1051): sat(x) = 1 - e^(-x/kL) above
    0 and x/kL below, not under -space_most. Vertebra: E = bV ln(S/S0) + gV (1 - K), 1 - K not under
    -space_most. Strength is counted once, against the person's own untreated strength S0 at this age, so that
    no exponent of treatment moves an untreated rate. Strength and remodelling space are switched off by their
    exponents.

    Laws beside it: ``load_years`` above 0 lets a bone break when a load exceeds it, loads being log-logistic
    and one in so many years near the limit: e^(-bL ln(S/S0)) becomes 1/(q + (1 - q)(S/S0)^bL) with q the
    share of those loads that break it untreated, min(h0 load_years, 1). ``reach`` below 1 leaves a share of
    the risk to the matrix whatever the amount of bone, see :func:`within_reach`.

    Nobody breaks a bone every day: the sum over sites is what these products say up to ``h_free``, above
    anyone of a published cohort, and levels off at ``h_most``; the sites keep their shares.

    Args:
        untreated: from :func:`untreated_hazard` [site, patient].
        limb, vertebra: ln of strength over own untreated strength at this age, ln(S/S0) [patient].
        space: remodelling space over own untreated, K [patient].
        recent: memory of a recent fracture, 1 at the event, fading [patient].
        tough: toughness relative to the type's matrix [patient].
        reach: share of the risk within reach of treatment [patient].
        p: parameters.
    """
    load = jnp.minimum(untreated[:3] * p.load_years, 1.0)
    quiet, spine_quiet = quietness(space, p)
    weaker = load + (1.0 - load) * jnp.exp(p.bL * limb)
    limbs = jnp.exp(-p.gL * quiet - p.bT * jnp.log(tough)) / weaker
    spine = jnp.exp(-p.bV * vertebra - p.gV * spine_quiet)
    treated = 1.0 - reach * (1.0 - jnp.concatenate([limbs, spine[None]]))
    rates = untreated * treated * (1.0 + p.after_rise * recent)
    # Below h_free nothing levels off; so bounded, the sum is no divisor of 0 either.
    total = jnp.maximum(jnp.sum(rates, axis=0), p.h_free)
    return rates * (level_off(total, p.h_free, p.h_most) / total)


def quietness(space: Array, p: Fracture) -> tuple[Array, Array]:
    """Fall of remodelling space below one's own untreated, of limbs (saturating, sat above) and vertebra."""
    fall = 1.0 - space
    saturating = 1.0 - jnp.exp(-jnp.maximum(fall, 0.0) / p.kL)
    limb = saturating + jnp.maximum(jnp.minimum(fall, 0.0) / p.kL, -p.space_most)
    return limb, jnp.maximum(fall, -p.space_most)


def within_reach(qK: Array, p: Fracture) -> Array:
    """Share of the risk that stronger or quieter bone can take away: min(qK, 1)^matrix_power.

    ``qK`` is the toughness of the type's matrix over that of type I. A hypothesis (a poor matrix breaks
    whatever the amount of bone), so ``matrix_power`` is a switch: 0 gives 1 for everyone.
    """
    return jnp.minimum(qK, 1.0) ** p.matrix_power
