"""One person under one plan as differential equations of scalars: what an exported file holds.

The equations are those of ``model.equations``, traced; the growth tables become curves of age; doses and
changes of care become events.
"""

import ast
import inspect
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise
from textwrap import dedent
from typing import Any

import jax.numpy as jnp
import numpy as np

from brittlestar._shared.parameter_files import DAYS_PER_YEAR
from brittlestar._shared.schedule import Care, Schedule
from brittlestar.drugs.catalogue import DRUGS
from brittlestar.drugs.dose_rule import columns as rule_columns
from brittlestar.engine.healthy_tables import known_table
from brittlestar.exchange.constants import Constant, named
from brittlestar.exchange.curves import TOLERANCE, cubics, curve
from brittlestar.exchange.expression import Graph, Node, Value, counted
from brittlestar.exchange.of_age import OfAge
from brittlestar.exchange.trace import Cells, cells, trace
from brittlestar.model.at_rest import rest
from brittlestar.model.equations import EVENTS_ONLY, infused, rates
from brittlestar.model.healthy import LAST_AGE, PER_YEAR, Healthy, healthy_at
from brittlestar.model.healthy_table import Reference, load_reference
from brittlestar.model.outputs import UNITS, read
from brittlestar.model.parameters import Parameters, default_parameters
from brittlestar.model.reference_solution import Stretch, stretches
from brittlestar.model.state import People, Person, State, Traits, of_each, traits
from brittlestar.outcomes.fracture import SITES

OUTPUTS = tuple(name for name in UNITS if not name.startswith("fractures_"))
"""What a file can hold of the outputs: all but fractures that happen, which are chance."""

_BONE = ("V", "M", "L")
_PARTS = {
    **dict.fromkeys(("C", "P", "B", "x_mem", "activity"), _BONE),
    **dict.fromkeys(("n", "h"), _BONE[:2]),
    **dict.fromkeys(("mu_v", "mu_l"), "12"),
    "u": ("all", "surface"),
    "Lam": SITES,
}
_PER_DRUG = ("S", "D", "X", "U")
_ORAL = ("mg_per_kg", "mg_below_cut", "mg_above_cut", "cut_kg")
_NEUTRAL = {"activity": 1.0, "rankl": 1.0, "formation": 1.0, "limb_hazard": 1.0}
"""Care that leaves the course as it is, where that is not 0."""


@dataclass(frozen=True)
class Variable:
    """A state variable."""

    name: str
    words: str
    initial: float
    start: Value
    """the same by the constants and the healthy person of the age at entry, if it is by any constant"""
    rate: Value
    """per day"""


@dataclass(frozen=True)
class Rule:
    """A quantity that the state, care and time decide."""

    name: str
    words: str
    value: Value


@dataclass(frozen=True)
class Event:
    """What changes at once on a day."""

    day: float
    sets: dict[str, Value]


@dataclass(frozen=True)
class ContinuousModel:
    """Differential equations of one person under one plan; time in days from entry."""

    graph: Graph
    years: float
    constants: dict[str, Constant]
    """parameters that the equations use, by symbol"""
    variables: tuple[Variable, ...]
    care: dict[str, float]
    """what the plan gives, at entry"""
    forcing: tuple[Rule, ...]
    """age, the healthy person of this age, and curves of what these alone decide"""
    stands_for: dict[str, Value]
    """the expressions that the curves ``of_age_1``, ... are fitted to"""
    outputs: tuple[Rule, ...]
    events: tuple[Event, ...]


def words_of(fields: type) -> dict[str, str]:
    """What the fields of a documented tuple are, from the strings under them."""
    (definition,) = ast.parse(dedent(inspect.getsource(fields))).body
    body = getattr(definition, "body", [])
    return {
        named.target.id: " ".join(str(said.value.value).split())
        for named, said in pairwise(body)
        if isinstance(named, ast.AnnAssign)
        and isinstance(named.target, ast.Name)
        and isinstance(said, ast.Expr)
        and isinstance(said.value, ast.Constant)
    }


class _Columns:
    """Healthy references already looked up: every row of this table is the one of the present age."""

    shape = (2, LAST_AGE * PER_YEAR + 1)
    """sex, age"""

    def __init__(self, row: Any):
        self.row = row

    def __getitem__(self, _: Any) -> Any:
        return self.row[None]


