"""The fast chain of a step: drug on bone -> osteoclasts -> coupling signal -> osteoblasts.

Weeks matter here where bone structure needs months, so the step may cut this chain into substeps. Second order:
drug is predicted, the cells see the prediction, then drug is computed again with the cells' step means.
"""

from typing import NamedTuple

import jax.numpy as jnp
from jax import Array
from jax.typing import ArrayLike

from brittlestar.bone import remodelling
from brittlestar.drugs import disposition, exposure
from brittlestar.drugs.exposure import NO_EFFECT, Effect, Pulse
from brittlestar.engine.parameters import Parameters
from brittlestar.engine.state import State, V


class Doses(NamedTuple):
    """Drug that reaches bone in one step; axes [dose, drug, patient] and [drug, patient]."""

    iv_nmol: Array
    """share of each infusion that bone takes up"""
    iv_day: Array
    """its time inside the step, days"""
    oral_nmol_per_day: Array
    """share of absorbed tablets that bone takes up"""


class Setting(NamedTuple):
    """What the chain sees as constant during the step, [patient] unless said."""

    Ar: Array
    rank: Array
    """RANKL/OPG [site, patient]"""
    load: Array
    """mechanical gain of formation [site, patient]"""
    h: Array
    """vertebral Tb.Th, mm"""
    renewal: Array
    """network replacement by growth, 1/day"""
    mass: Array
    """skeletal mass relative to a 2500 g adult, over own sensitivity"""
    fb: Array
    """share of plasma drug taken up by bone [drug, patient]"""


class Means(NamedTuple):
    """Step means that the slow parts of the skeleton respond to."""

    R: Array
    """resorption [site, patient]"""
    B: Array
    """formation [site, patient]"""
    drug: Array
    """share of the full drug effect [V M, patient]"""


def _by_site(values: ArrayLike) -> Array:
    """Vertebra and long bone see all drug, the metaphysis surface drug: [2, patient] -> [V M L, patient]."""
    values = jnp.asarray(values)
    return values if values.ndim == 0 else values[jnp.array([0, 1, 0])]


def _drug_effect(
    x: State, S0: Array, doses: Doses, start: ArrayLike, days: ArrayLike, s: Setting, p: Parameters
) -> tuple[Array, Effect, list[tuple[Array, Array]]]:
    """Exposure at the end of the substep, mean effects, and (amount, time left) of each infusion in it."""
    ps = p.shared
    R0 = x.C[V] * exposure.activity(x.u[0], ps)
    rates = disposition.pool_rates(p.drugs.kdes, s.fb, R0, x.B[V], s.Ar, s.h, s.renewal, ps)
    ec = p.drugs.EC50 * p.drugs.EC50_scale * s.mass
    S1, D1 = disposition.transfer(S0, x.D, rates, days)
    X0 = exposure.drug_input(S0, ps.kS, ec)
    lam = exposure.input_decay(X0, exposure.drug_input(S1, ps.kS, ec), days)
    pulses, infusions = [], []
    for amount, day in zip(doses.iv_nmol, doses.iv_day, strict=True):
        inside = (day >= start) & (day < start + days)
        amount, left = jnp.where(inside, amount, 0.0), jnp.where(inside, start + days - day, 0.0)
        infusions.append((amount, left))
        P0 = exposure.drug_input(amount, ps.kS, ec)
        gone, newly_buried = disposition.transfer(amount, jnp.zeros_like(amount), rates, days)
        D1 = D1 + newly_buried
        given = jnp.max(jnp.where(inside, day - start, 0.0), axis=0)
        pulses.append(Pulse(P0, exposure.input_decay(P0, exposure.drug_input(gone, ps.kS, ec), days), given))
    XD = ps.aD * exposure.drug_input(0.5 * (x.D + D1), ps.kD, ec)
    buried = jnp.stack([XD, ps.mD * XD])
    u, effect = exposure.step_effect(x.u, X0, buried, lam, days, ps, pulses)
    return u, effect, infusions


def substep(
    x: State, doses: Doses, start: ArrayLike, days: ArrayLike, s: Setting, p: Parameters
) -> tuple[State, Means]:
    """Advance drug and cells by ``days``, beginning ``start`` days into the step."""
    on_drug, infused = x.S.shape[0] > 0, doses.iv_nmol.shape[0] > 0
    S0, effect, infusions, u = x.S, NO_EFFECT, [], x.u
    if on_drug:
        S0 = x.S + 0.5 * doses.oral_nmol_per_day * days
        u, effect, infusions = _drug_effect(x, S0, doses, start, days, s, p)
    pr = p.remodelling
    C, C_mean = remodelling.osteoclasts(x.C, s.Ar, s.rank, _by_site(effect.apoptosis), days, pr)
    R = C_mean * _by_site(effect.activity)
    P, P_mean = remodelling.coupling_signal(x.P, R, days, pr)
    B, B_mean = remodelling.osteoblasts(x.B, P_mean, s.load, days, pr)
    x_new = x._replace(C=C, P=P, B=B, u=u)
    if on_drug:
        rates = disposition.pool_rates(p.drugs.kdes, s.fb, R[V], B_mean[V], s.Ar, s.h, s.renewal, p.shared)
        S, D = disposition.transfer(S0, x.D, rates, days)
        out = disposition.excreted(S0, x.D, S, D, rates)
        if infused:
            for amount, left in infusions:
                none = jnp.zeros_like(amount)
                more_S, more_D = disposition.transfer(amount, none, rates, left)
                out = out + disposition.excreted(amount, none, more_S, more_D, rates)
                S, D = S + more_S, D + more_D
        x_new = x_new._replace(S=S + 0.5 * doses.oral_nmol_per_day * days, D=D, X=x.X + out)
    share = jnp.asarray(effect.share)
    return x_new, Means(R, B_mean, share if share.ndim else jnp.zeros_like(x.h))


def fast_chain(
    x: State, doses: Doses, days: ArrayLike, substeps: int, s: Setting, p: Parameters
) -> tuple[State, Means]:
    """All substeps of one step and the means over the whole step."""
    part = days / substeps
    x, total = substep(x, doses, 0.0, part, s, p)
    for i in range(1, substeps):
        x, means = substep(x, doses, i * part, part, s, p)
        total = Means(*(a + b for a, b in zip(total, means, strict=True)))
    return x, Means(*(a / substeps for a in total))
