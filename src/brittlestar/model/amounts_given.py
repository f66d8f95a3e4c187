"""Drug that a plan brings into a row of time, and how much of it bone takes up."""

from typing import Any

import jax.numpy as jnp
from jax import Array

from brittlestar._shared.parameter_files import DAYS_PER_YEAR
from brittlestar._shared.schedule import Care
from brittlestar.drugs import disposition
from brittlestar.drugs.body_size import body_surface_area
from brittlestar.drugs.dose_rule import COLUMNS, by_surface, dose_mg, further_cuts, is_given
from brittlestar.model.healthy import Body
from brittlestar.model.moment import Span
from brittlestar.model.parameters import Parameters
from brittlestar.model.state import State

PIECE = ("start", "end", "drug", *COLUMNS)
"""Columns of a piece of a row: its days from the start of the row, and the infusion at its start, if any;
more where the rules of a run have more."""


def taken_up(body: Body, p: Parameters) -> Array:
    """Share of plasma drug that bone takes up [drug, patient]."""
    own = body.own
    surface = body_surface_area(own.H, own.W, p.body) / p.body.bsa_reference
    gfr = p.body.gfr_mature * body.healthy.kidney * surface
    return disposition.skeletal_share(p.drugs.CLb70, p.drugs.kappa, own.W, gfr, own.Ar_theta)


def tablet_rule(care: Care) -> Any:
    """Rule of tablets per day, :data:`~brittlestar.drugs.dose_rule.COLUMNS` first [4, drug, patient]."""
    return jnp.moveaxis(care.oral_rate, 1, 0)


def on_tablets(care: Care) -> Array:
    """Whether tablets are taken [patient]."""
    return jnp.any(is_given(tablet_rule(care)), axis=0)


def dose_of(rule: Any, body: Body, p: Parameters) -> Array:
    """The dose by a rule at this body size, mg; columns on the leading axis, patients on the last."""
    own = body.own
    surface = body_surface_area(own.H, own.W, p.body) if by_surface(rule) else None
    return dose_mg(rule, own.W, surface)


def absorbed(body: Body, age: Array, care: Care, p: Parameters) -> Array:
    """Drug from tablets that reaches plasma, nmol/day [drug, patient]."""
    share = disposition.absorbed_share(body.own.W, age, p.drugs) * body.traits.uptake
    return dose_of(tablet_rule(care), body, p) * 1e6 / p.drugs.molar_mass * share


def dose_changes(before: Array, after: Array, row: Span, care: Care, p: Parameters) -> Array:
    """When in a row the dose of tablets or its absorption changes with weight or age [change, patient].

    Days from the start of the row, infinite where nothing changes in it; weight is linear over the row.

    Args:
        before: weight at the start, kg [patient].
        after: weight at the end.
        row: its length and the age at its end.
        care: what the plan brings.
        p: parameters, drugs restricted to those of the run.
    """
    rule, d = tablet_rule(care), p.drugs
    taken = is_given(rule)
    gain = after - before
    further = further_cuts(rule)
    cuts = [rule[3], jnp.broadcast_to(d.F_cut, taken.shape), *(cut for cut, _ in further)]
    by_weight = jnp.concatenate(cuts) - before
    birthday = d.F_adult_age - (row.end_age - row.days / DAYS_PER_YEAR)
    when = jnp.concatenate(
        [
            by_weight / jnp.where(gain != 0.0, gain, jnp.inf) * row.days,
            jnp.broadcast_to(birthday * DAYS_PER_YEAR, taken.shape),
        ]
    )
    steps = [taken & (more != 0.0) for _, more in further]
    changes = jnp.concatenate([taken & (rule[1] != rule[2]), taken, *steps, taken])
    return jnp.where(changes & (when > 0.0) & (when < row.days), when, jnp.inf)


def infuse(x: State, piece: Array, body: Body, p: Parameters) -> State:
    """The state after the infusion at the start of a piece [column, patient]; bone and kidney share it."""
    drug, rule = piece[2], piece[3:]
    mine = jnp.arange(len(x.S))[:, None] == drug
    nmol = jnp.where(mine, dose_of(rule, body, p) * 1e6 / p.drugs.molar_mass, 0.0)
    bound = nmol * taken_up(body, p)
    return x._replace(S=x.S + bound, U=x.U + (nmol - bound), relief=x.relief + is_given(rule))
