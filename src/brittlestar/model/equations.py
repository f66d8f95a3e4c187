"""The same model as differential equations, solved to a tight tolerance: what the step is held to.

Nothing here is fast. The equations are written as rates, apart from the update formulas of the step, so
that the two check each other. Expected course only: no fracture events. Infusions are jumps.
"""

from collections.abc import Sequence
from functools import lru_cache, partial
from typing import Any, NamedTuple

import diffrax
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.typing import ArrayLike

from brittlestar._shared.parameter_files import DAYS_PER_YEAR
from brittlestar.bone import calcium, mechanics
from brittlestar.drugs import disposition, exposure
from brittlestar.drugs.body_size import glomerular_filtration_rate
from brittlestar.drugs.dose_rule import dose_mg
from brittlestar.model.at_rest import rest
from brittlestar.model.healthy import (
    Healthy,
    Own,
    Reference,
    cortical_packet_rate,
    healthy_at,
    load_reference,
    own_at,
    table,
    trabecular_packet_rate,
)
from brittlestar.model.outputs import UNITS, read
from brittlestar.model.parameters import Parameters, default_parameters
from brittlestar.model.skeleton import amounts
from brittlestar.model.state import L, M, People, State, Traits, V, traits
from brittlestar.model.step import hazards

CONSTANT = ("imm", "E", "N")
"""Rows of the state that only fracture events change."""


class Stretch(NamedTuple):
    """A time between two changes of care; every array has the stretches first, then plans."""

    start: Array
    """day"""
    end: Array
    doses: Array
    """infusions at ``start`` [plan, drug, dose, 5]"""
    oral: Array
    """[plan, drug, 4]"""
    calcium: Array
    D25: Array
    activity: Array
    """[plan, 3]"""
    immobilised: Array
    rankl: Array
    formation: Array
    limb_hazard: Array


def _share(age: Array, own: Own, p: Parameters) -> Array:
    """Share of plasma drug that bone takes up now [drug, patient]."""
    gfr = glomerular_filtration_rate(age, own.H, own.W, p.body)
    clearance = p.drugs.CLb70 * (own.W / 70.0) ** 0.75 * own.Ar**p.shared.theta
    return clearance / (clearance + p.drugs.kappa * gfr)


def _held(rate: ArrayLike, x: Array, low: ArrayLike, high: ArrayLike, edge: ArrayLike = 0.0) -> Array:
    """The rate, without what would carry x below ``low`` or above ``high``, which moves at ``edge``."""
    rate = jnp.where(x <= low, jnp.maximum(rate, 0.0), rate)
    return jnp.where(x >= high, jnp.minimum(rate, edge), rate)


