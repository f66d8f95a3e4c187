"""A span followed with bone amounts at its end assumed, in rounds, until they are what comes out.

Drug, cells and structure depend on bone amounts (strain, mechanostat limit, size of the skeleton that shares
the drug), which change by percents in a week after a child's first infusion.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from brittlestar.bone import cortex, mechanics, trabecular
from brittlestar.bone.integration import mean_of, relax
from brittlestar.model.cells_and_drug import CellsAndDrug, Drive, Earlier, Means, cells_and_drug
from brittlestar.model.healthy import midway, own_height
from brittlestar.model.held_fixed import HeldFixed
from brittlestar.model.moment import Moment, Span
from brittlestar.model.parameters import Parameters
from brittlestar.model.skeleton import Amounts, amounts
from brittlestar.model.state import L, M, State, V

ROUNDS = 4
"""Most rounds. At weekly steps three give what four do in every case of ``tests/numerics_cases.py``, and
two are 0.03 % off the metaphysis of a child after the first infusion; the fourth is there for what no
case is."""

NEAR_ENOUGH = 1e-5
"""Relative gap of the vertebra between assumed and found that is left as it is, over the days squared.
Measured on the same cases against a gap of 1e-7: 0.06 % of any output at most, where the weekly step
itself is off by 0.16 % (from eight parts of a step); a gap of 1e-4 would give 0.3 %."""


class Structure(NamedTuple):
    """The part of the state that is trabeculae and cortex; fields as in :class:`State`."""

    n: Array
    h: Array
    w: Array
    Rp: Array
    Re: Array
    phi: Array
    joined: Array


class RoundResult(NamedTuple):
    """Bone at the end of a span, and what the rest of the body needs to know of it."""

    cells: CellsAndDrug
    structure: Structure
    amounts: Amounts
    means: Means
    strain: Array
    """[site, patient]"""
    remembered: Array
    """strain that osteocytes remember at the end [site, patient]"""

    def put_into(self, x: State) -> State:
        """The state with this bone."""
        return x._replace(**self.cells._asdict(), **self.structure._asdict(), x_mem=self.remembered)


def iterate_rounds(now: Moment, span: Span, fixed: HeldFixed, p: Parameters) -> RoundResult:
    """Bone at the end of a span, by fixed-point iteration.

    The amounts assumed are first those carried on at their last pace, then those found. Only the vertebra is
    tested: it weighs most in what a scan sees, and shares the drug. Each person keeps the round in which
    theirs was near enough, so nobody's course depends on who else is in the batch.
    """
    guess = Amounts(*(y + pace * span.days for y, pace in zip(now.amounts, now.pace, strict=True)))
    least = 2 if span.after_infusion else 1

    def unsettled(so_far: tuple[RoundResult, Amounts, Array, Array]) -> Array:
        _, _, open_, count = so_far
        return (count < ROUNDS) & jnp.any(open_)

    def again(
        so_far: tuple[RoundResult, Amounts, Array, Array],
    ) -> tuple[RoundResult, Amounts, Array, Array]:
        before, assumed, open_, count = so_far
        earlier = Earlier(count > 0, before.means.R[V], before.means.B[V])
        found = one_round(now, assumed, earlier, fixed, span, p)
        found = jax.tree.map(lambda new, old: jnp.where(open_, new, old), found, before)
        gap = jnp.abs(found.amounts.T / assumed.T - 1.0)
        wide = gap > NEAR_ENOUGH * span.days * span.days
        return found, found.amounts, open_ & (wide | (count + 1 < least)), count + 1

    start = (_nothing_found(now), guess, jnp.ones(now.state.w.shape, bool), jnp.zeros((), jnp.int32))
    return jax.lax.while_loop(unsettled, again, start)[0]


def _nothing_found(now: Moment) -> RoundResult:
    """What stands where the first round will put its result."""
    x = now.state
    two, three = jnp.zeros((2, *x.w.shape)), jnp.zeros((3, *x.w.shape))
    return RoundResult(
        CellsAndDrug(*(getattr(x, name) for name in CellsAndDrug._fields)),
        Structure(*(getattr(x, name) for name in Structure._fields)),
        now.amounts,
        Means(three, three, two, two, two),
        three,
        three,
    )


def one_round(
    now: Moment, assumed: Amounts, earlier: Earlier, fixed: HeldFixed, span: Span, p: Parameters
) -> RoundResult:
    """Strain, drug, cells and structure through a span, its bone amounts at the end assumed."""
    x, mid = now.state, midway(now.amounts, assumed)
    bone, start, end = (jnp.stack([y.T, y.M, y.L]) for y in (mid, now.amounts, assumed))
    strain = fixed.pull / bone
    remembered = relax(x.x_mem, strain, jnp.exp(-span.days / p.mechanics.Tmem))
    usual = fixed.pull / (0.5 * (x.x_mem + remembered))
    stimulus = usual / (start + span.nodes.at[:, None, None] * (end - start))
    more, load = mechanics.remodelling_gains(stimulus, p.mechanics)
    wider = p.shared.mass_power * fixed.stride + (assumed.T - now.amounts.T) / mid.T
    tr = fixed.body.traits
    drive = Drive(
        rank=more * fixed.rank,
        load=load * fixed.balance,
        added=load * fixed.added,
        brake=trabecular.brake(bone, tr.lean, p.trabecular),
        mass=fixed.drug.frame * mid.T / tr.drug,
        growth=wider / span.length,
    )
    cells, means = cells_and_drug(x, drive, earlier, fixed, span, p)
    grown = structure(x, means, mean_of(load, span.nodes), fixed, span, p)
    found = amounts(grown, span.healthy, own_height(span.healthy, tr), p)
    return RoundResult(cells, grown, found, means, strain, remembered)


def structure(x: State, m: Means, load: Array, fixed: HeldFixed, span: Span, p: Parameters) -> Structure:
    """Trabeculae and cortex at the end of a span; ``load`` is the mean mechanical gain [site, patient]."""
    a, own, tr = fixed.body
    days, pt, pc, t, v0 = span.days, p.trabecular, p.cortex, p.turnover, p.turnover.v0
    R, B = m.R[: M + 1], m.B[: M + 1]
    shell, limb = m.spared
    renewal = jnp.stack([pt.gam * a.g, pt.gamM * a.g])
    kex = jnp.stack([jnp.asarray(pt.kexV), jnp.asarray(pt.kexM)])[:, None]
    w_rate = cortex.cortical_width_rate(a.dX, tr.q, tr.om, t.wd, load[V], shell, v0, m.R[V], m.B[V], pc)
    Re_rate = cortex.endocortical_rate(a.dX, t.dRp, t.dRe, tr.qL, tr.om, limb, v0, m.R[L], m.B[L], pc)
    Rp = x.Rp + days * cortex.periosteal_rate(a.dX, t.dRp, tr.qL, load[L])
    h = trabecular.trabecular_thickness(x.h, own.hT, R, B, m.drug, v0, days, pt)
    cut = trabecular.perforation(R, a.balance, pt)
    joined = x.joined + days * cortex.joining(m.R[L], a.unfilled, pc)
    phi = cortex.porosity(x.phi - x.joined, own.phi, tr.ph, m.R[L] / own.Ar, m.R[L], m.B[L], days, pc)
    n = trabecular.trabecular_number(x.n, tr.nU, R, m.supply, renewal, kex, cut, days)
    return Structure(
        n=n,
        h=trabecular.between_plates(h, n, pt),
        w=jnp.maximum(x.w + days * w_rate, pc.w_floor),
        Rp=Rp,
        Re=cortex.endocortical_radius(x.Re + days * Re_rate, Rp, pc),
        phi=cortex.held_porosity(phi + joined, pc),
        joined=joined,
    )
