"""The whole model of one child, to be read from top to bottom and to be run.

    python docs/one_file_model.py                 # a girl of 7 with type III, with and without zoledronate
    python docs/one_file_model.py course.svg      # the same, drawn

Osteoclasts dissolve bone; what they free calls osteoblasts, which refill it; growth adds to the frame all the
while. A bisphosphonate lies on the surface and quiets the osteoclasts that touch it, so loss falls first and
formation follows. The engine (src/brittlestar/model/step.py) computes the same for millions of people, in
longer steps; a test holds the two equal. The same as rates of change: src/brittlestar/model/equations.py.

The child, the healthy child of the same age, care, cells, drug, structure, mineral, strength, fractures, what
is seen of it all, and last the step that puts them in order. Units: y for bone, days for drug; mm, cm, kg,
nmol, g/cm2. Sites: V vertebral and M metaphyseal trabecular bone, L long-bone cortex; w is the shell of iliac
crest and spine. p holds what stays constant (parameters, OI type, person), f what age decides, s the state,
in the symbols of the parameter files and of src/brittlestar/model/state.py.

Simulated, not observed; it advises no one.
"""

import sys
import tomllib
from collections.abc import Callable, Mapping
from importlib import resources
from math import exp, inf, sqrt
from types import SimpleNamespace as Bag
from typing import Any

import numpy as np

from brittlestar.drugs.catalogue import DRUGS
from brittlestar.people.density import spine_reference
from brittlestar.people.reference import growth_table

DAYS = 365.25
SITES = ("lower_limb", "upper_limb", "other", "vertebral")
Healthy = Callable[[float], Any]  # age -> height, its growth per year, weight, spine density's median, spread


def towards(x: Any, target: Any, k: Any, dt: float) -> Any:
    """x after dt of x' = k (target - x). Exact, so that a step may be a week long."""
    return target + (x - target) * np.exp(-k * dt)


def mean_towards(x: Any, target: Any, k: Any, dt: float) -> Any:
    """Mean of that x over dt. Each stage of a chain is driven by the mean of the one before."""
    return target + (x - target) * (1 - np.exp(-k * dt)) / (k * dt)


def sigma(x: float) -> float:
    """Smooth rise from 0 to 1."""
    return 1 / (1 + exp(-x))


def level_off(x: float, start: float, most: float) -> float:
    """x up to the start, then ever slower towards the most: how nature meets a limit."""
    return min(x, start) + (most - start) * (1 - exp(-max(x - start, 0) / (most - start)))


# The child: how one differs from others of the same type. This is the usual one.
USUAL = dict.fromkeys(("height_z", "eta_activity", "eta_bone", "eta_drug", "eta_absorption"), 0.0)
USUAL |= {"puberty_shift_years": 0.0}
USUAL |= {"weight_factor": 1.0, "frailty": 1.0, "adherence": 1.0}
USUAL |= {"calcium_mg_per_day": 1000.0, "vitamin_d_nmol_per_l": 65.0}
BONE = (
    "turnover remodelling trabecular cortex mineral mechanics calcium damage strength scanner sites markers"
)
FILES = {"people": "growth puberty", "bone": BONE, "drugs": "shared body_size", "care": "supplements"}
FILES |= {"outcomes": "fracture pain"}


def numbers(room: str, name: str) -> dict[str, Any]:
    """The numbers of a file as it states them; their units, sources and doubts stand beside them there."""
    text = resources.files(f"brittlestar.{room}").joinpath(f"{name}.toml").read_text(encoding="utf-8")
    return {symbol: entry["value"] for symbol, entry in tomllib.loads(text).items() if "value" in entry}


def shipped_parameters() -> dict[str, Any]:
    """Every number of the model by its symbol, with tables ``types`` and ``drugs``."""
    flat: dict[str, Any] = {}
    for room, names in FILES.items():
        for name in names.split():
            flat |= {f"pain_{k}" if name == "pain" else k: v for k, v in numbers(room, name).items()}
    types = numbers("people", "types")
    flat["types"] = {kind: {k: by_type[kind] for k, by_type in types.items()} for kind in types["act"]}
    flat["drugs"] = {drug: numbers("drugs", drug) for drug in DRUGS}
    return flat


def child(person: Mapping[str, Any], parameters: Mapping[str, Any], healthy: Healthy) -> Bag:
    """What stays constant: parameters, those of the type, the child's own."""
    kinds, drugs = parameters["types"], list(parameters["drugs"].values())
    common = set(drugs[0]).intersection(*drugs)
    p = Bag(**USUAL | dict(parameters) | kinds[person["oi_type"]] | dict(person), healthy=healthy)
    p.names, p.drug = list(p.drugs), Bag(**{k: np.array([d[k] for d in drugs]) for k in common})
    p.female, p.own = int(p.sex == "female"), 1 + p.height_cv * p.height_z
    # A poor matrix may break whatever the amount of bone: the share of the risk that treatment can take away.
    p.reach = min(p.qK / kinds["I"]["qK"], 1) ** p.matrix_power
    p.H2, p.H20, p.course = healthy(2.0)[0], healthy(20.0)[0], []
    # The usual child of type I, whose fractures the curves by age count.
    usual = {"own": 1.0, "female": p.female, "H2": p.H2, "H20": p.H20, "course": p.course}
    p.of_type_I = Bag(**USUAL | dict(parameters) | kinds["I"] | usual, healthy=healthy)
    return p


# The healthy child of the same age, and what the type and the child make of it.
def shipped_reference(sex: str) -> Healthy:
    """Growth (CDC) and spine density of healthy people, linear between half weeks."""
    growth, row = growth_table(1 / 104), int(sex == "female")
    columns = [growth.height_cm[row], growth.height_velocity_cm_per_year[row], growth.weight_kg[row]]
    columns += spine_reference(sex, growth.age_years)
    return lambda a: [float(np.interp(a, growth.age_years, column)) for column in columns]


