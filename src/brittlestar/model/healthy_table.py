"""What age and sex alone decide, tabulated once per run on a half-week grid from birth to 90 y."""

import hashlib
from functools import cache
from threading import Lock
from typing import NamedTuple

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
from brittlestar.model.at_rest import untreated_log_strengths
from brittlestar.model.healthy import PER_YEAR, Healthy, ages, own_at
from brittlestar.model.healthy_course import Ageing, healthy_course
from brittlestar.model.parameters import Parameters, default_parameters
from brittlestar.model.state import traits, typical_bones
from brittlestar.outcomes.fracture import healthy_rate, reference_rates
from brittlestar.people.density import spine_reference
from brittlestar.people.growth import height_ratio_fading
from brittlestar.people.reference import growth_table

_TABLES: dict[str, np.ndarray] = {}
_TABLES_KEPT = 8
"""Parameter sets whose tables (3 MB each) stay in memory: more than any comparison alternates between."""
_TABLES_TURN = Lock()


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
    mu_v, mu_l = (jnp.moveaxis(mu, 0, -1) for mu in (bone.mu_v, bone.mu_l))
    unknown = jnp.zeros_like(H)
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
        rate_healthy=healthy_rate(a, female, p.fracture),
        rate_LL=unknown,
        rate_UL=unknown,
        rate_oth=unknown,
        rate_V=unknown,
        A_theta=A**p.shared.theta,
        A_xi=A**p.shared.xi,
        kidney=kidney_share(a, female, p.body),
        M_peers=jnp.asarray(reference.abmd_median),
        S_peers=jnp.asarray(reference.abmd_spread),
        A_peers=A,
        mature_peers=maturity(a, female, t),
    )
    return jnp.stack(with_rates(columns, p), axis=-1)


def with_rates(columns: Healthy, p: Parameters) -> Healthy:
    """Fill in what type I adds: its rates at each age are those of the typical untreated person of type I.

    Columns h_ref(a) S_I(a)^b0, S_I that person's own untreated strength over healthy: their hazard is h_ref
    whatever the parameters of bone are, and that of own strength S0 is h_ref (S0/S_I)^-b0.
    """
    sexes, count = columns.H.shape
    age = jnp.tile(jnp.asarray(ages()), sexes)
    tr = traits(typical_bones("I", age, jnp.repeat(jnp.arange(sexes), count)), p)
    a = Healthy(*(column.reshape(-1) for column in columns))
    limb, spine = untreated_log_strengths(a, own_at(a, tr, p), tr, p)
    of_limb, of_spine = (jnp.exp(b0 * S) for b0, S in ((p.fracture.b0L, limb), (p.fracture.b0V, spine)))
    at_one = reference_rates(age, p.fracture) * jnp.stack([of_limb, of_limb, of_limb, of_spine])
    sites = at_one.reshape(-1, sexes, count)
    return columns._replace(rate_LL=sites[0], rate_UL=sites[1], rate_oth=sites[2], rate_V=sites[3])


_compiled_table = jax.jit(table)


def known_table(reference: Reference, p: Parameters) -> np.ndarray:
    """:func:`table` of numbers, kept for the next run with the same; that of the shipped set also on disk."""
    key = _digest(reference, p)
    rows = _TABLES.get(key)
    if rows is not None:
        return rows

    def made() -> dict[str, np.ndarray]:
        return {"rows": np.asarray(_compiled_table(reference, p))}

    shipped = key == _digest(load_reference(), default_parameters())
    rows = (kept_arrays(f"table {key}", made) if shipped else made())["rows"]
    # Runs side by side take turns to forget and keep; each goes on with the rows that it found or made.
    with _TABLES_TURN:
        while len(_TABLES) >= _TABLES_KEPT:
            _TABLES.pop(next(iter(_TABLES)))
        _TABLES[key] = rows
    return rows


def _digest(reference: Reference, p: Parameters) -> str:
    leaves = [np.asarray(leaf, np.float64) for leaf in jax.tree.leaves((reference, p))]
    return hashlib.sha256(b"".join(leaf.tobytes() for leaf in leaves)).hexdigest()
