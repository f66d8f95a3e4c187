"""The readable one-file model and the engine are the same model: equal courses at a fine step.

The two are written apart: plain Python for one person in years, arrays for many people in days. The one-file
model goes through a step in a simpler way, so it is given steps of a quarter of a day.
"""

from functools import cache
from typing import Any

import numpy as np
import pytest

from brittlestar import single
from brittlestar._shared.parameter_files import load
from brittlestar.drugs.catalogue import DRUGS
from brittlestar.engine import simulate_cohort
from brittlestar.model.healthy import ages, load_reference
from brittlestar.people.coding import TYPES
from brittlestar.people.cohort import Cohort

DAYS = 365.25
YEARS = 364 / DAYS
RTOL = 2e-3
PER_DAY = 4
FILES = {
    "bone": "turnover remodelling trabecular cortex mineral mechanics calcium damage strength"
    " scanner markers",
    "outcomes": "fracture pain",
    "people": "growth",
    "drugs": "shared",
}
OUTPUTS = (
    "ls_abmd", "ls_z", "ls_bmad", "ctx", "p1np", "bsap", "resorption", "formation", "tb_n", "tb_th_um",
    "ct_wi_mm", "bfr_bs_um_per_year", "porosity", "mineral_mean", "strength_vertebral", "strength_limb",
    "toughness", "microdamage", "cavity_burden", "pain", "height_cm", "weight_kg",
    "bone_volume_fraction", "turnover_ratio", "hazard_lower_limb", "hazard_upper_limb", "hazard_other",
    "hazard_vertebral", "expected_fractures_lower_limb", "expected_fractures_vertebral",
    "drug_surface_nmol", "drug_buried_nmol",
)  # fmt: skip
PEOPLE = {
    "girl IV, pamidronate": (
        {"age_years": 8.0, "sex": "female", "oi_type": "IV", "height_z": 0.8, "eta_bone": 0.15},
        {"drug": "pamidronate", "mg_per_kg": 3.0, "days": [0, 119, 238]},
    ),
    "boy III, untreated": (
        {
            "age_years": 4.0,
            "sex": "male",
            "oi_type": "III",
            "eta_activity": 0.2,
            "vitamin_d_nmol_per_l": 35.0,
        },
        None,
    ),
    "boy I, risedronate": (
        {"age_years": 10.0, "sex": "male", "oi_type": "I", "eta_absorption": 0.3, "adherence": 0.8},
        {"drug": "risedronate", "mg_per_day": 5.0},
    ),
    "infant III, zoledronate": (
        {"age_years": 1.0, "sex": "female", "oi_type": "III", "eta_drug": -0.4},
        {"drug": "zoledronate", "mg_per_kg": 0.025, "days": [7, 98, 189, 280]},
    ),
    "infant III, hazard at its ceiling": (
        {"age_years": 0.5, "sex": "male", "oi_type": "III", "frailty": 40.0},
        None,
    ),
    "woman I, alendronate": (
        {"age_years": 55.0, "sex": "female", "oi_type": "I", "calcium_mg_per_day": 600.0, "frailty": 1.7},
        {"drug": "alendronate", "mg_per_day": 10.0},
    ),
}


@cache
def parameters() -> dict[str, Any]:
    """The shipped values in the units of their sources, as the one-file model reads them."""
    flat: dict[str, Any] = {}
    for package, names in FILES.items():
        for name in names.split():
            for key, p in load(f"brittlestar.{package}", f"{name}.toml").items():
                flat[f"pain_{key}" if name == "pain" else key] = p.value
    types = load("brittlestar.people", "types.toml")
    flat["types"] = {word: {k: p.value[word] for k, p in types.items()} for word in TYPES}
    body = load("brittlestar.drugs", "body_size.toml")
    flat |= {key: p.value for key, p in body.items() if key not in flat}
    flat["drugs"] = {
        name: {k: p.value for k, p in load("brittlestar.drugs", f"{name}.toml").items()} for name in DRUGS
    }
    numbers = set.intersection(*(set(drug) for drug in flat["drugs"].values()))
    flat["drugs"] = {n: {k: d[k] for k in sorted(numbers)} for n, d in flat["drugs"].items()}
    return flat


def healthy(sex: str) -> single.Healthy:
    """The engine's own reference, so that only the equations differ."""
    r, i, grid = load_reference(), int(sex == "female"), ages()
    rows = [r.height_cm[i], r.height_rate[i], r.weight_kg[i], r.abmd_median[i], r.abmd_spread[i]]
    return lambda a: [float(np.interp(a, grid, row)) for row in rows]


def one_file(person: dict[str, Any], given: dict[str, Any] | None) -> dict[str, np.ndarray]:
    plan: dict[str, Any] = {}
    if given and "days" in given:
        plan["infusions"] = [{**given, "at_years": np.array(given["days"]) / DAYS}]
    elif given:
        plan["tablets"] = [given]
    return single.simulate(
        person,
        plan,
        YEARS,
        parameters(),
        healthy(person["sex"]),
        steps_per_year=PER_DAY * DAYS,
        hazard_rule="trapezoid",
    )


class Given:
    """A schedule of daily steps."""

    def __init__(self, given: dict[str, Any] | None):
        steps = 364
        self.drugs = DRUGS
        self.iv_amount, self.iv_day = np.zeros((steps, len(DRUGS), 1, 5)), np.zeros((steps, len(DRUGS), 1))
        self.oral_rate = np.zeros((steps, len(DRUGS), 4))
        self.calcium_mg_per_day, self.vitamin_d_nmol_per_l = np.zeros(steps), np.zeros(steps)
        self.activity, self.immobilised = np.ones((steps, 3)), np.zeros(steps, bool)
        self.rankl = self.formation = self.limb_hazard = np.ones(steps)
        if given and "days" in given:
            for day in given["days"]:
                self.iv_amount[day, DRUGS.index(given["drug"]), 0] = [given["mg_per_kg"], 0, 0, 0, np.inf]
        elif given:
            self.oral_rate[:, DRUGS.index(given["drug"]), 1:3] = given["mg_per_day"]


def engine(person: dict[str, Any], given: dict[str, Any] | None) -> dict[str, np.ndarray]:
    usual = {k: v for k, v in single.USUAL.items() if k not in person} | {
        "weight_factor": 1.0,
        "baseline_z": np.nan,
    }
    values = {**usual, **person}
    cohort = Cohort(
        id=np.array([1]),
        sex=np.array([int(values.pop("sex") == "female")]),
        oi_type=np.array([TYPES.index(values.pop("oi_type"))]),
        **{k: np.array([v]) for k, v in values.items()},
    )
    course = simulate_cohort(
        cohort, [Given(given)], [0], YEARS, step_days=1.0, output_days=28.0, outputs=OUTPUTS, fates=False
    )
    return {name: course[name][:, 0] for name in OUTPUTS}


@pytest.mark.parametrize("who", PEOPLE)
def test_same_course(who):
    person, given = PEOPLE[who]
    ours, other = engine(person, given), one_file(person, given)
    for name in OUTPUTS:
        a, b = ours[name], np.asarray(other[name])[:: 28 * PER_DAY]
        assert a.shape == b.shape == (14,)
        scale = np.maximum(np.abs(b), 1e-3 * max(np.abs(b).max(), 1e-9))
        assert np.max(np.abs(a - b) / scale) < RTOL, name


def test_the_comparison_can_fail():
    person, given = PEOPLE["boy III, untreated"]
    changed = engine({**person, "eta_activity": 0.21}, given)["ctx"][-1]
    assert abs(changed / one_file(person, given)["ctx"][364 * PER_DAY] - 1.0) > RTOL
