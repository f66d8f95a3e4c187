"""The one-file model against the numbers of the first published parameter set, v1.

``golden_v1/`` holds the numbers (golden.csv), who they belong to (scenarios.toml), the parameters and the
references for growth and spine density they were computed with. All four are frozen: v1 does not change when
the defaults do.
"""

import csv
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import one_file
from brittlestar._shared.parameter_files import load

FOLDER = Path(__file__).parent / "golden_v1"
RTOL = 1e-5
WEEKS = 52
NAMES = {
    "abmd": "ls_abmd", "z": "ls_z", "tblh": "tblh_ratio", "leg": "limb_density", "H": "height_cm",
    "c": "mineral_mean", "TbN": "tb_n", "TbTh": "tb_th_um", "CtWi": "ct_wi_mm", "phi": "porosity",
    "BVTV": "bone_volume_fraction", "BVTVm": "bone_volume_fraction_metaphysis", "BFR": "bfr_bs_um_per_year",
    "CTX": "ctx", "P1NP": "p1np", "BSAP": "bsap", "u": "drug_exposure", "rho": "turnover_ratio",
    "cav": "cavity_burden", "dmg": "microdamage", "SV": "strength_vertebral", "SL": "strength_limb",
    "pain": "pain", "hLL": "hazard_lower_limb", "hUL": "hazard_upper_limb", "hVF": "hazard_vertebral",
    "CV": "osteoclasts", "PV": "coupling", "BV": "formation", "nV": "tb_n", "w": "ct_wi_mm",
    "xV": "strain_memory", "v2": "mineral_empty", "S1": "drug_surface_nmol", "D1": "drug_buried_nmol",
}  # fmt: skip
"""Symbols of golden.csv -> outputs of the one-file model."""


def _toml(name: str) -> dict[str, Any]:
    return tomllib.loads((FOLDER / name).read_text())


def _rows(name: str) -> list[dict[str, str]]:
    with (FOLDER / name).open() as file:
        return list(csv.DictReader(file))


LATER = {
    "bone/cortex": ["T_floor"],
    "bone/trabecular": ["bvtv_most"],
    "bone/mechanics": ["load_least", "load_most"],
}
LATER |= {
    "outcomes/fracture": ["h_free", "h_most", "matrix_power"],
    "bone/scanner": ["Z_free", "Z_most"],
    "bone/markers": ["k_Ca", "k_PTH", "Ca_free", "Ca_most"],
    "bone/sites": ["H_young", "th_hip", "th_neck", "th_radius", "thS_femur", "thS_tibia", "ls_area"],
    "care/supplements": ["vitamin_d_rise", "vitamin_d_scale"],
}
"""Limits of physics, blood calcium, scans, supplements: not in the first set; none acts in its outputs."""


def first_set() -> dict[str, Any]:
    """The frozen parameters, with today's limits."""
    files = ((place.split("/"), names) for place, names in LATER.items())
    later = {
        name: load(f"brittlestar.{room}", f"{file}.toml")[name].value
        for (room, file), names in files
        for name in names
    }
    return _toml("parameters.toml") | later


SCENARIOS = _toml("scenarios.toml")
GOLDEN = _rows("golden.csv")


def first_model() -> Any:
    """The one-file model as it summed hazards then: those after the step, at the age of its middle."""
    model = one_file.loaded()

    def fractures(s: Any, f: Any, limb_hazard: float, arrivals: Any, p: Any, dt: float) -> None:
        s.rate = model.hazards(s, model.at_age(f.a - dt / 2, p), p)
        s.Lam = s.Lam + dt * s.rate
        if arrivals is not None:
            broken = s.Lam >= np.asarray(arrivals)[np.arange(4), s.N]
            s.N, s.ache, s.recent = s.N + broken, s.ache + broken.sum(), 1.0 if broken.any() else s.recent
            s.imm = max(s.imm, p.imm_weeks * broken[0])

    model.fractures = fractures
    return model


FIRST = first_model()


def healthy(sex: str) -> Any:
    """v1 references, linear between quarter years."""
    rows = [[float(x) for x in list(row.values())[1:]] for row in _rows("reference.csv") if row["sex"] == sex]
    age, *columns = np.array(rows).T
    return lambda a: [float(np.interp(a, age, column)) for column in columns]


