"""One step of everyone's skeleton: the order of operations and nothing else."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jax import Array
from jax.typing import ArrayLike

from brittlestar._shared.parameters import DAYS_PER_YEAR
from brittlestar.bone import calcium, damage, mechanics, mineral
from brittlestar.bone._functions import Nodes, relax
from brittlestar.drugs import exposure
from brittlestar.engine.branches import if_anyone
from brittlestar.engine.fast import AFTER_INFUSION, QUIET, Means
from brittlestar.engine.follow import SHORTEST, Here, Slow, arrived, settle
from brittlestar.engine.forcing import (
    Healthy,
    between,
    cortical_packet_rate,
    healthy_at,
    midway,
    own_at,
    own_height,
    trabecular_packet_rate,
)
from brittlestar.engine.intake import Care, absorbed, drug_amount, taken_up
from brittlestar.engine.parameters import Parameters
from brittlestar.engine.skeleton import Amounts, strengths
from brittlestar.engine.state import L, State, Traits, V
from brittlestar.outcomes import fracture

NextFracture = Callable[[Array, Array], Array]
"""From events now and fractures so far to the further hazard until the next one, all [site, patient]."""

SETTING_IN = 0.15
"""Share of a step after an infusion in which its effect sets in."""


def hazards(x: State, y: Amounts, a: Healthy, tr: Traits, p: Parameters) -> Array:
    """Fracture hazard by site [site, patient], per day."""
    s = strengths(x, y, a, tr, p)
    reference = jnp.stack([a.rate_LL, a.rate_UL, a.rate_oth, a.rate_V])
    channel = fracture.turnover_channel(x.K, tr.share, p.fracture)
    tough = s.toughness / tr.qK
    return fracture.hazard(
        reference, tr.hazard, channel, x.recent, s.limb, s.vertebra, tough, tr.share, p.fracture
    )


def mineralise(
    x: State, old: State, m: Means, a: Healthy, tr: Traits, days: ArrayLike, p: Parameters
) -> State:
    """Packets of trabecular and cortical bone age and fill."""
    h, n = 0.5 * (old.h[V] + x.h[V]), 0.5 * (old.n[V] + x.n[V])
    Rp, Re = 0.5 * (old.Rp + x.Rp), 0.5 * (old.Re + x.Re)
    f_v = trabecular_packet_rate(m.B[V], h, a.g, tr.nU * m.supply[V] / n, p)
    f_l = cortical_packet_rate(m.B[L], a.dX, tr.qL, Rp, Re, p)
    slope = (x.B - old.B) / jnp.maximum(days, SHORTEST)
    fading = jnp.exp(-tr.mineral_rates * days)
    return x._replace(
        mu_v=mineral.moments(x.mu_v, f_v, 2.0 * p.turnover.v0 / h * slope[V], tr.mineral_rates, fading, days),
        mu_l=mineral.moments(x.mu_l, f_l, p.cortex.fL * slope[L], tr.mineral_rates, fading, days),
    )


def _midway(old: State, new: State) -> State:
    """State halfway through the step, for the midpoint rule of the integrated hazard."""
    names = ("phi", "mu_v", "mu_l", "d", "K", "recent")
    return new._replace(**{k: 0.5 * (getattr(old, k) + getattr(new, k)) for k in names})


def advance(
    x: State,
    here: Here,
    after: Healthy,
    end_age: Array,
    care: Care,
    tr: Traits,
    days: ArrayLike,
    nodes: Nodes,
    p: Parameters,
) -> tuple[State, Here]:
    """Everything but infusions and fractures through ``days`` (one length for all, or [patient])."""
    a = midway(here.a, after)
    own = own_at(a, tr, p)
    pm, pf, pd = p.mechanics, p.fracture, p.damage
    limb_fixed = jnp.maximum(jnp.where(x.imm > 0.0, 1.0, 0.0), care.immobilised)
    active = mechanics.activity(care.activity, limb_fixed, pm)
    lean = relax(x.lean, mechanics.lean_target(tr.lean, active[L], pm), jnp.exp(-pm.k_lean * days))
    D25 = relax(x.D25, tr.D25 + care.D25, jnp.exp(-p.calcium.k_D * days))
    intake = tr.intake + care.calcium
    tablets = jnp.any(care.oral_mg_per_day[:3] != 0.0, axis=(0, 1))
    given = jnp.any((x.S > 0.0) | (x.D > 0.0), axis=0) | jnp.any(x.u > 0.0, axis=0) | tablets

    def drug() -> tuple[Array, Array, Array]:
        fb, age = taken_up(a, own, p), end_age - 0.5 * days / DAYS_PER_YEAR
        return exposure.skeletal_mass(own.H, jnp.ones(()), p.shared), fb, absorbed(own, age, care, fb, tr, p)

    frame, fb, oral = if_anyone(
        jnp.any(given), drug, lambda: (jnp.ones_like(own.H), jnp.zeros_like(x.S), jnp.zeros_like(x.S))
    )
    slow = Slow(
        a=a,
        own=own,
        stride=(after.H * own_height(after, tr) - here.a.H * own_height(here.a, tr)) / own.H,
        pull=active * 0.5 * (x.lean + lean),
        rank=calcium.resorption_drive(intake, 0.5 * (x.D25 + D25), own.H, a.g, p.calcium) * care.rankl,
        formation=care.formation,
        given=given,
        frame=frame,
        fb=fb,
        oral=oral,
    )
    new, y, m, strain, x_mem = settle(x, here, slow, after, tr, days, nodes, p)
    new = mineralise(new, x, m, a, tr, days, p)
    new = new._replace(
        D25=D25,
        lean=lean,
        x_mem=x_mem,
        d=damage.microdamage(x.d, a.A, strain[L], m.R[L], days, pd),
        K=damage.cavity_burden(x.K, m.R[V] / own.Ar, days, pd),
        ache=x.ache * jnp.exp(-p.pain.fracture_decay * days),
        relief=x.relief * jnp.exp(-p.pain.infusion_decay * days),
        recent=x.recent * jnp.exp(-jnp.log(2.0) / pf.after_half * days),
        imm=jnp.maximum(x.imm - days, 0.0),
    )
    hazard = hazards(_midway(x, new), midway(here.y, y), a, tr, p).at[0].multiply(care.limb_hazard)
    new = new._replace(Lam=x.Lam + days * hazard)
    return new, arrived(here, after, y, days)


def advance_in_parts(
    x: State,
    here: Here,
    after: Healthy,
    end_age: Array,
    care: Care,
    tr: Traits,
    days: ArrayLike,
    parts: int,
    p: Parameters,
) -> tuple[State, Here]:
    """A step cut into equal parts, references linear over it."""
    if parts == 1:
        return advance(x, here, after, end_age, care, tr, days, QUIET, p)
    first = here.a

    def part(now: tuple[State, Here], end: Array) -> tuple[tuple[State, Here], None]:
        age = end_age - (1.0 - end) * days / DAYS_PER_YEAR
        there = between(first, after, end)
        return advance(*now, there, age, care, tr, days / parts, QUIET, p), None

    return jax.lax.scan(part, (x, here), jnp.arange(1, parts + 1) / parts)[0]


def advance_infused(
    x: State,
    here: Here,
    after: Healthy,
    end_age: Array,
    care: Care,
    tr: Traits,
    days: ArrayLike,
    parts: int,
    p: Parameters,
) -> tuple[State, Here]:
    """A step cut at its infusions, each with the weight and the uptake of its own moment."""
    patients, drugs = x.w.shape[0], jnp.arange(len(x.S))
    row, day, rule = care.iv_drug, care.iv_day, care.iv_mg
    # The effect sets in within a day: one more cut there, and at the parts of the step.
    soon = jnp.minimum(day + SETTING_IN * days / parts, days)
    cuts = jnp.broadcast_to(jnp.arange(1, parts)[:, None] * days / parts, (parts - 1, patients))
    extra = len(soon) + len(cuts)
    row = jnp.concatenate([row, jnp.zeros((extra, patients), row.dtype)])
    day = jnp.concatenate([day, soon, cuts])
    rule = jnp.concatenate([rule, jnp.zeros((5, extra, patients))], axis=1)
    order = jnp.argsort(day, axis=0)
    row, day = (jnp.take_along_axis(v, order, axis=0) for v in (row, day))
    rule = jnp.moveaxis(jnp.take_along_axis(rule, order[None], axis=1), 1, 0)
    whole = jnp.broadcast_to(jnp.asarray(days, day.dtype), (1, patients))
    first = here.a

    def infuse(x: State, here: Here, rule: Array, row: Array) -> State:
        own = own_at(here.a, tr, p)
        mg = drug_amount(rule, own.W)
        nmol = mg * 1e6 / p.drugs.molar_mass * taken_up(here.a, own, p)
        return x._replace(
            S=x.S + jnp.where(drugs[:, None] == row, nmol, 0.0),
            relief=x.relief + jnp.any(rule[:3] > 0.0, axis=0),
        )

    def part(now: tuple[State, Here], piece: tuple[Array, ...]) -> tuple[tuple[State, Here], None]:
        start, end, rule, row = piece
        x, here = now
        x = infuse(x, here, rule, row)

        def on() -> tuple[State, Here]:
            there = between(first, after, end / days)
            age = end_age - (days - end) / DAYS_PER_YEAR
            then = advance(x, here, there, age, care, tr, end - start, AFTER_INFUSION, p)
            return jax.tree.map(lambda new, old: jnp.where(end > start, new, old), then, (x, here))

        # Before an infusion at the start of the step there is no time to pass.
        return if_anyone(jnp.any(end > start), on, lambda: (x, here)), None

    edges = jnp.concatenate([jnp.zeros_like(whole), day, whole])
    rule = jnp.concatenate([jnp.zeros_like(rule[:1]), rule])
    row = jnp.concatenate([row[:1], row])
    return jax.lax.scan(part, (x, here), (edges[:-1], edges[1:], rule, row))[0]


def fractures(
    x: State, Lam_old: Array, next_fracture: NextFracture, days: ArrayLike, p: Parameters
) -> tuple[State, Array]:
    """Events where the integrated hazard has crossed the next arrival; at most one per site and step.

    A fracture hurts, raises the risk for a while, and in a lower limb immobilises, from its own time on.
    Also returns when in the step that was: 0 no fracture, else 1 to 255 as the share that had passed.
    """
    x = jax.lax.optimization_barrier(x)
    event = x.Lam >= x.E
    return if_anyone(
        jnp.any(event),
        lambda: _broken(x, Lam_old, event, next_fracture, days, p),
        lambda: (x, jnp.zeros(event.shape, jnp.uint8)),
    )


def _broken(
    x: State, Lam_old: Array, event: Array, next_fracture: NextFracture, days: ArrayLike, p: Parameters
) -> tuple[State, Array]:
    """What events do, and their marks."""
    passed = jnp.clip((x.E - Lam_old) / jnp.where(event, x.Lam - Lam_old, 1.0), 0.0, 1.0)
    when = jnp.where(event, jnp.ceil(1.0 + 254.0 * passed), 0.0).astype(jnp.uint8)
    N = x.N + event
    since = (1.0 - passed) * days
    last = jnp.min(jnp.where(event, since, days), axis=0)
    some = jnp.any(event, axis=0)
    ache, recent = (
        jnp.where(some, jnp.exp(-rate * last), 0.0)
        for rate in (p.pain.fracture_decay, jnp.log(2.0) / p.fracture.after_half)
    )
    waits = jax.lax.optimization_barrier(next_fracture(event, N))
    return x._replace(
        N=N,
        E=x.E + waits,
        ache=x.ache + ache,
        recent=jnp.maximum(x.recent, recent),
        imm=jnp.where(event[0], jnp.maximum(x.imm, p.fracture.imm_weeks - since[0]), x.imm),
    ), when


def step(
    x: State,
    here: Here,
    end_age: Array,
    care: Care,
    tr: Traits,
    rows: Array,
    p: Parameters,
    days: ArrayLike,
    substeps: int,
    next_fracture: NextFracture | None,
) -> tuple[State, Here, Array]:
    """Advance everyone by ``days``; returns the new state and when fractures came [site, patient].

    Slow parts are taken at the middle of the step, so the whole is of second order. A step that holds an
    infusion, or follows closely on one, is cut at it.

    Args:
        x: state at the start.
        here: references and bone amounts at the start.
        end_age: age in years at the end of the step [patient].
        care: what each patient's plan brings.
        tr: constants of each patient.
        rows: healthy references by sex and age, from :func:`brittlestar.engine.forcing.table`.
        p: parameters, drugs restricted to those of the run.
        days: length of the step.
        substeps: equal parts into which it is cut.
        next_fracture: draws the next arrival; ``None`` gives the expected course without events.
    """
    after = healthy_at(end_age, tr, rows)

    def quietly() -> tuple[State, Here]:
        return advance_in_parts(x, here, after, end_age, care, tr, days, substeps, p)

    if care.iv_day.shape[0]:
        quiet = if_anyone(jnp.any(~care.infused), quietly, lambda: (x, here))

        def with_infusions() -> tuple[State, Here]:
            cut = advance_infused(x, here, after, end_age, care, tr, days, substeps, p)
            return jax.tree.map(lambda one, other: jnp.where(care.infused, one, other), cut, quiet)

        new, there = jax.lax.cond(jnp.any(care.infused), with_infusions, lambda: quiet)
    else:
        new, there = quietly()
    if next_fracture is None:
        return new, there, jnp.zeros(x.N.shape, jnp.uint8)
    new, marks = fractures(new, x.Lam, next_fracture, days, p)
    return new, there, marks
