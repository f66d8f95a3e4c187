r"""Plasma concentration after an infusion, in closed form.

Two compartments, first-order clearance to kidney and bone; what the skeleton gives back later is too little
to be seen here and belongs to the disposition in bone. Amounts in nmol, volumes in L, time in days.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

from jax import Array
from jax.typing import ArrayLike

from brittlestar._shared.array_functions import functions_of
from brittlestar.drugs.body_size import glomerular_filtration_rate, scaled_clearance, scaled_volume
from brittlestar.drugs.catalogue import facts, shared

MG_TO_NMOL = 1e6  # nmol in a mg of a substance of 1 g/mol


class PlasmaKinetics(NamedTuple):
    """Plasma kinetics of one drug in a person, any broadcastable shapes."""

    volume_central: Array  # L
    volume_peripheral: Array  # L
    intercompartmental: Array  # L/day
    clearance_renal: Array  # L/day
    clearance_bone: Array  # L/day

    @property
    def clearance(self) -> Array:
        """Total clearance, L/day."""
        return self.clearance_renal + self.clearance_bone

    @property
    def bone_fraction(self) -> Array:
        """Share of what is in plasma that ends in bone, $CL_b / (CL_b + CL_r)$."""
        return self.clearance_bone / self.clearance


def plasma_kinetics(
    drug: str,
    age_years: ArrayLike,
    height_cm: ArrayLike,
    weight_kg: ArrayLike,
    turnover: ArrayLike = 1.0,
    female: ArrayLike = 0.5,
) -> PlasmaKinetics:
    r"""Kinetics of a drug in people of given age and size.

    $$CL_r = \kappa\,GFR, \quad CL_b = CL_{b,70} (W/70)^{0.75} A^\theta, \quad V = V_{70} W/70, \quad
    Q = Q_{70} (W/70)^{0.75}$$

    Args:
        drug: name of the drug.
        age_years: age.
        height_cm: height.
        weight_kg: weight.
        turnover: bone turnover relative to a healthy adult.
        female: 1 or 0; the mean of both if left out.

    Raises:
        InputError: unknown drug.
    """
    known = facts(drug)
    return PlasmaKinetics(
        volume_central=scaled_volume(known["Vc"].internal, weight_kg),
        volume_peripheral=scaled_volume(known["Vp"].internal, weight_kg),
        intercompartmental=scaled_clearance(known["Q"].internal, weight_kg),
        clearance_renal=known["kappa"].internal
        * glomerular_filtration_rate(age_years, height_cm, weight_kg, female),
        clearance_bone=scaled_clearance(known["CLb70"].internal, weight_kg, turnover, shared().theta),
    )


def disposition_rates(k: PlasmaKinetics) -> tuple[Array, Array]:
    r"""Fast and slow disposition rates, 1/day.

    $$\alpha,\beta = \tfrac12 \left[ k_{10}+k_{12}+k_{21} \pm
    \sqrt{(k_{10}+k_{12}+k_{21})^2 - 4 k_{10} k_{21}} \right], \quad
    k_{10} = CL/V_c,\; k_{12} = Q/V_c,\; k_{21} = Q/V_p$$
    """
    k10 = k.clearance / k.volume_central
    k12 = k.intercompartmental / k.volume_central
    k21 = k.intercompartmental / k.volume_peripheral
    total = k10 + k12 + k21
    # Same root as total^2 - 4 k10 k21, written as a sum of squares so that rounding cannot make it negative.
    root = functions_of(total).sqrt((k10 - k21) ** 2 + k12**2 + 2.0 * k12 * (k10 + k21))
    alpha = 0.5 * (total + root)
    return alpha, k10 * k21 / alpha


def plasma_concentration(
    time_days: ArrayLike, dose_nmol: ArrayLike, infusion_days: ArrayLike, k: PlasmaKinetics
) -> Array:
    r"""Plasma concentration during and after one infusion that starts at time 0, nmol/L.

    $$c(t) = \frac{R_0}{V_c} \sum_{g \in \{\alpha,\beta\}} \frac{A_g}{g}
    \left(1 - e^{-g \min(t,T)}\right) e^{-g (t-T)_+}, \quad
    A_\alpha = \frac{\alpha - k_{21}}{\alpha-\beta},\; A_\beta = \frac{k_{21} - \beta}{\alpha-\beta}$$

    with rate $R_0 = dose/T$. Before the start it is 0. Several infusions add up.

    Args:
        time_days: time since the start of the infusion, days.
        dose_nmol: dose, nmol.
        infusion_days: length of the infusion T > 0, days.
        k: kinetics; all arguments broadcast against each other.
    """
    alpha, beta = disposition_rates(k)
    xp = functions_of(time_days, dose_nmol, infusion_days, alpha)
    k21 = k.intercompartmental / k.volume_peripheral
    length = xp.asarray(infusion_days)
    during = xp.clip(xp.asarray(time_days), 0.0, length)
    after = xp.maximum(xp.asarray(time_days) - length, 0.0)

    def exponential(share: Array, rate: Array) -> Array:
        return share / rate * -xp.expm1(-rate * during) * xp.exp(-rate * after)

    fast = exponential((alpha - k21) / (alpha - beta), alpha)
    slow = exponential((k21 - beta) / (alpha - beta), beta)
    return xp.asarray(dose_nmol) / length / k.volume_central * (fast + slow)


def excreted_fraction(time_days: ArrayLike, infusion_days: ArrayLike, k: PlasmaKinetics) -> Array:
    r"""Share of the dose in urine by a time after the infusion has ended, without what bone returns.

    $$\frac{U(t)}{dose} = \frac{CL_r}{T V_c} \sum_g \frac{A_g}{g} \left[ T -
    \frac{(1-e^{-gT}) e^{-g(t-T)}}{g} \right]$$

    Args:
        time_days: time since the start of the infusion, at least ``infusion_days``.
        infusion_days: length of the infusion T.
        k: kinetics.
    """
    alpha, beta = disposition_rates(k)
    xp = functions_of(time_days, infusion_days, alpha)
    k21 = k.intercompartmental / k.volume_peripheral
    length, time = xp.asarray(infusion_days), xp.asarray(time_days)

    def area(share: Array, rate: Array) -> Array:
        tail = -xp.expm1(-rate * length) * xp.exp(-rate * (time - length)) / rate
        return share / rate * (length - tail)

    total = area((alpha - k21) / (alpha - beta), alpha) + area((k21 - beta) / (alpha - beta), beta)
    return k.clearance_renal / length / k.volume_central * total


def peak_concentration(dose_nmol: ArrayLike, infusion_days: ArrayLike, k: PlasmaKinetics) -> Array:
    """Highest plasma concentration of one infusion, nmol/L: that at its end."""
    return plasma_concentration(infusion_days, dose_nmol, infusion_days, k)


def infusion_hours(regimens: Iterable[Any], drug: str, day: float) -> float:
    """Length of an infusion of a plan, hours: what its regimen says, else the usual one of the drug.

    Args:
        regimens: of the plan, each with ``drug``, ``start.days`` and ``infusion_hours``.
        drug: name of the drug.
        day: when it is given; the regimen is the one of this drug that began last.
    """
    begun = [r for r in regimens if r.drug == drug and r.start.days <= day + 1e-6]
    said = max(begun, key=lambda r: r.start.days).infusion_hours if begun else None
    return float(facts(drug)["infusion_usual"].value) if said is None else float(said)


def dose_in_nmol(dose_mg: ArrayLike, drug: str) -> Array:
    """Dose in nmol from mg of the form in which the drug's doses are stated."""
    return functions_of(dose_mg).asarray(dose_mg) * MG_TO_NMOL / facts(drug)["molar_mass"].internal
