"""The table of points: targets with a use, what was published of each and when it was measured.

The file is ``evidence/physiology/points.toml``; its schema is that of the calibration's targets, so that a
point of calibration is fitted to by being in the list.
"""

import tomllib
from functools import cache
from importlib import resources
from typing import Any, Literal

from pydantic import Field, ValidationError, model_validator

from brittlestar._shared.errors import InputError, nearest
from brittlestar.evidence.calibration.targets import (
    Kind,
    Target,
    TargetCohort,
    Targets,
    Use,
    plan_of,
    require_errors,
    targets,
)
from brittlestar.evidence.studies.split import require_calibration, split
from brittlestar.evidence.studies.study import Strict
from brittlestar.model.outputs import UNITS
from brittlestar.people.ages import NormalAges
from brittlestar.people.cohort import Cohort
from brittlestar.people.sampling import sample_cohort

NINETY = 1.645
"""SDs on either side of the middle that hold 90 % of a normal distribution."""

COUNTED = ("calibration", "test")
"""Uses whose points are counted, each apart; the others are shown."""


Statistic = Literal[
    "sd",
    "sd_over_mean",
    "risk_by_density",
    "risk_by_marker_fall",
    "first_reaction",
    "with_crushed_vertebra",
    "vertebrae_crushed",
]
"""What is told of people who differ: SD of what is measured, or that over the mean; hazard ratio per SD less
of hip density; ln of it per SD of fall of a marker on treatment; share with a reaction to a first dose;
share with a crushed vertebra at entry, and of vertebrae that are."""


class DrawnPeople(Strict):
    """Who is drawn, each with their own bone, drug sensitivity, timing and luck.

    Args:
        study: whose people they stand for; none where a number is true by construction.
        age_years: youngest and oldest.
        age_mean, age_sd: of a normal distribution between them; none: every age alike.
        types: shares or counts.
        female: share of girls and women.
        note: what of it is assumed.
    """

    study: str = ""
    age_years: tuple[float, float]
    age_mean: float | None = None
    age_sd: float | None = None
    types: dict[str, float]
    female: float = 0.5
    note: str = ""

    @model_validator(mode="after")
    def _known(self) -> "DrawnPeople":
        if (self.age_mean is None) != (self.age_sd is None):
            raise ValueError("age_mean goes with age_sd")
        self.draw(0, 1)
        return self

    def draw(self, n: int, seed: int) -> Cohort:
        """So many of them."""
        ages: Any = self.age_years
        if self.age_mean is not None and self.age_sd is not None:
            ages = NormalAges(self.age_mean, self.age_sd, *self.age_years)
        return sample_cohort(n, seed=seed, age_years=ages, types=self.types, female=self.female)


class Point(Target):
    """One published number with its use.

    Args:
        hour: when after a dose or at what time of day; empty if not published.
        tolerance: half-width of what counts as right, in place of errors: a judgement of ``tolerance/1.645``.
        same_as: the target of the calibration that is this very number and is fitted in its place.
        not_computed: why the model has no output for it; such a point is shown and not counted.
        parameter: of the model, where the number itself is one: ``body.gfr_mature``.
        said: what was published, where that is not a number.
        population: in words, where no cohort stands for it, or people of another kind do.
        people: who is drawn, where the number is one of people who differ, not of a typical course. The fit
            sees no such point.
        statistic: what is told of them.
        measure: what is measured of them, as in a trial; ``fractures`` are counted, and a trait is known.
    """

    cohort: str = ""
    output: str = ""
    kind: Kind = "level"
    observed: float = 0.0
    sampling: float = 0.0
    judgement: float = 0.0
    hour: str = ""
    tolerance: float | None = None
    same_as: str = ""
    not_computed: str = ""
    parameter: str = ""
    said: str = ""
    population: str = ""
    people: str = ""
    statistic: Statistic | None = None
    measure: str = ""

    @model_validator(mode="before")
    @classmethod
    def _judgement_of_tolerance(cls, data: Any) -> Any:
        if isinstance(data, dict) and data.get("tolerance") is not None:
            return {**data, "judgement": data["tolerance"] / NINETY}
        return data

    def refuse_what_does_not_fit(self) -> None:
        """Raise ``ValueError`` where fields do not go together."""
        if bool(self.people) != bool(self.statistic):
            raise ValueError("people go with a statistic")
        if self.people:
            self.refuse_errors_that_do_not_fit()
        elif not self.words_alone:
            super().refuse_what_does_not_fit()

    @property
    def words_alone(self) -> bool:
        """No typical course is run for it: it is of people who differ, or nothing at all is run."""
        return bool(self.not_computed or self.parameter or self.people)

    @property
    def half_width(self) -> float:
        """What the model may be off by and still be right: half of the 90 % interval, or the tolerance."""
        return NINETY * self.sd

    @property
    def withheld(self) -> str:
        """Why no course gives its value; empty if one does."""
        if self.people:
            return "it is told of people who are drawn"
        if self.not_computed or self.parameter:
            return self.not_computed or f"the number is {self.parameter} itself"
        lacking = [name for name in self.outputs if name not in UNITS]
        return f"no output {', '.join(lacking)} yet" if lacking else ""


