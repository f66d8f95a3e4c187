"""The model's differential equations solved to a tight tolerance: what the step is held to."""

from collections.abc import Sequence
from functools import lru_cache, partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from brittlestar._shared.parameter_files import DAYS_PER_YEAR
from brittlestar._shared.schedule import Care, Schedule
from brittlestar.drugs.dose_rule import is_given, of_one_width
from brittlestar.model.at_rest import rest
from brittlestar.model.equations import EVENTS_ONLY, infused, rates
from brittlestar.model.healthy_table import Reference, load_reference, table
from brittlestar.model.outputs import UNITS, read
from brittlestar.model.parameters import Parameters, default_parameters
from brittlestar.model.state import People, Person, State, of_each, traits

FIRST_STEP = 0.05
"""Days of the solver's first step after a jump; it finds its own from there."""


class Stretch(NamedTuple):
    """A time between two changes of care; every array has the stretches first, then plans."""

    start: Any
    """day"""
    end: Any
    doses: Any
    """infusions at ``start`` [plan, drug, dose, 5]"""
    care: Care
    """[plan, ...]"""


def stretches(
    schedules: Sequence[Schedule], steps: int, step_days: float, days: Sequence[float] | np.ndarray = ()
) -> Stretch:
    """Steps cut further at every infusion, and at other days that are asked for."""
    edges, schedules = np.arange(steps + 1) * step_days, of_one_width(schedules)
    given = [
        np.where(
            is_given(np.moveaxis(s.iv_amount[:steps], -1, 0)),
            edges[:-1, None, None] + s.iv_day[:steps],
            -1.0,
        )
        for s in schedules
    ]
    times = np.unique(np.concatenate([edges, days, *(g[g >= 0.0].ravel() for g in given)]))
    times = times[np.concatenate([[True], np.diff(times) > 1e-9])]
    start, end = times[:-1], times[1:]
    row = np.clip(np.searchsorted(edges, start + 1e-9, side="right") - 1, 0, steps - 1)
    doses = []
    for s, g in zip(schedules, given, strict=True):
        now = np.abs(g[row] - start[:, None, None]) < 1e-9
        doses.append(np.where(now[..., None], s.iv_amount[row], 0.0))
    most = max(d.shape[2] for d in doses)
    doses = [np.pad(d, [(0, 0), (0, 0), (0, most - d.shape[2]), (0, 0)]) for d in doses]

    def stacked(*tables: Any) -> np.ndarray:
        return np.stack([np.asarray(table, float)[row] for table in tables], axis=1)

    care = Care(*(stacked(*tables) for tables in zip(*(s.care for s in schedules), strict=True)))
    return Stretch(start, end, np.stack(doses, axis=1), care)


def _finer(rows: np.ndarray, entries: int) -> np.ndarray:
    """The table [sex, age, column] with this many entries for each, on a cubic spline through its own."""
    if entries == 1:
        return rows
    from scipy.interpolate import CubicSpline  # nothing else here needs it

    place = np.arange(rows.shape[1])
    return CubicSpline(place, rows, axis=1)(np.arange(place[-1] * entries + 1) / entries)


def _solve(
    people: People,
    plan: Array,
    through: Stretch,
    rows: Array,
    p: Parameters,
    *,
    tolerance: float,
    outputs: tuple[str, ...],
) -> tuple[dict[str, Array], dict[str, Array]]:
    """Outputs at entry [patient] and at the end of each stretch [stretch, patient]."""
    import diffrax  # loads for half a second

    person = Person(people.id, plan, people.age_years, traits(people, p))
    tr, entry = person.traits, person.entry_age
    x0 = rest(entry, tr, rows, p, jnp.full((4, len(entry)), jnp.inf))
    control = diffrax.PIDController(rtol=tolerance, atol=1e-3 * tolerance)

    def one(x: State, now: Stretch) -> tuple[State, dict[str, Array]]:
        care = of_each(now.care, plan)
        x = infused(now.start, x, of_each(now.doses, plan), person, rows, p)
        fixed = {name: getattr(x, name) for name in EVENTS_ONLY}
        moving = {k: v for k, v in x._asdict().items() if k not in EVENTS_ONLY}

        def field(day: Array, y: dict[str, Array], _: Any) -> dict[str, Array]:
            dx = rates(day, State(**y, **fixed), care, person, rows, p)._asdict()
            return {k: dx[k] for k in y}

        solution = diffrax.diffeqsolve(
            diffrax.ODETerm(field),
            diffrax.Tsit5(),
            now.start,
            now.end,
            FIRST_STEP,
            moving,
            stepsize_controller=control,
            max_steps=100_000,
            adjoint=diffrax.DirectAdjoint(),
        )
        assert solution.ys is not None
        x = State(**{k: v[0] for k, v in solution.ys.items()}, **fixed)
        return x, read(x, entry + now.end / DAYS_PER_YEAR, tr, rows, p, outputs)

    first = read(x0, entry, tr, rows, p, outputs)
    return first, jax.lax.scan(one, x0, through)[1]


@lru_cache(maxsize=8)
def _compiled(tolerance: float, outputs: tuple[str, ...]) -> Any:
    return jax.jit(partial(_solve, tolerance=tolerance, outputs=outputs))


def reference_course(
    cohort: Any,
    schedules: Sequence[Schedule],
    plan_index: Any,
    years: float,
    *,
    parameters: Parameters | None = None,
    reference: Reference | None = None,
    step_days: float = 7.0,
    output_days: float | Sequence[float] = 7.0,
    outputs: Sequence[str] = tuple(UNITS),
    tolerance: float = 1e-9,
    entries: int = 1,
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Times in years [T] and outputs [T, person] of a few people, solved in continuous time.

    Args:
        cohort: people, as for :func:`brittlestar.engine.run.simulate_cohort`.
        schedules: one per plan, all over the same drugs; care is constant between their steps.
        plan_index: which schedule each person follows.
        years: length; rounded up to whole output intervals. Where days of outputs are named, the last of
            them ends the course.
        parameters: defaults to the shipped set.
        reference: healthy growth and density.
        step_days: step of the schedules.
        output_days: time between outputs, a multiple of ``step_days``; or the days after entry, rising.
        outputs: names to keep.
        tolerance: relative tolerance of the solver.
        entries: of healthy age, for each that the engine's table has. The engine takes straight lines between
            two entries; more of them, on a cubic spline, say what these lines cost.
    """
    if isinstance(output_days, Sequence):
        days = np.asarray(output_days, float)
    else:
        count = int(np.ceil(years * DAYS_PER_YEAR / output_days - 1e-9))
        days = np.arange(1, count + 1) * output_days
    steps = int(np.ceil(days[-1] / step_days - 1e-9))
    p = parameters or default_parameters()
    rows = _finer(np.asarray(table(reference or load_reference(), p)), entries)
    p = p._replace(drugs=type(p.drugs)(*(jnp.asarray(column)[:, None] for column in p.drugs)))
    people = People(*(np.asarray(getattr(cohort, field)) for field in People._fields))
    through = stretches(schedules, steps, step_days, days)
    first, later = _compiled(tolerance, tuple(outputs))(
        people, np.asarray(plan_index, np.int32), through, rows, p
    )
    at = [int(np.argmin(np.abs(through.end - day))) for day in days]
    values = {k: np.concatenate([np.asarray(first[k])[None], np.asarray(later[k])[at]]) for k in outputs}
    return np.append(0.0, days) / DAYS_PER_YEAR, values
