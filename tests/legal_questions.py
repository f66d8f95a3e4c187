"""Legal questions of every kind, for a page or for Python: who, under which plans, for how long.

``scripts/hostile.py`` sends them among what is spoiled, and holds every course that comes of them finite.
"""

import random
from typing import Any

import legal_people
from brittlestar.care import library
from brittlestar.web.requests import SLIDERS

PATHS = ("", "/ranges", "/file/json", "/file/csv", "/file/toml")
"""What is asked of a question: the courses, how sure they are, or a file of them."""

EVERY = ("1 month", "6 weeks", "3 months", "100 days", "6 months", "26 weeks", "1 year", "500 days")
MORE = (
    "calcium {} mg/day",
    "vitamin D {} IU/day",
    "stop after {} weeks",
    "stop at 12 years",
    "stop at end of growth",
    "stop when Z reaches -2",
    "osteotomy of the femur at {} days, hold 28 days before until 8 weeks after surgery",
    "rodding of the left tibia at {} days",
    "hold until healed, rodding of the right femur at 100 days",
    "physiotherapy for 1 year",
)
"""What a plan may say beside its drugs."""


def _between(chance: random.Random, low: float, high: float, logs: bool = False) -> float:
    """A number between limits, or one of them."""
    if chance.random() < 0.2:
        return chance.choice((low, high))
    value = low * (high / low) ** chance.random() if logs else chance.uniform(low, high)
    return min(max(float(f"{value:.3g}"), low), high)


def person(chance: random.Random) -> dict[str, Any]:
    """Who is asked about: a girl of 7 with some traits exchanged."""
    drawn = {
        "age": _between(chance, 0.0, 70.0) if chance.random() < 0.5 else _between(chance, 0.0, 18.0),
        "sex": chance.choice(("female", "male")),
        "oi_type": chance.choice(("I", "IV", "III", "healthy")),
        "height_z": _between(chance, -3.0, 3.0),
        "activity_percent": _between(chance, 20.0, 150.0),
        "vitamin_d_nmol_per_l": _between(chance, 10.0, 150.0, logs=True),
    }
    traits = chance.sample(sorted(drawn), chance.randint(1, len(drawn)))
    return {"age": 7.0, "sex": "female", "oi_type": "IV"} | {name: drawn[name] for name in traits}


def words(chance: random.Random) -> str:
    """A plan in words."""
    kind = chance.randrange(4)
    if kind == 0:
        return chance.choice(library.names())
    if kind == 1:
        return chance.choice(legal_people.PLANS)
    drug = chance.choice(sorted(SLIDERS))
    slider = SLIDERS[drug]
    dose = f"{_between(chance, slider.low, slider.high, logs=True):g} {slider.unit}"
    every = f" every {chance.choice(EVERY)}" if slider.every_months else ""
    text = f"{drug} {dose}{every}"
    if kind == 3:
        more = chance.sample(MORE, chance.choice((1, 1, 2)))
        return ", ".join([text, *(one.format(chance.randint(20, 400)) for one in more)])
    return f"{text} for {chance.randint(1, 30)} months"


def course(chance: random.Random) -> dict[str, Any]:
    """A plan as a page says it: by sliders, in words, or none."""
    drug = chance.choice((*SLIDERS, "words", "words", "words", "none"))
    if drug == "none":
        return {"drug": drug}
    if drug == "words":
        return {"drug": drug, "words": words(chance)}
    return {
        "drug": drug,
        "dose": _between(chance, SLIDERS[drug].low, SLIDERS[drug].high, logs=True),
        "every_months": chance.randint(1, 24),
        "for_years": _between(chance, 0.25, 20.0, logs=True),
    }


def of_a_page(chance: random.Random) -> tuple[str, dict[str, Any]]:
    """Path and content of a request; few years, so that many are asked."""
    asked = {
        "person": person(chance),
        "years": chance.choice((1, 1, 1, 1, 2, 3)),
        "seed": chance.choice((1, chance.randint(0, 2**32 - 1))),
    }
    path = chance.choices(PATHS, (6, 2, 1, 1, 1))[0]
    # Plans side by side are asked one by one; only their file is asked as one.
    if chance.random() < 0.5 or not path.startswith("/file"):
        return f"/api/explore{path}", asked | {"plan": course(chance)}
    return f"/api/compare{path}", asked | {"plans": [course(chance) for _ in range(chance.randint(2, 4))]}


def of_python(chance: random.Random) -> dict[str, Any]:
    """Arguments of a comparison, from those that end soon to more than a budget holds."""
    return {
        "plan": words(chance),
        "years": _between(chance, 0.1, 20.0, logs=True),
        "draws": chance.choice((1, 2, 20, 200, 5_000, 100_000)),
        "step_days": _between(chance, 1 / 24, 28.0, logs=True),
        "untreated": chance.random() < 0.8,
        "seed": chance.randint(0, 2**32 - 1),
    }
