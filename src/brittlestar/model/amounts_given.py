"""What a plan brings into a row of time, and how much of it bone takes up."""

from typing import NamedTuple

import jax.numpy as jnp
from jax import Array

from brittlestar._shared.parameter_files import DAYS_PER_YEAR
from brittlestar.drugs import disposition
from brittlestar.drugs.body_size import body_surface_area
from brittlestar.drugs.dose_rule import COLUMNS, dose_mg
from brittlestar.model.healthy import Healthy, Own
from brittlestar.model.parameters import Parameters
from brittlestar.model.state import State, Traits

PIECE = ("start", "end", "drug", *COLUMNS)
"""Columns of a piece of a row: its days from the start of the row, and the infusion at its start, if any."""


class Care(NamedTuple):
    """What a plan brings into one row, of each patient; in tables [output, row, plan, ...], columns last."""

    oral_mg_per_day: Array
    """tablets: (mg/kg, mg if below, mg if above, weight cut) per day [4, drug, patient]"""
    calcium: Array
    """supplement, mg/day [patient]"""
    D25: Array
    """rise of the 25OHD target, nmol/L [patient]"""
    activity: Array
    """load multipliers [V M L, patient]"""
    immobilised: Array
    """planned immobilisation of one limb, 0 or 1 [patient]"""
    rankl: Array
    """factor on osteoclast birth of drugs that act on RANKL, 1 without [patient]"""
    formation: Array
    """factor on osteoblast formation of drugs that build bone, 1 without [patient]"""
    limb_hazard: Array
    """factor on the lower-limb hazard of rods, 1 without [patient]"""
    end_day: Array
    """day on which the row ends [patient]"""
    days: Array
    """length of the row [patient]"""
    cut: Array
    """whether the row is no whole step, or an infusion falls in it or came just before it [patient]"""
    first_piece: Array
    """its first piece, if it is cut [patient]"""
    end_piece: Array
    """the piece after its last [patient]"""


def taken_up(a: Healthy, own: Own, p: Parameters) -> Array:
    """Share of plasma drug that bone takes up [drug, patient]."""
    gfr = p.body.gfr_mature * a.kidney * body_surface_area(own.H, own.W, p.body) / p.body.bsa_reference
    return disposition.skeletal_share(p.drugs.CLb70, p.drugs.kappa, own.W, gfr, own.Ar_theta)


def on_tablets(care: Care) -> Array:
    """Whether tablets are taken [patient]."""
    return jnp.any(care.oral_mg_per_day[:3] != 0.0, axis=(0, 1))


def absorbed(own: Own, age: Array, care: Care, tr: Traits, p: Parameters) -> Array:
    """Drug from tablets that reaches plasma, nmol/day [drug, patient]."""
    share = disposition.absorbed_share(own.W, age, p.drugs) * tr.uptake
    return dose_mg(care.oral_mg_per_day, own.W) * 1e6 / p.drugs.molar_mass * share


def dose_changes(before: Array, after: Array, end_age: Array, care: Care, p: Parameters) -> Array:
    """When in the row the dose of tablets or its absorption changes with weight or age [change, patient].

    Days from the start of the row, infinite where nothing changes in it; weight is linear over the row.

    Args:
        before: weight at the start, kg [patient].
        after: weight at the end.
        end_age: age at the end, years.
        care: what the plan brings.
        p: parameters, drugs restricted to those of the run.
    """
    rule, d = care.oral_mg_per_day, p.drugs
    taken = jnp.any(rule[:3] != 0.0, axis=0)
    gain = after - before
    by_weight = jnp.concatenate([rule[3], jnp.broadcast_to(d.F_cut, taken.shape)]) - before
    birthday = d.F_adult_age - (end_age - care.days / DAYS_PER_YEAR)
    when = jnp.concatenate(
        [
            by_weight / jnp.where(gain != 0.0, gain, jnp.inf) * care.days,
            jnp.broadcast_to(birthday * DAYS_PER_YEAR, taken.shape),
        ]
    )
    changes = jnp.concatenate([taken & (rule[1] != rule[2]), taken, taken])
    return jnp.where(changes & (when > 0.0) & (when < care.days), when, jnp.inf)


def infuse(x: State, piece: Array, a: Healthy, own: Own, p: Parameters) -> State:
    """The state after the infusion at the start of a piece [column, patient]; bone and kidney share it."""
    drug, rule = piece[2], piece[3:]
    mine = jnp.arange(len(x.S))[:, None] == drug
    nmol = jnp.where(mine, dose_mg(rule, own.W) * 1e6 / p.drugs.molar_mass, 0.0)
    bound = nmol * taken_up(a, own, p)
    return x._replace(
        S=x.S + bound, U=x.U + (nmol - bound), relief=x.relief + jnp.any(rule[:3] > 0.0, axis=0)
    )
