"""Targets of the calibration in symbols: what the fit makes of readings, traced over typical people.

What is read at entry is the untreated balance in closed form. What is read later is an output of a person's
equations, one set of them for each person. Nothing is written a second time: ``model.at_rest``,
``model.outputs`` and ``calibration.target_values`` are traced.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import jax.numpy as jnp
import numpy as np

from brittlestar._shared.parameter_files import DAYS_PER_MONTH
from brittlestar.engine.healthy_tables import known_table
from brittlestar.evidence.calibration.target_values import scaled, target_value
from brittlestar.evidence.calibration.targets import Target, Targets, plan_of
from brittlestar.evidence.calibration.typical_courses import (
    STEP_DAYS,
    CohortUnderPlan,
    Reading,
    TypicalReadings,
)
from brittlestar.evidence.calibration.typical_people import TypicalPeople
from brittlestar.exchange.constants import Constant
from brittlestar.exchange.expression import Graph, Value, counted
from brittlestar.exchange.model import ContinuousModel, continuous_model
from brittlestar.exchange.petab.fitted_numbers import as_fitted, in_symbols
from brittlestar.exchange.trace import Cells, cells, trace
from brittlestar.model.at_rest import rest
from brittlestar.model.healthy import LAST_AGE, PER_YEAR, healthy_at
from brittlestar.model.healthy_table import load_reference
from brittlestar.model.outputs import read
from brittlestar.model.parameters import Parameters
from brittlestar.model.state import People, traits
from brittlestar.people.oi_types import TYPES

MOST_PEOPLE = 16
"""Typical people whose courses one target may stand on: each is some forty equations of a file."""

TOLERANCE = 1e-9
"""Of the curves of healthy age, see ``exchange.curves``: closer than a single course needs."""

IN_TIME = ("healthy", "I")
"""Types of people whose courses a file tells with every fitted number that it has by name."""


@dataclass(frozen=True)
class Followed:
    """A typical person whose course is in a file."""

    prefix: str
    """of all names of theirs"""
    model: ContinuousModel


@dataclass(frozen=True)
class Values:
    """Values of targets as expressions."""

    graph: Graph
    of: dict[str, Value]
    """by the target's id, on the scale of its errors; symbols are constants and outputs of people"""
    day: dict[str, float]
    """when they are read"""
    constants: dict[str, Constant]
    """fitted numbers that the expressions use, by symbol"""
    people: tuple[Followed, ...]


def why_not(found: Targets, target: Target) -> str:
    """Why a target is no observable of one simulation; empty if it is one.

    Args:
        found: its cohorts.
        target: which.
    """
    if target.months == target.from_months == 0.0 and not target.window:
        return ""
    if target.window or (target.from_months > 0.0 and target.kind not in ("level", "rate")):
        return "read at two times after entry; a measurement is of one"
    sim = TypicalReadings(found.model_copy(update={"targets": (target,)}))
    who = [sim.people[arm] for arm in dict.fromkeys(target.arms)]
    if any(one.enriched for one in who):
        return "people chosen for their fractures, which a file of expected courses does not do"
    types = sorted({TYPES[kind] for one in who for kind in one.people["oi_type"]} - {*IN_TIME})
    if types:
        named = " and ".join(types)
        return f"courses of type {named}, whose fitted numbers are worked into the curves of a file"
    count = sum(len(one.weight) for one in who)
    if count > MOST_PEOPLE:
        return f"the mean over the courses of {count} typical people, and {MOST_PEOPLE} are the most here"
    return ""


