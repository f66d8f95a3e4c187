"""State of a batch of people and what stays constant for each of them. Last axis patients everywhere."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from brittlestar.bone.mineral import moment_rates
from brittlestar.model.parameters import Parameters
from brittlestar.outcomes.fracture import within_reach
from brittlestar.people.oi_types import TYPES

V, M, L = 0, 1, 2
"""Rows of site arrays: vertebra, metaphysis, long-bone cortex."""


class State(NamedTuple):
    """Everything that changes from step to step."""

    C: Array
    """osteoclasts [V M L], healthy adult = 1"""
    P: Array
    """coupling signal [V M L]"""
    B: Array
    """osteoblasts [V M L]"""
    n: Array
    """Tb.N [V M], 1/mm"""
    h: Array
    """Tb.Th [V M], mm"""
    w: Array
    """iliac cortical width, stands for the spine shell, mm"""
    Rp: Array
    """long-bone periosteal radius, mm"""
    Re: Array
    """long-bone endocortical radius, mm"""
    phi: Array
    """intracortical porosity"""
    joined: Array
    """the part of it that canals left when they joined, for good"""
    mu_v: Array
    """mineral moments E[e^(-qt)] over packets of age t [2], trabecular: they fall as bone mineralises"""
    mu_l: Array
    """mineral moments [2], cortical"""
    u: Array
    """osteoclast exposure in EC50 units [all drug; surface drug and the share mD of what is buried]"""
    S: Array
    """drug on bone surface [drug], nmol"""
    D: Array
    """drug buried in bone [drug], nmol"""
    X: Array
    """drug that left bone for the urine since the start [drug], nmol"""
    U: Array
    """drug that went to the urine before bone had it, since the start [drug], nmol"""
    D25: Array
    """serum 25OHD, nmol/L"""
    lean: Array
    """muscle per expected weight, healthy = 1"""
    x_mem: Array
    """strain that osteocytes remember [V M L]"""
    d: Array
    """microdamage, healthy untreated = 1"""
    K: Array
    """remodelling space, own untreated = 1"""
    ache: Array
    """fading memory of fractures, for pain"""
    relief: Array
    """fading memory of infusions, for pain"""
    recent: Array
    """fading memory of the last fracture, for risk"""
    imm: Array
    """days of immobilisation left"""
    Lam: Array
    """integrated hazard [site]"""
    E: Array
    """integrated hazard at which the next fracture comes [site]"""
    N: Array
    """fractures so far [site]"""


class Bone(NamedTuple):
    """The bone of a state, its fields under their names there, as amounts and strength need it."""

    n: Array
    h: Array
    w: Array
    Rp: Array
    Re: Array
    phi: Array
    joined: Array
    mu_v: Array
    mu_l: Array


class Traits(NamedTuple):
    """What stays constant for a person, [patient] unless said."""

    female: Array
    """1 for female, 0 for male (integer)"""
    act: Array
    """own drug-free turnover over healthy of the same age"""
    act_theta: Array
    """its power theta"""
    act_xi: Array
    """its power xi"""
    act_eph: Array
    """its power eph"""
    h: Array
    """Tb.Th over healthy"""
    nU: Array
    """own untreated Tb.N, 1/mm"""
    om: Array
    """cortical width over healthy"""
    q: Array
    """iliac periosteal drift over healthy"""
    qL: Array
    """long-bone radius over healthy, own height included"""
    r0: Array
    """height ratio at birth"""
    r1: Array
    """height ratio as an adult"""
    own: Array
    """own height factor"""
    bmi: Array
    """body-mass index over healthy"""
    cm: Array
    """mineral of a full packet over healthy"""
    mineral_rates: Array
    """decay rates of the mineral moments [2], 1/day"""
    ph: Array
    """porosity over healthy"""
    qS: Array
    """matrix strength"""
    qK: Array
    """matrix toughness"""
    reach: Array
    """share of the risk of fracture that stronger or quieter bone can take away"""
    psi: Array
    """propeptide secretion over healthy"""
    lean: Array
    """muscle over healthy; level of the bone-mass brake"""
    hazard: Array
    """residual hazard of the type times frailty"""
    frailty: Array
    """own susceptibility to fracture, 1 on average"""
    drug: Array
    """own sensitivity to the drug, factor of exposure"""
    uptake: Array
    """own oral absorption times adherence"""
    intake: Array
    """calcium intake, mg/day"""
    D25: Array
    """usual serum 25OHD, nmol/L"""
    puberty_shift: Array
    """years by which puberty comes later than usual"""


class People(NamedTuple):
    """The arrays of a cohort that the engine reads, [patient]; ids and traits as sampled."""

    id: Array
    age_years: Array
    sex: Array
    oi_type: Array
    height_z: Array
    weight_factor: Array
    eta_activity: Array
    eta_bone: Array
    eta_drug: Array
    eta_absorption: Array
    frailty: Array
    adherence: Array
    calcium_mg_per_day: Array
    vitamin_d_nmol_per_l: Array
    puberty_shift_years: Array


class Person(NamedTuple):
    """Who is followed, [patient]."""

    id: Array
    """key of their chance"""
    plan: Array
    """which of the run's plans they follow"""
    entry_age: Array
    """age at entry, years"""
    traits: Traits