def by_age(a: float, p: Bag) -> Bag:
    """What age asks for: size, turnover, how fully it refills, and the healthy skeleton at its balance."""
    # X: share of growth from 2 to 20 y that is done; g: relative growth per year.
    H, dH, W, M, S = p.healthy(a)
    X, dX, g = (H - p.H2) / (p.H20 - p.H2), dH / (p.H20 - p.H2), dH / H
    f = Bag(a=a, H=H, W=W, M=M, S=S, dX=dX, g=g)
    # Turnover A (adult = 1) is highest in infancy, falls after puberty and rises again after menopause, when
    # less is refilled than was dug out (balance), as in both sexes with age.
    f.mature = 1 - sigma((p.a_p[p.female] - a) / p.tA)
    lost = p.female * sigma((a - p.menopause_age) / p.menopause_width)
    f.A = (1 + p.A1 * (1 - f.mature) + p.A2 * exp(-a / p.tI)) * (1 + p.menopause_turnover * lost)
    aged = min(max((a - p.ageing_from) / p.ageing_years, 0), 1)
    f.balance = 1 - p.menopause_balance * lost - p.ageing_balance * aged
    f.balance -= p.menopause_loss * 4 * lost * (1 - lost)
    # Inside the cortex both sexes refill less with age than spongy bone does.
    f.unfilled = 1 - f.balance + p.canal_loss * aged
    f.hA, f.wA = p.hH * (H / p.hH_height) ** p.eh, max(p.w2 + p.wd * X, p.wH_floor)
    X = max(X, p.X_floor)
    f.RpA, f.TA, f.phA = p.RpA + p.dRp * X, p.RpA - p.ReA + (p.dRp - p.dRe) * X, p.fp0 * f.A**p.eph
    return f


def healthy_bone(a: float, p: Bag) -> Any:
    """The healthy child followed from birth in half weeks, kept in p.course.

    It holds n h w Rp Re phi, how much of phi joined, and the shares of packets still empty.

    Bone lags behind what age asks for; healthy is what a healthy child has, not what balance would be.
    """
    dt = 1 / 104
    while len(p.course) < a / dt + 2:
        f = by_age((len(p.course) - 0.5) * dt, p)
        if not p.course:
            f = by_age(0.0, p)
            h = f.hA * (1 - (1 - f.balance) / (p.kap * f.balance))
            bone = [1.0, h, f.wA, f.RpA, f.RpA - f.TA, f.phA, 0.0]
            B = f.A * f.balance
            mu = packets([B, B], h, 1, bone[3], bone[4], 1, 1, f, p)[0]
            p.course.append(np.array([f.A, f.A, B, *bone, *mu.ravel()]))
            continue
        C0, P0, B0, n, h, w, Rp, Re, phi, joined, *mu = p.course[-1]
        C = towards(C0, f.A, p.kC, dt)
        R = (C0 + C) / 2
        P = towards(P0, R, 1 / p.tauP, dt)
        B1 = towards(B0, f.balance * (P0 + P) / 2, 1 / p.tauB, dt)
        B, cut = (B0 + B1) / 2, p.kper * (1 - f.balance) * R
        h1 = towards(h, f.hA * (1 + (B - R) / (p.kap * B)), 2 * p.v0 * p.kap * B / f.hA, dt)
        Rp1 = Rp + dt * f.dX * p.dRp
        Re1 = Re + dt * (f.dX * p.dRe - p.v0 / 2 * (B - R))
        pores = f.phA * (1 - p.follow + p.follow * R / f.A) + p.aph * (R - B) / p.kph
        joined1, fill = joined + dt * p.fL * R * f.unfilled, filling(B, f.A * f.balance, f, p)
        settled, rate = packets([fill, fill], (h + h1) / 2, 1 / n, (Rp + Rp1) / 2, (Re + Re1) / 2, 1, 1, f, p)
        supply = p.gam * f.g
        p.course.append(np.array([
            C, P, B1, towards(n, supply / (supply + cut + 1e-12), supply + cut, dt), h1,
            w + dt * (f.dX * p.wd + p.v0 * (B - R)), Rp1, Re1,
            np.clip(towards(phi - joined, pores, p.kph, dt) + joined1, p.phi_least, p.phi_most), joined1,
            *towards(np.reshape(mu, (2, 2)), settled, rate, dt).ravel(),
        ]))  # fmt: skip
    place = int(a / dt)
    return (p.course[place] + (p.course[place + 1] - p.course[place]) * (a / dt - place))[3:]


def maturational_age(a: float, p: Bag) -> tuple[float, float]:
    """The age at which most are as mature as this child, and how fast it passes: later where puberty is late.

    Whole around puberty, none in early childhood and when growth is done.
    """
    rise = np.clip((a - p.timing_from[p.female]) / p.timing_fade, 0, 1)
    fall = np.clip((a - p.timing_until[p.female]) / p.timing_fade + 1, 0, 1)
    here = rise**3 * (10 - 15 * rise + 6 * rise**2) - fall**3 * (10 - 15 * fall + 6 * fall**2)
    slope = 30 * ((rise * (1 - rise)) ** 2 - (fall * (1 - fall)) ** 2) / p.timing_fade
    return a - p.puberty_shift_years * here, 1 - p.puberty_shift_years * slope


def at_age(a: float, p: Bag) -> Bag:
    """Everything that age alone decides, with what the type and the child make of it."""
    # A body is as mature as it is; scanner and laboratory compare it with children of its age, the peers.
    mature_age, pace = maturational_age(a, p)
    f, f_peers = by_age(mature_age, p), by_age(a, p)
    f.g, f.dX, f.age, f.peers = f.g * pace, f.dX * pace, a, f_peers
    a = mature_age
    # r: height over the median.
    f.r = (p.r1 + (p.r0 - p.r1) * exp(-a / p.tau_r)) * p.own
    f.H, f.W, f.qL = f.H * f.r, f.W * f.r**2 * p.bmi * p.weight_factor, p.qL * p.own
    f.Ar = f.A * p.act * exp(p.eta_activity)
    # The healthy skeleton (H); the trabeculae (hT, nU) and cortex (om) of this child without drug. Some of
    # the
    # thickness that a type lacks is made up after puberty.
    f.nH, f.hH, f.wH, f.RpH, f.ReH, f.phH, f.joinedH, *mu = healthy_bone(a, p)
    f.TH, f.muH = f.RpH - f.ReH, np.reshape(mu, (2, 2))
    f.hT = f.hA * (p.h + (1 - p.h) * p.catch_up * f.mature)
    f.nU, f.om = p.nH * p.n * exp(p.eta_bone / 2), p.om * exp(p.eta_bone)
    f.cH = mean_mineral(f.muH, 1, p)
    return f


