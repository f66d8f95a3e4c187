"""The model: differential equations, organ by organ, per day. This is its statement; all else solves it.

State and symbols are those of :class:`brittlestar.model.state.State`; parameters stand with their sources in
TOML files in the rooms of bone, drugs, outcomes and people. The equations are written as rates, independently
of the update formulas of :mod:`brittlestar.model.step`, so that the two check each other:
:mod:`brittlestar.model.reference_solution` solves these to a tight tolerance. Expected course only: no
fracture events. Infusions are jumps.
"""

from typing import Any, NamedTuple

import jax.numpy as jnp
from jax import Array
from jax.typing import ArrayLike

from brittlestar._shared.parameter_files import DAYS_PER_YEAR
from brittlestar._shared.schedule import Care
from brittlestar.bone import calcium, mechanics, remodelling
from brittlestar.bone.mineral import filling_formation
from brittlestar.drugs import disposition, exposure
from brittlestar.drugs.body_size import body_surface_area
from brittlestar.model.amounts_given import dose_of, tablet_rule
from brittlestar.model.hazard import hazards
from brittlestar.model.healthy import (
    Body,
    Healthy,
    Own,
    body_at,
    healthy_at,
)
from brittlestar.model.packets import cortical_packet_rate, trabecular_packet_rate
from brittlestar.model.parameters import Parameters
from brittlestar.model.skeleton import Amounts, amounts
from brittlestar.model.state import L, M, Person, State, V
from brittlestar.outcomes.fracture import LOWER_LIMB

EVENTS_ONLY = ("imm", "E", "N")
"""Rows of the state that only fracture events change."""


class Now(NamedTuple):
    """What several organs need to know of the present, [..., patient]."""

    age: Array
    """years"""
    a: Healthy
    own: Own
    y: Amounts
    """bone amounts"""
    bone: Array
    """those that carry load [V M L]"""
    R: Array
    """resorption [V M L]"""
    exposure: Array
    """e of osteoclasts, with its power and ceiling: ``exposure.capped`` [V M L]"""
    strain: Array
    """[V M L]"""
    rank: Array
    """RANKL/OPG [V M L]"""
    load: Array
    """mechanical gain of formation [V M L]"""


def rates(day: Array, x: State, care: Care, person: Person, references: Array, p: Parameters) -> State:
    """Time derivatives of the state, per day, care being constant.

    Args:
        day: time since entry.
        x: state.
        care: what each patient gets [..., patient].
        person: who they are.
        references: healthy references by sex and age.
        p: parameters, drugs restricted to those of the run.
    """
    tr = person.traits
    age = person.entry_age + day / DAYS_PER_YEAR
    body = body_at(healthy_at(age, tr, references), tr, p)
    now = present(x, age, care, body, p)
    spongy, cortical = drift_stopped(now, tr.lean, p)
    organs = (
        cells(x, now, care, p)
        | drug(x, now, care, body, p)
        | trabeculae(x, now, spongy, body, p)
        | cortex(x, now, cortical, body, p)
        | mineralise(x, now, spongy, body, p)
        | muscle_and_vitamin_d(x, now, care, body, p)
        | wear(x, now, p)
        | fade(x, p)
    )
    still = {name: jnp.zeros_like(getattr(x, name)) for name in EVENTS_ONLY}
    Lam = hazards(x, now.y, body, p).at[LOWER_LIMB].multiply(care.limb_hazard)
    return State(**organs, **still, Lam=Lam)


def present(x: State, age: Array, care: Care, body: Body, p: Parameters) -> Now:
    """Bone amounts, what osteoclasts do under the drug, load, and the drive of osteoclast birth."""
    a, own, tr = body
    y = amounts(x, a, own.r, p)
    bone = jnp.stack([y.T, y.M, y.L])
    # Vertebra and long bone meet all the drug, the metaphysis what lies on the surface.
    e = exposure.capped(x.u, p.shared)[jnp.array([0, 1, 0])]
    strain = mechanics.activity(care.activity, care.immobilised, p.mechanics) * x.lean / bone
    more, load = mechanics.remodelling_gains(strain / x.x_mem, p.mechanics)
    drive = calcium.resorption_drive(tr.intake + care.calcium_mg_per_day, x.D25, own.H, a.g, p.calcium)
    R = x.C * (1.0 + e) ** -p.shared.s
    rank = more * drive * care.rankl
    return Now(age, a, own, y, bone, R=R, exposure=e, strain=strain, rank=rank, load=load)


