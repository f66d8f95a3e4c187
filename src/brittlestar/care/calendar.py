"""The calendar of a plan: days in a clinic for doses, checks and operations."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from brittlestar._shared.errors import InputError
from brittlestar._shared.parameter_files import DAYS_PER_YEAR
from brittlestar.care.dates import TIGHT, due
from brittlestar.care.doses import dose_days
from brittlestar.care.monitoring import Check, known_checks
from brittlestar.care.plan_fields import PlanFields

NEAR = 7.0
"""Days by which a check is moved to the day of a dose, so that both are one visit (assumed)."""


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


def visits(
    plan: PlanFields, years: float, age_years: float | None, sex: Any, start: date | None
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

    doses = sorted(dose_days(plan, horizon, age_years, sex))
    for day, drug in doses:
        add(day, Reason(drug, f"{drug} given", "; ".join(plan.sources) or "the plan"))
    days_of_doses = sorted({day for day, _ in doses})
    for check in plan.monitoring or ():
        reason = Reason(check.what, known_checks()[check.what].meaning, check.source)
        for day in _days(check, days_of_doses, horizon):
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


def _days(check: Check, doses: list[float], horizon: float) -> Iterator[float]:
    """Days of a check: before doses, or at its interval, on the day of a dose that is near."""
    if check.before_dose:
        yield from (day for day in doses if check.start.days <= day < min(check.end_day, horizon))
        return
    near = NEAR if check.every is None else min(NEAR, check.every.days / 2)
    for day in due(check.start.days, lambda _: check.every, horizon, check.limits):
        yield min((d for d in doses if abs(d - day) < near), key=lambda d: abs(d - day), default=day)
