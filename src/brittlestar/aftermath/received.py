"""What a plan gives and when, as the outcomes after a course need it: doses, tablets, operations."""

from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np

from brittlestar._shared.errors import InputError
from brittlestar._shared.parameter_files import DAYS_PER_YEAR
from brittlestar.drugs.catalogue import DRUGS
from brittlestar.drugs.dose_rule import is_given


@dataclass(frozen=True)
class Given:
    """One plan from day 0; nothing given unless said.

    Args:
        infusion_day: times of infusions, rising [k].
        infusion_drug: index of the drug in the order of the house [k].
        infusion_amount: mg_per_kg, mg_if_below, mg_if_above, weight_cut_kg, cap_mg [k, 5]; or more
            columns, see ``drugs.dose_rule``.
        tablet_start: first days of periods on tablets [m].
        tablet_end: last days of those periods [m].
        tablet_drug: index of their drug [m].
        calcium_mg_per_day: supplements by step of ``step_days``, on top of own intake.
        step_days: length of those steps.
        upright: whether people stay upright after a tablet.
        fasting: whether tablets are taken fasting, with water.
        placebo_day: start of placebo, infinite if none.
        osteotomy_day: days of planned osteotomies [j].
    """

    infusion_day: np.ndarray = field(default_factory=lambda: np.zeros(0))
    infusion_drug: np.ndarray = field(default_factory=lambda: np.zeros(0, int))
    infusion_amount: np.ndarray = field(default_factory=lambda: np.zeros((0, 5)))
    tablet_start: np.ndarray = field(default_factory=lambda: np.zeros(0))
    tablet_end: np.ndarray = field(default_factory=lambda: np.zeros(0))
    tablet_drug: np.ndarray = field(default_factory=lambda: np.zeros(0, int))
    calcium_mg_per_day: np.ndarray = field(default_factory=lambda: np.zeros(1))
    step_days: float = 7.0
    upright: bool = True
    fasting: bool = True
    placebo_day: float = np.inf
    osteotomy_day: np.ndarray = field(default_factory=lambda: np.zeros(0))

    @classmethod
    def from_schedule(
        cls,
        schedule: Any,
        *,
        osteotomy_years: Any = (),
        upright: bool = True,
        fasting: bool = True,
        placebo_years: float = np.inf,
    ) -> Self:
        """From the tables that the engine ran; doses of 0 mg are no doses.

        Args:
            schedule: ``care.Schedule``.
            osteotomy_years: times of planned osteotomies.
            upright: see the class.
            fasting: see the class.
            placebo_years: start of placebo.
        """
        days = float(schedule.step_days)
        house = np.array([DRUGS.index(name) for name in schedule.drugs], int)
        amount = np.asarray(schedule.iv_amount, np.float64)
        step, drug, slot = np.nonzero(is_given(np.moveaxis(amount, -1, 0)))
        when = step * days + np.asarray(schedule.iv_day)[step, drug, slot]
        order = np.argsort(when, kind="stable")
        runs = [
            (start * days, end * days, house[d])
            for d in range(len(house))
            for start, end in _runs(is_given(np.asarray(schedule.care.oral_rate)[:, d].T))
        ]
        start, end, tablet = (
            (np.array(column) for column in zip(*sorted(runs))) if runs else (np.zeros(0),) * 3
        )
        operations = np.sort(np.atleast_1d(np.asarray(osteotomy_years, np.float64))) * DAYS_PER_YEAR
        if not (np.isfinite(operations).all() and (operations >= 0).all()):
            raise InputError("osteotomy_years", osteotomy_years, "accepted: years from the start, 0 or later")
        return cls(
            infusion_day=when[order],
            infusion_drug=house[drug[order]] if len(house) else np.zeros(0, int),
            infusion_amount=amount[step, drug, slot][order],
            tablet_start=start,
            tablet_end=end,
            tablet_drug=tablet.astype(int),
            calcium_mg_per_day=np.asarray(schedule.care.calcium_mg_per_day, np.float64),
            step_days=days,
            upright=upright,
            fasting=fasting,
            placebo_day=placebo_years * DAYS_PER_YEAR,
            osteotomy_day=operations,
        )

    @classmethod
    def from_plan(cls, plan: Any, schedule: Any) -> Self:
        """From a plan of care and the schedule made of it: doses, with operations and placebo of the plan.

        Where tablets are taken in different ways over time, complaints are counted as for the worst of them
        (the plan warns: ``tablets-taken-in-two-ways``).

        Args:
            plan: ``care.Plan``.
            schedule: its ``care.Schedule``, which knows the doses that holds and stops leave out.
        """
        tablets = [regimen for regimen in plan.regimens if regimen.route == "oral"]
        return cls.from_schedule(
            schedule,
            osteotomy_years=[surgery.at.days / DAYS_PER_YEAR for surgery in plan.surgeries],
            placebo_years=min([part.start.days / DAYS_PER_YEAR for part in plan.placebo], default=np.inf),
            upright=all(regimen.upright for regimen in tablets),
            fasting=all(regimen.fasting for regimen in tablets),
        )

    @property
    def drug_start(self) -> float:
        """Day of the first dose, infinite if there is none."""
        return float(min([*self.infusion_day[:1], *self.tablet_start[:1], np.inf]))

    def courses(self, gap_days: float) -> np.ndarray:
        """Whether each infusion opens a course [k]: the one before was at least ``gap_days`` earlier."""
        since = np.diff(self.infusion_day, prepend=-np.inf)
        return since >= gap_days - 1e-9

    def tablet_days(self, start: Any, end: Any) -> np.ndarray:
        """Days on tablets between two times."""
        low, high = np.asarray(start)[..., None], np.asarray(end)[..., None]
        overlap = np.minimum(high, self.tablet_end) - np.maximum(low, self.tablet_start)
        return np.maximum(overlap, 0.0).sum(axis=-1)

    def on_tablets(self, day: Any) -> np.ndarray:
        """Whether tablets are taken at a time."""
        t = np.asarray(day)[..., None]
        return ((t >= self.tablet_start) & (t < self.tablet_end)).any(axis=-1)

    def calcium_at(self, day: Any) -> np.ndarray:
        """Calcium supplement at a time, mg/day."""
        step = np.clip((np.asarray(day) / self.step_days).astype(int), 0, len(self.calcium_mg_per_day) - 1)
        return self.calcium_mg_per_day[step]


def _runs(active: np.ndarray) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[0], active.astype(np.int8), [0]])))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist()))
