"""What counts as a plausible person, said once with the likely slip of units."""

from dataclasses import dataclass
from typing import Any

from brittlestar._shared.arguments import real
from brittlestar._shared.errors import InputError


@dataclass(frozen=True)
class Limit:
    """Accepted range of one quantity, and the unit a wrong value was probably given in.

    ``slips`` are (unit, factor): a value in that unit times the factor would be in ``unit``.
    """

    low: float
    high: float
    unit: str
    slips: tuple[tuple[str, float], ...] = ()


LIMITS = {
    "age": Limit(0.0, 90.0, "years", (("months", 1 / 12), ("days", 1 / 365.25))),
    "weight_kg": Limit(1.0, 250.0, "kg", (("grams", 1e-3),)),
    "height_cm": Limit(25.0, 230.0, "cm", (("metres", 100.0), ("mm", 0.1))),
    "height_z": Limit(-6.0, 6.0, "SD of people of the same type"),
    "weight_factor": Limit(0.3, 3.0, "times the expected weight"),
    "adherence": Limit(0.0, 1.0, "share of tablets taken", (("percent", 0.01),)),
    "turnover": Limit(0.1, 10.0, "times the turnover of the type"),
    "sensitivity": Limit(0.01, 100.0, "times the usual sensitivity to the drug"),
    "frailty": Limit(0.0, 100.0, "times the fracture risk of the type"),
    "baseline_z": Limit(-15.0, 6.0, "SD (lumbar-spine Z-score; how low depends on age, sex and type)"),
    "calcium_mg_per_day": Limit(0.0, 5000.0, "mg a day", (("grams a day", 1000.0),)),
    "vitamin_d_nmol_per_l": Limit(1.0, 500.0, "nmol/L"),
    "puberty_shift_years": Limit(
        -3.0, 3.0, "years (later than usual; earlier: negative)", (("months", 1 / 12),)
    ),
}


def check(name: str, value: Any, where: str) -> float:
    """The value as a float when it lies inside its limit.

    Raises:
        InputError: not a number, or outside; a value that fits in another unit is said to look like it.
    """
    limit = LIMITS[name]
    accepted = f"accepted: {limit.low:g} to {limit.high:g} {limit.unit}"
    number = real(value)
    if number is None:
        raise InputError(where, value, accepted)
    if limit.low <= number <= limit.high:
        return number
    looks = [
        f"; looks like {unit}: write {number * factor:g}"
        for unit, factor in limit.slips
        if number > 0 and limit.low < number * factor <= limit.high
    ]
    raise InputError(where, value, accepted + "".join(looks[:1]))
