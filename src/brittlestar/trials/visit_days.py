"""The day of every visit: on its month, before what is given that day, or by a dose; and windows about it.

With ``days_after_dose`` a visit of month m > 0 is moved to that many days after a dose: the last planned
infusion or injection of the course that began on the day of month m or before it. A course is a row of doses
one day apart. The arm that gives doses sets the day (of several the one with the longest course); who has
none is measured on the same calendar day. With ``before_dose`` it is the first day of the course that begins
next (at the month, after it, or less than a week before), before anything is given: the lowest point between
doses. Month 0 is the baseline, before anything is given, and never moved.

With ``window_days`` each person comes on a whole number of days before or after that day, each as likely;
with ``open_days`` the day of all lies anywhere about it, and is drawn for predictions
(:mod:`brittlestar.trials.drawn_inputs`).
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from brittlestar._shared.errors import InputError
from brittlestar._shared.parameter_files import DAYS_PER_YEAR
from brittlestar.care import Plan
from brittlestar.care.dates import TIGHT, WHOLE_DAY, YEAR_SAID
from brittlestar.people.coding import SEXES
from brittlestar.trials.protocol_parts import DAYS_PER_MONTH, Arm, Population, Visits

SAME_DAY = 0.5
"""Days within which two times are the same day."""

A_WEEK = 7.0
"""Days that a dose may come before the visit at which it is due: units differ by less, as 26 weeks (182 days)
and half a year (182.6), and no plan of the library gives a drug by infusion every week."""

IN_A_ROW = 1.5
"""Days between doses of one course at most: those of a course are one day apart, those of courses weeks."""

Courses = list[tuple[float, float]]
"""First and last day of each course of somebody's plan, in order of time."""


def courses(plan: Plan, horizon_days: float, age_years: float, sex: str) -> Courses:
    """First and last day of each course of infusions or injections, in order of time."""
    days = sorted(day for day, _ in plan.doses(horizon_days, age_years, sex))
    found: Courses = []
    for day in days:
        if found and day - found[-1][1] <= IN_A_ROW:
            found[-1] = (found[-1][0], day)
        else:
            found.append((day, day))
    return found


def visit_months(
    visits: Sequence[Visits], arms: Sequence[Arm], population: Population, years: float
) -> dict[str, dict[float, float]]:
    """When each measure is taken: measure -> visit month as the protocol names it -> months from the start.

    What is measured on the day of a dose is measured before it. A dose that comes less than a week before the
    visit only because units differ (26 weeks are 182 days, half a year 182.6) is due at that visit, which is
    then at the time of the dose; outputs of a run come before what is given at their time. Every other visit
    is at its month, bit for bit.

    Raises:
        InputError: ``days_after_dose`` or ``before_dose`` where no arm gives such a dose, where arms or
            people of different age have theirs on different days, where another dose comes before the visit,
            after the end of the trial, or where two visits fall on one day; ``window_days`` or ``open_days``
            that reach before the start, beyond the end or into those of the next visit.
    """
    found: dict[str, dict[float, float]] = {}
    windows: dict[tuple[str, float], tuple[tuple[int, int], tuple[int, int]]] = {}
    table: dict[tuple[str, float], int] = {}
    end = years * DAYS_PER_YEAR
    given = _given(arms, population, end)
    for i, group in enumerate(visits):
        asked = "before_dose" if group.before_dose else "days_after_dose"
        moved = dict(zip(group.months, _moved(group, given, end, f"visits[{i}].{asked}")))
        _check_windows(group, moved, end, f"visits[{i}]")
        for measure in group.measures:
            mine = found.setdefault(measure, {})
            for month, at in moved.items():
                first = table.setdefault((measure, month), i)
                if mine.setdefault(month, at) != at:
                    raise InputError(
                        f"visits[{i}].{asked}, visits[{first}]",
                        getattr(group, asked),
                        f"accepted: one day for {measure} in month {month:g}, which another table has too",
                    )
                about = (window_of(group, month), group.open_days)
                if windows.setdefault((measure, month), about) != about:
                    raise InputError(
                        f"visits[{i}].window_days, open_days, visits[{first}]",
                        about,
                        f"accepted: one window for {measure} in month {month:g}, which another table has too",
                    )
    return found


def window_of(group: Visits, month: float) -> tuple[int, int]:
    """First and last day about the day of a visit on which people come; month 0 is the day of entry."""
    return group.window_days if month > 0 else (0, 0)


def visit_windows(visits: Sequence[Visits]) -> dict[str, dict[float, tuple[int, int]]]:
    """Measure -> visit month -> first and last day about its day on which people come."""
    found: dict[str, dict[float, tuple[int, int]]] = {}
    for group in visits:
        for measure in group.measures:
            found.setdefault(measure, {}).update({m: window_of(group, m) for m in group.months})
    return found


