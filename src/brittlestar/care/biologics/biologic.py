"""One course of a biological drug: what, how much, how often, from when, for how long."""

from collections.abc import Iterator, Sequence
from typing import Self

from pydantic import Field, field_validator, model_validator

from brittlestar._shared.errors import InputError, nearest
from brittlestar._shared.parameter_files import Parameter, load
from brittlestar.care.base import Part
from brittlestar.care.dates import Limit, due
from brittlestar.care.durations import START, SpanField, number

BIOLOGICS = ("denosumab", "teriparatide", "romosozumab", "setrusumab")
INJECTION_UNITS = ("mg", "mg/kg")
DAILY_UNITS = ("ug/day",)
BIOLOGIC_UNITS = (*INJECTION_UNITS, *DAILY_UNITS)


def known(drug: str) -> dict[str, Parameter]:
    """Every number about one of these drugs, with unit, source and status.

    Raises:
        InputError: unknown drug.
    """
    if drug not in BIOLOGICS:
        raise InputError("drug", drug, nearest(drug, BIOLOGICS))
    return load("brittlestar.care.biologics", f"{drug}.toml")


class Biologic(Part):
    """A course of denosumab, teriparatide, romosozumab or setrusumab.

    The effect is the same for everybody under a plan: a fixed dose is taken at the drug's reference weight.

    Args:
        drug: name.
        dose: dose in ``dose_unit``.
        dose_unit: ``mg`` or ``mg/kg`` at each injection or infusion; teriparatide ``ug/day``.
        every: interval; none: once. Teriparatide has none: it is injected daily.
        start: time from the start of the plan.
        duration: none: until the end of the run. No dose at or after the end.
        cap_mg: most mg at once.

    Raises:
        InputError: an unknown drug, or a unit or interval that does not fit it.
    """

    drug: str
    dose: float = Field(gt=0)
    dose_unit: str
    every: SpanField | None = None
    start: SpanField = START
    duration: SpanField | None = None
    cap_mg: float | None = Field(default=None, gt=0)

    @field_validator("drug")
    @classmethod
    def _known_drug(cls, drug: str) -> str:
        known(drug)
        return drug

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        units = DAILY_UNITS if self.daily else INJECTION_UNITS
        if self.dose_unit not in units:
            raise InputError("dose_unit", self.dose_unit, f"{self.drug} is given in {' or '.join(units)}")
        if self.daily and (self.every is not None or self.cap_mg is not None):
            raise InputError("every", str(self.every or self.cap_mg), f"{self.drug} is injected every day")
        if self.every is not None and self.every.days < 1.0:
            raise InputError("every", str(self.every), "accepted: at least 1 day")
        return self

    @property
    def daily(self) -> bool:
        """Whether it is injected every day."""
        return self.drug == "teriparatide"

    @property
    def route(self) -> str:
        """``iv``, or ``sc`` under the skin."""
        return "iv" if known(self.drug)["route_iv"].value else "sc"

    @property
    def reference_mg(self) -> float:
        """Dose in mg at the reference weight; of a daily drug, a day."""
        if self.daily:
            return self.dose / 1000.0
        dose = self.dose
        if self.dose_unit == "mg/kg":
            dose *= float(known(self.drug)["reference_weight"].value)
        return min(dose, self.cap_mg or dose)

    def days(
        self, horizon: float, held: Sequence[tuple[float, float]] = (), limits: Sequence[Limit] = ()
    ) -> Iterator[float]:
        """Days of the doses before the horizon; one that falls due in a hold waits for its end."""
        if not self.daily:
            ends = (*self.limits, *limits)
            yield from due(self.start.days, lambda _: self.every, horizon, ends, held)

    def __str__(self) -> str:
        words = f"{self.drug} {number(self.dose)} {self.dose_unit}"
        if not self.daily:
            words += f" {self.route} every {self.every}" if self.every else f" {self.route} once"
        words = self.with_period(words)
        return words if self.cap_mg is None else f"{words}, max {number(self.cap_mg)} mg"
