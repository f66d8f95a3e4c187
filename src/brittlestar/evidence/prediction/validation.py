"""Predictions of the studies kept for validation, held against what they found and against naive guesses."""

import os
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import numpy as np

from brittlestar._shared.chance import normal, uniform
from brittlestar._shared.manifest import CLOSING, manifest
from brittlestar._shared.result_files import save_result
from brittlestar.evidence.calibration.between_trials import between_trials
from brittlestar.evidence.calibration.ensemble import ensemble
from brittlestar.evidence.calibration.misfits import Misfits
from brittlestar.evidence.calibration.rivals import rivals, weights
from brittlestar.evidence.calibration.target_values import scaled
from brittlestar.evidence.calibration.targets import Target, Targets
from brittlestar.evidence.calibration.typical_courses import Simulator
from brittlestar.evidence.prediction.endpoint_forecast import LIMITS
from brittlestar.evidence.prediction.scoliosis import scoliosis_rows
from brittlestar.evidence.studies.split import split
from brittlestar.model.parameters import Parameters, default_parameters, fingerprint

SCHEMA = "brittlestar/validation/2"
SETS, SEED = 24, 1
"""Parameter sets of each forecast, and the key of all chance."""

MIXED = 4000
"""Draws of each forecast: a 5 % limit is then known to 0.033 SD, sqrt(.05 x .95/4000)/.103."""

ADULT = 18.0
FORECASTS = ("model", "no effect", "same route")


