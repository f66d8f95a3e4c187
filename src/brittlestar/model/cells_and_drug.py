"""The fast chain of a step: drug on bone -> osteoclasts -> coupling signal -> osteoblasts.

Days matter here where bone structure needs months, so the chain is followed at the points of a quadrature
inside the step. Drug is predicted with the cells as they should be midway, the cells see the prediction, then
drug is computed again with the cells' step means: second order.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.typing import ArrayLike

from brittlestar.bone import remodelling
from brittlestar.bone.cortex import Cortex
from brittlestar.bone.integration import Nodes, gauss, mean_of, relax
from brittlestar.bone.trabecular import Trabecular, drift_stopped
from brittlestar.drugs import disposition, exposure
from brittlestar.model.parameters import Parameters
from brittlestar.model.skipping import if_anyone
from brittlestar.model.state import L, M, State, V

QUIET = gauss(3)
"""Points of a step without a recent infusion."""

AFTER_INFUSION = gauss(6, crowding=2)
"""Points of a stretch that begins with an infusion: the effect sets in within hours."""


class Setting(NamedTuple):
    """What the chain sees as constant during the step, [patient] unless said."""

    Ar: Array
    Ar_xi: Array
    rank: Array
    """RANKL/OPG [node, site, patient]"""
    load: Array
    """mechanical gain of formation [node, site, patient]"""
    brake: Array
    """mechanostat limit of the growth of bone amount [site, patient]"""
    h: Array
    """vertebral Tb.Th, mm"""
    renewal: Array
    """network replacement by growth, 1/day"""
    given: Array
    """whether there is drug in bone or on its way [patient]"""
    mass: Array
    """skeletal mass relative to a 2500 g adult in the middle of the step, over own sensitivity"""
    growth: Array
    """relative growth of skeletal mass, 1/day"""
    fb: Array
    """share of plasma drug taken up by bone [drug, patient]"""
    oral: Array
    """tablets' drug that bone takes up, nmol/day [drug, patient]"""


class Means(NamedTuple):
    """Step means that the slow parts of the skeleton respond to."""

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


def uncoupled(R: Array, s: Setting, pt: Trabecular, pc: Cortex) -> tuple[Array, Array]:
    """Gain of new trabeculae [V M] and spared cortical drift [V L] at resorption R [..., site, patient]."""
    spongy, cortical = slice(V, M + 1), slice(V, L + 1, L - V)
    gain = jnp.exp(pt.rho_s * drift_stopped(R[..., spongy, :], s.Ar, s.brake[spongy], pt.p_m, pt))
    spared = drift_stopped(R[..., cortical, :], s.Ar, s.brake[cortical], pc.p_w, pt)
    return gain, jnp.maximum(spared, pc.sup_floor)


def _effects(
    x: State, rates: disposition.Rates, days: Array, nodes: Nodes, s: Setting, p: Parameters
) -> tuple[Array, exposure.Effect]:
    """Exposure at the end, and effects at the nodes [node, site, patient]."""
    ps = p.shared
    ec = p.drugs.EC50 * p.drugs.EC50_scale * s.mass * jnp.exp(-0.5 * s.growth * days)
    burying = disposition.burying(x.S, x.D, s.oral, rates, days)
    D = x.D + 0.5 * days * burying
    decay = rates.loss_S + rates.burial
    source = exposure.Source(
        start=ps.kS * x.S / ec,
        rest=ps.kS / ec * (s.oral + rates.fb * rates.release * D) / decay,
        decay=decay,
        buried=ps.aD * ps.kD * jnp.sum(x.D / ec, axis=0),
        burying=ps.aD * ps.kD * jnp.sum(burying / ec, axis=0),
        growth=s.growth,
    )
    times = np.append(nodes.at, 1.0)[:, None, None] * days
    tissues = jnp.stack([jnp.ones_like(ps.mD), ps.mD])[:, None]
    u = exposure.lagged(x.u, source, tissues, times, ps)
    # Vertebra and long bone meet all drug, the metaphysis surface drug.
    effect = exposure.effect(u[:-1], ps)
    return u[-1], exposure.Effect(*(jnp.asarray(e)[:, jnp.array([0, 1, 0])] for e in effect))


class Chain(NamedTuple):
    """Where the chain ends, and what happened on the way."""

    C: Array
    P: Array
    B: Array
    u: Array
    S: Array
    D: Array
    X: Array
    resorption: Array
    """at the nodes [node, site, patient]"""
    formation: Array
    """at the nodes [node, site, patient]"""
    share: Array
    """mean share of the full drug effect [V M, patient]"""


