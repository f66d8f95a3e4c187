"""What the first edition said of the same results, told beside a forecast: recorded, not computed."""

import json
from functools import cache
from importlib import resources
from typing import Any

import numpy as np

from brittlestar._shared.chance import normal
from brittlestar.evidence.calibration.points import NINETY

NAME = "first edition"
"""Of the forecast."""


@cache
def first_edition() -> dict[str, Any]:
    """Content of ``first_edition.json``: the commit whose numbers they are, how they were made, and they."""
    file = resources.files(__package__).joinpath("first_edition.json")
    return json.loads(file.read_text(encoding="utf-8"))


def of_validation(target: str, seed: int, count: int) -> np.ndarray | None:
    """Draws of its forecast of a validation result, its sampling error included; None where it has none.

    Only mean and 90 % interval were kept: a normal with them stands for it.
    """
    row = first_edition()["validation"].get(target)
    if row is None:
        return None
    low, high = row["interval_90"]
    return row["mean"] + (high - low) / (2.0 * NINETY) * _normal(target, seed, count)


def of_left_out(target: str, sampling: float, seed: int, count: int) -> np.ndarray | None:
    """Draws of how far a calibration result, predicted without its study, lay from what was found.

    The sampling error is that of today's targets, so that both editions are held against the same result.
    """
    row = first_edition()["left_out"].get(target)
    if row is None:
        return None
    sd = np.sqrt(row["parameters_sd"] ** 2 + row["between_trials_sd"] ** 2 + sampling**2)
    return row["gap"] + sd * _normal(target, seed, count)


def _normal(target: str, seed: int, count: int) -> np.ndarray:
    return normal(seed, np.arange(count), f"{NAME} {target}")