def cells(x: State, now: Now, care: Care, p: Parameters) -> dict[str, Array]:
    """Osteoclasts C, coupling signal P, osteoblasts B.

    Birth follows RANKL/OPG, the drug adds apoptosis; what resorption frees calls osteoblasts, biologics add
    to that, and load asks for more of both.
    """
    pr, apoptosis = p.remodelling, (1.0 + now.exposure) ** (1.0 - p.shared.s)
    call = x.P * now.a.balance + remodelling.added_formation(care.formation, pr)
    return {
        "C": pr.kC * (now.own.Ar * now.rank - apoptosis * x.C),
        "P": (now.R - x.P) / pr.tauP,
        "B": (call * now.load - x.B) / pr.tauB,
    }


def drug(x: State, now: Now, care: Care, body: Body, p: Parameters) -> dict[str, Array]:
    """Drug on the surface S and buried D, in the urine from bone X and before it U, exposure u.

    Bone and kidney share what reaches plasma; turnover buries drug and frees it again.
    """
    own, ps = now.own, p.shared
    fb = share_of_bone(body, p)
    renewal = p.trabecular.gam * now.a.g
    pool = disposition.pool_rates(
        p.drugs.kdes, fb, now.R[V], x.B[V], own.Ar, own.Ar**ps.xi, x.h[V], renewal, ps
    )
    tablets = dose_of(tablet_rule(care), body, p) * disposition.absorbed_share(own.W, now.age, p.drugs)
    absorbed = tablets * body.traits.uptake * 1e6 / p.drugs.molar_mass
    freed, lost = pool.release * x.D, pool.loss_S * x.S
    ec = p.drugs.EC50 * p.drugs.EC50_scale * exposure.skeletal_mass(own.H, now.y.T, ps) / body.traits.drug
    freed_by_each = ps.kS + ps.w * p.drugs.kdes * x.h[V] / (own.Ar * ps.h_ref)
    surface = jnp.sum(freed_by_each * x.S / ec, axis=0)
    buried = ps.aD * jnp.sum(ps.kD * x.D / ec, axis=0)
    return {
        "u": ps.kO * (surface + jnp.stack([buried, ps.mD * buried]) - x.u),
        "S": absorbed * fb + fb * freed - lost - pool.burial * x.S,
        "D": pool.burial * x.S - freed,
        "X": lost + (1.0 - fb) * freed,
        "U": (1.0 - fb) * absorbed,
    }


def share_of_bone(body: Body, p: Parameters) -> Array:
    """Share of plasma drug that bone takes up now [drug, patient]."""
    own = body.own
    area = body_surface_area(own.H, own.W, p.body) / p.body.bsa_reference
    gfr = p.body.gfr_mature * body.healthy.kidney * area
    clearance = p.drugs.CLb70 * (own.W / 70.0) ** 0.75 * own.Ar**p.shared.theta
    return clearance / (clearance + p.drugs.kappa * gfr)


def drift_stopped(now: Now, lean: Array, p: Parameters) -> tuple[Array, Array]:
    """Share of the drift of growth that low resorption stops, of spongy bone [V M] and of cortex [V L]."""
    pt, pc = p.trabecular, p.cortex

    def stopped(site: int, exponent: Any) -> Array:
        rho = jnp.clip(now.R[site] / now.own.Ar, pt.sup_least, 1.0)
        return (1.0 - rho**exponent) / (1.0 + (now.bone[site] / (pt.Mbr * lean)) ** pt.nbr)

    spongy = jnp.stack([stopped(V, pt.p_m), stopped(M, pt.p_m)])
    cortical = jnp.stack([stopped(site, pc.p_w) for site in (V, L)])
    return spongy, cortical


def trabeculae(x: State, now: Now, spongy: Array, body: Body, p: Parameters) -> dict[str, Array]:
    """Tb.N n and Tb.Th h of vertebra and metaphysis.

    Refilled more than dug out they thicken, towards a target that the drug raises; growth plates make new
    ones, those above the person's own number are lost with resorption, and with age some are cut through.
    """
    pt, v0, two = p.trabecular, p.turnover.v0, jnp.array([V, M])
    R, B, e = now.R[two], x.B[two], now.exposure[two]
    target = now.own.hT * (1.0 + pt.beta_d * (e / (1.0 + e)))
    thicker = 2.0 * v0 * (pt.kap * B * (1.0 - x.h / target) + B - R)
    renewal = jnp.stack([pt.gam * now.a.g, pt.gamM * now.a.g])
    kex = jnp.stack([jnp.asarray(pt.kexV), jnp.asarray(pt.kexM)])[:, None]
    nU, cut = body.traits.nU, pt.kper * (1.0 - now.a.balance) * R
    growth = renewal * (nU * jnp.exp(pt.rho_s * spongy) - x.n)
    return {
        "n": growth - kex * R * jnp.maximum(x.n - nU, 0.0) - cut * x.n,
        "h": held(thicker, x.h, pt.h_floor, pt.bvtv_most / x.n),
    }


