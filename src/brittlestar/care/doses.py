"""How many doses a plan gives in each year, counted and said."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from math import ceil
from typing import TYPE_CHECKING, Any, NamedTuple

from brittlestar._shared.errors import InputError
from brittlestar.care.biologics import Biologic
from brittlestar.care.biologics.biologic import spans_given
from brittlestar.care.dates import TIGHT, fills
from brittlestar.care.durations import DAYS, Span
from brittlestar.care.regimen import Regimen
from brittlestar.care.tabulate import infusions, oral_periods

if TYPE_CHECKING:
    from brittlestar.care.plan import Plan

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


def per_year(plan: "Plan", years: float, age_years: float | None, sex: Any) -> tuple[YearlyDoses, ...]:
    """Counts of a plan; see :meth:`Plan.doses_per_year`."""
    if not 0 < years <= MOST_YEARS:
        raise InputError("years", years, f"accepted: more than 0, at most {MOST_YEARS:g}")
    held, limits = plan.held, plan.limits(age_years, sex)
    stop = min((limit.day for limit in limits), default=float("inf"))
    horizon, n_years = years * DAYS["year"], ceil(years - TIGHT)
    counts: dict[tuple[str, str], list[float]] = {}

    def row(drug: str, what: str) -> list[float]:
        return counts.setdefault((drug, what), [0.0] * n_years)

    for r in plan.regimens:
        if r.route == "iv":
            for dose in infusions(r, horizon, age_years, held, limits):
                row(r.drug, "infusion")[_year(dose.day, dose.begins, r, n_years)] += 1
            continue
        target = row(r.drug, f"{r.tablets_every} of tablets")
        for start, end, _ in oral_periods(r, age_years):
            spans = ((max(a, start), min(b, end)) for a, b in spans_given(r, held, stop))
            _add_days(target, spans, horizon, DAYS[r.tablets_every])
    for course in plan.biologics:
        if course.daily:
            spans = spans_given(course, held, stop)
            _add_days(row(course.drug, "day of injections"), spans, horizon, 1.0)
            continue
        what = "infusion" if course.route == "iv" else "injection"
        for day in course.days(horizon, held, limits):
            row(course.drug, what)[_year(day, day, course, n_years)] += 1
    return tuple(
        YearlyDoses(drug, what, tuple(round(count) for count in found))
        for (drug, what), found in counts.items()
    )


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
    counts: list[float], spans: Iterator[tuple[float, float]], horizon: float, days_each: float
) -> None:
    for start, end in spans:
        for year in range(len(counts)):
            low, high = year * DAYS["year"], min((year + 1) * DAYS["year"], horizon)
            counts[year] += max(min(end, high) - max(start, low), 0.0) / days_each


def in_words(found: Sequence[YearlyDoses]) -> str:
    """The counts in one sentence; see :meth:`Plan.doses_in_words`."""
    given = [_said(row) for row in found if row.total]
    if not given:
        return "No dose is given."
    return f"{'; '.join(given)}."


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
