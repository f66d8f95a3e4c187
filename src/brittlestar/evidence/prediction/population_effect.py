"""Populations that a trial may be held in: how far their fractures lie from the model's, as trials differ."""

import numpy as np
from scipy.special import ndtri

from brittlestar._shared.chance import uniform
from brittlestar.evidence.calibration.between_trials import between_trials
from brittlestar.trials.power.pool import PopulationOffset


def population_offsets(count: int, seed: int) -> list[PopulationOffset]:
    """Offsets of so many populations, each of level and of effect tau z, tau from its posterior.

    tau and z are spread evenly over their distributions (Latin hypercube), so that few stand for all.

    Args:
        count: populations.
        seed: key of the order.
    """

    def even(name: str) -> np.ndarray:
        order = np.argsort(uniform(seed, np.arange(count), f"population {name}"))
        return (order + 0.5) / count

    known = between_trials()
    level, effect = (
        known[kind].constant.draw(even(f"{kind} spread")) * ndtri(even(f"{kind} offset"))
        for kind in ("fracture level", "fracture effect")
    )
    return [PopulationOffset(float(a), float(b)) for a, b in zip(level, effect, strict=True)]
