"""A row of time: from one step or output to the next, cut where something is given, with its fractures.

Time has five words. A *step* of the calendar (a week) is what schedules count in; an output between two steps
cuts it into *rows*; an infusion, or a dose that changes, cuts a row into *pieces*; a long step without cuts
may be taken in equal *parts*. Whatever is followed in one go, a row, piece or part, is a *span*. Where rows
and pieces begin and end is worked out before the run, in ``engine/care_tables.py``.
"""

from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from brittlestar._shared.parameter_files import DAYS_PER_YEAR
from brittlestar._shared.schedule import Care
from brittlestar.model.amounts_given import dose_changes, infuse, on_tablets
from brittlestar.model.fates import further_waits
from brittlestar.model.fractures import fractures
from brittlestar.model.healthy import between, body_at, healthy_at
from brittlestar.model.moment import SHORTEST, Moment, Span
from brittlestar.model.parameters import Parameters
from brittlestar.model.skipping import each_their_own, if_anyone
from brittlestar.model.state import Person
from brittlestar.model.step import step


class Row(NamedTuple):
    """What a row of time brings; of all plans [output, row, plan, ...], of each patient [..., patient]."""

    care: Care
    end_day: Array
    """day on which the row ends"""
    days: Array
    """its length"""
    cut: Array
    """whether it is no whole step, or an infusion falls in it or came just before it"""
    first_piece: Array
    """index of its first piece in ``Tables.pieces``; 0, the parts of an uncut step, where nothing cuts it"""
    end_piece: Array
    """index after that of its last piece"""


class Tables(NamedTuple):
    """What a run reads, the same for everyone."""

    references: Any
    """healthy references by sex and age, from :func:`brittlestar.model.healthy_table.table`"""
    pieces: Any
    """pieces of the rows that are cut, :data:`~brittlestar.model.amounts_given.PIECE` as columns"""
    step_days: Any
    """length of a whole step"""
    seed: Any
    """key of the fracture fates"""


class Shape(NamedTuple):
    """What is fixed when a program is compiled."""

    substeps: int
    """equal parts of a step"""
    cuts: bool
    """whether a row can be cut: there are infusions, tablets, or outputs between steps"""
    fates: bool
    """whether there are fracture events; without, the course is the expected one"""
    outputs: tuple[str, ...]


def through_row(
    now: Moment, row: Row, person: Person, tables: Tables, p: Parameters, shape: Shape
) -> tuple[Moment, Array]:
    """Everyone a row of time later, and when in it fractures came [site, patient].

    Args:
        now: where everyone is.
        row: that of each patient [..., patient].
        person: who they are.
        tables: what is the same for all.
        p: parameters, drugs restricted to those of the run.
        shape: what is fixed.
    """
    end_age = person.entry_age + row.end_day / DAYS_PER_YEAR
    after = healthy_at(end_age, person.traits, tables.references)
    uncut = Span(tables.step_days, end_age, after, after_infusion=False)
    Lam_old = now.state.Lam

    def quietly() -> Moment:
        return in_parts(now, uncut, row.care, person, p, shape.substeps)

    if shape.cuts:
        span = uncut._replace(days=row.days, after_infusion=True)
        changes = changes_of_dose(now, span, row.care, person, p)
        cuts = Cuts(changes, tables.pieces, row.first_piece, row.end_piece)
        cut = row.cut | jnp.any(changes < row.days, axis=0)
        pieces = partial(in_pieces, now, span, row.care, cuts, person, p)
        now = each_their_own(cut, pieces, quietly, rare=True)
    else:
        now = quietly()
    if not shape.fates:
        return now, jnp.zeros(now.state.N.shape, jnp.uint8)
    draw = partial(further_waits, tables.seed, person.id)
    state, marks = fractures(now.state, Lam_old, draw, row.days, p)
    return now._replace(state=state), marks


def in_parts(now: Moment, span: Span, care: Care, person: Person, p: Parameters, parts: int) -> Moment:
    """A step cut into equal parts, references linear over it."""
    if parts == 1:
        return step(now, span, care, person.traits, p)
    healthy = now.healthy

    def part(now: Moment, end: Array) -> tuple[Moment, None]:
        age = span.end_age - (1.0 - end) * span.days / DAYS_PER_YEAR
        there = between(healthy, span.healthy, end)
        own = Span(span.days / parts, age, there, span.after_infusion)
        return step(now, own, care, person.traits, p), None

    return jax.lax.scan(part, now, jnp.arange(1, parts + 1) / parts)[0]


class Cuts(NamedTuple):
    """Where a row is cut, of each patient."""

    changes: Array
    """when the dose of tablets or its absorption changes, days from the start of the row [change, patient]"""
    pieces: Array
    """those of all plans [piece, column], see :mod:`brittlestar.engine.care_tables`"""
    first: Array
    """the row's first piece [patient]"""
    end: Array
    """the piece after its last [patient]"""


def changes_of_dose(now: Moment, span: Span, care: Care, person: Person, p: Parameters) -> Array:
    """When doses of tablets change in a row, infinite where they do not [change, patient]."""

    def changing() -> Array:
        before, after = (body_at(a, person.traits, p).own.W for a in (now.healthy, span.healthy))
        return dose_changes(before, after, span, care, p)

    # As many as there are: rules with several weights have more of them.
    never = jnp.full(jax.eval_shape(changing).shape, jnp.inf)
    return if_anyone(jnp.any(on_tablets(care)), changing, lambda: never)


def in_pieces(now: Moment, span: Span, care: Care, cuts: Cuts, person: Person, p: Parameters) -> Moment:
    """A row cut at infusions and where the dose of tablets changes, each with its own weight and uptake."""
    start, tr = now.healthy, person.traits

    def unfinished(so_far: tuple[Moment, Array, Array]) -> Array:
        return jnp.any(so_far[2] < cuts.end)

    def part(so_far: tuple[Moment, Array, Array]) -> tuple[Moment, Array, Array]:
        now, time, number = so_far
        open_ = number < cuts.end
        piece = jnp.asarray(cuts.pieces)[jnp.maximum(jnp.minimum(number, cuts.end - 1), 0)].T
        begins, ends = open_ & (time <= piece[0]), piece[1]
        dosed = infuse(now.state, piece, body_at(now.healthy, tr, p), p)
        now = now._replace(state=jax.tree.map(lambda new, old: jnp.where(begins, new, old), dosed, now.state))
        until = ends
        for change in cuts.changes:
            until = jnp.minimum(until, jnp.where(change > time + SHORTEST, change, jnp.inf))
        until = jnp.where(open_, until, time)

        def on() -> Moment:
            age = span.end_age - (span.days - until) / DAYS_PER_YEAR
            there = between(start, span.healthy, until / span.length)
            piece = Span(until - time, age, there, span.after_infusion)
            then = step(now, piece, care, tr, p)
            return jax.tree.map(lambda new, old: jnp.where(until > time, new, old), then, now)

        # Before an infusion at the start of the row there is no time to pass.
        now = if_anyone(jnp.any(until > time), on, lambda: now)
        return now, until, jnp.where(open_ & (until >= ends), number + 1, number)

    at_start = (now, jnp.zeros_like(span.days), cuts.first)
    return jax.lax.while_loop(unfinished, part, at_start)[0]
