"""Run a cohort under plans: what comes in checked and arranged, what comes out as one course."""

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import numpy as np

from brittlestar._shared.at_a_glance import Glance
from brittlestar._shared.errors import InputError, nearest
from brittlestar._shared.parameter_files import DAYS_PER_YEAR
from brittlestar._shared.schedule import Schedule
from brittlestar._shared.table import Column, Table, number
from brittlestar._shared.tabled import Grid, Gridded
from brittlestar.drugs.catalogue import DRUGS
from brittlestar.drugs.dose_rule import is_given
from brittlestar.engine.batches import in_batches, in_vectors, on_device
from brittlestar.engine.care_tables import Calendar, calendar, care_tables, regular
from brittlestar.engine.healthy_tables import known_table
from brittlestar.engine.program import Inputs
from brittlestar.model.healthy_table import Reference, load_reference
from brittlestar.model.outputs import UNITS
from brittlestar.model.parameter_sets import parameters_of
from brittlestar.model.parameters import Parameters
from brittlestar.model.row import Shape, Tables
from brittlestar.model.state import People

IV_SUBSTEP_DAYS = 7.0
"""Longest part of a step while infusions are planned."""


RUN_BY = {"native": in_vectors, "xla": in_batches, "cuda": on_device}
"""What runs a prepared course, by name."""

_ROUNDING = 1e-9
"""Years by which a time may miss an output through rounding and be at it."""


def along(values: np.ndarray, times: np.ndarray, when: Any, person: Any = None) -> np.ndarray:
    """Values [time, person] at other times, linear between them, constant beyond; see :meth:`Course.at`."""
    place = np.interp(np.asarray(when, np.float64), times, np.arange(len(times)))
    low = np.clip(np.floor(place + 1e-6).astype(int), 0, max(len(times) - 2, 0))
    high, share = np.minimum(low + 1, len(times) - 1), np.clip(place - low, 0.0, 1.0)
    if person is None:
        low, high, share = np.atleast_1d(low), np.atleast_1d(high), np.atleast_1d(share)[:, None]
        below, above = values[low], values[high]
    else:
        below, above = values[low, person], values[high, person]
    # At an output it is that output to the last bit, whatever stands beside it.
    return np.where(share < 1e-6, below, np.where(share > 1.0 - 1e-6, above, below + share * (above - below)))


@dataclass(frozen=True, repr=False)
class Course(Gridded):
    """What happened: outputs over time for every person, and every fracture.

    As a table, outputs alone: fractures are events, in ``fracture_years`` and the like.
    """

    time_years: np.ndarray
    """[T], the first is entry"""
    outputs: dict[str, np.ndarray]
    """name -> [T, person]"""
    fracture_person: np.ndarray
    """index of the person in the cohort, one entry per fracture, sorted by person and time"""
    fracture_site: np.ndarray
    fracture_years: np.ndarray
    """time since entry"""
    backend: str = "native"
    """what ran it in the end: another than was asked for where that could not"""

    def _glance(self) -> Glance:
        table = Table.of(Column("output", whole=True), Column("at the start", right=True),
                         Column("at the end", right=True), Column("unit", whole=True))  # fmt: skip
        for name, values in self.outputs.items():
            start, end = (float(row.mean()) for row in (values[0], values[-1]))
            table.row(name, number(start), number(end), UNITS.get(name, ""))
        people = next(iter(self.outputs.values())).shape[1] if self.outputs else 0
        title = f"Course of {people} people over {self.time_years[-1]:g} years: means"
        said = f"{self.fracture_years.size} fractures; course[name] is [time, person]"
        return Glance(title, table, (said,))

    def _grid(self) -> Grid:
        people = next(iter(self.outputs.values())).shape[1] if self.outputs else 0
        axes = {"time_years": self.time_years, "person": np.arange(people)}
        return Grid(axes, self.outputs, {name: UNITS.get(name, "") for name in self.outputs})

    def __getitem__(self, name: str) -> np.ndarray:
        if name not in self.outputs:
            raise InputError("course output", name, nearest(name, self.outputs))
        return self.outputs[name]

    def at(self, name: str, years: Any, person: Any = None) -> np.ndarray:
        """An output at times after entry, exact at output times and linear between them.

        Between two outputs with a dose between them that is a mixture of before and after: ask the run for an
        output at the time, or for :meth:`known_at`.

        Args:
            name: of the output.
            years: times [time].
            person: whose, broadcast against ``years``; everybody's [time, person] if left out.
        """
        return along(self[name], self.time_years, years, person)

    def known_at(self, name: str, years: Any, person: Any) -> np.ndarray:
        """The last output at or before these times, of these people: what is given then is not in it."""
        row = np.searchsorted(self.time_years, np.asarray(years) + _ROUNDING, side="right") - 1
        return self[name][np.maximum(row, 0), person]

    @property
    def failed(self) -> np.ndarray:
        """Indices of people with a non-finite output: they are counted, never dropped silently."""
        bad = [~np.isfinite(values).all(axis=0) for values in self.outputs.values()]
        return np.flatnonzero(np.any(bad, axis=0)) if bad else np.zeros(0, int)


