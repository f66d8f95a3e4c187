"""Checks that go with treatment, and the calendar of visits they make."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Self

from pydantic import Field, model_validator

from brittlestar._shared.errors import InputError, nearest
from brittlestar._shared.parameter_files import DAYS_PER_YEAR, Parameter, load
from brittlestar.care.base import Component
from brittlestar.care.dates import TIGHT, Limit, due
from brittlestar.care.durations import START, Span, SpanField

if TYPE_CHECKING:
    from brittlestar.care.plan import Plan

NEAR = 7.0
"""Days by which a check is moved to the day of a dose, so that both are one visit (assumed)."""


def known_checks() -> dict[str, Parameter]:
    """Every check that has a name, with its usual interval and source."""
    return load("brittlestar.care", "monitoring.toml")


class Check(Component):
    """One kind of check, at an interval or before each dose.

    Args:
        what: name of the check, e.g. ``dental-check``, ``dxa-scan``, ``blood-test``.
        every: interval; none with ``before_dose`` or for a single check.
        before_dose: on the day of each infusion or injection.
        start: first time, from the start of the plan.
        duration: none: to the end of the run.
        source: where the interval comes from; that of the name if left out.

    Raises:
        InputError: an unknown name, or an interval for a check before each dose.
    """

    what: str
    every: SpanField | None = None
    before_dose: bool = False
    start: SpanField = START
    duration: SpanField | None = None
    source: str = Field(default="", validate_default=True)

    @model_validator(mode="after")
    def _known(self) -> Self:
        if self.what not in known_checks():
            raise InputError("plan: check", self.what, nearest(self.what, known_checks()))
        if self.before_dose and self.every is not None:
            raise InputError(
                "every", str(self.every), "accepted: an interval or 'before each dose', not both"
            )
        if self.every is not None and self.every.days < 1.0:
            raise InputError("every", str(self.every), "accepted: at least 1 day")
        if not self.source:
            object.__setattr__(self, "source", known_checks()[self.what].source)
        return self

    def __str__(self) -> str:
        words = self.what.replace("-", " ")
        words += (
            " before each dose" if self.before_dose else f" every {self.every}" if self.every else " once"
        )
        if self.start.value > 0:
            words += f" from {self.start}"
        return words + (f" for {self.duration}" if self.duration is not None else "")


@dataclass(frozen=True)
class Reason:
    """One thing that a visit is for.

    Attributes:
        what: name of the check, drug or operation.
        why: what is done, in words.
        source: where its time comes from.
    """

    what: str
    why: str
    source: str


@dataclass(frozen=True)
class Visit:
    """One day on which a person goes to a clinic.

    Attributes:
        day: whole days from the start of the plan.
        reasons: what is done on that day.
        on: calendar date, if the start has one.
    """

    day: float
    reasons: tuple[Reason, ...]
    on: date | None = None

    @property
    def what(self) -> tuple[str, ...]:
        """Names of what is done."""
        return tuple(reason.what for reason in self.reasons)

    @property
    def years(self) -> float:
        """Years from the start of the plan."""
        return self.day / DAYS_PER_YEAR


def usual_checks(infusions: bool) -> tuple[Check, ...]:
    """The checks that every plan with a drug has unless it says otherwise."""
    wanted = ("any drug", "infusions") if infusions else ("any drug",)
    checks = []
    for name, known in known_checks().items():
        if known.applies_to in wanted:
            years = float(known.value)
            span = Span(years, "year") if years >= 1 else Span(years * 12, "month")
            checks.append(Check(what=name, every=span if years else None, before_dose=not years))
    return tuple(checks)


def calendar(
    plan: "Plan", years: float, age_years: float | None, sex: Any, start: date | None
) -> tuple[Visit, ...]:
    """Days in a clinic for doses, checks and operations, in order of time; see :meth:`Plan.visits`."""
    if not (0 < years <= 120):
        raise InputError("years", years, "accepted: more than 0, at most 120")
    horizon = years * DAYS_PER_YEAR
    found: dict[int, list[Reason]] = {}

    def add(day: float, reason: Reason) -> None:
        there = found.setdefault(int(day + TIGHT), [])
        if reason not in there:
            there.append(reason)

    doses = sorted(plan.doses(horizon, age_years, sex))
    for day, drug in doses:
        add(day, Reason(drug, f"{drug} given", "; ".join(plan.sources) or "the plan"))
    dose_days = sorted({day for day, _ in doses})
    for check in plan.monitoring or ():
        reason = Reason(check.what, known_checks()[check.what].meaning, check.source)
        for day in _days(check, dose_days, horizon):
            add(day, reason)
    for surgery in plan.surgeries:
        if surgery.at.days < horizon:
            bone = " ".join(filter(None, (surgery.side, surgery.bone)))
            add(surgery.at.days, Reason(surgery.kind, f"{surgery.kind} of the {bone}", "the plan"))
    return tuple(
        Visit(
            float(day),
            tuple(sorted(reasons, key=lambda reason: reason.what)),
            None if start is None else start + timedelta(days=day),
        )
        for day, reasons in sorted(found.items())
    )


def _days(check: Check, dose_days: list[float], horizon: float) -> Iterator[float]:
    """Days of a check: before doses, or at its interval, on the day of a dose that is near."""
    end = float("inf") if check.duration is None else check.start.days + check.duration.days
    if check.before_dose:
        yield from (day for day in dose_days if check.start.days <= day < min(end, horizon))
        return
    limits = () if check.duration is None else (Limit(end, check.start.days, check.duration),)
    near = NEAR if check.every is None else min(NEAR, check.every.days / 2)
    for day in due(check.start.days, lambda _: check.every, horizon, limits):
        yield min((d for d in dose_days if abs(d - day) < near), key=lambda d: abs(d - day), default=day)
