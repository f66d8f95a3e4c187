"""The teaching file and the engine are the same model: equal courses at a fine step, in every output.

The two are written apart: plain Python for one child in years, arrays for many people in days. The teaching
file goes through a step in a simpler way, so both are given steps of four hours.
"""

import subprocess
import sys
from functools import cache
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

import one_file
from brittlestar.care import as_plan
from brittlestar.drugs.catalogue import DRUGS
from brittlestar.engine import UNITS, Course, simulate_cohort
from brittlestar.model.fates import waiting_hazard
from brittlestar.people.coding import TYPES
from brittlestar.people.cohort import Cohort

MODEL = one_file.loaded()
DAYS = 365.25
LAST_DAY = 364
YEARS = LAST_DAY / DAYS
OUTPUT_DAYS = 28
PER_DAY = 6
RTOL = 2e-3
SEED = 3

Plan = dict[str, Any]


def infused(drug: str, days: list[int], **dose: float) -> Plan:
    return {"infusions": [{"drug": drug, "at_years": np.array(days) / DAYS, **dose}]}


PEOPLE: dict[str, tuple[dict[str, Any], str, Plan]] = {
    "girl IV, pamidronate": (
        {"age_years": 8.0, "sex": "female", "oi_type": "IV", "height_z": 0.8, "eta_bone": 0.15},
        "pamidronate 3 mg/kg iv every 17 weeks",
        infused("pamidronate", [0, 119, 238, 357], mg_per_kg=3.0),
    ),
    "boy III, calcium and vitamin D": (
        {
            "age_years": 4.0,
            "sex": "male",
            "oi_type": "III",
            "eta_activity": 0.2,
            "vitamin_d_nmol_per_l": 35.0,
        },
        "calcium 500 mg/day for 26 weeks, vitamin D 1000 IU/day from week 4",
        {
            "calcium": [{"mg_per_day": 500.0, "stop_years": 182 / DAYS}],
            "vitamin_d": [{"iu_per_day": 1000.0, "start_years": 28 / DAYS}],
        },
    ),
    "boy I, risedronate, over 30 kg during the year": (
        {
            "age_years": 9.0,
            "sex": "male",
            "oi_type": "I",
            "puberty_shift_years": -0.5,
            "eta_absorption": 0.3,
            "adherence": 0.8,
            "weight_factor": 1.05,
        },
        "poise-risedronate",
        {"tablets": [{"drug": "risedronate", "mg": 5.0, "mg_if_below": 2.5, "below_kg": 30.0}]},
    ),
    "infant III, zoledronate up to 0.2 mg": (
        {"age_years": 1.0, "sex": "female", "oi_type": "III", "eta_drug": -0.4},
        "zoledronate 0.025 mg/kg iv every 13 weeks from week 1 up to 0.2 mg",
        infused("zoledronate", [7, 98, 189, 280], mg_per_kg=0.025, cap_mg=0.2),
    ),
    "girl III, breaking before and after zoledronate": (
        {"age_years": 5.0, "sex": "female", "oi_type": "III", "frailty": 2.0},
        "zoledronate 0.05 mg/kg iv once from week 26",
        infused("zoledronate", [182], mg_per_kg=0.05),
    ),
    "infant III, hazard at its ceiling": (
        {"age_years": 0.5, "sex": "male", "oi_type": "III", "frailty": 45.0},
        "no treatment",
        {},
    ),
    "woman I, alendronate": (
        {"age_years": 55.0, "sex": "female", "oi_type": "I", "calcium_mg_per_day": 600.0, "frailty": 1.7},
        "alendronate 10 mg/day",
        {"tablets": [{"drug": "alendronate", "mg": 10.0}]},
    ),
}


def of_plan(words: str, age: float) -> Any:
    return as_plan(words).schedule(LAST_DAY * PER_DAY, 1.0 / PER_DAY, age, DRUGS)


def engine(person: dict[str, Any], schedule: Any) -> Course:
    words = {"sex": int(person["sex"] == "female"), "oi_type": TYPES.index(person["oi_type"])}
    values = {**MODEL.USUAL, "id": 1, "baseline_z": np.nan, **person, **words}
    return simulate_cohort(
        Cohort(**{name: np.array([value]) for name, value in values.items()}),
        [schedule],
        [0],
        YEARS,
        seed=SEED,
        step_days=schedule.step_days,
        output_days=float(OUTPUT_DAYS),
        drugs=1,
    )


