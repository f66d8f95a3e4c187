"""What age and sex alone decide, tabulated once per run and looked up per person and step.

The tables hold healthy references on a half-week grid from birth to 90 y; a person's own factors are applied
after the look-up. Linear interpolation in age.
"""

import hashlib
from functools import cache
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from brittlestar._shared.disk_cache import kept_arrays
from brittlestar._shared.parameter_files import DAYS_PER_YEAR
from brittlestar.bone.turnover import (
    age_factor,
    formation_balance,
    healthy_cortical_width,
    healthy_long_bone,
    healthy_trabecular_thickness,
    maturity,
    section_modulus,
)
from brittlestar.drugs.body_size import kidney_share
from brittlestar.model.healthy_course import Ageing, healthy_course
from brittlestar.model.parameters import Parameters, default_parameters
from brittlestar.model.state import Traits
from brittlestar.outcomes.fracture import healthy_rate, reference_rates
from brittlestar.people.density import spine_reference
from brittlestar.people.growth import height_ratio, height_ratio_fading, weight
from brittlestar.people.reference import growth_table

PER_YEAR = 104
"""Ages of the table in a year: finer than a step."""

LAST_AGE = 90
"""The healthy course ends here, and older people keep what is healthy then. The density
reference ends at 80 years."""

_TABLES: dict[str, np.ndarray] = {}
_TABLES_KEPT = 8
"""Parameter sets whose tables (3 MB each) stay in memory: more than any comparison alternates between."""


class Reference(NamedTuple):
    """Healthy growth and density [sex, age] on the grid :func:`ages`, from ``people``."""

    height_cm: np.ndarray
    weight_kg: np.ndarray
    height_rate: np.ndarray
    """cm per year, not negative"""
    abmd_median: np.ndarray
    abmd_spread: np.ndarray


class Healthy(NamedTuple):
    """Columns of the table: the healthy person of this age and sex."""

    A: Array
    """turnover over the healthy adult"""
    H: Array
    """height, cm"""
    W: Array
    """weight, kg"""
    g: Array
    """relative height growth, 1/day"""
    dX: Array
    """growth fraction per day"""
    fading: Array
    """weight of the birth value in the height ratio"""
    balance: Array
    """formation per unit of resorption"""
    mature: Array
    """share of the pubertal change that has come"""
    hT: Array
    """Tb.Th that size asks for, mm"""
    h: Array
    """Tb.Th, mm"""
    n: Array
    """Tb.N over that of the young"""
    w: Array
    """iliac cortical width, mm"""
    Rp: Array
    """long-bone periosteal radius, mm"""
    T: Array
    """long-bone cortical thickness, mm"""
    Z: Array
    """long-bone section modulus, mm3"""
    mu_v1: Array
    """mineral moments, trabecular"""
    mu_v2: Array
    mu_l1: Array
    """mineral moments, cortical"""
    mu_l2: Array
    phiT: Array
    """porosity that turnover asks for"""
    phi: Array
    """porosity"""
    M: Array
    """median lumbar-spine aBMD, g/cm2"""
    S: Array
    """its coefficient of variation"""
    rate_healthy: Array
    """fracture rate of a healthy person, all sites, 1/day"""
    rate_LL: Array
    """fracture rates that type I adds, 1/day"""
    rate_UL: Array
    rate_oth: Array
    rate_V: Array
    A_theta: Array
    """turnover to the power theta, for the uptake of drug"""
    A_xi: Array
    """turnover to the power xi, for its burial"""
    kidney: Array
    """share of the filtration of the young adult"""

    @property
    def mu_v(self) -> Array:
        """Trabecular mineral moments [2, ...]."""
        return jnp.stack([self.mu_v1, self.mu_v2])

    @property
    def mu_l(self) -> Array:
        """Cortical mineral moments [2, ...]."""
        return jnp.stack([self.mu_l1, self.mu_l2])


class Own(NamedTuple):
    """The same person's own drug-free size and turnover, [patient]."""

    Ar: Array
    """turnover"""
    r: Array
    """height over the median"""
    H: Array
    """height, cm"""
    W: Array
    """weight, kg"""
    hT: Array
    """Tb.Th that strain asks for, mm"""
    phi: Array
    """porosity that a healthy matrix has at own turnover"""
    Ar_theta: Array
    """turnover to the power theta"""
    Ar_xi: Array
    """turnover to the power xi"""


