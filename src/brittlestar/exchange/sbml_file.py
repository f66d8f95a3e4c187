"""A model as SBML Level 3 Version 2 (core): constants, parameters with rate and assignment rules, and events.

Constants have their unit in the model, what their file states of them in notes, and their sources as
annotations. Written as text, so that a plain install exports; python-libsbml and libRoadRunner check it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from brittlestar._shared.manifest import CLOSING
from brittlestar.exchange.constants import Constant, held
from brittlestar.exchange.expression import Graph, Node, Value, counted, shared
from brittlestar.exchange.model import ContinuousModel, Rule

NAMESPACE = "http://www.sbml.org/sbml/level3/version2/core"
_MATHML = "http://www.w3.org/1998/Math/MathML"
_XHTML = "http://www.w3.org/1999/xhtml"
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_QUALIFIERS = "http://biomodels.net/biology-qualifiers/"
_DAY, _YEAR = 86400.0, 31557600.0

UNITS: dict[str, tuple[tuple[str, int, int, float], ...]] = {
    "day": (("second", 1, 0, _DAY),),
    "1/day": (("second", -1, 0, _DAY),),
    "1/y": (("second", -1, 0, _YEAR),),
    "age_y": (("second", 1, 0, _YEAR),),
    "1/age_y": (("second", -1, 0, _YEAR),),
    "postmenstrual_week": (("second", 1, 0, 7.0 * _DAY),),
    "um": (("metre", 1, -6, 1.0),),
    "mm": (("metre", 1, -3, 1.0),),
    "cm": (("metre", 1, -2, 1.0),),
    "1/mm": (("metre", -1, -3, 1.0),),
    "mm/day": (("metre", 1, -3, 1.0), ("second", -1, 0, _DAY)),
    "um/y": (("metre", 1, -6, 1.0), ("second", -1, 0, _YEAR)),
    "cm2": (("metre", 2, -2, 1.0),),
    "m2": (("metre", 2, 0, 1.0),),
    "g": (("gram", 1, 0, 1.0),),
    "kg": (("kilogram", 1, 0, 1.0),),
    "mg": (("gram", 1, -3, 1.0),),
    "mg/day": (("gram", 1, -3, 1.0), ("second", -1, 0, _DAY)),
    "mg/kg": (("gram", 1, -3, 1.0), ("kilogram", -1, 0, 1.0)),
    "g/cm2": (("gram", 1, 0, 1.0), ("metre", -2, -2, 1.0)),
    "g/cm3": (("gram", 1, 0, 1.0), ("metre", -3, -2, 1.0)),
    "g/mol": (("gram", 1, 0, 1.0), ("mole", -1, 0, 1.0)),
    "nmol": (("mole", 1, -9, 1.0),),
    "nmol/day": (("mole", 1, -9, 1.0), ("second", -1, 0, _DAY)),
    "nmol/L": (("mole", 1, -9, 1.0), ("litre", -1, 0, 1.0)),
    "mmol/L": (("mole", 1, -3, 1.0), ("litre", -1, 0, 1.0)),
    "L": (("litre", 1, 0, 1.0),),
    "L/day": (("litre", 1, 0, 1.0), ("second", -1, 0, _DAY)),
}
"""Unit as the project says it -> kind, exponent, scale and multiplier of its parts; all others have none."""

_TIME = '<csymbol encoding="text" definitionURL="http://www.sbml.org/sbml/symbols/time">time</csymbol>'


@dataclass(frozen=True)
class Pieces:
    """What goes into the lists of a file, as text."""

    parameters: tuple[str, ...]
    starts: tuple[str, ...]
    equations: tuple[str, ...]
    events: tuple[str, ...] = ()


def document(model: ContinuousModel, name: str, notes: Iterable[str] = ()) -> str:
    """The text of one person's file.

    Args:
        model: the equations.
        name: of the model, in words.
        notes: sentences for those who open the file.
    """
    constants = Pieces(tuple(written_constant(name, one) for name, one in model.constants.items()), (), ())
    fixed = f"Worked into the curves of age, so not in this file by name: {', '.join(sorted(held()))}."
    return file("brittlestar", name, (*notes, fixed, CLOSING), (constants, pieces_of(model)))


def file(id: str, name: str, notes: Iterable[str], pieces: Sequence[Pieces]) -> str:
    """The text of a file.

    Args:
        id: of the model.
        name: of the model, in words.
        notes: sentences for those who open the file.
        pieces: what is in it.
    """
    said = "".join(f"<p>{escape(note)}</p>" for note in notes)
    return "\n".join(
        [
            '<?xml version="1.0" encoding="UTF-8"?>',
            f'<sbml xmlns="{NAMESPACE}" level="3" version="2">',
            f'<model id="{id}" name="{escape(name)}" timeUnits="day">',
            f'<notes><body xmlns="{_XHTML}">{said}</body></notes>',
            *_list("UnitDefinitions", [_unit(name, parts) for name, parts in UNITS.items()]),
            *_list("Parameters", [text for one in pieces for text in one.parameters]),
            *_list("InitialAssignments", [text for one in pieces for text in one.starts]),
            *_list("Rules", [text for one in pieces for text in one.equations]),
            *_list("Events", [text for one in pieces for text in one.events]),
            "</model>",
            "</sbml>",
            "",
        ]
    )


def pieces_of(model: ContinuousModel, prefix: str = "") -> Pieces:
    """All of a person's equations but the constants.

    Args:
        model: the equations.
        prefix: of every name of this person, where a file holds several.
    """
    rules = [*model.forcing, *model.outputs]
    needed = [
        *(v.rate for v in model.variables),
        *(rule.value for rule in model.outputs),
        *(v.start for v in model.variables),
        *(value for event in model.events for value in event.sets.values()),
    ]
    used = {node.args[0] for node in counted(needed) if node.op == "symbol"}
    rules = [rule for rule in rules if rule in model.outputs or rule.name in used or rule.name == "age_years"]
    roots = [*needed, *(rule.value for rule in model.forcing if rule.name in used)]
    names, new = shared(roots, {r.value: r.name for r in model.forcing if isinstance(r.value, Node)})
    math = Math(names, prefix, frozenset(model.constants))

    def variable(name: str, words: str = "", **more: Any) -> str:
        return _variable(prefix + name, words, **more)

    parameters = (
        *(variable(v.name, v.words, value=v.initial) for v in model.variables),
        *(variable(name, "care that the plan gives", value=value) for name, value in model.care.items()),
        *(variable(rule.name, rule.words, unit=_unit_of(rule, model.outputs)) for rule in rules),
        *(variable(name) for name in new.values()),
    )
    starts = tuple(
        started(prefix + v.name, math.of(v.start)) for v in model.variables if isinstance(v.start, Node)
    )
    equations = (
        *(f'<rateRule variable="{prefix}{v.name}">{math.of(v.rate)}</rateRule>' for v in model.variables),
        *(assigned(prefix + rule.name, math.of(rule.value, inside=True)) for rule in rules),
        *(assigned(prefix + name, math.of(node, inside=True)) for node, name in new.items()),
    )
    events = tuple(
        f'<event id="{prefix}event_{i}" useValuesFromTriggerTime="true">'
        f'<trigger initialValue="false" persistent="true">{math.of(_reached(model.graph, event.day))}'
        "</trigger>"
        f"<listOfEventAssignments>{_sets(math, event.sets, prefix)}</listOfEventAssignments></event>"
        for i, event in enumerate(model.events, start=1)
    )
    return Pieces(parameters, starts, equations, events)


def rules_of(values: Mapping[str, Value], words: Mapping[str, str]) -> Pieces:
    """Rules for quantities that constants, and outputs of people, decide.

    Args:
        values: by name; symbols are names of the file.
        words: what each is.
    """
    names, new = shared(values.values(), {})
    math = Math(names)
    return Pieces(
        (*(_variable(name, words[name]) for name in values), *(_variable(name) for name in new.values())),
        (),
        (
            *(assigned(name, math.of(value)) for name, value in values.items()),
            *(assigned(name, math.of(node, inside=True)) for node, name in new.items()),
        ),
    )


def _unit(name: str, parts: tuple[tuple[str, int, int, float], ...]) -> str:
    units = "".join(
        f'<unit kind="{kind}" exponent="{power}" scale="{scale}" multiplier="{times!r}"/>'
        for kind, power, scale, times in parts
    )
    return f'<unitDefinition id="{_unit_id(name)}"><listOfUnits>{units}</listOfUnits></unitDefinition>'


def _unit_id(unit: str) -> str:
    """An identifier of SBML: g/cm2 -> g_per_cm2."""
    return (
        unit.removeprefix("1").replace("/", "_per_").removeprefix("_") if unit in UNITS else "dimensionless"
    )


def _unit_of(rule: Rule, outputs: Iterable[Rule]) -> str:
    return rule.words if rule in outputs else "age_y" if rule.name == "age_years" else ""


def _variable(name: str, words: str = "", *, unit: str = "", value: float | None = None) -> str:
    said = f' name="{escape(words)}"' if words else ""
    units = f' units="{_unit_id(unit)}"' if unit else ""
    start = "" if value is None else f' value="{value!r}"'
    return f'<parameter id="{name}"{said}{start}{units} constant="false"/>'


def written_constant(name: str, one: Constant) -> str:
    """A constant with unit, notes and sources."""
    meta = f"meta_{name}"
    cited = "".join(f'<rdf:li rdf:resource="{address}"/>' for address in one.addresses)
    annotation = (
        f'<annotation><rdf:RDF xmlns:rdf="{_RDF}" xmlns:bqbiol="{_QUALIFIERS}">'
        f'<rdf:Description rdf:about="#{meta}"><bqbiol:isDescribedBy><rdf:Bag>{cited}</rdf:Bag>'
        "</bqbiol:isDescribedBy></rdf:Description></rdf:RDF></annotation>"
    )
    return (
        f'<parameter metaid="{meta}" id="{name}" name="{escape(one.words)}" value="{one.value!r}" '
        f'units="{_unit_id(one.unit)}" constant="true">'
        f'<notes><body xmlns="{_XHTML}"><p>{escape(one.stated)}</p></body></notes>'
        f"{annotation if cited else ''}</parameter>"
    )


def _list(kind: str, items: list[str]) -> list[str]:
    return [f"<listOf{kind}>", *items, f"</listOf{kind}>"] if items else []


def started(name: str, math: str) -> str:
    """An initial assignment."""
    return f'<initialAssignment symbol="{name}">{math}</initialAssignment>'


def assigned(name: str, math: str) -> str:
    """An assignment rule."""
    return f'<assignmentRule variable="{name}">{math}</assignmentRule>'


def _sets(math: "Math", sets: Mapping[str, Value], prefix: str) -> str:
    return "".join(
        f'<eventAssignment variable="{prefix}{name}">{math.of(value)}</eventAssignment>'
        for name, value in sets.items()
    )


def _reached(graph: Graph, day: float) -> Value:
    return graph.make("geq", graph.symbol("time"), day)


@dataclass(frozen=True)
class Math:
    """MathML of expressions, in which some have names."""

    names: Mapping[Node, str]
    prefix: str = ""
    """of all names but those of constants"""
    constants: frozenset[str] = frozenset()

    def of(self, value: Value, inside: bool = False) -> str:
        """The expression; with ``inside`` the definition of a named one rather than its name."""
        return f'<math xmlns="{_MATHML}">{self._write(value, inside)}</math>'

    def _write(self, value: Value, inside: bool = False) -> str:
        if isinstance(value, bool):
            return "<true/>" if value else "<false/>"
        if not isinstance(value, Node):
            return _number(value)
        if value.op == "symbol":
            return _TIME if value.args[0] == "time" else self._named(value.args[0])
        if value in self.names and not inside:
            return self._named(self.names[value])
        arguments = [self._write(arg) for arg in value.args]
        if value.op == "piecewise":
            yes, which, no = arguments
            return f"<piecewise><piece>{yes}{which}</piece><otherwise>{no}</otherwise></piecewise>"
        return f"<apply><{value.op}/>{''.join(arguments)}</apply>"

    def _named(self, name: str) -> str:
        return f"<ci>{name if name in self.constants else self.prefix + name}</ci>"


def _number(value: float) -> str:
    if value != value:
        return "<notanumber/>"
    if value in (float("inf"), -float("inf")):
        return "<infinity/>" if value > 0 else "<apply><minus/><infinity/></apply>"
    digits, _, power = repr(float(value)).partition("e")
    return f'<cn type="e-notation">{digits}<sep/>{int(power)}</cn>' if power else f"<cn>{digits}</cn>"
