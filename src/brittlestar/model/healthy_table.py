"""What age and sex alone decide, tabulated once per run on a half-week grid from birth to 90 y."""

from functools import cache
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jax import Array

from brittlestar._shared.disk_cache import kept_arrays
from brittlestar._shared.parameter_files import DAYS_PER_YEAR
from brittlestar.bone.cortex import unfilled
from brittlestar.bone.turnover import (
    age_factor,
    aged,
    formation_balance,
    healthy_cortical_width,
    healthy_long_bone,
    healthy_trabecular_thickness,
    maturity,
    section_modulus,
)
from brittlestar.drugs.body_size import kidney_share
from brittlestar.model.at_rest import untreated_log_strengths
from brittlestar.model.healthy import PER_YEAR, Healthy, ages, own_at
from brittlestar.model.healthy_course import Ageing, HealthyBone, healthy_course
from brittlestar.model.parameters import Parameters
from brittlestar.model.state import traits, typical_bones
from brittlestar.outcomes.fracture import healthy_rate, reference_rates
from brittlestar.people.density import spine_reference
from brittlestar.people.growth import height_ratio_fading
from brittlestar.people.reference import growth_table

GROWTH_YEARS = 2, 20
"""Ages between which growth is counted."""

DAYS_BETWEEN = DAYS_PER_YEAR / PER_YEAR
"""Days from one age of the table to the next."""


class Reference(NamedTuple):
    """Healthy growth and density [sex, age] on the grid :func:`ages`, from ``people``."""

    height_cm: np.ndarray
    weight_kg: np.ndarray
    height_rate: np.ndarray
    """cm per year, not negative"""
    abmd_median: np.ndarray
    abmd_spread: np.ndarray


@cache
def load_reference(density: str = "default") -> Reference:
    """CDC growth and the named spine-density reference of ``people.density`` on the grid of :func:`ages`."""

    def made() -> dict[str, np.ndarray]:
        growth, sexes = growth_table(1.0 / PER_YEAR), np.array([[0], [1]])
        rows = growth.height_cm, growth.weight_kg, growth.height_velocity_cm_per_year
        rows += spine_reference(sexes, ages()[None, :], density)
        return dict(zip(Reference._fields, (np.asarray(row) for row in rows), strict=True))

    return Reference(**kept_arrays(f"reference {density}", made))


def table(reference: Reference, p: Parameters) -> Array:
    """Healthy columns over age, [sex, age, column] in the order of :class:`Healthy`."""
    a = jnp.asarray(ages())[None, :]
    there = AtAge(a, jnp.array([[0], [1]]), *(jnp.asarray(rows) for rows in reference))
    first, grown = (there.height_cm[:, year * PER_YEAR][:, None] for year in GROWTH_YEARS)
    by = ageing(there, first, grown, p)
    bone = healthy_course(Ageing(*(v.T for v in by)), DAYS_BETWEEN, p)
    across = HealthyBone(*(jnp.swapaxes(v, 0, -1) for v in bone))
    mu_v, mu_l = (jnp.swapaxes(mu, 0, 1) for mu in (across.mu_v, across.mu_l))
    columns = columns_of(there, by, across._replace(mu_v=mu_v, mu_l=mu_l), p)
    return jnp.stack(with_rates(columns, p), axis=-1)


class AtAge(NamedTuple):
    """Healthy references of a sex and age, [sex, age] or of one age [sex]."""

    age: Array
    female: Array
    height_cm: Array
    weight_kg: Array
    height_rate: Array
    abmd_median: Array
    abmd_spread: Array


