"""A model as SBML Level 3 Version 2 (core): parameters with rate and assignment rules, and events."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape
from itertools import count

from brittlestar._shared.manifest import CLOSING
from brittlestar.exchange.expression import TRUTHS, Graph, Node, Value, counted
from brittlestar.exchange.model import ContinuousModel

NAMESPACE = "http://www.sbml.org/sbml/level3/version2/core"
_MATHML = "http://www.w3.org/1998/Math/MathML"
_TIME = '<csymbol encoding="text" definitionURL="http://www.sbml.org/sbml/symbols/time">time</csymbol>'


def document(model: ContinuousModel, name: str, notes: Iterable[str] = ()) -> str:
    """The file's text.

    Args:
        model: the equations.
        name: of the model, in words.
        notes: sentences for those who open the file.
    """
    rules = [*model.forcing, *model.outputs]
    needed = [
        *(v.rate for v in model.variables),
        *(rule.value for rule in model.outputs),
        *(value for event in model.events for value in event.sets.values()),
    ]
    used = {node.args[0] for node in counted(needed) if node.op == "symbol"}
    rules = [rule for rule in rules if rule in model.outputs or rule.name in used or rule.name == "age_years"]
    roots = [*needed, *(rule.value for rule in model.forcing if rule.name in used)]
    names, shared = _named(roots, {r.value: r.name for r in model.forcing if isinstance(r.value, Node)})
    math = _Math(names)

    def parameter(name: str, words: str = "", value: float | None = None) -> str:
        said = f' name="{escape(words)}"' if words else ""
        start = "" if value is None else f' value="{value!r}"'
        return f'<parameter id="{name}"{said}{start} constant="false"/>'

    parameters = [
        *(parameter(v.name, v.words, v.initial) for v in model.variables),
        *(parameter(name, "care that the plan gives", value) for name, value in model.care.items()),
        *(parameter(rule.name, rule.words) for rule in rules),
        *(parameter(name) for name in shared.values()),
    ]
    equations = [
        *(f'<rateRule variable="{v.name}">{math.of(v.rate)}</rateRule>' for v in model.variables),
        *(_assigned(rule.name, math.of(rule.value, inside=True)) for rule in rules),
        *(_assigned(name, math.of(node, inside=True)) for node, name in shared.items()),
    ]
    events = [
        f'<event id="event_{i}" useValuesFromTriggerTime="true">'
        f'<trigger initialValue="false" persistent="true">{math.of(_reached(model.graph, event.day))}'
        f"</trigger><listOfEventAssignments>{_sets(math, event.sets)}</listOfEventAssignments></event>"
        for i, event in enumerate(model.events, start=1)
    ]
    said = "".join(f"<p>{escape(note)}</p>" for note in (*notes, CLOSING))
    return "\n".join(
        [
            '<?xml version="1.0" encoding="UTF-8"?>',
            f'<sbml xmlns="{NAMESPACE}" level="3" version="2">',
            f'<model id="brittlestar" name="{escape(name)}" timeUnits="day">',
            f'<notes><body xmlns="http://www.w3.org/1999/xhtml">{said}</body></notes>',
            '<listOfUnitDefinitions><unitDefinition id="day"><listOfUnits>'
            '<unit kind="second" exponent="1" scale="0" multiplier="86400"/>'
            "</listOfUnits></unitDefinition></listOfUnitDefinitions>",
            *_list("Parameters", parameters),
            *_list("Rules", equations),
            *_list("Events", events),
            "</model>",
            "</sbml>",
            "",
        ]
    )


def _list(kind: str, items: list[str]) -> list[str]:
    return [f"<listOf{kind}>", *items, f"</listOf{kind}>"] if items else []


def _assigned(name: str, math: str) -> str:
    return f'<assignmentRule variable="{name}">{math}</assignmentRule>'


def _sets(math: "_Math", sets: Mapping[str, Value]) -> str:
    return "".join(
        f'<eventAssignment variable="{name}">{math.of(value)}</eventAssignment>'
        for name, value in sets.items()
    )


def _reached(graph: Graph, day: float) -> Value:
    return graph.make("geq", graph.symbol("time"), day)


def _named(roots: Iterable[Value], known: Mapping[Node, str]) -> tuple[dict[Node, str], dict[Node, str]]:
    """Names of all quantities that stand for themselves, and those of them that had none before.

    What is used more than once gets a name, so that nothing is written or computed twice.
    """
    names, shared, number = dict(known), {}, count(1)
    for node, times in counted(roots).items():
        if times > 1 and node.op != "symbol" and node.op not in TRUTHS and node not in names:
            names[node] = shared[node] = f"v{next(number)}"
    return names, shared


@dataclass(frozen=True)
class _Math:
    """MathML of expressions, in which some have names."""

    names: Mapping[Node, str]

    def of(self, value: Value, inside: bool = False) -> str:
        """The expression; with ``inside`` the definition of a named one rather than its name."""
        return f'<math xmlns="{_MATHML}">{self._write(value, inside)}</math>'

    def _write(self, value: Value, inside: bool = False) -> str:
        if isinstance(value, bool):
            return "<true/>" if value else "<false/>"
        if not isinstance(value, Node):
            return _number(value)
        if value.op == "symbol":
            return _TIME if value.args[0] == "time" else f"<ci>{value.args[0]}</ci>"
        if value in self.names and not inside:
            return f"<ci>{self.names[value]}</ci>"
        arguments = [self._write(arg) for arg in value.args]
        if value.op == "piecewise":
            yes, which, no = arguments
            return f"<piecewise><piece>{yes}{which}</piece><otherwise>{no}</otherwise></piecewise>"
        return f"<apply><{value.op}/>{''.join(arguments)}</apply>"


def _number(value: float) -> str:
    if value != value:
        return "<notanumber/>"
    if value in (float("inf"), -float("inf")):
        return "<infinity/>" if value > 0 else "<apply><minus/><infinity/></apply>"
    digits, _, power = repr(float(value)).partition("e")
    return f'<cn type="e-notation">{digits}<sep/>{int(power)}</cn>' if power else f"<cn>{digits}</cn>"
