"""One endpoint in one arm, from runs under many parameter sets: mean, limits and what they hold."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from brittlestar._shared.chance import evenly
from brittlestar.evidence.calibration.rivals import weights
from brittlestar.evidence.prediction.endpoint_spread import Offset, drawn, is_ratio
from brittlestar.evidence.prediction.extrapolation import widening
from brittlestar.evidence.prediction.laws import laws_at
from brittlestar.evidence.prediction.variance_components import (
    AS_ASSUMED,
    limit_errors,
    resolved_parts,
    set_error,
)
from brittlestar.outcomes import pooled_trials
from brittlestar.statistics.forecasts import LIMITS
from brittlestar.trials.endpoint import Endpoint
from brittlestar.trials.protocol import DIFFERENCE
from brittlestar.trials.summary import answered, too_many_missing, unit

MIXED = 20_000
"""Draws from which limits are read, spread evenly over runs, laws and offsets. Drawn by luck a 5 %
limit would be known to 0.015 SD, sqrt(.05 x .95/20 000)/.103."""

HALF_WIDTH = {"50": 0.6745, "90": 1.6449}
"""Of a normal interval, in SD."""

SOURCES = {
    "chance": ("chance",),
    "people": ("people",),
    AS_ASSUMED: (AS_ASSUMED,),
    "science": ("posterior", "rivals", "between_trials"),
}
"""What makes a result unsure -> the variances that belong to it."""


def endpoint_forecast(
    endpoint: Endpoint,
    arm: str,
    x: np.ndarray,
    shifts: Mapping[str, np.ndarray],
    together: dict[str, float | None],
    found: Sequence[Offset],
    beyond: Sequence[str],
    seed: int,
    inputs: np.ndarray | None = None,
    switches: Mapping[str, np.ndarray] | None = None,
) -> dict[str, Any]:
    """One endpoint in one arm: mean, limits and what they hold.

    Where too many runs gave no answer an interval of the others would promise too much: it is not given.

    Args:
        endpoint: what is computed.
        arm: or contrast.
        x: runs on the scale of work [set, group, fate].
        shifts: by rival law what it moves each of the same runs by, NaN where one gave no answer.
        together: the number of all people as one trial.
        found: what a trial may be off by.
        beyond: what of the arm no calibration study holds, each once.
        seed: key of all chance.
        inputs: what each set drew of what the protocol leaves open [set, input].
        switches: by channel of the effect on fractures what the same runs move by without it.
    """
    share = weights() if shifts else {"usual": 1.0}
    known_shifts = {name: one[np.isfinite(one)] for name, one in shifts.items()}
    moves = np.array([0.0, *(one.mean() if one.size else np.nan for one in known_shifts.values())])
    errors = np.array([0.0, *(_error(one) for one in known_shifts.values())])
    weight = np.array([share["usual"], *(share[name] for name in shifts)])
    there = answered(x)
    known, withheld = x[there], too_many_missing(x)
    middle = float(known.mean()) if known.size else np.nan
    centre = middle + weight @ moves
    widened = widening(beyond)
    variance, below = {}, {}
    for name, part in resolved_parts(x, seed, inputs).items():
        variance[name] = part.variance
        if part.below is not None:
            below[name] = part.below
    variance["rivals"] = float(weight @ (moves - weight @ moves) ** 2)
    noise = float(weight @ errors**2)
    if shifts and variance["rivals"] <= 2.0 * noise:
        below["rivals"] = variance["rivals"] + 2.0 * noise
    variance["between_trials"] = widened**2 * sum(one.variance for one in found)
    back = np.exp if is_ratio(endpoint) else np.asarray
    contrast = arm.split(":")[0] == DIFFERENCE
    least = 0.0 if endpoint.kind in ("proportion_fractured", "fracture_rate") and not contrast else -np.inf
    most = 1.0 if endpoint.kind == "proportion_fractured" else np.inf

    def ends(low: Any, high: Any) -> list[float | None]:
        return [None if withheld else _number(x) for x in np.clip(back(np.array([low, high])), least, most)]

    mixed, limit_error = np.full(1, np.nan), {name: np.full(2, np.nan) for name in LIMITS}
    if not withheld:
        key = f"prediction {endpoint.id} {endpoint.months:g} {arm}"
        pick = (evenly(seed, MIXED, f"{key} run") * known.size).astype(int)
        law = laws_at(evenly(seed, MIXED, f"{key} law"), weight)
        mixed = known[pick] + moves[law] + drawn(found, MIXED, seed, key, widened)
        of_set = np.nonzero(there)[0][pick]
        of_laws = float(np.sqrt(np.sum((weight * errors) ** 2)))
        limit_error = {n: np.hypot(limit_errors(mixed, of_set, at), of_laws) for n, at in LIMITS.items()}
    limits = {name: np.quantile(mixed, at) for name, at in LIMITS.items()}
    alone = {name: np.sqrt(sum(variance[v] for v in held)) for name, held in SOURCES.items()}
    # An estimate of 0 that so few runs cannot tell from more is no interval without width.
    unseen = {name for name, held in SOURCES.items() if not alone[name] and any(below.get(v) for v in held)}
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
        "interval": {name: ends(*at) for name, at in limits.items()},
        "limit_error": {
            name: [
                _number(e * (back(q) if is_ratio(endpoint) else 1.0)) for e, q in zip(limit_error[name], at)
            ]
            for name, at in limits.items()
        },
        "limit_error_share": _number(np.max(limit_error["90"]) / np.ptp(limits["90"]))
        if np.ptp(limits["90"]) > 0
        else None,
        "alone": {
            name: {
                level: [None, None] if name in unseen else ends(centre - z * sd, centre + z * sd)
                for level, z in HALF_WIDTH.items()
            }
            for name, sd in alone.items()
        },
        "sd": {name: None if withheld else _number(np.sqrt(v)) for name, v in variance.items()},
        "sd_below": {} if withheld else {name: float(np.sqrt(v)) for name, v in below.items()},
        "under_rivals": {
            name: _number(back(middle + move)) for name, move in zip(shifts, moves[1:], strict=True)
        },
        "without": {name: _number(back(centre + _mean(move))) for name, move in (switches or {}).items()},
        "between_trials_known": bool(found),
        "beyond_the_evidence": list(beyond),
        "fractures_in_trials": pooled_trials.beside(endpoint.kind),
        "runs": int(x.size),
        "runs_without_answer": int(np.sum(~there)),
    }


def _mean(values: np.ndarray) -> float:
    """Of what is there; NaN of nothing."""
    known = values[np.isfinite(values)]
    return float(known.mean()) if known.size else np.nan


def _error(values: np.ndarray) -> float:
    """Standard error of a mean."""
    return float(values.std(ddof=1) / values.size**0.5) if values.size > 1 else np.nan


def _number(x: Any) -> float | None:
    return float(x) if np.isfinite(x) else None
