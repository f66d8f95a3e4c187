"""What each primitive of a traced program does to arrays of lanes."""

from collections.abc import Callable
from functools import reduce
from typing import Any

import numpy as np

from brittlestar.engine.native.compiler import vectors as op
from brittlestar.engine.native.compiler.arrays import Memory, Small, fetch, fetch_row, known, pick, small
from brittlestar.engine.native.compiler.exp_log import exponential, logarithm
from brittlestar.engine.native.compiler.vectors import Lanes, is_constant

Rule = Callable[..., Any]
RULES: dict[str, Rule] = {}
"""Name of the primitive -> function of (lanes, equation, *arrays) that returns an array or a list of them."""


def rule(*names: str) -> Callable[[Rule], Rule]:
    """Register what a primitive does."""

    def keep(function: Rule) -> Rule:
        RULES.update(dict.fromkeys(names, function))
        return function

    return keep


def _dtype(eqn: Any, which: int = 0) -> np.dtype:
    return np.dtype(eqn.invars[which].aval.dtype)


def _each(function: Callable[..., Any], *arrays: Small) -> Small:
    """Element by element; an operand without axes serves all."""
    arrays = tuple(np.broadcast_arrays(*arrays))
    values = [function(*elements) for elements in zip(*(a.reshape(-1) for a in arrays))]
    return small(values, arrays[0].shape)


def _pairwise(name: str, real: Any, whole: Any) -> None:
    @rule(name)
    def apply(k: Lanes, eqn: Any, x: Small, y: Small) -> Small:
        dtype = _dtype(eqn)
        chosen = real if dtype.kind == "f" else whole
        return _each(lambda a, b: chosen(k, dtype, a, b), x, y)


_pairwise("add", op.add, op.int_add)
_pairwise("sub", op.subtract, op.int_subtract)
_pairwise("mul", op.multiply, op.int_multiply)
_pairwise("div", op.divide, None)


@rule("not")
def _not(k: Lanes, eqn: Any, x: Small) -> Small:
    """Of truth values."""
    return _each(lambda v: op.bit_xor(k, bool, v, np.True_), x)


_pairwise("and", None, op.bit_and)
_pairwise("or", None, op.bit_or)
_pairwise("xor", None, op.bit_xor)
_pairwise("shift_left", None, op.shift_left)
_pairwise("shift_right_logical", None, op.shift_right)

for _name, _sign in {"lt": "<", "gt": ">", "le": "<=", "ge": ">=", "eq": "==", "ne": "!="}.items():

    def _compare(k: Lanes, eqn: Any, x: Small, y: Small, sign: str = _sign) -> Small:
        return _each(lambda a, b: op.compare(k, _dtype(eqn), sign, a, b), x, y)

    RULES[_name] = _compare

for _name, _sign in {"max": ">", "min": "<"}.items():

    def _extreme(k: Lanes, eqn: Any, x: Small, y: Small, sign: str = _sign) -> Small:
        return _each(lambda a, b: op.extreme(k, _dtype(eqn), sign, a, b), x, y)

    RULES[_name] = _extreme


@rule("select_n")
def _select(k: Lanes, eqn: Any, which: Small, no: Small, yes: Small) -> Small:
    return _each(lambda w, n, y: op.choose(k, _dtype(eqn, 1), w, y, n), which, no, yes)


@rule("convert_element_type")
def _convert(k: Lanes, eqn: Any, x: Small) -> Small:
    return _each(lambda v: op.convert(k, _dtype(eqn), eqn.params["new_dtype"], v), x)


@rule("neg")
def _negative(k: Lanes, eqn: Any, x: Small) -> Small:
    dtype = _dtype(eqn)
    return _each(lambda v: op.multiply(k, dtype, v, dtype.type(-1)), x)


def _function(name: str, intrinsic: str, constant: Any) -> None:
    @rule(name)
    def apply(k: Lanes, eqn: Any, x: Small) -> Small:
        def one(v: Any) -> Any:
            if is_constant(v):
                return constant(v)
            return k.unary(intrinsic, v, k.each if op.is_lane(v) else k.once)

        return _each(one, x)