def amounts(s: Bag, f: Bag, p: Bag) -> tuple[float, Any, float]:
    """Bone over healthy of the same age: vertebral trabeculae, what carries load [spine M L], the shell."""
    y, shell = s.n * s.h / (p.nH * f.nH * f.hH), s.w / f.wH
    long_bone = (s.Rp**4 - s.Re**4) / s.Rp / ((f.RpH**4 - f.ReH**4) / f.RpH * f.r**3)
    return y[0], np.array([p.th * y[0] + (1 - p.th) * shell, y[1], long_bone]), shell


def young_adult(p: Bag) -> Bag:
    """What scans see of a healthy adult who has done growing, in balance at turnover 1."""
    h, done = p.hH * (p.H_young / p.hH_height) ** p.eh, Bag(dX=0, g=0)
    s = Bag(n=np.full(2, p.nH), h=np.full(2, h), w=max(p.w2 + p.wd, p.wH_floor), phi=p.fp0)
    s.Rp, s.Re = p.RpA + p.dRp, p.ReA + p.dRe
    return scanned(s, p.H_young, mean_mineral(packets([1, 1], h, 1, s.Rp, s.Re, 1, 1, done, p)[0], 1, p))


def scanned(s: Bag, H: float, mineral: Any) -> Bag:
    """What scans see: height, trabeculae, shell, the long bone's wall, area and section modulus, mineral."""
    area, (c, cL) = s.Rp**2 - s.Re**2, mineral
    tube = {"wall": area / s.Rp, "area": area, "Z": (s.Rp**4 - s.Re**4) / s.Rp, "solid": 1 - s.phi}
    return Bag(H=H, V=s.n[0] * s.h[0], M=s.n[1] * s.h[1], W=s.w, c=c, cL=cL, **tube)


def own_bone(f: Bag, p: Bag) -> Bag:
    """The child's own bone at this age without drug, in closed form.

    Healthy bone is off its balance by a lag; that of the child lags in proportion to its own pace.
    """
    act, B = f.Ar / f.A, f.Ar * f.balance
    even = 1 - (1 - f.balance) / (p.kap * f.balance)
    h = f.hT * (even + (f.hH / f.hA - even) * f.hT / f.hA / act)
    s = Bag(n=np.full(2, f.nU * f.nH**act))
    s.h = np.full(2, min(max(h, p.h_floor), p.bvtv_most / s.n[0]))
    s.w, s.Rp = max(f.om * f.wH, p.w_floor), f.qL * f.RpH
    s.Re = min(max(f.qL * (f.RpH - f.om * f.TH), p.Re_floor), s.Rp - p.T_floor)
    s.joined = f.joinedH * act
    s.phi = np.clip((f.phH - f.joinedH) * p.ph * act**p.eph + s.joined, p.phi_least, p.phi_most)
    own, rate = packets([B, B], h, 1, s.Rp, s.Re, f.qL, p.k2x, f, p)
    BH = f.A * f.balance
    healthy, rateH = packets([BH, BH], f.hH, 1, f.RpH, f.ReH, 1, 1, f, p)
    # A share still empty lags by its change over its rate: by q f'/rate^3, with f and q of its own.
    longer = (1 - own) * own / ((1 - healthy) * healthy) * rateH / rate
    s.mu = np.clip(own + (f.muH - healthy) * longer, 0, 1)
    return s


def untreated(f: Bag, p: Bag) -> Bag:
    """The state at the first age: the child's own course without drug."""
    s, B = own_bone(f, p), f.Ar * f.balance
    s.C, s.P, s.B = np.full(3, f.Ar), np.full(3, f.Ar), np.full(3, B)
    s.lean, s.x_mem = p.lean, p.lean / amounts(s, f, p)[1]
    s.d, s.K, s.D25 = f.A * s.x_mem[2] ** 2 / f.Ar, 1.0, p.vitamin_d_nmol_per_l
    s.S, s.D, s.X, s.U = (np.zeros(len(p.names)) for _ in range(4))
    s.u, s.ache, s.relief, s.recent, s.imm = np.zeros(2), 0.0, 0.0, 0.0, 0.0
    s.Lam, s.N, s.rate = np.zeros(4), np.zeros(4, int), hazards(s, f, p)
    return s


# Care. A plan lists doses at their times, and parts that are in force from a start to a stop.
def care_during(t: float, dt: float, plan: Mapping, f: Bag, p: Bag) -> Bag:
    """What a plan brings into a step: doses that fall in it, all else as it is in its middle."""

    def in_force(kind: str) -> list[Mapping]:
        now = t + dt / 2
        return [b for b in plan.get(kind, ()) if b.get("start_years", 0) <= now < b.get("stop_years", inf)]

    iv, oral, infusions, d = np.zeros(len(p.names)), np.zeros(len(p.names)), 0, p.drug
    for dose in plan.get("infusions", ()):
        due = sum(t <= time + 1e-9 < t + dt for time in dose["at_years"])
        iv[p.names.index(dose["drug"])] += due * dose_mg(dose, f.W)
        infusions += due
    for tablet in in_force("tablets"):
        taken = dt * DAYS * p.adherence * exp(p.eta_absorption)
        oral[p.names.index(tablet["drug"])] += dose_mg(tablet, f.W) * taken
    # Of a tablet the gut lets in a per cent or less.
    oral *= np.where(d.F_cut > f.W, d.F_light, d.F_heavy) * np.where(
        f.age > d.F_adult_age, d.F_adult, d.F_child
    )
    loads = [[part["vertebral"], part["metaphyseal"], part["long_bone"]] for part in in_force("activity")]
    sunshine = sum(part["iu_per_day"] for part in in_force("vitamin_d"))
    factors = {
        k: np.prod([part["factor"] for part in in_force(k)]) for k in ("rankl", "formation", "limb_hazard")
    }
    return Bag(
        iv=iv * 1e6 / d.molar_mass, oral=oral * 1e6 / d.molar_mass, infusions=infusions,
        activity=np.prod(np.array(loads).reshape(-1, 3), axis=0), limb_rests=bool(in_force("immobilised")),
        calcium=sum(part["mg_per_day"] for part in in_force("calcium")),
        vitamin_d=p.vitamin_d_rise * (1 - exp(-sunshine / p.vitamin_d_scale)),
        **factors,
    )  # fmt: skip


