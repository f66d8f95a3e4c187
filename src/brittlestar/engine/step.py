"""One step of everyone's skeleton: the order of operations and nothing else."""

from collections.abc import Callable
from typing import NamedTuple

import jax.numpy as jnp
from jax import Array
from jax.typing import ArrayLike

from brittlestar.bone import calcium, cortex, damage, mechanics, mineral, trabecular
from brittlestar.bone._functions import relax
from brittlestar.drugs import disposition, exposure
from brittlestar.drugs.body_size import glomerular_filtration_rate
from brittlestar.engine.fast import Doses, Means, Setting, fast_chain
from brittlestar.engine.forcing import (
    Healthy,
    Own,
    cortical_packet_rate,
    healthy_at,
    own_at,
    trabecular_packet_rate,
)
from brittlestar.engine.parameters import Parameters
from brittlestar.engine.skeleton import Amounts, amounts, strengths
from brittlestar.engine.state import L, M, State, Traits, V
from brittlestar.outcomes import fracture

NextFracture = Callable[[Array], Array]
"""From fractures so far [site, patient] to the further hazard until the next one [site, patient]."""


class Care(NamedTuple):
    """What a plan brings into one step, looked up for each patient."""

    iv_mg: Array
    """infusions: (mg/kg, mg if below, mg if above, weight cut, cap) [5, dose, drug, patient]"""
    iv_day: Array
    """their times inside the step, days [dose, drug, patient]"""
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


def doses(care: Care, age: Array, own: Own, fb: Array, tr: Traits, p: Parameters) -> Doses:
    """Milligrams at this weight become nmol taken up by bone."""
    nmol_per_mg = 1e6 / p.drugs.molar_mass
    per_kg, below, above, cut, cap = care.iv_mg
    mg = jnp.minimum(per_kg * own.W + jnp.where(cut > own.W, below, above), cap)
    per_kg, below, above, cut = care.oral_mg_per_day
    tablets = per_kg * own.W + jnp.where(cut > own.W, below, above)
    absorbed = tablets * disposition.absorbed_share(own.W, age, p.drugs) * tr.uptake
    return Doses(mg * nmol_per_mg * fb, care.iv_day, absorbed * nmol_per_mg * fb)


def setting(
    x: State,
    y: Amounts,
    a: Healthy,
    own: Own,
    age: Array,
    care: Care,
    rank: Array,
    load: Array,
    tr: Traits,
    p: Parameters,
) -> Setting:
    """What the fast chain sees as constant during the step."""
    gfr = glomerular_filtration_rate(age, own.H, own.W, p.body)
    return Setting(
        Ar=own.Ar,
        rank=rank,
        load=load,
        h=x.h[V],
        renewal=p.trabecular.gam * a.g,
        mass=exposure.skeletal_mass(own.H, y.T, p.shared) / tr.drug,
        fb=disposition.skeletal_share(p.drugs.CLb70, p.drugs.kappa, own.W, gfr, own.Ar, p.shared),
    )


def structure(
    x: State,
    y: Amounts,
    m: Means,
    load: Array,
    a: Healthy,
    own: Own,
    tr: Traits,
    days: ArrayLike,
    p: Parameters,
) -> tuple[State, Array]:
    """Trabeculae and cortex, and the supply factor e^{rho_s sup} of new vertebral trabeculae."""
    pt, pc, v0 = p.trabecular, p.cortex, p.turnover.v0

    def stopped(site: int, amount: Array, exponent: ArrayLike) -> Array:
        return trabecular.drift_stopped(m.R[site], own.Ar, amount, tr.lean, exponent, pt)

    spongy = jnp.stack([stopped(V, y.T, pt.p_m), stopped(M, y.M, pt.p_m)])
    shell = jnp.maximum(stopped(V, y.T, pc.p_w), pc.sup_floor)
    limb = jnp.maximum(stopped(L, y.L, pc.p_w), pc.sup_floor)
    R, B = m.R[: M + 1], m.B[: M + 1]
    renewal = jnp.stack([pt.gam * a.g, pt.gamM * a.g])
    kex = jnp.stack([jnp.asarray(pt.kexV), jnp.asarray(pt.kexM)])[:, None]
    t = p.turnover
    w_rate = cortex.cortical_width_rate(a.dX, tr.q, tr.om, t.wd, load[V], shell, v0, m.R[V], m.B[V], pc)
    Re_rate = cortex.endocortical_rate(a.dX, t.dRp, t.dRe, tr.qL, tr.om, limb, v0, m.R[L], m.B[L], pc)
    x = x._replace(
        h=trabecular.trabecular_thickness(x.h, own.hT, R, B, m.drug, v0, days, pt),
        n=trabecular.trabecular_number(x.n, tr.nU, R, spongy, renewal, kex, days, pt),
        w=jnp.maximum(x.w + days * w_rate, pc.w_floor),
        Rp=x.Rp + days * cortex.periosteal_rate(a.dX, t.dRp, tr.qL, load[L]),
        Re=jnp.maximum(x.Re + days * Re_rate, pc.Re_floor),
        phi=cortex.porosity(x.phi, own.phi, tr.ph, m.R[L] / own.Ar, m.R[L], m.B[L], days, pc),
    )
    return x, jnp.exp(pt.rho_s * spongy[V])


