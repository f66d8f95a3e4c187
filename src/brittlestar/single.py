"""The whole model for one person in one file, to be read from top to bottom.

Osteoclasts dissolve bone; what they free calls osteoblasts, which refill it; growth adds to the frame all the
while. A bisphosphonate lies on the surface and quiets the osteoclasts that touch it, so loss falls first and
formation follows. The modular engine computes the same for millions of people; a test holds the two equal.

Units: y for bone, days for drug; mm, cm, kg, nmol, g/cm2. Sites: V vertebral and M metaphyseal trabecular
bone, L long-bone cortex; w is the shell of iliac crest and spine. p holds what stays constant (parameters, OI
type, person), f what age decides (forcing), s the state. Simulated, not observed; it advises no one.
"""

from collections.abc import Callable, Mapping
from math import exp, inf, sqrt
from types import SimpleNamespace as Bag
from typing import Any

import numpy as np

DAYS = 365.25
SITES = ("lower_limb", "upper_limb", "other", "vertebral")
USUAL = dict.fromkeys(("height_z", "eta_activity", "eta_bone", "eta_drug", "eta_absorption"), 0.0)
USUAL |= {"calcium_mg_per_day": 1000.0, "vitamin_d_nmol_per_l": 65.0, "adherence": 1.0, "frailty": 1.0}
Healthy = Callable[[float], Any]  # age -> height, its growth per year, weight, spine density's median, spread


def expo(x: Any, target: Any, k: Any, dt: float) -> Any:
    """x after dt of x' = k (target - x). Exact, so a step may be a week long."""
    return target + (x - target) * np.exp(-k * dt)


def mean(x: Any, target: Any, k: Any, dt: float) -> Any:
    """Mean of that x over dt. Each stage of a chain is driven by the mean of the one before."""
    return target + (x - target) * (1 - np.exp(-k * dt)) / (k * dt)


def sigma(x: float) -> float:
    """Smooth rise from 0 to 1."""
    return 1 / (1 + exp(-x))


def level_off(x: float, start: float, most: float) -> float:
    """x up to the start, then ever slower towards the most."""
    return min(x, start) + (most - start) * (1 - exp(-max(x - start, 0) / (most - start)))


def forcing(a: float, p: Bag) -> Bag:
    """Everything that age alone decides."""
    # Growth. X is the share of growth from 2 to 20 y that is done, g relative growth per year.
    H, dH, W, M, S = p.healthy(a)
    X, dX, g = (H - p.H2) / (p.H20 - p.H2), dH / (p.H20 - p.H2), dH / H
    own = 1 + p.height_cv * p.height_z
    r = (p.r1 + (p.r0 - p.r1) * exp(-a / p.tau_r)) * own
    f = Bag(a=a, H=H * r, W=W * r**2 * p.bmi, M=M, S=S, r=r, dX=dX, g=g, qL=p.qL * own)
    # Forcing. Turnover A (adult = 1) is highest in infancy and falls again after puberty; in OI it is raised.
    f.A = 1 + p.A1 * sigma((p.a_p[p.female] - a) / p.tA) + p.A2 * exp(-a / p.tI)
    f.Ar = f.A * p.act * exp(p.eta_activity)
    # The healthy skeleton of this age; the trabeculae (hT, nU) and cortex (om) of this person without drug.
    f.hH, f.wH = p.hH * (H / p.hH_height) ** p.eh, max(p.w2 + p.wd * X, p.wH_floor)
    f.hT, f.nU, f.om = f.hH * p.h, p.nH * p.n * exp(p.eta_bone / 2), p.om * exp(p.eta_bone)
    X = max(X, p.X_floor)
    f.RpH, f.TH, f.phH = p.RpA + p.dRp * X, p.RpA - p.ReA + (p.dRp - p.dRe) * X, p.fp0 * f.A**p.eph
    f.ReH = f.RpH - f.TH
    f.cH = mineral(packets([f.A, f.A], f.hH, 1, f.RpH, f.ReH, 1, 1, f, p)[0], 1, p)
    return f