def dose_mg(dose: Mapping, W: float) -> float:
    """Dose by weight, with another below a weight, and a cap. Of tablets it is a day's."""
    below = "below_kg" in dose and dose["below_kg"] > W
    fixed = dose["mg_if_below"] if below else dose.get("mg", 0)
    return min(dose.get("mg_per_kg", 0) * W + fixed, dose.get("cap_mg", inf))


# Cells. Three stages in a row: osteoclasts, the signal freed from what they dissolve, osteoblasts. Load and
# calcium pull at both ends of it, a bisphosphonate at the beginning.
def load_on_bone(s: Bag, care: Bag, bone: Any, p: Bag) -> tuple[Any, Any, Any, Any]:
    """Load [V M L], strain (muscle over bone), and the resorption and formation that osteocytes ask for.

    They compare strain with what they remember: more resorption under rest, more formation under load.
    """
    resting = float(care.limb_rests or s.imm > 0) * np.array([p.imm_V, p.imm_M, p.imm_L])
    load = np.clip(care.activity * (1 - resting), p.load_least, p.load_most)
    x = load * s.lean / bone
    over, under = np.clip(x / s.x_mem - 1, 0, 1), np.clip(1 - x / s.x_mem, 0, 1)
    return load, x, 1 + p.f2 * np.array([1, p.f2M, p.f2L]) * under, 1 + p.f1 * over - p.f3 * under


def calcium_lack(s: Bag, care: Bag, f: Bag, p: Bag) -> float:
    """Absorbing less than size and growth need raises parathyroid hormone, and so resorption: its factor."""
    D25, size = np.array([s.D25, p.D_usual]), f.H / p.height_ref
    intake = np.array([p.calcium_mg_per_day + care.calcium, p.intake_usual])
    got = intake * (p.abs_0 + p.abs_D * D25 / (D25 + p.D_half))
    need = p.need_rest * size**2 + p.need_growth * f.g * size**2.5
    lack, usual = p.def_width * np.log1p(np.exp((1 - got / need) / p.def_width))
    return 1 + p.p1 * (lack - usual)


def cells(s: Bag, birth: Any, gain: Any, built: Any, act: Any, apo: Any, f: Bag, p: Bag, dt: float) -> Any:
    """Mean resorption and formation [V M L].

    C' = kC (Ar birth - apo C), R = act C, P' = (R - P)/tauP, B' = (P gain + built - B)/tauB. A
    bisphosphonate cuts what osteoclasts do (act) and how long they live (apo); others build beside that.
    """
    C, rate = f.Ar * birth / apo, p.kC * apo
    R = mean_towards(s.C, C, rate, dt) * act
    call = mean_towards(s.P, R, 1 / p.tauP, dt) * gain + built
    B = mean_towards(s.B, call, 1 / p.tauB, dt)
    s.C, s.P = towards(s.C, C, rate, dt), towards(s.P, R, 1 / p.tauP, dt)
    s.B = towards(s.B, call, 1 / p.tauB, dt)
    return R, B


# Drug. Hours after a dose it is in bone or in urine (U). In bone it lies on the surface (S) until new bone
# buries it (D) or an osteoclast frees it; freed, it meets bone and kidney again, and leaves in the end (X).
def bone_share(f: Bag, p: Bag) -> Any:
    """Share of plasma drug that bone takes rather than the kidney, which matures early and ages [drug]."""
    age, area = (p.term + DAYS / 7 * f.a) ** p.gfr_power, sqrt(f.H * f.W / p.bsa_divisor) / p.bsa_reference
    gfr = p.gfr_mature * 1.44 * area * age / (p.gfr_half_age**p.gfr_power + age)  # 1.44: mL/min to L/day
    years = max(f.a - p.gfr_fall_from, 0)
    gfr *= max(1 - p.gfr_fall[p.female] / p.gfr_mature * years, 0.1)
    uptake = p.drug.CLb70 * (f.W / p.weight_reference) ** p.clearance_power * f.Ar**p.theta
    return uptake / (uptake + p.drug.kappa * gfr)


def exchange(S: Any, D: Any, R: float, B: float, fb: Any, h: float, days: float, f: Bag, p: Bag) -> Any:
    """Drug on the surface S and buried D after some days: S' = -a S + fb rD D, D' = b S - rD D. Exact."""
    b = p.kb * f.Ar**p.xi * (p.wb + (1 - p.wb) * B / f.Ar)
    rD = R * p.kD * p.h_ref / h + p.gam * f.g / DAYS  # thin bone and a growing network free drug faster
    a = (p.drug.kdes + R * p.kS) * (1 - fb) + b
    m, q = -(a + rD) / 2, np.sqrt((a - rD) ** 2 / 4 + fb * rD * b + 1e-16)
    e, c, k = np.exp(m * days), np.cosh(q * days), np.sinh(q * days) / q
    return e * (c * S + k * (fb * rD * D - (a + m) * S)), e * (c * D + k * (b * S - (rD + m) * D))


def effect(u: Any, p: Bag) -> Any:
    """Effect of exposure u (EC50 units) with slope and ceiling; osteoclast activity is (1 + effect)^-s."""
    power = (np.maximum(u, 0) + 1e-6) ** p.hill
    return power / (1 + power / p.umax)


