"""The days on which something is due at an interval: doses, courses of several days, checks.

Days and weeks are counted; a month is a twelfth and a year the whole of 365.25 days. Where interval and
length are of the two different kinds, people mean a whole number of intervals all the same: 26 weeks twice a
year, 365 days once a year, 90 days four times a year. See :func:`fills`.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import inf, isfinite

from brittlestar.care.durations import DAYS, Span

TIGHT = 1e-6
"""Days by which two dates may differ and still be one: rounding of floating-point sums."""

YEAR_SAID = (360.0, 364.0, 365.0, 366.0)
"""Days that a year is said to have: 12 months of 30 days, 52 weeks, 365 days, a leap year."""

WHOLE_DAY = 0.5
"""Days within which a length is the same whole number of days."""

_MEAN = ("month", "year")


@dataclass(frozen=True)
class Limit:
    """A date from which nothing is given.

    Args:
        day: days from the start of the plan.
        since: day from which ``length`` runs.
        length: how it was said.
        seen: whether only a run shows the date (a Z-score, the end of a person's own growth): a course that
            has begun breaks off there. Any other date is known before, and a course that would not be over
            by then is not begun.
    """

    day: float
    since: float
    length: Span
    seen: bool = False


def fills(elapsed: float, every: Span, length: Span) -> bool:
    """Whether intervals that have run for ``elapsed`` days make up the length, as people count.

    The next dose would be due on the last days of the length only because a mean year is not a whole number
    of days. True if interval and length are of different kinds (days or weeks against months or years), the
    two agree to the nearest day when a year is taken as 360, 364, 365 or 366 days (a month as its twelfth),
    and no more than half an interval is left: so a year has two times 26 weeks, 13 times 4 weeks, four times
    90 days, but 5 weeks are due again after ten times (350 days), with 15 days to go.

    Args:
        elapsed: days since the start, a whole number of intervals.
        every: the interval that was said.
        length: the length that was said.
    """
    if elapsed <= 0 or (every.unit in _MEAN) == (length.unit in _MEAN):
        return False
    mean, counted = (elapsed, length.days) if every.unit in _MEAN else (length.days, elapsed)
    agree = any(abs(mean * year / DAYS["year"] - counted) <= WHOLE_DAY for year in YEAR_SAID)
    return agree and length.days - elapsed <= every.days / 2


def due(
    start: float,
    every: Callable[[float], Span | None],
    horizon: float = inf,
    limits: Sequence[Limit] = (),
    held: Sequence[tuple[float, float]] = (),
    days: int = 1,
    hours: float = 0.0,
) -> Iterator[float]:
    """Days on which a course begins, in order.

    A course of which any day falls in a hold is given as a whole when the hold ends, and its interval
    runs on from there. A course begins only if its last day comes before every limit (but see
    :attr:`Limit.seen`), and not where the intervals fill the length up to a limit, or that from the first to
    the horizon, taken as a number of years (:func:`fills`).

    Args:
        start: day of the first.
        every: the interval after the course that begins on a day; none: there is no other.
        horizon: end of what is asked for; no course begins at or after this day.
        limits: ends of the regimen, of its period or of all treatment.
        held: windows of days without drug, in order.
        days: days of a course.
        hours: length of the infusion on the last of them.
    """
    time = origin = start
    ends = tuple(limit for limit in limits if not limit.seen)
    if isfinite(horizon):
        ends = (*ends, Limit(horizon, start, Span(max(horizon - start, 0.0) / DAYS["year"], "year")))
    interval, count, put_off = None, 0, False
    while time < horizon:
        wait = _held_until(time, days, hours, held)
        if wait is not None:
            time = origin = wait
            interval, count, put_off = None, 0, True
            continue
        last = time + days - 1
        if any((time if limit.seen else last) >= limit.day - TIGHT for limit in limits):
            return
        if interval is not None and not put_off and _filled(start, time, interval, ends):
            return
        yield time
        after = every(time)
        if after is None:
            return
        if after != interval and interval is not None:
            origin, count = time, 0
        interval, count = after, count + 1
        # A product, not a running sum, so that long plans keep their dates to the last bit.
        time = origin + count * after.days


def _filled(start: float, time: float, interval: Span, ends: Sequence[Limit]) -> bool:
    for limit in ends:
        before = (start - limit.since) / interval.days
        if abs(before - round(before)) < TIGHT and fills(time - limit.since, interval, limit.length):
            return True
    return False


def _held_until(time: float, days: int, hours: float, held: Sequence[tuple[float, float]]) -> float | None:
    last = time + days - 1
    for start, end in held:
        reaches = last >= start - TIGHT or last + hours / 24.0 > start + TIGHT
        if reaches and time < end - TIGHT:
            return end
    return None


def windows_given(
    start: float, end: float, held: Sequence[tuple[float, float]]
) -> Iterator[tuple[float, float]]:
    """Windows of days in which a daily drug is taken: a period without the holds."""
    for since, until in held:
        if start < min(since, end):
            yield start, min(since, end)
        start = max(start, until)
    if start < end:
        yield start, end
