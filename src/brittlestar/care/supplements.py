"""What goes with the drugs: calcium, vitamin D, activity, programmes of exercise and immobilisation."""

from collections.abc import Iterable
from typing import Self

import numpy as np
from pydantic import Field, field_validator

from brittlestar._shared.errors import InputError, nearest
from brittlestar._shared.parameter_files import load
from brittlestar.care.base import Effect, Part
from brittlestar.care.durations import START, SpanField, number
from brittlestar.care.said import Said


def programmes() -> tuple[str, ...]:
    """Names of the programmes."""
    return tuple(load("brittlestar.care", "programmes.toml"))


class Calcium(Part):
    """Calcium on top of a person's own intake."""

    words = ("calcium",)
    unit = "mg/day"
    mg_per_day: float = Field(gt=0)
    start: SpanField = START
    duration: SpanField | None = None

    @classmethod
    def from_words(cls, said: Said) -> Self:
        if said.amount is None:
            raise said.wrong("accepted: an amount, e.g. 'calcium 500 mg/day'")
        return cls(mg_per_day=said.amount, **said.period)

    def effects(self) -> Iterable[Effect]:
        yield self.throughout("calcium_mg_per_day", self.mg_per_day)

    def __str__(self) -> str:
        return self.with_period(f"calcium {number(self.mg_per_day)} mg/day")


class VitaminD(Part):
    """Vitamin D on top of a person's own status."""

    words = ("vitamin-d",)
    unit = "iu/day"
    iu_per_day: float = Field(gt=0)
    start: SpanField = START
    duration: SpanField | None = None

    @classmethod
    def from_words(cls, said: Said) -> Self:
        if said.amount is None:
            raise said.wrong("accepted: an amount, e.g. 'vitamin D 800 IU/day'")
        return cls(iu_per_day=said.amount, **said.period)

    def effects(self) -> Iterable[Effect]:
        yield self.throughout("vitamin_d_iu_per_day", self.iu_per_day)

    def __str__(self) -> str:
        return self.with_period(f"vitamin D {number(self.iu_per_day)} IU/day")


class Activity(Part):
    """Load on bone relative to usual: below 1 rest, above 1 training or physiotherapy."""

    words = ("activity",)
    by_site = True
    vertebral: float = Field(default=1.0, ge=0, le=3)
    metaphyseal: float = Field(default=1.0, ge=0, le=3)
    long_bone: float = Field(default=1.0, ge=0, le=3)
    start: SpanField = START
    duration: SpanField | None = None

    @classmethod
    def from_words(cls, said: Said) -> Self:
        if not said.factors:
            raise said.wrong("accepted: a factor of usual load, e.g. 'activity x0.8'")
        return cls(**said.factors, **said.period)

    @property
    def load(self) -> tuple[float, float, float]:
        """Factors of usual load, vertebral, metaphyseal, long bone."""
        return self.vertebral, self.metaphyseal, self.long_bone

    def effects(self) -> Iterable[Effect]:
        yield self.throughout("activity", self.load)

    def __str__(self) -> str:
        if self.vertebral == self.metaphyseal == self.long_bone:
            return self.with_period(f"activity x{number(self.vertebral)}")
        spine = f"vertebral x{number(self.vertebral)} metaphyseal x{number(self.metaphyseal)}"
        return self.with_period(f"activity {spine} long-bone x{number(self.long_bone)}")


class Programme(Part):
    """A programme of physiotherapy or exercise by name, e.g. ``physiotherapy`` (see ``programmes.toml``)."""

    words = programmes()
    name: str
    start: SpanField = START
    duration: SpanField | None = None

    @field_validator("name")
    @classmethod
    def _known(cls, name: str) -> str:
        if name not in programmes():
            raise InputError("plan: programme", name, nearest(name, programmes()))
        return name

    @classmethod
    def from_words(cls, said: Said) -> Self:
        return cls(name=said.word, **said.period)

    @property
    def load(self) -> np.ndarray:
        """Factors of usual load, vertebral, metaphyseal, long bone."""
        return load("brittlestar.care", "programmes.toml")[self.name].internal

    def effects(self) -> Iterable[Effect]:
        yield self.throughout("activity", self.load)

    def __str__(self) -> str:
        return self.with_period(self.name)


class Immobilisation(Part):
    """A limb in a cast or traction."""

    words = ("immobilised",)
    start: SpanField = START
    duration: SpanField

    @classmethod
    def from_words(cls, said: Said) -> Self:
        if said.duration is None:
            raise said.wrong("accepted: with a duration, e.g. 'for 6 weeks'")
        return cls(**said.period)

    def effects(self) -> Iterable[Effect]:
        yield self.throughout("immobilised")

    def __str__(self) -> str:
        return self.with_period("immobilised")


def vitamin_d_rise(iu_per_day: np.ndarray | float) -> np.ndarray:
    r"""Rise of serum 25-hydroxyvitamin D under a supplement, nmol/L, once it has levelled off.

    $$\Delta = \Delta_{max} \left(1 - e^{-dose/k}\right)$$

    Source: doi:10.1371/journal.pone.0111265; see ``supplements.toml``.
    """
    known = load("brittlestar.care", "supplements.toml")
    dose = np.asarray(iu_per_day, np.float64)
    return known["vitamin_d_rise"].internal * -np.expm1(-dose / known["vitamin_d_scale"].internal)