def taste(s: Bag, start: Any, end: Any, bone: Any, days: float, f: Bag, p: Bag) -> tuple[Any, ...]:
    """Activity, death and share of full effect [V M L] of osteoclasts as drug (S, D) goes from start to end.

    They taste what they free and a share w of what leaves the mineral by itself, per EC50 and size of
    skeleton, with a lag of days: u' = kO (input - u). Input from the surface falls at rate lam within the
    step. The metaphysis is new bone, with no buried drug.
    """
    (S, D), (S1, D1) = start, end
    skeleton = (f.H / p.mass_height) ** p.mass_power * bone[0]
    unit = p.drug.EC50 * p.drug.EC50_scale * skeleton * exp(p.eta_drug)
    met = p.kS + p.w * p.drug.kdes * s.h[0] / (f.Ar * p.h_ref)
    X0, X1 = np.sum(met * S / unit), np.sum(met * S1 / unit)
    lam = np.clip(np.log(X0 / X1) / days, -0.2, 0.2) if X0 > 0 else 0.0
    XS, XD = X0 * p.kO / (p.kO - lam), p.aD * p.kD * np.sum((D + D1) / 2 / unit) * np.array([1, p.mD])
    part = days * np.array([[1 / 6], [1 / 2], [5 / 6], [1]])
    u = XD + (s.u - XD - XS) * np.exp(-p.kO * part) + XS * np.exp(-lam * part)
    s.u, e = u[3], 1 + effect(u[:3], p)
    return tuple(x.mean(0)[[0, 1, 0]] for x in (e**-p.s, e ** (1 - p.s), 1 - 1 / e))


# Structure. Drug spares what grows, until bone outgrows the muscle that loads it.
def spared(R: Any, bone: Any, exponent: float, f: Bag, p: Bag) -> Any:
    """Share of growth's own resorption that is switched off [V M L]; less of it near the brake."""
    quiet, brake = np.clip(R / f.Ar, p.sup_least, 1), 1 + (bone / (p.Mbr * p.lean)) ** p.nbr
    return (1 - quiet**exponent) / brake


def trabeculae(s: Bag, R: Any, B: Any, full: Any, gain: Any, f: Bag, p: Bag, dt: float) -> None:
    """Thickness refills towards what strain asks for; number survives from the growth plate.

    h' = 2 v0 (kap B (1 - h/hT) + B - R), n' = supply (nU gain - n) - loss (n - nU) - cut n. Growth supplies,
    which is why children gain trabeculae and adults hardly do; what is not refilled cuts some through.
    """
    hT, B, R = f.hT * (1 + p.beta_d * full[:2]), B[:2], R[:2]
    s.h = towards(s.h, hT * (1 + (B - R) / (p.kap * B)), 2 * p.v0 * p.kap * B / hT, dt)
    supply, loss = f.g * np.array([p.gam, p.gamM]), np.array([p.kexV, p.kexM]) * R * (s.n > f.nU)
    cut = p.kper * (1 - f.balance) * R
    wanted = f.nU * (supply * gain + loss) / np.maximum(supply + loss + cut, 1e-300)
    s.n = towards(s.n, wanted, supply + loss + cut, dt)
    s.h = np.minimum(np.maximum(s.h, p.h_floor), p.bvtv_most / s.n)


def cortex(s: Bag, R: Any, B: Any, call: Any, stopped: Any, f: Bag, p: Bag, dt: float) -> None:
    """Growth adds outside, as load calls, and takes away inside, which drug spares. Pores follow turnover,
    and those that canals leave when they join stay.
    """
    shell, _, shaft = stopped
    inward = (p.vp * p.q - f.om * p.wd) * (1 - p.rho_w * shell)
    s.w = max(s.w + dt * (f.dX * (p.vp * p.q * call[0] - inward) + p.v0 * (B[0] - R[0])), p.w_floor)
    s.Rp += dt * f.dX * p.dRp * f.qL * call[2]
    widening = f.dX * f.qL * (p.dRp - f.om * (p.dRp - p.dRe)) * (1 - p.rho_L * shaft)
    s.Re = min(max(s.Re + dt * (widening - p.v0 / 2 * (B[2] - R[2])), p.Re_floor), s.Rp - p.T_floor)
    pores = p.fp0 * f.Ar**p.eph * (p.ph - p.follow + p.follow * R[2] / f.Ar) + p.aph * (R[2] - B[2]) / p.kph
    follows = towards(s.phi - s.joined, pores, p.kph, dt)
    s.joined += dt * p.fL * R[2] * f.unfilled
    s.phi = np.clip(follows + s.joined, p.phi_least, p.phi_most)


# Mineral. A packet of new bone fills to 60 % in weeks, then over years; less turnover, older and fuller bone.
def packets(B: Any, h: Any, supply: Any, Rp: Any, Re: Any, qL: Any, k2x: Any, f: Bag, p: Bag) -> Any:
    """Remodelling and growth lay down empty packets: share still empty [V L, fast slow] and its rate, 1/y."""
    shaft = f.dX * p.dRp * qL * 2 * Rp / (Rp**2 - Re**2)
    fresh = np.array([[2 * p.v0 * B[0] / h + p.gam * f.g * supply], [p.fL * B[1] + shaft]])
    rate = fresh + np.array([p.k1, p.k2 * k2x])
    return fresh / rate, rate


def filling(B: Any, usual: float, f: Bag, p: Bag) -> Any:
    """Formation as mineral answers to it: in full in adults, in growing bone in a part that nobody knows."""
    return usual + (B - usual) * (f.mature + (1 - f.mature) / (1 + p.resist))


def mean_mineral(mu: Any, cm: float, p: Bag) -> Any:
    """Mean mineral [V L] of bone with empty shares mu."""
    return cm * (1 - mu @ np.array([1 - p.a2, p.a2]))


# Strength comes of amount, mineral and pores, toughness of mineral and cracks; collagen no drug mends.
def strength(s: Bag, f: Bag, p: Bag) -> tuple[float, float]:
    """Vertebra and limb over healthy of the same age and size."""
    y, (_, _, yL), shell = amounts(s, f, p)
    c, cL = mean_mineral(s.mu, p.cm, p) / f.cH
    vertebra = p.qS * (p.thS * y**p.e_yV * c**p.e_ash + (1 - p.thS) * shell)
    return vertebra, p.qS * yL * ((1 - s.phi) / (1 - f.phH)) ** p.e_phi * cL


