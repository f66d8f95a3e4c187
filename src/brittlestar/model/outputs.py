"""What can be read from a state: scanner, laboratory, biopsy, strength, risk, drug. One name, one array."""

import jax.numpy as jnp
from jax import Array
from jax.typing import ArrayLike

from brittlestar._shared.parameter_files import DAYS_PER_YEAR
from brittlestar.bone import markers, scanner, sites
from brittlestar.bone.mineral import mean_mineral
from brittlestar.drugs import exposure
from brittlestar.model.hazard import hazards
from brittlestar.model.healthy import Body, own_at
from brittlestar.model.moment import Moment, moment_at
from brittlestar.model.parameters import Parameters
from brittlestar.model.skeleton import bones, strengths, young_bones
from brittlestar.model.state import M, State, Traits, V
from brittlestar.outcomes.fracture import SITES
from brittlestar.outcomes.pain import pain

UNITS = {
    "ls_abmd": "g/cm2", "ls_z": "SD", "ls_median": "g/cm2", "ls_sd": "g/cm2", "ls_bmad": "g/cm3",
    "ls_ratio": "of healthy", "tblh_ratio": "of healthy", "limb_ratio": "of healthy",
    "ctx": "of age-sex mean", "ntx": "of age-sex mean", "p1np": "of age-sex mean", "bsap": "of age-sex mean",
    "resorption": "of healthy adult", "formation": "of healthy adult", "turnover_ratio": "of own untreated",
    "bone_volume_fraction": "-", "bone_volume_fraction_metaphysis": "-", "tb_n": "1/mm", "tb_th_um": "um",
    "ct_wi_mm": "mm", "bfr_bs_um_per_year": "um/y", "porosity": "-", "limb_density": "arbitrary",
    "mineral_mean": "of full healthy packet", "strength_vertebral": "of healthy",
    "strength_limb": "of healthy", "toughness": "of healthy", "microdamage": "of healthy",
    "cavity_burden": "of own untreated", "pain": "0-10", "height_cm": "cm", "weight_kg": "kg",
    "drug_surface_nmol": "nmol", "drug_buried_nmol": "nmol", "drug_released_nmol": "nmol",
    "drug_excreted_nmol": "nmol", "drug_exposure": "EC50", "calcium_change_mmol_per_l": "mmol/L",
    "pth_ratio": "of usual", "vitamin_d_nmol_per_l": "nmol/L", "muscle": "of healthy",
    "hip_density": "of a healthy young adult", "neck_density": "of a healthy young adult",
    "radius_density": "of a healthy young adult", "bone_mass": "of a healthy young adult",
    "femur_failure_load": "of a healthy young adult", "tibia_failure_load": "of a healthy young adult",
    "vertebral_failure_load": "of a healthy young adult",
    "ls_area_cm2": "cm2", "ls_bmc_g": "g",
    **{f"hazard_{site}": "1/y" for site in SITES},
    **{f"expected_fractures_{site}": "count" for site in SITES},
    **{f"fractures_{site}": "count" for site in SITES},
}  # fmt: skip
"""Every output by name, with its unit."""


def read(
    x: State, age: Array, tr: Traits, rows: Array, p: Parameters, names: tuple[str, ...]
) -> dict[str, Array]:
    """The named outputs [patient] of a state at this age."""
    return outputs(moment_at(x, age, tr, rows, p), tr, p, names)