def packets(B: Any, h: Any, supply: Any, Rp: Any, Re: Any, qL: Any, k2x: Any, f: Bag, p: Bag) -> Any:
    """Remodelling and growth lay down empty packets: share still empty [V L, fast slow] and its rate, 1/y."""
    shaft = f.dX * p.dRp * qL * 2 * Rp / (Rp**2 - Re**2)
    fresh = np.array([[2 * p.v0 * B[0] / h + p.gam * f.g * supply], [p.fL * B[1] + shaft]])
    rate = fresh + np.array([p.k1, p.k2 * k2x])
    return fresh / rate, rate


def mineral(mu: Any, cm: float, p: Bag) -> Any:
    """Mean mineral [V L] of bone with empty shares mu."""
    return cm * (1 - mu @ np.array([1 - p.a2, p.a2]))


def amounts(s: Bag, f: Bag, p: Bag) -> tuple[float, Any, float]:
    """Over healthy of the same age: vertebral trabeculae, bones that carry load [spine M L], the shell."""
    y, shell = s.n * s.h / (p.nH * f.hH), s.w / f.wH
    long_bone = (s.Rp**4 - s.Re**4) / s.Rp / ((f.RpH**4 - f.ReH**4) / f.RpH * f.r**3)
    return y[0], np.array([p.th * y[0] + (1 - p.th) * shell, y[1], long_bone]), shell


def untreated(f: Bag, p: Bag) -> Bag:
    """The state at the first age in closed form: balance at the person's own turnover, no drug."""
    s = Bag(C=np.full(3, f.Ar), P=np.full(3, f.Ar), B=np.full(3, f.Ar))
    s.n, s.h, s.w = (
        np.full(2, f.nU),
        np.full(2, min(max(f.hT, p.h_floor), p.bvtv_most / f.nU)),
        max(f.om * f.wH, p.w_floor),
    )
    s.phi, s.Rp = np.clip(p.fp0 * p.ph * f.Ar**p.eph, p.phi_least, p.phi_most), f.qL * f.RpH
    s.Re = min(max(f.qL * (f.RpH - f.om * f.TH), p.Re_floor), s.Rp - p.T_floor)
    s.mu = packets([f.Ar, f.Ar], f.hT, 1, s.Rp, s.Re, f.qL, p.k2x, f, p)[0]
    s.x_mem = p.lean / amounts(s, f, p)[1]
    s.lean, s.dmg, s.cav, s.D25 = p.lean, f.A * s.x_mem[2] ** 2 / f.Ar, 1.0, p.vitamin_d_nmol_per_l
    s.S, s.D, s.u = np.zeros(len(p.names)), np.zeros(len(p.names)), np.zeros(2)
    s.ache = s.relief = s.recent = s.immobile = 0.0
    s.Lam, s.N, s.rate = np.zeros(4), np.zeros(4, int), hazards(s, f, p)
    return s


def doses(plan: Mapping, t: float, dt: float, f: Bag, p: Bag) -> tuple[Any, Any, int]:
    """nmol infused and nmol absorbed from tablets during the step [drug], and the number of infusions."""
    iv, oral, count, d = np.zeros(len(p.names)), np.zeros(len(p.names)), 0, p.drug
    for dose in plan.get("infusions", ()):
        due = sum(t <= time + 1e-9 < t + dt for time in dose["at_years"])
        mg = dose.get("mg_per_kg", 0) * f.W + dose.get("mg", 0)
        iv[p.names.index(dose["drug"])] += due * min(mg, dose.get("cap_mg", inf))
        count += due
    for tablet in plan.get("tablets", ()):
        if tablet.get("start_years", 0) <= t + dt / 2 < tablet.get("stop_years", inf):
            mg = tablet.get("mg_per_kg_per_day", 0) * f.W + tablet.get("mg_per_day", 0)
            oral[p.names.index(tablet["drug"])] += mg * dt * DAYS * p.adherence * exp(p.eta_absorption)
    oral *= np.where(d.F_cut > f.W, d.F_light, d.F_heavy) * np.where(f.a > d.F_adult_age, d.F_adult, 1)
    return iv * 1e6 / d.molar_mass, oral * 1e6 / d.molar_mass, count


