"""What goes with the drugs: calcium, vitamin D, activity, programmes of exercise and immobilisation."""

import numpy as np
from pydantic import Field, field_validator

from brittlestar._shared.errors import InputError, nearest
from brittlestar._shared.parameter_files import load
from brittlestar.care.base import Component
from brittlestar.care.durations import START, SpanField


class Calcium(Component):
    """Calcium on top of a person's own intake."""

    mg_per_day: float = Field(gt=0)
    start: SpanField = START
    duration: SpanField | None = None


class VitaminD(Component):
    """Vitamin D on top of a person's own status."""

    iu_per_day: float = Field(gt=0)
    start: SpanField = START
    duration: SpanField | None = None


class Activity(Component):
    """Load on bone relative to usual: below 1 rest, above 1 training or physiotherapy."""

    vertebral: float = Field(default=1.0, ge=0, le=3)
    metaphyseal: float = Field(default=1.0, ge=0, le=3)
    long_bone: float = Field(default=1.0, ge=0, le=3)
    start: SpanField = START
    duration: SpanField | None = None


class Programme(Component):
    """A programme of physiotherapy or exercise by name, e.g. ``physiotherapy`` (see ``programmes.toml``)."""

    name: str
    start: SpanField = START
    duration: SpanField | None = None

    @field_validator("name")
    @classmethod
    def _known(cls, name: str) -> str:
        if name not in programmes():
            raise InputError("plan: programme", name, nearest(name, programmes()))
        return name

    @property
    def load(self) -> np.ndarray:
        """Factors of usual load, vertebral, metaphyseal, long bone."""
        return load("brittlestar.care", "programmes.toml")[self.name].internal


class Immobilisation(Component):
    """A limb in a cast or traction."""

    start: SpanField = START
    duration: SpanField


def programmes() -> tuple[str, ...]:
    """Names of the programmes."""
    return tuple(load("brittlestar.care", "programmes.toml"))


def vitamin_d_rise(iu_per_day: np.ndarray | float) -> np.ndarray:
    r"""Rise of serum 25-hydroxyvitamin D under a supplement, nmol/L, once it has levelled off.

    $$\Delta = \Delta_{max} \left(1 - e^{-dose/k}\right)$$

    Source: doi:10.1371/journal.pone.0111265; see ``supplements.toml``.
    """
    known = load("brittlestar.care", "supplements.toml")
    dose = np.asarray(iu_per_day, np.float64)
    return known["vitamin_d_rise"].internal * -np.expm1(-dose / known["vitamin_d_scale"].internal)