def toughness(s: Bag, f: Bag, p: Bag) -> float:
    """Toughness of cortical bone over the type's matrix."""
    cL = (mean_mineral(s.mu, p.cm, p) / f.cH)[1]
    brittle, cracked = 1 - p.b1 * max(cL - p.b1_from, 0), 1 - p.b2 * max(s.d - 1, 0)
    return max(brittle, p.K_floor) * max(cracked, p.K_floor)


# Fractures. Hazards add up, and a bone breaks when its sum reaches the next arrival of its fate. The same
# fate under two plans is the same child twice: a treatment puts a fracture off, it does not draw another.
def untreated_hazards(limb: float, vertebra: float, f: Bag, p: Bag) -> Any:
    """Fractures per year [site] of this child left alone: what breaks everybody's bones, and what the type
    adds, both more in weaker bone (own untreated strength)."""
    adult, share = sigma((f.a - p.adult_age) / p.adult_width), (f.a - p.LL_age) / p.LL_span
    lower, other = p.LL_start * (1 - share), p.oth_start + p.oth_rise * np.clip(share, 0, 1)
    young = np.array([np.clip(lower, p.LL_least, p.LL_most), np.interp(f.a, p.UL_ages, p.UL_rates), other])
    limbs = young * (1 - adult) + p.h_ad * np.array([p.LL_adult, p.UL_adult, p.oth_adult]) * adult
    spine = p.hV0 * np.interp(f.a, p.V_ages, p.V_rates)
    everybody = np.interp(f.a, p.healthy_ages, p.healthy_rates[p.female]) * np.array(p.healthy_sites)
    weak, usual = weakness(limb, vertebra, p), weakness(*untreated_strength(f.a, p.of_type_I), p)
    return (everybody * weak + p.h_scale * p.R * np.append(limbs, spine) * weak / usual) * p.frailty


def weakness(limb: float, vertebra: float, p: Bag) -> Any:
    """How many more fractures untreated bone of this strength has [site]."""
    return np.append(np.full(3, limb**-p.b0L), vertebra**-p.b0V)


def untreated_strength(a: float, p: Bag) -> tuple[float, float]:
    """Limb and vertebra of a child left alone, over healthy of the same age and size."""
    f = at_age(a, p)
    vertebra, limb = strength(own_bone(f, p), f, p)
    return limb, vertebra


def hazards(s: Bag, f: Bag, p: Bag) -> Any:
    """Fractures per year [site]: those without drug, less what stronger and quieter bone prevents."""
    vertebra0, limb0 = strength(own_bone(f, p), f, p)
    vertebra, limb = np.divide(strength(s, f, p), (vertebra0, limb0))
    alone = untreated_hazards(limb0, vertebra0, f, p)
    # Once remodelling is quiet, more quiet gives limbs little more. More of it than usual has a limit.
    fall = 1 - s.K
    quiet = 1 - exp(-fall / p.kL) if fall > 0 else max(fall / p.kL, -p.space_most)
    # A hypothesis: where most loads near the limit break a bone, more strength withstands few more of them.
    load = np.minimum(alone[:3] * p.load_years, 1)
    limbs = exp(-p.gL * quiet) * toughness(s, f, p) ** -p.bT / (load + (1 - load) * limb**p.bL)
    spine = vertebra**-p.bV * exp(-p.gV * max(fall, -p.space_most))
    rates = alone * (1 - p.reach * (1 - np.append(limbs, spine))) * (1 + p.after_rise * s.recent)
    # A ceiling far above any published rate: nobody breaks a bone every day.
    total = rates.sum()
    return rates * (level_off(total, p.h_free, p.h_most) / total if total > 0 else 1)


def fractures(s: Bag, f: Bag, limb_hazard: float, arrivals: Any, p: Bag, dt: float) -> None:
    """Sum hazards over a step that ends at f, break what is due: it hurts, raises the risk, rests a leg.

    ``limb_hazard`` is the factor of rods; ``arrivals`` are sums of hazard [site, number], if bones may break.
    """
    before, s.rate = s.rate, hazards(s, f, p)
    added = dt * (before + s.rate) / 2 * np.array([limb_hazard, 1, 1, 1])
    s.Lam = s.Lam + added
    if arrivals is None:
        return
    due = np.asarray(arrivals)[np.arange(4), s.N]
    broken = s.Lam >= due
    if broken.any():
        since = dt * np.min(((s.Lam - due) / added)[broken])
        s.N, s.ache = s.N + broken, s.ache + exp(-p.pain_fracture_decay * since)
        s.recent = max(s.recent, 0.5 ** (since / p.after_half))
        s.imm = max(s.imm, p.rest_after_fracture * broken[0])
        s.rate = hazards(s, f, p)


