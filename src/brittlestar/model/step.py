"""One step of everyone's skeleton: the order of operations, then each of them.

A step follows everyone through a span of time, a week or what a cut leaves of it;
:mod:`brittlestar.model.row` takes a row of time through its spans, with infusions between them and fractures
at its end. The same model in continuous form, organ by organ, is stated in
:mod:`brittlestar.model.equations`: functions of one name here and there are the same physiology.
"""

import jax.numpy as jnp

from brittlestar._shared.schedule import Care
from brittlestar.bone import damage
from brittlestar.bone.mineral import filling_formation, moments
from brittlestar.model.hazard import hazards
from brittlestar.model.healthy import midway
from brittlestar.model.held_fixed import HeldFixed, hold_fixed
from brittlestar.model.moment import Moment, Span, hand_over
from brittlestar.model.packets import cortical_packet_rate, trabecular_packet_rate
from brittlestar.model.parameters import Parameters
from brittlestar.model.rounds import RoundResult, iterate_rounds
from brittlestar.model.state import L, State, Traits, V
from brittlestar.outcomes.fracture import LOWER_LIMB


def step(now: Moment, span: Span, care: Care, tr: Traits, p: Parameters) -> Moment:
    """Everyone a span later: everything but infusions and fractures.

    What is slow is taken at the middle of the span, so the whole is of second order.

    Args:
        now: where everyone is.
        span: how long, and healthy references at its end.
        care: what each patient's plan brings [..., patient].
        tr: constants of each patient.
        p: parameters, drugs restricted to those of the run.
    """
    fixed = hold_fixed(now, span, care, tr, p)  # growth, muscle, vitamin D, calcium, drug in plasma
    bone = iterate_rounds(now, span, fixed, p)  # strain; drug on bone; cells; trabeculae and cortex
    old, new = now.state, bone.put_into(now.state)._replace(lean=fixed.lean, D25=fixed.D25)
    new = mineralise(old, new, bone, fixed, span, p)
    new = wear(old, new, bone, fixed, span, p)
    new = fade(old, new, span, p)
    new = excrete(old, new, fixed, span)
    new = run_risk(now, new, bone, fixed, span, p)
    return hand_over(now, new, bone.amounts, span)


def mineralise(
    old: State, new: State, bone: RoundResult, fixed: HeldFixed, span: Span, p: Parameters
) -> State:
    """Packets of trabecular and cortical bone age and fill."""
    a, own, tr = fixed.body
    usual, days = own.Ar * a.balance, span.days
    B = filling_formation(bone.means.B, usual, a.mature, p.mineral)
    h, n = 0.5 * (old.h[V] + new.h[V]), 0.5 * (old.n[V] + new.n[V])
    Rp, Re = 0.5 * (old.Rp + new.Rp), 0.5 * (old.Re + new.Re)
    f_v = trabecular_packet_rate(B[V], h, a.g, tr.nU * bone.means.supply[V] / n, p)
    f_l = cortical_packet_rate(B[L], a.dX, tr.qL, Rp, Re, p)
    change = filling_formation(usual + new.B - old.B, usual, a.mature, p.mineral) - usual
    slope = change / span.length
    fading = jnp.exp(-tr.mineral_rates * days)
    slope_v, slope_l = 2.0 * p.turnover.v0 / h * slope[V], p.cortex.fL * slope[L]
    return new._replace(
        mu_v=moments(old.mu_v, f_v, slope_v, tr.mineral_rates, fading, days),
        mu_l=moments(old.mu_l, f_l, slope_l, tr.mineral_rates, fading, days),
    )


def wear(old: State, new: State, bone: RoundResult, fixed: HeldFixed, span: Span, p: Parameters) -> State:
    """Microdamage by strain, removed by resorption; cavities that resorption leaves for a while."""
    a, own, _ = fixed.body
    R = bone.means.R
    return new._replace(
        d=damage.microdamage(old.d, a.A, bone.strain[L], R[L], span.days, p.damage),
        K=damage.cavity_burden(old.K, R[V] / own.Ar, span.days, p.damage),
    )


def fade(old: State, new: State, span: Span, p: Parameters) -> State:
    """Memories of fractures and infusions fade; a limb at rest has less rest left."""
    days = span.days
    return new._replace(
        ache=old.ache * jnp.exp(-p.pain.fracture_decay * days),
        relief=old.relief * jnp.exp(-p.pain.infusion_decay * days),
        recent=old.recent * jnp.exp(-jnp.log(2.0) / p.fracture.after_half * days),
        imm=jnp.maximum(old.imm - days, 0.0),
    )


def excrete(old: State, new: State, fixed: HeldFixed, span: Span) -> State:
    """Drug of tablets that the kidney takes before bone has it."""
    return new._replace(U=old.U + span.days * fixed.drug.absorbed * (1.0 - fixed.drug.fb))


def run_risk(
    now: Moment, new: State, bone: RoundResult, fixed: HeldFixed, span: Span, p: Parameters
) -> State:
    """The integrated hazard of fracture grows by the hazard midway, times the span."""
    old = now.state
    names = ("phi", "mu_v", "mu_l", "d", "K", "recent")
    middle = new._replace(**{k: 0.5 * (getattr(old, k) + getattr(new, k)) for k in names})
    hazard = hazards(middle, midway(now.amounts, bone.amounts), fixed.body, p)
    return new._replace(Lam=old.Lam + span.days * hazard.at[LOWER_LIMB].multiply(fixed.limb_hazard))
