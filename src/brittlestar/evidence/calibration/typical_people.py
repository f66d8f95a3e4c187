"""Typical people of every cohort under every plan, simulated together: from free parameters to read-outs.

Lanes of like length and kind of treatment share one compiled program; its Jacobian by forward mode.
"""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from brittlestar._shared.parameter_files import DAYS_PER_YEAR, load
from brittlestar.drugs.catalogue import DRUGS
from brittlestar.engine.care_tables import Calendar, calendar, care_tables, regular
from brittlestar.engine.program import Shape, course
from brittlestar.engine.run import used_drugs
from brittlestar.evidence.calibration.free_parameters import FreeParameter, prior_centres, with_theta
from brittlestar.evidence.calibration.targets import Target, TargetCohort, Targets, plan_of
from brittlestar.model.amounts_given import Care
from brittlestar.model.healthy import Reference, load_reference, table
from brittlestar.model.parameters import Parameters
from brittlestar.model.state import People
from brittlestar.people.oi_types import TYPES

STEP_DAYS, OUTPUT_DAYS = 7.0, 28.0
SUBSTEPS = 1
"""Whole weeks, as the engine runs by default."""

DAYS_PER_MONTH = DAYS_PER_YEAR / 12.0
_LENGTHS = (1.0, 2.0, 4.0, 15.0)
"""Years to which runs are rounded up: few programs, little wasted time."""

_COMPILE_FAST = {"xla_backend_optimization_level": 1}
"""A large program that runs a few dozen times: compiling it well would cost more than it saves."""

Arm = tuple[str, str]
"""Cohort and plan."""


@dataclass(frozen=True)
class Lanes:
    """The lanes of one cohort under one plan."""

    people: dict[str, np.ndarray]
    weight: np.ndarray
    """sums to 1"""
    capture: np.ndarray
    enriched: bool


def trait(name: str) -> float:
    """A number of ``people/traits.toml``: how people of one type differ."""
    return float(load("brittlestar.people", "traits.toml")[name].value)


def _spread(cohort: TargetCohort, treated: bool) -> list[tuple[float, float, float]]:
    """Nodes (ln sensitivity to the drug, ln calcium intake, weight) whose mean is that over people.

    Third-degree cubature: the middle, and each of the two at +-sqrt(3) SD with weight 1/6. The effect of
    vitamin D is carried by the intake, because the two act together as calcium absorbed.
    """
    traits = load("brittlestar.people", "traits.toml")
    calcium = load("brittlestar.bone", "calcium.toml")
    D, half, rest, rise = (float(calcium[name].value) for name in ("D_usual", "D_half", "abs_0", "abs_D"))
    by_D = rise * half * D / (D + half) ** 2 / (rest + rise * D / (D + half))
    intake = np.hypot(trait("calcium_spread"), by_D * trait("vitamin_d_spread"))
    variance = trait("eta_drug") ** 2
    if cohort.spread == "oral":
        a, b = traits["adherence_shape"].value
        variance += trait("eta_absorption") ** 2 + b / (a * (a + b + 1.0))
    axes = []
    if cohort.spread in ("iv", "oral") and treated:
        axes.append((np.sqrt(3.0 * variance), 0.0))
    if cohort.spread != "none":
        axes.append((0.0, np.sqrt(3.0) * intake))
    nodes = [(sign * drug, sign * calcium, 1.0 / 6.0) for drug, calcium in axes for sign in (-1.0, 1.0)]
    return [(0.0, 0.0, 1.0 - sum(w for *_, w in nodes)), *nodes]


def lanes_of(cohort: TargetCohort, treated: bool) -> Lanes:
    """Every combination of age, sex, type and node of the spread, weighted."""
    total = sum(cohort.types.values())
    rows = [
        (age, sex, TYPES.index(word), drug, intake, share / total * sex_share * w / len(cohort.ages))
        for age in cohort.ages
        for sex, sex_share in ((0, 1.0 - cohort.female), (1, cohort.female))
        if sex_share > 0
        for word, share in cohort.types.items()
        for drug, intake, w in _spread(cohort, treated)
    ]
    age, sex, kind, drug, intake, weight = np.array(rows).T
    zero, one = np.zeros(len(rows)), np.ones(len(rows))
    capture = np.array([cohort.capture.get(TYPES[int(k)], 1.0) for k in kind])
    people = {
        "id": np.arange(len(rows)),
        "age_years": age,
        "sex": sex.astype(np.int8),
        "oi_type": kind.astype(np.int8),
        "height_z": zero,
        "weight_factor": one,
        "eta_activity": zero,
        "eta_bone": zero,
        "eta_drug": drug,
        "eta_absorption": zero,
        "frailty": one,
        "adherence": one,
        "calcium_mg_per_day": trait("calcium_typical") * np.exp(intake),
        "vitamin_d_nmol_per_l": one * trait("vitamin_d_typical"),
    }
    return Lanes(people, weight, capture, cohort.enriched)


@dataclass(frozen=True)
class Reading:
    """One output of one arm's lanes at one time."""

    arm: Arm
    output: str
    months: float


def readings(targets: Iterable[Target]) -> list[Reading]:
    """Everything that the targets look at, each once, in a fixed order."""
    wanted = {
        Reading(arm, output, months): None
        for target in targets
        for arm in target.arms
        for output in target.outputs
        for months in (target.from_months, target.months)
    }
    return list(wanted)


