"""Fractures predicted by arm beside fractures counted, untreated arms first."""

import tomllib
from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import Any, Literal

import numpy as np
from pydantic import Field, model_validator

from brittlestar.evidence.calibration.between_trials import between_trials
from brittlestar.evidence.calibration.targets import Target, TargetCohort, Targets, targets
from brittlestar.evidence.calibration.typical_people import trait
from brittlestar.evidence.prediction.over_sets import OverSets
from brittlestar.evidence.studies.split import split
from brittlestar.evidence.studies.study import Strict
from brittlestar.outcomes.fracture import SITES
from brittlestar.trials.protocol_texts import studies_of_library

COUNTED_USES = ("calibration", "test", "check")
"""Uses of studies whose arms are told here; those of validation are predicted by ``validation``."""

TOLD = ("label", "study", "people", "found", "treated", "fitted", "source")


class CountedArm(Strict):
    """Fractures, or people with one, that an arm was found to have; see the head of ``counts.toml``."""

    label: str
    people: int = Field(gt=0)
    found: int = Field(ge=0)
    treated: bool
    fitted: bool
    source: str


class TrialArm(CountedArm):
    """An arm of a trial that is simulated."""

    trial: str
    endpoint: str
    months: float
    arm: str

    @property
    def study(self) -> str:
        """What the trial was made from."""
        return studies_of_library().get(self.trial, self.trial)


class CohortArm(CountedArm):
    """People of a study without a protocol."""

    study: str
    cohort: str
    plan: str
    kind: Literal["rate", "first_fracture"]
    months: float = 0.0
    person_years: float = 0.0

    @model_validator(mode="after")
    def _has_its_time(self) -> "CohortArm":
        if (self.kind == "rate") != (self.person_years > 0) or (self.kind == "rate") == (self.months > 0):
            raise ValueError("a rate goes with person_years, a share with months")
        return self


class Counted(Strict):
    """Content of ``counts.toml``."""

    arms: tuple[TrialArm, ...]
    cohort_arms: tuple[CohortArm, ...]
    cohorts: dict[str, TargetCohort]

    @model_validator(mode="after")
    def _of_studies_that_may_stand_here(self) -> "Counted":
        may = {study for use in COUNTED_USES for study in split().of(use)}
        for one in (*self.arms, *self.cohort_arms):
            if one.study not in may:
                raise ValueError(f"{one.study} is none of {', '.join(COUNTED_USES)}")
        return self

    @property
    def as_targets(self) -> Targets:
        """What computes the arms without a protocol."""
        known = {**targets().cohorts, **self.cohorts}
        rows = tuple(
            Target(
                id=f"arm-{i}", label=one.label, cohort=one.cohort, plan=one.plan, kind=one.kind,
                output="hazard" if one.kind == "rate" else "expected_fractures", sites=SITES[:3],
                months=one.months,
                observed=one.found, sampling=1.0, sampling_from="size", judgement=0.0,
            )
            for i, one in enumerate(self.cohort_arms)
        )  # fmt: skip
        return Targets(cohorts={one.cohort: known[one.cohort] for one in self.cohort_arms}, targets=rows)


@cache
def counted() -> Counted:
    """Arms with counts."""
    text = resources.files(__package__).joinpath("counts.toml").read_text(encoding="utf-8")
    return Counted(**tomllib.loads(text))


def arm_row(one: TrialArm, endpoints: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Predicted count of an arm of a simulated trial, mean and SD, beside the count found."""
    (row,) = [
        row
        for row in endpoints
        if (row["id"], row["arm"], row["time_months"]) == (one.endpoint, one.arm, one.months)
    ]
    size = one.people * (1.0 if row["unit"] == "share" else one.months / 12.0)
    return _told(
        one, size * row["mean"], size * float(np.hypot.reduce([x or 0.0 for x in row["sd"].values()]))
    )


def cohort_rows(found: Counted, run: OverSets) -> list[dict[str, Any]]:
    """The same of arms without a protocol.

    Counts of people who differ by frailty of variance v have variance m + v m^2/n; n people of whom a share p
    has a fracture have n p (1 - p). To it come what parameters and laws leave open, and how far the level of
    a cohort, and the effect in it, lies from the model's.

    Args:
        found: what was counted.
        run: the model's numbers for it under every set and law, in its order.
    """
    known, rows = between_trials(), []
    for i, one in enumerate(found.cohort_arms):
        value, n = float(run.mean[i]), one.people
        if one.kind == "rate":
            size, mean = one.person_years, one.person_years * value
            chance, moved = mean + trait("frailty_variance") * mean**2 / n, mean
        else:
            size, mean = float(n), n * value
            chance, moved = n * value * (1.0 - value), -n * (1.0 - value) * float(np.log1p(-value))
        apart = known["fracture level"].constant.rms ** 2
        apart += known["fracture effect"].constant.rms ** 2 if one.treated else 0.0
        variance = chance + size**2 * float(run.variance[i]) + moved**2 * apart
        rows.append(_told(one, mean, variance**0.5))
    return rows


def _told(one: TrialArm | CohortArm, mean: float, sd: float) -> dict[str, Any]:
    """z is (predicted - found)/SD."""
    return {name: getattr(one, name) for name in TOLD} | {
        "predicted": mean,
        "sd": sd,
        "z": (mean - one.found) / sd,
    }