_function("sqrt", "llvm.sqrt", np.sqrt)
_function("floor", "llvm.floor", np.floor)
_function("ceil", "llvm.ceil", np.ceil)
_function("abs", "llvm.fabs", np.abs)


@rule("exp")
def _exp(k: Lanes, eqn: Any, x: Small) -> Small:
    return _each(lambda v: exponential(k, v), x)


@rule("log")
def _log(k: Lanes, eqn: Any, x: Small) -> Small:
    return _each(lambda v: logarithm(k, v), x)


@rule("log1p")
def _log1p(k: Lanes, eqn: Any, x: Small) -> Small:
    """ln(1 + x), with what 1 + x loses of x put back."""
    d, one = _dtype(eqn), np.float64(1.0)

    def of(v: Any) -> Any:
        u = op.add(k, d, v, one)
        lost = op.subtract(k, d, v, op.subtract(k, d, u, one))
        return op.add(k, d, logarithm(k, u), op.divide(k, d, lost, u))

    return _each(of, x)


@rule("logistic")
def _logistic(k: Lanes, eqn: Any, x: Small) -> Small:
    d, one = _dtype(eqn), np.float64(1.0)

    def of(v: Any) -> Any:
        small_ = exponential(k, op.multiply(k, d, v, -one))
        return op.divide(k, d, one, op.add(k, d, one, small_))

    return _each(of, x)


@rule("pow")
def _power(k: Lanes, eqn: Any, x: Small, y: Small) -> Small:
    """x^y as e^{y ln x}, for x not negative and y positive, as everywhere in the model."""
    d = _dtype(eqn)
    return _each(lambda a, b: exponential(k, op.multiply(k, d, b, logarithm(k, a))), x, y)


