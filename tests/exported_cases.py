"""Four people and plans as exported models, and what the equations themselves say of them."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from brittlestar.drugs.catalogue import DRUGS
from brittlestar.exchange.expression import Node
from brittlestar.exchange.model import OUTPUTS, continuous_model
from brittlestar.exchange.sbml_file import document
from brittlestar.model.parameters import default_parameters, with_values
from brittlestar.model.reference_solution import reference_course
from numerics_cases import CASES, cohort, schedule

NAMES = ("bed rest", "zoledronate", "alendronate", "pamidronate, infant")
CHOSEN = tuple(next(case for case in CASES if case.name == name) for name in NAMES)
OUTPUT_DAYS, COUNT = 28, 13
SCALES = {"calcium_change_mmol_per_l": 0.2, "ls_z": 1.0, "pain": 10.0}
"""Natural scale of outputs that cross or rest at zero."""

CHANGED = {
    "fracture__gL": 0.5, "fracture__bL": 1.7, "shared__kS": 0.004, "shared__umax": 4.0, "scanner__th": 0.6,
    "trabecular__beta_d": 0.3, "trabecular__kexV": 2e-4, "markers__gp": 0.3, "mechanics__f3": 0.9,
    "types__lean": 0.7,
}  # fmt: skip
"""Ten constants of a file, in the model's units; of a type, that of everybody."""

CLOSE = 5e-5
"""Largest difference over the largest value of the course; measured: 2e-6, infants 2e-5."""


def care_of(case):
    """The case's schedule over the drugs it takes."""
    s = schedule(case, 52, 7.0)
    taken = {case.infusions and case.infusions[0], case.tablets and case.tablets[0]}
    rows = [i for i, drug in enumerate(DRUGS) if drug in taken]
    care = s.care._replace(oral_rate=s.care.oral_rate[:, rows])
    return replace(
        s,
        drugs=tuple(DRUGS[i] for i in rows),
        iv_amount=s.iv_amount[:, rows],
        iv_day=s.iv_day[:, rows],
        care=care,
    )


@cache
def model(name):
    case = CHOSEN[NAMES.index(name)]
    return continuous_model(cohort((case,)), care_of(case), 364 / 365.25)


@cache
def text(name):
    return document(model(name), name, ("a note with < and &",))


@cache
def truth(values=()):
    plans = [schedule(case, 52, 7.0) for case in CHOSEN]
    who, order = cohort(CHOSEN), np.arange(len(CHOSEN))
    return reference_course(
        who,
        plans,
        order,
        364 / 365.25,
        output_days=float(OUTPUT_DAYS),
        outputs=OUTPUTS,
        tolerance=1e-9,
        parameters=changed(dict(values)),
    )[1]


def value(graph, root, given):
    """The number an expression comes to."""
    known = {}

    def of(node):
        if not isinstance(node, Node):
            return node
        if node not in known:
            known[node] = (
                given[node.args[0]]
                if node.op == "symbol"
                else of(node.args[0] if of(node.args[1]) else node.args[2])
                if node.op == "piecewise"
                else graph.make(node.op, *(of(arg) for arg in node.args))
            )
        return known[node]

    return of(root)


def changed(values):
    """The shipped set with these values, each of all members of its parameter."""
    p = default_parameters()
    whole = {
        k: np.full(np.shape(getattr(getattr(p, k.split("__")[0]), k.split("__")[1])), v)
        for k, v in values.items()
    }
    return with_values(p, **{k: v[()] for k, v in whole.items()})


def constants(m, values):
    """The constants of a file by name, with these values."""
    return {
        name: next((v for k, v in values.items() if name == k or name.startswith(f"{k}_")), one.value)
        for name, one in m.constants.items()
    }


@cache
def another_solver(name):
    """libRoadRunner with the file; its optimising compiler would take minutes of it."""
    roadrunner = pytest.importorskip("roadrunner", reason="needs the extra exchange")
    options = roadrunner.Config
    options.setValue(options.LLVM_BACKEND, options.LLJIT)
    options.setValue(options.LLJIT_OPTIMIZATION_LEVEL, options.NONE)
    engine = roadrunner.RoadRunner(text(name))
    engine.integrator.absolute_tolerance = 1e-12
    engine.integrator.relative_tolerance = 1e-9
    engine.integrator.maximum_num_steps = 100_000
    return engine