def rates(day: Array, x: State, entry: Array, care: Stretch, tr: Traits, rows: Array, p: Parameters) -> State:
    """Time derivatives of the state, per day, care being constant.

    Args:
        day: time since entry.
        x: state.
        entry: age at entry, years [patient].
        care: what each patient gets; plan axis replaced by patients.
        tr: constants of each patient.
        rows: healthy references by sex and age.
        p: parameters, drugs restricted to those of the run.
    """
    age = entry + day / DAYS_PER_YEAR
    a: Healthy = healthy_at(age, tr, rows)
    own = own_at(a, tr, p)
    y = amounts(x, a, own.r, p)
    bone = jnp.stack([y.T, y.M, y.L])
    pt, pc, pr, ps, pm, v0 = p.trabecular, p.cortex, p.remodelling, p.shared, p.mechanics, p.turnover.v0

    # Drug on osteoclasts: vertebra and long bone meet all of it, the metaphysis what lies on the surface.
    e = exposure.capped(x.u, ps)[jnp.array([0, 1, 0])]
    act, apo = (1.0 + e) ** -ps.s, (1.0 + e) ** (1.0 - ps.s)
    R, B = x.C * act, x.B

    # Load and calcium.
    active = mechanics.activity(care.activity.T, care.immobilised, pm)
    strain = active * x.lean / bone
    more, load = mechanics.remodelling_gains(strain / x.x_mem, pm)
    drive = calcium.resorption_drive(tr.intake + care.calcium, x.D25, own.H, a.g, p.calcium)
    rank = more * drive * care.rankl

    # Drug in bone.
    fb = _share(age, own, p)
    pool = disposition.pool_rates(
        p.drugs.kdes, fb, R[V], B[V], own.Ar, own.Ar**ps.xi, x.h[V], pt.gam * a.g, ps
    )
    tablets = dose_mg(jnp.moveaxis(care.oral, -1, 0), own.W[:, None]).T * disposition.absorbed_share(
        own.W, age, p.drugs
    )
    absorbed = tablets * tr.uptake * 1e6 / p.drugs.molar_mass
    freed, lost = pool.release * x.D, pool.loss_S * x.S
    ec = p.drugs.EC50 * p.drugs.EC50_scale * exposure.skeletal_mass(own.H, y.T, ps) / tr.drug
    surface = jnp.sum(ps.kS * x.S / ec, axis=0)
    buried = ps.aD * jnp.sum(ps.kD * x.D / ec, axis=0)

    # Structure.
    def stopped(site: int, amount: Array, exponent: Any) -> Array:
        rho = jnp.clip(R[site] / own.Ar, pt.sup_least, pt.sup_most)
        return (1.0 - rho**exponent) / (1.0 + (amount / (pt.Mbr * tr.lean)) ** pt.nbr)

    spongy = jnp.stack([stopped(V, y.T, pt.p_m), stopped(M, y.M, pt.p_m)])
    shell = jnp.maximum(stopped(V, y.T, pc.p_w), pc.sup_floor)
    limb = jnp.maximum(stopped(L, y.L, pc.p_w), pc.sup_floor)
    two = jnp.array([V, M])
    target = own.hT * (1.0 + pt.beta_d * (e / (1.0 + e))[two])
    supply = jnp.exp(pt.rho_s * spongy)
    renewal = jnp.stack([pt.gam * a.g, pt.gamM * a.g])
    kex = jnp.stack([jnp.asarray(pt.kexV), jnp.asarray(pt.kexM)])[:, None]
    t = p.turnover
    inner = pc.vp * tr.q - tr.om * t.wd
    widening = a.dX * tr.qL * (t.dRp - tr.om * (t.dRp - t.dRe)) * (1.0 - pc.rho_L * limb)
    thicker = 2.0 * v0 * (pt.kap * B[two] * (1.0 - x.h / target) + B[two] - R[two])
    wider = a.dX * (pc.vp * tr.q * load[V] - inner * (1.0 - pc.rho_w * shell)) + v0 * (B[V] - R[V])
    outward = a.dX * t.dRp * tr.qL * load[L]
    pores = own.phi * (tr.ph - 1.0 + R[L] / own.Ar) + pc.aph / pc.kph * (R[L] - B[L])

    # Mineral of packets, emptied by turnover, filled with time.
    f_v = trabecular_packet_rate(B[V], x.h[V], a.g, tr.nU * supply[V] / x.n[V], p)
    f_l = cortical_packet_rate(B[L], a.dX, tr.qL, x.Rp, x.Re, p)
    q = tr.mineral_rates

    still = {name: jnp.zeros_like(getattr(x, name)) for name in CONSTANT}
    return State(
        C=pr.kC * (own.Ar * rank - apo * x.C),
        P=(R - x.P) / pr.tauP,
        B=(x.P * load * care.formation - B) / pr.tauB,
        n=renewal * (tr.nU * supply - x.n) - kex * R[two] * jnp.maximum(x.n - tr.nU, 0.0),
        h=_held(thicker, x.h, pt.h_floor, pt.bvtv_most / x.n),
        w=_held(wider, x.w, pc.w_floor, jnp.inf),
        Rp=outward,
        Re=_held(widening - 0.5 * v0 * (B[L] - R[L]), x.Re, pc.Re_floor, x.Rp - pc.T_floor, outward),
        phi=_held(pc.kph * (pores - x.phi), x.phi, pc.phi_least, pc.phi_most),
        mu_v=f_v * (1.0 - x.mu_v) - q * x.mu_v,
        mu_l=f_l * (1.0 - x.mu_l) - q * x.mu_l,
        u=ps.kO * (surface + jnp.stack([buried, ps.mD * buried]) - x.u),
        S=absorbed * fb + fb * freed - lost - pool.burial * x.S,
        D=pool.burial * x.S - freed,
        X=lost + (1.0 - fb) * freed,
        U=(1.0 - fb) * absorbed,
        D25=p.calcium.k_D * (tr.D25 + care.D25 - x.D25),
        lean=pm.k_lean * (mechanics.lean_target(tr.lean, active[L], pm) - x.lean),
        x_mem=(strain - x.x_mem) / pm.Tmem,
        d=p.damage.kr * (a.A * strain[L] ** 2 - R[L] * x.d),
        K=(R[V] / own.Ar - x.K) / p.damage.tc,
        ache=-p.pain.fracture_decay * x.ache,
        relief=-p.pain.infusion_decay * x.relief,
        recent=-jnp.log(2.0) / p.fracture.after_half * x.recent,
        Lam=hazards(x, y, a, tr, p).at[0].multiply(care.limb_hazard),
        **still,
    )


