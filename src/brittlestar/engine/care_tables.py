"""Care of every plan as the program reads it: rows of time, and the pieces that infusions cut them into.

A run is cut into steps of one length, and at every output that lies between them. What lies between two cuts
is a row. Where an infusion falls in a row or came just before it, the row is cut further, into pieces. Rows
and pieces depend on times and plans alone, so they are made here, once, and not in the program.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from brittlestar._shared.errors import InputError
from brittlestar._shared.parameter_files import DAYS_PER_YEAR
from brittlestar._shared.schedule import Care, Schedule
from brittlestar.drugs.dose_rule import COLUMNS, is_given, of_one_width
from brittlestar.model.amounts_given import PIECE
from brittlestar.model.row import Row

SETTING_IN = 0.15
"""Share of a step after an infusion in which its effect sets in: a piece of its own. From 0.05 to 0.3 the
error of a weekly step stays between 0.160 and 0.163 % (worst output of ``tests/numerics_cases.py``)."""

JUST_BEFORE = 0.7
"""An infusion less than this share of a step ago is still felt as recent. From 0.3 to 1.7 the same error
stays between 0.156 and 0.164 %; every row that is cut costs time."""

SAME_TIME = 1e-6
"""Days below which two times are one: a tenth of a second, above the rounding of a day in 80 years."""


class Calendar(NamedTuple):
    """Rows of a run, [output, row]; where an output has fewer than others, the last are of length 0."""

    days: np.ndarray
    """times of the outputs after entry [output]"""
    start: np.ndarray
    """day on which the row begins"""
    length: np.ndarray
    """its days"""
    step: np.ndarray
    """the step of the schedules that it lies in"""
    whole: np.ndarray
    """whether it is a whole step"""

    @property
    def steps(self) -> int:
        """Steps that schedules must have."""
        return int(self.step.max()) + 1

    @property
    def cuts_steps(self) -> bool:
        """Whether an output lies within a step."""
        return not self.whole[self.length > 0.0].all()


def calendar(step_days: float, output_days: Sequence[float] | np.ndarray) -> Calendar:
    """Rows that end at every step and at every output.

    Args:
        step_days: length of a step.
        output_days: days of the outputs after entry, rising.

    Raises:
        InputError: times that do not rise from 0.
    """
    days = np.asarray(output_days, np.float64)
    if not (
        days.ndim == 1 and days.size and np.isfinite(days).all() and np.all(np.diff(days, prepend=0.0) > 0)
    ):
        raise InputError("output_days", output_days, "accepted: days after entry that rise from above 0")
    # An output that misses the end of a step through rounding is at that end.
    nearest = np.round(days / step_days) * step_days
    days = np.where(np.abs(days - nearest) < SAME_TIME, nearest, days)
    steps = np.arange(1, int(np.ceil(days[-1] / step_days - 1e-9)) + 1) * step_days
    ends = np.unique(np.concatenate([steps[steps < days[-1]], days]))
    starts = np.concatenate([[0.0], ends[:-1]])
    step = np.floor(starts / step_days + 1e-9).astype(int)
    whole = np.abs(ends - starts - step_days) < SAME_TIME
    output = np.searchsorted(days, ends)
    place = np.arange(len(ends)) - np.searchsorted(output, output)
    shape = len(days), int(place.max()) + 1

    def arranged(values: np.ndarray, otherwise: np.ndarray) -> np.ndarray:
        table = np.repeat(otherwise[:, None], shape[1], axis=1).astype(values.dtype)
        table[output, place] = values
        return table

    last = step[np.searchsorted(ends, days)]
    nothing = np.zeros(len(days))
    length = np.where(whole, step_days, ends - starts)
    return Calendar(
        days,
        arranged(starts, days),
        arranged(length, nothing),
        arranged(step, last),
        arranged(whole, nothing),
    )


def regular(years: float, step_days: float, output_days: float) -> np.ndarray:
    """Days of outputs at one interval that cover ``years``."""
    outputs, _ = steps_for(years, step_days, output_days)
    return np.arange(1, outputs + 1) * output_days


def steps_for(years: float, step_days: float, output_days: float) -> tuple[int, int]:
    """Number of outputs after entry, and steps between them, that cover ``years``.

    Raises:
        InputError: years not positive, or an output interval that is not a multiple of the step.
    """
    if not (np.isfinite(years) and 0 < years <= 120):
        raise InputError("years", years, "accepted: more than 0, at most 120")
    per = round(output_days / step_days)
    if per < 1 or abs(per * step_days - output_days) > 1e-9 * output_days:
        raise InputError("output_days", output_days, f"accepted: a multiple of step_days ({step_days})")
    return int(np.ceil(years * DAYS_PER_YEAR / output_days - 1e-9)), per


def care_tables(
    schedules: Sequence[Schedule], times: Calendar, drugs: Sequence[int], step_days: float, parts: int = 1
) -> tuple[Row, np.ndarray]:
    """Rows of every plan [output, row, plan, ...], and the pieces of those that are cut [piece, column].

    Args:
        schedules: one per plan.
        times: rows of the run.
        drugs: places of the run's drugs among those of the schedules.
        step_days: length of a step.
        parts: equal parts into which a step is cut besides.
    """
    drugs, schedules = list(drugs), of_one_width(schedules)

    def gather(*tables: np.ndarray) -> np.ndarray:
        return np.stack([np.asarray(table, np.float64)[times.step] for table in tables], axis=2)

    def by_row(values: np.ndarray) -> np.ndarray:
        return np.repeat(values[:, :, None], len(schedules), axis=2)

    pieces, first, last = _pieces(schedules, times, drugs, step_days, parts)
    care = Care(*(gather(*tables) for tables in zip(*(s.care for s in schedules), strict=True)))
    rows = Row(
        care=care._replace(oral_rate=care.oral_rate[..., drugs, :]),
        end_day=by_row(times.start + times.length),
        days=by_row(times.length),
        cut=by_row(~times.whole) | (first > 0),
        first_piece=first,
        end_piece=last,
    )  # type: ignore[arg-type]
    return rows, pieces


def _infusions(s: Schedule, drugs: list[int], step_days: float) -> tuple[np.ndarray, np.ndarray]:
    """Days from entry, rising, and (drug of the run, rule) of every infusion of a plan."""
    amount = np.asarray(s.iv_amount, np.float64)[:, drugs]
    step, drug, slot = np.nonzero(is_given(np.moveaxis(amount, -1, 0)))
    day = step * step_days + np.asarray(s.iv_day, np.float64)[:, drugs][step, drug, slot]
    order = np.lexsort((drug, day))
    return day[order], np.column_stack([drug, amount[step, drug, slot]])[order]


def _pieces(
    schedules: Sequence[Schedule], times: Calendar, drugs: list[int], step_days: float, parts: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pieces of all plans [piece, column], and those of each row: from, up to [output, row, plan]."""
    part = step_days / parts
    # The first pieces are those of a step that is not cut: the dose of tablets may still change in it.
    rule = schedules[0].iv_amount.shape[-1]
    uncut = np.zeros((parts, len(PIECE) - len(COLUMNS) + rule))
    uncut[:, 0], uncut[:, 1] = np.arange(parts) * part, np.arange(1, parts + 1) * part
    found, count = [uncut], parts
    first = np.zeros((*times.start.shape, len(schedules)), np.int32)
    last = np.repeat(np.where(times.length > 0.0, parts, 0)[..., None], len(schedules), axis=2).astype(
        np.int32
    )
    for plan, s in enumerate(schedules):
        day, dose = _infusions(s, drugs, step_days)
        # An infusion at the time of an output comes after it.
        begin, end = (
            np.searchsorted(day, edge - SAME_TIME) for edge in (times.start, times.start + times.length)
        )
        before = np.concatenate([[-np.inf], day])[begin]
        recent = times.start - before < JUST_BEFORE * step_days - 1e-9
        cut = ((end > begin) | recent | ~times.whole) & (times.length > 0.0)
        for place in zip(*np.nonzero(cut), strict=True):
            start, length = times.start[place], times.length[place]
            given = np.maximum(day[begin[place] : end[place]] - start, 0.0)
            edges = [given + SETTING_IN * part, np.arange(1, parts) * part]
            if recent[place]:
                edges.append(np.array([SETTING_IN * part]))
            edges.append(np.array([0.0]))
            extra = np.unique(np.concatenate(edges))
            extra = extra[(extra < length - SAME_TIME) & ~np.isin(extra, given)]
            starts = np.concatenate([given, extra])
            doses = np.concatenate([dose[begin[place] : end[place]], np.zeros((len(extra), 1 + rule))])
            order = np.argsort(starts, kind="stable")
            starts = starts[order]
            ends = np.append(starts[1:], length)
            found.append(np.column_stack([starts, ends, doses[order]]))
            first[(*place, plan)], count = count, count + len(starts)
            last[(*place, plan)] = count
    return np.concatenate(found), first, last
