"""The equations that cubie would be given are those of the exported model."""

import math
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import pytest

from exported_cases import model, value

SYMPY = {
    "Piecewise": lambda *choices: next(value for value, holds in choices if holds),
    "Max": max, "Min": min, "Abs": abs, "exp": math.exp, "log": math.log, "sqrt": math.sqrt,
    "And": lambda a, b: a and b, "Or": lambda a, b: a or b, "Not": lambda a: not a,
}  # fmt: skip


@pytest.fixture
def with_cubie(monkeypatch):
    monkeypatch.syspath_prepend(str(Path(__file__).parents[1] / "benchmarks"))
    return import_module("with_cubie")


def test_rates_and_outputs_are_those_of_the_model(with_cubie):
    m = replace(model("zoledronate"), events=())
    asked, day = with_cubie.system(m), 100.0
    state = {one.name: 1.01 * one.initial + 0.01 for one in m.variables}
    found: dict[str, float] = {"t": day} | {asked.names[name]: number for name, number in state.items()}
    for line in asked.lines:
        name, text = line.split(" = ")
        assert name not in found, "said twice"
        found[name] = eval(text, SYMPY, found)  # Python reads these words of SymPy as SymPy does
    given = {"time": day} | state | m.care | {name: one.value for name, one in m.constants.items()}
    for rule in m.forcing:
        given[rule.name] = value(m.graph, rule.value, given)
    for one in m.variables:
        wanted = value(m.graph, one.rate, given)
        assert found[f"d{asked.names[one.name]}"] == pytest.approx(wanted, rel=1e-12), one.name
    for rule in m.outputs:
        wanted = value(m.graph, rule.value, given)
        assert found[asked.names[rule.name]] == pytest.approx(wanted, rel=1e-12), rule.name
    assert asked.states == {asked.names[one.name]: one.initial for one in m.variables}


def test_care_that_changes_is_refused(with_cubie):
    with pytest.raises(ValueError, match="accepted: a plan without infusions"):
        with_cubie.system(model("zoledronate"))
