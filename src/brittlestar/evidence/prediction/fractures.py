"""Fractures predicted beside fractures found, untreated arms first; ratios; and a trial that missed.

All studies are of the calibration, or of words alone; those of validation are predicted by ``validation``.
"""

import os
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import numpy as np

from brittlestar._shared.manifest import manifest
from brittlestar._shared.result_files import save_result
from brittlestar.evidence.calibration.between_trials import GRID, between_trials_of
from brittlestar.evidence.calibration.left_out import LeftOut, left_out
from brittlestar.evidence.calibration.recorded import recorded
from brittlestar.evidence.prediction.posterior_power import power
from brittlestar.evidence.prediction.predict import predict
from brittlestar.model.parameters import default_parameters, identity
from brittlestar.statistics.forecasts import share_of_studies

SCHEMA = "brittlestar/fractures/1"
SETS = 60
"""Parameter sets under which each trial runs."""

MISSED = ("orbit-like", "rate_ratio", 24.0)
"""Trial whose fracture endpoint was missed, the endpoint and its month."""

FORECASTS = ("model", "constant effect", "no effect")
Row = dict[str, Any]


@dataclass(frozen=True)
class Fractures:
    """What the model says of fractures in trials."""

    arms: list[Row]
    ratios: list[Row]
    missed: Row
    manifest: dict[str, Any]

    def summary(self) -> Row:
        """Share of arms within one SD with its limit, and log scores against both naive forecasts."""
        inside = [abs(row["z"]) <= 1.0 for row in self.arms]
        share = share_of_studies(inside, [row["label"] for row in self.arms])
        scores = {}
        for name in FORECASTS[1:]:
            apart = np.array([row["log_score"]["model"] - row["log_score"][name] for row in self.ratios])
            error = float(apart.std(ddof=1) / len(apart) ** 0.5) if len(apart) > 1 else None
            scores[name] = {"gain": float(apart.mean()), "standard_error": error, "results": len(apart)}
        return {
            "arms": len(inside),
            "within_one_sd": sum(inside),
            "share": share._asdict(),
            "log_score": scores,
        }

    def to_dict(self) -> Row:
        """Content of ``fractures.json``."""
        return {
            "schema": SCHEMA,
            "manifest": self.manifest,
            "summary": self.summary(),
            "arms": self.arms,
            "ratios": self.ratios,
            "missed": self.missed,
        }

    def save(self, out: str | os.PathLike[str], *, force: bool = False) -> None:
        """Write ``fractures.json``."""
        save_result(out, {"fractures.json": self.to_dict()}, force=force)


@cache
def counted() -> list[Row]:
    """Arms with counts, untreated ones first."""
    text = resources.files(__package__).joinpath("fracture_counts.toml").read_text(encoding="utf-8")
    return sorted(tomllib.loads(text)["arms"], key=lambda row: row["treated"])


def fractures(
    *, sets: int = SETS, seed: int = 1, progress: Callable[[int, int], None] | None = None
) -> Fractures:
    """Predict counts by arm, ratios, and how often a trial like the one that missed would miss.

    Args:
        sets: parameter sets of each trial.
        seed: key of all chance.
        progress: called with trials done and in all.
    """
    trials = list(dict.fromkeys(row["trial"] for row in counted()))
    found = {}
    for i, trial in enumerate(trials):
        if progress:
            progress(i, len(trials) + 1)
        found[trial] = predict(trial, sets=sets, seed=seed).endpoints
    if progress:
        progress(len(trials), len(trials) + 1)
    inputs = {"sets": sets, "arms": counted()}
    made = manifest(seed=seed, parameters=identity(default_parameters()), inputs=inputs)
    ratios = ratios_of(left_out(recorded("posterior"), everybody=True))
    return Fractures(
        [arm_row(row, found[row["trial"]]) for row in counted()], ratios, chance_of_missing(seed), made
    )


def arm_row(counted_in: Row, endpoints: Sequence[Row]) -> Row:
    """Predicted count of an arm, mean and SD, beside the count found; z is (predicted - found)/SD."""
    key = ("endpoint", "arm", "months")
    (one,) = [
        row
        for row in endpoints
        if (row["id"], row["arm"], row["time_months"]) == tuple(counted_in[k] for k in key)
    ]
    years = 1.0 if one["unit"] == "share" else counted_in["months"] / 12.0
    size = counted_in["people"] * years
    mean = size * one["mean"]
    sd = size * float(np.sqrt(sum(part**2 for part in one["sd"].values() if part)))
    told = {
        name: counted_in[name]
        for name in ("label", "trial", "people", "found", "treated", "fitted", "source")
    }
    return told | {"predicted": mean, "sd": sd, "z": (mean - counted_in["found"]) / sd}


def ratios_of(studies: Sequence[LeftOut]) -> list[Row]:
    """ln fracture ratio of each study, predicted from the others, with log scores of three forecasts.

    All have the sampling error of the ratio and the spread between trials that the other studies show. The
    constant effect is the mean of the others' ratios, weighted by sampling error, with its own error.

    Args:
        studies: each as a fit without it would predict it; those without a ratio take no part.
    """
    effects = [one for one in studies if one.kind == "fracture effect"]
    rows = []
    for one in effects:
        spread = between_trials_of([s for s in studies if s.study != one.study])["fracture effect"].constant
        others = [s for s in effects if s.study != one.study]
        found = np.concatenate([[t.observed for t in s.targets] for s in others])
        weight = 1.0 / np.concatenate([s.sampling for s in others]) ** 2
        constant, error = float(weight @ found / weight.sum()), float(weight.sum() ** -0.5)
        for i, target in enumerate(one.targets):
            seen, sampling = target.observed, float(one.sampling[i])
            mean, sd = seen + float(one.gap[i]), float(np.sqrt(one.covariance[i, i]))
            forecasts = {"model": (mean, sd), "constant effect": (constant, error), "no effect": (0.0, 0.0)}
            variance = sd**2 + sampling**2 + spread.rms**2
            rows.append(
                {
                    "study": one.study,
                    "id": target.id,
                    "label": target.label,
                    "found": seen,
                    "sampling_sd": sampling,
                    "predicted": mean,
                    "interval_90": [mean - 1.645 * variance**0.5, mean + 1.645 * variance**0.5],
                    "leverage": one.leverage,
                    "log_score": {
                        name: log_density(seen - m, s**2 + sampling**2, spread.weight)
                        for name, (m, s) in forecasts.items()
                    },
                }
            )
    return rows


def log_density(gap: float, variance: float, weight: np.ndarray) -> float:
    """ln of the density of a normal of this variance and of tau^2, tau by its weights on ``GRID``."""
    v = variance + GRID**2
    each = -0.5 * (gap**2 / v + np.log(2.0 * np.pi * v))
    with np.errstate(divide="ignore"):
        return float(np.logaddexp.reduce(each + np.log(weight)))


def chance_of_missing(seed: int, draws: int = 16) -> Row:
    """How often a trial of that size finds nothing, under the posterior and effects that differ."""
    trial, endpoint, months = MISSED
    result = power(trial, sizes=[159], replicates=1600, draws=draws, seed=seed)
    (row,) = [r for r in result.power if (r["test"], r["months"], r["size"]) == (endpoint, months, 159)]
    return {
        "trial": result.protocol.title,
        "people": 159,
        "endpoint": row["label"],
        "months": months,
        "misses": 1.0 - row["share"],
        "standard_error": row["se"],
        "found": "missed",
    }