def _infuse(
    x: State, day: Array, entry: Array, doses: Array, tr: Traits, rows: Array, p: Parameters
) -> State:
    """The state just after infusions [patient, drug, dose, 5]."""
    age = entry + day / DAYS_PER_YEAR
    own = own_at(healthy_at(age, tr, rows), tr, p)
    mg = dose_mg(jnp.moveaxis(doses, -1, 0), own.W[:, None, None])
    nmol, fb = jnp.sum(mg, axis=2).T * 1e6 / p.drugs.molar_mass, _share(age, own, p)
    relief = x.relief + jnp.sum(mg > 0.0, axis=(1, 2))
    return x._replace(S=x.S + nmol * fb, U=x.U + nmol * (1.0 - fb), relief=relief)


def _solve(
    people: People,
    plan: Array,
    stretches: Stretch,
    rows: Array,
    p: Parameters,
    tolerance: float,
    outputs: tuple[str, ...],
) -> tuple[dict[str, Array], dict[str, Array]]:
    """Outputs at entry [patient] and at the end of each stretch [stretch, patient]."""
    tr, entry = traits(people, p), people.age_years
    x0 = rest(entry, tr, rows, p, jnp.full((4, len(entry)), jnp.inf))
    control = diffrax.PIDController(rtol=tolerance, atol=1e-3 * tolerance)

    def through(x: State, now: Stretch) -> tuple[State, dict[str, Array]]:
        care = Stretch(now.start, now.end, *(values[plan] for values in now[2:]))
        x = _infuse(x, now.start, entry, care.doses, tr, rows, p)
        fixed = {name: getattr(x, name) for name in CONSTANT}
        moving = {k: v for k, v in x._asdict().items() if k not in CONSTANT}

        def field(day: Array, y: dict[str, Array], _: Any) -> dict[str, Array]:
            dx = rates(day, State(**y, **fixed), entry, care, tr, rows, p)._asdict()
            return {k: dx[k] for k in y}

        solution = diffrax.diffeqsolve(
            diffrax.ODETerm(field),
            diffrax.Tsit5(),
            now.start,
            now.end,
            0.05,
            moving,
            stepsize_controller=control,
            max_steps=100_000,
            adjoint=diffrax.DirectAdjoint(),
        )
        assert solution.ys is not None
        x = State(**{k: v[0] for k, v in solution.ys.items()}, **fixed)
        return x, read(x, entry + now.end / DAYS_PER_YEAR, tr, rows, p, outputs)

    first = read(x0, entry, tr, rows, p, outputs)
    return first, jax.lax.scan(through, x0, stretches)[1]