@cache
def declared() -> dict[str, Any]:
    """Content of ``validation.toml``: what was declared before the first prediction was seen."""
    text = resources.files(__package__).joinpath("validation.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@cache
def validation_targets() -> Targets:
    """What is predicted. Only studies that the split keeps for validation may stand here.

    Raises:
        ValueError: a study with another use.
    """
    kept = tuple(Target(**{"use": "validation", **target}) for target in declared()["targets"])
    found = Targets(cohorts=declared()["cohorts"], targets=kept)
    for target in found.targets:
        if found.study_of(target) not in split().of("validation"):
            raise ValueError(f"{target.id}: {found.study_of(target)} is not kept for validation")
    return found


@dataclass(frozen=True)
class Validation:
    """Predicted and found."""

    rows: list[dict[str, Any]]
    directions: list[dict[str, Any]]
    built: list[dict[str, Any]]
    """studies used in building the model, or without the types of their people: shown, not counted"""
    left_out: dict[str, str]
    manifest: dict[str, Any]

    def summary(self) -> dict[str, dict[str, float]]:
        """Coverage, mean absolute error and mean CRPS of each forecast.

        The unit of a row is its SD of sampling and between trials together, so that rows of all kinds add up.
        """
        n = len(self.rows)
        return {
            name: {
                "results": n,
                "inside_50": sum(row["forecasts"][name]["inside_50"] for row in self.rows),
                "inside_90": sum(row["forecasts"][name]["inside_90"] for row in self.rows),
                "mean_absolute_error": sum(row["forecasts"][name]["error"] for row in self.rows) / n,
                "crps": sum(row["forecasts"][name]["crps"] for row in self.rows) / n,
            }
            for name in FORECASTS
        }

    def to_dict(self) -> dict[str, Any]:
        """Content of ``validation.json``."""
        return {
            "schema": SCHEMA,
            "manifest": self.manifest,
            "summary": self.summary(),
            "results": self.rows,
            "directions": self.directions,
            "not_counted": self.built,
            "left_out": self.left_out,
        }

    def words(self) -> str:
        """Tables in Markdown, nothing left away."""
        lines = [
            "| result | found | predicted (90 %) | inside 50 | inside 90 | no effect | same route |",
            "|---|---|---|---|---|---|---|",
        ]
        for row in self.rows:
            own = row["forecasts"]["model"]
            low, high = own["interval_90"]
            lines.append(
                f"| {row['label']} | {row['found']:.3g} | {own['mean']:.3g} ({low:.3g} to {high:.3g}) "
                f"| {'yes' if own['inside_50'] else 'no'} | {'yes' if own['inside_90'] else 'no'} "
                f"| {row['forecasts']['no effect']['mean']:.3g} "
                f"| {row['forecasts']['same route']['mean']:.3g} |"
            )
        lines += [
            "",
            "| forecast | inside 50 % | inside 90 % | mean absolute error | CRPS |",
            "|---|---|---|---|---|",
        ]
        for name, s in self.summary().items():
            lines.append(
                f"| {name} | {s['inside_50']:.0f} of {s['results']:.0f} | {s['inside_90']:.0f} of "
                f"{s['results']:.0f} | {s['mean_absolute_error']:.2f} | {s['crps']:.2f} |"
            )
        lines += ["", "Errors in units of the SD of sampling and between trials."]
        lines += [f"{d['label']}: predicted {d['predicted']:.3g}." for d in self.directions]
        lines += [
            "",
            "Used in building the model, or of people whose types are not known: not a test, not counted.",
            "",
            "| study | result | found | model | why it is not counted |",
            "|---|---|---|---|---|",
        ]
        for row in self.built:
            low, high = (f"{x:.3g}" for x in row["model"])
            model = low if low == high else f"{low} to {high}"
            lines.append(
                f"| {row['study']} | {row['label']}, {row['unit']} | {row['found']:.3g} | {model} "
                f"| {row['why_not_counted']} |"
            )
        lines += ["", *(f"{study}: {why}." for study, why in self.left_out.items())]
        return "\n".join([*lines, "", CLOSING])

    def save(self, out: str | os.PathLike[str], *, force: bool = False) -> None:
        """Write ``validation.json`` and ``validation.md``."""
        files = {"validation.json": self.to_dict(), "validation.md": self.words() + "\n"}
        save_result(out, files, force=force)


def crps(draws: np.ndarray, found: float) -> float:
    """Continuous ranked probability score E|X - y| - E|X - X'|/2 of equally weighted draws."""
    x = np.sort(draws)
    n = len(x)
    spread = 2.0 * np.sum((2.0 * np.arange(1, n + 1) - n - 1.0) * x) / n**2
    return float(np.mean(np.abs(x - found)) - 0.5 * spread)


def judged(draws: np.ndarray, found: float, unit: float) -> dict[str, Any]:
    """A forecast by its draws, held against what was found; errors in this unit."""
    limits = {name: [float(q) for q in np.quantile(draws, ends)] for name, ends in LIMITS.items()}
    return {
        "mean": float(draws.mean()),
        **{f"interval_{name}": ends for name, ends in limits.items()},
        **{f"inside_{name}": bool(ends[0] <= found <= ends[1]) for name, ends in limits.items()},
        "error": float(abs(draws.mean() - found) / unit),
        "crps": crps(draws, found) / unit,
    }


def target_between_sd(target: Target, kind: str, level: float) -> float:
    """SD between trials on the target's scale; ``level`` is the density at entry for absolute changes."""
    sd = between_trials()[kind].sd  # type: ignore[index]
    return sd * level if kind == "density" and target.kind == "change" else sd


def same_route(target: Target, score: dict[str, str], untreated: float, level: float) -> float:
    """Mean effect in calibration studies of this route and age; the untreated course if none is treated."""
    if score["route"] == "none":
        return untreated
    adult = min(validation_targets().cohorts[target.cohort].ages) >= ADULT
    wanted = (score["kind"], score["route"], "adults" if adult else "children")
    effects = next(
        e["per_year"] for e in declared()["effects"] if (e["kind"], e["route"], e["people"]) == wanted
    )
    mean, years = float(np.mean(list(effects.values()))), target.months / 12.0
    if score["kind"] in ("fractures", "markers"):
        return mean
    if target.kind == "change" and score["kind"] == "density":
        return level * float(np.expm1(mean * years))
    return mean * years


def validate(progress: Callable[[int, int], None] | None = None) -> Validation:
    """Predict every number of the validation studies under the posterior, the rivals and chance."""
    found = validation_targets()
    untreated = tuple(t.model_copy(update={"plan": t.versus or "no treatment"}) for t in found.targets)
    entry = tuple(
        t.model_copy(
            update={"kind": "level", "months": 0.0, "compare": None, "versus": None, "id": f"{t.id}-0"}
        )
        for t in untreated
    )
    everything = found.model_copy(update={"targets": (*found.targets, *untreated, *entry)})
    simulator = Simulator(everything, (), default_parameters())
    misfits = Misfits(simulator, everything.targets)
    posterior, n = ensemble(), len(found.targets)
    sets = [posterior.parameters(i) for i in posterior.pick(SETS)]
    laws = [default_parameters(), *(rival.parameters for rival in rivals().values())]

    def run(p: Parameters) -> np.ndarray:
        values = misfits.model(np.zeros(0), base=p)
        return np.array([float(scaled(t, v)) for t, v in zip(everything.targets, values, strict=True)])

    values = []
    for i, p in enumerate([*sets, *laws]):
        values.append(run(p))
        if progress:
            progress(i + 1, SETS + len(laws))
    drawn, other = np.array(values[:SETS]), np.array(values[SETS:])
    rows, directions = [], []
    for i, target in enumerate(found.targets):
        if target.use == "check":
            directions.append(
                {"id": target.id, "label": target.label, "predicted": float(drawn[:, i].mean())}
            )
        else:
            level = float(drawn[:, 2 * n + i].mean())
            rows.append(
                target_forecast(target, found, drawn[:, i], other[:, i], float(drawn[:, n + i].mean()), level)
            )
    inputs = {"targets": found.model_dump(mode="json"), "sets": SETS}
    made = manifest(seed=SEED, parameters=fingerprint(default_parameters()), inputs=inputs)
    return Validation(rows, directions, scoliosis_rows(SEED), declared()["left_out"], made)


def target_forecast(
    target: Target, all_targets: Targets, drawn: np.ndarray, other: np.ndarray, untreated: float, level: float
) -> dict[str, Any]:
    """A result beside its three forecasts.

    Args:
        target: the result.
        all_targets: with the cohorts they are of.
        drawn: the model's value under each set of the posterior.
        other: under each law, the usual one first.
        untreated: under no treatment, mean over the sets.
        level: density at entry, mean over the sets.
    """
    score = declared()["score"][target.id]
    seen = float(scaled(target, target.observed))
    spread = float(np.hypot(target.sd, target_between_sd(target, score["kind"], level)))
    i = np.arange(MIXED)
    error = spread * normal(SEED, i, f"validation {target.id}")
    pick = (uniform(SEED, i, f"validation {target.id}", 0) * len(drawn)).astype(int)
    share = np.cumsum([weights()[name] for name in ("usual", *rivals())])
    law = np.searchsorted(share[:-1], uniform(SEED, i, f"validation {target.id}", 1))
    if target.compare in ("log", "cloglog", "difference"):
        untreated = 0.0
    guesses = {
        "model": drawn[pick] + (other - other[0])[law] + error,
        "no effect": untreated + error,
        "same route": same_route(target, score, untreated, level) + error,
    }
    return {
        "id": target.id,
        "label": target.label,
        "study": all_targets.study_of(target),
        "found": seen,
        "scale": "log" if target.scale == "log" else "as labelled",
        "sampling_sd": target.sd,
        "between_trials_sd": target_between_sd(target, score["kind"], level),
        "posterior_sd": float(drawn.std(ddof=1)),
        "under_rivals": dict(zip(("usual", *rivals()), other.tolist(), strict=True)),
        "forecasts": {name: judged(draws, seen, spread) for name, draws in guesses.items()},
    }