def cortex(x: State, now: Now, cortical: Array, body: Body, p: Parameters) -> dict[str, Array]:
    """Shell width w, periosteal and endocortical radius Rp and Re of a long bone, porosity phi.

    Pores follow turnover; those that canals leave when they join stay.
    """
    a, own, tr = body
    pc, t, v0, R, B = p.cortex, p.turnover, p.turnover.v0, now.R, x.B
    shell, limb = cortical
    inner = pc.vp * tr.q - tr.om * t.wd
    widening = a.dX * tr.qL * (t.dRp - tr.om * (t.dRp - t.dRe)) * (1.0 - pc.rho_L * limb)
    wider = a.dX * (pc.vp * tr.q * now.load[V] - inner * (1.0 - pc.rho_w * shell)) + v0 * (B[V] - R[V])
    outward = a.dX * t.dRp * tr.qL * now.load[L]
    pores = own.phi * (tr.ph - pc.follow + pc.follow * R[L] / own.Ar) + pc.aph / pc.kph * (R[L] - B[L])
    joining = pc.fL * R[L] * a.unfilled
    follows = pc.kph * (pores - (x.phi - x.joined))
    return {
        "w": held(wider, x.w, pc.w_floor, jnp.inf),
        "Rp": outward,
        "Re": held(widening - 0.5 * v0 * (B[L] - R[L]), x.Re, pc.Re_floor, x.Rp - pc.T_floor, outward),
        "phi": held(follows + joining, x.phi, pc.phi_least, pc.phi_most),
        "joined": joining,
    }


def held(rate: ArrayLike, x: Array, low: ArrayLike, high: ArrayLike, edge: ArrayLike = 0.0) -> Array:
    """The rate, without what would carry x below ``low`` or above ``high``, which moves at ``edge``."""
    rate = jnp.where(x <= low, jnp.maximum(rate, 0.0), rate)
    return jnp.where(x >= high, jnp.minimum(rate, edge), rate)


def mineralise(x: State, now: Now, spongy: Array, body: Body, p: Parameters) -> dict[str, Array]:
    """Mineral moments of packets, emptied by turnover, filled with time: trabecular mu_v, cortical mu_l."""
    a, tr, q = now.a, body.traits, body.traits.mineral_rates
    B = filling_formation(x.B, now.own.Ar * a.balance, a.mature, p.mineral)
    new_over_present = tr.nU * jnp.exp(p.trabecular.rho_s * spongy[V]) / x.n[V]
    f_v = trabecular_packet_rate(B[V], x.h[V], a.g, new_over_present, p)
    f_l = cortical_packet_rate(B[L], a.dX, tr.qL, x.Rp, x.Re, p)
    return {"mu_v": f_v * (1.0 - x.mu_v) - q * x.mu_v, "mu_l": f_l * (1.0 - x.mu_l) - q * x.mu_l}


def muscle_and_vitamin_d(x: State, now: Now, care: Care, body: Body, p: Parameters) -> dict[str, Array]:
    """Muscle follows activity, osteocytes' memory the strain, serum 25OHD the supplement."""
    tr, pm = body.traits, p.mechanics
    active = mechanics.activity(care.activity, care.immobilised, pm)
    return {
        "lean": pm.k_lean * (mechanics.lean_target(tr.lean, active[L], pm) - x.lean),
        "x_mem": (now.strain - x.x_mem) / pm.Tmem,
        "D25": p.calcium.k_D * (tr.D25 + care.vitamin_d_nmol_per_l - x.D25),
    }


def wear(x: State, now: Now, p: Parameters) -> dict[str, Array]:
    """Microdamage d by strain, removed by resorption; remodelling space K."""
    return {
        "d": p.damage.kr * (now.a.A * now.strain[L] ** 2 - now.R[L] * x.d),
        "K": (now.R[V] / now.own.Ar - x.K) / p.damage.tc,
    }


def fade(x: State, p: Parameters) -> dict[str, Array]:
    """Fractures and infusions are forgotten."""
    return {
        "ache": -p.pain.fracture_decay * x.ache,
        "relief": -p.pain.infusion_decay * x.relief,
        "recent": -jnp.log(2.0) / p.fracture.after_half * x.recent,
    }


def infused(day: Array, x: State, doses: Array, person: Person, references: Array, p: Parameters) -> State:
    """The state just after infusions [drug, dose, 5, patient]."""
    tr = person.traits
    age = person.entry_age + day / DAYS_PER_YEAR
    body = body_at(healthy_at(age, tr, references), tr, p)
    mg = dose_of(jnp.moveaxis(doses, 2, 0), body, p)
    nmol, fb = jnp.sum(mg, axis=1) * 1e6 / p.drugs.molar_mass, share_of_bone(body, p)
    relief = x.relief + jnp.sum(mg > 0.0, axis=(0, 1))
    return x._replace(S=x.S + nmol * fb, U=x.U + nmol * (1.0 - fb), relief=relief)
