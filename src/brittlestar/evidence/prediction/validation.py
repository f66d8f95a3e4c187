"""Studies that calibration never saw: predicted, compared with what was found and with naive forecasts."""

import tomllib
from collections.abc import Callable
from functools import cache
from importlib import resources
from typing import Any

import numpy as np

from brittlestar._shared.chance import normal, uniform
from brittlestar._shared.errors import InputError
from brittlestar._shared.manifest import manifest
from brittlestar.evidence.calibration.between_trials import between_trials
from brittlestar.evidence.calibration.ensemble import ensemble
from brittlestar.evidence.calibration.kinds import levelled
from brittlestar.evidence.calibration.left_out import sampling_sd, spread_kind
from brittlestar.evidence.calibration.misfits import Misfits
from brittlestar.evidence.calibration.native_courses import NativeSimulator
from brittlestar.evidence.calibration.rivals import rivals
from brittlestar.evidence.calibration.target_values import scaled
from brittlestar.evidence.calibration.targets import Target, Targets, plan_of
from brittlestar.evidence.prediction import first_edition
from brittlestar.evidence.prediction.endpoint_spread import Offset, drawn
from brittlestar.evidence.prediction.extrapolation import DOUBLED, unseen
from brittlestar.evidence.prediction.laws import law_weights, laws_at
from brittlestar.evidence.prediction.naive_forecasts import naive_forecasts
from brittlestar.evidence.prediction.scoliosis import scoliosis_rows
from brittlestar.evidence.prediction.validation_result import SPREAD_OFF, Validation
from brittlestar.evidence.studies.split import split
from brittlestar.model.parameters import Parameters, default_parameters, identity
from brittlestar.statistics.forecasts import judged, log_score

SETS, SEED = 100, 1
"""Parameter sets of each forecast, and the key of all chance."""

SEEDS = 3
"""Keys under which the same runs are mixed anew: which sets, which law, which errors."""

MIXED = 20_000
"""Draws of each forecast: a 5 % limit is then known to 0.015 SD, sqrt(.05 x .95/20 000)/.103."""


