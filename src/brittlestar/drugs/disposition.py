"""Bisphosphonate in bone: bound to the surface, buried under new bone, freed by resorption, taken up again.

Amounts in nmol, shapes [drug, patient]. Plasma is fast (hours) and enters only through the split ``fb`` of
any drug that reaches it: the share bone takes up rather than the kidney excretes.
"""

from typing import NamedTuple

import jax.numpy as jnp
from jax import Array
from jax.typing import ArrayLike

from brittlestar.drugs.body_size import scaled_clearance
from brittlestar.drugs.catalogue import DrugConstants, Shared


def skeletal_share(
    CLb70: ArrayLike, kappa: ArrayLike, weight_kg: Array, gfr: Array, Ar_theta: Array
) -> Array:
    """Share of plasma drug that bone takes up: fb = CLb/(CLb + kappa GFR), CLb = CLb70 (W/70)^0.75 Ar^theta.

    Args:
        CLb70: bone clearance of a 70 kg adult at turnover 1, L/day [drug, 1].
        kappa: renal clearance over GFR [drug, 1].
        weight_kg: [patient].
        gfr: L/day [patient].
        Ar_theta: own drug-free turnover to the power theta [patient].
    """
    clearance = scaled_clearance(CLb70, weight_kg) * Ar_theta
    return clearance / (clearance + kappa * gfr)


def absorbed_share(weight_kg: Array, age_years: Array, d: DrugConstants) -> Array:
    """Oral bioavailability [drug, patient]: by weight, times the factor of children or of adults."""
    share = jnp.where(weight_kg < d.F_cut, d.F_light, d.F_heavy)
    return share * jnp.where(age_years > d.F_adult_age, d.F_adult, d.F_child)


class Rates(NamedTuple):
    """Rates of the two bone pools over one step, [drug, patient], 1/day."""

    loss_S: Array
    burial: Array
    release: Array
    fb: Array


def pool_rates(
    kdes: ArrayLike,
    fb: Array,
    R: Array,
    B: Array,
    Ar: Array,
    Ar_xi: Array,
    h: Array,
    renewal: Array,
    p: Shared,
) -> Rates:
    """Rates from the bone they live in.

    loss of surface drug = (kdes + R kS)(1 - fb); burial b = kb Ar^xi [wb + (1 - wb) B/Ar];
    release of buried drug rD = R kD h_ref/h + renewal (thin bone and a growing network give it back faster).

    Args:
        R, B: vertebral resorption and formation [patient].
        Ar, Ar_xi: own drug-free turnover, and its power xi [patient].
        h: vertebral Tb.Th, mm [patient].
        renewal: network replacement by growth, 1/day [patient].
    """
    return Rates(
        loss_S=(kdes + R * p.kS) * (1.0 - fb),
        burial=p.kb * Ar_xi * (p.wb + (1.0 - p.wb) * B / Ar) * jnp.ones_like(fb),
        release=(R * p.kD * p.h_ref / h + renewal) * jnp.ones_like(fb),
        fb=fb,
    )


def burying(S: Array, D: Array, inflow: Array, rates: Rates, days: ArrayLike) -> Array:
    """Change of buried drug per day over the step, near enough for the little it adds to exposure.

    Implicit Euler half steps: S in the middle, then D' = b S - rD D.
    """
    half = 0.5 * days
    surface = (S + half * inflow) / (1.0 + half * (rates.loss_S + rates.burial))
    return (rates.burial * surface - rates.release * D) / (1.0 + half * rates.release)


def transfer(S: Array, D: Array, inflow: Array, rates: Rates, days: ArrayLike) -> tuple[Array, Array, Array]:
    """Surface and buried drug after ``days`` at constant rates, and what left bone for good, nmol.

    S' = inflow - (loss + b) S + fb rD D;  D' = b S - rD D;  excreted' = loss S + (1 - fb) rD D.
    With the rest point of the inflow taken off, the exact 2x2 exponential:
    exp(Mt) = e^{mt} [cosh(qt) I + sinh(qt)/q (M - m I)], m = -(ma + md)/2, q^2 = (ma - md)^2/4 + mb mc.
    """
    ma, mb, mc, md = rates.loss_S + rates.burial, rates.fb * rates.release, rates.burial, rates.release
    det = ma * md - mb * mc
    rest_S, rest_D = md * inflow / det, mc * inflow / det
    m, half = -0.5 * (ma + md), 0.5 * (md - ma)
    q = jnp.sqrt(half * half + mb * mc + 1e-16)
    s, d = S - rest_S, D - rest_D
    grow, shrink = jnp.exp((m + q) * days), jnp.exp((m - q) * days)
    cosh, sinh = 0.5 * (grow + shrink), 0.5 * (grow - shrink) / q
    s_end, d_end = (cosh + sinh * half) * s + sinh * mb * d, sinh * mc * s + (cosh - sinh * half) * d
    # Integrals of S and D over the step, from M^-1 (end - start).
    sum_S = days * rest_S + (md * (s - s_end) + mb * (d - d_end)) / det
    sum_D = days * rest_D + (mc * (s - s_end) + ma * (d - d_end)) / det
    out = rates.loss_S * sum_S + (1.0 - rates.fb) * rates.release * sum_D
    return rest_S + s_end, rest_D + d_end, out
