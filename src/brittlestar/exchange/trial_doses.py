"""What the people of a simulated trial were given, dose by dose, in mg by the weight of the day.

As planned, from entry until they left; who never started was given nothing. Of tablets a row is a stretch of
equal doses: a dose by weight is looked at every week, as often as the engine does. What share of them was
taken is not told.
"""

from collections.abc import Iterator
from math import ceil, inf
from typing import Any

import numpy as np
import polars as pl

from brittlestar.care import Biologic, Plan, Regimen
from brittlestar.care.dates import TIGHT, windows_given
from brittlestar.care.doses import infusions, tablet_periods
from brittlestar.care.durations import DAYS
from brittlestar.drugs.dose_rule import by_surface, dose_mg
from brittlestar.exchange.sizes import Sizes
from brittlestar.exchange.trial_tables import TrialTables
from brittlestar.people.coding import SEXES
from brittlestar.trials.conduct import STEP_DAYS, ages_of_schedules, output_days
from brittlestar.trials.protocol_parts import DAYS_PER_MONTH

SCHEMA = {
    "who": pl.Int64,
    "drug": pl.String,
    "route": pl.String,
    "day": pl.Float64,
    "mg": pl.Float64,
    "count": pl.Int64,
    "interval_days": pl.Float64,
    "hours": pl.Float64,
}
"""``who`` is a row of the patients; ``count`` doses of ``mg``, ``interval_days`` apart; ``hours`` of an
infusion, 0 if the plan does not say."""

NEVER = "never started"
FIXED = (0.0, 0.0)


def doses_of_trial(trial: TrialTables) -> pl.DataFrame:
    """Everything that was given, by person and time; columns of ``SCHEMA``."""
    horizon = ceil(output_days(trial.protocol)[-1] / STEP_DAYS - 1e-9) * STEP_DAYS - TIGHT
    end = np.minimum(trial.patients["followed_months"].to_numpy() * DAYS_PER_MONTH, horizon)
    started = (trial.patients["disposition"].cast(pl.String) != NEVER).to_numpy()
    arm = trial.patients["arm"].cast(pl.String).to_numpy()
    parts = []
    for id, plan in trial.plans.items():
        for who, age, sex in _groups(trial, plan, np.flatnonzero(started & (arm == id))):
            parts.append(doses_of_plan(trial.sizes, plan, who, end, horizon, age, sex))
    return _in_order(parts)


def doses_of_plan(
    sizes: Sizes,
    plan: Plan,
    who: np.ndarray,
    end: np.ndarray,
    horizon: float,
    age: float | None,
    sex: str | None,
) -> pl.DataFrame:
    """What a plan gives to people who follow one schedule; columns of ``SCHEMA``.

    Args:
        sizes: of everybody.
        plan: without rules that wait for the course.
        who: rows of those who are given it.
        end: day on which everybody leaves.
        horizon: day on which the run ends.
        age: at entry by which the plan goes, if it does.
        sex: by which the plan goes, if it does.
    """
    return _in_order([one for one in _given(sizes, plan, who, end, horizon, age, sex) if one.height])


def _in_order(parts: list[pl.DataFrame]) -> pl.DataFrame:
    return pl.concat([pl.DataFrame(schema=SCHEMA), *parts]).sort("who", "day", "drug", maintain_order=True)


def _groups(
    trial: TrialTables, plan: Plan, who: np.ndarray
) -> Iterator[tuple[np.ndarray, float | None, str | None]]:
    """People under one schedule: of one age in whole months, and one sex, where the plan goes by them."""
    ages = np.array(ages_of_schedules(plan, trial.protocol))
    month = np.searchsorted(ages, trial.patients["age_years"].to_numpy()[who] + 1e-9, side="right") - 1
    month = np.maximum(month, 0)
    sex = trial.sex[who] if plan.needs_sex else np.zeros(len(who), int)
    for key in sorted(set(zip(month.tolist(), sex.tolist()))):
        mine = who[(month == key[0]) & (sex == key[1])]
        yield mine, float(ages[key[0]]) if plan.needs_age else None, SEXES[key[1]] if plan.needs_sex else None


