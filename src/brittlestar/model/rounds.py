"""A stretch of time followed with bone amounts at its end assumed, until they are what comes out.

Drug, cells and structure depend on bone amounts (strain, mechanostat limit, size of the skeleton that shares
the drug), which change by percents in a week after a child's first infusion.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import Array
from jax.typing import ArrayLike

from brittlestar.bone import cortex, mechanics, trabecular
from brittlestar.bone.integration import Nodes, mean_of, relax
from brittlestar.model.cells_and_drug import AFTER_INFUSION, Means, Setting, fast_chain
from brittlestar.model.healthy import Healthy, Own, midway, own_height
from brittlestar.model.parameters import Parameters
from brittlestar.model.skeleton import Amounts, amounts
from brittlestar.model.state import L, M, State, Traits, V

SHORTEST = 1e-6
"""Days below which a piece of a step has no length."""

ROUNDS = 4
"""Most times that a step is followed until the bone amounts at its end are what it was followed with."""

NEAR_ENOUGH = 1e-5
"""Relative gap of the vertebra between the two that is left as it is, over the step in days squared."""


class Here(NamedTuple):
    """What a step hands to the next beside the state: where things are and how they were moving."""

    a: Healthy
    """references now"""
    y: Amounts
    """bone amounts now"""
    pace: Amounts
    """their change per day over the last step"""


class Slow(NamedTuple):
    """What does not depend on how bone amounts change in the step; references are those of its middle."""

    a: Healthy
    own: Own
    stride: Array
    """relative growth of height over the step [patient]"""
    pull: Array
    """muscle at work, activity times lean mass [site, patient]"""
    rank: Array
    """RANKL/OPG factor of calcium lack and of drugs that act on RANKL [patient]"""
    formation: Array
    """factor on osteoblast formation of drugs that build bone [patient]"""
    given: Array
    """whether there is drug in bone or on its way [patient]; if not, what follows does not matter"""
    frame: Array
    """skeletal mass of healthy bone at this height, relative to a 2500 g adult [patient]"""
    fb: Array
    """share of plasma drug taken up by bone [drug, patient]"""
    oral: Array
    """tablets' drug that bone takes up, nmol/day [drug, patient]"""


class Followed(NamedTuple):
    """Drug, cells and structure at the end of a step, and what the rest of the body needs to know of it."""

    x: State
    y: Amounts
    m: Means
    strain: Array
    x_mem: Array


def arrived(here: Here, after: Healthy, y: Amounts, days: ArrayLike) -> Here:
    """What the next step is handed; a piece of no length leaves the pace as it was."""
    real, length = days > SHORTEST, jnp.maximum(days, SHORTEST)
    pace = [
        jnp.where(real, (then - now) / length, v) for then, now, v in zip(y, here.y, here.pace, strict=True)
    ]
    return Here(after, y, Amounts(*pace))


def structure(
    x: State, m: Means, load: Array, a: Healthy, own: Own, tr: Traits, days: ArrayLike, p: Parameters
) -> State:
    """Trabeculae and cortex."""
    pt, pc, t, v0 = p.trabecular, p.cortex, p.turnover, p.turnover.v0
    R, B = m.R[: M + 1], m.B[: M + 1]
    shell, limb = m.spared
    renewal = jnp.stack([pt.gam * a.g, pt.gamM * a.g])
    kex = jnp.stack([jnp.asarray(pt.kexV), jnp.asarray(pt.kexM)])[:, None]
    w_rate = cortex.cortical_width_rate(a.dX, tr.q, tr.om, t.wd, load[V], shell, v0, m.R[V], m.B[V], pc)
    Re_rate = cortex.endocortical_rate(a.dX, t.dRp, t.dRe, tr.qL, tr.om, limb, v0, m.R[L], m.B[L], pc)
    Rp = x.Rp + days * cortex.periosteal_rate(a.dX, t.dRp, tr.qL, load[L])
    h = trabecular.trabecular_thickness(x.h, own.hT, R, B, m.drug, v0, days, pt)
    n = trabecular.trabecular_number(x.n, tr.nU, R, m.supply, renewal, kex, days, pt)
    return x._replace(
        h=trabecular.between_plates(h, n, pt),
        n=n,
        w=jnp.maximum(x.w + days * w_rate, pc.w_floor),
        Rp=Rp,
        Re=cortex.endocortical_radius(x.Re + days * Re_rate, Rp, pc),
        phi=cortex.porosity(x.phi, own.phi, tr.ph, m.R[L] / own.Ar, m.R[L], m.B[L], days, pc),
    )


