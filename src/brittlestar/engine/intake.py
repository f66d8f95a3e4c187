"""What a plan brings into a step, and how much of it bone takes up."""

from typing import NamedTuple

import jax.numpy as jnp
from jax import Array

from brittlestar.drugs import disposition
from brittlestar.drugs.body_size import body_surface_area
from brittlestar.engine.forcing import Healthy, Own
from brittlestar.engine.parameters import Parameters
from brittlestar.engine.state import Traits


class Care(NamedTuple):
    """What a plan brings into one step, looked up for each patient."""

    iv_mg: Array
    """infusions: mg/kg, mg if below, mg if above, weight cut, cap [5, dose, patient]"""
    iv_day: Array
    """their times inside the step, days [dose, patient]"""
    iv_drug: Array
    """their drugs, as rows of the run's drugs [dose, patient]"""
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
    infused: Array
    """whether an infusion falls in this step or came just before it [patient]"""


def drug_amount(rule: Array, weight: Array) -> Array:
    """Milligrams of a rule at a weight; leading axis per kg, if below, if above, weight cut[, cap]."""
    mg = rule[0] * weight + jnp.where(rule[3] > weight, rule[1], rule[2])
    return jnp.minimum(mg, rule[4]) if len(rule) > 4 else mg


def taken_up(a: Healthy, own: Own, p: Parameters) -> Array:
    """Share of plasma drug that bone takes up [drug, patient]."""
    gfr = p.body.gfr_mature * a.kidney * body_surface_area(own.H, own.W, p.body) / p.body.bsa_reference
    return disposition.skeletal_share(p.drugs.CLb70, p.drugs.kappa, own.W, gfr, own.Ar_theta)


def absorbed(own: Own, age: Array, care: Care, fb: Array, tr: Traits, p: Parameters) -> Array:
    """Drug from tablets that bone takes up, nmol/day [drug, patient]."""
    share = disposition.absorbed_share(own.W, age, p.drugs) * tr.uptake
    return drug_amount(care.oral_mg_per_day, own.W) * 1e6 / p.drugs.molar_mass * share * fb