def of_each(tree: Any, plan: Any) -> Any:
    """Each patient's values [..., patient] from those of the plans [plan, ...], leaf by leaf.

    Args:
        tree: arrays, plans first.
        plan: which plan each patient follows [patient].
    """
    return jax.tree.map(lambda values: jnp.moveaxis(jnp.asarray(values)[plan], 0, -1), tree)


def typical_bones(oi_type: str, age_years: Array, sex: Array) -> People:
    """Typical people of a type, one for each age and sex, for what depends on their bones alone.

    Their intake of calcium and vitamin D is left at 0: own untreated bone has its usual supply.
    """
    zero, one = jnp.zeros_like(age_years), jnp.ones_like(age_years)
    return People(
        id=jnp.zeros(age_years.shape, jnp.int64),
        age_years=age_years,
        sex=sex,
        oi_type=jnp.full(age_years.shape, TYPES.index(oi_type)),
        height_z=zero,
        weight_factor=one,
        eta_activity=zero,
        eta_bone=zero,
        eta_drug=zero,
        eta_absorption=zero,
        frailty=one,
        adherence=one,
        calcium_mg_per_day=zero,
        vitamin_d_nmol_per_l=zero,
        puberty_shift_years=zero,
    )


def traits(people: People, p: Parameters) -> Traits:
    """Constants of each person from type and own deviations.

    om = om_type e^{eta_bone}, Tb.N = nH n_type e^{eta_bone/2}, turnover = act_type e^{eta_activity}.
    """
    kind = people.oi_type

    def by_type(values: Array) -> Array:
        return jnp.asarray(values)[kind]

    t = p.types
    act = by_type(t.act) * jnp.exp(people.eta_activity)
    own = 1.0 + p.growth.height_cv * people.height_z
    return Traits(
        female=people.sex,
        act=act,
        act_theta=act**p.shared.theta,
        act_xi=act**p.shared.xi,
        act_eph=act**p.cortex.eph,
        h=by_type(t.h),
        nU=p.turnover.nH * by_type(t.n) * jnp.exp(0.5 * people.eta_bone),
        om=by_type(t.om) * jnp.exp(people.eta_bone),
        q=by_type(t.q),
        qL=by_type(t.qL) * own,
        r0=by_type(t.r0),
        r1=by_type(t.r1),
        own=own,
        bmi=by_type(t.bmi) * people.weight_factor,
        cm=by_type(t.cm),
        mineral_rates=moment_rates(by_type(t.k2x), p.mineral),
        ph=by_type(t.ph),
        qS=by_type(t.qS),
        qK=by_type(t.qK),
        reach=within_reach(by_type(t.qK) / jnp.asarray(t.qK)[TYPES.index("I")], p.fracture),
        psi=by_type(t.psi),
        lean=by_type(t.lean),
        hazard=by_type(t.R) * people.frailty,
        frailty=jnp.asarray(people.frailty),
        drug=jnp.exp(-people.eta_drug),
        uptake=people.adherence * jnp.exp(people.eta_absorption),
        intake=people.calcium_mg_per_day,
        D25=people.vitamin_d_nmol_per_l,
        puberty_shift=people.puberty_shift_years,
    )
