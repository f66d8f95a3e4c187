"""What everything in a plan is made of, and what a kind of care must know of itself."""

from collections.abc import Iterable
from typing import Any, ClassVar, Literal, NamedTuple, Protocol, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from brittlestar._shared.errors import InputError, nearest
from brittlestar.care.dates import Limit
from brittlestar.care.durations import Span
from brittlestar.care.said import Said

type Table = Literal[
    "calcium_mg_per_day",
    "vitamin_d_iu_per_day",
    "activity",
    "immobilised",
    "limb_hazard",
    "rankl",
    "formation",
]
"""What a part of a plan may act on, beside drugs in bone: rates add up, factors multiply, rest is or is not.
They become fields of :class:`brittlestar._shared.schedule.Care`; vitamin D by the rise that it leads to."""


class Effect(NamedTuple):
    """What a part does to one table of the schedule, from a day up to a day."""

    on: Table
    start: float
    end: float
    value: float | tuple[float, ...] | np.ndarray = 1.0
    """rate or factor; of ``activity`` one for all sites, or vertebral, metaphyseal, long bone"""


class Lasting(Protocol):
    """Whatever begins at a time of the plan and lasts for a time, or to the end of the run."""

    @property
    def start(self) -> Span: ...
    @property
    def duration(self) -> Span | None: ...


class Component(BaseModel):
    """Frozen, without unknown fields; bad fields raise :class:`InputError` with the nearest match."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    def __init__(self, /, **fields: Any):
        try:
            super().__init__(**fields)
        except ValidationError as error:
            raise _as_input_error(type(self), error) from None
        except TypeError as error:
            if "keywords must be strings" not in str(error):
                raise
            raise InputError(type(self).__name__, fields, "accepted: fields by name, texts all") from None

    @model_validator(mode="after")
    def _lasts(self) -> Self:
        duration = getattr(self, "duration", None)
        if duration is not None and not duration.days > 0:
            raise InputError("duration", str(duration), "accepted: longer than 0, or none")
        return self


class Part(Component):
    """One kind of care: its fields, its words, and what it does. ``str(part)`` is the part in words.

    A kind is a subclass that is listed in ``PARTS`` of :mod:`brittlestar.care.plan_fields`. One that begins
    with a word of its own and has a period is read by :meth:`from_words`; drugs, operations, rules and checks
    have readers in :mod:`brittlestar.care.text`.
    """

    words: ClassVar[tuple[str, ...]] = ()
    """words that it begins with; a dash in a word may be said as a space"""
    unit: ClassVar[str] = ""
    """unit of its amount in words, e.g. ``mg/day``; none: it has no amount"""
    by_site: ClassVar[bool] = False
    """whether factors are said of it: ``x0.8``, or ``vertebral x0.8 long-bone x0.9``"""

    @classmethod
    def from_words(cls, said: Said) -> Self:
        """The part that was said.

        Raises:
            InputError: something that it needs was not said.
        """
        return cls(**said.period)

    def effects(self) -> Iterable[Effect]:
        """What it does to the tables of the schedule."""
        return ()

    @property
    def end_day(self: Lasting) -> float:
        """Day on which it ends, infinite if it has no end."""
        return _end_day(self)

    @property
    def limits(self: Lasting) -> tuple[Limit, ...]:
        """Its end, if it has one."""
        return () if self.duration is None else (Limit(_end_day(self), self.start.days, self.duration),)

    def throughout(self: Lasting, on: Table, value: float | tuple[float, ...] | np.ndarray = 1.0) -> Effect:
        """An effect for as long as the part lasts."""
        return Effect(on, self.start.days, _end_day(self), value)

    def with_period(self: Lasting, words: str, separator: str = " ") -> str:
        """The words, and from when and for how long."""
        if self.start.value > 0:
            words += f"{separator}from {self.start}"
        return words if self.duration is None else f"{words}{separator}for {self.duration}"


def _end_day(part: Lasting) -> float:
    return float("inf") if part.duration is None else part.start.days + part.duration.days


def _as_input_error(kind: type[BaseModel], error: ValidationError) -> InputError:
    # A misspelt field also counts as a missing one: the misspelling is what helps.
    first = min(error.errors(), key=lambda found: found["type"] != "extra_forbidden")
    place = ".".join([kind.__name__, *(str(part) for part in first["loc"])])
    inner = first.get("ctx", {}).get("error")
    if isinstance(inner, InputError):
        return InputError(
            inner.where if inner.where.startswith("plan") else f"{place}: {inner.where}",
            inner.value,
            inner.accepted,
        )
    field = str(first["loc"][-1]) if first["loc"] else ""
    if first["type"] == "extra_forbidden":
        return InputError(place, field, nearest(field, kind.model_fields))
    if first["type"] == "missing":
        return InputError(place, "nothing", f"missing; fields: {', '.join(kind.model_fields)}")
    return InputError(place, first["input"], first["msg"])
