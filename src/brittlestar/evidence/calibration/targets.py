"""Calibration targets: a published number, its uncertainty, and how the model computes it."""

import math
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources
from typing import Any, Literal

from pydantic import Field, ValidationError, model_validator

from brittlestar._shared.errors import InputError, nearest
from brittlestar.care import Plan, as_plan
from brittlestar.evidence.studies.split import require_calibration
from brittlestar.evidence.studies.study import Strict
from brittlestar.model.outputs import UNITS
from brittlestar.outcomes.fracture import SITES
from brittlestar.people.coding import TYPES, accepted_types

OVER_SITES = ("hazard", "expected_fractures")
"""Outputs summed over the target's sites."""

_OWN = (*OVER_SITES, "cortical_solid")

PLANNED = ("ntx",)
"""Outputs that the model is to have: a target may name them, and is not computed until it has."""

_OUTPUTS = tuple(dict.fromkeys((*UNITS, *_OWN, *PLANNED)))

Use = Literal["calibration", "test", "check", "input", "by construction", "validation"]
"""What a published number is there for: fitted to; never fitted and counted; shown; used as a number itself;
true whatever is fitted; kept apart until the last change."""

Kind = Literal[
    "level", "change", "pct_change", "relative", "log_ratio", "fractures", "first_fracture", "rate"
]
SamplingFrom = Literal["paper", "size", ""]
"""Printed, or arithmetic on printed numbers; the size of the groups and a usual spread; not sampled."""

ERRORS = ("sampling", "judgement")
"""Both errors of a target, as its file states them."""


class TargetCohort(Strict):
    """Typical people of a study: every combination of ages, sexes and types.

    People above and below the typical one stand beside it, in bone amount and turnover; ``spread`` adds those
    in calcium absorbed (``intake``), and under treatment in sensitivity to the drug (``iv``; ``oral`` with
    absorption and adherence); ``typical`` leaves the typical person alone, for what holds of that one.
    ``enriched`` adds the frailty of trial entry, ``capture`` is the share of fractures that is counted, by
    type. ``open`` says which shares a paper leaves open, of ``types`` or of ``ages``, and how many people
    what is stated of them is worth: a flat distribution over three is worth 3, a printed range without its
    distribution 8.
    """

    study: str
    ages: tuple[float, ...]
    types: dict[str, float]
    female: float
    enriched: bool = False
    spread: Literal["typical", "none", "intake", "iv", "oral"] = "none"
    capture: dict[str, float] = Field(default_factory=dict)
    open: dict[Literal["types", "ages"], float] = Field(default_factory=dict)
    note: str = ""

    @model_validator(mode="after")
    def _known(self) -> "TargetCohort":
        for word in (*self.types, *self.capture):
            if word not in TYPES:
                raise ValueError(f"type {word!r}: {accepted_types(word)}")
        if not (self.ages and self.types and 0.0 <= self.female <= 1.0):
            raise ValueError("ages, types and a share of women between 0 and 1")
        for what, known in self.open.items():
            if not known > 0 or len(getattr(self, what)) < 2:
                raise ValueError(f"open {what}: two or more of them, worth a number of people above 0")
        return self


