"""ln fracture ratio by drug and site in adults without the disease, and by type in children of two trials."""

import tomllib
from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import Any, Literal

import numpy as np
from pydantic import Field, model_validator

from brittlestar._shared.chance import normal
from brittlestar.evidence.calibration.between_trials import between_trials
from brittlestar.evidence.calibration.points import points
from brittlestar.evidence.calibration.targets import Target, TargetCohort, Targets, targets
from brittlestar.evidence.prediction.endpoint_spread import Offset, drawn
from brittlestar.evidence.prediction.fractures.ratios import EFFECT, Constant, naive_scores
from brittlestar.evidence.prediction.over_sets import OverSets
from brittlestar.evidence.studies.split import split
from brittlestar.evidence.studies.study import Strict
from brittlestar.outcomes.fracture import SITES
from brittlestar.statistics.forecasts import LIMITS, judged, log_score

MIXED = 20_000
"""Draws of each ratio: a 5 % limit is then known to 0.015 SD, sqrt(.05 x .95/20 000)/.103."""

SITES_OF = {"limb": SITES[:3], "vertebral": SITES[3:]}


class AskedRatio(Strict):
    """A ratio, drug over none, that the model is asked for; see the head of ``drug_ratios.toml``."""

    group: str
    label: str
    cohort: str
    type: str = ""
    plan: str
    months: float
    site: Literal["limb", "vertebral"]
    found: tuple[float, float, float] | None = None
    trials: int = Field(default=1, ge=1)
    study: str = ""
    overlaps: str = ""
    source: str = ""

    @model_validator(mode="after")
    def _is_said_where_it_comes_from(self) -> "AskedRatio":
        if (self.found is None) == bool(self.source):
            raise ValueError("found goes with its source")
        if self.found and bool(self.study) == bool(self.overlaps):
            raise ValueError("a study that is kept for a test, or what it overlaps with")
        if self.study and self.study not in split().of("test"):
            raise ValueError(f"{self.study} is not kept for a test in evidence/studies/split.toml")
        return self

    @property
    def sampling(self) -> float:
        """SD of the ln of what was found."""
        assert self.found is not None
        _, low, high = self.found
        return float(np.log(high / low)) / (2.0 * 1.96)

    def target(self, i: int) -> Target:
        """What computes it, in the cohort of :meth:`people`."""
        return Target(
            id=f"ratio-{i}", label=self.label, cohort=f"people-{i}", output="expected_fractures",
            sites=SITES_OF[self.site], kind="fractures", plan=self.plan, versus="no treatment", compare="log",
            months=self.months, observed=0.0, sampling=1.0, sampling_from="size", judgement=0.0,
        )  # fmt: skip

    @property
    def people(self) -> TargetCohort:
        """Typical people of the cohort, of its one type where that is asked for."""
        known = {**targets().cohorts, **points().cohorts}[self.cohort]
        return known.model_copy(update={"types": {self.type: 1.0}, "open": {}}) if self.type else known


@cache
def asked() -> tuple[AskedRatio, ...]:
    """Every ratio of the file."""
    text = resources.files(__package__).joinpath("drug_ratios.toml").read_text(encoding="utf-8")
    return tuple(AskedRatio(**row) for row in tomllib.loads(text)["ratios"])


def as_targets(rows: Sequence[AskedRatio]) -> Targets:
    """All of them as targets, each of people of its own."""
    return Targets(
        cohorts={f"people-{i}": row.people for i, row in enumerate(rows)},
        targets=tuple(row.target(i) for i, row in enumerate(rows)),
    )


def drug_ratios(
    rows: Sequence[AskedRatio], run: OverSets, constant: Constant, seed: int
) -> list[dict[str, Any]]:
    """Each ratio with three 90 % intervals: of the mean effect, in new people, of a trial of that size.

    The first is what parameters and laws leave open; people differ by tau, whose posterior comes from trials
    of people with the disease; a trial adds its sampling error. Log scores are those of the last.

    Args:
        rows: what was asked.
        run: the model's ln ratios under every set and law.
        constant: the naive forecast from the calibration studies.
        seed: key of all chance.
    """
    spread = between_trials()[EFFECT]
    effects, found = run.drawn(MIXED, seed, "drug ratios"), []
    for i, row in enumerate(rows):
        mean, key = float(run.mean[i]), f"drug ratio {i}"
        size = abs(mean) if spread.relative else 1.0
        offset = Offset(EFFECT, size / row.trials**0.5, spread.kept)
        people = effects[:, i] + drawn([offset], MIXED, seed, key)
        told: dict[str, Any] = {
            name: getattr(row, name) for name in ("group", "label", "site", "study", "overlaps", "source")
        }
        told |= {
            "predicted": mean,
            "effect_90": np.quantile(effects[:, i], LIMITS["90"]).tolist(),
            "people_90": np.quantile(people, LIMITS["90"]).tolist(),
            "found": None,
        }
        if row.found is not None:
            seen, sampling = float(np.log(row.found[0])), row.sampling
            noise = sampling * normal(seed, np.arange(MIXED), f"{key} sampling")
            forecast = judged(people + noise, seen, float(np.hypot(sampling, offset.variance**0.5)))
            told |= {
                "found": seen,
                "sampling_sd": sampling,
                "trial_90": forecast["interval_90"],
                "inside_90": forecast["inside_90"],
                "log_score": {
                    "model": log_score(people, seen, sampling),
                    **naive_scores(seen, sampling, constant, spread.constant),
                },
            }
        found.append(told)
    return found