def ageing(there: AtAge, height_first: Array, height_grown: Array, p: Parameters) -> Ageing:
    """What drives healthy bone at these ages.

    Args:
        there: references.
        height_first, height_grown: median heights at :data:`GROWTH_YEARS` of this sex.
        p: parameters.
    """
    a, female, H, t = there.age, there.female, there.height_cm, p.turnover
    growth_day, whole = there.height_rate / DAYS_PER_YEAR, height_grown - height_first
    X, dX, g = (H - height_first) / whole, growth_day / whole, growth_day / H
    A, balance = age_factor(a, female, t), formation_balance(a, female, t)
    hT, w = healthy_trabecular_thickness(H, t), healthy_cortical_width(X, t)
    inside = unfilled(balance, aged(a, t), p.cortex)
    return Ageing(A, balance, inside, maturity(a, female, t), g, dX, hT, w, *healthy_long_bone(X, t))


def columns_of(there: AtAge, by: Ageing, bone: HealthyBone, p: Parameters) -> Healthy:
    """Columns of these ages but for the rates of type I, see :func:`with_rates`.

    Args:
        there: references.
        by: what drives bone there.
        bone: healthy bone there, of the same shape; moments [2, ...].
        p: parameters.
    """
    a, female, unknown = there.age, there.female, jnp.zeros_like(there.height_cm)
    return Healthy(
        A=by.A,
        H=there.height_cm,
        W=there.weight_kg,
        g=by.g,
        dX=by.dX,
        fading=jnp.broadcast_to(height_ratio_fading(a, p.growth), unknown.shape),
        balance=by.balance,
        unfilled=by.unfilled,
        mature=by.mature,
        hT=by.hT,
        h=bone.h,
        n=bone.n,
        w=bone.w,
        Rp=bone.Rp,
        T=bone.Rp - bone.Re,
        Z=section_modulus(bone.Rp, bone.Re),
        mu_v1=bone.mu_v[0],
        mu_v2=bone.mu_v[1],
        mu_l1=bone.mu_l[0],
        mu_l2=bone.mu_l[1],
        phiT=p.cortex.fp0 * by.A**p.cortex.eph,
        phi=bone.phi,
        joined=bone.joined,
        M=there.abmd_median,
        rate_healthy=healthy_rate(a, female, p.fracture),
        rate_LL=unknown,
        rate_UL=unknown,
        rate_oth=unknown,
        rate_V=unknown,
        A_theta=by.A**p.shared.theta,
        A_xi=by.A**p.shared.xi,
        kidney=kidney_share(a, female, p.body),
        M_peers=there.abmd_median,
        S_peers=there.abmd_spread,
        A_peers=by.A,
        mature_peers=by.mature,
    )


def with_rates(columns: Healthy, p: Parameters) -> Healthy:
    """Fill in what type I adds: its rates at each age are those of the typical untreated person of type I.

    Columns h_ref(a) S_I(a)^b0, S_I that person's own untreated strength over healthy: their hazard is h_ref
    whatever the parameters of bone are, and that of own strength S0 is h_ref (S0/S_I)^-b0.
    """
    sexes, count = columns.H.shape
    age = jnp.tile(jnp.asarray(ages()), sexes)
    female = jnp.repeat(jnp.arange(sexes), count)
    sites = rates_of_type_i(Healthy(*(column.reshape(-1) for column in columns)), age, female, p)
    lower, upper, other, vertebral = sites.reshape(-1, sexes, count)
    return columns._replace(rate_LL=lower, rate_UL=upper, rate_oth=other, rate_V=vertebral)


def rates_of_type_i(a: Healthy, age: Array, female: Array, p: Parameters) -> Array:
    """h_ref(a) S_I(a)^b0 of :func:`with_rates` [site, age], of columns [age]."""
    tr = traits(typical_bones("I", age, female), p)
    limb, spine = untreated_log_strengths(a, own_at(a, tr, p), tr, p)
    of_limb, of_spine = (jnp.exp(b0 * S) for b0, S in ((p.fracture.b0L, limb), (p.fracture.b0V, spine)))
    return reference_rates(age, p.fracture) * jnp.stack([of_limb, of_limb, of_limb, of_spine])
