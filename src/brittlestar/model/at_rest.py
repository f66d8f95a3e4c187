"""The untreated balance at entry, in closed form: no burn-in."""

import jax.numpy as jnp
from jax import Array

from brittlestar.bone import cortex, mineral, trabecular
from brittlestar.model.healthy import (
    cortical_packet_rate,
    healthy_at,
    own_at,
    trabecular_packet_rate,
)
from brittlestar.model.parameters import Parameters
from brittlestar.model.skeleton import amounts
from brittlestar.model.state import State, Traits


def rest(age: Array, tr: Traits, rows: Array, p: Parameters, first: Array) -> State:
    """The untreated balance at the starting age, in closed form.

    Args:
        age: age in years [patient].
        tr: constants of each patient.
        rows: healthy references.
        p: parameters, drugs restricted to those of the run.
        first: hazard at which the first fracture comes [site, patient].
    """
    a = healthy_at(age, tr, rows)
    own = own_at(a, tr, p)
    three, two = jnp.ones((3, 1)), jnp.ones((2, 1))
    zero, none = jnp.zeros_like(own.Ar), jnp.zeros((len(p.drugs.molar_mass), len(own.Ar)))
    Rp = tr.qL * a.Rp
    pc, pt = p.cortex, p.trabecular
    Re = cortex.endocortical_radius(Rp - tr.om * tr.qL * a.T, Rp, pc)
    f_v = trabecular_packet_rate(own.Ar, own.hT, a.g, 1.0, p)
    f_l = cortical_packet_rate(own.Ar, a.dX, tr.qL, Rp, Re, p)
    q = tr.mineral_rates
    x = State(
        C=three * own.Ar,
        P=three * own.Ar,
        B=three * own.Ar,
        n=two * tr.nU,
        h=two * trabecular.between_plates(own.hT, tr.nU, pt),
        w=jnp.maximum(tr.om * a.w, pc.w_floor),
        Rp=Rp,
        Re=Re,
        phi=jnp.clip(own.phi * tr.ph, pc.phi_least, pc.phi_most),
        mu_v=mineral.steady_moments(f_v, q),
        mu_l=mineral.steady_moments(f_l, q),
        u=two * zero,
        S=none,
        D=none,
        X=none,
        U=none,
        D25=tr.D25 + zero,
        lean=tr.lean,
        x_mem=three * zero,
        d=zero,
        K=zero + 1.0,
        ache=zero,
        relief=zero,
        recent=zero,
        imm=zero,
        Lam=jnp.zeros_like(first),
        E=first,
        N=jnp.zeros(first.shape, jnp.int32),
    )
    y = amounts(x, a, own.r, p)
    return x._replace(x_mem=tr.lean / jnp.stack([y.T, y.M, y.L]), d=a.A * (tr.lean / y.L) ** 2 / own.Ar)