def exchange(S: Any, D: Any, R: float, B: float, fb: Any, h: float, days: float, f: Bag, p: Bag) -> Any:
    """Drug on the surface S and buried D after some days: S' = -a S + fb rD D, D' = b S - rD D. Exact."""
    b = p.kb * f.Ar**p.xi * (p.wb + (1 - p.wb) * B / f.Ar)
    rD = R * p.kD * p.h_ref / h + p.gam * f.g / DAYS  # thin bone and a growing network free drug faster
    a = (p.drug.kdes + R * p.kS) * (1 - fb) + b  # what is freed meets bone and kidney again
    m, q = -(a + rD) / 2, np.sqrt((a - rD) ** 2 / 4 + fb * rD * b + 1e-16)
    e, c, k = np.exp(m * days), np.cosh(q * days), np.sinh(q * days) / q
    return e * (c * S + k * (fb * rD * D - (a + m) * S)), e * (c * D + k * (b * S - (rD + m) * D))


def effect(u: Any, p: Bag) -> Any:
    """Effect of exposure u (EC50 units) with slope and ceiling; osteoclast activity is (1 + effect)^-s."""
    power = (np.maximum(u, 0) + 1e-6) ** p.hill
    return power / (1 + power / p.umax)


def strength(s: Bag, f: Bag, p: Bag) -> tuple[float, float, float]:
    """Vertebra and limb over healthy of the same age and size, and toughness over the type's matrix."""
    y, (_, _, yL), shell = amounts(s, f, p)
    c, cL = mineral(s.mu, p.cm, p) / f.cH
    vertebra = p.qS * (p.thS * y**p.e_yV * c**p.e_ash + (1 - p.thS) * shell)
    limb = p.qS * yL * ((1 - s.phi) / (1 - f.phH)) ** p.e_phi * cL
    brittle, cracked = 1 - p.b1 * max(cL - p.b1_from, 0), 1 - p.b2 * max(s.dmg - 1, 0)
    return vertebra, limb, max(brittle, p.K_floor) * max(cracked, p.K_floor)


def hazards(s: Bag, f: Bag, p: Bag) -> Any:
    """Hazards. Fractures per year [site]: age curve x type x frailty x open remodelling space x weakness."""
    adult, share = sigma((f.a - p.adult_age) / p.adult_width), (f.a - p.LL_age) / p.LL_span
    lower, other = p.LL_start * (1 - share), p.oth_start + p.oth_rise * np.clip(share, 0, 1)
    child = np.array([np.clip(lower, p.LL_least, p.LL_most), np.interp(f.a, p.UL_ages, p.UL_rates), other])
    limbs = child * (1 - adult) + p.h_ad * np.array([p.LL_adult, p.UL_adult, p.oth_adult]) * adult
    late = 1 + p.female * p.menopause_rise * sigma((f.a - p.menopause_age) / p.menopause_width)
    own = p.h_scale * late * p.R * p.frailty * (1 + p.after_rise * s.recent)
    own *= exp(p.gK * np.clip(s.cav - 1, p.gK_low, p.gK_high))
    vertebra, limb, toughness = strength(s, f, p)
    limbs *= (limb / p.sigL) ** -p.bL * toughness**-p.bT
    spine = p.hV0 * np.interp(f.a, p.V_ages, p.V_rates) * (vertebra / p.sigV) ** -p.bV
    rates = own * np.append(limbs, spine)
    # A ceiling far above any published rate: nobody breaks a bone every day.
    total = rates.sum()
    return rates * (level_off(total, p.h_free, p.h_most) / total if total > 0 else 1)