@dataclass(frozen=True)
class Group:
    """Arms that share a program."""

    arms: tuple[Arm, ...]
    readings: tuple[Reading, ...]
    years: float
    times: Calendar
    people: dict[str, np.ndarray]
    enriched: np.ndarray
    plan: np.ndarray
    start: dict[Arm, int]
    size: dict[Arm, int]
    care: Care
    pieces: np.ndarray
    drugs: tuple[int, ...]

    @property
    def outputs(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(r.output for r in self.readings))

    @property
    def data(self) -> tuple[Any, ...]:
        """Arrays that the program takes beside theta; as constants they would slow its compilation down."""
        return self.people, self.enriched, self.plan, self.care, self.pieces

    def program(self, free: Sequence[FreeParameter]) -> Callable[..., Any]:
        """From theta and all other parameters to the group's readings, lanes of one after another."""
        shape = Shape(self.times.start.shape[1], SUBSTEPS, bool(self.drugs), False, self.outputs)
        pick = np.array(self.drugs, int)
        places = []
        for r in self.readings:
            row = int(np.argmin(np.abs(np.append(0.0, self.times.days) - r.months * DAYS_PER_MONTH)))
            places.append((r.output, row, slice(self.start[r.arm], self.start[r.arm] + self.size[r.arm])))

        def run(theta: Any, base: Parameters, data: Any, reference: Reference) -> Any:
            people, enriched, plan, care, pieces = data
            p = with_theta(base, free, theta)
            frailty = people["frailty"] * jnp.where(enriched, p.fracture.enr, 1.0)
            people = People(**{**people, "frailty": frailty})
            rows = table(reference, p)
            columns = [jnp.asarray(column)[pick][:, None] for column in p.drugs]
            p = p._replace(drugs=type(p.drugs)(*columns))  # type: ignore[arg-type]
            days, seed = jnp.float64(STEP_DAYS), jnp.uint32(0)
            out, _ = course(people, plan, care, pieces, rows, p, days, seed, shape)
            return jnp.concatenate([out[name][row, lanes] for name, row, lanes in places])

        return run


def _years_needed(arm: Arm, wanted: Sequence[Reading]) -> float:
    months = max(r.months for r in wanted if r.arm == arm)
    return next(years for years in _LENGTHS if months / 12.0 <= years + 1e-9)


def _group(arms: list[Arm], years: float, wanted: Sequence[Reading], found: Targets) -> Group:
    plans = {arm: plan_of(arm[1]) for arm in arms}
    mine = tuple(r for r in wanted if r.arm in plans)
    # What is read on the day of a dose is from before it: every reading is an output.
    read = [r.months * DAYS_PER_MONTH for r in mine if r.months > 0.0]
    times = calendar(STEP_DAYS, np.unique(np.round([*regular(years, STEP_DAYS, OUTPUT_DAYS), *read], 9)))
    schedules, index, people, enriched = [], [], [], []
    start: dict[Arm, int] = {}
    size: dict[Arm, int] = {}
    for arm in arms:
        plan = plans[arm]
        lanes = lanes_of(found.cohorts[arm[0]], bool(plan.regimens))
        start[arm], size[arm] = sum(size.values()), len(lanes.weight)
        ages = lanes.people["age_years"] if plan.needs_age else np.zeros(len(lanes.weight))
        for age in np.unique(ages):
            schedules.append(
                plan.schedule(times.steps, STEP_DAYS, age_years=age if plan.needs_age else None, drugs=DRUGS)
            )
        index.append(len(schedules) - len(np.unique(ages)) + np.searchsorted(np.unique(ages), ages))
        people.append(lanes.people)
        enriched.append(np.full(len(lanes.weight), lanes.enriched))
    drugs = used_drugs(schedules)
    care, pieces = care_tables(schedules, times, drugs, STEP_DAYS, SUBSTEPS)
    return Group(
        arms=tuple(arms),
        readings=mine,
        years=years,
        times=times,
        people={k: np.concatenate([one[k] for one in people]) for k in people[0]},
        enriched=np.concatenate(enriched),
        plan=np.concatenate(index).astype(np.int32),
        start=start,
        size=size,
        care=care,
        pieces=pieces,
        drugs=tuple(drugs),
    )


def groups(found: Targets) -> list[Group]:
    """All lanes, sorted into programs."""
    wanted = readings(found.targets)
    sorted_arms: dict[tuple[float, bool], list[Arm]] = {}
    for arm in dict.fromkeys(r.arm for r in wanted):
        infused = any(r.route == "iv" for r in plan_of(arm[1]).regimens)
        sorted_arms.setdefault((_years_needed(arm, wanted), infused), []).append(arm)
    return [_group(arms, years, wanted, found) for (years, _), arms in sorted(sorted_arms.items())]


class Simulator:
    """Readings and their Jacobian at any theta; programs compile at the first call."""

    def __init__(
        self,
        found: Targets,
        free: Sequence[FreeParameter],
        base: Parameters,
        reference: Reference | None = None,
        workers: int = 2,
    ):
        self.targets, self.free, self.workers = found, tuple(free), workers
        self.base = jax.tree.map(lambda x: np.asarray(x, np.float64), base)
        self.groups = groups(found)
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
    def lanes(self) -> dict[Arm, Lanes]:
        """Weights of each arm's lanes."""
        return {
            arm: lanes_of(self.targets.cohorts[arm[0]], bool(plan_of(arm[1]).regimens))
            for group in self.groups
            for arm in group.arms
        }

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
        """All readings [reading x lane]; ``base`` replaces the values of all other parameters."""
        return self._all(theta, slopes=False, base=base)

    def jacobian(self, theta: Any, base: Parameters | None = None) -> np.ndarray:
        """Their derivatives by theta [reading x lane, parameter]."""
        return self._all(theta, slopes=True, base=base)
