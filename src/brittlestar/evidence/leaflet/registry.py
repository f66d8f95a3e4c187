"""Checks by statement: each says which people under which plans it needs, and reads what happened to them."""

import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module, resources

from brittlestar._shared.errors import InputError, nearest
from brittlestar.evidence.leaflet.verdict import Finding
from brittlestar.evidence.simulated_groups import GroupUnderPlan, SimulatedGroups

MODULES = (
    "bone_and_drugs",
    "balance",
    "drugs_in_bone",
    "collagen",
    "strength",
    "calcium_vitamin_d_exercise",
    "density_pain_routes",
    "cohorts",
    "healing",
    "growth_and_pain",
    "care_and_harms",
    "side_effects",
    "scoliosis_and_forecasts",
    "stopping",
    "ages",
    "choices",
    "trials_and_evidence",
    "research",
    "open_questions",
)
"""Where the checks are."""


@dataclass(frozen=True)
class Statement:
    """One statement of the leaflet."""

    id: str
    group: str
    says: str


@dataclass(frozen=True)
class Check:
    """What a statement is held against."""

    id: str
    arms: tuple[GroupUnderPlan, ...]
    run: Callable[[SimulatedGroups], Finding]


_CHECKS: dict[str, Check] = {}


def check(
    statement: str, *arms: GroupUnderPlan
) -> Callable[[Callable[[SimulatedGroups], Finding]], Callable[[SimulatedGroups], Finding]]:
    """Marks a function as the check of a statement, with the arms that it reads."""

    def mark(run: Callable[[SimulatedGroups], Finding]) -> Callable[[SimulatedGroups], Finding]:
        if statement not in statements() or statement in _CHECKS:
            raise ValueError(f"{statement}: unknown, or has a check already")
        _CHECKS[statement] = Check(statement, arms, run)
        return run

    return mark


@cache
def statements() -> dict[str, Statement]:
    """All statements by id, in their order."""
    text = resources.files(__package__).joinpath("statements.toml").read_text(encoding="utf-8")
    return {id: Statement(id, **entry) for id, entry in tomllib.loads(text).items()}


def checks() -> dict[str, Check]:
    """The check of every statement, in the order of the statements."""
    for module in MODULES:
        import_module(f"{__package__}.{module}")
    return {id: _CHECKS[id] for id in statements() if id in _CHECKS}


def chosen(only: tuple[str, ...]) -> tuple[str, ...]:
    """Ids of statements asked for, all if none.

    Raises:
        InputError: an id that is not there.
    """
    for id in only:
        if id not in statements():
            raise InputError("statement", id, nearest(id, statements()))
    return tuple(id for id in statements() if id in only or not only)
