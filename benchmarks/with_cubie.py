"""The continuous model of one child in cubie, which solves many of a system at once on a CUDA device.

cubie (MIT licence) takes equations as text and makes a kernel of them; a batch has many initial values.
The equations are those of the exported files (:mod:`brittlestar.exchange.model`): the child's growth is in
them as curves of age, and fractures come as an expected number. What differs between runs is how much bone
there is at entry, so that steps differ as between people. Only care that does not change can be asked for.
"""

from collections.abc import Callable, Iterable
from importlib import import_module
from typing import Any, NamedTuple

import numpy as np

from brittlestar._shared.parameter_files import DAYS_PER_YEAR
from brittlestar.care import as_plan
from brittlestar.drugs.catalogue import DRUGS
from brittlestar.engine import steps_for
from brittlestar.exchange.expression import Node, Value, counted, shared
from brittlestar.exchange.model import ContinuousModel, continuous_model
from kernel import YEARS, children

METHOD, RELATIVE = "tsit5", 1e-4
"""Explicit Runge-Kutta of fifth order, and a tolerance at which its error is that of weekly steps."""

SPREAD = 0.1
"""By which the number of trabeculae at entry differs from the child's, at most."""

VARIED, OUTPUT_DAYS = "n_V", 28.0

_WORDS = {
    "plus": "({0} + {1})", "times": "({0}*{1})", "divide": "({0}/{1})", "power": "({0}**{1})",
    "exp": "exp({0})", "ln": "log({0})", "root": "sqrt({0})", "abs": "Abs({0})", "floor": "floor({0})",
    "max": "Max({0}, {1})", "min": "Min({0}, {1})", "lt": "({0} < {1})", "gt": "({0} > {1})",
    "leq": "({0} <= {1})", "geq": "({0} >= {1})", "eq": "Eq({0}, {1})", "neq": "Ne({0}, {1})",
    "and": "And({0}, {1})", "or": "Or({0}, {1})", "not": "Not({0})",
    "piecewise": "Piecewise(({0}, {1}), ({2}, True))",
}  # fmt: skip
"""Operation -> how SymPy writes it."""


class System(NamedTuple):
    """Equations as text, time ``t`` in days from entry."""

    lines: list[str]
    """each needs earlier ones alone; a rate is ``d`` and the state's name"""
    states: dict[str, float]
    """name -> value at entry"""
    names: dict[str, str]
    """state or output of the model -> its name here"""


def untreated_child(outputs: Iterable[str]) -> ContinuousModel:
    """The first of :func:`kernel.children` over the years of the benchmarks."""
    count, per = steps_for(YEARS, 7.0, 28.0)
    schedule = as_plan("no treatment").schedule(count * per, 7.0, drugs=DRUGS[:1])
    return continuous_model(children(1), schedule, YEARS, outputs=tuple(outputs))


def system(model: ContinuousModel) -> System:
    """A model's equations, with numbers in place of constants.

    Raises:
        ValueError: care changes on some day.
    """
    if model.events:
        raise ValueError("care changes within the run; accepted: a plan without infusions and changes")
    states = {one.name: f"x{i}" for i, one in enumerate(model.variables)}
    outputs = {rule.name: f"y{i}" for i, rule in enumerate(model.outputs)}
    told: dict[str, str | float] = {"time": "t"} | states | model.care
    told |= {name: one.value for name, one in model.constants.items()}
    results = [(f"d{states[one.name]}", one.rate) for one in model.variables]
    results += [(outputs[rule.name], rule.value) for rule in model.outputs]
    used = {node.args[0] for node in counted(value for _, value in results) if node.op == "symbol"}
    forcing = [rule for rule in model.forcing if rule.name in used or rule.name == "age_years"]
    repeated, _ = shared([*(rule.value for rule in forcing), *(value for _, value in results)], {})
    lines, there = list[str](), set[Node]()

    def written(value: Value, inside: bool = False) -> str:
        if not isinstance(value, Node):
            return repr(value) if isinstance(value, bool) else f"({float(value)!r})"
        if value.op == "symbol":
            found = told[value.args[0]]
            return found if isinstance(found, str) else f"({float(found)!r})"
        if value in repeated and not inside:
            return repeated[value]
        parts = [written(part) for part in value.args]
        if value.op == "minus":
            return f"(-{parts[0]})" if len(parts) == 1 else f"({parts[0]} - {parts[1]})"
        return _WORDS[value.op].format(*parts)

    def say(name: str, value: Value) -> None:
        for node in counted([value]):
            if node in repeated and node not in there:
                there.add(node)
                lines.append(f"{repeated[node]} = {written(node, inside=True)}")
        lines.append(f"{name} = {written(value)}")

    for i, rule in enumerate(forcing):
        say(f"f{i}", rule.value)
        told[rule.name] = f"f{i}"
    for name, value in results:
        say(name, value)
    return System(lines, {states[one.name]: one.initial for one in model.variables}, states | outputs)


def with_cubie(asked: System, outputs: Iterable[str], people: int) -> Callable[[], Any]:
    """A job that follows so many on the device, an output every four weeks, in single precision.

    Args:
        asked: the equations; compiled with the first run.
        outputs: names of outputs of the model that come back.
        people: how many.

    Raises:
        ModuleNotFoundError: cubie is not installed.
    """
    cubie = import_module("cubie")
    made = cubie.create_ODE_system(
        asked.lines,
        states=asked.states,
        observables=[name for name in asked.names.values() if name.startswith("y")],
        precision=np.float32,
    )
    solver = cubie.Solver(
        made,
        algorithm=METHOD,
        rtol=RELATIVE,
        atol=1e-3 * RELATIVE,
        save_every=OUTPUT_DAYS,
        output_types=["observables", "time"],
        save_variables=[asked.names[name] for name in outputs],
    )
    start = {name: np.array([value]) for name, value in asked.states.items()}
    varied = asked.names[VARIED]
    start[varied] = start[varied] * np.linspace(1.0 - SPREAD, 1.0 + SPREAD, people)

    def job() -> Any:
        return solver.solve(start, {}, duration=YEARS * DAYS_PER_YEAR, grid_type="combinatorial")

    return job
