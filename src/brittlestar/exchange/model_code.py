"""One person's model as the model file of rxode2 or mrgsolve, and its doses as an event table.

The expressions are those of the SBML file, from the same trace. An infusion is a record with AMT 1 for each
compartment it enters: AMT counts infusions as planned, and the bioavailability F of the compartment is what
one of them brings there, by the weight of that day. Twice the dose is AMT 2.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import polars as pl

from brittlestar._shared.manifest import CLOSING
from brittlestar.exchange.constants import held
from brittlestar.exchange.expression import Node, Value, counted, shared
from brittlestar.exchange.model import ContinuousModel


class Dialect(NamedTuple):
    """How a language writes what differs between the two."""

    time: str
    """in the differential equations"""
    time_of_record: str
    """elsewhere"""
    comment: str
    words: dict[str, str]
    """operation -> template of its arguments, where the two differ"""


_COMMON = {
    "plus": "({0} + {1})", "minus": "({0} - {1})", "times": "({0} * {1})", "divide": "({0} / {1})",
    "exp": "exp({0})", "ln": "log({0})", "root": "sqrt({0})", "floor": "floor({0})",
    "lt": "({0} < {1})", "gt": "({0} > {1})", "leq": "({0} <= {1})", "geq": "({0} >= {1})",
    "eq": "({0} == {1})", "neq": "({0} != {1})", "and": "({0} && {1})", "or": "({0} || {1})", "not": "(!{0})",
    "piecewise": "ifelse({1}, {0}, {2})",
}  # fmt: skip
RXODE2 = Dialect(
    "t", "t", "#",
    {"power": "({0}^{1})", "abs": "abs({0})", "max": "max({0}, {1})", "min": "min({0}, {1})"},
)  # fmt: skip
MRGSOLVE = Dialect(
    "SOLVERTIME", "TIME", "//",
    {"power": "pow({0}, {1})", "abs": "fabs({0})", "max": "fmax({0}, {1})", "min": "fmin({0}, {1})"},
)  # fmt: skip


@dataclass
class _Writer:
    dialect: Dialect
    time: str
    names: Mapping[Node, str] = field(default_factory=dict)

    def of(self, value: Value, inside: bool = False) -> str:
        """The expression; with ``inside`` the definition of a named one rather than its name."""
        if not isinstance(value, Node):
            number = repr(int(value) if isinstance(value, bool) else float(value))
            return f"({number})" if value < 0 else number
        if value.op == "symbol":
            return self.time if value.args[0] == "time" else value.args[0]
        if value in self.names and not inside:
            return self.names[value]
        arguments = [self.of(arg) for arg in value.args]
        if value.op == "minus" and len(arguments) == 1:
            return f"(-{arguments[0]})"
        return (_COMMON | self.dialect.words)[value.op].format(*arguments)


def _block(
    model: ContinuousModel, dialect: Dialect, time: str, results: Iterable[tuple[str, Value]]
) -> Iterator[tuple[str, str]]:
    """Assignments in an order in which each needs earlier ones alone; the results last."""
    results = list(results)
    used = {node.args[0] for node in counted(value for _, value in results) if node.op == "symbol"}
    forcing = [rule for rule in model.forcing if rule.name in used or rule.name == "age_years"]
    roots = [*(rule.value for rule in forcing), *(value for _, value in results)]
    known = {rule.value: rule.name for rule in forcing if isinstance(rule.value, Node)}
    names, _ = shared(roots, known)
    writer = _Writer(dialect, time, names)
    yield from ((name, writer.of(_over_time(model, name))) for name in model.care if name in used)
    yield from ((rule.name, writer.of(rule.value)) for rule in forcing if not isinstance(rule.value, Node))
    for node in counted(roots):
        if node in names:
            yield names[node], writer.of(node, inside=True)
            same = (rule.name for rule in forcing if rule.value is node and rule.name != names[node])
            yield from ((name, names[node]) for name in same)
    yield from ((name, writer.of(value)) for name, value in results)


def _over_time(model: ContinuousModel, name: str) -> Value:
    """What the plan gives, by day."""
    make, time = model.graph.make, model.graph.symbol("time")
    value: Value = model.care[name]
    for event in model.events:
        if name in event.sets:
            value = make("piecewise", value, make("lt", time, event.day), event.sets[name])
    return value


def _brought(model: ContinuousModel) -> dict[str, list[tuple[float, Value]]]:
    """Day and what an infusion adds, by the variable that it enters."""
    states, found = {one.name for one in model.variables}, {}
    for event in model.events:
        for name, after in event.sets.items():
            if name in states:
                assert isinstance(after, Node) and after.op == "plus", name
                (added,) = (arg for arg in after.args if arg is not model.graph.symbol(name))
                found.setdefault(name, []).append((event.day, added))
    return found


def _bioavailability(model: ContinuousModel, doses: list[tuple[float, Value]]) -> Value:
    make, time = model.graph.make, model.graph.symbol("time")
    (day, value), *later = doses
    for next_day, added in later:
        value = make("piecewise", value, make("lt", time, 0.5 * (day + next_day)), added)
        day = next_day
    return value


def doses(model: ContinuousModel) -> pl.DataFrame:
    """Records of the infusions: ID, TIME in days, EVID, AMT and CMT by name."""
    rows = [(1, day, 1, 1.0, name) for name, given in _brought(model).items() for day, _ in given]
    columns = {"ID": pl.Int64, "TIME": pl.Float64, "EVID": pl.Int64, "AMT": pl.Float64, "CMT": pl.String}
    return pl.DataFrame(rows, schema=columns, orient="row").sort("TIME", maintain_order=True)


def rxode2(model: ContinuousModel, notes: Iterable[str]) -> str:
    """The text that ``rxode2::rxode2`` reads."""
    said, lines = RXODE2, []
    lines += [f"{name} = {one.value!r} # {one.words}; {one.stated}" for name, one in model.constants.items()]
    given = {name: _bioavailability(model, all) for name, all in _brought(model).items()}
    results = [(f"d/dt({v.name})", v.rate) for v in model.variables]
    results += [(f"{v.name}(0)", v.start) for v in model.variables]
    results += [(f"f({name})", value) for name, value in given.items()]
    results += [(rule.name, rule.value) for rule in model.outputs]
    lines += [f"{name} = {value}" for name, value in _block(model, said, said.time, results)]
    return "\n".join([*_comments(said, notes), *lines, ""])


def mrgsolve(model: ContinuousModel, notes: Iterable[str]) -> str:
    """The text that ``mrgsolve::mread`` reads."""
    said, given = MRGSOLVE, _brought(model)
    begins = [(f"{v.name}_0", v.start) for v in model.variables]
    begins += [(f"F_{name}", _bioavailability(model, all)) for name, all in given.items()]
    rates = [(f"dxdt_{v.name}", v.rate) for v in model.variables]
    outputs = [(rule.name, rule.value) for rule in model.outputs]

    def block(time: str, results: list[tuple[str, Value]]) -> list[str]:
        return [f"{name} = {value};" for name, value in _block(model, said, time, results)]

    return "\n".join(
        [
            *_comments(said, notes),
            "$PLUGIN autodec",
            "$GLOBAL",
            "#define ifelse(condition, yes, no) ((condition) ? (yes) : (no))",
            "$PARAM @annotated",
            *(f"{name} : {one.value!r} : {one.words} ({one.unit})" for name, one in model.constants.items()),
            "$CMT @annotated",
            *(f"{v.name} : {v.words}" for v in model.variables),
            "$MAIN",
            *block(said.time_of_record, begins),
            "$ODE",
            *block(said.time, rates),
            "$TABLE",
            *block(said.time_of_record, outputs),
            "$CAPTURE",
            " ".join(rule.name for rule in model.outputs),
            "",
        ]
    )


def _comments(said: Dialect, notes: Iterable[str]) -> list[str]:
    fixed = f"Worked into the curves of age, so not here by name: {', '.join(sorted(held()))}."
    return [f"{said.comment} {note}" for note in (*notes, fixed, CLOSING)]
