"""Fractures predicted beside fractures found: arms, ratios, drugs, density, and a trial that missed.

All studies are of calibration, test or check, or of words alone; those of validation are predicted by
``validation``.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from brittlestar._shared.manifest import manifest
from brittlestar._shared.result_files import save_result
from brittlestar.evidence.calibration.left_out import left_out
from brittlestar.evidence.calibration.recorded import recorded
from brittlestar.evidence.prediction.fractures.counts import arm_row, cohort_rows, counted
from brittlestar.evidence.prediction.fractures.drug_ratios import as_targets, asked, drug_ratios
from brittlestar.evidence.prediction.fractures.hip_density import hip_density
from brittlestar.evidence.prediction.fractures.missed import chance_of_missing
from brittlestar.evidence.prediction.fractures.ratios import (
    EFFECT,
    FORECASTS,
    constant_effect,
    gain,
    ratios_of,
)
from brittlestar.evidence.prediction.over_sets import over_sets, values_of
from brittlestar.evidence.prediction.predict import predict
from brittlestar.model.parameters import default_parameters, identity
from brittlestar.report.fractures import view
from brittlestar.report.markdown import markdown
from brittlestar.statistics.forecasts import share_of_studies

SCHEMA = "brittlestar/fractures/2"
SETS = 60
"""Parameter sets under which each trial runs."""

COURSES = 200
"""Parameter sets of typical people, who take a fifth of a second each: the whole ensemble."""

Row = dict[str, Any]


@dataclass(frozen=True)
class Fractures:
    """What the model says of fractures in trials."""

    arms: list[Row]
    """untreated ones first"""
    ratios: list[Row]
    drugs: list[Row]
    density: Row
    missed: Row
    manifest: dict[str, Any]

    def summary(self) -> Row:
        """Share of arms within one SD with its limit, widths, and log scores against both naive forecasts.

        Scores are of results that the forecast was not fitted to: studies predicted from the others, and
        studies that are kept for a test.
        """
        inside = [abs(row["z"]) <= 1.0 for row in self.arms]
        untreated = [abs(row["z"]) <= 1.0 for row in self.arms if not row["treated"]]
        share = share_of_studies(inside, [row["label"] for row in self.arms])
        unseen = [*self.ratios, *(row for row in self.drugs if row["study"])]
        narrow = [row["interval_90"][1] - row["interval_90"][0] <= row["widest_90"] for row in self.ratios]
        return {
            "arms": len(inside),
            "within_one_sd": sum(inside),
            "untreated": len(untreated),
            "untreated_within_one_sd": sum(untreated),
            "share": share._asdict(),
            "ratios": len(narrow),
            "no_wider_than_stated": sum(narrow),
            "log_score": {name: gain(unseen, name) for name in FORECASTS[1:]},
        }

    def to_dict(self) -> Row:
        """Content of ``fractures.json``."""
        return {
            "schema": SCHEMA,
            "manifest": self.manifest,
            "summary": self.summary(),
            "arms": self.arms,
            "ratios": self.ratios,
            "drugs": self.drugs,
            "hip_density": self.density,
            "missed": self.missed,
        }

    def save(self, out: str | os.PathLike[str], *, force: bool = False) -> None:
        """Write ``fractures.json`` and ``fractures.md``, what the command prints."""
        content = self.to_dict()
        files = {"fractures.json": content, "fractures.md": markdown(view(content))}
        save_result(out, files, force=force)


def fractures(
    *,
    sets: int = SETS,
    courses: int = COURSES,
    seed: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> Fractures:
    """Predict counts by arm, ratios, and how often a trial like the one that missed would miss.

    Args:
        sets: parameter sets of each trial.
        courses: parameter sets of typical people.
        seed: key of all chance.
        progress: called with parts done and in all.
    """
    found = counted()
    trials = list(dict.fromkeys(one.trial for one in found.arms))
    done, total = 0, len(trials) + 3

    def step() -> None:
        nonlocal done
        if progress:
            progress(done, total)
        done += 1

    predicted = {}
    for trial in trials:
        step()
        predicted[trial] = predict(trial, sets=sets, seed=seed).endpoints
    step()
    arms = [arm_row(one, predicted[one.trial]) for one in found.arms]
    arms += cohort_rows(found, over_sets(values_of(found.as_targets), courses))
    studies = left_out(recorded("posterior"), everybody=True)
    constant = constant_effect([one for one in studies if one.kind == EFFECT])
    drugs = drug_ratios(asked(), over_sets(values_of(as_targets(asked())), courses), constant, seed)
    step()
    density = hip_density(courses, seed)
    step()
    missed = chance_of_missing(seed)
    inputs = {"sets": sets, "courses": courses, "arms": found.model_dump(mode="json")}
    return Fractures(
        sorted(arms, key=lambda row: row["treated"]),
        ratios_of(studies),
        drugs,
        density,
        missed,
        manifest(seed=seed, parameters=identity(default_parameters()), inputs=inputs),
    )
