"""The healthy person of an age and sex, looked up per person and step; own factors are applied after it.

The columns are tabulated once per run, see :mod:`brittlestar.model.healthy_table`. Linear interpolation in
age; in whose age, :func:`healthy_at` says.
"""

from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np
from jax import Array

from brittlestar.model.parameters import Parameters
from brittlestar.model.state import Traits
from brittlestar.people.growth import height_ratio, weight
from brittlestar.people.puberty import maturational_age

PER_YEAR = 104
"""Ages of the table in a year: finer than a step."""

LAST_AGE = 90
"""The healthy course ends here, and older people keep what is healthy then. The density
reference ends at 80 years."""


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
    unfilled: Array
    """share of what is resorbed inside the cortex that no unit refills"""
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
    joined: Array
    """the part of it that canals left when they joined"""
    M: Array
    """median lumbar-spine aBMD, g/cm2"""
    rate_healthy: Array
    """fracture rate of a healthy person, all sites, 1/day"""
    rate_LL: Array
    """fracture rates that type I adds, of bone as strong as healthy bone (S0 = 1), 1/day"""
    rate_UL: Array
    rate_oth: Array
    rate_V: Array
    A_theta: Array
    """turnover to the power theta, for the uptake of drug"""
    A_xi: Array
    """turnover to the power xi, for its burial"""
    kidney: Array
    """share of the filtration of the young adult"""
    M_peers: Array
    """median lumbar-spine aBMD of people as old, g/cm2"""
    S_peers: Array
    """its coefficient of variation"""
    A_peers: Array
    """turnover of healthy people as old over the healthy adult"""
    mature_peers: Array
    """share of the pubertal change that has come to people as old"""

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


OF_PEERS = ("M_peers", "S_peers", "A_peers", "mature_peers")
"""Columns that a scanner and a laboratory compare with."""


def healthy_at(age_years: Array, tr: Traits, rows: Array) -> Healthy:
    """Healthy references of each person's age, sex and timing of puberty, columns [patient].

    Which age is read by what:

    * maturational age (:func:`brittlestar.people.puberty.maturational_age`): size, growth, turnover, bone,
      rates of fracture, so whatever a body is; growth per day is that of this age times how fast it passes;
    * calendar age: :data:`OF_PEERS`, which Z-scores and markers over the mean of age and sex compare with,
      and, outside this table, schedules, tablets, events of care, and height and weight Z-scores.

    "Of healthy" of an output that is neither a spine scan nor a marker is of a healthy person as mature. With
    usual timing both ages are one.
    """
    mature_age, pace = maturational_age(age_years, tr.female, tr.puberty_shift, jnp)
    own, peers = (Healthy(*_looked_up(age, tr.female, rows)) for age in (mature_age, age_years))
    peers = {name: getattr(peers, name) for name in OF_PEERS}
    return own._replace(g=own.g * pace, dX=own.dX * pace, **peers)


def _looked_up(age_years: Array, female: Array, rows: Array) -> Array:
    """Columns [column, patient] at these ages, on straight lines between the entries of the table."""
    per_year = rows.shape[1] // LAST_AGE
    place = jnp.clip(age_years, 0.0, LAST_AGE) * per_year
    low = jnp.clip(jnp.floor(place).astype(jnp.int32), 0, LAST_AGE * per_year - 1)
    part = (place - low)[:, None]
    below, above = rows[female, low], rows[female, low + 1]
    return (below + (above - below) * part).T


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