def outputs(now: Moment, tr: Traits, p: Parameters, names: tuple[str, ...]) -> dict[str, Array]:
    """The same of a moment; what is not asked for is not computed."""
    x, a, y = now.state, now.healthy, now.amounts
    own = own_at(a, tr, p)
    s = strengths(x, y, a, tr, p)
    R = x.C[V] * exposure.activity(x.u[0], p.shared)
    B = x.B[V]
    maturity = a.M / a.M_peers
    ls_of_peers = scanner.spine_ratio(y.T, s.mineral, own.r, maturity, a.S_peers, p.scanner)
    ls, abmd = ls_of_peers / maturity, a.M_peers * ls_of_peers
    c, cL = (mean_mineral(mu, p.mineral) for mu in (a.mu_v, a.mu_l))
    limb_density = s.mineral_limb * cL * (1.0 - x.phi) * (x.Rp**2 - x.Re**2) / x.Rp
    limb_healthy = cL * (1.0 - a.phi) * (a.Rp**2 - (a.Rp - a.T) ** 2) / a.Rp
    area = sites.projected_area(own.H, p.sites)
    surface = markers.marker_surface(x.n[V] / (p.turnover.nH * a.n), p.markers)
    calcium = markers.ionised_calcium_change(B, R * a.balance, surface, p.markers)

    def laboratory(share: ArrayLike, background: ArrayLike, flux: Array) -> Array:
        same, peers = (a.A, a.mature), (a.A_peers, a.mature_peers)
        over_peers = markers.usual_level(share, *same) / markers.usual_level(share, *peers)
        return markers.marker(share, background, *same, surface, flux, over_peers)

    out = {
        "ls_abmd": abmd,
        "ls_z": scanner.z_score(ls_of_peers, a.S_peers),
        "ls_bmad": scanner.bmad(abmd, own.H, p.scanner),
        "ls_median": a.M_peers,
        "ls_sd": a.S_peers * a.M_peers,
        "ls_ratio": ls_of_peers,
        "tblh_ratio": scanner.total_body_ratio(ls, limb_density / limb_healthy, own.r, p.scanner),
        "limb_ratio": limb_density / limb_healthy,
        "limb_density": limb_density,
        "ctx": laboratory(p.markers.gp, 0.0, R),
        "ntx": laboratory(p.markers.gpN, p.markers.bgN, R),
        "p1np": tr.psi * laboratory(p.markers.gp, 0.0, B),
        "bsap": laboratory(p.markers.gpB, p.markers.bgB, B),
        "resorption": R,
        "formation": B,
        "turnover_ratio": R / own.Ar,
        "bone_volume_fraction": x.n[V] * x.h[V],
        "bone_volume_fraction_metaphysis": x.n[M] * x.h[M],
        "tb_n": x.n[V],
        "tb_th_um": 1000.0 * x.h[V],
        "ct_wi_mm": x.w,
        "bfr_bs_um_per_year": 1000.0 * p.turnover.v0 * DAYS_PER_YEAR * B,
        "porosity": x.phi,
        "mineral_mean": s.mineral * c,
        "strength_vertebral": s.vertebra,
        "strength_limb": s.limb,
        "toughness": s.toughness,
        "microdamage": x.d,
        "cavity_burden": x.K,
        "pain": pain(R / own.Ar, tr.r1, x.ache, x.relief, p.pain),
        "height_cm": own.H,
        "weight_kg": own.W,
        "drug_surface_nmol": jnp.sum(x.S, axis=0),
        "drug_buried_nmol": jnp.sum(x.D, axis=0),
        "drug_released_nmol": jnp.sum(x.X, axis=0),
        "drug_excreted_nmol": jnp.sum(x.X + x.U, axis=0),
        "drug_exposure": x.u[0],
        "calcium_change_mmol_per_l": calcium,
        "pth_ratio": markers.parathyroid_hormone(calcium, p.markers),
        "vitamin_d_nmol_per_l": x.D25,
        "muscle": x.lean,
        "ls_area_cm2": area,
        "ls_bmc_g": area * abmd,
    }
    seen = bones(x, own.H, s.mineral * c, s.mineral_limb * cL)
    out |= _over_young(sites.relative(seen, young_bones(p)), p)
    rate = DAYS_PER_YEAR * hazards(x, y, Body(a, own, tr), p)
    for i, site in enumerate(SITES):
        out[f"hazard_{site}"] = rate[i]
        out[f"expected_fractures_{site}"] = x.Lam[i]
        out[f"fractures_{site}"] = x.N[i].astype(x.Lam.dtype)
    return {name: out[name] for name in names}


def _over_young(y: sites.Bones, p: Parameters) -> dict[str, Array]:
    """What is relative to the healthy young adult."""
    q, eD = p.sites, p.scanner.eD
    return {
        "hip_density": sites.areal_density(q.th_hip, y.V, y, eD),
        "neck_density": sites.areal_density(q.th_neck, y.V, y, eD),
        "radius_density": sites.areal_density(q.th_radius, y.M, y, eD),
        "bone_mass": sites.bone_mass(p.scanner.th, y),
        "femur_failure_load": sites.failure_load(q.thS_femur, y.V, y.Z / y.H, y, p.strength),
        "tibia_failure_load": sites.failure_load(q.thS_tibia, y.M, y.area, y, p.strength),
        "vertebral_failure_load": sites.vertebral_failure_load(y, p.strength),
    }
