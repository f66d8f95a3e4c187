"""People and plans that the numerical tests share, as arrays and without the planning layer."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from brittlestar._shared.schedule import Care, Schedule
from brittlestar.drugs.catalogue import DRUGS
from brittlestar.people.cohort import Cohort

TYPES = {"healthy": 0, "I": 1, "IV": 2, "III": 3}


@dataclass(frozen=True)
class Case:
    """One person and their care; times in days."""

    name: str
    age: float
    sex: int
    oi_type: str
    infusions: tuple[str, float, tuple[float, ...]] | None = None
    """drug, mg/kg, days"""
    tablets: tuple[str, float] | None = None
    """drug, mg/day"""
    lighter: tuple[float, float] | None = None
    """kg, and mg/day of the tablets below it"""
    calcium: float = 1000.0
    rest: tuple[float, float] | None = None
    """from day, to day"""
    rankl: float = 1.0
    """factor of RANKL"""
    formation: float = 1.0
    """factor of formation"""
    extra: dict[str, float] = field(default_factory=dict)

    @property
    def treated_infant(self) -> bool:
        return self.age < 1.0 and self.infusions is not None


def every(days: float, until: float, start: float = 0.0, courses: int = 1) -> tuple[float, ...]:
    """Infusion days: ``courses`` days in a row, every so many days."""
    return tuple(t + k for t in np.arange(start, until, days) for k in range(courses) if t + k < until)


YEAR = 366.0
CASES = (
    Case("untreated I", 4.0, 1, "I"),
    Case("untreated III, infant", 0.5, 0, "III"),
    Case("untreated IV", 12.3, 0, "IV", extra={"puberty_shift_years": 1.5}),
    Case("pamidronate, infant", 0.5, 0, "III", ("pamidronate", 1.5, every(61, YEAR))),
    Case("zoledronate, infant, inside a step", 0.5, 1, "III", ("zoledronate", 0.025, every(91, YEAR, 3.3))),
    Case("zoledronate", 8.0, 1, "I", ("zoledronate", 0.05, every(182, YEAR))),
    Case("zoledronate, end of a step", 5.0, 0, "III", ("zoledronate", 0.05, every(183, YEAR, 6.9))),
    Case("pamidronate, three days", 6.0, 1, "IV", ("pamidronate", 1.0, every(122, YEAR, 0.0, 3))),
    Case("neridronate", 8.0, 0, "I", ("neridronate", 2.0, every(91, YEAR))),
    Case("alendronate", 8.0, 0, "I", tablets=("alendronate", 10.0)),
    Case("risedronate", 11.0, 1, "IV", tablets=("risedronate", 5.0)),
    Case("adult, zoledronate", 45.0, 1, "I", ("zoledronate", 0.07, (30.0,))),
    Case("low calcium", 11.0, 1, "I", calcium=450.0),
    Case("bed rest", 9.0, 1, "IV", rest=(70.0, 210.0), extra={"puberty_shift_years": -1.0}),
    Case("hazard at its ceiling", 0.8, 0, "III", extra={"frailty": 40.0}),
    Case("risedronate, past 30 kg", 9.3, 0, "I", tablets=("risedronate", 5.0), lighter=(30.0, 2.5)),
    Case("alendronate, past 40 kg", 11.5, 1, "I", tablets=("alendronate", 10.0)),
    Case("antibody", 40.0, 1, "I", rankl=0.6, formation=1.2),
)


def cohort(cases: tuple[Case, ...] = CASES) -> Cohort:
    """The people of some cases, in order, ids from 0."""
    n, zero, one = len(cases), np.zeros(len(cases)), np.ones(len(cases))
    columns: dict[str, Any] = {
        "id": np.arange(n),
        "age_years": [c.age for c in cases],
        "sex": [c.sex for c in cases],
        "oi_type": [TYPES[c.oi_type] for c in cases],
        "calcium_mg_per_day": [c.calcium for c in cases],
        "vitamin_d_nmol_per_l": 65.0 * one,
        "baseline_z": np.nan * one,
    }
    columns |= dict.fromkeys(("height_z", "eta_activity", "eta_bone", "eta_drug", "eta_absorption"), zero)
    columns["puberty_shift_years"] = zero
    columns |= dict.fromkeys(("weight_factor", "frailty", "adherence"), one)
    for key in {key for c in cases for key in c.extra}:
        columns[key] = np.array([c.extra.get(key, float(columns[key][i])) for i, c in enumerate(cases)])
    return Cohort(**columns)


def schedule(case: Case, steps: int, step_days: float) -> Schedule:
    """Care of one case as the engine reads it."""
    ones = np.ones(steps)
    care = Care.nothing(steps, len(DRUGS))._replace(rankl=case.rankl * ones, formation=case.formation * ones)
    s = Schedule(
        DRUGS, np.zeros((steps, len(DRUGS), 3, 5)), np.zeros((steps, len(DRUGS), 3)), care, step_days
    )
    if case.infusions:
        drug, mg_per_kg, days = case.infusions
        row, slot = DRUGS.index(drug), np.zeros(steps, int)
        for day in days:
            k = int(np.floor(day / step_days + 1e-9))
            if k < steps:
                s.iv_amount[k, row, slot[k]] = [mg_per_kg, 0.0, 0.0, 0.0, np.inf]
                s.iv_day[k, row, slot[k]] = max(day - k * step_days, 0.0)
                slot[k] += 1
    if case.tablets:
        drug = DRUGS.index(case.tablets[0])
        care.oral_rate[:, drug, 1:3] = case.tablets[1]
        if case.lighter:
            care.oral_rate[:, drug, 3], care.oral_rate[:, drug, 1] = case.lighter
    if case.rest:
        start, end = (round(day / step_days) for day in case.rest)
        care.activity[start:end] = [0.4, 0.3, 0.4]
    return s