def _given(
    sizes: Sizes,
    plan: Plan,
    who: np.ndarray,
    end: np.ndarray,
    horizon: float,
    age: float | None,
    sex: Any,
) -> Iterator[pl.DataFrame]:
    held, limits, stop = plan.held, plan.limits(age, sex), plan.stop_day(age, sex)
    for regimen in plan.regimens:
        if regimen.route == "iv":
            for dose in infusions(regimen, horizon, age, held, limits):
                there = who[end[who] > dose.day + TIGHT]
                mg = _mg(np.array(dose.amount), sizes, there, dose.day)
                yield _rows(there, regimen, dose.day, mg, 1, 0.0, regimen.infusion_hours or 0.0)
            continue
        # What is swallowed: a dose with food is not made smaller for what is lost of it.
        for period in tablet_periods(regimen.model_copy(update={"fasting": True}), age, held, stop):
            unit = DAYS[regimen.tablets_every]
            for start, until in period.windows:
                yield from _tablets(sizes, regimen, np.array(period.amount), unit, start, until, who, end)
    for course in plan.biologics:
        if course.daily:
            for start, until in windows_given(course.start.days, min(course.end_day, stop), held):
                rule = np.array([0.0, course.reference_mg, course.reference_mg, 0.0])
                yield from _tablets(sizes, course, rule, 1.0, start, until, who, end)
            continue
        by_weight = course.dose_unit == "mg/kg"
        rule = np.array([course.dose, 0, 0, 0, course.cap_mg or inf] if by_weight
                        else [0, course.dose, course.dose, 0, course.cap_mg or inf])  # fmt: skip
        for day in course.days(horizon, held, limits):
            there = who[end[who] > day + TIGHT]
            yield _rows(there, course, day, _mg(rule, sizes, there, day), 1, 0.0, 0.0)


def _mg(rule: np.ndarray, sizes: Sizes, who: np.ndarray, day: Any) -> np.ndarray:
    weight = sizes.weight_kg(who, day)
    surface = sizes.surface_m2(who, day) if by_surface(rule) else None
    return dose_mg(rule.reshape(-1, *(1 for _ in weight.shape)), weight, surface)


def _tablets(
    sizes: Sizes,
    given: Regimen | Biologic,
    rule: np.ndarray,
    unit: float,
    start: float,
    until: float,
    who: np.ndarray,
    end: np.ndarray,
) -> Iterator[pl.DataFrame]:
    """Stretches of equal doses between two days; ``rule`` is per day, ``unit`` days from one dose to the
    next."""
    last = np.minimum(end[who], until)
    who, last = who[last > start + TIGHT], last[last > start + TIGHT]
    if not who.size:
        return
    by_size = rule[0] > 0 or rule[1] != rule[2] or by_surface(rule)
    step = max(STEP_DAYS, unit)
    looks = np.arange(start, last.max() - TIGHT, step) if by_size else np.array([start])
    mg = np.round(_mg(rule, sizes, who[:, None], looks[None, :]) * unit, 12)
    new = np.diff(mg, axis=1, prepend=-1.0) != 0
    new &= looks[None, :] < last[:, None] - TIGHT
    person, look = np.nonzero(new)
    begins = looks[look]
    follows = np.append(begins[1:], 0.0)
    stops = np.where(np.append(np.diff(person) == 0, False), follows, last[person])
    count = np.maximum(np.round((stops - begins) / unit), 1).astype(int)
    yield _rows(who[person], given, begins, mg[person, look], count, unit, 0.0)


def _rows(
    who: np.ndarray,
    given: Regimen | Biologic,
    day: Any,
    mg: np.ndarray,
    count: Any,
    interval: float,
    hours: float,
) -> pl.DataFrame:
    n = len(who)
    columns = {
        "who": who,
        "drug": [given.drug] * n,
        "route": [given.route] * n,
        "day": np.broadcast_to(np.asarray(day, np.float64), n),
        "mg": mg,
        "count": np.broadcast_to(count, n),
        "interval_days": np.full(n, interval),
        "hours": np.full(n, hours),
    }
    return pl.DataFrame(columns, schema=SCHEMA)
