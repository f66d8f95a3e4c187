"""One endpoint in one arm, from runs under many parameter sets: mean, limits and what they hold."""

from typing import Any

import numpy as np

from brittlestar._shared.chance import normal, uniform
from brittlestar.evidence.calibration.rivals import weights
from brittlestar.evidence.prediction.endpoint_spread import between_sd, is_ratio, kind_of_endpoint
from brittlestar.evidence.prediction.variance_components import set_error, split_variance
from brittlestar.outcomes import pooled_trials
from brittlestar.trials.endpoint import Endpoint
from brittlestar.trials.protocol import DIFFERENCE
from brittlestar.trials.summary import answered, too_many_missing, unit

MIXED = 20_000
"""Draws from which limits are read: a 5 % limit is then known to 0.015 SD, sqrt(.05 x .95/20 000)/.103."""

LIMITS = {"50": (0.25, 0.75), "90": (0.05, 0.95)}
HALF_WIDTH = {"50": 0.6745, "90": 1.6449}
"""Of a normal interval, in SD."""

SOURCES = {
    "chance": ("chance",),
    "people": ("people",),
    "science": ("posterior", "rivals", "between_trials"),
}
"""What makes a result unsure -> the variances that belong to it."""


def endpoint_forecast(
    endpoint: Endpoint,
    arm: str,
    x: np.ndarray,
    shifts: dict[str, float],
    together: dict[str, float | None],
    level: float | None,
    seed: int,
) -> dict[str, Any]:
    """One endpoint in one arm: mean, limits and what they hold.

    Where too many runs gave no answer an interval of the others would promise too much: it is not given.
    """
    share = weights() if shifts else {"usual": 1.0}
    moves = np.array([0.0, *shifts.values()])
    weight = np.array([share["usual"], *(share[name] for name in shifts)])
    known, withheld = x[answered(x)], too_many_missing(x)
    middle = float(known.mean()) if known.size else np.nan
    centre = middle + weight @ moves
    contrast = arm.split(":")[0] == DIFFERENCE
    # Shares and rates have their spread at the level of the treated; the others at their own.
    of_treated = contrast and endpoint.kind in ("proportion_fractured", "fracture_rate")
    between = between_sd(endpoint, contrast, float(centre) if level is None or not of_treated else level)
    variance = split_variance(x)
    variance["rivals"] = float(weight @ (moves - weight @ moves) ** 2)
    variance["between_trials"] = between**2
    back = np.exp if is_ratio(endpoint) else np.asarray
    least = 0.0 if endpoint.kind in ("proportion_fractured", "fracture_rate") and not contrast else -np.inf
    most = 1.0 if endpoint.kind == "proportion_fractured" else np.inf

    def ends(low: Any, high: Any) -> list[float | None]:
        return [None if withheld else _number(x) for x in np.clip(back(np.array([low, high])), least, most)]

    mixed = np.full(1, np.nan)
    if not withheld:
        i = np.arange(MIXED)
        key = f"prediction {endpoint.id} {endpoint.months:g} {arm}"
        pick = np.minimum((uniform(seed, i, key, 0) * known.size).astype(int), known.size - 1)
        law = np.searchsorted(np.cumsum(weight)[:-1], uniform(seed, i, key, 1))
        mixed = known[pick] + moves[law] + between * normal(seed, i, f"{key} trial")
    alone = {name: np.sqrt(sum(variance[v] for v in held)) for name, held in SOURCES.items()}
    error = set_error(x)
    return {
        "id": endpoint.id,
        "label": endpoint.label,
        "arm": arm,
        "time_months": endpoint.months,
        "unit": unit(endpoint),
        "scale": "log" if is_ratio(endpoint) else "plain",
        "mean": _number(back(centre)),
        "monte_carlo_se": _number(back(centre) * error if is_ratio(endpoint) else error),
        "pooled": together,
        "interval": {name: ends(*np.quantile(mixed, limits)) for name, limits in LIMITS.items()},
        "alone": {
            name: {level: ends(centre - z * sd, centre + z * sd) for level, z in HALF_WIDTH.items()}
            for name, sd in alone.items()
        },
        "sd": {name: None if withheld else _number(np.sqrt(v)) for name, v in variance.items()},
        "under_rivals": {name: _number(back(middle + shift)) for name, shift in shifts.items()},
        "between_trials_known": kind_of_endpoint(endpoint) is not None,
        "fractures_in_trials": pooled_trials.beside(endpoint.kind),
        "runs": int(x.size),
        "runs_without_answer": int(np.sum(~answered(x))),
    }


def _number(x: Any) -> float | None:
    return float(x) if np.isfinite(x) else None
