"""A cohort: the arrays of many persons that the engine reads, and how new people are drawn."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any, Self

import numpy as np

from brittlestar._shared.at_a_glance import Glance
from brittlestar._shared.errors import InputError
from brittlestar._shared.table import Column, Table, number
from brittlestar._shared.tabled import Grid, Gridded
from brittlestar.people.coding import TYPES, sex_code, type_code
from brittlestar.people.limits import LIMITS


@dataclass(frozen=True, repr=False)
class Cohort(Gridded):
    """People as arrays of one length n.

    Logs and scores are deviations from the typical person of the same type, so all zero is that person.
    """

    id: np.ndarray
    """int64; chance is keyed by it, so a person keeps the same fate in any cohort and any order"""
    age_years: np.ndarray
    sex: np.ndarray
    """int8, 0 male, 1 female"""
    oi_type: np.ndarray
    """int8, 0 healthy, 1 I, 2 IV, 3 III"""
    height_z: np.ndarray
    """SD score among people of the same type (not the CDC z)"""
    weight_factor: np.ndarray
    """weight over the weight expected from type, age and height"""
    eta_activity: np.ndarray
    """ln of own turnover over the type's"""
    eta_bone: np.ndarray
    """ln of own bone amount over the type's"""
    eta_drug: np.ndarray
    """ln of own sensitivity to the drug"""
    eta_absorption: np.ndarray
    """ln of own oral absorption"""
    frailty: np.ndarray
    """own fracture risk over the type's, mean 1"""
    adherence: np.ndarray
    """tablets taken over what a typical trial patient takes (1 = 85 % of them)"""
    calcium_mg_per_day: np.ndarray
    vitamin_d_nmol_per_l: np.ndarray
    puberty_shift_years: np.ndarray
    """years by which puberty comes later than usual; negative where it comes earlier"""
    baseline_z: np.ndarray
    """measured lumbar-spine Z-score at the start, NaN where none was given"""

    def __post_init__(self) -> None:
        n = np.size(self.id)
        for field in fields(self):
            value = np.atleast_1d(np.asarray(getattr(self, field.name)))
            if value.shape != (n,):
                raise InputError(
                    f"Cohort.{field.name}", value.shape, f"accepted: one value per id, shape ({n},)"
                )
            kind = {"id": np.int64, "sex": np.int8, "oi_type": np.int8}.get(field.name, np.float64)
            if value.dtype.kind not in "iufb":
                raise InputError(f"Cohort.{field.name}", getattr(self, field.name), "accepted: numbers")
            if kind is not np.float64 and value.dtype.kind == "f" and not (value == np.floor(value)).all():
                raise InputError(f"Cohort.{field.name}", getattr(self, field.name), "accepted: whole numbers")
            value = value.astype(kind)
            if kind is np.float64 and field.name != "baseline_z" and not np.isfinite(value).all():
                raise InputError(
                    f"Cohort.{field.name}", float(value[~np.isfinite(value)][0]), "accepted: finite"
                )
            object.__setattr__(self, field.name, value)
        sex_code(self.sex, "Cohort.sex")
        type_code(self.oi_type, "Cohort.oi_type")
        for name, limit in (
            ("age_years", LIMITS["age"]),
            ("puberty_shift_years", LIMITS["puberty_shift_years"]),
        ):
            values = getattr(self, name)
            outside = (values < limit.low) | (values > limit.high)
            if outside.any():
                accepted = f"accepted: {limit.low:g} to {limit.high:g} {limit.unit}"
                raise InputError(f"Cohort.{name}", float(values[outside][0]), accepted)
        if np.unique(self.id).size != n:
            raise InputError(
                "Cohort.id", "repeated ids", "accepted: every person once; chance is keyed by id"
            )

    def _glance(self) -> Glance:
        table = Table.of(Column("", whole=True), *(Column(x, right=True) for x in ("least", "mean", "most")))
        for field in fields(self):
            values = getattr(self, field.name)
            if field.name not in ("id", "sex", "oi_type") and values.size and np.isfinite(values).any():
                low, mean, high = (float(f(values)) for f in (np.nanmin, np.nanmean, np.nanmax))
                table.row(field.name, number(low), number(mean), number(high))
        types = ", ".join(f"{count} {name}" for name, count in self.count_by_type().items() if count)
        return Glance(f"{len(self)} people ({int(np.sum(self.sex == 1))} female): {types}", table)

    def _grid(self) -> Grid:
        columns = {field.name: getattr(self, field.name) for field in fields(self)}
        return Grid({"id": columns.pop("id")}, columns)

    def __len__(self) -> int:
        return self.id.size

    def take(self, index: Any) -> Self:
        """The people at these positions, or where a boolean array is true."""
        return type(self)(*(getattr(self, field.name)[np.asarray(index)] for field in fields(self)))

    @classmethod
    def concatenate(cls, cohorts: Iterable[Self]) -> Self:
        """One cohort after the other; ids must not repeat."""
        cohorts = list(cohorts)
        return cls(*(np.concatenate([getattr(one, field.name) for one in cohorts]) for field in fields(cls)))

    @classmethod
    def side_by_side(cls, cohorts: Iterable[Self]) -> Self:
        """One cohort after the other in which an id may come again, once in each.

        Chance is keyed by id, so who has the same id in two cohorts meets the same fate in both.
        """
        cohorts, joined = list(cohorts), object.__new__(cls)
        for field in fields(cls):
            values = np.concatenate([getattr(one, field.name) for one in cohorts])
            object.__setattr__(joined, field.name, values)
        return joined

    def under_each(self, plans: int) -> Self:
        """Everyone once per plan, plan after plan [plan x person], under the same id: fates are paired."""
        return self.side_by_side([self] * plans)

    def count_by_type(self) -> dict[str, int]:
        """People of each type, in the order of the codes."""
        return {word: int(np.sum(self.oi_type == code)) for code, word in enumerate(TYPES)}
