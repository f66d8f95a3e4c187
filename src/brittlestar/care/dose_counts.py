"""How many doses a plan gives: in each year, said in a sentence, and at most."""

from collections.abc import Iterable, Sequence
from itertools import groupby
from math import ceil
from typing import Any, NamedTuple

from brittlestar._shared.errors import InputError
from brittlestar.care.biologics import Biologic
from brittlestar.care.dates import TIGHT, fills, windows_given
from brittlestar.care.doses import infusions, tablet_periods
from brittlestar.care.durations import DAYS, Span
from brittlestar.care.plan_fields import PlanFields
from brittlestar.care.regimen import Regimen

MOST_YEARS = 120.0


class YearlyDoses(NamedTuple):
    """Doses of one drug, year by year.

    Attributes:
        drug: name.
        what: ``infusion``, ``injection``, or for what is taken every day, week or month at home
            ``day of tablets``, ``week of tablets``, ``month of tablets``, ``day of injections``.
        per_year: one count per year; the last year may be a part of one.
    """

    drug: str
    what: str
    per_year: tuple[int, ...]

    @property
    def total(self) -> int:
        """All years together."""
        return sum(self.per_year)


def doses_per_year(
    plan: PlanFields, years: float, age_years: float | None, sex: Any
) -> tuple[YearlyDoses, ...]:
    """Counts of a plan; see :meth:`Plan.doses_per_year`."""
    if not 0 < years <= MOST_YEARS:
        raise InputError("years", years, f"accepted: more than 0, at most {MOST_YEARS:g}")
    held, limits, stop = plan.held, plan.limits(age_years, sex), plan.stop_day(age_years, sex)
    horizon, n_years = years * DAYS["year"], ceil(years - TIGHT)
    counts: dict[tuple[str, str], list[float]] = {}

    def row(drug: str, what: str) -> list[float]:
        return counts.setdefault((drug, what), [0.0] * n_years)

    for regimen in plan.regimens:
        if regimen.route == "iv":
            for dose in infusions(regimen, horizon, age_years, held, limits):
                row(regimen.drug, "infusion")[_year(dose.day, dose.begins, regimen, n_years)] += 1
            continue
        target = row(regimen.drug, f"{regimen.tablets_every} of tablets")
        for period in tablet_periods(regimen, age_years, held, stop):
            _add_days(target, period.windows, horizon, DAYS[regimen.tablets_every])
    for course in plan.biologics:
        if course.daily:
            windows = windows_given(course.start.days, min(course.end_day, stop), held)
            _add_days(row(course.drug, "day of injections"), windows, horizon, 1.0)
            continue
        what = "infusion" if course.route == "iv" else "injection"
        for day in course.days(horizon, held, limits):
            row(course.drug, what)[_year(day, day, course, n_years)] += 1
    return tuple(
        YearlyDoses(drug, what, tuple(round(count) for count in found))
        for (drug, what), found in counts.items()
    )


def doses_in_words(found: Sequence[YearlyDoses]) -> str:
    """The counts in one sentence; see :meth:`Plan.doses_in_words`."""
    given = [_said(row) for row in found if row.total]
    if not given:
        return "No dose is given."
    return f"{'; '.join(given)}."


def most_doses(plan: PlanFields, horizon_days: float) -> int:
    """Infusions and injections that the plan gives at most before the horizon, without listing them.

    Each regimen counted by its shortest interval; holds and rules that end treatment only leave doses out.
    """
    found = 0
    for regimen in (part for part in plan.regimens if part.route == "iv"):
        intervals = [each.days for each in (regimen.every, *(b.every for b in regimen.age_bands)) if each]
        found += regimen.days_per_course * _courses(regimen, min(intervals, default=0.0), horizon_days)
    for course in (part for part in plan.biologics if not part.daily):
        found += _courses(course, course.every.days if course.every else 0.0, horizon_days)
    return found


def _courses(part: Regimen | Biologic, every: float, horizon: float) -> int:
    days = min(part.end_day, horizon) - part.start.days
    if days <= 0.0:
        return 0
    return ceil(days / every) if every > 0.0 else 1


def _year(day: float, begins: float, part: Regimen | Biologic, n_years: int) -> int:
    """The year (from 0) that a dose belongs to whose course begins on a day.

    A dose that falls on the last days of a year only because units differ (:func:`fills`) is the first of the
    next, so 26 weeks are twice in every year; in the last year every dose counts that is given.
    """
    year = min(int((day + TIGHT) / DAYS["year"]), n_years - 1)
    every, start = part.every, part.start.days
    if every is not None and year + 1 < n_years:
        rest = (year + 1) * DAYS["year"] - start
        if rest > 0 and fills(begins - start, every, Span(rest / DAYS["year"], "year")):
            return year + 1
    return year


def _add_days(
    counts: list[float], windows: Iterable[tuple[float, float]], horizon: float, days_each: float
) -> None:
    for start, end in windows:
        for year in range(len(counts)):
            low, high = year * DAYS["year"], min((year + 1) * DAYS["year"], horizon)
            counts[year] += max(min(end, high) - max(start, low), 0.0) / days_each


def _said(row: YearlyDoses) -> str:
    total = f"{row.drug}: {row.total} {_plural(row.what, row.total)}"
    if len(row.per_year) == 1:
        return total
    runs, year = [], 1
    for count, same in groupby(row.per_year):
        last = year + len(list(same)) - 1
        runs.append(
            f"{count} in year {year}" if last == year else f"{count} in each of years {year} to {last}"
        )
        year = last + 1
    return f"{total}, {', '.join(runs)}"


def _plural(what: str, count: int) -> str:
    head, _, tail = what.partition(" ")
    return f"{head}{'' if count == 1 else 's'}{' ' + tail if tail else ''}"