@cache
def fate() -> np.ndarray:
    """Sums of hazard at which the bones of person 1 break in the engine [site, number]."""
    site, number = jnp.indices((len(MODEL.SITES), 100)).reshape(2, -1)
    waits = waiting_hazard(jnp.uint32(SEED), jnp.ones(site.size, jnp.uint32), site, number)
    return np.cumsum(np.reshape(waits, (len(MODEL.SITES), -1)), axis=1)


def of_the_file(person: dict[str, Any], plan: Plan) -> dict[str, np.ndarray]:
    per_year, per_output = PER_DAY * DAYS, PER_DAY * OUTPUT_DAYS
    return MODEL.simulate(person, plan, YEARS, steps_per_year=per_year, every=per_output, arrivals=fate())


NOTHING = {"calcium_change_mmol_per_l": MODEL.numbers("bone", "markers")["k_Ca"]}
"""What counts as nothing, if not a thousandth of the most: this is k_Ca times a small difference."""


def gaps(ours: Course, other: dict[str, np.ndarray]) -> dict[str, float]:
    """Largest relative gap of every output of the engine."""
    assert set(UNITS) <= set(other)
    found = {}
    for name in UNITS:
        a, b = ours[name][:, 0], np.asarray(other[name])
        assert a.shape == b.shape == (14,)
        scale = np.maximum(np.abs(b), NOTHING.get(name, 1e-3 * max(np.abs(b).max(), 1e-9)))
        found[name] = float(np.max(np.abs(a - b) / scale))
    return found


def apart(found: dict[str, float]) -> dict[str, float]:
    return {name: gap for name, gap in found.items() if not gap < RTOL}


@cache
def told(who: str) -> dict[str, np.ndarray]:
    """The teaching file's course of one of the people."""
    person, _, plan = PEOPLE[who]
    return of_the_file(person, plan)


@pytest.mark.parametrize("who", PEOPLE)
def test_same_course(who):
    person, words, _ = PEOPLE[who]
    assert apart(gaps(engine(person, of_plan(words, person["age_years"])), told(who))) == {}


def test_same_course_with_antibodies_rods_exercise_and_a_cast():
    person = {"age_years": 12.0, "sex": "female", "oi_type": "IV"}

    def by_day(factors: np.ndarray) -> np.ndarray:
        return np.asarray(factors).reshape(-1, PER_DAY).mean(axis=1)

    words = (
        "denosumab 60 mg every 26 weeks, setrusumab 20 mg/kg every 4 weeks for 26 weeks, physiotherapy, "
        "rodding of the left femur at 10 weeks cast 4 weeks, immobilised for 3 weeks from week 30"
    )
    schedule = of_plan(words, person["age_years"])
    care = schedule.care
    plan: Plan = {
        kind: [
            {"factor": factor, "start_years": day / DAYS, "stop_years": (day + 1) / DAYS}
            for day, factor in enumerate(factors)
        ]
        for kind, factors in (("rankl", by_day(care.rankl)), ("formation", by_day(care.formation)))
    }
    plan["activity"] = [dict(zip(("vertebral", "metaphyseal", "long_bone"), care.activity[0]))]
    operated = {"start_years": 70 / DAYS, "stop_years": 98 / DAYS}
    plan["immobilised"] = [operated, {"start_years": 210 / DAYS, "stop_years": 231 / DAYS}]
    plan["limb_hazard"] = [
        {"factor": by_day(care.limb_hazard)[70], **operated},
        {"factor": by_day(care.limb_hazard)[98], "start_years": 98 / DAYS},
    ]
    assert len({*care.limb_hazard}) == 3 and care.rankl.min() < 0.5 and care.formation.max() > 1.1
    assert apart(gaps(engine(person, schedule), of_the_file(person, plan))) == {}


def test_bones_break_among_these_people():
    broken = [sum(told(who)[f"fractures_{site}"][-1] for site in MODEL.SITES) for who in PEOPLE]
    assert max(broken) > 50 and sum(count > 0 for count in broken) > 3


def test_the_comparison_can_fail():
    who = "boy III, calcium and vitamin D"
    person, words, _ = PEOPLE[who]
    changed = engine({**person, "eta_activity": 0.21}, of_plan(words, 4.0))
    assert "ctx" in apart(gaps(changed, told(who)))


def test_it_runs_as_a_reader_would_run_it(tmp_path):
    picture = tmp_path / "course.svg"
    done = subprocess.run([sys.executable, one_file.PATH, picture], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "untreated | zoledronate" in done.stdout and "it advises no one" in done.stdout
    density = next(line for line in done.stdout.splitlines() if line.startswith("spine density"))
    untreated, treated = (float(z) for z in density.split()[-3::2])
    assert treated > untreated + 0.5
    assert picture.read_text().startswith("<svg")
