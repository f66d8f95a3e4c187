"""Arrays while lowering: small ones spread out element by element, large ones left in memory."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from llvmlite import ir

from brittlestar.engine.native.compiler.vectors import Kind, Lanes, Value, choose, is_constant, is_lane

Small = np.ndarray
"""Array of objects: each element a constant, a scalar or a vector (see ``lanes``); shuffles are free."""


@dataclass(frozen=True)
class Memory:
    """Numbers in memory, the same for everyone: look-up tables and schedules."""

    start: Value
    dtype: np.dtype
    shape: tuple[int, ...]

    @property
    def ndim(self) -> int:
        return len(self.shape)

    def from_row(self, k: Lanes, index: Value) -> "Memory":
        """The same from entry ``index`` of the leading axis on."""
        size = int(np.prod(self.shape[1:]))
        offset = k.each.mul(index, ir.Constant(ir.IntType(64), size))
        return replace(self, start=k.place(self.start, stored(k, self.dtype), offset))


def stored(k: Lanes, dtype: Any) -> Kind:
    """Type of a number in memory: truth values take a byte."""
    return ir.IntType(8) if np.dtype(dtype).kind == "b" else k.scalar(dtype)


def small(values: Any, shape: tuple[int, ...]) -> Small:
    """Objects in an array of this shape."""
    result = np.empty(shape, object)
    result.reshape(-1)[:] = values
    return result


def known(value: Any) -> Small:
    """A constant array."""
    value = np.asarray(value)
    return small(list(value.reshape(-1)), value.shape)


def _in_shape(value: Any, kind: np.dtype, k: Lanes) -> Any:
    """A number from memory as it is computed with."""
    return k.each.trunc(value, k.vector(bool)) if kind.kind == "b" else value


def fetch(k: Lanes, source: Memory, linear: Any, offset: int) -> Any:
    """Numbers at a linear index of its own for each person, plus a fixed offset."""
    kind = stored(k, source.dtype)
    result: Any = ir.Constant(ir.VectorType(kind, k.width), ir.Undefined)
    for i in range(k.width):
        lane = ir.Constant(ir.IntType(32), i)
        base = k.place(source.start, kind, k.each.extract_element(linear, lane))
        value = k.each.load(k.place(base, kind, offset) if offset else base, typ=kind)
        result = k.each.insert_element(result, value, lane)
    return _in_shape(result, source.dtype, k)


def fetch_row(k: Lanes, source: Memory, linear: Any, count: int) -> list[Any]:
    """``count`` numbers in a row from a linear index of its own for each person, at least a vector's worth.

    Each person's row is read in vectors and the square of them turned, so that people lie side by side.
    """
    kind, square = stored(k, source.dtype), k.vector(source.dtype)
    starts = [
        k.place(source.start, kind, k.each.extract_element(linear, ir.Constant(ir.IntType(32), i)))
        for i in range(k.width)
    ]
    result: list[Any] = [None] * count
    for block in range(0, count, k.width):
        first = min(block, count - k.width)
        rows = [k.each.load(k.place(start, kind, first), typ=square, align=k.bits // 8) for start in starts]
        result[first : first + k.width] = turned(k, rows)
    return result


def turned(k: Lanes, rows: list[Any]) -> list[Any]:
    """As many vectors as each has numbers, rows for columns: blocks across the diagonal change places."""
    rows, lanes, step = list(rows), range(k.width), 1
    while step < k.width:
        low = [j if not j & step else k.width + j - step for j in lanes]
        high = [j + step if not j & step else k.width + j for j in lanes]
        masks = [ir.Constant(ir.VectorType(ir.IntType(32), k.width), mask) for mask in (low, high)]
        for i in lanes:
            if not i & step:
                pair = rows[i], rows[i + step]
                rows[i], rows[i + step] = (k.each.shuffle_vector(*pair, mask) for mask in masks)
        step *= 2
    return rows


def pick(k: Lanes, dtype: Any, options: list[Any], index: Any) -> Any:
    """One of a few values by a number that may differ between people."""
    if is_constant(index):
        return options[int(np.clip(index, 0, len(options) - 1))]
    if all(option is options[0] for option in options):
        return options[0]
    b = k.each if is_lane(index) else k.once
    result = options[0]
    for i, option in enumerate(options[1:], 1):
        same = b.icmp_signed("==", index, k.constant(i, index.type))
        result = choose(k, dtype, same, option, result)
    return result
