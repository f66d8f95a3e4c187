"""Populations that a trial may be held in: how far their fractures lie from the model's, as trials differ."""

import numpy as np
from scipy.special import ndtri

from brittlestar._shared.chance import evenly
from brittlestar.evidence.calibration.between_trials import between_trials
from brittlestar.evidence.calibration.kinds import ResultKind
from brittlestar.trials.power.pool import PopulationOffset


def population_offsets(count: int, seed: int) -> list[PopulationOffset]:
    """Offsets of so many populations, each of level and of effect tau z, tau from its posterior.

    Of people followed earlier the level is another z of the same tau: with such a control the levels
    no longer cancel, and their difference has twice the variance of either.

    tau and z are spread evenly over their distributions (Latin hypercube), so that few stand for all.

    Args:
        count: populations.
        seed: key of the order.
    """

    def even(name: str) -> np.ndarray:
        return evenly(seed, count, f"population {name}")

    known = between_trials()

    def taus(kind: ResultKind) -> np.ndarray:
        return known[kind].constant.draw(even(f"{kind} spread"))

    of_level = taus("fracture level")
    level = of_level * ndtri(even("fracture level offset"))
    earlier = of_level * ndtri(even("fracture level offset earlier"))
    effect = taus("fracture effect") * ndtri(even("fracture effect offset"))
    return [PopulationOffset(*map(float, each)) for each in zip(level, effect, earlier, strict=True)]
