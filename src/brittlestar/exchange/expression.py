"""Scalar expressions: built once each, with constants folded, named by the elements of MathML.

A leaf is a number, a truth value or a symbol. Values of a simulation are taken to be finite, so 0 x is 0 and
x - x is 0.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any

import numpy as np


@dataclass(frozen=True, eq=False)
class Node:
    """An operation on arguments, or a symbol (``op`` is "symbol", the only argument its name)."""

    op: str
    args: tuple[Any, ...]


Value = Node | float | bool

_OPERATIONS: dict[str, Callable[..., Any]] = {
    "plus": np.add,
    "minus": lambda x, y=None: np.negative(x) if y is None else np.subtract(x, y),
    "times": np.multiply,
    "divide": np.divide,
    "power": np.power,
    "exp": np.exp,
    "ln": np.log,
    "root": np.sqrt,
    "abs": np.abs,
    "floor": np.floor,
    "max": np.maximum,
    "min": np.minimum,
    "lt": np.less,
    "gt": np.greater,
    "leq": np.less_equal,
    "geq": np.greater_equal,
    "eq": np.equal,
    "neq": np.not_equal,
    "and": np.logical_and,
    "or": np.logical_or,
    "not": np.logical_not,
    "piecewise": lambda value, condition, otherwise: np.where(condition, value, otherwise),
}
TRUTHS = ("lt", "gt", "leq", "geq", "eq", "neq", "and", "or", "not")
"""Operations whose value is true or false."""

_SAME: dict[str, Value] = {"minus": 0.0, "eq": True, "leq": True, "geq": True}
_LESS = {"lt": True, "leq": True, "gt": False, "geq": False}
"""Comparisons: whether the first is asked to be less."""
_SAME |= {"neq": False, "lt": False, "gt": False}


def computed(op: str, *values: Any) -> np.ndarray:
    """What an operation makes of numbers, element by element."""
    return np.asarray(_OPERATIONS[op](*values))


class Graph:
    """Expressions over shared symbols; equal expressions are one node."""

    def __init__(self) -> None:
        self._nodes: dict[tuple[Any, ...], Node] = {}

    def symbol(self, name: str) -> Node:
        """The symbol of this name."""
        return self._intern("symbol", (name,))

    def make(self, op: str, *args: Value) -> Value:
        """The operation on these arguments, or what it comes to.

        A piecewise has the value, the condition and the value otherwise.
        """
        if op == "piecewise":
            return self._choice(*args)
        if not any(isinstance(arg, Node) for arg in args):
            return computed(op, *args).item()
        if len(args) == 2:
            short = _shortened(op, *args)
            if short is not None:
                return short
        return self._intern(op, args)

    def _choice(self, value: Value, condition: Value, otherwise: Value) -> Value:
        if not isinstance(condition, Node):
            return value if condition else otherwise
        same = value is otherwise or (
            not isinstance(value, Node) and not isinstance(otherwise, Node) and value == otherwise
        )
        return value if same else self._intern("piecewise", (value, condition, otherwise))

    def _intern(self, op: str, args: tuple[Any, ...]) -> Node:
        key = (op, *(id(arg) if isinstance(arg, Node) else (type(arg), arg) for arg in args))
        return self._nodes.setdefault(key, Node(op, args))


def _shortened(op: str, x: Value, y: Value) -> Value | None:
    """What x op y comes to where one argument says so; None if nothing does."""
    if x is y:
        if op in ("max", "min", "and", "or"):
            return x
        if op in _SAME:
            return _SAME[op]
    a, b = (None if isinstance(v, Node) else v for v in (x, y))
    if op in _LESS and math.inf in (a, b):
        return _LESS[op] is (b == math.inf)
    if op in _LESS and -math.inf in (a, b):
        return _LESS[op] is (a == -math.inf)
    if op in ("plus", "times", "max", "min", "and", "or"):
        neutral, absorbing = {
            "plus": (0.0, None), "times": (1.0, 0.0), "max": (-math.inf, math.inf),
            "min": (math.inf, -math.inf), "and": (True, False), "or": (False, True),
        }[op]  # fmt: skip
        if a == neutral:
            return y
        if b == neutral:
            return x
        if absorbing is not None and absorbing in (a, b):
            return absorbing
    elif (op == "minus" and b == 0.0) or (op in ("divide", "power") and b == 1.0):
        return x
    elif op == "divide" and a == 0.0:
        return 0.0
    elif op == "power" and b == 0.0:
        return 1.0
    return None


def counted(roots: Iterable[Value]) -> dict[Node, int]:
    """How often each node is used, arguments before what uses them; a root counts as one use."""
    uses: dict[Node, int] = {}
    done: set[Node] = set()
    for root in roots:
        stack: list[tuple[Value, bool]] = [(root, False)]
        while stack:
            node, ready = stack.pop()
            if not isinstance(node, Node):
                continue
            if ready:
                uses[node] = uses.pop(node)
                continue
            uses[node] = uses.get(node, 0) + 1
            if node in done or node.op == "symbol":
                continue
            done.add(node)
            stack.append((node, True))
            stack += [(arg, False) for arg in node.args]
    return uses


def shared(roots: Iterable[Value], known: Mapping[Node, str]) -> tuple[dict[Node, str], dict[Node, str]]:
    """Names of all quantities that stand for themselves, and those of them that had none before.

    What is used more than once gets a name, so that nothing is written or computed twice.
    """
    names, new, number = dict(known), {}, count(1)
    for node, times in counted(roots).items():
        if times > 1 and node.op != "symbol" and node.op not in TRUTHS and node not in names:
            names[node] = new[node] = f"v{next(number)}"
    return names, new
