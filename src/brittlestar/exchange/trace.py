"""An array function of the model as scalar expressions: its jaxpr, run over symbols instead of numbers.

What the engine computes is what is exported: no equation is written a second time. Arrays are unrolled
element by element; operations that only move elements run on their indices.
"""

from collections.abc import Callable, Sequence
from functools import partial, reduce
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.extend.core import Literal

from brittlestar.exchange.expression import TRUTHS, Graph, Node, Value

_DIRECT = {
    "add": "plus", "add_any": "plus", "sub": "minus", "mul": "times", "div": "divide", "neg": "minus",
    "pow": "power", "exp": "exp", "log": "ln", "sqrt": "root", "abs": "abs", "floor": "floor",
    "max": "max", "min": "min", "lt": "lt", "gt": "gt", "le": "leq", "ge": "geq", "eq": "eq", "ne": "neq",
    "and": "and", "or": "or", "not": "not",
}  # fmt: skip
_SIMPLE_MOVES: dict[str, Callable[..., Any]] = {
    "broadcast_in_dim": lambda of, x: _broadcast(x, of["shape"], of["broadcast_dimensions"]),
    "concatenate": lambda of, *arrays: np.concatenate(arrays, of["dimension"]),
    "reshape": lambda of, x: x.reshape(of["new_sizes"]),
    "rev": lambda of, x: np.flip(x, of["dimensions"]),
    "slice": lambda of, x: x[_window(of["start_indices"], of["limit_indices"], of["strides"])],
    "squeeze": lambda of, x: np.squeeze(x, of["dimensions"]),
    "transpose": lambda of, x: x.transpose(of["permutation"]),
}
"""What NumPy does with the elements themselves."""

_MOVES = {"gather", "stack", "unstack"}
"""What JAX does with the places of elements."""

_CALLS = {"jit": "jaxpr", "pjit": "jaxpr", "custom_jvp_call": "call_jaxpr", "closed_call": "call_jaxpr"}
_REDUCTIONS = {"reduce_sum": ("plus", 0.0), "reduce_max": ("max", -np.inf), "reduce_min": ("min", np.inf)}

Cells = np.ndarray
"""Array of dtype object, one expression per element."""


def cells(values: Any) -> Cells:
    """Numbers as expressions."""
    array = np.asarray(values)
    return array.astype(bool if array.dtype == bool else float).astype(object)


def trace(graph: Graph, function: Callable[..., Any], *arguments: Any) -> Any:
    """The function's result with expressions for numbers.

    Args:
        graph: where the expressions live.
        function: array function, as for ``jax.jit``.
        *arguments: trees of :data:`Cells` or of numbers.

    Raises:
        NotImplementedError: an operation that has no counterpart.
    """
    leaves, tree = jax.tree.flatten(arguments)
    leaves = [leaf if _is_cells(leaf) else cells(leaf) for leaf in leaves]
    shapes = jax.tree.unflatten(tree, [jax.ShapeDtypeStruct(leaf.shape, jnp.float64) for leaf in leaves])
    closed, out = jax.make_jaxpr(function, return_shape=True)(*shapes)
    found = _run(graph, closed.jaxpr, [cells(const) for const in closed.consts], leaves)
    return jax.tree.unflatten(jax.tree.structure(out), found)


def _is_cells(leaf: Any) -> bool:
    return isinstance(leaf, np.ndarray) and leaf.dtype == object


def _run(graph: Graph, jaxpr: Any, consts: list[Cells], arguments: list[Cells]) -> list[Cells]:
    known = dict(zip([*jaxpr.constvars, *jaxpr.invars], [*consts, *arguments], strict=True))

    def value(atom: Any) -> Cells:
        return cells(atom.val) if isinstance(atom, Literal) else known[atom]

    for equation in jaxpr.eqns:
        found = _apply(graph, equation, [value(atom) for atom in equation.invars])
        known.update(zip(equation.outvars, found, strict=True))
    return [value(atom) for atom in jaxpr.outvars]