def _given(rules: Any) -> bool:
    """Whether any rule of a table, columns last, gives anything."""
    return bool(np.any(is_given(np.moveaxis(np.asarray(rules), -1, 0))))


def used_drugs(schedules: Sequence[Schedule], least: int = 0) -> list[int]:
    """Rows of the drugs that are given, and of the first others until there are ``least``."""
    every = range(len(schedules[0].drugs))
    used = [
        i
        for i in every
        if any(_given(s.iv_amount[:, i]) or _given(s.care.oral_rate[:, i]) for s in schedules)
    ]
    others = [i for i in every if i not in used]
    return sorted(used + others[: max(least - len(used), 0)])


def _check(
    cohort: Any, schedules: Sequence[Schedule], plan_index: np.ndarray, steps: int, outputs: Sequence[str]
) -> None:
    if len(cohort) == 0:
        raise InputError("cohort", 0, "accepted: at least one person")
    if np.any(plan_index < 0) or np.any(plan_index >= len(schedules)):
        raise InputError(
            "plan_index", sorted(set(plan_index.tolist()))[:5], f"accepted: 0 to {len(schedules) - 1}"
        )
    for i, s in enumerate(schedules):
        if s.steps < steps:
            raise InputError(f"schedules[{i}]", s.steps, f"accepted: at least {steps} steps")
        if s.drugs != schedules[0].drugs:
            raise InputError(
                f"schedules[{i}].drugs", s.drugs, f"accepted: {schedules[0].drugs}, as the first"
            )
    for name in outputs:
        if name not in UNITS:
            raise InputError("outputs", name, nearest(name, UNITS, "UNITS in brittlestar.model.outputs"))


class Method(NamedTuple):
    """How courses are worked out; see :func:`simulate_cohort`."""

    precision: str = "float64"
    backend: str = "native"

    @classmethod
    def of(cls, precision: str, backend: str) -> "Method":
        """Checked.

        Raises:
            InputError: unknown precision or backend.
        """
        for name, value, accepted in (
            ("backend", backend, tuple(RUN_BY)),
            ("precision", precision, ("float64", "float32")),
        ):
            if value not in accepted:
                raise InputError(name, value, nearest(value, accepted))
        return cls(precision, backend)

    def told(self, ran_by: Iterable[str]) -> dict[str, str]:
        """For a manifest: the precision, and what ran the courses in the end, each once."""
        return {"precision": self.precision, "backend": " and ".join(sorted(set(ran_by)))}


class Prepared(NamedTuple):
    """A run as a program takes it, whichever does it."""

    inputs: Inputs
    shape: Shape
    times: Calendar