def continuous_model(
    cohort: Any,
    schedule: Schedule,
    years: float,
    *,
    parameters: Parameters | None = None,
    reference: Reference | None = None,
    step_days: float = 7.0,
    outputs: Sequence[str] = OUTPUTS,
    tolerance: float = TOLERANCE,
) -> ContinuousModel:
    """The equations of one person.

    Args:
        cohort: one person, as for :func:`brittlestar.engine.run.simulate_cohort`.
        schedule: their care; constant between its steps, as in ``model.equations``.
        years: span that the file is for; past it growth and care go on as at its end.
        parameters: defaults to the shipped set.
        reference: healthy growth and density.
        step_days: step of the schedule.
        outputs: names to hold, of :data:`OUTPUTS`.
        tolerance: of the growth curves, see :func:`brittlestar.exchange.curves.cubics`.
    """
    p = parameters or default_parameters()
    rows = known_table(reference or load_reference(), p)
    pick = np.array([DRUGS.index(drug) for drug in schedule.drugs], int)
    p = p._replace(drugs=type(p.drugs)(*(np.asarray(column)[pick][:, None] for column in p.drugs)))
    people = People._make(np.asarray(getattr(cohort, field)) for field in People._fields)
    tr, entry, first = traits(people, p), people.age_years, np.zeros(1, int)
    unbroken = jnp.full((4, 1), jnp.inf)
    x0 = rest(entry, tr, jnp.asarray(rows), p, unbroken)
    steps = int(np.ceil(years * DAYS_PER_YEAR / step_days - 1e-9))
    through = stretches([schedule], steps, step_days)

    graph = Graph()
    x = _symbols(graph, x0, schedule.drugs)
    columns = np.array([graph.symbol(f"healthy_{name}") for name in Healthy._fields], object)
    care, given, changes = _care(graph, through, schedule.drugs)
    time = graph.symbol("time")
    now = np.array(time, object)
    known, constants = named(graph, p, tuple(schedule.drugs))

    def who(p: Parameters) -> Person:
        # Timing is in the curves of age, so that in the equations it is usual.
        usual = traits(people, p)._replace(puberty_shift=jnp.zeros(1))
        return Person(people.id, first, entry, usual)  # type: ignore[arg-type]

    def field(day: Any, x: State, row: Any, care: Care, p: Parameters) -> tuple[State, dict[str, Any]]:
        age, found, person = entry + day / DAYS_PER_YEAR, _Columns(row), who(p)
        dx = rates(day, x, care, person, found, p)  # type: ignore[arg-type]
        return dx, read(x, age, person.traits, found, p, tuple(outputs))  # type: ignore[arg-type]

    def begin(row: Any, p: Parameters) -> State:
        return rest(entry, who(p).traits, _Columns(row), p, unbroken)  # type: ignore[arg-type]

    def infuse(day: Any, x: State, row: Any, doses: Any, p: Parameters) -> State:
        return infused(day, x, doses, who(p), _Columns(row), p)  # type: ignore[arg-type]

    index, healthy_rows = _table_rows(rows, tr, float(entry[0]), years)

    def fitted(column: np.ndarray) -> Value:
        return curve(graph, graph.symbol("age_years"), cubics(index / PER_YEAR, column, tolerance))

    by_age = dict(zip((f"healthy_{name}" for name in Healthy._fields), healthy_rows.T, strict=True))
    healthy = {name: fitted(column) for name, column in by_age.items()}
    by_age["time"] = (index / PER_YEAR - entry[0]) * DAYS_PER_YEAR
    of_age = OfAge(graph, by_age, fitted, healthy)
    shorter = np.vectorize(of_age.with_curves, otypes=[object])

    start = trace(graph, begin, columns, known)
    dx, found = trace(graph, field, now, x, columns, care, known)
    dx, found = State._make(shorter(rate) for rate in dx), {name: shorter(v) for name, v in found.items()}
    for k in np.flatnonzero(np.any(through.doses[..., :3] != 0.0, axis=(1, 2, 3, 4))):
        doses = cells(np.asarray(of_each(through.doses[k], first)))
        after = trace(graph, infuse, now, x, columns, doses, known)
        pairs = zip(_elements(x), _elements(after))
        moved = {
            old.args[0]: of_age.with_curves(new)
            for old, new in pairs
            if isinstance(old, Node) and new is not old
        }
        changes.setdefault(float(through.start[k]), {}).update(moved)
    age = graph.make("plus", float(entry[0]), graph.make("divide", time, DAYS_PER_YEAR))
    words = words_of(Healthy)
    forcing = (
        Rule("age_years", "age, years", age),
        *(
            Rule(f"healthy_{name}", f"healthy, of this age and sex: {words.get(name, name)}", value)
            for name, value in zip(Healthy._fields, healthy.values(), strict=True)
        ),
        *(
            Rule(name, "what age alone decides of this person", value)
            for name, value in of_age.curves.items()
        ),
    )
    variables = _variables(x, dx, x0, start, constants)
    written = tuple(Rule(name, UNITS[name], found[name][0]) for name in outputs)
    events = tuple(Event(day, changes[day]) for day in sorted(changes))
    used = _symbols_in(
        *(value for one in variables for value in (one.rate, one.start)),
        *(rule.value for rule in written),
        *(value for event in events for value in event.sets.values()),
    )
    return ContinuousModel(
        graph=graph,
        years=years,
        constants={name: one for name, one in constants.items() if name in used},
        variables=variables,
        care=given,
        forcing=forcing,
        stands_for=of_age.stands_for,
        outputs=written,
        events=events,
    )