@lru_cache(maxsize=8)
def _compiled(tolerance: float, outputs: tuple[str, ...]) -> Any:
    return jax.jit(partial(_solve, tolerance=tolerance, outputs=outputs))


def _stretches(schedules: Sequence[Any], steps: int, step_days: float) -> Stretch:
    """Steps cut further at every infusion."""
    edges = np.arange(steps + 1) * step_days
    given = [
        np.where(
            np.any(s.iv_amount[:steps, ..., :3] != 0.0, axis=-1),
            edges[:-1, None, None] + s.iv_day[:steps],
            -1.0,
        )
        for s in schedules
    ]
    times = np.unique(np.concatenate([edges, *(g[g >= 0.0].ravel() for g in given)]))
    times = times[np.concatenate([[True], np.diff(times) > 1e-9])]
    start, end = times[:-1], times[1:]
    row = np.clip(np.searchsorted(edges, start + 1e-9, side="right") - 1, 0, steps - 1)
    doses = []
    for s, g in zip(schedules, given, strict=True):
        now = np.abs(g[row] - start[:, None, None]) < 1e-9
        doses.append(np.where(now[..., None], s.iv_amount[row], 0.0))
    most = max(d.shape[2] for d in doses)
    doses = [np.pad(d, [(0, 0), (0, 0), (0, most - d.shape[2]), (0, 0)]) for d in doses]

    def stacked(field: str) -> np.ndarray:
        return np.stack([np.asarray(getattr(s, field), float)[row] for s in schedules], axis=1)

    return Stretch(
        start=start,
        end=end,
        doses=np.stack(doses, axis=1),
        oral=stacked("oral_rate"),
        calcium=stacked("calcium_mg_per_day"),
        D25=stacked("vitamin_d_nmol_per_l"),
        activity=stacked("activity"),
        immobilised=stacked("immobilised"),
        rankl=stacked("rankl"),
        formation=stacked("formation"),
        limb_hazard=stacked("limb_hazard"),
    )  # type: ignore[arg-type]


def reference_course(
    cohort: Any,
    schedules: Sequence[Any],
    plan_index: Any,
    years: float,
    *,
    parameters: Parameters | None = None,
    reference: Reference | None = None,
    step_days: float = 7.0,
    output_days: float = 7.0,
    outputs: Sequence[str] = tuple(UNITS),
    tolerance: float = 1e-9,
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Times in years [T] and outputs [T, person] of a few people, solved in continuous time.

    Args:
        cohort: people, as for :func:`brittlestar.engine.run.simulate_cohort`.
        schedules: one per plan, all over the same drugs; care is constant between their steps.
        plan_index: which schedule each person follows.
        years: length; rounded up to whole output intervals.
        parameters: defaults to the shipped set.
        reference: healthy growth and density.
        step_days: step of the schedules.
        output_days: time between outputs, a multiple of ``step_days``.
        outputs: names to keep.
        tolerance: relative tolerance of the solver.
    """
    per = round(output_days / step_days)
    count = int(np.ceil(years * DAYS_PER_YEAR / output_days - 1e-9))
    p = parameters or default_parameters()
    rows = table(reference or load_reference(), p)
    p = p._replace(drugs=type(p.drugs)(*(jnp.asarray(column)[:, None] for column in p.drugs)))
    people = People(*(np.asarray(getattr(cohort, field)) for field in People._fields))
    stretches = _stretches(schedules, count * per, step_days)
    first, later = _compiled(tolerance, tuple(outputs))(
        people, np.asarray(plan_index, np.int32), stretches, rows, p
    )
    times = np.arange(count + 1) * output_days
    at = [int(np.argmin(np.abs(stretches.end - t))) for t in times[1:]]
    values = {k: np.concatenate([np.asarray(first[k])[None], np.asarray(later[k])[at]]) for k in outputs}
    return times / DAYS_PER_YEAR, values
