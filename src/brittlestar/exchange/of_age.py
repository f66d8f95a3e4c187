"""What age alone decides, as curves of age: a long expression of the healthy person becomes one look-up.

A solver that writes every rule out where it is used meets such an expression many times over.
"""

from collections.abc import Callable, Mapping

import numpy as np

from brittlestar.exchange.expression import TRUTHS, Graph, Node, Value, computed

SHORTER = 2
"""An expression is replaced by a curve that is shorter by this factor, both written out in full."""


class OfAge:
    """Rewrites expressions, :meth:`with_curves`; collects the curves and what they stand for."""

    def __init__(
        self,
        graph: Graph,
        by_age: Mapping[str, np.ndarray],
        fitted: Callable[[np.ndarray], Value],
        defined: Mapping[str, Value],
    ) -> None:
        """Start without curves.

        Args:
            graph: where the expressions live.
            by_age: the symbols that age decides, with their values over a table of ages.
            fitted: curve of age of such values, or their number where they do not change.
            defined: those of the symbols that are written out as curves.
        """
        self.curves: dict[str, Value] = {}
        """by name, of_age_1 and so on"""
        self.stands_for: dict[str, Value] = {}
        """the expression that each of the curves is fitted to"""
        self._graph, self._fitted = graph, fitted
        self._values: dict[Node, np.ndarray | None] = {graph.symbol(name): v for name, v in by_age.items()}
        self._lengths: dict[Node, int] = {}
        self._lengths = {graph.symbol(name): self._length(value) for name, value in defined.items()}
        self._new: dict[Node, Value] = {}

    def with_curves(self, value: Value) -> Value:
        """The expression with a curve for each largest part that age alone decides, where that is shorter."""
        if not isinstance(value, Node) or value.op == "symbol":
            return value
        if value not in self._new:
            found = self._curve(value)
            self._new[value] = (
                self._graph.make(value.op, *(self.with_curves(arg) for arg in value.args))
                if found is None
                else found
            )
        return self._new[value]

    def _curve(self, node: Node) -> Value | None:
        values = None if node.op in TRUTHS else self._over_ages(node)
        if values is None or not np.isfinite(values).all():
            return None
        curve = self._fitted(values)
        if not isinstance(curve, Node):
            return curve
        if SHORTER * self._length(curve) > self._length(node):
            return None
        name = f"of_age_{len(self.curves) + 1}"
        self.curves[name], self.stands_for[name] = curve, node
        return self._graph.symbol(name)

    def _over_ages(self, value: Value) -> np.ndarray | None:
        """Values over the table of ages; None of what state or care decides too."""
        if not isinstance(value, Node):
            return np.asarray(value)
        if value not in self._values:
            given = [] if value.op == "symbol" else [self._over_ages(arg) for arg in value.args]
            known = [arg for arg in given if arg is not None]
            with np.errstate(all="ignore"):
                decided = known and len(known) == len(given)
                self._values[value] = computed(value.op, *known) if decided else None
        return self._values[value]

    def _length(self, value: Value) -> int:
        """Operations, numbers and symbols, all curves written out."""
        if not isinstance(value, Node):
            return 1
        if value not in self._lengths:
            arguments = () if value.op == "symbol" else value.args
            self._lengths[value] = 1 + sum(self._length(arg) for arg in arguments)
        return self._lengths[value]