def mineralise(
    x: State, old: State, m: Means, supply: Array, a: Healthy, tr: Traits, days: ArrayLike, p: Parameters
) -> State:
    """Packets of trabecular and cortical bone age and fill."""
    f_v = trabecular_packet_rate(m.B[V], x.h[V], a.g, tr.nU * supply / old.n[V], p)
    f_l = cortical_packet_rate(m.B[L], a.dX, tr.qL, old.Rp, old.Re, p)
    fading = jnp.exp(-tr.mineral_rates * days)
    return x._replace(
        mu_v=mineral.moments(x.mu_v, f_v, tr.mineral_rates, fading, days),
        mu_l=mineral.moments(x.mu_l, f_l, tr.mineral_rates, fading, days),
    )


def hazards(x: State, a: Healthy, own: Own, tr: Traits, p: Parameters) -> Array:
    """Fracture hazard by site [site, patient], per day."""
    s = strengths(x, amounts(x, a, own, p), a, tr, p)
    reference = jnp.stack([a.rate_LL, a.rate_UL, a.rate_oth, a.rate_V])
    channel = fracture.turnover_channel(x.K, p.fracture)
    return fracture.hazard(
        reference, tr.hazard, channel, x.recent, s.limb, s.vertebra, s.toughness / tr.qK, p.fracture
    )


def _midway(old: State, new: State) -> State:
    """State halfway through the step, for the midpoint rule of the integrated hazard."""
    names = ("n", "h", "w", "Rp", "Re", "phi", "mu_v", "mu_l", "d", "K", "recent")
    return new._replace(**{k: 0.5 * (getattr(old, k) + getattr(new, k)) for k in names})


def fractures(x: State, Lam_old: Array, next_fracture: NextFracture, p: Parameters) -> tuple[State, Array]:
    """Events where the integrated hazard has crossed the next arrival; at most one per site and step.

    A fracture hurts, raises the risk for a while, and in a lower limb immobilises. Also returns when in the
    step it came: 0 no fracture, else 1 to 255 as the share of the step that had passed.
    """
    event = x.Lam >= x.E
    passed = jnp.clip((x.E - Lam_old) / jnp.where(event, x.Lam - Lam_old, 1.0), 0.0, 1.0)
    when = jnp.where(event, jnp.ceil(1.0 + 254.0 * passed), 0.0).astype(jnp.uint8)
    N = x.N + event
    any_site = jnp.any(event, axis=0)
    return x._replace(
        N=N,
        E=jnp.where(event, x.E + next_fracture(N), x.E),
        ache=x.ache + any_site,
        recent=jnp.where(any_site, 1.0, x.recent),
        imm=jnp.where(event[0], jnp.maximum(x.imm, p.fracture.imm_weeks), x.imm),
    ), when