# What is seen of it. All else that a trial or a family asks (a spine that settles, a break that heals late, a
# fever after the first infusion) is worked out of such courses afterwards, in src/brittlestar/aftermath/.
def observe(s: Bag, f: Bag, p: Bag) -> dict[str, Any]:
    """Outputs: what a scanner, a laboratory, a biopsy and a diary would show, and four things inside."""
    (c, cL), (cH, cLH), (vertebra, limb) = mean_mineral(s.mu, p.cm, p), f.cH, strength(s, f, p)
    peers, spine = f.peers, amounts(s, f, p)[1][0] * c / cH * f.r**p.eD
    ls_peers = level_off(spine * f.M / peers.M, 1 + p.Z_free * peers.S, 1 + p.Z_most * peers.S)
    ls = ls_peers * peers.M / f.M
    leg = cL * (1 - s.phi) * (s.Rp**2 - s.Re**2) / s.Rp
    leg_ratio = leg / (cLH * (1 - f.phH) * (f.RpH**2 - f.ReH**2) / f.RpH)
    # Growth-plate cartilage sheds collagen fragments too, and more trabeculae mean more surface to resorb.
    R, B = s.C[0] * (1 + effect(s.u[0], p)) ** -p.s, s.B[0]
    surface = p.ecs + (1 - p.ecs) * s.n[0] / (p.nH * f.nH)

    def growth_plate(usual: Bag) -> Any:
        return np.array([p.gp, p.gpN, p.gpB, p.gp]) * (1 - usual.mature) * (usual.A - 1) / usual.A

    plate = growth_plate(f)
    of_peers = f.A / (1 - plate) / (peers.A / (1 - growth_plate(peers)))
    other = np.array([0, p.bgN, p.bgB, 0])
    flux = surface * np.array([R, R, B, B]) / f.A
    ctx, ntx, bsap, p1np = other + (1 - other) * of_peers * (plate + (1 - plate) * flux)
    # Formation that outruns resorption after a dose takes calcium from the blood.
    gone = p.k_Ca * surface * (B - R * f.balance)
    calcium = level_off(max(-gone, 0), p.Ca_free, p.Ca_most) - level_off(max(gone, 0), p.Ca_free, p.Ca_most)
    pain = p.pain_base + p.pain_severity * np.clip(p.pain_severity_slope * (1 - p.r1), 0, 1)
    pain += p.pain_turnover * (R / f.Ar - 1) - p.pain_infusion_relief * np.clip(s.relief, 0, 1)
    out = {
        "ls_abmd": f.M * ls, "ls_z": (ls_peers - 1) / peers.S, "ls_ratio": ls_peers,
        "ls_median": peers.M, "ls_sd": peers.M * peers.S,
        "ls_bmad": f.M * ls / (p.d_AP * f.H / p.d_AP_height), "limb_ratio": leg_ratio, "limb_density": leg,
        "tblh_ratio": p.tblh_spine * ls + (1 - p.tblh_spine) * f.r * leg_ratio, "ctx": ctx,
        "bsap": bsap, "ntx": ntx,
        "p1np": p.psi * p1np, "resorption": R, "formation": B, "turnover_ratio": R / f.Ar,
        "bfr_bs_um_per_year": 1000 * p.v0 * B, "tb_n": s.n[0], "tb_th_um": 1000 * s.h[0],
        "bone_volume_fraction": s.n[0] * s.h[0], "bone_volume_fraction_metaphysis": s.n[1] * s.h[1],
        "ct_wi_mm": s.w, "porosity": s.phi, "mineral_mean": c, "strength_vertebral": vertebra,
        "strength_limb": limb, "toughness": p.qK * toughness(s, f, p),
        "microdamage": s.d, "cavity_burden": s.K,
        "drug_exposure": s.u[0], "drug_surface_nmol": s.S.sum(), "drug_buried_nmol": s.D.sum(),
        "drug_released_nmol": s.X.sum(), "drug_excreted_nmol": (s.X + s.U).sum(),
        "calcium_change_mmol_per_l": calcium, "pth_ratio": exp(-p.k_PTH * calcium),
        "vitamin_d_nmol_per_l": s.D25, "muscle": s.lean, "height_cm": f.H, "weight_kg": f.W,
        "pain": np.clip(pain + p.pain_fracture * s.ache, 0, 10),
        "osteoclasts": s.C[0], "coupling": s.P[0], "mineral_empty": s.mu[0, 1], "strain_memory": s.x_mem[0],
    }  # fmt: skip
    out |= observe_sites(s, f, out["ls_abmd"], p)
    for name, values in (("hazard", hazards(s, f, p)), ("expected_fractures", s.Lam), ("fractures", s.N)):
        out |= {f"{name}_{site}": value for site, value in zip(SITES, values)}
    return out


def observe_sites(s: Bag, f: Bag, abmd: float, p: Bag) -> dict[str, Any]:
    """Sites that are not followed, of what is, over the healthy young adult: scans, loads, spine's bone."""
    seen, young = scanned(s, f.H, mean_mineral(s.mu, p.cm, p)), young_adult(p)
    y = Bag(**{name: value / vars(young)[name] for name, value in vars(seen).items()})
    wall, area = y.wall * y.solid * y.cL, p.ls_area * y.H**2

    def density(th: float, trabeculae: float) -> float:
        return th * trabeculae * y.c * y.H**p.eD + (1 - th) * wall

    def load(share: float, trabeculae: float, shaft: float) -> float:
        cortex = shaft * y.solid**p.e_phi * y.cL
        return share * y.H**2 * trabeculae**p.e_yV * y.c**p.e_ash + (1 - share) * cortex

    shell, vertebra = (1 - p.thS) * y.W, p.thS * y.V**p.e_yV * y.c**p.e_ash
    return {
        "hip_density": density(p.th_hip, y.V), "neck_density": density(p.th_neck, y.V),
        "radius_density": density(p.th_radius, y.M), "bone_mass": (p.th * y.V + (1 - p.th) * y.W) * y.c,
        "femur_failure_load": load(p.thS_femur, y.V, y.Z / y.H),
        "tibia_failure_load": load(p.thS_tibia, y.M, y.area),
        "vertebral_failure_load": y.H**2 * (vertebra + shell),
        "ls_area_cm2": area, "ls_bmc_g": area * abmd,
    }  # fmt: skip


