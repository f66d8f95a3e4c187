"""Conduct a virtual trial: some replicates recruited, treated, followed, measured and analysed at once."""

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import polars as pl

from brittlestar._shared.schedule import Schedule
from brittlestar.care import Plan
from brittlestar.care.rest import as_far_as_known, periods_of_rest
from brittlestar.care.stop_rules import growth_ends
from brittlestar.drugs.catalogue import DRUGS
from brittlestar.engine import (
    Course,
    Method,
    Parameters,
    default_parameters,
    limits_met,
    regular,
    simulate_cohort,
)
from brittlestar.people.coding import SEXES, TYPES
from brittlestar.people.cohort import Cohort
from brittlestar.trials import tables
from brittlestar.trials.analysis import analyse, fracture_curves
from brittlestar.trials.answers import Results
from brittlestar.trials.comparisons import centre
from brittlestar.trials.endpoint import Endpoint
from brittlestar.trials.measurement import outputs_for, record, true_course
from brittlestar.trials.measures import MEASURES
from brittlestar.trials.protocol import Protocol
from brittlestar.trials.protocol_parts import DAYS_PER_MONTH, Arm
from brittlestar.trials.recruit import Enrolled, enrol
from brittlestar.trials.replicates import Trials, side_by_side

PEOPLE_PER_BLOCK = 4096
"""People followed at once: enough for every core, few enough for their courses to fit in memory."""

PEOPLE_ON_DEVICE = 32_768
"""The same on a CUDA device, where each has a thread: about as many as an H200 holds at once (132 x 256)."""

STEP_DAYS, OUTPUT_DAYS = 7.0, 28.0
MONTHS_PER_YEAR = 12
DOUBLE = Method()
"""How courses are worked out unless something else is asked for."""

SAME_TIME = 1e-6
"""Days below which two times are one."""

TABLES = ("patients", "visits", "fractures", "failed")
"""Tables of people; ``failed`` lists those whose numbers are not finite, with all that went in."""


@dataclass(frozen=True)
class Kept:
    """What stays of some replicates when their people have gone to the files."""

    estimates: list[Results]
    """per endpoint"""
    bands: dict[str, dict[str, np.ndarray]]
    """endpoint -> arm -> [replicate, time]"""
    curves: dict[str, dict[str, np.ndarray]]
    """``free`` and ``mcf`` -> arm -> [replicate, month]"""
    screened: int
    failed: list[int]
    """ids of people with a non-finite result"""
    limits: np.ndarray
    """people whom a limit of physics held back, and by what share at most [limit, 2]; see ``limits_met``"""
    backends: list[str]
    """what ran the courses in the end, each once, sorted"""


class Estimated(NamedTuple):
    """Estimates of some replicates of which nothing else stays."""

    results: list[Results]
    """per endpoint"""
    backend: str
    """what ran the courses in the end"""


@dataclass(frozen=True)
class Block:
    """Some replicates: what stays, and their people as tables."""

    kept: Kept
    tables: dict[str, pl.DataFrame]
    """by the names of ``TABLES``"""