def step(
    x: State,
    age: Array,
    care: Care,
    tr: Traits,
    rows: Array,
    p: Parameters,
    days: ArrayLike,
    substeps: int,
    next_fracture: NextFracture | None,
) -> tuple[State, Array]:
    """Advance everyone by ``days``; returns the new state and when fractures came [site, patient].

    Args:
        x: state at the start.
        age: age in years at the middle of the step [patient].
        care: what each patient's plan brings.
        tr: constants of each patient.
        rows: healthy references by sex and age, from :func:`brittlestar.engine.forcing.table`.
        p: parameters, drugs restricted to those of the run.
        days: length of the step.
        substeps: parts into which the fast chain is cut.
        next_fracture: draws the next arrival; ``None`` gives the expected course without events.
    """
    a = healthy_at(age, tr, rows)
    own = own_at(a, tr, p)
    y = amounts(x, a, own, p)

    limb_fixed = jnp.maximum(jnp.where(x.imm > 0.0, 1.0, 0.0), care.immobilised)
    active = mechanics.activity(care.activity, limb_fixed, p.mechanics)
    strain = active * x.lean / jnp.stack([y.T, y.M, y.L])
    more, load = mechanics.remodelling_gains(strain, x.x_mem, p.mechanics)
    D25 = relax(x.D25, tr.D25 + care.D25, jnp.exp(-p.calcium.k_D * days))
    rank = more * calcium.resorption_drive(tr.intake + care.calcium, D25, own.H, a.g, p.calcium)

    s = setting(x, y, a, own, age, care, rank, load, tr, p)
    new, m = fast_chain(x, doses(care, age, own, s.fb, tr, p), days, substeps, s, p)
    new, supply = structure(new, y, m, load, a, own, tr, days, p)
    new = mineralise(new, x, m, supply, a, tr, days, p)

    pm, pf, pd = p.mechanics, p.fracture, p.damage
    infusions = jnp.sum(jnp.any(care.iv_mg[:3] > 0.0, axis=0), axis=(0, 1))
    new = new._replace(
        D25=D25,
        lean=relax(x.lean, mechanics.lean_target(tr.lean, active[L], pm), jnp.exp(-pm.k_lean * days)),
        x_mem=relax(x.x_mem, strain, jnp.exp(-days / pm.Tmem)),
        d=damage.microdamage(x.d, a.A, strain[L], m.R[L], days, pd),
        K=damage.cavity_burden(x.K, m.R[V] / own.Ar, days, pd),
        ache=x.ache * jnp.exp(-p.pain.fracture_decay * days),
        relief=x.relief * jnp.exp(-p.pain.infusion_decay * days) + infusions,
        recent=x.recent * jnp.exp(-jnp.log(2.0) / pf.after_half * days),
        imm=jnp.maximum(x.imm - days, 0.0),
    )
    new = new._replace(Lam=x.Lam + days * hazards(_midway(x, new), a, own, tr, p))
    if next_fracture is None:
        return new, jnp.zeros(x.N.shape, jnp.uint8)
    return fractures(new, x.Lam, next_fracture, p)


def rest(age: Array, tr: Traits, rows: Array, p: Parameters, first: Array) -> State:
    """The untreated balance at the starting age, in closed form.

    Args:
        age: age in years [patient].
        tr: constants of each patient.
        rows: healthy references.
        p: parameters, drugs restricted to those of the run.
        first: hazard at which the first fracture comes [site, patient].
    """
    a = healthy_at(age, tr, rows)
    own = own_at(a, tr, p)
    three, two = jnp.ones((3, 1)), jnp.ones((2, 1))
    zero, none = jnp.zeros_like(own.Ar), jnp.zeros((len(p.drugs.molar_mass), len(own.Ar)))
    Rp = tr.qL * a.Rp
    Re = Rp - tr.om * tr.qL * a.T
    f_v = trabecular_packet_rate(own.Ar, own.hT, a.g, 1.0, p)
    f_l = cortical_packet_rate(own.Ar, a.dX, tr.qL, Rp, Re, p)
    q = tr.mineral_rates
    x = State(
        C=three * own.Ar,
        P=three * own.Ar,
        B=three * own.Ar,
        n=two * tr.nU,
        h=two * own.hT,
        w=tr.om * a.w,
        Rp=Rp,
        Re=Re,
        phi=own.phi * tr.ph,
        mu_v=mineral.steady_moments(f_v, q),
        mu_l=mineral.steady_moments(f_l, q),
        u=two * zero,
        S=none,
        D=none,
        X=none,
        D25=tr.D25 + zero,
        lean=tr.lean,
        x_mem=three * zero,
        d=zero,
        K=zero + 1.0,
        ache=zero,
        relief=zero,
        recent=zero,
        imm=zero,
        Lam=jnp.zeros_like(first),
        E=first,
        N=jnp.zeros(first.shape, jnp.int32),
    )
    y = amounts(x, a, own, p)
    return x._replace(x_mem=tr.lean / jnp.stack([y.T, y.M, y.L]), d=a.A * (tr.lean / y.L) ** 2 / own.Ar)
