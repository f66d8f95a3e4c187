"""Random people at and between the limits of what is accepted, under plans of every kind.

``scripts/random_people.py`` runs the full size; ``test_random_people.py`` a part of it.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from brittlestar.care import as_plan
from brittlestar.drugs.catalogue import DRUGS
from brittlestar.engine import at_entry, default_parameters, match_baseline_z, simulate_cohort
from brittlestar.model.outputs import UNITS
from brittlestar.outcomes.fracture import SITES
from brittlestar.people.coding import SEXES, TYPES
from brittlestar.people.cohort import Cohort
from brittlestar.people.limits import LIMITS
from brittlestar.people.person import Person

PLANS = (
    "no treatment",
    "zoledronate 0.05 mg/kg iv every 6 months",
    "zoledronate 0.0125 mg/kg iv every 3 months, first dose x0.5, max 4 mg, over 24 hours",
    "pamidronate 1 mg/kg/day iv for 3 days every 4 months",
    "neridronate 2 mg/kg iv every 3 months for 1 year then neridronate 100 mg iv every 6 months",
    "alendronate 10 mg/day",
    "risedronate 2.5 mg/day below 30 kg, 5 mg/day above, with food, not upright",
    "risedronate 2 mg/kg/week for 1 year then no treatment",
    "zoledronate 0.05 mg/kg iv every 6 months, risedronate 5 mg/day",
    "zoledronate 0.5 mg/kg iv every 1 month",
    "denosumab 1 mg/kg every 3 months for 1 year",
    "denosumab 60 mg every 6 months for 1 year then zoledronate 5 mg iv once",
    "teriparatide 20 ug/day for 2 years",
    "denosumab 1 mg/kg every 3 months, teriparatide 20 ug/day",
    "romosozumab 210 mg every month for 1 year then alendronate 10 mg/day",
    "setrusumab 20 mg/kg every month",
    "denosumab 1 mg/kg every 3 months, setrusumab 20 mg/kg every month, romosozumab 210 mg every month",
    "pamidronate 1 mg/kg/day iv for 3 days every 4 months, osteotomy of the femur at 150 days,"
    " hold 4 weeks before until 8 weeks after surgery",
    "rodding of the left tibia at 6 months cast 12 weeks",
    "zoledronate 0.05 mg/kg iv every 6 months, stop after 1 year",
    "calcium 2000 mg/day, vitamin D 4000 IU/day",
    "activity x0",
    "activity x0.2, zoledronate 0.05 mg/kg iv every 6 months",
    "activity x3",
    "immobilised for 2 years, activity x0 for 1 year",
    "physiotherapy for 1 year, weight-bearing-exercise for 1 year, alendronate 70 mg/week",
)
"""All drugs and routes, biologics, operations, holds, stops, supplements, load; published and absurd."""

DRAWN = {
    "height_z": "plain",
    "weight_factor": "log",
    "turnover": "log",
    "sensitivity": "log",
    "frailty": "plain",
    "adherence": "plain",
    "calcium_mg_per_day": "plain",
    "vitamin_d_nmol_per_l": "log",
    "puberty_shift_years": "plain",
}
"""Fields that are left out, at a limit, or between the limits on this scale."""


@dataclass(frozen=True)
class Bound:
    """The range of an output that is physical, and why."""

    low: float
    high: float
    why: str


def bounds() -> dict[str, Bound]:
    """Name of an output, or of a sum of outputs, -> its bound. Everything else is finite and not negative."""
    p = default_parameters()
    most, calcium = 365.25 * float(np.asarray(p.fracture.h_most)), float(np.asarray(p.markers.Ca_most))
    return {
        "hazard": Bound(0.0, most * (1.0 + 1e-9), "ceiling of the hazard of all sites"),
        "ls_abmd": Bound(1e-3, 3.0, "g/cm2: there is bone, and it is no ivory"),
        "ls_z": Bound(-12.0, 12.0, "no bone is -10 at the narrowest spread; the scanner's ceiling"),
        "ls_ratio": Bound(1e-3, 4.0, "of healthy"),
        "calcium_change_mmol_per_l": Bound(-calcium, calcium, "limit of ionised calcium"),
        "height_cm": Bound(25.0, 230.0, "what a person may say"),
        "weight_kg": Bound(0.3, 420.0, "0.3 times a newborn of type III, -6 SD; three times an adult, +6 SD"),
        "porosity": Bound(0.005, 0.6, "limits of the cortex"),
        "ct_wi_mm": Bound(0.05, 20.0, "least width; less than the bone"),
        "bone_volume_fraction": Bound(1e-4, 0.9 + 1e-9, "share of a volume, room for marrow"),
        "bone_volume_fraction_metaphysis": Bound(1e-4, 0.9 + 1e-9, "share of a volume, room for marrow"),
        "tb_th_um": Bound(30.0, 1000.0, "least thickness; a millimetre"),
        "strength_limb": Bound(1e-5, 10.0, "of healthy"),
        "strength_vertebral": Bound(1e-5, 20.0, "of healthy"),
        "toughness": Bound(1e-3, 1.0, "the matrix is never better than healthy"),
        "mineral_mean": Bound(0.0, 1.1, "of a full packet; 1.06 in osteogenesis imperfecta"),
        "pain": Bound(0.0, 10.0, "the scale"),
        "muscle": Bound(0.2, 2.0, "of healthy; share kept at rest, most load"),
        "vitamin_d_nmol_per_l": Bound(0.9, 600.0, "what a person may say, and the most that supplements add"),
    }


def beyond(outputs: dict[str, np.ndarray]) -> list[str]:
    """What is not finite or breaks a bound, one line each; empty if nothing does."""
    known = bounds()
    hazard = np.sum([outputs[f"hazard_{site}"] for site in SITES], axis=0)
    found = []
    for name, values in {**outputs, "hazard": hazard}.items():
        low, high = (known[name].low, known[name].high) if name in known else (0.0, np.inf)
        bad = ~((values >= low - 1e-12) & (values <= high + 1e-12) & np.isfinite(values))
        if bad.any():
            person = int(np.flatnonzero(bad.any(axis=0))[0])
            worst = values[:, person][bad[:, person]][0]
            found.append(
                f"{name}: {worst:.6g} of person {person}, accepted {low:g} to {high:g}; "
                f"{int(bad.any(axis=0).sum())} people"
            )
    return found


def legal_people(count: int, seed: int) -> Cohort:
    """People that :class:`Person` accepts: half of the fields usual, the rest at a limit or between."""
    rng = np.random.default_rng(seed)
    people = [_person(rng).to_cohort(seed=seed, first_id=i) for i in range(count)]
    cohort = Cohort.concatenate(people)
    # A measured Z-score stands between those of the least and the most bone that can be matched.
    ends = (at_entry(replace(cohort, eta_bone=np.full(count, e)), ("ls_z",))["ls_z"] for e in (-3.0, 3.0))
    least, most = (np.clip(z, LIMITS["baseline_z"].low, LIMITS["baseline_z"].high) for z in ends)
    z = np.clip(least + rng.uniform(-0.3, 1.3, count) * (most - least), least, most)
    wanted = (rng.random(count) < 0.5) & (least < most)
    return match_baseline_z(cohort, np.where(wanted, z, np.nan))


def _person(rng: np.random.Generator) -> Person:
    told: dict[str, Any] = {
        "age": float(np.clip(rng.uniform(-0.1, 1.03) * rng.choice([3.0, 18.0, 80.0]), 0.0, 80.0)),
        "sex": str(rng.choice(SEXES)),
        "oi_type": str(rng.choice(TYPES)),
    }
    for name, scale in DRAWN.items():
        limit = LIMITS[name]
        if rng.random() < 0.5:
            continue
        u = np.clip(rng.uniform(-0.3, 1.3), 0.0, 1.0)
        if u in (0.0, 1.0):
            told[name] = limit.low if u == 0.0 else limit.high
        elif scale == "log":
            told[name] = float(limit.low * (limit.high / limit.low) ** u)
        else:
            told[name] = float(limit.low + (limit.high - limit.low) * u)
    return Person(**told)


def courses(cohort: Cohort, plan: str, years: float, step_days: float = 7.0, seed: int = 1) -> dict[str, Any]:
    """Every output of everyone under one plan."""
    steps = int(np.ceil(years * 365.25 / 28.0)) * round(28.0 / step_days)
    schedule = as_plan(plan).schedule(steps, step_days, 8.0, DRUGS, "female")
    course = simulate_cohort(
        cohort,
        [schedule],
        np.zeros(len(cohort), np.int32),
        years,
        seed=seed,
        step_days=step_days,
        outputs=tuple(UNITS),
        drugs=2,
    )
    return course.outputs
