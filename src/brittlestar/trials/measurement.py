"""From true courses to what a trial has on file: visits with error, dropout, captured fractures."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from brittlestar._shared.chance import exponential, normal, uniform
from brittlestar._shared.parameter_files import fill
from brittlestar.engine import Course
from brittlestar.outcomes.fracture import SITES
from brittlestar.people.cohort import Cohort
from brittlestar.people.reference import height_z
from brittlestar.people.scan import Scan, density_walk
from brittlestar.trials.measures import MEASURES
from brittlestar.trials.protocol import Protocol
from brittlestar.trials.protocol_parts import DAYS_PER_MONTH, Design


class Measurement(NamedTuple):
    """Numbers of ``measurement.toml``; rates per day."""

    tb_z_sd: np.ndarray
    tb_error: np.ndarray
    marker_error: np.ndarray
    untx_error: np.ndarray
    height_error: np.ndarray
    pain_error: np.ndarray
    calcium_error: np.ndarray
    biopsy_error: np.ndarray
    cortex_error: np.ndarray
    formation_error: np.ndarray
    pqct_error: np.ndarray
    hip_error: np.ndarray
    neck_error: np.ndarray
    radius_error: np.ndarray
    ct_load_error: np.ndarray
    hrpqct_load_error: np.ndarray


@dataclass(frozen=True)
class Records:
    """What a trial knows; people flattened over replicates, [person]."""

    months: dict[str, np.ndarray]
    """measure -> visit months"""
    values: dict[str, np.ndarray]
    """measure -> [visit, person], NaN where the person was not there"""
    followed_months: np.ndarray
    """months under observation"""
    treated: np.ndarray
    """took at least one dose (the analysis set)"""
    fracture_person: np.ndarray
    """one entry per counted fracture, sorted by person and time"""
    fracture_month: np.ndarray
    fracture_site: np.ndarray
    entered_months: np.ndarray | None = None
    """month of the calendar in which each person entered, from the opening; none: all at once"""


def outputs_for(protocol: Protocol) -> tuple[str, ...]:
    """Engine outputs that the protocol's measures need."""
    return tuple(dict.fromkeys(name for m in protocol.measures for name in MEASURES[m].outputs))


LEAST_ABMD = 0.01
"""No scan shows less (g/cm2): far below any spine, so that an error in the tail gives no negative bone."""

PAIN_SCALE = (0.0, 10.0)

SCANNED = ("ls_abmd", "ls_z", "ls_bmad")
"""What one scan of the spine gives."""


@dataclass(frozen=True)
class _Subjects:
    """People whose true courses are measured; chance is keyed by who they are."""

    course: Course
    cohort: Cohort
    seed: int

    def true(self, output: str, times: np.ndarray) -> np.ndarray:
        """An output at these months, one for all [visit] or everybody's own [visit, person]."""
        own = np.arange(len(self.cohort)) if times.ndim > 1 else None
        return self.course.at(output, times / 12.0, own)

    def days(self, months: np.ndarray, windows: Sequence[tuple[int, int]]) -> np.ndarray:
        """Days about the day of a visit on which everybody comes [visit, person], each as likely."""
        drawn = [
            first + np.floor((last - first + 1) * uniform(self.seed, self.cohort.id, "visit day", key))
            for key, (first, last) in zip(_occasions(months), windows, strict=True)
        ]
        return np.stack(drawn)

    def walk(self, times: np.ndarray) -> np.ndarray:
        """Own density over that of the course at these months [visit, person]."""
        return density_walk(times / 12.0, self.cohort.id, self.cohort.age_years, self.seed)

    def noise(self, what: str, months: np.ndarray) -> np.ndarray:
        """Standard normal error at visits of these months [visit, person]."""
        return np.stack([normal(self.seed, self.cohort.id, f"error {what}", i) for i in _occasions(months)])


def _occasions(months: np.ndarray) -> list[int]:
    """Number of the occasion on which chance is drawn for visits of these months."""
    return [round(m * 100) for m in months]


def _scanned(measure: str, who: _Subjects, months: np.ndarray, times: np.ndarray) -> np.ndarray:
    """One scan gives aBMD and Z, so both carry the same error and the same walk of a person's own."""
    true = who.true("ls_abmd", times)
    error = true * (who.walk(times) - 1.0) + float(fill(Scan).dxa_error) * who.noise("scan", months)
    if measure == "ls_z":
        return who.true("ls_z", times) + error / who.true("ls_sd", times)
    seen = np.maximum(true + error, LEAST_ABMD)
    return seen if measure == "ls_abmd" else who.true("ls_bmad", times) * seen / true