def observe(s: Bag, f: Bag, p: Bag) -> dict[str, Any]:
    """Outputs. What a scanner, a laboratory, a biopsy and a diary would show."""
    (c, cL), (cH, cLH), (vertebra, limb, toughness) = mineral(s.mu, p.cm, p), f.cH, strength(s, f, p)
    ls = level_off(amounts(s, f, p)[1][0] * c / cH * f.r**p.eD, 1 + p.Z_free * f.S, 1 + p.Z_most * f.S)
    leg = cL * (1 - s.phi) * (s.Rp**2 - s.Re**2) / s.Rp
    leg_ratio = f.r * leg / (cLH * (1 - f.phH) * (f.RpH**2 - f.ReH**2) / f.RpH)
    # Growth-plate cartilage sheds collagen fragments too, and more trabeculae mean more surface to resorb.
    R, B = s.C[0] * (1 + effect(s.u[0], p)) ** -p.s, s.B[0]
    surface = (p.ecs + (1 - p.ecs) * s.n[0] / p.nH) / f.A
    plate = np.array([p.gp, p.gpB, p.gp]) * (f.A - 1) / f.A
    ctx, bsap, p1np = plate + (1 - plate) * surface * np.array([R, B, B])
    pain = p.pain_base + p.pain_severity * np.clip(p.pain_severity_slope * (1 - p.r1), 0, 1)
    pain += p.pain_turnover * (R / f.Ar - 1) - p.pain_infusion_relief * np.clip(s.relief, 0, 1)
    out = {
        "ls_abmd": f.M * ls, "ls_z": (ls - 1) / f.S, "ls_bmad": f.M * ls / (p.d_AP * f.H / p.d_AP_height),
        "tblh_abmd_ratio": p.tblh_spine * ls + (1 - p.tblh_spine) * leg_ratio, "leg": leg, "ctx": ctx,
        "bsap": bsap, "p1np": p.psi * p1np, "osteoclasts": s.C[0], "coupling": s.P[0], "resorption": R,
        "formation": B, "turnover_ratio": R / f.Ar, "bfr_bs_um_per_year": 1000 * p.v0 * B, "tb_n": s.n[0],
        "tb_th_um": 1000 * s.h[0], "bone_volume_fraction": s.n[0] * s.h[0], "ct_wi_mm": s.w,
        "metaphyseal_bone_volume_fraction": s.n[1] * s.h[1], "porosity": s.phi, "mineral_mean": c,
        "mineral_empty": s.mu[0, 1], "strength_vertebral": vertebra, "strength_limb": limb,
        "toughness": p.qK * toughness, "microdamage": s.dmg, "cavity_burden": s.cav, "exposure": s.u[0],
        "strain_memory": s.x_mem[0], "drug_surface_nmol": s.S.sum(), "drug_buried_nmol": s.D.sum(),
        "height_cm": f.H, "weight_kg": f.W, "pain": np.clip(pain + p.pain_fracture * s.ache, 0, 10),
    }  # fmt: skip
    for name, values in (("hazard", hazards(s, f, p)), ("expected_fractures", s.Lam), ("fractures", s.N)):
        out |= {f"{name}_{site}": value for site, value in zip(SITES, values)}
    return out