def prepare(
    cohort: Any,
    schedules: Sequence[Schedule],
    plan_index: Any,
    years: float,
    *,
    seed: int = 1,
    parameters: Parameters | str | None = None,
    reference: Reference | None = None,
    step_days: float = 7.0,
    output_days: float | Sequence[float] | np.ndarray = 28.0,
    outputs: Sequence[str] = tuple(UNITS),
    fates: bool = True,
    substeps: int | None = None,
    drugs: int = 0,
) -> Prepared:
    """Everything that a run reads; arguments and errors as for :func:`simulate_cohort`."""
    plan_index = np.asarray(plan_index, np.int32)
    days = regular(years, step_days, output_days) if np.isscalar(output_days) else output_days
    times = calendar(step_days, np.asarray(days, np.float64))
    _check(cohort, schedules, plan_index, times.steps, outputs)
    used = used_drugs(schedules, drugs)
    infused = any(_given(s.iv_amount[: times.steps]) for s in schedules)
    if substeps is None:
        substeps = int(np.ceil(step_days / IV_SUBSTEP_DAYS)) if infused else 1
    rows, pieces = care_tables(schedules, times, used, step_days, substeps)
    # A plain number and an array of one are two types to the compiler; all sets are to share one program.
    p = jax.tree.map(lambda leaf: np.asarray(leaf, np.float64), parameters_of(parameters))
    references = known_table(reference or load_reference(), p)
    pick = np.array([DRUGS.index(schedules[0].drugs[i]) for i in used], int)
    p = p._replace(drugs=type(p.drugs)(*(np.asarray(column)[pick][:, None] for column in p.drugs)))
    people = People(*(np.asarray(getattr(cohort, field)) for field in People._fields))
    tables = Tables(references, pieces, np.float64(step_days), np.uint32(seed))
    cut = bool(used) or times.cuts_steps
    shape = Shape(substeps, cut, fates, tuple(outputs))
    return Prepared(Inputs(people, plan_index, rows, tables, p), shape, times)


def simulate_cohort(
    cohort: Any,
    schedules: Sequence[Schedule],
    plan_index: Any,
    years: float,
    *,
    seed: int = 1,
    parameters: Parameters | str | None = None,
    reference: Reference | None = None,
    step_days: float = 7.0,
    output_days: float | Sequence[float] | np.ndarray = 28.0,
    outputs: Sequence[str] = tuple(UNITS),
    fates: bool = True,
    substeps: int | None = None,
    workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
    precision: str = "float64",
    backend: str = "native",
    drugs: int = 0,
) -> Course:
    """Everyone's course under their plan.

    Args:
        cohort: people (``people.Cohort``), n of them.
        schedules: one per plan, each with at least the steps of the run.
        plan_index: which schedule each person follows [n].
        years: length of the run; rounded up to whole output intervals, or to the last output.
        seed: key of the fracture fates.
        parameters: a set or its name; defaults to the shipped set.
        reference: healthy growth and density; defaults to the shipped reference.
        step_days: length of a step.
        output_days: time between outputs, a multiple of the step; or their days after entry, rising. An
            output between two steps cuts the step, and what is given on an output's day comes after it.
        outputs: names to keep (see ``model.outputs.UNITS``). Ionised calcium and parathyroid hormone are what
            the equations make of turnover under every care: under a drug that builds bone nobody knows their
            balance, and whoever tells them to people leaves them out (``care.withheld``).
        fates: ``False`` gives the expected course without fracture events.
        substeps: parts of a step; default 1, more while infusions are planned and steps are long.
        workers: stretches of people side by side; default the number of cores.
        progress: called with (people done, people in all).
        precision: ``"float64"``, or ``"float32"``: twice as fast, to about 1e-5.
        backend: ``"native"`` machine code; ``"cuda"``, the same on a CUDA device, a person in each thread,
            or on the processor after one warning where there is none; or ``"xla"``, which agrees with both to
            rounding and also runs on the GPU that JAX finds.
        drugs: room for at least so many drugs, beyond those given; with the next, it lets runs of different
            plans share one program.

    Raises:
        InputError: empty cohort, unknown output, schedules that do not fit, bad times, unknown precision or
            backend.
    """
    Method.of(precision, backend)
    inputs, shape, times = prepare(
        cohort,
        schedules,
        plan_index,
        years,
        seed=seed,
        parameters=parameters,
        reference=reference,
        step_days=step_days,
        output_days=output_days,
        outputs=outputs,
        fates=fates,
        substeps=substeps,
        drugs=drugs,
    )
    values, (when, site, person, mark), ran_by = RUN_BY[backend](
        inputs, shape, workers or os.cpu_count() or 1, precision, progress
    )
    start, length = times.start.ravel()[when], times.length.ravel()[when]
    years_at = (start + (mark - 1.0) / 254.0 * length) / DAYS_PER_YEAR
    order = np.lexsort((site, years_at, person))
    return Course(
        time_years=np.concatenate([[0.0], times.days]) / DAYS_PER_YEAR,
        outputs=values,
        fracture_person=person[order],
        fracture_site=site[order],
        fracture_years=years_at[order],
        backend=ran_by,
    )