def blocks(protocol: Protocol, replicates: int, method: Method = DOUBLE) -> list[np.ndarray]:
    """Numbers of the replicates that are run at once; the same for every number of workers."""
    people = PEOPLE_ON_DEVICE if method.backend == "cuda" else PEOPLE_PER_BLOCK
    size = max(1, people // protocol.people)
    return [np.arange(start, min(start + size, replicates)) for start in range(0, replicates, size)]


def curve_months(protocol: Protocol) -> np.ndarray:
    """Months at which curves of fractures are read."""
    return np.arange(0.0, protocol.design.years * MONTHS_PER_YEAR + 1e-9, 1.0)


def output_days(protocol: Protocol) -> np.ndarray:
    """Days of the outputs of a run: every four weeks, and every day on which anybody may come to a visit."""
    regular_ = regular(protocol.design.years, STEP_DAYS, OUTPUT_DAYS)
    windows = protocol.visit_windows
    visits = [
        day + about
        for measure, days in protocol.visit_days.items()
        for month, day in days.items()
        for about in range(windows[measure][month][0], windows[measure][month][1] + 1)
    ]
    days = np.unique(np.concatenate([regular_, visits]))
    # A visit that differs from another time by rounding is at that time.
    apart = np.diff(days, prepend=-1.0) > SAME_TIME
    return days[apart & (days > SAME_TIME)]


def band_months(protocol: Protocol) -> np.ndarray:
    """Months of the bands: every output of the run within the trial."""
    months = np.concatenate([[0.0], output_days(protocol) / DAYS_PER_MONTH])
    return months[months <= protocol.design.years * MONTHS_PER_YEAR + 1e-9]


def ages_of_schedules(plan: Plan, protocol: Protocol) -> list[float]:
    """Ages at entry for which a plan is drawn up: whole months, as a clinic says them, where it goes by age.

    From the youngest to the oldest of the population, whoever is recruited; beyond the last age band of a
    plan without rules of age, and the end of growth of one that asks for rest, nothing changes any more.
    """
    resting = bool(periods_of_rest(plan))
    if not (plan.needs_age or resting):
        return [0.0]
    first, last = (int(np.floor(age * MONTHS_PER_YEAR + 1e-9)) for age in protocol.population.age_years)
    if not plan.stops:
        bands = [band.below_years for regimen in plan.regimens for band in regimen.age_bands]
        bands += [growth_ends(sex) for sex in SEXES if resting]
        last = max(first, min(last, int(np.ceil(max(bands) * MONTHS_PER_YEAR))))
    return [month / MONTHS_PER_YEAR for month in range(first, last + 1)]


def _schedule(plan: Plan, steps: int, age: float, sex: int | None) -> Schedule:
    """The schedule of those of an age and, where the plan goes by it or asks for rest, a sex."""
    asked = plan.schedule(steps, STEP_DAYS, age_years=age if plan.needs_age else None, drugs=DRUGS, sex=sex)
    return as_far_as_known(asked, age, sex) if periods_of_rest(plan) else asked


def _plans(arm: Arm) -> list[tuple[list[int], Plan]]:
    """What people of an arm get: codes of the types that get the same, and their plan."""
    own = [[code] for code, word in enumerate(TYPES) if word in arm.dose_by_type]
    others = [code for code, word in enumerate(TYPES) if word not in arm.dose_by_type]
    plans = [(codes, arm.care_of(TYPES[codes[0]])) for codes in own]
    return [*plans, (others, arm.care)] if others else plans


def treat(
    protocol: Protocol,
    enrolled: Enrolled,
    seed: int,
    p: Parameters,
    workers: int | None,
    method: Method = DOUBLE,
) -> Course:
    """Everyone's true course under the plan of their arm, in double precision however it was worked out."""
    days = output_days(protocol)
    steps = int(np.ceil(days[-1] / STEP_DAYS - 1e-9))
    schedules, index = [], np.zeros(len(enrolled.cohort), int)
    for i, arm in enumerate(protocol.arms):
        for codes, plan in _plans(arm):
            mine = np.flatnonzero((enrolled.arm == i) & np.isin(enrolled.cohort.oi_type, codes))
            ages = ages_of_schedules(plan, protocol)
            by_sex = plan.needs_sex or bool(periods_of_rest(plan))
            sexes = (0, 1) if by_sex else (None,)
            age = np.searchsorted(ages, enrolled.cohort.age_years[mine] + 1e-9, side="right") - 1
            sex = enrolled.cohort.sex[mine] if by_sex else 0
            index[mine] = len(schedules) + np.maximum(age, 0) * len(sexes) + sex
            schedules += [_schedule(plan, steps, a, s) for a in ages for s in sexes]
    course = simulate_cohort(
        enrolled.cohort,
        schedules,
        index,
        protocol.design.years,
        seed=seed,
        parameters=p,
        step_days=STEP_DAYS,
        output_days=days,
        outputs=tuple(dict.fromkeys((*outputs_for(protocol), *limits_met.NEEDED))),
        workers=workers,
        **method._asdict(),
    )
    return replace(course, outputs={name: np.asarray(v, np.float64) for name, v in course.outputs.items()})


def measured_endpoints(protocol: Protocol) -> dict[str, Endpoint]:
    """One endpoint per id that follows a measure: these become bands over time.

    Bands are true means without measuring error, so of two markers with one true course the first stands.
    """
    bands: dict[tuple[str, str, str, str, float], Endpoint] = {}
    for e in protocol.endpoints:
        if e.measure is not None and e.kind != "ratio_to_control":
            how = MEASURES[e.measure]
            bands.setdefault((how.outputs[0], how.unit, e.kind, e.statistic, e.from_month), e)
    return {e.id: e for e in bands.values()}


def _bands(protocol: Protocol, course: Course, cohort: Cohort, t: Trials) -> dict[str, dict[str, np.ndarray]]:
    """The true course of every arm at every output time [replicate, time], by endpoint and arm."""
    bands: dict[str, dict[str, np.ndarray]] = {}
    for name, e in measured_endpoints(protocol).items():
        values = true_course(e.measure or "", course, cohort)
        first = values[np.abs(course.time_years - e.from_month / 12.0).argmin()]
        if e.kind != "value":
            values = values - first if e.kind == "change" else 100.0 * (values / first - 1.0)
        y = values.reshape(len(values), *t.shape)
        bands[name] = {arm.id: centre(e, y, t.arm == i).T for i, arm in enumerate(protocol.arms)}
    return bands


def conduct(
    protocol: Protocol,
    replicates: np.ndarray,
    seed: int,
    p: Parameters,
    *,
    people: bool = True,
    workers: int | None = None,
    method: Method = DOUBLE,
) -> Block:
    """Some replicates of a trial from recruitment to analysis.

    Args:
        protocol: the trial.
        replicates: their numbers; each has its own people.
        seed: key of all chance.
        p: parameters.
        people: whether to make the tables of people.
        workers: batches run side by side; default the number of cores.
        method: how courses are worked out; who takes part is always found in double precision.
    """
    enrolled = enrol(protocol, replicates, seed, p)
    course = treat(protocol, enrolled, seed, p, workers, method)
    records = record(protocol, course, enrolled.cohort, seed)
    t = side_by_side(enrolled, records, len(replicates))
    number = np.repeat(replicates, t.shape[1])
    failed = course.failed
    kept = Kept(
        estimates=[analyse(e, t, protocol) for e in protocol.endpoints],
        bands=_bands(protocol, course, enrolled.cohort, t),
        curves=fracture_curves(t, protocol, curve_months(protocol)),
        screened=enrolled.screened,
        failed=enrolled.cohort.id[failed].tolist(),
        limits=limits_met.held(course.outputs, p),
        backends=[course.backend],
    )
    if not people:
        return Block(kept, {})
    return Block(
        kept,
        {
            "patients": tables.patients(protocol, enrolled, records, number),
            "visits": tables.visits(protocol, enrolled, records, number),
            "fractures": tables.fractures(enrolled, records, number),
            "failed": tables.failed(protocol, enrolled, number, failed),
        },
    )


def estimates(
    protocol: Protocol,
    replicates: np.ndarray,
    *,
    seed: int = 1,
    fates: int | None = None,
    parameters: Parameters | None = None,
    workers: int | None = None,
    method: Method = DOUBLE,
) -> Estimated:
    """Estimates of every endpoint in the given replicates; nothing else is kept.

    Args:
        protocol: the trial.
        replicates: numbers of the replicates; each has its own people.
        seed: key of who takes part.
        fates: key of what happens to them and how it is measured; defaults to ``seed``.
        parameters: defaults to the shipped set.
        workers: batches run side by side; default the number of cores.
        method: how courses are worked out; who takes part is always found in double precision.
    """
    p, fates = parameters or default_parameters(), seed if fates is None else fates
    enrolled = enrol(protocol, replicates, seed, p)
    course = treat(protocol, enrolled, fates, p, workers, method)
    records = record(protocol, course, enrolled.cohort, fates)
    t = side_by_side(enrolled, records, len(replicates))
    return Estimated([analyse(e, t, protocol) for e in protocol.endpoints], course.backend)
