"""What was asked, made ready to be run: the plans by label, their lives, and the question in words."""

import re
from dataclasses import asdict
from datetime import UTC, datetime
from functools import cache
from typing import Any, NamedTuple

from brittlestar._shared import words
from brittlestar._shared.manifest import input_sha256, manifest
from brittlestar.care import Plan
from brittlestar.comparison import dating
from brittlestar.comparison.lives import Lives, Question
from brittlestar.comparison.notes import notes_on, notes_on_lives, notes_on_z
from brittlestar.engine import default_parameters, identity
from brittlestar.web import kept_lives
from brittlestar.web.kept_lives import Still
from brittlestar.web.requests import Course, Explore

UNTREATED, PLAN = "no treatment", "plan"
"""Labels of one plan and of the course beside it."""

OUTSIDE = ("Extrapolated", "Dose ", "Outside the factsheet")
"""Notes that a reader must see first begin so: the answer rests on less than others do."""


class Found(NamedTuple):
    """The lives that a question asks for."""

    question: Question
    plans: dict[str, Plan]
    """by label, as given"""
    lives: dict[str, Lives]
    """by label, with the dates of the rules; without treatment first"""
    dates: dict[str, list[str]]
    """by label, what is told of the dates of its rules"""


def plans_of(asked: Explore) -> dict[str, Plan]:
    """Label -> plan, without treatment first."""
    activity = asked.person.activity_percent
    nothing = Course(drug="none").plan(activity)
    plan = asked.plan.plan(activity)
    return {UNTREATED: plan.without_drugs() if plan.all_drugs else nothing, PLAN: plan}


def found(asked: Explore, still: Still) -> Found:
    """Everybody's lives under each plan.

    Args:
        asked: the question.
        still: told of progress; what it raises ends the work.

    Raises:
        InputError: a person or plan that none can be, or more work than a page may ask for.
    """
    person, plans = asked.person.person(), plans_of(asked)
    question = kept_lives.asked(person, asked.years, asked.seed)
    settled = kept_lives.side_by_side(question, plans, still)
    told = {
        label: list(dating.said(one.plan, person, float(asked.years), rest))
        for label, (one, rest) in settled.items()
    }
    lives = {label: one for label, (one, _) in settled.items()}
    return Found(question, plans, lives, {label: lines for label, lines in told.items() if lines})


def notes(asked: Explore, one: Found) -> list[str]:
    """What to know before the answer is believed, each once."""
    question, first = one.question, next(iter(one.lives.values())).course
    weight = float(question.over_people(first["weight_kg"][0]).mean())
    told = [
        re.sub("^Plan, ([a-z-]+):", lambda code: f"{words.capital(code[1].replace('-', ' '))}:", note)
        for plan in list(one.plans.values())[1:]
        for note in notes_on(question.person, plan, float(asked.years), question.people, weight_kg=weight)
    ]
    told += notes_on_z(question.person, first, question.weight)
    told += notes_on_lives(question.person, one.lives.values())
    return list(dict.fromkeys(told))


@cache
def _origin() -> dict[str, Any]:
    """What is the same in the manifest of every answer of this process."""
    return manifest(seed=0, parameters=identity(default_parameters()), inputs="")


def origin(asked: Explore, one: Found) -> dict[str, Any]:
    """From what an answer comes: version, parameters, seed, input."""
    inputs = {
        "person": asdict(one.question.person), "years": asked.years, "draws": one.question.people,
        "step_days": one.question.step_days,
        "plans": {label: plan.model_dump(mode="json") for label, plan in one.plans.items()},
    }  # fmt: skip
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return {**_origin(), "seed": asked.seed, "input_sha256": input_sha256(inputs), "created": now}
