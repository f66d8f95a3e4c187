"""Parameters of the model as named constants of an exported file, and which cannot be.

What shapes the curves of healthy age (a solution from birth) is in the file as those curves: changed in the
file it would change one half of what it means. Those parameters are numbers there. All others are symbols,
each with its value and unit in the model, what its file states, and its source.
"""

from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

import jax
import numpy as np
from jax.interpreters import partial_eval

from brittlestar._shared.parameter_files import Parameter, load
from brittlestar._shared.references import named_in
from brittlestar.exchange.expression import Graph
from brittlestar.exchange.trace import cells
from brittlestar.model.healthy_table import load_reference, table
from brittlestar.model.parameters import Parameters, default_parameters, files_of

OF_DRUG_ALONE = ("trabecular__beta_d", "cortex__rho_w", "cortex__rho_L")
"""In the healthy course these multiply a drug that nobody gets there, so they shape nothing."""

OF_UNTREATED_RATES = ("fracture__healthy_sites", "types__R")
"""What age makes of the rates of fracture of somebody untreated is in the file as curves."""

SWITCHES = ("fracture__load_years", "fracture__matrix_power")
"""Rival laws that are off: written out they would double the file for a product with 0."""

INTERNAL = {
    "x": "-", "y": "day", "1/y": "1/day", "week": "day", "h": "day", "mm/y": "mm/day", "mg*y/day": "mg",
    "mL/min": "L/day", "mL/min/1.73m2": "L/day", "%": "-",
}  # fmt: skip
"""Unit of a parameter file -> unit in the model, where that is another."""


class Constant(NamedTuple):
    """A parameter of an exported model."""

    value: float
    """in the model's unit"""
    unit: str
    """of the model: time in days"""
    words: str
    stated: str
    """value and unit in its parameter file, source and status"""
    addresses: tuple[str, ...]
    """DOIs and PubMed numbers of its sources, as identifiers.org resolves them"""


@cache
def shaping() -> frozenset[str]:
    """Parameters, ``group__name``, that shape the curves of healthy age: what their program needs."""
    shipped, reference = default_parameters(), load_reference()
    made = jax.make_jaxpr(lambda p: table(reference, p))(shipped)
    used = partial_eval.dce_jaxpr(made.jaxpr, [True] * len(made.jaxpr.outvars))[1]
    names = (f"{group}__{name}" for group in Parameters._fields for name in getattr(shipped, group)._fields)
    return frozenset(name for name, needed in zip(names, used, strict=True) if needed) - {*OF_DRUG_ALONE}


def held() -> frozenset[str]:
    """Parameters that are numbers in a file."""
    return shaping() | {*OF_UNTREATED_RATES, *SWITCHES}


def named(graph: Graph, p: Parameters, drugs: tuple[str, ...]) -> tuple[Parameters, dict[str, Constant]]:
    """The parameters in symbols, but for :func:`held`; and the constants by symbol.

    Args:
        graph: where the symbols live.
        p: parameters, drugs restricted to those of the run.
        drugs: the drugs of the run, in their order.
    """
    numbers, groups, found = held(), [], {}
    for group, values in zip(Parameters._fields, p, strict=True):
        columns = []
        for name in values._fields:
            array = cells(np.asarray(getattr(values, name), float))
            if f"{group}__{name}" not in numbers:
                entries = list(_entries(group, name, drugs))
                for place, (member, entry, i) in zip(np.ndindex(array.shape), entries, strict=True):
                    symbol = "_".join(filter(None, (f"{group}__{name}", member)))
                    found[symbol] = constant(float(array[place]), entry, i)
                    array[place] = graph.symbol(symbol)
            columns.append(array)
        groups.append(type(values)(*columns))
    return Parameters(*groups), found


def _entries(group: str, name: str, drugs: tuple[str, ...]) -> Iterator[tuple[str, Parameter, int]]:
    """Member, entry in its file and place there, for each element of a parameter."""
    for owner, (package, file) in files_of(group).items():
        entry = load(package, file)[name]
        if group == "drugs":
            if owner in drugs:
                yield owner, entry, 0
        elif np.ndim(entry.internal) == 0:
            yield "", entry, 0
        else:
            members = entry.value if isinstance(entry.value, dict) else range(1, entry.internal.size + 1)
            yield from ((str(member), entry, i) for i, member in enumerate(members))


def constant(value: float, entry: Parameter, i: int) -> Constant:
    """A number of a model as a constant of a file, ``i`` its place in its entry."""
    shipped = float(np.ravel(entry.internal)[i])
    changed = "" if np.isclose(value, shipped, rtol=1e-12) else "; changed in this file"
    how = entry.source if entry.source == entry.status else f"{entry.source} ({entry.status})"
    unit = "" if entry.unit in ("-", "x") else f" {entry.unit}"
    stated = f"{entry.where}: {shipped / entry.factor:.6g}{unit}; {how}{changed}"
    cited = [
        f"https://identifiers.org/doi:{one.doi}" if one.doi else f"https://identifiers.org/pubmed:{one.pmid}"
        for one in named_in(entry.source)
        if one.doi or one.pmid
    ]
    return Constant(value, INTERNAL.get(entry.unit, entry.unit), entry.meaning, stated, tuple(cited))