def follow(
    x: State,
    here: Here,
    y_end: Amounts,
    before: Means,
    first: Array,
    slow: Slow,
    after: Healthy,
    tr: Traits,
    days: ArrayLike,
    nodes: Nodes,
    p: Parameters,
) -> Followed:
    """Strain, drug, cells and structure through the step, given its bone amounts and an earlier round."""
    mid = midway(here.y, y_end)
    bone, now, then = (jnp.stack([y.T, y.M, y.L]) for y in (mid, here.y, y_end))
    strain = slow.pull / bone
    x_mem = relax(x.x_mem, strain, jnp.exp(-days / p.mechanics.Tmem))
    known = slow.pull / (0.5 * (x.x_mem + x_mem))
    along = known / (now + nodes.at[:, None, None] * (then - now))
    more, load = mechanics.remodelling_gains(along, p.mechanics)
    wider = p.shared.mass_power * slow.stride + (y_end.T - here.y.T) / mid.T
    s = Setting(
        Ar=slow.own.Ar,
        Ar_xi=slow.own.Ar_xi,
        rank=more * slow.rank,
        load=load * slow.formation,
        brake=trabecular.brake(bone, tr.lean, p.trabecular),
        h=x.h[V],
        renewal=p.trabecular.gam * slow.a.g,
        given=slow.given,
        mass=slow.frame * mid.T / tr.drug,
        growth=wider / jnp.maximum(days, SHORTEST),
        fb=slow.fb,
        oral=slow.oral,
    )
    new, m = fast_chain(x, days, nodes, s, before, first, p)
    new = structure(new, m, mean_of(load, nodes), slow.a, slow.own, tr, days, p)
    return Followed(new, amounts(new, after, own_height(after, tr), p), m, strain, x_mem)


def settle(
    x: State,
    here: Here,
    slow: Slow,
    after: Healthy,
    tr: Traits,
    days: ArrayLike,
    nodes: Nodes,
    p: Parameters,
) -> Followed:
    """Follow the step with bone amounts carried on at their last pace; again where that was not near enough.

    Everyone else keeps the first result, so nobody's course depends on who else is in the batch.
    """
    guess = Amounts(*(y + pace * days for y, pace in zip(here.y, here.pace, strict=True)))
    two, three = jnp.zeros((2, *x.w.shape)), jnp.zeros((3, *x.w.shape))
    none = Followed(x, here.y, Means(three, three, two, two, two), three, three)
    least = 2 if nodes is AFTER_INFUSION else 1

    def unsettled(now: tuple[Followed, Amounts, Array, Array]) -> Array:
        return (now[3] < ROUNDS) & jnp.any(now[2])

    def again(now: tuple[Followed, Amounts, Array, Array]) -> tuple[Followed, Amounts, Array, Array]:
        so_far, y_end, open_, count = now
        result = follow(x, here, y_end, so_far.m, count == 0, slow, after, tr, days, nodes, p)
        # What no round changes needs no choice.
        result = jax.tree.map(
            lambda new, old, fixed: old if new is fixed else jnp.where(open_, new, old),
            result,
            so_far,
            none,
        )
        gap = jnp.abs(result.y.T / y_end.T - 1.0)
        return result, result.y, open_ & ((gap > NEAR_ENOUGH * days * days) | (count + 1 < least)), count + 1

    start = (none, guess, jnp.ones(x.w.shape, bool), jnp.zeros((), jnp.int32))
    return jax.lax.while_loop(unsettled, again, start)[0]
