"""The fast chain of a span: drug on bone -> osteoclasts -> coupling signal -> osteoblasts.

Days matter here where bone structure needs months, so the chain is followed at the points of a quadrature
inside the span. Drug is predicted with the cells as they should be midway, the cells see the prediction, then
drug is computed again with the cells' means: second order.
"""

from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jax import Array

from brittlestar.bone import remodelling
from brittlestar.bone.cortex import Cortex
from brittlestar.bone.integration import mean_of, relax
from brittlestar.bone.trabecular import Trabecular, drift_stopped
from brittlestar.drugs import disposition, exposure
from brittlestar.model.held_fixed import HeldFixed
from brittlestar.model.moment import Span
from brittlestar.model.parameters import Parameters
from brittlestar.model.skipping import each_their_own
from brittlestar.model.state import L, M, State, V


class Drive(NamedTuple):
    """What bone amounts, as they are assumed to change over the span, do to cells and drug."""

    rank: Array
    """RANKL/OPG [node, site, patient]"""
    load: Array
    """formation per unit of the coupling signal [node, site, patient]"""
    added: Array
    """formation beside it, from drugs that build bone [node, site, patient]"""
    brake: Array
    """mechanostat limit of the growth of bone amount [site, patient]"""
    mass: Array
    """skeletal mass relative to a 2500 g adult in the middle of the span, over own sensitivity [patient]"""
    growth: Array
    """relative growth of skeletal mass, 1/day [patient]"""


class CellsAndDrug(NamedTuple):
    """The part of the state that the chain moves, at the end of the span; fields as in :class:`State`."""

    C: Array
    P: Array
    B: Array
    u: Array
    S: Array
    D: Array
    X: Array


class Means(NamedTuple):
    """Means over the span that the slow parts of the skeleton respond to."""

    R: Array
    """resorption [site, patient]"""
    B: Array
    """formation [site, patient]"""
    drug: Array
    """share of the full drug effect [V M, patient]"""
    supply: Array
    """gain of new trabeculae e^{rho_s sup} [V M, patient]"""
    spared: Array
    """share of cortical drift that is switched off [V L, patient]"""


class Earlier(NamedTuple):
    """What an earlier round found of the vertebra, from which the drug's rates are taken."""

    exists: Array
    """false in the first round"""
    R: Array
    """mean resorption [patient]"""
    B: Array
    """mean formation [patient]"""


class _Chain(NamedTuple):
    """Where the chain ends, and what happened on the way."""

    end: CellsAndDrug
    resorption: Array
    """at the nodes [node, site, patient]"""
    formation: Array
    """at the nodes [node, site, patient]"""
    share: Array
    """mean share of the full drug effect [V M, patient]"""


def cells_and_drug(
    x: State, drive: Drive, earlier: Earlier, fixed: HeldFixed, span: Span, p: Parameters
) -> tuple[CellsAndDrug, Means]:
    """Drug and cells at the end of a span, and their means over it.

    Args:
        x: state at the start.
        drive: what follows from the bone amounts assumed.
        earlier: an earlier round over the same span.
        fixed: what does not change in it.
        span: its length and points.
        p: parameters.
    """

    def drug() -> _Chain:
        return _under_drug(x, drive, earlier, fixed, span, p)

    def none() -> _Chain:
        one = np.ones((len(span.nodes.at), 3, 1))
        return _cells(x, exposure.Effect(one, one, 0.0 * one), drive, fixed, span, p)

    if not len(x.S):
        chain = none()
    elif span.after_infusion:
        chain = drug()
    else:
        chain = each_their_own(fixed.drug.given, drug, none)
    means = _means(chain, drive, fixed, span, p)
    return chain.end, means


def _under_drug(
    x: State, drive: Drive, earlier: Earlier, fixed: HeldFixed, span: Span, p: Parameters
) -> _Chain:
    """Drug predicted, cells under it, drug again."""
    guess = _cells_midway(x, drive, fixed, span, p)
    R, B = (jnp.where(earlier.exists, e, g) for e, g in zip((earlier.R, earlier.B), guess, strict=True))
    u, effect = _effects(x, _pools(x, R, B, fixed, p), drive, fixed, span, p)
    chain = _cells(x, effect, drive, fixed, span, p)
    R, B = mean_of(chain.resorption, span.nodes)[V], mean_of(chain.formation, span.nodes)[V]
    days = jnp.asarray(span.days)
    S, D, out = disposition.transfer(x.S, x.D, fixed.drug.oral, _pools(x, R, B, fixed, p), days)
    return chain._replace(end=chain.end._replace(u=u, S=S, D=D, X=x.X + out))


