"""Lengths of time as people say them: a number and a unit, kept as said and turned into days once."""

import re
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import PlainSerializer, PlainValidator

from brittlestar._shared.arguments import real
from brittlestar._shared.errors import InputError, nearest

DAYS = {"day": 1.0, "week": 7.0, "month": 365.25 / 12, "year": 365.25}
"""Days in a unit of time; a month is a twelfth of a year."""


COMMA = (
    "a comma inside a number may part thousands or decimals: write 1000, or 0.5 with a point; between two "
    "parts put a space after the comma"
)
_COMMA = re.compile(r"\d\.?,\.?\d")


def comma_in(text: str) -> str:
    """The first word with a comma inside a number; empty if there is none."""
    return next((word for word in text.split() if _COMMA.search(word)), "")


def number(value: float) -> str:
    """Shortest text that reads back as the same number."""
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(float(value))


@dataclass(frozen=True)
class Span:
    """A length of time, e.g. ``Span(6, "month")``.

    Args:
        value: how many, 0 or more.
        unit: ``day``, ``week``, ``month`` (30.4375 days) or ``year`` (365.25 days).
    """

    value: float
    unit: str = "day"

    def __post_init__(self) -> None:
        if not isinstance(self.unit, str) or self.unit not in DAYS:
            raise InputError("time unit", self.unit, nearest(self.unit, DAYS))
        value = real(self.value)
        if value is None or value < 0:
            raise InputError(
                "time", self.value, "accepted: a number of days, weeks, months or years, 0 or more"
            )
        object.__setattr__(self, "value", value)

    @property
    def days(self) -> float:
        """Length in days."""
        return self.value * DAYS[self.unit]

    def __str__(self) -> str:
        return f"{number(self.value)} {self.unit}{'' if self.value == 1 else 's'}"

    def __add__(self, other: "Span") -> "Span":
        if other.value == 0:
            return self
        if self.value == 0:
            return other
        if self.unit == other.unit:
            return Span(self.value + other.value, self.unit)
        return Span(self.days + other.days, "day")


def read_span(value: Any, where: str = "time") -> Span:
    """A span from ``"6 months"`` or from a span.

    Raises:
        InputError: a bare number, an unknown unit, a negative or non-finite length.
    """
    if isinstance(value, Span):
        return value
    said = (
        re.fullmatch(r"\s*([-+0-9.e]+)\s*([a-z]+?)s?\s*", value.lower()) if isinstance(value, str) else None
    )
    if said is None and isinstance(value, str) and comma_in(value):
        raise InputError(where, value, COMMA)
    if said is None:
        raise InputError(
            where, value, "accepted: a number and a unit, e.g. '6 months', '3 years', '12 weeks'"
        )
    try:
        amount = float(said[1])
    except ValueError:
        raise InputError(where, value, "accepted: a number and a unit, e.g. '6 months'") from None
    return Span(amount, said[2])


SpanField = Annotated[Span, PlainValidator(read_span), PlainSerializer(str)]
START = Span(0, "day")