def _symbols_in(*values: Value) -> set[str]:
    return {node.args[0] for node in counted(values) if node.op == "symbol"}


def _elements(state: State) -> list[Any]:
    return [value for name in State._fields for value in np.asarray(getattr(state, name)).ravel()]


def _symbols(graph: Graph, x0: State, drugs: Sequence[str]) -> State:
    """The state in symbols, named after the field and, of several, the site, tissue, moment or drug."""

    def named(name: str) -> Cells:
        shape = np.shape(getattr(x0, name))
        if name in EVENTS_ONLY:
            return cells(getattr(x0, name))
        parts = drugs if name in _PER_DRUG else _PARTS.get(name)
        names = [name] if parts is None else [f"{name}_{part}" for part in parts]
        return np.array([graph.symbol(one) for one in names], object).reshape(shape)

    return State._make(named(name) for name in State._fields)


def _variables(
    x: State, dx: State, x0: State, start: State, constants: Collection[str]
) -> tuple[Variable, ...]:
    words, found = words_of(State), []
    for name in State._fields:
        if name not in EVENTS_ONLY:
            rows = zip(*(np.ravel(getattr(state, name)) for state in (x, x0, start, dx)))
            for variable, at, by, rate in rows:
                begins = float(at) if _symbols_in(by).isdisjoint(constants) else by
                found.append(Variable(variable.args[0], words[name], float(at), begins, rate))
    return tuple(found)


def _care(
    graph: Graph, through: Stretch, drugs: Sequence[str]
) -> tuple[Care, dict[str, float], dict[float, dict[str, Value]]]:
    """Care in symbols; their values at entry; and their changes by day.

    What the plan never touches is a number.
    """
    given: dict[str, float] = {}
    changes: dict[float, dict[str, Value]] = {}
    fields = {}
    for field in Care._fields:
        values = np.asarray(getattr(through.care, field), float)
        parts = [f"_{part}" for part in _PARTS.get(field, ())] or [""]
        if field == "oral_rate":
            names = (*_ORAL, *rule_columns(values.shape[-1])[len(_ORAL) :])
            parts = [f"_{drug}_{column}" for drug in drugs for column in names]
        columns = values.reshape(len(values), -1).T
        symbols = np.empty(len(columns), object)
        for i, (part, column) in enumerate(zip(parts, columns, strict=True)):
            if np.all(column == _NEUTRAL.get(field, 0.0)):
                symbols[i] = float(column[0])
                continue
            name = f"care_{field}{part}"
            symbols[i], given[name] = graph.symbol(name), float(column[0])
            for k in np.flatnonzero(np.diff(column)) + 1:
                changes.setdefault(float(through.start[k]), {})[name] = float(column[k])
        fields[field] = np.moveaxis(symbols.reshape(values.shape[1:]), 0, -1)
    return Care(**fields), given, changes


def _table_rows(rows: np.ndarray, tr: Traits, entry: float, years: float) -> tuple[np.ndarray, np.ndarray]:
    """Places in the table of ages over the span, and the references of this person there [age, column]."""
    first = int(np.floor(min(entry, LAST_AGE) * PER_YEAR))
    last = max(int(np.ceil((entry + years) * PER_YEAR)), first + 1)
    index = np.arange(first, last + 1)
    return index, np.stack(healthy_at(jnp.asarray(index / PER_YEAR), tr, jnp.asarray(rows)), axis=1)
