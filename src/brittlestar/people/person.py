"""One person, described the way a clinic would, and turned into arrays for the engine."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from brittlestar._shared.arguments import whole, whole_between
from brittlestar._shared.errors import InputError
from brittlestar._shared.parameter_files import load
from brittlestar.people.coding import SEXES, TYPES, sex_code, type_code
from brittlestar.people.cohort import Cohort
from brittlestar.people.limits import check
from brittlestar.people.sampling import MOST_PEOPLE, draw_traits
from brittlestar.people.size import (
    expected_height_cm,
    expected_weight_kg,
    height_z_from_cm,
    timing_of_height,
)

MOST_FRACTURES = 200
"""Of two years: the hazard levels off at 100 a year."""

NEEDED = ("age", "sex", "oi_type")
"""Fields of a :class:`Person` that have no usual value."""


def told(name: str, value: Any) -> Any:
    """What is told of a person, as the field holds it: a word in its usual form, a number within limits.

    Args:
        name: field of a :class:`Person`.
        value: as told.

    Raises:
        InputError: no person has it.
    """
    where = f"Person.{name}"
    if name == "sex":
        return SEXES[_one(sex_code(value, where), value, where)]
    if name == "oi_type":
        # A number is the type's own, not a code of arrays: 2 is type II, which the model does not have.
        number = whole(value)
        said = value if number is None or abs(number) > 99 else str(number)
        return TYPES[_one(type_code(said, where), value, where)]
    if name == "fractures_last_2_years":
        return whole_between(value, 0, MOST_FRACTURES, where)
    return check(name, value, where)


def _typical(name: str) -> float:
    return float(load("brittlestar.people", "traits.toml")[name].internal)


def _one(code: np.ndarray, said: Any, where: str) -> int:
    if code.shape:
        raise InputError(where, said, "accepted: one word; a person is one")
    return int(code)


@dataclass(frozen=True)
class Person:
    """One person; everything but age, sex and type has a usual value.

    What is given is held; what is not is the type's usual value in one draw and is drawn in several. A
    Z-score and past fractures hold nothing: they tell which of the people drawn fit.

    Args:
        age: years.
        sex: ``"female"`` or ``"male"``; ``"f"``, ``"girl"``, ``"boy"`` and the like are understood.
        oi_type: ``"I"``, ``"IV"``, ``"III"`` or ``"healthy"``; ``4``, ``"type 4"``, ``"OI-IV"`` too.
        height_z: SD score among people of the same type; or give ``height_cm``.
        height_cm: standing height.
        weight_kg: weight; or give ``weight_factor``.
        weight_factor: weight over the weight expected from type, age and height.
        baseline_z: measured lumbar-spine Z-score at the start, which has the error of a scan.
        turnover: own bone turnover over that of the type.
        sensitivity: own sensitivity to bisphosphonates, 1 = usual.
        frailty: own fracture risk over that of the type.
        adherence: share of tablets taken, 0-1 (trial patients: about 0.85).
        calcium_mg_per_day: usual intake.
        vitamin_d_nmol_per_l: usual serum 25-hydroxyvitamin D.
        fractures_last_2_years: fractures of the last two years, a whole number; of any bone but the spine.
        puberty_shift_years: years by which puberty comes later than usual; negative where it comes earlier.

    Raises:
        InputError: a value that no person has, with the likely slip of units.

    Example:
        >>> round(Person(age=7, sex="female", oi_type="III", weight_kg=15).weight_ratio, 2)
        1.26
    """

    age: float
    sex: Any
    oi_type: Any
    height_z: float | None = None
    height_cm: float | None = None
    weight_kg: float | None = None
    weight_factor: float | None = None
    baseline_z: float | None = None
    turnover: float | None = None
    sensitivity: float | None = None
    frailty: float | None = None
    adherence: float | None = None
    calcium_mg_per_day: float | None = None
    vitamin_d_nmol_per_l: float | None = None
    fractures_last_2_years: int | None = None
    puberty_shift_years: float | None = None

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if name in NEEDED or value is not None:
                object.__setattr__(self, name, told(name, value))
        self._check_size()

    def _check_size(self) -> None:
        if self.height_cm is not None and self.height_z is not None:
            raise InputError("Person.height_cm", self.height_cm, "accepted: height_cm or height_z, not both")
        if self.weight_kg is not None and self.weight_factor is not None:
            raise InputError(
                "Person.weight_kg", self.weight_kg, "accepted: weight_kg or weight_factor, not both"
            )
        who = (self.oi_type, self.sex, self.age)
        if self.height_cm is not None and not -6.0 <= self.height_score <= 6.0:
            own = {"puberty_shift_years": self.puberty_shift_years or 0.0}
            low, high = (float(expected_height_cm(*who, edge, **own)) for edge in (-6.0, 6.0))
            accepted = f"accepted at {self.age:g} y, type {self.oi_type}: {low:.0f} to {high:.0f} cm"
            raise InputError("Person.height_cm", self.height_cm, accepted)
        if self.weight_kg is not None:
            usual = self.weight_kg / self.weight_ratio
            if not 0.3 <= self.weight_ratio <= 3.0:
                accepted = f"accepted at this age, type and height: {0.3 * usual:.1f} to {3 * usual:.1f} kg"
                raise InputError("Person.weight_kg", self.weight_kg, accepted)

    @property
    def height_score(self) -> float:
        """SD score among people of the same type, given or worked out from ``height_cm``; 0 if neither.

        Of people with the same timing of puberty, usual if none was given.
        """
        return float(self._height_score(self.puberty_shift_years or 0.0))

    @property
    def weight_ratio(self) -> float:
        """Weight over the expected weight, given or worked out from ``weight_kg``; 1 if neither."""
        return float(self._weight_ratio(self.puberty_shift_years or 0.0))

    def _height_score(self, shift: Any) -> Any:
        if self.height_cm is None:
            return 0.0 if self.height_z is None else self.height_z
        who = (self.oi_type, self.sex, self.age)
        return height_z_from_cm(*who, self.height_cm, puberty_shift_years=shift)

    def _weight_ratio(self, shift: Any) -> Any:
        if self.weight_kg is None:
            return 1.0 if self.weight_factor is None else self.weight_factor
        who = (self.oi_type, self.sex, self.age, self._height_score(shift))
        return self.weight_kg / expected_weight_kg(*who, puberty_shift_years=shift)

    def held(self, puberty_shift_years: np.ndarray) -> dict[str, np.ndarray]:
        """What was told of the traits by which people differ, as fields of a :class:`Cohort`.

        Args:
            puberty_shift_years: as drawn [draw]; the size that was told is theirs at this timing.
        """
        shift = self._timing(puberty_shift_years)
        known = {
            "puberty_shift_years": shift,
            "height_z": self._height_score(shift)
            if (self.height_z, self.height_cm) != (None, None)
            else None,
            "weight_factor": self._weight_ratio(shift)
            if (self.weight_factor, self.weight_kg) != (None, None)
            else None,
            "eta_activity": None if self.turnover is None else np.log(self.turnover),
            "eta_drug": None if self.sensitivity is None else np.log(self.sensitivity),
            "frailty": self.frailty,
            "adherence": None if self.adherence is None else self.adherence / _typical("adherence_typical"),
            "calcium_mg_per_day": self.calcium_mg_per_day,
            "vitamin_d_nmol_per_l": self.vitamin_d_nmol_per_l,
        }
        told = {name: value for name, value in known.items() if value is not None}
        return {name: np.broadcast_to(value, shift.shape) for name, value in told.items()}

    def to_cohort(self, draws: int = 1, seed: int = 1, first_id: int = 0) -> Cohort:
        """This person as arrays.

        Args:
            draws: 1 gives the usual value of everything unknown; more give that many people who share all
                that is known and are drawn in the rest.
            seed: 0 to 2**32 - 1.
            first_id: ids run from here.
        """
        draws = whole_between(draws, 1, MOST_PEOPLE, "draws")
        ids = whole_between(first_id, 0, 2**62, "first_id") + np.arange(draws, dtype=np.int64)
        oi_type = np.full(ids.size, TYPES.index(self.oi_type), np.int8)
        arrays = draw_traits(ids, oi_type, seed=seed, variation=0.0 if draws == 1 else 1.0)
        arrays |= self.held(arrays["puberty_shift_years"])
        return Cohort(
            id=ids,
            age_years=np.full(ids.size, self.age),
            sex=np.full(ids.size, SEXES.index(self.sex), np.int8),
            oi_type=oi_type,
            baseline_z=np.full(ids.size, np.nan if self.baseline_z is None else self.baseline_z),
            **arrays,
        )

    def _timing(self, drawn: np.ndarray) -> np.ndarray:
        """Shifts of puberty of the people drawn: as told, or of people as tall as was told."""
        if self.puberty_shift_years is not None:
            return np.full(drawn.shape, self.puberty_shift_years)
        if self.height_cm is None or drawn.size == 1:
            return drawn
        return timing_of_height(self.oi_type, self.sex, self.age, self.height_cm, drawn)
