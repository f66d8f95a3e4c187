"""The engine's program cut into years, so that one compiled program serves every length of course.

Whoever moves a slider waits for nothing to be compiled: the number of people, of doses in a week and of drugs
is padded to a few fixed shapes, and everything else is data.
"""

from collections import defaultdict
from functools import cache, partial
from threading import Lock
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from brittlestar._shared.parameters import DAYS_PER_YEAR
from brittlestar.drugs.catalogue import DRUGS
from brittlestar.engine import Course, Parameters, default_parameters
from brittlestar.engine.fates import first_waits, further_waits
from brittlestar.engine.forcing import load_reference, table
from brittlestar.engine.program import Schedules, Shape, _care
from brittlestar.engine.readout import read
from brittlestar.engine.rest import at_entry, rest
from brittlestar.engine.run import _doses, _stack, _used_drugs
from brittlestar.engine.state import People, traits
from brittlestar.engine.step import step
from brittlestar.outcomes.fracture import SITES

WEEKS, PER = 52, 4
"""Steps of a year, and steps between outputs."""

STEP_DAYS = DAYS_PER_YEAR / WEEKS
OUTPUTS = WEEKS // PER
SLOTS = 3
"""Room for doses in one step, enough for a course on three days; what needs more has its own program."""

_compiled: set[Any] = set()
_locks: defaultdict[Any, Lock] = defaultdict(Lock)


def _begin(people: People, rows: Any, p: Parameters, seed: Any, shape: Shape) -> Any:
    """Everyone before the first step, and their first read-out."""
    tr, person = traits(people, p), people.id.astype(jnp.uint32)
    first = first_waits(seed, person) if shape.fates else jnp.full((len(SITES), *person.shape), jnp.inf)
    x = rest(people.age_years, tr, rows, p, first)
    carry = (x, at_entry(x, people.age_years, tr, rows, p), jnp.zeros(()))
    return carry, read(x, people.age_years, tr, rows, p, shape.outputs)


def _year(
    carry: Any, people: People, plan: Any, year: Schedules, rows: Any, p: Parameters, seed: Any, shape: Shape
) -> Any:
    """One year on: the carry, read-outs [output, patient] and fracture marks [step, site, patient]."""
    tr, person = traits(people, p), people.id.astype(jnp.uint32)
    draw = partial(further_waits, seed, person) if shape.fates else None

    def one(carry: Any, now: Schedules) -> tuple[Any, Any]:
        x, here, number = carry
        end = people.age_years + (number + 1.0) / WEEKS
        x, here, marks = step(x, here, end, _care(now, plan), tr, rows, p, STEP_DAYS, shape.substeps, draw)
        return (x, here, number + 1.0), marks

    def until_output(carry: Any, now: Schedules) -> tuple[Any, Any]:
        carry, marks = jax.lax.scan(one, carry, now)
        x, _, number = carry
        return carry, (read(x, people.age_years + number / WEEKS, tr, rows, p, shape.outputs), marks)

    carry, (outputs, marks) = jax.lax.scan(until_output, carry, year)
    return carry, outputs, marks.reshape(-1, *marks.shape[2:])


@cache
def _programs(shape: Shape) -> tuple[Any, Any]:
    return jax.jit(partial(_begin, shape=shape)), jax.jit(partial(_year, shape=shape))


@cache
def _usual(drugs: tuple[int, ...]) -> tuple[Any, Parameters]:
    return _set_up(default_parameters(), drugs)


def _set_up(p: Parameters, drugs: tuple[int, ...]) -> tuple[Any, Parameters]:
    """Healthy references, and the parameters restricted to these drugs."""
    columns = (np.asarray(column)[list(drugs)][:, None] for column in p.drugs)
    return table(load_reference(), p), p._replace(drugs=type(p.drugs)(*columns))  # type: ignore[arg-type]


def _room(schedules: list[Any], drugs: list[int]) -> int:
    """Places for infusions in a step, the same for nearly all plans so that programs are shared."""
    return max(SLOTS, *(_doses(s, drugs)[1].shape[1] for s in schedules))


def _compiled_once(key: Any, run: Any) -> Any:
    """What ``run`` gives; where several threads need the same new program, one compiles it."""
    if key in _compiled:
        return run()
    with _locks[key]:
        found = jax.block_until_ready(run())
        _compiled.add(key)
    return found


def advance(
    cohort: Any,
    schedules: list[Any],
    plan_index: np.ndarray,
    years: int,
    *,
    outputs: tuple[str, ...],
    seed: int,
    fates: bool = True,
    parameters: Parameters | None = None,
    any_drug: bool = False,
) -> Course:
    """Everyone's course under their plan, year by year.

    Args:
        cohort: people, always of the same number for the same use.
        schedules: one per plan, on all drugs of the house, for at least ``years``.
        plan_index: which schedule each person follows [n].
        years: whole years.
        outputs: names to keep.
        seed: key of the fates.
        fates: ``False`` gives the expected course.
        parameters: the shipped set if left out.
        any_drug: room for every drug, so that no mixture of plans needs another program.
    """
    # Without a drug the program of one drug is run on a drug that nobody gets: one program less to compile.
    drugs = list(range(len(DRUGS))) if any_drug else _used_drugs(schedules) or [0]
    rows, p = _usual(tuple(drugs)) if parameters is None else _set_up(parameters, tuple(drugs))
    room = _room(schedules, drugs)
    stacked = _stack(schedules, years * OUTPUTS, PER, drugs, STEP_DAYS, doses=room)
    people = People(*(np.asarray(getattr(cohort, field)) for field in People._fields))  # type: ignore[arg-type]
    shape = Shape(PER, 1, fates, outputs)
    begin, year = _programs(shape)
    key, plan = jnp.uint32(seed), np.asarray(plan_index, np.int32)
    program = shape, len(drugs), room, len(plan), len(schedules)
    carry, first = _compiled_once((begin, program), lambda: begin(people, rows, p, key))
    found, marks = [{name: value[None] for name, value in first.items()}], []
    for i in range(years):
        part = Schedules(*(field[i * OUTPUTS : (i + 1) * OUTPUTS] for field in stacked))  # type: ignore[arg-type]
        carry, now, mark = _compiled_once(
            (year, program), partial(year, carry, people, plan, part, rows, p, key)
        )
        found.append(now)
        marks.append(mark)
    return _course(found, np.concatenate([np.asarray(mark) for mark in marks]), years, outputs)


def _course(parts: list[dict[str, Any]], marks: np.ndarray, years: int, outputs: tuple[str, ...]) -> Course:
    when, site, person = np.nonzero(marks)
    at = (when + (marks[when, site, person] - 1.0) / 254.0) / WEEKS
    order = np.lexsort((site, at, person))
    return Course(
        time_years=np.arange(years * OUTPUTS + 1) / OUTPUTS,
        outputs={name: np.concatenate([np.asarray(part[name]) for part in parts]) for name in outputs},
        fracture_person=person[order],
        fracture_site=site[order],
        fracture_years=at[order],
    )