def ages() -> np.ndarray:
    """Grid of ages in years."""
    return np.arange(LAST_AGE * PER_YEAR + 1) / PER_YEAR


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
    female = jnp.array([[0], [1]])
    t, growth_day = p.turnover, jnp.asarray(reference.height_rate) / DAYS_PER_YEAR
    H = jnp.asarray(reference.height_cm)
    at2, at20 = H[:, 2 * PER_YEAR][:, None], H[:, 20 * PER_YEAR][:, None]
    X, dX, g = (H - at2) / (at20 - at2), growth_day / (at20 - at2), growth_day / H
    A, balance = age_factor(a, female, t), formation_balance(a, female, t)
    hT, w = healthy_trabecular_thickness(H, t), healthy_cortical_width(X, t)
    driven_by = Ageing(A, balance, g, dX, hT, w, *healthy_long_bone(X, t))
    by_age = Ageing(*(v.T for v in driven_by))
    bone = healthy_course(by_age, DAYS_PER_YEAR / PER_YEAR, p)
    rates = reference_rates(a, p.fracture)
    mu_v, mu_l = (jnp.moveaxis(mu, 0, -1) for mu in (bone.mu_v, bone.mu_l))
    columns = Healthy(
        A=A,
        H=H,
        W=jnp.asarray(reference.weight_kg),
        g=g,
        dX=dX,
        fading=jnp.broadcast_to(height_ratio_fading(a, p.growth), H.shape),
        balance=balance,
        mature=maturity(a, female, t),
        hT=hT,
        h=bone.h.T,
        n=bone.n.T,
        w=bone.w.T,
        Rp=bone.Rp.T,
        T=(bone.Rp - bone.Re).T,
        Z=section_modulus(bone.Rp, bone.Re).T,
        mu_v1=mu_v[0],
        mu_v2=mu_v[1],
        mu_l1=mu_l[0],
        mu_l2=mu_l[1],
        phiT=p.cortex.fp0 * A**p.cortex.eph,
        phi=bone.phi.T,
        M=jnp.asarray(reference.abmd_median),
        S=jnp.asarray(reference.abmd_spread),
        rate_healthy=healthy_rate(a, female, p.fracture),
        rate_LL=jnp.broadcast_to(rates[0], H.shape),
        rate_UL=jnp.broadcast_to(rates[1], H.shape),
        rate_oth=jnp.broadcast_to(rates[2], H.shape),
        rate_V=jnp.broadcast_to(rates[3], H.shape),
        A_theta=A**p.shared.theta,
        A_xi=A**p.shared.xi,
        kidney=kidney_share(a, female, p.body),
    )
    return jnp.stack(columns, axis=-1)


_compiled_table = jax.jit(table)


def known_table(reference: Reference, p: Parameters) -> np.ndarray:
    """:func:`table` of numbers, kept for the next run with the same; that of the shipped set also on disk."""
    key = _digest(reference, p)
    if key not in _TABLES:
        while len(_TABLES) >= _TABLES_KEPT:
            _TABLES.pop(next(iter(_TABLES)))

        def made() -> dict[str, np.ndarray]:
            return {"rows": np.asarray(_compiled_table(reference, p))}

        shipped = key == _digest(load_reference(), default_parameters())
        _TABLES[key] = (kept_arrays(f"table {key}", made) if shipped else made())["rows"]
    return _TABLES[key]


def _digest(reference: Reference, p: Parameters) -> str:
    leaves = [np.asarray(leaf, np.float64) for leaf in jax.tree.leaves((reference, p))]
    return hashlib.sha256(b"".join(leaf.tobytes() for leaf in leaves)).hexdigest()


def healthy_at(age_years: Array, tr: Traits, rows: Array) -> Healthy:
    """Healthy references at each person's age and sex, columns [patient]."""
    place = jnp.clip(age_years, 0.0, LAST_AGE) * PER_YEAR
    low = jnp.clip(jnp.floor(place).astype(jnp.int32), 0, LAST_AGE * PER_YEAR - 1)
    part = (place - low)[:, None]
    below, above = rows[tr.female, low], rows[tr.female, low + 1]
    return Healthy(*(below + (above - below) * part).T)


def own_height(age_healthy: Healthy, tr: Traits) -> Array:
    """The person's height over the median."""
    return height_ratio(age_healthy.fading, tr.r0, tr.r1, tr.own)


def own_at(age_healthy: Healthy, tr: Traits, p: Parameters) -> Own:
    """The person's own turnover and size at the same age."""
    a = age_healthy
    r = own_height(a, tr)
    return Own(
        Ar=a.A * tr.act,
        r=r,
        H=a.H * r,
        W=weight(a.W, r, tr.bmi),
        hT=a.hT * (tr.h + (1.0 - tr.h) * p.trabecular.catch_up * a.mature),
        phi=a.phiT * tr.act_eph,
        Ar_theta=a.A_theta * tr.act_theta,
        Ar_xi=a.A_xi * tr.act_xi,
    )


class Body(NamedTuple):
    """A person at an age: what is healthy then, own size and turnover, and what stays constant."""

    healthy: Healthy
    own: Own
    traits: Traits


def body_at(age_healthy: Healthy, tr: Traits, p: Parameters) -> Body:
    """The person of these references."""
    return Body(age_healthy, own_at(age_healthy, tr, p), tr)


def between(before: Healthy, after: Healthy, share: Array) -> Healthy:
    """References at a share of the way from one time to another."""
    return Healthy(*(v + share * (w - v) for v, w in zip(before, after, strict=True)))


def midway(before: Any, after: Any) -> Any:
    """Field by field, the mean of the values at both ends of a step."""
    return type(before)(*(0.5 * (one + other) for one, other in zip(before, after, strict=True)))