class Points(Strict):
    """The whole table: cohorts of typical people, people who are drawn, and points."""

    cohorts: dict[str, TargetCohort]
    people: dict[str, DrawnPeople] = Field(default_factory=dict)
    points: tuple[Point, ...]

    @model_validator(mode="after")
    def _consistent(self) -> "Points":
        Targets(cohorts=self.cohorts, targets=tuple(p for p in self.points if not p.words_alone))
        ids = [point.id for point in self.points]
        if len(set(ids)) < len(ids):
            raise ValueError("ids must differ")
        for point in self.points:
            if point.people and point.people not in self.people:
                raise ValueError(f"people {point.people!r}: {nearest(point.people, self.people)}")
        return self

    def study_of(self, point: Point) -> str:
        """The study whose number it is; empty for what is true by construction."""
        if point.people:
            return point.study or self.people[point.people].study
        if point.study or not point.cohort:
            return point.study
        return "" if point.use == "by construction" else self.cohorts[point.cohort].study

    def of(self, *uses: Use) -> tuple[Point, ...]:
        """Points of these uses."""
        return tuple(point for point in self.points if point.use in uses)

    @property
    def computed(self) -> Targets:
        """Those that the model has the outputs for, as targets."""
        return Targets(cohorts=self.cohorts, targets=tuple(p for p in self.points if not p.withheld))


def _check_study(found: Points, point: Point, where: str) -> None:
    name, places = found.study_of(point), split().studies
    if point.use == "by construction" and not name:
        return
    if point.use == "calibration":
        return require_calibration(name, where)
    if name not in places:
        raise InputError(where, name, nearest(name, places))
    place = places[name].use
    if point.use in ("test", "validation") and place != point.use:
        raise _two_uses(where, name, place, point.use)
    if place == "validation" and point.use != "validation":
        raise _two_uses(where, name, place, point.use)


def _two_uses(where: str, name: str, place: str, use: str) -> InputError:
    return InputError(
        where,
        name,
        f"this study is kept for {place} in evidence/studies/split.toml: a point of it is no {use}",
    )


def _is_compared(row: dict[str, Any]) -> bool:
    """Held against the model with two errors: no tolerance, and not words or a parameter alone."""
    return not any(name in row for name in ("tolerance", "not_computed", "parameter"))


def read_points(text: str, where: str = "evidence/physiology/points.toml") -> Points:
    """The table from TOML text.

    Raises:
        InputError: a file that does not fit, or a point whose study is kept for something else.
    """
    try:
        raw = tomllib.loads(text)
        require_errors((row for row in raw.get("points", ()) if _is_compared(row)), where)
        found = Points(**raw)
    except (ValidationError, TypeError, tomllib.TOMLDecodeError) as error:
        raise InputError(where, str(error), "accepted: cohorts and points") from None
    for point in found.points:
        _check_study(found, point, f"{where}: {point.id}")
    return found


@cache
def points() -> Points:
    """The shipped table."""
    file = resources.files("brittlestar.evidence.physiology").joinpath("points.toml")
    return read_points(file.read_text(encoding="utf-8"))


@cache
def fit_targets() -> Targets:
    """The targets of the first calibration and, with them, computed points of calibration.

    Points of biologics are none of them: what these do to cells is fitted to them with bone held, so bone may
    not be fitted to them again. Points that are a number of the first list come as checks.

    Raises:
        InputError: a point that is said to be the same as a target that is not there.
    """
    first, table = targets(), points()
    ids = [target.id for target in first.targets]
    added = []
    for point in table.computed.targets:
        if point.use != "calibration" or any(plan_of(plan).biologics for _, plan in point.arms):
            continue
        same = point.same_as if isinstance(point, Point) else ""
        if same and same not in ids:
            raise InputError(
                f"evidence/physiology/points.toml: {point.id}: same_as", same, nearest(same, ids)
            )
        added.append(point.model_copy(update={"use": "check"}) if same else point)
    cohorts = {name: table.cohorts[name] for target in added for name, _ in target.arms}
    return Targets(cohorts={**first.cohorts, **cohorts}, targets=(*first.targets, *added))