def _cells_midway(x: State, drive: Drive, fixed: HeldFixed, span: Span, p: Parameters) -> tuple[Array, Array]:
    """Vertebral resorption and formation expected midway, each drawn by what drives it now."""
    half, ps, pr = 0.5 * jnp.asarray(span.days), p.shared, p.remodelling
    ec = p.drugs.EC50 * p.drugs.EC50_scale
    met = exposure.met_of_surface(p.drugs.kdes, x.h[V], fixed.body.own.Ar, ps)
    amount = jnp.sum((met * x.S + ps.aD * ps.kD * x.D) / ec, axis=0) / drive.mass
    effect = exposure.effect(relax(x.u[0], amount, jnp.exp(-ps.kO * half)), ps)
    born = fixed.body.own.Ar * drive.rank[0, V]
    C = relax(x.C[V], born / effect.apoptosis, jnp.exp(-pr.kC * effect.apoptosis * half))
    call = x.P[V] * drive.load[0, V] + drive.added[0, V]
    return C * effect.activity, relax(x.B[V], call, jnp.exp(-half / pr.tauB))


def _pools(x: State, R: Array, B: Array, fixed: HeldFixed, p: Parameters) -> disposition.Rates:
    """Rates between surface, buried store and plasma at this resorption and formation."""
    own, renewal = fixed.body.own, p.trabecular.gam * fixed.body.healthy.g
    return disposition.pool_rates(
        p.drugs.kdes, fixed.drug.fb, R, B, own.Ar, own.Ar_xi, x.h[V], renewal, p.shared
    )


def _effects(
    x: State, rates: disposition.Rates, drive: Drive, fixed: HeldFixed, span: Span, p: Parameters
) -> tuple[Array, exposure.Effect]:
    """Exposure at the end, and effects at the nodes [node, site, patient]."""
    ps, days, oral = p.shared, jnp.asarray(span.days), fixed.drug.oral
    ec = p.drugs.EC50 * p.drugs.EC50_scale * drive.mass * jnp.exp(-0.5 * drive.growth * days)
    burying = disposition.burying(x.S, x.D, oral, rates, days)
    D = x.D + 0.5 * days * burying
    decay = rates.loss_S + rates.burial
    met = exposure.met_of_surface(p.drugs.kdes, x.h[V], fixed.body.own.Ar, ps)
    source = exposure.Source(
        start=met * x.S / ec,
        rest=met / ec * (oral + rates.fb * rates.release * D) / decay,
        decay=decay,
        buried=ps.aD * ps.kD * jnp.sum(x.D / ec, axis=0),
        burying=ps.aD * ps.kD * jnp.sum(burying / ec, axis=0),
        growth=drive.growth,
    )
    times = np.append(span.nodes.at, 1.0)[:, None, None] * days
    tissues = jnp.stack([jnp.ones_like(ps.mD), ps.mD])[:, None]
    u = exposure.lagged(x.u, source, tissues, times, ps)
    # Vertebra and long bone meet all drug, the metaphysis surface drug.
    effect = exposure.effect(u[:-1], ps)
    return u[-1], exposure.Effect(*(jnp.asarray(e)[:, jnp.array([0, 1, 0])] for e in effect))


def _cells(
    x: State, effect: exposure.Effect, drive: Drive, fixed: HeldFixed, span: Span, p: Parameters
) -> _Chain:
    """Cells under an effect given at the nodes [node, site, patient]; drug stays as it was."""
    pr, nodes, days = p.remodelling, span.nodes, jnp.asarray(span.days)
    C, C_end = remodelling.osteoclasts(x.C, fixed.body.own.Ar, drive.rank, effect.apoptosis, days, nodes, pr)
    R = C * effect.activity
    P, P_end = remodelling.coupling_signal(x.P, R, days, nodes, pr)
    B, B_end = remodelling.osteoblasts(x.B, P * drive.load + drive.added, days, nodes, pr)
    share = jnp.broadcast_to(mean_of(jnp.asarray(effect.share), nodes)[: M + 1], x.h.shape)
    return _Chain(CellsAndDrug(C_end, P_end, B_end, x.u, x.S, x.D, x.X), R, B, share)


def _means(chain: _Chain, drive: Drive, fixed: HeldFixed, span: Span, p: Parameters) -> Means:
    """Means over the span; right after an infusion also those of what follows from resorption."""
    R, B = mean_of(chain.resorption, span.nodes), mean_of(chain.formation, span.nodes)
    Ar, pt, pc = fixed.body.own.Ar, p.trabecular, p.cortex
    if span.after_infusion:
        along = supply_and_sparing(chain.resorption, Ar, drive.brake, pt, pc)
        supply, spared = (mean_of(v, span.nodes) for v in along)
    else:
        supply, spared = supply_and_sparing(R, Ar, drive.brake, pt, pc)
    return Means(R, B, chain.share, supply, spared)


def supply_and_sparing(R: Array, Ar: Array, brake: Array, pt: Trabecular, pc: Cortex) -> tuple[Array, Array]:
    """Gain of new trabeculae [V M] and spared cortical drift [V L] at resorption R [..., site, patient]."""
    spongy, cortical = slice(V, M + 1), slice(V, L + 1, L - V)
    gain = jnp.exp(pt.rho_s * drift_stopped(R[..., spongy, :], Ar, brake[spongy], pt.p_m, pt))
    spared = drift_stopped(R[..., cortical, :], Ar, brake[cortical], pc.p_w, pt)
    return gain, spared