def _measured(measure: str, who: _Subjects, months: np.ndarray, times: np.ndarray) -> np.ndarray:
    """A measure at the visits of some months, which take place at these times (months) [visit, person]."""
    if measure in SCANNED:
        return _scanned(measure, who, months, times)
    how, m = MEASURES[measure], fill(Measurement)
    # One reading of the stadiometer gives height and its Z.
    of = "height_cm" if measure == "height_z" else measure
    true, error = who.true(how.outputs[0], times), float(getattr(m, how.error)) * who.noise(of, months)
    if measure == "height_z":
        age = who.cohort.age_years + (times / 12.0 if times.ndim > 1 else times[:, None] / 12.0)
        return height_z(who.cohort.sex, age, true + error)[0]
    if measure == "tb_z":
        return (true * (1.0 + error) - 1.0) / float(m.tb_z_sd)
    if how.walks:
        true = true * who.walk(times)
    if how.relative:
        return true * np.exp(error)
    return np.clip(true + error, *PAIN_SCALE) if measure == "pain" else true + error


def measured_at(measure: str, course: Course, cohort: Cohort, seed: int, months: np.ndarray) -> np.ndarray:
    """A measure at everybody's own times, with the error of a visit [visit, person].

    Args:
        measure: name in ``MEASURES``.
        course: true courses of the people, in their order.
        cohort: the people at entry.
        seed: key of the errors; those of one row are drawn together.
        months: from entry, everybody's own [visit, person].
    """
    return _measured(measure, _Subjects(course, cohort, seed), np.arange(len(months)), months)


def true_course(measure: str, course: Course, cohort: Cohort) -> np.ndarray:
    """What a measure follows, without error and in its unit [time, person]."""
    values = course[MEASURES[measure].outputs[0]]
    if measure == "tb_z":
        return (values - 1.0) / float(fill(Measurement).tb_z_sd)
    if measure == "height_z":
        return height_z(cohort.sex, cohort.age_years + course.time_years[:, None], values)[0]
    return values


def planned_months(design: Design, entered_months: np.ndarray | None) -> np.ndarray | float:
    """Months for which people are followed if they do not leave: to their own end, or until the trial closes.

    Args:
        design: of the trial.
        entered_months: month of the calendar of entry [person]; none: all at once.
    """
    end = design.years * 12.0
    if design.closes_month is None:
        return end
    return np.minimum(end, design.closes_month - (0.0 if entered_months is None else entered_months))


def record(protocol: Protocol, course: Course, cohort: Cohort, seed: int) -> Records:
    """Visits, follow-up and counted fractures of everyone.

    Args:
        protocol: the trial.
        course: true courses of the people, in their order.
        cohort: the people at entry.
        seed: key of all chance.
    """
    ids = cohort.id
    design, conduct = protocol.design, protocol.conduct
    left = np.full(len(ids), np.inf)
    if conduct.dropout_per_year > 0:
        left = 12.0 * exponential(seed, ids, "dropout") / conduct.dropout_per_year
    entered = design.accrual_months * uniform(seed, ids, "month of entry") if design.accrual_months else None
    followed = np.minimum(left, planned_months(design, entered))
    people, at, values = _Subjects(course, cohort, seed), {}, {}
    windows = protocol.visit_windows
    for measure, visits in protocol.visit_months.items():
        when, times = np.array(sorted(visits)), np.array([visits[month] for month in sorted(visits)])
        about = [windows[measure][month] for month in sorted(visits)]
        if any(window != (0, 0) for window in about):
            times = times[:, None] + people.days(when, about) / DAYS_PER_MONTH
        seen = _measured(measure, people, when, times)
        at[measure] = when
        there = (times if times.ndim > 1 else times[:, None]) <= followed[None, :]
        values[measure] = np.where(there, seen, np.nan)
    sites = [SITES.index(site) for site in conduct.fracture_sites]
    month = 12.0 * course.fracture_years
    who, site = course.fracture_person, course.fracture_site
    number = np.arange(len(who)) - np.searchsorted(who, who)
    caught = uniform(seed, ids[who], "capture", number) < conduct.fracture_capture
    keep = np.isin(site, sites) & (month <= followed[who]) & caught
    return Records(
        months=at,
        values=values,
        followed_months=followed,
        treated=uniform(seed, ids, "never started") >= conduct.never_started,
        fracture_person=who[keep],
        fracture_month=month[keep],
        fracture_site=site[keep],
        entered_months=entered,
    )
