"""One step of everyone's skeleton: the order of operations and nothing else."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jax import Array
from jax.typing import ArrayLike

from brittlestar._shared.parameter_files import DAYS_PER_YEAR
from brittlestar.bone import calcium, damage, mechanics, mineral
from brittlestar.bone.integration import Nodes, relax
from brittlestar.drugs import exposure
from brittlestar.model.amounts_given import Care, absorbed, dose_changes, infuse, on_tablets, taken_up
from brittlestar.model.cells_and_drug import AFTER_INFUSION, QUIET, Means
from brittlestar.model.healthy import (
    Healthy,
    between,
    cortical_packet_rate,
    healthy_at,
    midway,
    own_at,
    own_height,
    trabecular_packet_rate,
)
from brittlestar.model.parameters import Parameters
from brittlestar.model.rounds import SHORTEST, Here, Slow, arrived, settle
from brittlestar.model.skeleton import Amounts, strengths
from brittlestar.model.skipping import if_anyone
from brittlestar.model.state import L, State, Traits, V
from brittlestar.outcomes import fracture

NextFracture = Callable[[Array, Array], Array]
"""From events now and fractures so far to the further hazard until the next one, all [site, patient]."""


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
    # Part of the time, where it ends within: how long a limb rests does not depend on where a run is cut.
    limb_fixed = jnp.maximum(jnp.clip(x.imm / jnp.maximum(days, SHORTEST), 0.0, 1.0), care.immobilised)
    active = mechanics.activity(care.activity, limb_fixed, pm)
    lean = relax(x.lean, mechanics.lean_target(tr.lean, active[L], pm), jnp.exp(-pm.k_lean * days))
    D25 = relax(x.D25, tr.D25 + care.D25, jnp.exp(-p.calcium.k_D * days))
    intake = tr.intake + care.calcium
    given = jnp.any((x.S > 0.0) | (x.D > 0.0), axis=0) | jnp.any(x.u > 0.0, axis=0) | on_tablets(care)

    def drug() -> tuple[Array, Array, Array]:
        fb, age = taken_up(a, own, p), end_age - 0.5 * days / DAYS_PER_YEAR
        return exposure.skeletal_mass(own.H, jnp.ones(()), p.shared), fb, absorbed(own, age, care, tr, p)

    frame, fb, tablets = if_anyone(
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
        oral=tablets * fb,
    )
    new, y, m, strain, x_mem = settle(x, here, slow, after, tr, days, nodes, p)
    new = mineralise(new, x, m, a, tr, days, p)
    new = new._replace(
        U=x.U + days * tablets * (1.0 - fb),
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


def advance_in_pieces(
    x: State,
    here: Here,
    after: Healthy,
    end_age: Array,
    care: Care,
    changes: Array,
    tr: Traits,
    pieces: Array,
    p: Parameters,
) -> tuple[State, Here]:
    """A row cut at its infusions and where the dose of tablets changes, each with its own weight and uptake.

    Args:
        x: state at the start.
        here: references and bone amounts at the start.
        after: references at the end.
        end_age: age at the end, years [patient].
        care: what each patient's plan brings.
        changes: when doses of tablets change, days from the start [change, patient].
        tr: constants of each patient.
        pieces: of all plans, see :mod:`brittlestar.engine.care_tables`.
        p: parameters.
    """
    first, whole = here.a, jnp.maximum(care.days, SHORTEST)

    def unfinished(now: tuple[State, Here, Array, Array]) -> Array:
        return jnp.any(now[3] < care.end_piece)

    def part(now: tuple[State, Here, Array, Array]) -> tuple[State, Here, Array, Array]:
        x, here, time, number = now
        open_ = number < care.end_piece
        piece = jnp.asarray(pieces)[jnp.maximum(jnp.minimum(number, care.end_piece - 1), 0)].T
        begins, ends = open_ & (time <= piece[0]), piece[1]
        dosed = infuse(x, piece, here.a, own_at(here.a, tr, p), p)
        x = jax.tree.map(lambda new, old: jnp.where(begins, new, old), dosed, x)
        until = ends
        for change in changes:
            until = jnp.minimum(until, jnp.where(change > time + SHORTEST, change, jnp.inf))
        until = jnp.where(open_, until, time)

        def on() -> tuple[State, Here]:
            there = between(first, after, until / whole)
            age = end_age - (care.days - until) / DAYS_PER_YEAR
            then = advance(x, here, there, age, care, tr, until - time, AFTER_INFUSION, p)
            return jax.tree.map(lambda new, old: jnp.where(until > time, new, old), then, (x, here))

        # Before an infusion at the start of the row there is no time to pass.
        x, here = if_anyone(jnp.any(until > time), on, lambda: (x, here))
        return x, here, until, jnp.where(open_ & (until >= ends), number + 1, number)

    start = (x, here, jnp.zeros_like(care.days), care.first_piece)
    return jax.lax.while_loop(unfinished, part, start)[:2]


def fractures(
    x: State, Lam_old: Array, next_fracture: NextFracture, days: ArrayLike, p: Parameters
) -> tuple[State, Array]:
    """Events where the integrated hazard has crossed the next arrival; at most one per site and step.

    A fracture hurts and raises the risk for a while, from its own time on; in a lower limb it immobilises,
    from the end of the row on.
    Also returns when in the step that was: 0 no fracture, else 1 to 255 as the share that had passed.
    """
    x = jax.lax.optimization_barrier(x)
    event = (x.Lam >= x.E) & (days > 0.0)
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
        imm=jnp.where(event[0], jnp.maximum(x.imm, p.fracture.imm_weeks), x.imm),
    ), when


def step(
    x: State,
    here: Here,
    end_age: Array,
    care: Care,
    tr: Traits,
    rows: Array,
    pieces: Array,
    p: Parameters,
    days: ArrayLike,
    substeps: int,
    cuts: bool,
    next_fracture: NextFracture | None,
) -> tuple[State, Here, Array]:
    """Advance everyone by one row of time; returns the new state and when fractures came [site, patient].

    Slow parts are taken at the middle of the step, so the whole is of second order. A row that holds an
    infusion, follows closely on one, is no whole step, or in which the dose of tablets changes is cut there.

    Args:
        x: state at the start.
        here: references and bone amounts at the start.
        end_age: age in years at the end of the row [patient].
        care: what each patient's plan brings.
        tr: constants of each patient.
        rows: healthy references by sex and age, from :func:`brittlestar.model.healthy.table`.
        pieces: pieces of the rows that are cut, see :mod:`brittlestar.engine.care_tables`.
        p: parameters, drugs restricted to those of the run.
        days: length of a whole step.
        substeps: equal parts into which it is cut.
        cuts: whether any row can be cut.
        next_fracture: draws the next arrival; ``None`` gives the expected course without events.
    """
    after = healthy_at(end_age, tr, rows)

    def quietly() -> tuple[State, Here]:
        return advance_in_parts(x, here, after, end_age, care, tr, days, substeps, p)

    if cuts:

        def changing() -> Array:
            before, then = (own_at(a, tr, p).W for a in (here.a, after))
            return dose_changes(before, then, end_age, care, p)

        never = jnp.full((3 * len(x.S), *x.w.shape), jnp.inf)
        changes = if_anyone(jnp.any(on_tablets(care)), changing, lambda: never)
        cut = care.cut | jnp.any(changes < care.days, axis=0)
        quiet = if_anyone(jnp.any(~cut), quietly, lambda: (x, here))

        def in_pieces() -> tuple[State, Here]:
            found = advance_in_pieces(x, here, after, end_age, care, changes, tr, pieces, p)
            return jax.tree.map(lambda one, other: jnp.where(cut, one, other), found, quiet)

        new, there = jax.lax.cond(jnp.any(cut), in_pieces, lambda: quiet)
    else:
        new, there = quietly()
    if next_fracture is None:
        return new, there, jnp.zeros(x.N.shape, jnp.uint8)
    new, marks = fractures(new, x.Lam, next_fracture, care.days, p)
    return new, there, marks
