"""The untreated balance at entry, in closed form: no burn-in."""

import jax.numpy as jnp
from jax import Array

from brittlestar.bone import cortex, mineral, trabecular
from brittlestar.model.healthy import Healthy, Own, healthy_at, own_at
from brittlestar.model.healthy_course import thickness_at_balance
from brittlestar.model.packets import cortical_packet_rate, trabecular_packet_rate
from brittlestar.model.parameters import Parameters
from brittlestar.model.skeleton import amounts, log_strengths
from brittlestar.model.state import Bone, State, Traits


def rest(age: Array, tr: Traits, rows: Array, p: Parameters, first: Array) -> State:
    """The untreated balance at the starting age, in closed form.

    What healthy bone lags behind its own balance at this age, other bone lags in proportion to its own pace.
    The typical healthy person starts on the healthy course.

    Args:
        age: age in years [patient].
        tr: constants of each patient.
        rows: healthy references.
        p: parameters, drugs restricted to those of the run.
        first: hazard at which the first fracture comes [site, patient].
    """
    a = healthy_at(age, tr, rows)
    own = own_at(a, tr, p)
    bone = untreated_bone(a, own, tr, p)
    three, two = jnp.ones((3, 1)), jnp.ones((2, 1))
    zero, none = jnp.zeros_like(own.Ar), jnp.zeros((len(p.drugs.molar_mass), len(own.Ar)))
    x = State(
        C=three * own.Ar,
        P=three * own.Ar,
        B=three * own.Ar * a.balance,
        **bone._asdict(),
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


def untreated_bone(a: Healthy, own: Own, tr: Traits, p: Parameters) -> Bone:
    """A person's bone in their own untreated course at this age, in closed form."""
    two, pc = jnp.ones((2, 1)), p.cortex
    Rp = tr.qL * a.Rp
    Re = cortex.endocortical_radius(Rp - tr.om * tr.qL * a.T, Rp, pc)
    n, h = tr.nU * a.n**tr.act, thickness(a, own, tr, p)
    joined = a.joined * tr.act
    B, q = own.Ar * a.balance, tr.mineral_rates
    f_v = trabecular_packet_rate(B, h, a.g, 1.0, p)
    f_l = cortical_packet_rate(B, a.dX, tr.qL, Rp, Re, p)
    q_healthy = mineral.moment_rates(jnp.ones(()), p.mineral)[:, None]
    f_v_healthy = trabecular_packet_rate(a.A * a.balance, a.h, a.g, 1.0, p)
    f_l_healthy = cortical_packet_rate(a.A * a.balance, a.dX, 1.0, a.Rp, a.Rp - a.T, p)
    return Bone(
        n=two * n,
        h=two * trabecular.between_plates(h, n, p.trabecular),
        w=jnp.maximum(tr.om * a.w, pc.w_floor),
        Rp=Rp,
        Re=Re,
        phi=cortex.held_porosity((a.phi - a.joined) * tr.act_eph * tr.ph + joined, pc),
        joined=joined,
        mu_v=moments_in_course(f_v, q, f_v_healthy, q_healthy, a.mu_v),
        mu_l=moments_in_course(f_l, q, f_l_healthy, q_healthy, a.mu_l),
    )


def untreated_log_strengths(a: Healthy, own: Own, tr: Traits, p: Parameters) -> tuple[Array, Array]:
    """ln of limb and vertebral strength over healthy in one's own untreated course."""
    bone = untreated_bone(a, own, tr, p)
    return log_strengths(bone, amounts(bone, a, own.r, p), a, tr, p)


def thickness(a: Healthy, own: Own, tr: Traits, p: Parameters) -> Array:
    """Tb.Th in one's own course, mm.

    Healthy bone is off its balance by lag = h/hT - h_balance/hT; bone with turnover ``act`` and thickness
    ``h`` times healthy follows h/act times as slowly, so its lag is h/act times as long.
    """
    even = thickness_at_balance(jnp.ones(()), a.balance, p.trabecular)
    lag = (a.h / a.hT - even) * own.hT / a.hT / tr.act
    return own.hT * (even + lag)


def moments_in_course(f: Array, q: Array, f_healthy: Array, q_healthy: Array, mu_healthy: Array) -> Array:
    """Mineral moments in one's own course [2, patient]: own balance and own lag behind it.

    A moment at balance f/(f + q) moves with f, which falls with age, and lags by its change over f + q: by
    q f'/(f + q)^3. The ratio of f' to that of healthy bone is taken as that of f.
    """
    lag_healthy = mu_healthy - mineral.steady_moments(f_healthy, q_healthy)
    longer = q * f / (q_healthy * f_healthy) * ((f_healthy + q_healthy) / (f + q)) ** 3
    return jnp.clip(mineral.steady_moments(f, q) + lag_healthy * longer, 0.0, 1.0)
