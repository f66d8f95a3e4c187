"""A file in SBML read as Python and solved by SciPy: a reader that shares nothing with the writer.

It knows what the files of this project use: parameters, initial assignments, assignment and rate rules, and
events that a day triggers.
"""

import math
from collections.abc import Callable, Iterable
from graphlib import TopologicalSorter
from xml.etree import ElementTree

import numpy as np
from scipy.integrate import solve_ivp

SBML = "{http://www.sbml.org/sbml/level3/version2/core}"
MATHML = "{http://www.w3.org/1998/Math/MathML}"
TIME = "time_"

_BETWEEN = {
    "plus": "+", "times": "*", "divide": "/", "lt": "<", "gt": ">", "leq": "<=", "geq": ">=", "eq": "==",
    "neq": "!=", "and": " and ", "or": " or ",
}  # fmt: skip
_CALLS = {
    "exp": "exp", "ln": "log", "root": "sqrt", "abs": "abs", "floor": "floor", "max": "max", "min": "min",
    "power": "pow",
}  # fmt: skip
_NAMES = {"true": "True", "false": "False", "infinity": "inf", "notanumber": "nan"}
_KNOWN = {name: getattr(math, name) for name in ("exp", "log", "sqrt", "floor", "pow", "inf", "nan")}


def expression(math_of: ElementTree.Element) -> str:
    """MathML as Python; a piecewise works out the piece that counts alone."""
    tag = math_of.tag.removeprefix(MATHML)
    text = (math_of.text or "").strip()
    if tag == "math":
        return expression(math_of[0])
    if tag == "ci":
        return f"{text}_"
    if tag == "csymbol":
        return TIME
    if tag == "cn":
        tails = [(part.tail or "").strip() for part in math_of]
        return f"({'e'.join([text, *tails])})"
    if tag in _NAMES:
        return _NAMES[tag]
    if tag == "piecewise":
        (value, condition), (otherwise,) = math_of
        return f"({expression(value)} if {expression(condition)} else {expression(otherwise)})"
    operation, *arguments = math_of
    name, values = operation.tag.removeprefix(MATHML), [expression(one) for one in arguments]
    if name in _CALLS:
        return f"{_CALLS[name]}({', '.join(values)})"
    if name == "not":
        return f"(not {values[0]})"
    if name == "plus" and arguments[0].find(f"{MATHML}plus") is not None:
        # Python nests brackets two hundred deep at most, and sums over people are longer.
        values[0] = values[0][1:-1]
    if name == "minus":
        return f"({'-'.join(values)})" if len(values) == 2 else f"(-{values[0]})"
    return f"({_BETWEEN[name].join(values)})"


def _names(math_of: ElementTree.Element) -> set[str]:
    return {f"{(ci.text or '').strip()}_" for ci in math_of.iter(f"{MATHML}ci")}


Rules = dict[str, ElementTree.Element]


def _rules(root: ElementTree.Element, kind: str, names: str = "variable") -> Rules:
    found = ((one.get(names), one.find(f"{MATHML}math")) for one in root.iter(SBML + kind))
    return {f"{name}_": math_of for name, math_of in found if math_of is not None}


def _order(wanted: Iterable[str], rules: Rules) -> list[str]:
    """The rules that these names need, each after those it needs itself."""
    graph: dict[str, set[str]] = {}
    ahead = [name for name in wanted if name in rules]
    while ahead:
        name = ahead.pop()
        if name not in graph:
            graph[name] = _names(rules[name]) & rules.keys()
            ahead += graph[name]
    return [*TopologicalSorter(graph).static_order()]


def _day(event: ElementTree.Element) -> float:
    trigger = event.find(f"{SBML}trigger/{MATHML}math")
    assert trigger is not None
    (reached,) = trigger
    operation, time, day = reached
    assert (operation.tag, time.tag) == (f"{MATHML}geq", f"{MATHML}csymbol")
    return float(expression(day).strip("()"))


class Model:
    """A file as functions of time, state and what events set.

    Args:
        sbml: text of the file.
    """

    def __init__(self, sbml: str):
        root = ElementTree.fromstring(sbml)
        self._rates, self._assigned = _rules(root, "rateRule"), _rules(root, "assignmentRule")
        starts = _rules(root, "initialAssignment", "symbol")
        self._known = {**_KNOWN, TIME: 0.0} | {
            f"{one.get('id')}_": float(one.get("value", "nan")) for one in root.iter(f"{SBML}parameter")
        }
        for name in _order(starts, self._assigned | starts):
            self._known[name] = eval(expression((self._assigned | starts)[name]), self._known)
        self._events: dict[float, Rules] = {}
        for one in root.iter(f"{SBML}event"):
            self._events.setdefault(_day(one), {}).update(_rules(one, "eventAssignment"))
        cared = {name for sets in self._events.values() for name in sets} - {*self._rates}
        self._moving = [*self._rates, *sorted(cared)]
        self._values = {n: rule for n, rule in self._assigned.items() if n.startswith("value_of_")}

    def _function(self, wanted: Rules) -> Callable[[float, np.ndarray], list[float]]:
        """(time, what moves) -> the values of these rules."""
        needed = {name for math_of in wanted.values() for name in _names(math_of)}
        lines = [
            f"def values({TIME}, moving):",
            *([f" {', '.join(self._moving)}, = moving"] if self._moving else []),
            *(f" {name} = {expression(self._assigned[name])}" for name in _order(needed, self._assigned)),
            f" return [{', '.join(map(expression, wanted.values()))}]",
        ]
        space = dict(self._known)
        exec(compile("\n".join(lines), "model", "exec"), space)
        return space["values"]  # type: ignore[return-value]

    def solved(
        self, days: Iterable[float], *, relative: float = 1e-10, absolute: float = 1e-13
    ) -> dict[float, dict[str, float]]:
        """Values of targets by day, ``value_of_...`` by name.

        Solved by an explicit method of order 8 (DOP853), which is stopped at every event.

        Args:
            days: after entry; on the day of an event, before it.
            relative, absolute: tolerances.
        """
        asked, found = {*days}, {}
        rates, values = self._function(self._rates), self._function(self._values)
        after = {day: self._function(sets) for day, sets in self._events.items()}
        still = [0.0] * (len(self._moving) - len(self._rates))
        now, moving = 0.0, np.array([self._known[name] for name in self._moving])
        for day in sorted({day for day in (*asked, *self._events) if day <= max(asked)}):
            if day > now and self._rates:
                course = solve_ivp(
                    lambda time, moving: [*rates(time, moving.tolist()), *still],
                    (now, day),
                    moving,
                    method="DOP853",
                    rtol=relative,
                    atol=absolute,
                )
                assert course.success, course.message
                now, moving = day, course.y[:, -1]
            if day in asked:
                told = values(day, moving.tolist())
                found[day] = {name.removesuffix("_"): v for name, v in zip(self._values, told)}
            if day in self._events:
                changed = after[day](day, moving.tolist())
                moving[[self._moving.index(name) for name in self._events[day]]] = changed
        return found