@cache
def declared() -> dict[str, Any]:
    """Content of ``validation.toml``: what was declared before the first prediction was seen."""
    text = resources.files(__package__).joinpath("validation.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@cache
def validation_targets() -> Targets:
    """What is predicted. Only studies that the split keeps for validation may stand here.

    Raises:
        InputError: a study with another use.
    """
    kept = tuple(Target(**{"use": "validation", **target}) for target in declared()["targets"])
    found = Targets(cohorts=declared()["cohorts"], targets=kept)
    for target in found.targets:
        if found.study_of(target) not in split().of("validation"):
            study = found.study_of(target)
            raise InputError(
                f"evidence/prediction/validation.toml: targets.{target.id}, "
                f"evidence/studies/split.toml: studies.{study}.use",
                (study, split().studies[study].use if study in split().studies else "no use"),
                "accepted: a study kept for validation",
            )
    return found


def target_offset(target: Target, value: float, *, level: float, share: float, trials: int = 1) -> Offset:
    """What a whole study may be off by in a result, on the target's scale.

    A change of density itself is relative to the density at entry. An offset of the log rate moves the log of
    a share p = 1 - exp(-H) by H exp(-H)/p. The offsets of the trials of a pool average out.

    Args:
        target: the result.
        value: what the model says of it.
        level: density at entry.
        share: of the treated with a fracture, if shares are compared.
        trials: pooled in the result.
    """
    kind = spread_kind(target)
    found = between_trials()[kind]
    change, unit = abs(value), 1.0
    if kind == "density" and target.kind == "change":
        change, unit = abs(value) / level, level
    if target.kind == "first_fracture" and target.compare == "log":
        unit = (1.0 - share) * -float(np.log1p(-share)) / share
        change = abs(value) / unit
    size = unit * (levelled(kind, change) if found.relative else 1.0) / trials**0.5
    return Offset(kind, size, found.kept)


def beyond_the_evidence(target: Target, all_targets: Targets) -> tuple[str, ...]:
    """What of a result no calibration study holds, each once."""
    cohort = all_targets.cohorts[target.cohort]
    ages = (min(cohort.ages), max(cohort.ages))
    found = unseen(plan_of(target.plan), ages, frozenset(cohort.types), target.months / 12.0)
    return tuple(dict.fromkeys(what for what, _ in found))


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
    alone = tuple(
        t.model_copy(update={"compare": None, "versus": None, "id": f"{t.id}-alone"}) for t in found.targets
    )
    everything = found.model_copy(update={"targets": (*found.targets, *untreated, *entry, *alone)})
    misfits = Misfits(NativeSimulator(everything, (), default_parameters()), everything.targets)
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
    runs, other = np.array(values[:SETS]), np.array(values[SETS:])
    means = runs.mean(axis=0)

    def rows(seed: int) -> list[dict[str, Any]]:
        return [
            target_forecast(
                target, found, runs[:, i], other[:, i],
                untreated=float(means[n + i]), level=float(means[2 * n + i]), share=float(means[3 * n + i]),
                seed=seed,
            )
            for i, target in enumerate(found.targets)
            if target.use != "check"
        ]  # fmt: skip

    directions = [
        {"id": target.id, "label": target.label, "predicted": float(means[i])}
        for i, target in enumerate(found.targets)
        if target.use == "check"
    ]
    inputs = {"targets": found.model_dump(mode="json"), "sets": SETS}
    made = manifest(seed=SEED, parameters=identity(default_parameters()), inputs=inputs)
    first, *others = (rows(SEED + i) for i in range(SEEDS))
    left = declared()["left_out"]
    return Validation(first, directions, scoliosis_rows(SEED), left, made, tuple(others))


def target_forecast(
    target: Target,
    all_targets: Targets,
    runs: np.ndarray,
    other: np.ndarray,
    *,
    untreated: float,
    level: float,
    share: float,
    seed: int = SEED,
) -> dict[str, Any]:
    """A result beside its forecasts; all have the same error, of sampling and between trials.

    Args:
        target: the result.
        all_targets: with the cohorts they are of.
        runs: the model's value under each set of the posterior.
        other: under each law, the usual one first.
        untreated: under no treatment, mean over the sets.
        level: density at entry, mean over the sets.
        share: the value without a comparison, mean over the sets: of shares that of the treated.
        seed: key of all chance.
    """
    score = declared()["score"][target.id]
    seen, law_share = float(scaled(target, target.observed)), law_weights()
    centre = float(runs.mean() + law_share @ (other - other[0]))
    trials = int(score.get("trials", 1))
    offset = target_offset(target, centre, level=level, share=share, trials=trials)
    beyond = beyond_the_evidence(target, all_targets)
    widened = DOUBLED ** (len(beyond) / 2.0)
    sampling = sampling_sd(target)
    spread = float(np.hypot(sampling, widened * offset.variance**0.5))
    i, key = np.arange(MIXED), f"validation {target.id}"
    apart, noise = drawn([offset], MIXED, seed, key, widened), sampling * normal(seed, i, key)
    pick = (uniform(seed, i, key, 0) * len(runs)).astype(int)
    law = laws_at(uniform(seed, i, key, 1), law_share)
    if target.compare in ("log", "cloglog", "difference"):
        untreated = 0.0
    youngest = min(all_targets.cohorts[target.cohort].ages)
    naive = naive_forecasts(target, score, declared()["effects"], youngest, untreated, level)
    own = runs[pick] + (other - other[0])[law]
    guesses = {"model": own + apart, SPREAD_OFF: own}
    guesses |= {name: value + apart for name, value in naive.items()}
    forecasts = {
        name: judged(draws + noise, seen, spread) | {"log_score": log_score(draws, seen, sampling)}
        for name, draws in guesses.items()
    }
    before = first_edition.of_validation(target.id, seed, MIXED)
    if before is not None:
        forecasts[first_edition.NAME] = judged(before, seen, spread)
    return {
        "id": target.id,
        "label": target.label,
        "study": all_targets.study_of(target),
        "cluster": "reviews" if trials > 1 else all_targets.study_of(target),
        "found": seen,
        "scale": "log" if target.scale == "log" else "as labelled",
        "sampling_sd": sampling,
        "between_trials_sd": widened * offset.variance**0.5,
        "beyond_the_evidence": list(beyond),
        "posterior_sd": float(runs.std(ddof=1)),
        "under_rivals": dict(zip(("usual", *rivals()), other.tolist(), strict=True)),
        "kind": spread_kind(target),
        "forecasts": forecasts,
    }