def _cells(x: State, effect: exposure.Effect, days: Array, nodes: Nodes, s: Setting, p: Parameters) -> Chain:
    """Cells under an effect given at the nodes [node, site, patient]; drug stays as it was."""
    pr = p.remodelling
    C, C_end = remodelling.osteoclasts(x.C, s.Ar, s.rank, effect.apoptosis, days, nodes, pr)
    R = C * effect.activity
    P, P_end = remodelling.coupling_signal(x.P, R, days, nodes, pr)
    B, B_end = remodelling.osteoblasts(x.B, P, s.load, days, nodes, pr)
    share = jnp.broadcast_to(mean_of(jnp.asarray(effect.share), nodes)[: M + 1], x.h.shape)
    return Chain(C_end, P_end, B_end, x.u, x.S, x.D, x.X, R, B, share)


def _cells_midway(x: State, days: Array, s: Setting, p: Parameters) -> tuple[Array, Array]:
    """Vertebral resorption and formation expected midway, each drawn by what drives it now."""
    half, ps, pr = 0.5 * days, p.shared, p.remodelling
    amount = (
        jnp.sum((ps.kS * x.S + ps.aD * ps.kD * x.D) / (p.drugs.EC50 * p.drugs.EC50_scale), axis=0) / s.mass
    )
    effect = exposure.effect(relax(x.u[0], amount, jnp.exp(-ps.kO * half)), ps)
    C = relax(x.C[V], s.Ar * s.rank[0, V] / effect.apoptosis, jnp.exp(-pr.kC * effect.apoptosis * half))
    return C * effect.activity, relax(x.B[V], x.P[V] * s.load[0, V], jnp.exp(-half / pr.tauB))


def _pools(R: Array, B: Array, s: Setting, p: Parameters) -> disposition.Rates:
    return disposition.pool_rates(p.drugs.kdes, s.fb, R, B, s.Ar, s.Ar_xi, s.h, s.renewal, p.shared)


def fast_chain(
    x: State, days: ArrayLike, nodes: Nodes, s: Setting, before: Means, first: Array, p: Parameters
) -> tuple[State, Means]:
    """Advance drug and cells by ``days``; the new state and the means over that time.

    Args:
        x: state at the start.
        days: length, one for all or [patient].
        nodes: quadrature: :data:`QUIET`, or :data:`AFTER_INFUSION` where the drug's effect sets in.
        s: what stays constant.
        before: means of an earlier round over the same time, from which the drug's rates are taken.
        first: true in the first round, which has none.
        p: parameters.
    """
    days = jnp.asarray(days)

    def drug() -> Chain:
        guess = _cells_midway(x, days, s, p)
        R, B = (jnp.where(first, g, m[V]) for g, m in zip(guess, (before.R, before.B), strict=True))
        u, effect = _effects(x, _pools(R, B, s, p), days, nodes, s, p)
        chain = _cells(x, effect, days, nodes, s, p)
        R, B = mean_of(chain.resorption, nodes)[V], mean_of(chain.formation, nodes)[V]
        S, D, out = disposition.transfer(x.S, x.D, s.oral, _pools(R, B, s, p), days)
        return chain._replace(u=u, S=S, D=D, X=x.X + out)

    def none() -> Chain:
        one = np.ones((len(nodes.at), 3, 1))
        return _cells(x, exposure.Effect(one, one, 0.0 * one), days, nodes, s, p)

    if not len(x.S):
        chain = none()
    elif nodes is AFTER_INFUSION:
        chain = drug()
    else:

        def where_given() -> Chain:
            under = drug()
            without = if_anyone(jnp.any(~s.given), none, lambda: under)
            return jax.tree.map(lambda one, other: jnp.where(s.given, one, other), under, without)

        # Where nobody has drug in bone there is nothing of it to follow.
        chain = if_anyone(jnp.any(s.given), where_given, none)
    R_mean, B_mean = mean_of(chain.resorption, nodes), mean_of(chain.formation, nodes)
    if nodes is AFTER_INFUSION:
        supply, spared = (mean_of(v, nodes) for v in uncoupled(chain.resorption, s, p.trabecular, p.cortex))
    else:
        supply, spared = uncoupled(R_mean, s, p.trabecular, p.cortex)
    new = x._replace(C=chain.C, P=chain.P, B=chain.B, u=chain.u, S=chain.S, D=chain.D, X=chain.X)
    return new, Means(R_mean, B_mean, chain.share, supply, spared)
