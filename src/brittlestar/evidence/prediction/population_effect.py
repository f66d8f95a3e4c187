"""Populations that a trial may be held in: how far their results lie from the model's, as trials differ."""

from functools import cache, partial

import numpy as np
from scipy.special import ndtri

from brittlestar._shared.chance import evenly
from brittlestar.evidence.calibration.between_trials import between_trials
from brittlestar.evidence.calibration.kinds import ResultKind
from brittlestar.evidence.prediction.endpoint_spread import offsets
from brittlestar.evidence.prediction.extrapolation import beyond_by_arm, widening
from brittlestar.trials.endpoint import Endpoint
from brittlestar.trials.power.pool import PopulationOffset
from brittlestar.trials.power.shifts import Shift
from brittlestar.trials.protocol import Protocol


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


def population_shifts(protocol: Protocol, count: int, seed: int) -> list[Shift]:
    """What so many populations are off by in density, Z and markers: the offsets that a prediction draws.

    Results of one kind share one tau and one z in a population; tau and z are spread evenly over their
    distributions. Beyond what the calibration has seen they are as much wider as in a prediction.

    Args:
        protocol: the trial.
        count: populations.
        seed: key of the order.
    """
    kinds = [kind for kind in between_trials() if not kind.startswith("fracture")]
    shares = {kind: evenly(seed, count, f"population {kind} spread") for kind in kinds}
    scores = {kind: ndtri(evenly(seed, count, f"population {kind} offset")) for kind in kinds}
    treats = {arm.id: bool(arm.care.all_drugs) for arm in protocol.arms}
    contrast = len(protocol.arms) > 1

    @cache
    def wider(arm: str, months: float) -> float:
        return widening(beyond_by_arm(protocol, months / 12.0).get(arm, ()))

    def shift(i: int, e: Endpoint, arm: str, mean: float, earlier: float | None) -> float:
        found = offsets(e, mean, contrast=contrast, treated=treats[arm], earlier=earlier)
        each = (one.size * float(one.form.draw(shares[one.kind][i])) * scores[one.kind][i] for one in found)
        return wider(arm, e.months) * float(sum(each))

    return [partial(shift, i) for i in range(count)]
