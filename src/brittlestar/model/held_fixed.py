"""What does not depend on how bone changes over a span: the person, muscle, calcium, drug in plasma."""

from typing import NamedTuple

import jax.numpy as jnp
from jax import Array

from brittlestar._shared.parameter_files import DAYS_PER_YEAR
from brittlestar._shared.schedule import Care
from brittlestar.bone import calcium, mechanics, remodelling
from brittlestar.bone.integration import relax
from brittlestar.drugs import exposure
from brittlestar.model.amounts_given import absorbed, on_tablets, taken_up
from brittlestar.model.healthy import Body, body_at, midway, own_height
from brittlestar.model.moment import Moment, Span
from brittlestar.model.parameters import Parameters
from brittlestar.model.skipping import if_anyone
from brittlestar.model.state import L, State, Traits


class DrugSupply(NamedTuple):
    """Drug on its way to bone."""

    given: Array
    """whether there is drug in bone or on its way [patient]; if not, what follows does not matter"""
    frame: Array
    """skeletal mass of healthy bone at this height, relative to a 2500 g adult [patient]"""
    fb: Array
    """share of plasma drug taken up by bone [drug, patient]"""
    absorbed: Array
    """tablets' drug that reaches plasma, nmol/day [drug, patient]"""
    oral: Array
    """and what bone takes up of it"""


class HeldFixed(NamedTuple):
    """What stays the same through the rounds of a span."""

    body: Body
    """in the middle of the span"""
    stride: Array
    """relative growth of height over the span [patient]"""
    lean: Array
    """muscle at the end [patient]"""
    pull: Array
    """muscle at work, activity times lean mass [site, patient]"""
    D25: Array
    """serum 25OHD at the end [patient]"""
    rank: Array
    """RANKL/OPG factor of calcium lack and of drugs that act on RANKL [patient]"""
    balance: Array
    """formation per unit of resorption at this age [patient]"""
    added: Array
    """formation that drugs add [site, patient]"""
    limb_hazard: Array
    """factor on the lower-limb hazard of rods [patient]"""
    drug: DrugSupply


def hold_fixed(now: Moment, span: Span, care: Care, tr: Traits, p: Parameters) -> HeldFixed:
    """Growth, muscle, vitamin D, calcium and the supply of drug over a span."""
    x, body = now.state, body_at(midway(now.healthy, span.healthy), tr, p)
    active = load_of_activity(x, span, care, p)
    lean_target = mechanics.lean_target(tr.lean, active[L], p.mechanics)
    lean = relax(x.lean, lean_target, jnp.exp(-p.mechanics.k_lean * span.days))
    D25 = relax(x.D25, tr.D25 + care.vitamin_d_nmol_per_l, jnp.exp(-p.calcium.k_D * span.days))
    intake, H = tr.intake + care.calcium_mg_per_day, body.own.H
    lack = calcium.resorption_drive(intake, 0.5 * (x.D25 + D25), H, body.healthy.g, p.calcium)
    grown = span.healthy.H * own_height(span.healthy, tr) - now.healthy.H * own_height(now.healthy, tr)
    return HeldFixed(
        body=body,
        stride=grown / H,
        lean=lean,
        pull=active * 0.5 * (x.lean + lean),
        D25=D25,
        rank=lack * care.rankl,
        balance=body.healthy.balance,
        added=remodelling.added_formation(care.formation, p.remodelling),
        limb_hazard=care.limb_hazard,
        drug=drug_supply(x, span, care, body, p),
    )


def load_of_activity(x: State, span: Span, care: Care, p: Parameters) -> Array:
    """Load multipliers, with a limb at rest for the part of the span that its rest lasts [site, patient]."""
    # How long a limb rests must not depend on where a run is cut.
    at_rest = jnp.maximum(jnp.clip(x.imm / span.length, 0.0, 1.0), care.immobilised)
    return mechanics.activity(care.activity, at_rest, p.mechanics)


def drug_supply(x: State, span: Span, care: Care, body: Body, p: Parameters) -> DrugSupply:
    """What tablets bring and how plasma drug is shared; worked out only where someone has drug."""
    given = jnp.any((x.S > 0.0) | (x.D > 0.0), axis=0) | jnp.any(x.u > 0.0, axis=0) | on_tablets(care)

    def supply() -> tuple[Array, Array, Array]:
        fb, age = taken_up(body, p), span.end_age - 0.5 * span.days / DAYS_PER_YEAR
        frame = exposure.skeletal_mass(body.own.H, jnp.ones(()), p.shared)
        return frame, fb, absorbed(body, age, care, p)

    def nothing() -> tuple[Array, Array, Array]:
        return jnp.ones_like(body.own.H), jnp.zeros_like(x.S), jnp.zeros_like(x.S)

    frame, fb, tablets = if_anyone(jnp.any(given), supply, nothing)
    return DrugSupply(given, frame, fb, tablets, tablets * fb)
