"""Code verification: parts of the program against answers that are known another way."""

from dataclasses import replace
from functools import cache
from typing import Any

import jax.numpy as jnp
import numpy as np
from scipy.integrate import solve_ivp
from scipy.linalg import expm

from brittlestar._shared.chance import uniform
from brittlestar.care import as_plan
from brittlestar.drugs import disposition
from brittlestar.drugs.catalogue import DRUGS
from brittlestar.drugs.dose_rule import is_given
from brittlestar.drugs.plasma import plasma_concentration, plasma_kinetics
from brittlestar.engine import simulate_cohort
from brittlestar.evidence.credibility.row import Row, Settings, judged
from brittlestar.people.cohort import Cohort
from brittlestar.people.person import Person
from brittlestar.people.sampling import sample_cohort

GROUP = "code"
DRUG = ("drug_surface_nmol", "drug_buried_nmol", "drug_released_nmol")
OUTPUTS = (*DRUG, "ls_abmd", "ls_z", "ctx", "turnover_ratio", "hazard_vertebral")
STEPS, STEP, YEARS = 52, 7.0, 364 / 365.25
ZOLEDRONATE = "zoledronate 0.05 mg/kg iv every 6 months"
HOUR = 1.0 / 24.0


def schedule(words: str, steps: int, step_days: float) -> Any:
    """A plan in words as tables, over the same drugs in every plan."""
    return as_plan(words).schedule(steps, step_days, drugs=DRUGS)


def people(*told: tuple[float, str, str]) -> Cohort:
    """Usual people by age, sex and type."""
    usual = [Person(age=a, sex=s, oi_type=t).to_cohort(first_id=i) for i, (a, s, t) in enumerate(told)]
    return Cohort.concatenate(usual)


def _plasma_error(drug: str, weight: float) -> float:
    """Largest difference between closed form and solver over the peak."""
    k = plasma_kinetics(drug, 8.0, 60.0 + weight, weight, turnover=2.5)
    vc, vp = float(k.volume_central), float(k.volume_peripheral)
    q, cl = float(k.intercompartmental), float(k.clearance)
    dose, length = 5000.0, 2.0 * HOUR

    def slope(_: float, y: np.ndarray, rate: float) -> list[float]:
        c, p = y[0] / vc, y[1] / vp
        return [rate - cl * c - q * (c - p), q * (c - p)]

    during, after = np.array([0.5, 1.0, 2.0]) * HOUR, np.array([3.0, 6.0, 24.0]) * HOUR
    options: dict[str, Any] = {"rtol": 1e-11, "atol": 1e-9, "method": "DOP853"}
    first = solve_ivp(slope, (0.0, length), [0.0, 0.0], t_eval=during, args=(dose / length,), **options)
    second = solve_ivp(slope, (length, after[-1]), first.y[:, -1], t_eval=after, args=(0.0,), **options)
    solved = np.concatenate([first.y[0], second.y[0]]) / vc
    closed = np.asarray(plasma_concentration(np.concatenate([during, after]), dose, length, k))
    return float(np.max(np.abs(closed - solved)) / solved.max())


def plasma(_: Settings) -> list[Row]:
    """Infusion into two compartments: the closed form against a tight solver."""
    worst = max(_plasma_error(drug, weight) for drug in DRUGS for weight in (8.0, 70.0))
    k = plasma_kinetics("pamidronate", 10.0, 130.0, 28.0)
    times = np.linspace(0.0, 5.0, 200001)
    area = np.trapezoid(np.asarray(plasma_concentration(times, 1000.0, 3 * HOUR, k)), times)
    off = abs(area * float(k.clearance) / 1000.0 - 1.0)
    return [
        judged(
            "plasma",
            GROUP,
            "The plasma curve of an infusion is that of its equations",
            method=f"closed form against a solver (rtol 1e-11), {len(DRUGS)} drugs, 8 and 70 kg",
            threshold="error over peak at most 1e-7",
            value=f"{worst:.1e}",
            passed=bool(worst <= 1e-7),
        ),
        judged(
            "plasma_area",
            GROUP,
            "The area under the plasma curve is dose over clearance",
            method="trapezoids over 5 days",
            threshold="relative error at most 1e-5",
            value=f"{off:.1e}",
            passed=bool(off <= 1e-5),
        ),
    ]


def transfer(s: Settings) -> list[Row]:
    """Drug between surface, depth and urine over a step: against the matrix exponential."""
    worst = 0.0
    for i in range(40):
        u = uniform(s.seed, i, "credibility transfer", np.arange(8))
        loss, burial, release, days = u[0] * 0.3, u[1] * 0.3, u[2] * 0.3, 0.1 + 27.9 * u[3]
        fb, (S, D, inflow) = 0.05 + 0.9 * u[4], 1e4 * u[5:8]
        rates = disposition.Rates(*(jnp.array([[v]]) for v in (loss, burial, release, fb)))
        S_, D_, flow = (jnp.array([[v]]) for v in (S, D, inflow))
        found = np.ravel(disposition.transfer(S_, D_, flow, rates, days))
        A = np.zeros((4, 4))
        A[0] = [-(loss + burial), fb * release, 0.0, inflow]
        A[1] = [burial, -release, 0.0, 0.0]
        A[2] = [loss, (1.0 - fb) * release, 0.0, 0.0]
        true = (expm(A * days) @ np.array([S, D, 0.0, 1.0]))[:3]
        worst = max(worst, float(np.max(np.abs(found - true)) / (S + D + inflow * days)))
    return [
        judged(
            "transfer",
            GROUP,
            "Drug moves between surface, depth and urine as its equations say",
            method="a step against the matrix exponential, 40 random cases",
            threshold="error over the whole amount at most 1e-8",
            value=f"{worst:.1e}",
            passed=worst <= 1e-8,
            seed=s.seed,
        )
    ]