def _whole_power(k: Lanes, d: Any, x: Any, n: int) -> Any:
    if n < 0:
        return op.divide(k, d, np.float64(1.0), _whole_power(k, d, x, -n))
    if n == 1:
        return x
    half = _whole_power(k, d, x, n // 2)
    square = op.multiply(k, d, half, half)
    return op.multiply(k, d, square, x) if n % 2 else square


@rule("integer_pow", "square")
def _integer_power(k: Lanes, eqn: Any, x: Small) -> Small:
    return _each(lambda v: _whole_power(k, _dtype(eqn), v, eqn.params.get("y", 2)), x)


@rule("broadcast_in_dim")
def _broadcast(k: Lanes, eqn: Any, x: Small) -> Small:
    shape, kept = eqn.params["shape"], eqn.params["broadcast_dimensions"]
    sizes = [1] * len(shape)
    for axis, size in zip(kept, x.shape):
        sizes[axis] = size
    return np.broadcast_to(x.reshape(sizes), shape)


@rule("reshape")
def _reshape(k: Lanes, eqn: Any, x: Small) -> Small:
    return x.reshape(eqn.params["new_sizes"])


@rule("transpose")
def _transpose(k: Lanes, eqn: Any, x: Small) -> Small:
    return x.transpose(eqn.params["permutation"])


@rule("squeeze")
def _squeeze(k: Lanes, eqn: Any, x: Small) -> Small:
    return np.squeeze(x, tuple(eqn.params["dimensions"]))


@rule("slice")
def _slice(k: Lanes, eqn: Any, x: Small) -> Small:
    q = eqn.params
    steps = q["strides"] or [1] * x.ndim
    return x[tuple(slice(*part) for part in zip(q["start_indices"], q["limit_indices"], steps))]


@rule("concatenate")
def _concatenate(k: Lanes, eqn: Any, *parts: Small) -> Small:
    return np.concatenate(parts, axis=eqn.params["dimension"])


@rule("stack")
def _stack(k: Lanes, eqn: Any, *parts: Small) -> Small:
    return np.stack(parts, axis=eqn.params["axis"])


@rule("unstack")
def _unstack(k: Lanes, eqn: Any, x: Small) -> list[Small]:
    return list(np.moveaxis(x, eqn.params["axis"], 0))


@rule("iota")
def _iota(k: Lanes, eqn: Any) -> Small:
    q = eqn.params
    sizes = [1] * len(q["shape"])
    sizes[q["dimension"]] = q["shape"][q["dimension"]]
    count = np.arange(q["shape"][q["dimension"]]).astype(q["dtype"]).reshape(sizes)
    return known(np.broadcast_to(count, q["shape"]))


def _reduction(name: str, real: Any, whole: Any) -> None:
    """Along axes; nothing gives 0, which is right for sums and for ``or``."""

    @rule(name)
    def apply(k: Lanes, eqn: Any, x: Small) -> Small:
        d, axes = _dtype(eqn), eqn.params["axes"]
        chosen = real if d.kind == "f" else whole
        rest = [axis for axis in range(x.ndim) if axis not in axes]
        if not axes:
            return x
        if not x.size:
            return known(np.zeros([x.shape[axis] for axis in rest], d))
        rows = x.transpose(*axes, *rest).reshape(-1, *(x.shape[axis] for axis in rest))
        # Of a single row without axes NumPy hands out the bare element.
        return reduce(
            lambda a, b: _each(lambda v, w: chosen(k, d, v, w), a, b),
            (row if isinstance(row, np.ndarray) else small([row], ()) for row in rows),
        )


_reduction("reduce_sum", op.add, op.int_add)
_reduction("reduce_or", None, op.bit_or)
_reduction("reduce_max", lambda k, d, x, y: op.extreme(k, d, ">", x, y), None)
_reduction("reduce_min", lambda k, d, x, y: op.extreme(k, d, "<", x, y), None)


@rule("argmax")
def _argmax(k: Lanes, eqn: Any, x: Small) -> Small:
    """Place of the first largest along one axis."""
    (axis,), d, index = eqn.params["axes"], _dtype(eqn), eqn.params["index_dtype"]
    rows = np.moveaxis(x, axis, 0)
    best, place = rows[0], known(np.zeros(rows.shape[1:], index))
    for i, row in enumerate(rows[1:], 1):
        more = _each(lambda a, b: op.compare(k, d, ">", a, b), row, best)
        best = _each(lambda w, a, b: op.choose(k, d, w, a, b), more, row, best)
        place = _each(lambda w, b, i=i: op.choose(k, index, w, np.dtype(index).type(i), b), more, place)
    return place


@rule("dot_general")
def _dot(k: Lanes, eqn: Any, x: Small, y: Small) -> Small:
    ((left, right), (batch, _)), d = eqn.params["dimension_numbers"], _dtype(eqn)
    if batch:
        raise NotImplementedError("dot_general with batch dimensions")
    x = np.moveaxis(x, left, range(len(left)))
    y = np.moveaxis(y, right, range(len(right)))
    count = int(np.prod(x.shape[: len(left)]))
    free_x, free_y = x.shape[len(left) :], y.shape[len(right) :]
    x, y = x.reshape(count, -1), y.reshape(count, -1)
    result = np.empty((x.shape[1], y.shape[1]), object)
    for i, j in np.ndindex(*result.shape):
        products = [op.multiply(k, d, a, b) for a, b in zip(x[:, i], y[:, j])]
        result[i, j] = reduce(lambda a, b: op.add(k, d, a, b), products)
    return result.reshape(*free_x, *free_y)


@rule("sort")
def _sort(k: Lanes, eqn: Any, *columns: Small) -> list[Small]:
    """Rows along one axis by the first column, equal ones in the order they had."""
    d = [_dtype(eqn, i) for i in range(len(columns))]
    rows = [list(np.moveaxis(column, eqn.params["dimension"], 0)) for column in columns]
    count = len(rows[0])
    for end in range(count - 1, 0, -1):
        for i in range(end):
            swap = _each(lambda a, b: op.compare(k, d[0], ">", a, b), rows[0][i], rows[0][i + 1])
            for column, kind in zip(rows, d):
                a, b = column[i], column[i + 1]
                column[i] = _each(lambda w, v, u, kind=kind: op.choose(k, kind, w, u, v), swap, a, b)
                column[i + 1] = _each(lambda w, v, u, kind=kind: op.choose(k, kind, w, v, u), swap, a, b)
    return [np.moveaxis(np.stack(column), 0, eqn.params["dimension"]) for column in rows]


@rule("call_hi_primitive")
def _search(k: Lanes, eqn: Any, known: Small, asked: Small) -> Small:
    """Of the calls that JAX spells out late only the search in a few sorted numbers: how many come before."""
    search = eqn.params["_prim"]
    if type(search).__name__ != "SearchSorted" or known.ndim != 1:
        raise NotImplementedError(f"{type(search).__name__}: a call that native code does not know")
    sign, d, whole = "<=" if search.side == "right" else "<", _dtype(eqn), np.dtype(np.int32)

    def of(value: Any) -> Any:
        before = [op.compare(k, d, sign, one, value) for one in known]
        return reduce(
            lambda a, b: op.int_add(k, whole, a, b), (op.convert(k, np.dtype(bool), whole, b) for b in before)
        )

    return _each(of, asked)


@rule("gather")
def _gather(k: Lanes, eqn: Any, x: Small | Memory, indices: Small) -> Small:
    """Rows by indices; those beyond the end are the caller's fault (the look-ups here clip before)."""
    q = eqn.params["dimension_numbers"]
    shape = eqn.outvars[0].aval.shape
    inside = [axis for axis in range(x.ndim) if axis not in q.collapsed_slice_dims]
    batch = [axis for axis in range(len(shape)) if axis not in q.offset_dims]
    result: Small = np.empty(shape, object)
    linear: dict[Any, Any] = {}
    whole_rows: dict[Any, list[Any]] = {}
    d, whole = _dtype(eqn), np.dtype(np.int32)
    for place in np.ndindex(*shape):
        at = tuple(place[axis] for axis in batch)
        offset = [0] * x.ndim
        for axis, where in zip(inside, q.offset_dims):
            offset[axis] = place[where]
        start: list[Any] = [0] * x.ndim
        for number, axis in enumerate(q.start_index_map):
            start[axis] = op.convert(k, _dtype(eqn, 1), whole, indices[(*at, number)])
        if isinstance(x, Memory):
            strides = [int(np.prod(x.shape[axis + 1 :])) for axis in range(x.ndim)]
            if at not in linear:
                terms = [op.int_multiply(k, whole, s, np.int32(n)) for s, n in zip(start, strides)]
                total = reduce(lambda a, b: op.int_add(k, whole, a, b), terms)
                linear[at] = k.lane(total, whole)
                if inside == [x.ndim - 1] and d.kind == "f" and k.width <= x.shape[-1]:
                    whole_rows[at] = fetch_row(k, x, linear[at], x.shape[-1])
            fixed = sum(o * n for o, n in zip(offset, strides))
            result[place] = whole_rows[at][fixed] if at in whole_rows else fetch(k, x, linear[at], fixed)
        else:
            values = x
            for axis in range(x.ndim):
                now, room = start[axis], x.shape[axis]
                options = [min(i + offset[axis], room - 1) for i in range(room - offset[axis])]
                if is_constant(now):
                    values = values[int(np.clip(now + offset[axis], 0, room - 1))]
                else:
                    rows = [values[i] for i in options]
                    values = _each(lambda *v, now=now: pick(k, d, list(v), now), *rows)
            result[place] = values if not isinstance(values, np.ndarray) else values[()]
    return result


@rule("scatter-mul")
def _scatter_multiply(k: Lanes, eqn: Any, x: Small, indices: Small, updates: Small) -> Small:
    """One row, known when compiled, times the updates."""
    q = eqn.params["dimension_numbers"]
    if q.scatter_dims_to_operand_dims != (0,) or q.inserted_window_dims != (0,):
        raise NotImplementedError("scatter other than of one leading row")
    row, d = int(indices.reshape(-1)[0]), _dtype(eqn)
    result = x.copy()
    result[row] = _each(lambda a, b: op.multiply(k, d, a, b), x[row], updates)
    return result


@rule("optimization_barrier")
def _barrier(k: Lanes, eqn: Any, *arrays: Small) -> list[Small]:
    return list(arrays)


@rule("copy", "stop_gradient", "copy_p")
def _same(k: Lanes, eqn: Any, x: Small) -> Small:
    return x
