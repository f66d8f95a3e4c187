"""Typical people of every cohort under every plan, simulated together: from free parameters to read-outs.

Courses of like length and kind of treatment share one compiled program; its Jacobian by forward mode.
"""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from brittlestar._shared.parameter_files import DAYS_PER_MONTH
from brittlestar._shared.schedule import Schedule
from brittlestar.drugs.catalogue import DRUGS
from brittlestar.engine.care_tables import Calendar, calendar, care_tables, regular
from brittlestar.engine.program import Inputs, course
from brittlestar.engine.run import used_drugs
from brittlestar.evidence.calibration.free_parameters import FreeParameter, prior_centres, with_theta
from brittlestar.evidence.calibration.targets import Target, Targets, plan_of
from brittlestar.evidence.calibration.typical_people import TypicalPeople, typical_people
from brittlestar.model.healthy_table import Reference, load_reference, table
from brittlestar.model.parameters import Parameters
from brittlestar.model.row import Row, Shape, Tables
from brittlestar.model.state import People

STEP_DAYS, OUTPUT_DAYS = 7.0, 28.0
SUBSTEPS = 1
"""Whole weeks, as the engine runs by default."""

_LENGTHS = (1.0, 2.0, 4.0, 15.0)
"""Years to which runs are rounded up: few programs, little wasted time."""

_COMPILE_FAST = {"xla_backend_optimization_level": 1}
"""A large program that runs a few dozen times: compiling it well would cost more than it saves."""

CohortUnderPlan = tuple[str, str]
"""Cohort and plan by name."""


@dataclass(frozen=True)
class Reading:
    """One output of the people of one arm at one time."""

    arm: CohortUnderPlan
    output: str
    months: float


def readings(targets: Iterable[Target]) -> list[Reading]:
    """Everything that the targets look at, each once, in a fixed order."""
    wanted = {
        Reading(arm, output, months): None
        for target in targets
        for arm in target.arms
        for output in target.outputs
        for months in (target.from_months, *(visit.months for visit in target.visits))
    }
    return list(wanted)


@dataclass(frozen=True)
class SharedProgram:
    """Arms that share a program."""

    arms: tuple[CohortUnderPlan, ...]
    readings: tuple[Reading, ...]
    years: float
    times: Calendar
    people: dict[str, np.ndarray]
    enriched: np.ndarray
    schedules: tuple[Schedule, ...]
    plan: np.ndarray
    start: dict[CohortUnderPlan, int]
    size: dict[CohortUnderPlan, int]
    rows: Row
    pieces: np.ndarray
    drugs: tuple[int, ...]

    @property
    def outputs(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(r.output for r in self.readings))

    @property
    def data(self) -> tuple[Any, ...]:
        """Arrays that the program takes beside theta; as constants they would slow its compilation down."""
        return self.people, self.enriched, self.plan, self.rows, self.pieces

    def place(self, reading: Reading) -> tuple[int, slice]:
        """Row of the outputs and people of a reading."""
        row = int(np.argmin(np.abs(np.append(0.0, self.times.days) - reading.months * DAYS_PER_MONTH)))
        first = self.start[reading.arm]
        return row, slice(first, first + self.size[reading.arm])

    def program(self, free: Sequence[FreeParameter]) -> Callable[..., Any]:
        """From theta and all other parameters to the readings, people of one after another."""
        cut = bool(self.drugs) or self.times.cuts_steps
        shape = Shape(SUBSTEPS, cut, False, self.outputs)
        pick = np.array(self.drugs, int)
        places = [(r.output, *self.place(r)) for r in self.readings]

        def run(theta: Any, base: Parameters, data: Any, reference: Reference) -> Any:
            people, enriched, plan, rows, pieces = data
            p = with_theta(base, free, theta)
            frailty = people["frailty"] * jnp.where(enriched, p.fracture.enr, 1.0)
            people = People(**{**people, "frailty": frailty})
            references = table(reference, p)
            columns = [jnp.asarray(column)[pick][:, None] for column in p.drugs]
            p = p._replace(drugs=type(p.drugs)(*columns))  # type: ignore[arg-type]
            tables = Tables(references, pieces, jnp.float64(STEP_DAYS), jnp.uint32(0))
            out, _ = course(Inputs(people, plan, rows, tables, p), shape)
            return jnp.concatenate([out[name][row, who] for name, row, who in places])

        return run


def _years_needed(arm: CohortUnderPlan, wanted: Sequence[Reading]) -> float:
    months = max(r.months for r in wanted if r.arm == arm)
    return next(years for years in _LENGTHS if months / 12.0 <= years + 1e-9)