def step(s: Bag, t: float, dt: float, plan: Mapping, p: Bag) -> None:
    """One step. The order is part of the model: bone is read before it changes, drug meets old cells."""
    f, days = forcing(p.age_years + t + dt / 2, p), dt * DAYS
    bone, n0, h0, Rp0, Re0 = amounts(s, f, p)[1], s.n[0], s.h[0], s.Rp, s.Re

    # Drug. Bone and a maturing kidney compete for drug in plasma; fb is the share that bone takes [drug].
    age, area = (p.term + DAYS / 7 * f.a) ** p.gfr_power, sqrt(f.H * f.W / p.bsa_divisor) / p.bsa_reference
    gfr = p.gfr_mature * 1.44 * area * age / (p.gfr_half_age**p.gfr_power + age)  # 1.44: mL/min to L/day
    uptake = p.drug.CLb70 * (f.W / p.weight_reference) ** p.clearance_power * f.Ar**p.theta
    fb, (iv, oral, infusions) = uptake / (uptake + p.drug.kappa * gfr), doses(plan, t, dt, f, p)
    # Predict what bone holds at the end of the step, with the cells as they are now.
    S, D, half = s.S + fb * (iv + oral / 2), s.D, fb * oral / 2
    S1, D1 = exchange(S, D, s.C[0] * (1 + effect(s.u[0], p)) ** -p.s, s.B[0], fb, h0, days, f, p)
    # Osteoclasts taste what they free, per EC50 and size of skeleton, with a lag of days. Input from the
    # surface falls at rate lam within the step. The metaphysis is new bone: no buried drug reaches its cells.
    skeleton = (f.H / p.mass_height) ** p.mass_power * bone[0]
    unit = p.drug.EC50 * p.drug.EC50_scale * skeleton * exp(p.eta_drug)
    X0, X1 = p.kS * np.sum(S / unit), p.kS * np.sum(S1 / unit)
    lam = np.clip(np.log(X0 / X1) / days, -0.2, 0.2) if X0 > 0 else 0.0
    XS, XD = X0 * p.kO / (p.kO - lam), p.aD * p.kD * np.sum((D + D1) / 2 / unit) * np.array([1, p.mD])
    part = days * np.array([[1 / 6], [1 / 2], [5 / 6], [1]])
    u = XD + (s.u - XD - XS) * np.exp(-p.kO * part) + XS * np.exp(-lam * part)
    s.u, e = u[3], 1 + effect(u[:3], p)
    act, apo, full = (x.mean(0)[[0, 1, 0]] for x in (e**-p.s, e ** (1 - p.s), 1 - 1 / e))

    # Mechanics. Osteocytes compare strain (muscle over bone) with what they remember.
    load = np.ones(3)
    for rest in plan.get("disuse", ()):
        if rest["start_years"] <= t + dt / 2 < rest["stop_years"]:
            load = np.array([rest["vertebral"], rest["metaphyseal"], rest["long_bone"]])
    load = load * (1 - (s.immobile > 0) * np.array([p.imm_V, p.imm_M, p.imm_L]))
    load = np.clip(load, p.load_least, p.load_most)
    x = load * s.lean / bone
    over, under = np.clip(x / s.x_mem - 1, 0, 1), np.clip(1 - x / s.x_mem, 0, 1)
    m_r, m_f = 1 + p.f2 * np.array([1, p.f2M, p.f2L]) * under, 1 + p.f1 * over - p.f3 * under

    # Calcium. Absorbing less than size and growth need raises parathyroid hormone, and so resorption.
    s.D25 = expo(s.D25, plan.get("vitamin_d_nmol_per_l", p.vitamin_d_nmol_per_l), p.k_D, dt)
    D25, size = np.array([s.D25, p.D_usual]), f.H / p.height_ref
    intake = np.array([plan.get("calcium_mg_per_day", p.calcium_mg_per_day), p.intake_usual])
    got = intake * (p.abs_0 + p.abs_D * D25 / (D25 + p.D_half))
    need = p.need_rest * size**2 + p.need_growth * f.g * size**2.5
    lack, usual = p.def_width * np.log1p(np.exp((1 - got / need) / p.def_width))
    m_r *= 1 + p.p1 * (lack - usual)

    # Cells. Osteoclasts C, signal P from dissolved matrix, osteoblasts B. Drug cuts activity and life of C.
    C, rate = f.Ar * m_r / apo, p.kC * apo
    R = mean(s.C, C, rate, dt) * act
    call = mean(s.P, R, 1 / p.tauP, dt) * m_f
    B = mean(s.B, call, 1 / p.tauB, dt)
    s.C, s.P, s.B = expo(s.C, C, rate, dt), expo(s.P, R, 1 / p.tauP, dt), expo(s.B, call, 1 / p.tauB, dt)

    # Trabeculae. Thickness refills towards what strain asks for. Number survives from the growth plate, which
    # is why children gain and adults hardly do. Drug spares what grows, until bone outgrows muscle (brake).
    quiet, brake = np.clip(R / f.Ar, p.sup_least, p.sup_most), 1 + (bone / (p.Mbr * p.lean)) ** p.nbr
    hT, BT, RT = f.hT * (1 + p.beta_d * full[:2]), B[:2], R[:2]
    wanted, pace = hT * (1 + (BT - RT) / (p.kap * BT)), 2 * p.v0 * p.kap * BT / hT
    s.h = expo(s.h, wanted, pace, dt)
    supply, gain = f.g * np.array([p.gam, p.gamM]), np.exp(p.rho_s * ((1 - quiet**p.p_m) / brake)[:2])
    loss = np.array([p.kexV, p.kexM]) * RT * (s.n > f.nU)
    s.n = expo(s.n, f.nU * (supply * gain + loss) / np.maximum(supply + loss, 1e-300), supply + loss, dt)
    s.h = np.minimum(np.maximum(s.h, p.h_floor), p.bvtv_most / s.n)

    # Cortex. Growth adds outside and takes away inside; drug spares the inside. Pores follow turnover.
    shell, _, shaft = np.maximum((1 - quiet**p.p_w) / brake, p.sup_floor)
    inward = (p.vp * p.q - f.om * p.wd) * (1 - p.rho_w * shell)
    s.w = max(s.w + dt * (f.dX * (p.vp * p.q * m_f[0] - inward) + p.v0 * (B[0] - R[0])), p.w_floor)
    s.Rp += dt * f.dX * p.dRp * f.qL * m_f[2]
    widening = f.dX * f.qL * (p.dRp - f.om * (p.dRp - p.dRe)) * (1 - p.rho_L * shaft)
    s.Re = min(max(s.Re + dt * (widening - p.v0 / 2 * (B[2] - R[2])), p.Re_floor), s.Rp - p.T_floor)
    pores = p.fp0 * f.Ar**p.eph * (p.ph - 1 + R[2] / f.Ar) + p.aph * (R[2] - B[2]) / p.kph
    s.phi = np.clip(expo(s.phi, pores, p.kph, dt), p.phi_least, p.phi_most)

    # Mineral. A packet fills to 60 % in weeks, then over years; with low turnover bone is older and fuller.
    settled, rate = packets(B[[0, 2]], s.h[0], f.nU * gain[0] / n0, Rp0, Re0, f.qL, p.k2x, f, p)
    s.mu = expo(s.mu, settled, rate, dt)

    # Drug again, with the cells of this step; then muscle, memory, damage, open cavities, pain.
    s.S, s.D = exchange(S, D, R[0], B[0], fb, h0, days, f, p)
    s.S = s.S + half
    s.lean = expo(s.lean, p.lean * (p.lean_rest + (1 - p.lean_rest) * load[2]), p.k_lean, dt)
    s.x_mem, s.cav = expo(s.x_mem, x, 1 / p.Tmem, dt), expo(s.cav, R[0] / f.Ar, 1 / p.tc, dt)
    s.dmg = expo(s.dmg, f.A * x[2] ** 2 / R[2], p.kr * R[2], dt)
    s.ache, s.recent = s.ache * exp(-p.pain_fracture_decay * dt), s.recent * 0.5 ** (dt / p.after_half)
    s.relief, s.immobile = (s.relief + infusions) * exp(-p.pain_infusion_decay * dt), max(s.immobile - dt, 0)

    # Hazards add up: the rate after the step (right), or the mean of before and after (trapezoid).
    before, right = s.rate, p.hazard_rule == "right"
    s.rate = hazards(s, f if right else forcing(p.age_years + t + dt, p), p)
    s.Lam = s.Lam + dt * (s.rate if right else (before + s.rate) / 2)
    if p.fate is not None:  # a bone breaks when its summed hazard reaches its next arrival [site, number]
        broken = s.Lam >= np.asarray(p.fate)[np.arange(4), s.N]
        s.N, s.ache, s.recent = s.N + broken, s.ache + broken.sum(), 1.0 if broken.any() else s.recent
        s.immobile = max(s.immobile, p.imm_weeks * broken[0])