@cache
def treated_and_untreated(seed: int) -> tuple[Any, Any, Any, Any, np.ndarray]:
    """64 people untreated, on a dose of nothing, treated, and both in one run."""
    cohort = sample_cohort(64, seed=seed, age_years=(1.0, 17.0), types={"I": 1.0, "IV": 1.0, "III": 1.0})
    given, none = schedule(ZOLEDRONATE, STEPS, STEP), schedule("no treatment", STEPS, STEP)
    nothing = replace(given, iv_amount=np.zeros_like(given.iv_amount))
    infused = np.any(is_given(np.moveaxis(given.iv_amount, -1, 0)), axis=(1, 2))[:STEPS]

    def run(plans: list[Any], which: np.ndarray) -> Any:
        return simulate_cohort(cohort, plans, which, YEARS, seed=seed, output_days=STEP, outputs=OUTPUTS)

    zero = np.zeros(64, int)
    half = (np.arange(64) % 2).astype(int)
    return run([none], zero), run([nothing], zero), run([none, given], half), half, infused


def no_drug(s: Settings) -> list[Row]:
    """A dose of nothing is no treatment, to the last bit; treated neighbours change nobody."""
    untreated, nothing, mixed, half, _ = treated_and_untreated(s.seed)
    same = all(np.array_equal(untreated[name], nothing[name]) for name in OUTPUTS)
    same &= np.array_equal(untreated.fracture_years, nothing.fracture_years)
    alone = max(
        float(np.max(np.abs(mixed[name][:, half == 0] - untreated[name][:, half == 0])))
        for name in ("ls_z", "ctx", "turnover_ratio")
    )
    moved = float(np.mean((mixed["ls_z"] - untreated["ls_z"])[-1, half == 1]))
    return [
        judged(
            "zero_dose",
            "controls",
            "A dose of nothing is no treatment",
            method="64 people for a year, every output and fracture compared",
            threshold="equal to the last bit",
            value="equal" if same else "differs",
            passed=bool(same),
            seed=s.seed,
        ),
        judged(
            "neighbours",
            "controls",
            "Treated people in the same run change nobody else",
            method="every second of 64 people treated (they gain "
            f"{moved:.2f} SD), the others compared with a run of their own",
            threshold="largest difference at most 1e-12",
            value=f"{alone:.1e}",
            passed=alone <= 1e-12,
            seed=s.seed,
        ),
    ]


def mass_balance(s: Settings) -> list[Row]:
    """What bone takes up is on its surface, buried or given off: the sum moves with infusions only."""
    _, _, mixed, half, infused = treated_and_untreated(s.seed)
    total = np.sum([mixed[name][:, half == 1] for name in DRUG], axis=0)
    gain = np.diff(total, axis=0)
    between = float(np.max(np.abs(gain[~infused]) / total[-1]))
    least = float(min(mixed[name].min() for name in DRUG))
    return [
        judged(
            "drug_mass",
            GROUP,
            "No drug is made or lost in bone",
            method="surface + depth + given off between infusions, 32 people for a year",
            threshold="change at most 1e-8 of the whole, nothing below 0",
            value=f"{between:.1e}; smallest amount {least:.1e}",
            passed=between <= 1e-8 and least >= 0.0,
            seed=s.seed,
        )
    ]


def steady_state(_: Settings) -> list[Row]:
    """Without drug, turnover stays at its own level, and healthy adults keep to the reference."""
    years, names = 20.0, ("turnover_ratio", "ls_ratio")
    cohort = people((30.0, "female", "healthy"), (30.0, "male", "healthy"), (30.0, "female", "IV"))
    plan = schedule("no treatment", 1064, STEP)
    out = simulate_cohort(cohort, [plan], np.zeros(3, int), years, outputs=names, fates=False)
    drift = float(np.max(np.abs(out["ls_ratio"][:, :2] / out["ls_ratio"][0, :2] - 1.0)))
    own = float(np.max(np.abs(out["turnover_ratio"] - 1.0)))
    return [
        judged(
            "steady_density",
            GROUP,
            "Healthy adults without drug keep to the reference",
            method="two adults of 30 for 20 years, density over the reference",
            threshold="drift at most 1 %",
            value=f"{100 * drift:.2f} %",
            passed=drift <= 0.01,
        ),
        judged(
            "steady_turnover",
            GROUP,
            "Turnover without drug stays at its own untreated level",
            method="the same and one with type IV",
            threshold="drift at most 1 %",
            value=f"{100 * own:.2f} %",
            passed=own <= 0.01,
        ),
    ]