def _shared_program(
    arms: list[CohortUnderPlan], years: float, wanted: Sequence[Reading], found: Targets
) -> SharedProgram:
    plans = {arm: plan_of(arm[1]) for arm in arms}
    mine = tuple(r for r in wanted if r.arm in plans)
    # What is read on the day of a dose is from before it: every reading is an output.
    read = [r.months * DAYS_PER_MONTH for r in mine if r.months > 0.0]
    times = calendar(STEP_DAYS, np.unique(np.round([*regular(years, STEP_DAYS, OUTPUT_DAYS), *read], 9)))
    schedules, index, people, enriched = [], [], [], []
    start: dict[CohortUnderPlan, int] = {}
    size: dict[CohortUnderPlan, int] = {}
    for arm in arms:
        plan = plans[arm]
        typical = typical_people(found.cohorts[arm[0]], bool(plan.regimens))
        start[arm], size[arm] = sum(size.values()), len(typical.weight)
        ages = typical.people["age_years"] if plan.needs_age else np.zeros(len(typical.weight))
        for age in np.unique(ages):
            schedules.append(
                plan.schedule(times.steps, STEP_DAYS, age_years=age if plan.needs_age else None, drugs=DRUGS)
            )
        index.append(len(schedules) - len(np.unique(ages)) + np.searchsorted(np.unique(ages), ages))
        people.append(typical.people)
        enriched.append(np.full(len(typical.weight), typical.enriched))
    drugs = used_drugs(schedules)
    rows, pieces = care_tables(schedules, times, drugs, STEP_DAYS, SUBSTEPS)
    return SharedProgram(
        arms=tuple(arms),
        readings=mine,
        years=years,
        times=times,
        people={k: np.concatenate([one[k] for one in people]) for k in people[0]},
        enriched=np.concatenate(enriched),
        schedules=tuple(schedules),
        plan=np.concatenate(index).astype(np.int32),
        start=start,
        size=size,
        rows=rows,
        pieces=pieces,
        drugs=tuple(drugs),
    )


def shared_programs(found: Targets, *, alike: bool = True) -> list[SharedProgram]:
    """All arms, sorted into programs.

    Args:
        found: the targets and their cohorts.
        alike: courses of like length and kind of treatment share a program; else all share one.
    """
    wanted = readings(found.targets)
    arms = list(dict.fromkeys(r.arm for r in wanted))
    if not alike:
        return [_shared_program(arms, max(_years_needed(arm, wanted) for arm in arms), wanted, found)]
    sorted_arms: dict[tuple[float, bool], list[CohortUnderPlan]] = {}
    for arm in arms:
        infused = any(r.route == "iv" for r in plan_of(arm[1]).regimens)
        sorted_arms.setdefault((_years_needed(arm, wanted), infused), []).append(arm)
    return [_shared_program(arms, years, wanted, found) for (years, _), arms in sorted(sorted_arms.items())]


class TypicalReadings:
    """Who was simulated for some targets, and where each reading sits in the vector of all readings."""

    def __init__(self, found: Targets, *, alike: bool = True):
        self.targets, self.groups = found, shared_programs(found, alike=alike)

    @cached_property
    def places(self) -> dict[Reading, slice]:
        """Where each reading sits in the flat vector."""
        found, at = {}, 0
        for group in self.groups:
            for r in group.readings:
                found[r] = slice(at, at + group.size[r.arm])
                at += group.size[r.arm]
        return found

    @cached_property
    def people(self) -> dict[CohortUnderPlan, TypicalPeople]:
        """Who stands for each arm."""
        return {
            arm: typical_people(self.targets.cohorts[arm[0]], bool(plan_of(arm[1]).regimens))
            for group in self.groups
            for arm in group.arms
        }


class Simulator(TypicalReadings):
    """Readings and their Jacobian at any theta; programs compile at the first call."""

    def __init__(
        self,
        found: Targets,
        free: Sequence[FreeParameter],
        base: Parameters,
        reference: Reference | None = None,
        workers: int = 2,
    ):
        super().__init__(found)
        self.free, self.workers = tuple(free), workers
        self.base = jax.tree.map(lambda x: np.asarray(x, np.float64), base)
        self.reference = reference or load_reference()
        self._programs = [group.program(self.free) for group in self.groups]
        self._compiled: dict[tuple[int, bool], Callable[..., Any]] = {}

    def _program(self, i: int, slopes: bool) -> Callable[..., Any]:
        """A group's program, or that of its derivatives, compiled at first use."""
        if (i, slopes) not in self._compiled:
            run = self._programs[i]
            lowered = jax.jit(jax.jacfwd(run) if slopes else run).lower(
                prior_centres(self.free), self.base, self.groups[i].data, self.reference
            )
            self._compiled[i, slopes] = lowered.compile(_COMPILE_FAST)
        return self._compiled[i, slopes]

    def _all(self, theta: Any, slopes: bool, base: Parameters | None = None) -> np.ndarray:
        theta = np.asarray(theta, np.float64)
        base = self.base if base is None else jax.tree.map(lambda x: np.asarray(x, np.float64), base)

        def one(i: int) -> np.ndarray:
            return np.asarray(self._program(i, slopes)(theta, base, self.groups[i].data, self.reference))

        # The longest programs come last in the list and start first.
        with ThreadPoolExecutor(self.workers) as pool:
            parts = list(pool.map(one, reversed(range(len(self.groups)))))
        return np.concatenate(parts[::-1])

    def read(self, theta: Any, base: Parameters | None = None) -> np.ndarray:
        """All readings [reading x person]; ``base`` replaces the values of all other parameters."""
        return self._all(theta, slopes=False, base=base)

    def jacobian(self, theta: Any, base: Parameters | None = None) -> np.ndarray:
        """Their derivatives by theta [reading x person, parameter]."""
        return self._all(theta, slopes=True, base=base)