def simulate(
    person: Mapping[str, Any], plan: Mapping[str, Any], years: float, parameters: Mapping[str, Any],
    healthy: Healthy, *, steps_per_year: float = 52, hazard_rule: str = "right", fate: Any = None,
) -> dict[str, np.ndarray]:  # fmt: skip
    """Follow one person; every output over time, the first entry before any treatment.

    Args:
        person: age_years, sex, oi_type, and whatever differs from USUAL.
        plan: lists infusions, tablets, disuse; calcium_mg_per_day, vitamin_d_nmol_per_l.
        years, steps_per_year, hazard_rule: how long; 52 for weeks; "right" or "trapezoid".
        parameters, healthy: value by name, with tables types and drugs; references of the person's sex.
        fate: integrated hazards at which bones break [site, number]; without it, expected fractures only.
    """
    drugs, own = parameters["drugs"].values(), parameters["types"][person["oi_type"]]
    p = Bag(**USUAL | dict(parameters) | own | dict(person), healthy=healthy)
    p.names, p.drug = list(p.drugs), Bag(**{k: np.array([d[k] for d in drugs]) for k in next(iter(drugs))})
    p.female, p.hazard_rule, p.fate = int(p.sex == "female"), hazard_rule, fate
    p.H2, p.H20, dt = healthy(2.0)[0], healthy(20.0)[0], 1 / steps_per_year
    s, rows = untreated(forcing(p.age_years, p), p), []
    for i in range(round(years * steps_per_year) + 1):
        if i > 0:
            step(s, (i - 1) * dt, dt, plan, p)
        rows.append({"time_years": i * dt} | observe(s, forcing(p.age_years + i * dt, p), p))
    return {name: np.array([row[name] for row in rows]) for name in rows[0]}
