"""ln fracture ratio of each study, predicted from the other studies, and how well beside naive forecasts."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from brittlestar.evidence.calibration.between_trials import GRID, Form, between_trials_of
from brittlestar.evidence.calibration.left_out import LeftOut
from brittlestar.evidence.calibration.points import NINETY
from brittlestar.outcomes.population_effect import TAU_SCALE

EFFECT = "fracture effect"
FORECASTS = ("model", "constant effect", "no effect")


class Constant(NamedTuple):
    """One effect of any treatment, from the studies that found one."""

    mean: float
    error: float


def constant_effect(effects: Sequence[LeftOut]) -> Constant:
    """Mean of what the studies found, weighted by sampling error, with its own."""
    found = np.concatenate([[t.observed for t in one.targets] for one in effects])
    weight = 1.0 / np.concatenate([one.sampling for one in effects]) ** 2
    return Constant(float(weight @ found / weight.sum()), float(weight.sum() ** -0.5))


def widest(sampling: float) -> float:
    """Width of a 90 % interval of a trial's ratio that its sampling and trials ``TAU_SCALE`` apart give."""
    return 2.0 * NINETY * float(np.hypot(sampling, TAU_SCALE))


def ratios_of(studies: Sequence[LeftOut]) -> list[dict[str, Any]]:
    """ln fracture ratio of each study, predicted from the others, with log scores of three forecasts.

    All have the sampling error of the ratio and the spread between trials that the other studies show. The
    constant effect is that of the others.

    Args:
        studies: each as a fit without it would predict it; those without a ratio take no part.
    """
    effects = [one for one in studies if one.kind == EFFECT]
    rows = []
    for one in effects:
        spread = between_trials_of([s for s in studies if s.study != one.study])[EFFECT].constant
        constant = constant_effect([s for s in effects if s.study != one.study])
        for i, target in enumerate(one.targets):
            seen, sampling = target.observed, float(one.sampling[i])
            mean, sd = seen + float(one.gap[i]), float(np.sqrt(one.covariance[i, i]))
            variance = sd**2 + sampling**2 + spread.rms**2
            half = NINETY * variance**0.5
            rows.append(
                {
                    "study": one.study,
                    "id": target.id,
                    "label": target.label,
                    "found": seen,
                    "sampling_sd": sampling,
                    "predicted": mean,
                    "interval_90": [mean - half, mean + half],
                    "widest_90": widest(sampling),
                    "leverage": one.leverage,
                    "log_score": {
                        "model": log_density(seen - mean, sd**2 + sampling**2, spread),
                        **naive_scores(seen, sampling, constant, spread),
                    },
                }
            )
    return rows


def naive_scores(seen: float, sampling: float, constant: Constant, spread: Form) -> dict[str, float]:
    """Log scores of a constant effect and of none, with the same errors as the model's."""
    forecasts = {"constant effect": constant, "no effect": Constant(0.0, 0.0)}
    return {
        name: log_density(seen - mean, error**2 + sampling**2, spread)
        for name, (mean, error) in forecasts.items()
    }


def log_density(gap: float, variance: float, spread: Form) -> float:
    """ln of the density of a normal of this variance and of tau^2, tau by its posterior."""
    v = variance + GRID**2
    each = -0.5 * (gap**2 / v + np.log(2.0 * np.pi * v))
    with np.errstate(divide="ignore"):
        return float(np.logaddexp.reduce(each + np.log(spread.weight)))


def gain(rows: Sequence[dict[str, Any]], name: str) -> dict[str, Any]:
    """Log score of the model less that of a naive forecast, with its standard error; each study counts once.

    Args:
        rows: with ``study`` and ``log_score``.
        name: of the naive forecast.
    """
    apart: dict[str, list[float]] = {}
    for row in rows:
        apart.setdefault(row["study"], []).append(row["log_score"]["model"] - row["log_score"][name])
    each = np.array([np.mean(found) for found in apart.values()])
    error = float(each.std(ddof=1) / len(each) ** 0.5) if len(each) > 1 else None
    return {"gain": float(each.mean()), "standard_error": error, "studies": len(each), "results": len(rows)}
