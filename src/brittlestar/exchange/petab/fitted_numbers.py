"""Fitted numbers that a file can hold by name, as symbols of its equations and logarithms of its problem."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import jax
import numpy as np

from brittlestar.evidence.calibration.free_parameters import (
    MEMBERS,
    FreeParameter,
    Leaf,
    free_parameters,
    shipped_theta,
    with_theta,
)
from brittlestar.exchange.constants import Constant, constant, held, shaping
from brittlestar.exchange.expression import Graph
from brittlestar.model.parameters import Parameters, default_parameters

SHAPES_NOTHING = ("IV", "III")
"""Types whose numbers shape no curve of healthy age: hazards are told from those of type I."""


@dataclass(frozen=True)
class Fitted:
    """A fitted number and every constant that it decides."""

    free: FreeParameter
    symbols: tuple[tuple[str, float], ...]
    """constant, and how much of exp(ln) it is in the model's unit"""

    @property
    def id(self) -> str:
        """Its logarithm's name in files and tables."""
        return f"ln_{self.free.id}"

    @property
    def shipped(self) -> float:
        """ln of the value in use."""
        return float(np.log(self.free.shipped))


@cache
def as_fitted() -> Parameters:
    """The shipped set, in which what follows a fitted number does so exactly; its own file rounds it."""
    free = free_parameters()
    p = with_theta(default_parameters(), free, shipped_theta(free))
    return jax.tree.map(lambda value: np.asarray(value, float), p)


def symbol_of(leaf: Leaf) -> str:
    """The constant's name: ``fracture__gL``, ``types__n_IV``, as in ``exchange.constants``."""
    return "_".join(filter(None, (f"{leaf.group}__{leaf.name}", leaf.member)))


def _by_name(leaf: Leaf, in_time: bool) -> bool:
    name = f"{leaf.group}__{leaf.name}"
    if not in_time and leaf.group == "types" and leaf.member in SHAPES_NOTHING:
        return True
    return name not in (held() if in_time else shaping())


@cache
def fitted_by_name(in_time: bool) -> tuple[Fitted, ...]:
    """Fitted numbers that equations of courses hold by name, or those of people at entry, which hold more."""
    found = []
    for one in free_parameters():
        leaves = [(leaf, ratio) for leaf, ratio in one.values(1.0)]
        if all(_by_name(leaf, in_time) for leaf, _ in leaves):
            symbols = tuple((symbol_of(leaf), ratio * leaf.entry.factor) for leaf, ratio in leaves)
            found.append(Fitted(one, symbols))
    return tuple(found)


def in_symbols(graph: Graph, p: Parameters) -> tuple[Parameters, dict[str, Constant]]:
    """Parameters with the fitted numbers of people at entry in symbols, all else numbers; the constants."""
    groups = {name: group._asdict() for name, group in p._asdict().items()}
    found = {}
    for one in fitted_by_name(in_time=False):
        for leaf, _ in one.free.values(1.0):
            array = np.array(groups[leaf.group][leaf.name], object)
            place = MEMBERS[leaf.group].index(leaf.member) if leaf.member else ()
            symbol, entry = symbol_of(leaf), leaf.entry
            of_member = list(entry.value).index(leaf.member) if isinstance(entry.value, dict) else 0
            found[symbol] = constant(float(array[place]), entry, of_member)
            array[place] = graph.symbol(symbol)
            groups[leaf.group][leaf.name] = array
    return Parameters(*(type(getattr(p, name))(**values) for name, values in groups.items())), found


def used_by(symbols: Iterable[str]) -> tuple[Fitted, ...]:
    """The fitted numbers that decide any of these constants."""
    wanted = set(symbols)
    return tuple(
        one for one in fitted_by_name(in_time=False) if wanted & {symbol for symbol, _ in one.symbols}
    )