def _check_windows(group: Visits, moved: Mapping[float, float], end: float, place: str) -> None:
    if group.reach_days == (0, 0):
        return
    place += ".open_days" if group.window_days == (0, 0) else ".window_days"
    place += ", open_days" if (0, 0) not in (group.window_days, group.open_days) else ""
    said = group.reach_days
    after = 0.0
    for month, at in moved.items():
        first, last = (at * DAYS_PER_MONTH + (days if month > 0 else 0) for days in said)
        if month > 0 and first < after + 1.0:
            raise InputError(
                place,
                said,
                f"month {month:g} would begin on day {first:.0f}, accepted: after day {after:.0f}, when the "
                "visit before it may still take place",
            )
        if last > end + SAME_DAY:
            raise InputError(
                f"{place}, design.years",
                said,
                f"month {month:g} may be measured on day {last:.0f}; accepted: up to the end of the trial, "
                f"day {end:.0f}: a longer trial, or a window that ends earlier",
            )
        after = last


def _moved(group: Visits, given: Mapping[str, list[Courses]], end: float, place: str) -> list[float]:
    if not group.before_dose and group.days_after_dose is None:
        doses = np.array([day for arm in given.values() for found in arm for one in found for day in one])
        return [month if month == 0 else _before_doses(month, doses) for month in group.months]
    asked = True if group.before_dose else group.days_after_dose
    if len(group.months) < 2:
        accepted = "accepted: with a visit after month 0, which is before any dose"
        raise InputError(f"{place}, months", (asked, group.months), accepted)
    place += ", arms.plan"
    later_months = group.months[1:]
    if group.days_after_dose is None:
        days = [0.0, *(_next_dose(month, given, place) for month in later_months)]
    else:
        days = [0.0, *(_day(month, group.days_after_dose, given, place) for month in later_months)]
    for month, day in zip(group.months, days):
        if day > end + SAME_DAY:
            raise InputError(
                f"{place}, design.years",
                asked,
                f"month {month:g} would be measured on day {day:.0f}, after the end; accepted: up to day "
                f"{end:.0f}",
            )
    for (month, day), (later, next_day) in zip(zip(group.months, days), zip(group.months[1:], days[1:])):
        if next_day - day < 1.0:
            raise InputError(
                place,
                asked,
                f"months {month:g} and {later:g} would be measured on one day, {day:.0f}; accepted: each "
                f"near a dose of its own: put month {later:g} into a second [[visits]] table without "
                f"{place.partition('.')[2].partition(',')[0]}",
            )
    return [day / DAYS_PER_MONTH for day in days]


def _before_doses(month: float, doses: np.ndarray) -> float:
    """A visit at this month, or just before the dose that is due at this visit and comes a little earlier."""
    day = month * DAYS_PER_MONTH
    said = np.array([day, *(month * year / 12.0 for year in YEAR_SAID)])
    here = (np.abs(doses[:, None] - said) <= WHOLE_DAY).any(axis=1) & (doses > day - A_WEEK)
    today = doses[here & (doses < day - TIGHT)]
    return float(today.min()) / DAYS_PER_MONTH if today.size else month


def _given(arms: Sequence[Arm], population: Population, end: float) -> dict[str, list[Courses]]:
    """Courses of every arm that gives doses, for everybody whose plan may differ."""
    given: dict[str, list[Courses]] = {}
    for arm in arms:
        plan = arm.care
        ages = population.ages_at_entry if plan.needs_age else [population.age_years[0]]
        sexes = SEXES if plan.needs_sex else SEXES[:1]
        found = [courses(plan, end, age, sex) for age in ages for sex in sexes]
        if any(found):
            given[arm.id] = found
    return given


def _next_dose(month: float, given: Mapping[str, list[Courses]], place: str) -> float:
    """The first day of the course that begins at a month or next."""
    day = month * DAYS_PER_MONTH
    following = {
        (arm, course)
        for arm, people in given.items()
        for found in people
        for course in [one for one in found if one[0] > day - A_WEEK][:1]
    }
    if not following:
        raise InputError(place, True, f"no arm has a planned infusion or injection from month {month:g} on")
    return _one_day(following, month, True, place)


def _one_day(begun: set[tuple[str, tuple[float, float]]], month: float, asked: Any, place: str) -> float:
    """The first day of courses of several arms, which must be one."""
    first = [course[0] for _, course in begun]
    if max(first) - min(first) > SAME_DAY:
        said = "; ".join(sorted(f"{arm} on day {course[0]:.0f}" for arm, course in begun))
        raise InputError(place, asked, f"month {month:g}: accepted: doses on one day, not {said}")
    return min(first)


def _day(month: float, after: float, given: Mapping[str, list[Courses]], place: str) -> float:
    """The day of one visit."""
    day = month * DAYS_PER_MONTH
    begun = {
        (arm, course)
        for arm, people in given.items()
        for found in people
        for course in [one for one in found if one[0] <= day + SAME_DAY][-1:]
    }
    if not begun:
        raise InputError(place, after, f"no arm has a planned infusion or injection by month {month:g}")
    _one_day(begun, month, after, place)
    at = max(course[1] for _, course in begun) + after
    for arm, people in given.items():
        later = min((one[0] for found in people for one in found if one[0] > day + SAME_DAY), default=np.inf)
        if later < at - SAME_DAY:
            raise InputError(
                place,
                after,
                f"month {month:g}: {arm} gives its next dose on day {later:.0f}, before that visit",
            )
    return at
