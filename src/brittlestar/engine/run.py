"""Run a cohort under plans: what comes in checked and arranged, what comes out as one course."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np

from brittlestar._shared.errors import InputError, nearest
from brittlestar._shared.parameters import DAYS_PER_YEAR
from brittlestar.drugs.catalogue import DRUGS
from brittlestar.engine.forcing import Reference, known_table, load_reference
from brittlestar.engine.parameters import Parameters, default_parameters
from brittlestar.engine.program import Inputs, Schedules, Shape
from brittlestar.engine.readout import UNITS
from brittlestar.engine.side_by_side import in_batches, in_vectors
from brittlestar.engine.state import People

IV_SUBSTEP_DAYS = 7.0
"""Longest part of a step while infusions are planned."""

JUST_BEFORE = 0.3
"""An infusion later in a step than this share of it is still felt as recent in the next."""


Schedule = Any
"""Care of one plan step by step: whatever has the fields of ``care.Schedule``."""


@dataclass(frozen=True)
class Course:
    """What happened: outputs over time for every person, and every fracture."""

    time_years: np.ndarray
    """[T], the first is entry"""
    outputs: dict[str, np.ndarray]
    """name -> [T, person]"""
    fracture_person: np.ndarray
    """index of the person in the cohort, one entry per fracture, sorted by person and time"""
    fracture_site: np.ndarray
    fracture_years: np.ndarray
    """time since entry"""

    def __getitem__(self, name: str) -> np.ndarray:
        if name not in self.outputs:
            raise InputError("course output", name, nearest(name, self.outputs))
        return self.outputs[name]

    @property
    def failed(self) -> np.ndarray:
        """Indices of people with a non-finite output: they are counted, never dropped silently."""
        bad = [~np.isfinite(values).all(axis=0) for values in self.outputs.values()]
        return np.flatnonzero(np.any(bad, axis=0)) if bad else np.zeros(0, int)


def _doses(
    s: Schedule, drugs: list[int], room: int | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Infusions of all drugs in one list per step, in order of time: amount [step, dose, 5], day, drug.

    A place without a dose has amount 0, day 0, drug 0.
    """
    amount = np.asarray(s.iv_amount, np.float64)[:, drugs]
    steps, count = len(amount), int(np.prod(amount.shape[1:3]))
    amount = amount.reshape(steps, count, 5)
    day = np.asarray(s.iv_day, np.float64)[:, drugs].reshape(steps, count)
    drug = np.broadcast_to(np.repeat(np.arange(len(drugs)), count // max(len(drugs), 1)), (steps, count))
    given = np.any(amount[..., :3] != 0.0, axis=-1)
    most = int(given.sum(axis=1).max(initial=0)) if room is None else room
    order = np.argsort(np.where(given, day, np.inf), axis=1, kind="stable")[:, :most]
    kept = np.take_along_axis(given, order, axis=1)
    amount = np.take_along_axis(amount, order[..., None], axis=1) * kept[..., None]
    # The cap of a place without a dose is infinite, and infinity times 0 is not 0.
    amount[~kept] = 0.0
    day, drug = (np.take_along_axis(v, order, axis=1) * kept for v in (day, drug))
    short = ((0, 0), (0, most - order.shape[1]))
    return np.pad(amount, (*short, (0, 0))), np.pad(day, short), np.pad(drug, short)


def _stack(
    schedules: Sequence[Schedule],
    outputs: int,
    per: int,
    drugs: list[int],
    step_days: float = 7.0,
    doses: int | None = None,
) -> Schedules:
    """Care of every plan as the program reads it.

    Args:
        schedules: one per plan.
        outputs: number of outputs after entry.
        per: steps between them.
        drugs: rows of the drugs of the run.
        step_days: length of a step.
        doses: room for infusions in a step; as many as there are if left out.
    """

    def arranged(parts: list[Any]) -> np.ndarray:
        stacked = np.stack([np.asarray(part) for part in parts], axis=1)
        return stacked.reshape(outputs, per, *stacked.shape[1:])

    def gather(field: str) -> np.ndarray:
        return arranged([np.asarray(getattr(s, field), np.float64) for s in schedules])

    if doses is None:
        doses = _room(schedules, drugs)
    amount, day, drug = (arranged(list(part)) for part in zip(*(_doses(s, drugs, doses) for s in schedules)))
    given = np.any(amount[..., :3] != 0.0, axis=-1)
    infused = given.any(axis=-1).reshape(outputs * per, -1)
    late = (given & (day > JUST_BEFORE * step_days)).any(axis=-1).reshape(outputs * per, -1)
    infused[1:] |= late[:-1]
    return Schedules(
        iv=amount.swapaxes(-1, -2),
        iv_day=day,
        iv_drug=drug.astype(np.int32),
        oral=np.moveaxis(gather("oral_rate"), -1, -2)[..., drugs],
        calcium=gather("calcium_mg_per_day"),
        D25=gather("vitamin_d_nmol_per_l"),
        activity=gather("activity"),
        immobilised=gather("immobilised"),
        rankl=gather("rankl"),
        formation=gather("formation"),
        limb_hazard=gather("limb_hazard"),
        infused=infused.reshape(outputs, per, -1),
    )  # type: ignore[arg-type]


def _used_drugs(schedules: Sequence[Schedule], least: int = 0) -> list[int]:
    """Rows of the drugs that are given, and of the first others until there are ``least``."""
    every = range(len(schedules[0].drugs))
    used = [
        i
        for i in every
        if any(np.any(s.iv_amount[:, i, :, :3]) or np.any(s.oral_rate[:, i, :3]) for s in schedules)
    ]
    others = [i for i in every if i not in used]
    return sorted(used + others[: max(least - len(used), 0)])


def _room(schedules: Sequence[Schedule], drugs: list[int], least: int = 0) -> int:
    """Places for infusions in a step."""
    return max(least, *(_doses(s, drugs)[1].shape[1] for s in schedules))


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
        if len(s.calcium_mg_per_day) < steps:
            raise InputError(
                f"schedules[{i}]", len(s.calcium_mg_per_day), f"accepted: at least {steps} steps"
            )
        if s.drugs != schedules[0].drugs:
            raise InputError(
                f"schedules[{i}].drugs", s.drugs, f"accepted: {schedules[0].drugs}, as the first"
            )
    for name in outputs:
        if name not in UNITS:
            raise InputError("outputs", name, nearest(name, UNITS, "UNITS in brittlestar.engine.readout"))


def _check_backend(backend: str, precision: str) -> None:
    for name, value, accepted in (
        ("backend", backend, ("native", "xla")),
        ("precision", precision, ("float64", "float32")),
    ):
        if value not in accepted:
            raise InputError(name, value, nearest(value, accepted))


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


def simulate_cohort(
    cohort: Any,
    schedules: Sequence[Schedule],
    plan_index: Any,
    years: float,
    *,
    seed: int = 1,
    parameters: Parameters | None = None,
    reference: Reference | None = None,
    step_days: float = 7.0,
    output_days: float = 28.0,
    outputs: Sequence[str] = tuple(UNITS),
    fates: bool = True,
    substeps: int | None = None,
    workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
    precision: str = "float64",
    backend: str = "native",
    drugs: int = 0,
    slots: int = 0,
) -> Course:
    """Everyone's course under their plan.

    Args:
        cohort: people (``people.Cohort``), n of them.
        schedules: one per plan, each with at least the steps of the run.
        plan_index: which schedule each person follows [n].
        years: length of the run; rounded up to whole output intervals.
        seed: key of the fracture fates.
        parameters: defaults to the shipped set.
        reference: healthy growth and density; defaults to the shipped reference.
        step_days: length of a step.
        output_days: time between outputs, a multiple of the step.
        outputs: names to keep (see ``engine.readout.UNITS``).
        fates: ``False`` gives the expected course without fracture events.
        substeps: parts of a step; default 1, more while infusions are planned and steps are long.
        workers: stretches of people side by side; default the number of cores.
        progress: called with (people done, people in all).
        precision: ``"float64"``, or ``"float32"``: twice as fast, to about 1e-5.
        backend: ``"native"`` machine code, or ``"xla"``, which agrees with it to rounding and also runs on
            the GPU that JAX finds.
        drugs: room for at least so many drugs, beyond those given; with the next, it lets runs of different
            plans share one program.
        slots: room for at least so many infusions in a step.

    Raises:
        InputError: empty cohort, unknown output, schedules that do not fit, bad times, unknown precision or
            backend.
    """
    plan_index = np.asarray(plan_index, np.int32)
    n_outputs, per = steps_for(years, step_days, output_days)
    _check(cohort, schedules, plan_index, n_outputs * per, outputs)
    _check_backend(backend, precision)
    schedules = [_head(s, n_outputs * per) for s in schedules]
    used = _used_drugs(schedules, drugs)
    stacked = _stack(schedules, n_outputs, per, used, step_days, doses=_room(schedules, used, slots))
    if substeps is None:
        substeps = int(np.ceil(step_days / IV_SUBSTEP_DAYS)) if stacked.iv_day.shape[-1] else 1
    # A plain number and an array of one are two types to the compiler; all sets are to share one program.
    p = jax.tree.map(lambda leaf: np.asarray(leaf, np.float64), parameters or default_parameters())
    rows = known_table(reference or load_reference(), p)
    pick = np.array([DRUGS.index(schedules[0].drugs[i]) for i in used], int)
    p = p._replace(drugs=type(p.drugs)(*(np.asarray(column)[pick][:, None] for column in p.drugs)))
    people = People(*(np.asarray(getattr(cohort, field)) for field in People._fields))
    inputs = Inputs(people, plan_index, stacked, rows, p, np.float64(step_days), np.uint32(seed))
    shape = Shape(per, substeps, fates, tuple(outputs))
    run = in_vectors if backend == "native" else in_batches
    values, (when, site, person, mark) = run(
        inputs, shape, workers or os.cpu_count() or 1, precision, progress
    )
    years_at = (when + (mark - 1.0) / 254.0) * step_days / DAYS_PER_YEAR
    order = np.lexsort((site, years_at, person))
    return Course(
        time_years=np.arange(n_outputs + 1) * output_days / DAYS_PER_YEAR,
        outputs=values,
        fracture_person=person[order],
        fracture_site=site[order],
        fracture_years=years_at[order],
    )


def _head(s: Schedule, steps: int) -> Schedule:
    from types import SimpleNamespace

    fields = (
        "iv_amount",
        "iv_day",
        "oral_rate",
        "calcium_mg_per_day",
        "vitamin_d_nmol_per_l",
        "activity",
        "immobilised",
        "rankl",
        "formation",
        "limb_hazard",
    )
    return SimpleNamespace(drugs=s.drugs, **{f: np.asarray(getattr(s, f))[:steps] for f in fields})  # type: ignore[return-value]
