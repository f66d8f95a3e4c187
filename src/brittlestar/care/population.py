"""Whom a regimen was published for."""

from typing import Self

from pydantic import model_validator

from brittlestar._shared.errors import InputError
from brittlestar.care.base import Component
from brittlestar.care.durations import number


class Population(Component):
    """Bounds of age and weight, both included; a bound left out is open.

    Args:
        who: in words.
        age_years: youngest and oldest.
        weight_kg: lightest and heaviest.

    Raises:
        InputError: bounds in the wrong order.
    """

    who: str = ""
    age_years: tuple[float, float] | None = None
    weight_kg: tuple[float, float] | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        for field in ("age_years", "weight_kg"):
            bounds = getattr(self, field)
            if bounds is not None and not 0 <= bounds[0] <= bounds[1]:
                raise InputError(field, bounds, "accepted: the lower bound first, 0 or more")
        return self

    def misses(self, age_years: float | None, weight_kg: float | None) -> str:
        """What of a person lies outside, in words; empty if nothing."""
        outside = []
        for value, bounds, unit in ((age_years, self.age_years, "years"), (weight_kg, self.weight_kg, "kg")):
            if value is not None and bounds is not None and not bounds[0] <= value <= bounds[1]:
                outside.append(
                    f"{number(value)} {unit}, published for {number(bounds[0])} to {number(bounds[1])}"
                )
        return "; ".join(outside)