class Target(Strict):
    """One number to meet.

    ``kind`` says what is computed from an output y between ``from_months`` and ``months``, as a mean over
    the cohort: ``level`` y, ``change``, ``pct_change``, ``relative`` y/y0, ``log_ratio`` ln(y/y0),
    ``fractures`` the expected count, ``first_fracture`` the share with at least one, ``rate`` a year.
    Where a visit fell anywhere within a ``window`` of months, it is the mean of that at both ends.
    ``compare`` sets it against ``versus`` (another plan) or ``versus_cohort``: ``difference``, ``ratio``,
    ``pct``, ``log`` of the ratio, ``cloglog`` difference of ln(-ln(1 - share)). ``minus`` is a plan whose
    value in the same cohort is taken off both before: gains over placebo of two doses. ``scale`` is the one
    on which errors are stated and misfits are taken.

    ``sampling`` and ``judgement`` are SDs: of the people who took part, and of what the number means for the
    model, which has a ``reason`` and is 0 only where a number is read as printed. ``sampling_with`` is the
    correlation of the first with that of another target, by its id.
    """

    id: str
    label: str
    cohort: str
    output: str
    kind: Kind
    observed: float
    sampling: float
    sampling_from: SamplingFrom = ""
    judgement: float
    reason: str = ""
    sampling_with: dict[str, float] = Field(default_factory=dict)
    study: str = ""
    plan: str = "no treatment"
    versus: str | None = None
    versus_cohort: str | None = None
    minus: str | None = None
    compare: Literal["difference", "ratio", "pct", "log", "cloglog"] | None = None
    scale: Literal["plain", "log", "cloglog"] = "plain"
    months: float = 0.0
    window: tuple[float, float] | None = None
    from_months: float = 0.0
    sites: tuple[str, ...] = ()
    use: Use = "calibration"
    note: str = ""

    @model_validator(mode="after")
    def _consistent(self) -> "Target":
        self.refuse_what_does_not_fit()
        return self

    def refuse_what_does_not_fit(self) -> None:
        """Raise ``ValueError`` where fields do not go together."""
        if self.output not in _OUTPUTS:
            raise ValueError(f"output {self.output!r}: {nearest(self.output, _OUTPUTS)}")
        if (self.compare is None) != (self.versus is None and self.versus_cohort is None):
            raise ValueError("compare goes with versus or versus_cohort")
        if self.minus is not None and (self.compare is None or self.versus_cohort is not None):
            raise ValueError("minus goes with compare and versus, in one cohort")
        if (self.output in OVER_SITES) != bool(self.sites):
            raise ValueError(f"sites go with {', '.join(OVER_SITES)}")
        for site in self.sites:
            if site not in SITES:
                raise ValueError(f"site {site!r}: {nearest(site, SITES)}")
        if self.window and not self.window[0] <= self.months <= self.window[1]:
            raise ValueError(f"months within the window, {self.window[0]:g} to {self.window[1]:g}")
        self.refuse_errors_that_do_not_fit()

    def refuse_errors_that_do_not_fit(self) -> None:
        """Raise ``ValueError`` where the two errors are not SDs with their sources."""
        if min(self.sampling, self.judgement) < 0 or not self.sd > 0:
            raise ValueError("sampling and judgement of 0 or more, together above 0")
        if (self.judgement > 0) != bool(self.reason):
            raise ValueError("a judgement above 0 goes with its reason")
        if (self.sampling > 0) != bool(self.sampling_from):
            raise ValueError("sampling above 0 goes with sampling_from: paper or size")

    @property
    def sd(self) -> float:
        """Both errors together."""
        return math.hypot(self.sampling, self.judgement)

    @property
    def visits(self) -> tuple["Target", ...]:
        """The target at each end of its window, or itself."""
        ends = self.window or ()
        return tuple(self.model_copy(update={"months": m, "window": None}) for m in ends) or (self,)

    @property
    def outputs(self) -> tuple[str, ...]:
        """Outputs of the engine that it needs."""
        if self.output in OVER_SITES:
            return tuple(f"{self.output}_{site}" for site in self.sites)
        return ("porosity",) if self.output == "cortical_solid" else (self.output,)

    @property
    def arms(self) -> tuple[tuple[str, str], ...]:
        """(cohort, plan) whose course it needs: its own; if compared, the other; what is taken off both."""
        own = (self.cohort, self.plan)
        if self.compare is None:
            return (own,)
        other = (self.versus_cohort or self.cohort, self.versus or self.plan)
        return (own, other) if self.minus is None else (own, other, (self.cohort, self.minus))


class Targets(Strict):
    """All cohorts and targets of the calibration."""

    cohorts: dict[str, TargetCohort]
    targets: tuple[Target, ...]

    @model_validator(mode="after")
    def _consistent(self) -> "Targets":
        ids = [target.id for target in self.targets]
        if len(set(ids)) < len(ids):
            raise ValueError("target ids must differ")
        for target in self.targets:
            for cohort, _ in target.arms:
                if cohort not in self.cohorts:
                    raise ValueError(f"cohort {cohort!r}: {nearest(cohort, self.cohorts)}")
            for other in target.sampling_with:
                if other not in ids or not -1.0 < target.sampling_with[other] < 1.0:
                    raise ValueError(f"sampling_with {other!r}: a target and a correlation between -1 and 1")
        return self

    def study_of(self, target: Target) -> str:
        """The study whose number it is."""
        return target.study or self.cohorts[target.cohort].study

    @property
    def fitted(self) -> tuple[Target, ...]:
        """Targets that the fit sees."""
        return tuple(target for target in self.targets if target.use == "calibration")


def require_errors(rows: Iterable[Mapping[str, Any]], where: str) -> None:
    """Refuse a number that states fewer than two errors.

    Raises:
        InputError: it names the file, the number and both errors.
    """
    for row in rows:
        if not set(ERRORS) <= set(row):
            stated = {name: row.get(name) for name in ERRORS}
            raise InputError(
                f"{where}: {row.get('id', '?')}: {' and '.join(ERRORS)}",
                stated,
                "accepted: two SDs, of the people who took part and of what the number means for the model "
                "(0 where it is read as printed)",
            )


def read_targets(text: str, where: str = "evidence/calibration/targets.toml") -> Targets:
    """Targets from TOML text.

    Raises:
        InputError: a file that does not fit, or a target of a study that may not be fitted to.
    """
    try:
        raw = tomllib.loads(text)
        require_errors(raw.get("targets", ()), where)
        found = Targets(**raw)
    except (ValidationError, TypeError, tomllib.TOMLDecodeError) as error:
        raise InputError(where, str(error), "accepted: cohorts and targets") from None
    for target in found.targets:
        require_calibration(found.study_of(target), f"{where}: {target.id}")
    for name, cohort in found.cohorts.items():
        require_calibration(cohort.study, f"{where}: cohorts.{name}")
    return found


@cache
def targets() -> Targets:
    """The shipped targets."""
    text = resources.files(__package__).joinpath("targets.toml").read_text(encoding="utf-8")
    return read_targets(text)


@cache
def plan_of(words: str) -> Plan:
    """The plan of a group, read once."""
    return as_plan(words)