def _apply(graph: Graph, equation: Any, arguments: list[Cells]) -> list[Cells]:
    name, given = equation.primitive.name, equation.params

    def each(function: Callable[..., Value], *arrays: Cells) -> list[Cells]:
        out = np.empty(np.broadcast_shapes(*(array.shape for array in arrays)), object)
        columns = [np.broadcast_to(array, out.shape).ravel() for array in arrays]
        out.ravel()[:] = [function(*row) for row in zip(*columns)]
        return [out]

    if name in _DIRECT:
        return each(partial(graph.make, _DIRECT[name]), *arguments)
    if name in _SIMPLE_MOVES:
        return [_SIMPLE_MOVES[name](given, *arguments)]
    if name in _MOVES:
        return _move(equation, arguments)
    if name in _CALLS:
        inner = given[_CALLS[name]]
        return _run(graph, inner.jaxpr, [cells(const) for const in inner.consts], arguments)
    match name:
        case "integer_pow":
            return each(lambda x: graph.make("power", x, float(given["y"])), *arguments)
        case "square":
            return each(lambda x: graph.make("power", x, 2.0), *arguments)
        case "log1p":
            return each(lambda x: graph.make("ln", graph.make("plus", 1.0, x)), *arguments)
        case "copy" | "stop_gradient" | "optimization_barrier":
            return arguments
        case "select_n" if len(arguments) == 3:
            return each(lambda which, no, yes: graph.make("piecewise", yes, which, no), *arguments)
        case "convert_element_type":
            return each(partial(_converted, graph, given["new_dtype"] == np.bool_), *arguments)
        case "reduce_sum" | "reduce_max" | "reduce_min":
            op, start = _REDUCTIONS[name]
            (array,) = arguments
            axes = given["axes"]
            kept = [axis for axis in range(array.ndim) if axis not in axes]
            rows = array.transpose(*kept, *axes).reshape([*(array.shape[axis] for axis in kept), -1])
            out = np.empty(rows.shape[:-1], object)
            for index in np.ndindex(out.shape):
                out[index] = reduce(partial(graph.make, op), rows[index], start)
            return [out]
        case "scatter-mul":
            return _scaled(graph, equation, *arguments)
    raise NotImplementedError(f"the operation {name} has no counterpart in an exported file")


def _converted(graph: Graph, truth: bool, x: Value) -> Value:
    if isinstance(x, Node):
        return graph.make("piecewise", 1.0, x, 0.0) if x.op in TRUTHS and not truth else x
    return bool(x) if truth else float(x)


def _broadcast(x: Cells, shape: tuple[int, ...], axes: tuple[int, ...]) -> Cells:
    """The array with its axes at these places of the shape."""
    sizes = [x.shape[axes.index(i)] if i in axes else 1 for i in range(len(shape))]
    return np.broadcast_to(x.reshape(sizes), shape)


def _window(start: Sequence[int], end: Sequence[int], by: Sequence[int] | None) -> tuple[slice, ...]:
    return tuple(map(slice, start, end, by or [1] * len(start)))


def _indices(arrays: list[Cells]) -> tuple[list[Value], list[np.ndarray]]:
    """All elements in a row, and for each array the places of its own."""
    pool: list[Value] = []
    places = []
    for array in arrays:
        places.append(np.arange(len(pool), len(pool) + array.size, dtype=np.int32).reshape(array.shape))
        pool += list(array.ravel())
    return pool, places


def _move(equation: Any, arguments: list[Cells]) -> list[Cells]:
    name = equation.primitive.name
    moved = arguments[:1] if name == "gather" else arguments
    pool, places = _indices(moved)
    fixed = [jnp.asarray(array.astype(np.int64)) for array in arguments[len(moved) :]]
    found = equation.primitive.bind(*(jnp.asarray(place) for place in places), *fixed, **equation.params)
    results = found if equation.primitive.multiple_results else [found]
    elements = np.empty(len(pool) + 1, object)
    elements[:-1] = pool
    # Taken as one-dimensional first: an index without dimensions would give the element itself.
    return [elements[np.ravel(result)].reshape(result.shape) for result in results]


def _scaled(graph: Graph, equation: Any, array: Cells, where: Cells, factors: Cells) -> list[Cells]:
    """Elements times the factors that fall on them; one each at most."""
    _, (places,) = _indices([factors])
    hit = np.asarray(
        equation.primitive.bind(
            jnp.ones(array.shape),
            jnp.asarray(where.astype(np.int64)),
            jnp.asarray(places + 2.0),
            **equation.params,
        )
    )
    out, flat = array.copy(), factors.ravel().tolist()
    for index in zip(*np.nonzero(hit > 1.5)):
        out[index] = graph.make("times", array.item(index), flat[round(float(hit[index])) - 2])
    return [out]
