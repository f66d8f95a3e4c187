"""The people of an event table, followed many times and measured at their own times."""

from collections.abc import Callable, Sequence

import numpy as np

from brittlestar._shared.parameter_files import DAYS_PER_YEAR
from brittlestar.care.rest import as_far_as_known
from brittlestar.drugs.catalogue import DRUGS
from brittlestar.engine import Parameters, match_baseline_z, simulate_cohort
from brittlestar.exchange.events.read import Subject
from brittlestar.people.told import told_cohort
from brittlestar.trials.measurement import measured_at
from brittlestar.trials.measures import MEASURES
from brittlestar.trials.protocol_parts import DAYS_PER_MONTH

STEP_DAYS = 7.0

EACH_ITS_OUTPUT = 400
"""As many different times are outputs of the run; of more, what lies between weeks is read on a straight
line."""


def simulated_data_sets(
    subjects: Sequence[Subject],
    who: np.ndarray,
    day: np.ndarray,
    measure: str,
    draws: int,
    sets: Sequence[Parameters],
    seed: int,
    progress: Callable[[int, int], None] | None = None,
) -> np.ndarray:
    """Values of every data set at the times observed [draw, value], with the error of a visit.

    Data set m has the parameters of set m modulo their number; its people and its luck do not depend on that.

    Args:
        subjects: the people, n of them.
        who: place of the person among them, rising [value].
        day: of the observation [value].
        measure: what was observed, by name.
        draws: data sets.
        sets: parameter sets, one or more.
        seed: key of all chance.
        progress: called with people done and in all.
    """
    n, steps = len(subjects), int(np.ceil(max(float(day.max()), STEP_DAYS) / STEP_DAYS - 1e-9))
    years = steps * STEP_DAYS / DAYS_PER_YEAR
    schedules = [
        as_far_as_known(
            one.plan_until(years).schedule(steps, STEP_DAYS, one.person.age, DRUGS, one.person.sex),
            one.person.age,
            one.person.sex,
        )
        for one in subjects
    ]
    times = np.unique(day[day > 0])
    outputs = times if 0 < times.size <= EACH_ITS_OUTPUT else np.arange(1, steps + 1) * STEP_DAYS
    if outputs[-1] > steps * STEP_DAYS - 1e-6:
        outputs = np.append(outputs[:-1], steps * STEP_DAYS)
    number = np.arange(len(who)) - np.searchsorted(who, who)
    months = np.zeros((number.max() + 1, n))
    months[number, who] = day / DAYS_PER_MONTH
    ids, values, done = np.arange(draws * n).reshape(draws, n), np.empty((draws, len(who))), 0
    for k, p in enumerate(sets):
        mine = ids[k :: len(sets)]
        cohort = told_cohort([one.person for one in subjects], mine, seed)
        if np.isfinite(cohort.baseline_z).any():
            cohort = match_baseline_z(cohort, cohort.baseline_z, p)
        course = simulate_cohort(
            cohort,
            schedules,
            np.tile(np.arange(n), len(mine)),
            years,
            seed=seed,
            parameters=p,
            step_days=STEP_DAYS,
            output_days=outputs,
            outputs=MEASURES[measure].outputs,
            progress=_counting_on(progress, done, ids.size),
        )
        found = measured_at(measure, course, cohort, seed, np.tile(months, (1, len(mine))))
        values[k :: len(sets)] = found.reshape(len(months), len(mine), n)[number, :, who].T
        done += mine.size
    return values


def _counting_on(
    progress: Callable[[int, int], None] | None, done: int, people: int
) -> Callable[[int, int], None] | None:
    """Progress of a run that begins where others have ended."""
    return progress and (lambda now, _: progress(done + now, people))
