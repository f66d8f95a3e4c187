"""What the page without a server is asked, and Python too: questions of its form, drawn by seed."""

from typing import Any

import numpy as np
from pydantic import ValidationError

from brittlestar.people.size import expected_height_cm, expected_weight_kg
from brittlestar.web.requests import SLIDERS, Explore

REFUSED: tuple[dict[str, Any], ...] = (
    {"person": {"age": -1}},
    {"person": {"age": 71, "activity_percent": 500}},
    {"person": {"vitamin_d_nmol_per_l": 5}},
    {"person": {"height_cm": 1.2}},
    {"person": {"height_cm": 50}},
    {"person": {"height_cm": 120, "height_z": 1}},
    {"person": {"weight_kg": 5000}},
    {"person": {"weight_kg": 200}},
    {"person": {"height_cm": 130.5, "weight_kg": 4}},
    {"person": {"baseline_z": -20}},
    {"person": {"baseline_z": -12}},
    {"person": {"fractures_last_2_years": -3}},
    {"person": {"fractures_last_2_years": 1.5}},
    {"person": {"age": 0, "fractures_last_2_years": 3}},
    {"plan": {"dose": 0}},
    {"plan": {"dose": 1e9}},
    {"plan": {"dose": 50}},
    {"plan": {"drug": "alendronate", "dose": 200}},
    {"plan": {"drug": "risedronate", "dose": 100}},
    {"plan": {"drug": "pamidronate", "dose": 90}},
    {"plan": {"for_years": 0.1}},
    {"plan": {"every_months": 2.5}},
    {"years": 4},
    {"seed": -1},
)
"""Each with something that no door takes."""

YEARS = (1, 1, 1, 1, 2, 1, 1, 1, 1, 3)
MONTHS, LENGTHS = (1, 2, 3, 4, 6, 9, 12, 18, 24), (0.5, 1.0, 2.0, 3.0, 5.0)


def drawn(seed: int, count: int) -> list[dict[str, Any]]:
    """Questions over types, ages, measures, drugs, doses, intervals and lengths."""
    chance, drugs = np.random.default_rng(seed), ("none", *SLIDERS)
    return [_question(chance, k, drugs[k % len(drugs)]) for k in range(count)]


def _question(chance: np.random.Generator, k: int, drug: str) -> dict[str, Any]:
    age = chance.uniform(0.0, 70.0) if k % 3 == 0 else chance.uniform(0.5, 18.0)
    who = {
        "age": round(float(age), 1),
        "sex": str(chance.choice(("female", "male"))),
        "oi_type": str(chance.choice(("I", "IV", "III", "healthy"), p=(0.3, 0.3, 0.3, 0.1))),
    }
    typical = who["oi_type"], who["sex"], who["age"]
    match k % 7:
        case 1:
            who["activity_percent"] = float(chance.integers(20, 151))
        case 2:
            who["height_cm"] = round(float(expected_height_cm(*typical, chance.uniform(-1.5, 1.5))), 1)
        case 3:
            who["weight_kg"] = round(float(expected_weight_kg(*typical)) * chance.uniform(0.8, 1.3), 1)
        case 4:
            who["baseline_z"] = round(float(chance.uniform(-3.0, -1.0)), 1)
        case 5:
            who["fractures_last_2_years"] = int(chance.integers(0, 6))
        case 6:
            who["vitamin_d_nmol_per_l"] = float(chance.integers(10, 151))
    plan: dict[str, Any] = {"drug": drug, "for_years": float(chance.choice(LENGTHS))}
    if drug != "none":
        slider = SLIDERS[drug]
        plan["dose"] = float(f"{slider.low * (slider.high / slider.low) ** chance.random():.3g}")
        if slider.every_months:
            plan["every_months"] = int(chance.choice(MONTHS))
    seed = int(chance.integers(0, 2**32))
    return {"person": who, "plan": plan, "years": YEARS[k % len(YEARS)], "seed": seed}


def refusal(asked: dict[str, Any], answer: Any) -> str:
    """What Python says to a question that it does not answer, as the served page tells it."""
    try:
        answer(Explore.model_validate(asked))
    except ValidationError as error:
        return "; ".join(f"{' '.join(map(str, one['loc']))} {one['msg']}" for one in error.errors())
    except ValueError as error:
        return str(error)
    return "answered"


def apart(found: Any, wanted: Any, place: str = "") -> list[tuple[str, Any, Any]]:
    """Where two answers differ: numbers by more than 1e-12 of the largest of their list, or anything else."""
    if isinstance(wanted, dict):
        if not isinstance(found, dict) or found.keys() != wanted.keys():
            return [(place, found, wanted)]
        return [one for key in wanted for one in apart(found[key], wanted[key], f"{place}/{key}")]
    if isinstance(wanted, list) and isinstance(found, list) and len(found) == len(wanted):
        if all(isinstance(one, int | float) for one in (*wanted, *found)):
            return [] if _near(found, wanted) else [(place, found, wanted)]
        pairs = enumerate(zip(found, wanted, strict=True))
        return [one for i, pair in pairs for one in apart(*pair, f"{place}[{i}]")]
    if isinstance(wanted, float) and isinstance(found, int | float):
        return [] if _near([found], [wanted]) else [(place, found, wanted)]
    return [] if found == wanted else [(place, found, wanted)]


def _near(found: list[float], wanted: list[float]) -> bool:
    scale = max(map(abs, wanted), default=0.0)
    return all(abs(a - b) <= 1e-12 * scale + 1e-15 for a, b in zip(found, wanted, strict=True))