def plan_of(scenario: dict[str, Any], years: float) -> dict[str, Any]:
    """Scenario table -> plan of the one-file model."""
    plan: dict[str, Any] = {
        "tablets": [{**tablet, "mg": tablet["mg_per_day"]} for tablet in scenario.get("tablets", ())]
    }
    plan["infusions"] = [
        dose | {"at_years": np.arange(0.0, years, dose.get("every_weeks", np.inf) / WEEKS)}
        for dose in scenario.get("infusions", ())
    ]
    plan["activity"] = [
        rest | {"start_years": 0.0, "stop_years": rest["weeks"] / WEEKS}
        for rest in scenario.get("disuse", ())
    ]
    return plan


def run(name: str, parameters: dict[str, Any]) -> dict[str, np.ndarray]:
    """Outputs of one golden scenario over time."""
    scenario = SCENARIOS[name]
    years = max(float(row["time_y"]) for row in GOLDEN if row["scenario"] == name)
    fate = None
    if "fate" in scenario:
        fate = np.tile(scenario["fate"]["first"] + scenario["fate"]["spacing"] * np.arange(100), (4, 1))
    intake = {key: scenario[key] for key in ("calcium_mg_per_day",) if key in scenario}
    return FIRST.simulate(
        scenario["person"] | intake,
        plan_of(scenario, years),
        years,
        steps_per_year=scenario.get("steps_per_year", WEEKS),
        arrivals=fate,
        parameters=parameters,
        healthy=healthy(scenario["person"]["sex"]),
    )


@cache
def golden_run(name: str) -> dict[str, np.ndarray]:
    return run(name, first_set())


def value(course: dict[str, np.ndarray], symbol: str, time_years: float) -> float:
    """One number of a course by its golden symbol; N and Lam count limbs and other sites, not vertebrae."""
    at = int(np.argmin(np.abs(course["time_years"] - time_years)))
    if symbol in ("N", "Lam"):
        kind = "fractures" if symbol == "N" else "expected_fractures"
        return sum(course[f"{kind}_{site}"][at] for site in ("lower_limb", "upper_limb", "other"))
    if symbol == "hV":
        return course["tb_th_um"][at] / 1000
    return course[NAMES[symbol]][at]


@pytest.mark.parametrize("row", GOLDEN, ids=lambda row: f"{row['scenario']}-{row['output']}@{row['time_y']}")
def test_golden_row(row: dict[str, str]) -> None:
    got = value(golden_run(row["scenario"]), row["output"], float(row["time_y"]))
    assert got == pytest.approx(float(row["value"]), rel=RTOL)


def test_every_scenario_is_used() -> None:
    assert set(SCENARIOS) == {row["scenario"] for row in GOLDEN}


@pytest.mark.parametrize(
    ("name", "parameter"),
    [("pam_IV_girl_8", "kS"), ("healthy_girl_8_untreated", "hH"), ("bedrest_f35_17wk", "f2M")],
)
def test_one_per_cent_is_seen(name: str, parameter: str) -> None:
    parameters = first_set()
    parameters[parameter] *= 1.01
    course = run(name, parameters)
    errors = [
        abs(value(course, row["output"], float(row["time_y"])) / float(row["value"]) - 1)
        for row in GOLDEN
        if row["scenario"] == name
    ]
    assert max(errors) > RTOL


def test_trapezoid_adds_up_hazards_more_exactly_than_the_right_rectangle() -> None:
    girl = {"age_years": 8, "sex": "female", "oi_type": "IV"}
    plan = {"infusions": [{"drug": "zoledronate", "mg_per_kg": 0.05, "at_years": [0.0]}]}

    def expected(steps_per_year: int, model: Any) -> float:
        course = model.simulate(
            girl,
            plan,
            1.0,
            steps_per_year=steps_per_year,
            every=steps_per_year,
            parameters=first_set(),
            healthy=healthy("female"),
        )
        return course["expected_fractures_lower_limb"][-1]

    trapezoid = one_file.loaded()
    truth = expected(364, trapezoid)
    assert abs(expected(52, trapezoid) - truth) < 0.5 * abs(expected(52, FIRST) - truth)