# The step. Its order is part of the model: bone is read before it changes, drug meets the cells as they were.
def step(s: Bag, t: float, dt: float, plan: Mapping, arrivals: Any, p: Bag) -> None:
    """Everything one step later."""
    f, days = at_age(p.age_years + t + dt / 2, p), dt * DAYS
    care, bone, fb = care_during(t, dt, plan, f, p), amounts(s, f, p)[1], bone_share(f, p)
    n0, h0, Rp0, Re0 = s.n[0], s.h[0], s.Rp, s.Re

    # Drug predicted with the cells as they are now, and what the cells of this step feel of it.
    given, late = fb * (care.iv + care.oral / 2), fb * care.oral / 2
    S, D, R0 = s.S + given, s.D, s.C[0] * (1 + effect(s.u[0], p)) ** -p.s
    end = exchange(S, D, R0, s.B[0], fb, h0, days, f, p)
    act, apo, full = taste(s, (S, D), end, bone, days, f, p)

    load, x, more, call = load_on_bone(s, care, bone, p)
    s.D25 = towards(s.D25, p.vitamin_d_nmol_per_l + care.vitamin_d, p.k_D, dt)
    birth = more * calcium_lack(s, care, f, p) * care.rankl
    built = call * (care.formation - 1) * np.array([1, p.added_limb, p.added_limb])
    R, B = cells(s, birth, call * f.balance, built, act, apo, f, p, dt)

    gain = np.exp(p.rho_s * spared(R, bone, p.p_m, f, p)[:2])
    trabeculae(s, R, B, full, gain, f, p, dt)
    cortex(s, R, B, call, spared(R, bone, p.p_w, f, p), f, p, dt)
    fill = filling(B[[0, 2]], f.Ar * f.balance, f, p)
    settled, rate = packets(fill, s.h[0], f.nU * gain[0] / n0, Rp0, Re0, f.qL, p.k2x, f, p)
    s.mu = towards(s.mu, settled, rate, dt)

    # Drug again, with the cells of this step; what is missing then has left for the urine.
    before = s.S + s.D
    s.S, s.D = exchange(S, D, R[0], B[0], fb, h0, days, f, p)
    s.S = s.S + late
    s.X, s.U = s.X + before + given + late - s.S - s.D, s.U + (1 - fb) * (care.iv + care.oral)

    # Muscle, memory, damage, open cavities, pain.
    s.lean = towards(s.lean, p.lean * (p.lean_rest + (1 - p.lean_rest) * load[2]), p.k_lean, dt)
    s.x_mem, s.K = towards(s.x_mem, x, 1 / p.Tmem, dt), towards(s.K, R[0] / f.Ar, 1 / p.tc, dt)
    s.d = towards(s.d, f.A * x[2] ** 2 / R[2], p.kr * R[2], dt)
    s.ache, s.recent = s.ache * exp(-p.pain_fracture_decay * dt), s.recent * 0.5 ** (dt / p.after_half)
    s.relief, s.imm = (s.relief + care.infusions) * exp(-p.pain_infusion_decay * dt), max(s.imm - dt, 0)
    fractures(s, at_age(p.age_years + t + dt, p), care.limb_hazard, arrivals, p, dt)


def simulate(
    person: Mapping[str, Any], plan: Mapping[str, Any], years: float, *, steps_per_year: float = 52,
    every: int = 1, arrivals: Any = None, parameters: Mapping[str, Any] | None = None,
    healthy: Healthy | None = None,
) -> dict[str, np.ndarray]:  # fmt: skip
    """Follow one child; every output over time, the first entry before any treatment.

    Args:
        person: age_years, sex, oi_type, and whatever differs from USUAL.
        plan: ``infusions`` (drug, at_years, mg_per_kg or mg, mg_if_below with below_kg, cap_mg), ``tablets``
            (the same per day), ``calcium`` (mg_per_day), ``vitamin_d`` (iu_per_day), ``activity`` (vertebral,
            metaphyseal, long_bone), ``immobilised``, and ``rankl``, ``formation``, ``limb_hazard`` (factor)
            of antibodies and rods; all but infusions from start_years to stop_years.
        years, steps_per_year, every: how long; 52 for weeks; outputs after so many steps.
        arrivals: sums of hazard at which bones break [site, number]; without it, expected fractures only.
        parameters, healthy: the shipped ones if left out.
    """
    p = child(person, parameters or shipped_parameters(), healthy or shipped_reference(person["sex"]))
    dt, rows = 1 / steps_per_year, []
    s = untreated(at_age(p.age_years, p), p)
    for i in range(round(years * steps_per_year) + 1):
        if i > 0:
            step(s, (i - 1) * dt, dt, plan, arrivals, p)
        if i % every == 0:
            rows.append({"time_years": i * dt} | observe(s, at_age(p.age_years + i * dt, p), p))
    return {name: np.array([row[name] for row in rows]) for name in rows[0]}


GIRL = {"age_years": 7.0, "sex": "female", "oi_type": "III"}
ZOLEDRONATE = {"infusions": [{"drug": "zoledronate", "mg_per_kg": 0.05, "at_years": np.arange(0, 3, 0.5)}]}
SHOWN = {
    "ls_z": "spine density, Z", "ctx": "CTX, of usual", "tb_n": "trabeculae per mm",
    "ct_wi_mm": "shell, mm", "strength_vertebral": "spine, of healthy", "strength_limb": "limb, of healthy",
    "drug_surface_nmol": "drug on bone, nmol", "pain": "pain, 0-10",
    "fractures": "fractures so far",
}  # fmt: skip


def main(picture: str = "") -> None:
    """Print the girl's course, untreated and treated; draw it if a file is named."""
    # One fate for both lives, drawn once: where each bone breaks as its summed hazard rises.
    fate = np.random.default_rng(7).exponential(size=(len(SITES), 100)).cumsum(axis=1)
    plans = {"untreated": {}, "zoledronate": ZOLEDRONATE}
    lives = {name: simulate(GIRL, plan, 3.0, every=26, arrivals=fate) for name, plan in plans.items()}
    for life in lives.values():
        life["fractures"] = np.sum([life[f"fractures_{site}"] for site in SITES], axis=0)
    print("A girl of 7 with OI type III: untreated | zoledronate 0.05 mg/kg every 6 months\n")
    print(f"{'years':<22}" + "".join(f"{t:>15.1f}" for t in lives["untreated"]["time_years"]))
    for name, label in SHOWN.items():
        pairs = zip(*(life[name] for life in lives.values()))
        print(f"{label:<22}" + "".join(f"{f'{a:.3g} | {b:.3g}':>15}" for a, b in pairs))
    print("\nOne fate of many, simulated, not observed; it advises no one.")
    if picture:
        draw(lives, picture)


def draw(lives: Mapping[str, Mapping[str, np.ndarray]], picture: str) -> None:
    """Charts of what is printed, as the ending of the file's name says: svg, png, html."""
    import altair

    rows = [
        {name: float(course[name][i]) for name in ("time_years", *SHOWN)} | {"life": life}
        for life, course in lives.items()
        for i in range(len(course["time_years"]))
    ]
    lines = altair.Chart(altair.Data(values=rows)).mark_line(point=True).properties(width=180, height=120)
    value = altair.Y(altair.repeat("repeat"), type="quantitative")
    lines.encode(x="time_years:Q", y=value, color="life:N").repeat(list(SHOWN), columns=3).save(picture)


if __name__ == "__main__":
    main(*sys.argv[1:2])
