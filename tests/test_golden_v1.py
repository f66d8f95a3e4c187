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

from brittlestar import single
from brittlestar._shared.parameter_files import load

FOLDER = Path(__file__).parent / "golden_v1"
RTOL = 1e-5
WEEKS = 52
NAMES = {
    "abmd": "ls_abmd", "z": "ls_z", "tblh": "tblh_abmd_ratio", "leg": "leg", "H": "height_cm",
    "c": "mineral_mean", "TbN": "tb_n", "TbTh": "tb_th_um", "CtWi": "ct_wi_mm", "phi": "porosity",
    "BVTV": "bone_volume_fraction", "BVTVm": "metaphyseal_bone_volume_fraction", "BFR": "bfr_bs_um_per_year",
    "CTX": "ctx", "P1NP": "p1np", "BSAP": "bsap", "u": "exposure", "rho": "turnover_ratio",
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
LATER |= {"outcomes/fracture": ["h_free", "h_most"], "bone/scanner": ["Z_free", "Z_most"]}
"""Limits of physics that the first set did not have; none acts in these scenarios."""


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


def healthy(sex: str) -> single.Healthy:
    """v1 references, linear between quarter years."""
    rows = [[float(x) for x in list(row.values())[1:]] for row in _rows("reference.csv") if row["sex"] == sex]
    age, *columns = np.array(rows).T
    return lambda a: [float(np.interp(a, age, column)) for column in columns]


def plan_of(scenario: dict[str, Any], years: float) -> dict[str, Any]:
    """Scenario table -> plan of the one-file model."""
    plan = {key: scenario[key] for key in ("tablets", "calcium_mg_per_day") if key in scenario}
    plan["infusions"] = [
        dose | {"at_years": np.arange(0.0, years, dose.get("every_weeks", np.inf) / WEEKS)}
        for dose in scenario.get("infusions", ())
    ]
    plan["disuse"] = [
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
    return single.simulate(
        scenario["person"],
        plan_of(scenario, years),
        years,
        parameters,
        healthy(scenario["person"]["sex"]),
        steps_per_year=scenario.get("steps_per_year", WEEKS),
        fate=fate,
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

    def expected(steps_per_year: int, rule: str) -> float:
        course = single.simulate(
            girl,
            plan,
            1.0,
            first_set(),
            healthy("female"),
            steps_per_year=steps_per_year,
            hazard_rule=rule,
        )
        return course["expected_fractures_lower_limb"][-1]

    truth = expected(364, "trapezoid")
    assert abs(expected(52, "trapezoid") - truth) < 0.5 * abs(expected(52, "right") - truth)
