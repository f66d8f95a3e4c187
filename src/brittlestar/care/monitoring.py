"""Checks that go with treatment."""

from typing import Self

from pydantic import Field, model_validator

from brittlestar._shared.errors import InputError, nearest
from brittlestar._shared.parameter_files import Parameter, load
from brittlestar.care.base import Part
from brittlestar.care.durations import START, Span, SpanField


def known_checks() -> dict[str, Parameter]:
    """Every check that has a name, with its usual interval and source."""
    return load("brittlestar.care", "monitoring.toml")


class Check(Part):
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
        return self.with_period(words)


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