def values(found: Targets, chosen: Sequence[Target]) -> Values:
    """Targets in symbols at the shipped numbers, people shared.

    Args:
        found: their cohorts.
        chosen: targets that are observables of one simulation, see :func:`why_not`.
    """
    p = as_fitted()
    sim = TypicalReadings(found.model_copy(update={"targets": tuple(chosen)}))
    graph = Graph()
    known, constants = in_symbols(graph, p)
    flat = np.empty(sum(len(sim.people[one.arm].weight) for one in sim.places), object)
    by_arm: dict[CohortUnderPlan, list[Reading]] = {}
    for reading in sim.places:
        by_arm.setdefault(reading.arm, []).append(reading)
    columns = _healthy_columns(sim, list(by_arm), p)
    people: list[Followed] = []
    for number, (arm, readings) in enumerate(by_arm.items(), start=1):
        first = tuple(dict.fromkeys(one.output for one in readings if one.months == 0.0))
        at_entry = _at_entry(graph, sim.people[arm], first, columns[arm], known) if first else {}
        later = [one for one in readings if one.months > 0.0]
        followed = _followed(f"a{number}", arm, sim.people[arm], later, p) if later else []
        people += followed
        for reading in readings:
            flat[sim.places[reading]] = (
                at_entry[reading.output]
                if reading.months == 0.0
                else np.array([graph.symbol(one.prefix + reading.output) for one in followed], object)
            )

    def of_targets(flat: Any) -> list[Any]:
        return [scaled(target, target_value(target, sim, flat)) for target in chosen]

    traced = trace(graph, of_targets, flat)
    of = {target.id: value.item() for target, value in zip(chosen, traced, strict=True)}
    used = {node.args[0] for node in counted(of.values()) if node.op == "symbol"}
    return Values(
        graph,
        of,
        {target.id: target.months * DAYS_PER_MONTH for target in chosen},
        {name: one for name, one in constants.items() if name in used},
        tuple(people),
    )


class _Columns:
    """Healthy references already looked up: whatever row is asked for, it is that of each person's age."""

    shape = (2, LAST_AGE * PER_YEAR + 1)
    """sex, age"""

    def __init__(self, row: Any):
        self.row = row

    def __getitem__(self, _: Any) -> Any:
        return self.row


def _healthy_columns(
    sim: TypicalReadings, arms: Sequence[CohortUnderPlan], p: Parameters
) -> dict[CohortUnderPlan, np.ndarray]:
    """Healthy references of everybody at entry [person, column], by arm; looked up at once."""
    rows = [sim.people[arm].people for arm in arms]
    whole: Any = {field: np.concatenate([row[field] for row in rows]) for field in People._fields}
    people = People(**whole)
    table = jnp.asarray(known_table(load_reference(), p))
    found = healthy_at(people.age_years, traits(people, p), table)
    count = len(people.id)
    columns = np.stack([np.broadcast_to(np.asarray(column), (count,)) for column in found], axis=-1)
    parts = np.split(columns, np.cumsum([len(row["id"]) for row in rows])[:-1])
    return dict(zip(arms, parts, strict=True))


def _at_entry(
    graph: Graph, typical: TypicalPeople, outputs: tuple[str, ...], columns: np.ndarray, known: Any
) -> Mapping[str, Cells]:
    """Outputs of typical people at entry [person] in symbols.

    Args:
        graph: where the symbols live.
        typical: who.
        outputs: names.
        columns: their healthy references [person, column].
        known: parameters in symbols.
    """
    people = People(**typical.people)  # type: ignore[arg-type]
    age, count = people.age_years, len(typical.weight)

    def at_entry(columns: Any, p: Parameters) -> dict[str, Any]:
        # Nobody has been given a drug.
        p = p._replace(drugs=type(p.drugs)(*(np.zeros((0, 1)) for _ in p.drugs)))
        frailty = people.frailty * (p.fracture.enr if typical.enriched else 1.0)
        tr = traits(people._replace(frailty=frailty), p)
        x = rest(age, tr, _Columns(columns), p, jnp.full((4, count), jnp.inf))  # type: ignore[arg-type]
        return read(x, age, tr, _Columns(columns), p, outputs)  # type: ignore[arg-type]

    return trace(graph, at_entry, cells(columns), known)


def _followed(
    name: str, arm: CohortUnderPlan, typical: TypicalPeople, readings: Sequence[Reading], p: Parameters
) -> list[Followed]:
    """The people of one arm, each with equations up to the last reading."""
    plan, years = plan_of(arm[1]), max(one.months for one in readings) / 12.0
    steps = int(np.ceil(max(one.months for one in readings) * DAYS_PER_MONTH / STEP_DAYS - 1e-9))
    outputs = tuple(dict.fromkeys(one.output for one in readings))
    found = []
    for i in range(len(typical.weight)):
        person = SimpleNamespace(**{field: column[i : i + 1] for field, column in typical.people.items()})
        age = float(person.age_years[0]) if plan.needs_age else None
        schedule = plan.schedule(steps, STEP_DAYS, age_years=age, drugs=plan.drugs)
        model = continuous_model(
            person, schedule, years, parameters=p, step_days=STEP_DAYS, outputs=outputs, tolerance=TOLERANCE
        )
        found.append(Followed(f"{name}_p{i + 1}_", model))
    return found
