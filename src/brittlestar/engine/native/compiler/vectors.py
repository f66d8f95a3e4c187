"""Arithmetic on lanes: one LLVM vector holds the same number of several people, side by side.

A value is a NumPy constant, an LLVM scalar (the same for all, computed once before the loop over people)
or an LLVM vector (one number for each of ``width`` people). Operations keep to the least of the three.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir

# LLVM's values, types and builders; the annotations of llvmlite are incomplete.
type Value = Any
type Kind = Any
type Builder = Any

FAST = ("nsz",)
"""The sign of a zero does not matter; infinities and not-a-numbers stay what they are."""

_INTEGERS = {"int8": 8, "uint8": 8, "int32": 32, "uint32": 32, "int64": 64, "uint64": 64, "bool": 1}


def is_constant(value: Any) -> bool:
    """Known when compiled."""
    return not isinstance(value, ir.Value)


def is_lane(value: Any) -> bool:
    """One number per person."""
    return not is_constant(value) and isinstance(value.type, ir.VectorType)


class _Splat(ir.Constant):
    """One number for every lane, written once."""

    def _get_reference(self) -> str:
        return f"splat ({self.constant[0]})"


class Lanes:
    """Emits arithmetic for ``width`` people at a time in ``real`` numbers of 64 or 32 bits."""

    def __init__(self, module: ir.Module, function: ir.Function, width: int, bits: int) -> None:
        self.module, self.function, self.width, self.bits = module, function, width, bits
        self.slots: Builder = ir.IRBuilder(function.append_basic_block("slots"))
        self.once: Builder = ir.IRBuilder(function.append_basic_block("once"))
        self.each: Builder = ir.IRBuilder(function.append_basic_block("people"))
        self._first = self.each.block
        self._spread: dict[int, tuple[Value, Value]] = {}
        self._constants: dict[Any, ir.Constant] = {}
        self.products: dict[int, tuple[Value, Any, Any]] = {}
        """Results of multiplications with what was multiplied"""

    def close(self) -> None:
        """Join the parts of the function."""
        self.slots.branch(self.once.block)
        self.once.branch(self._first)

    def scalar(self, dtype: Any) -> Kind:
        """LLVM's type of a NumPy type; all real numbers have the precision of the program."""
        name = np.dtype(dtype).name
        if name.startswith("float"):
            return ir.DoubleType() if self.bits == 64 else ir.FloatType()
        return ir.IntType(_INTEGERS[name])

    def vector(self, dtype: Any) -> ir.VectorType:
        """LLVM's type of one number per person."""
        return ir.VectorType(self.scalar(dtype), self.width)

    def constant(self, value: Any, kind: Kind) -> ir.Constant:
        """A known number as LLVM writes it; made once, as a program says some of them thousands of times."""
        many = isinstance(kind, ir.VectorType)
        one = kind.element if many else kind
        real = isinstance(one, ir.DoubleType | ir.FloatType)
        number: Any = float(value) if real else int(value)
        # Zeros of both signs are equal and yet two, a not-a-number is not even equal to itself.
        key = kind, number.hex() if real else number
        if key not in self._constants:
            single = ir.Constant(one, number)
            self._constants[key] = _Splat(kind, single) if many else single
        return self._constants[key]

    def lane(self, value: Any, dtype: Any) -> Value:
        """The value as one number per person."""
        if is_constant(value):
            return self.constant(value, self.vector(dtype))
        if is_lane(value):
            return value
        if id(value) not in self._spread:
            blank = ir.Constant(ir.VectorType(value.type, self.width), ir.Undefined)
            one = self.once.insert_element(blank, value, ir.Constant(ir.IntType(32), 0))
            zeros = ir.Constant(ir.VectorType(ir.IntType(32), self.width), [0] * self.width)
            self._spread[id(value)] = value, self.once.shuffle_vector(one, blank, zeros)
        return self._spread[id(value)][1]

    def together(self, *values: tuple[Any, Any]) -> tuple[Builder, list[Value]]:
        """Operands, given as (value, dtype), in one shape, and the builder where what uses them belongs."""
        if any(is_lane(v) for v, _ in values):
            return self.each, [self.lane(v, d) for v, d in values]
        return self.once, [self.constant(v, self.scalar(d)) if is_constant(v) else v for v, d in values]

    def intrinsic(self, name: str, kind: Kind, *arguments: Kind) -> ir.Function:
        """LLVM's own function of that name, e.g. ``llvm.sqrt``."""

        def code(t: Kind) -> str:
            if isinstance(t, ir.VectorType):
                return f"v{t.count}{code(t.element)}"
            return {"double": "f64", "float": "f32"}.get(str(t), str(t))

        full = f"{name}.{code(arguments[0] if name.startswith('llvm.vector.reduce') else kind)}"
        found = self.module.globals.get(full)
        if found is None:
            found = ir.Function(self.module, ir.FunctionType(kind, arguments or (kind,)), full)
        return found

    def unary(self, name: str, x: Value, b: Builder) -> Value:
        """LLVM's function of one real number."""
        return b.call(self.intrinsic(name, x.type, x.type), [x], fastmath=FAST)

    def any(self, value: Any) -> Value:
        """Whether it holds for any of the people of the vector."""
        if not is_lane(value):
            return self.constant(value, ir.IntType(1)) if is_constant(value) else value
        return self.each.call(self.intrinsic("llvm.vector.reduce.or", ir.IntType(1), value.type), [value])

    def slot(self, kind: Kind, count: int = 1) -> Value:
        """Room for ``count`` values that change in loops."""
        return self.slots.alloca(kind, size=ir.Constant(ir.IntType(32), count))

    def place(self, start: Value, kind: Kind, index: Any, b: Builder = None) -> Value:
        """Address of entry ``index`` after ``start``."""
        b = b or self.each
        number = ir.Constant(ir.IntType(64), index) if isinstance(index, int) else index
        return b.gep(start, [number], source_etype=kind)


def binary(method: str, fast: bool, known: Callable[..., Any]) -> Callable[..., Any]:
    """An operation of the builder on two values; ``known`` computes it of constants."""

    def apply(k: Lanes, dtype: Any, x: Any, y: Any) -> Any:
        if is_constant(x) and is_constant(y):
            with np.errstate(all="ignore"):
                return known(x, y)
        b, (x, y) = k.together((x, dtype), (y, dtype))
        return getattr(b, method)(x, y, flags=FAST) if fast else getattr(b, method)(x, y)

    return apply


def times_plus(k: Lanes, dtype: Any, x: Any, y: Any, z: Any) -> Value:
    """x y + z, rounded once where the processor can, and everywhere the same on one processor."""
    b, values = k.together((x, dtype), (y, dtype), (z, dtype))
    kind = values[0].type
    return b.call(k.intrinsic("llvm.fmuladd", kind, kind, kind, kind), values, fastmath=FAST)


def multiply(k: Lanes, dtype: Any, x: Any, y: Any) -> Any:
    """x y."""
    result = _multiply(k, dtype, x, y)
    if not is_constant(result):
        k.products[id(result)] = result, x, y
    return result


def add(k: Lanes, dtype: Any, x: Any, y: Any) -> Any:
    """x + y; a product among them is not rounded before."""
    for one, other in ((y, x), (x, y)):
        if _fused(k, one, other):
            return times_plus(k, dtype, *k.products[id(one)][1:], other)
    return _add(k, dtype, x, y)


def subtract(k: Lanes, dtype: Any, x: Any, y: Any) -> Any:
    """x - y; a product among them is not rounded before."""
    if _fused(k, y, x):
        one, other = k.products[id(y)][1:]
        return times_plus(k, dtype, _negative(k, dtype, one), other, x)
    if _fused(k, x, y):
        return times_plus(k, dtype, *k.products[id(x)][1:], _negative(k, dtype, y))
    return _subtract(k, dtype, x, y)


def _fused(k: Lanes, product: Any, other: Any) -> bool:
    """Whether it is a product to be fused; one that is the same for everyone is computed once before."""
    return id(product) in k.products and (is_lane(product) or not is_lane(other))


def _negative(k: Lanes, dtype: Any, x: Any) -> Any:
    if is_constant(x):
        return -x
    return (k.each if is_lane(x) else k.once).fneg(x)


_add = binary("fadd", True, np.add)
_subtract = binary("fsub", True, np.subtract)
_multiply = binary("fmul", True, np.multiply)
_divide = binary("fdiv", True, np.divide)
int_add = binary("add", False, np.add)
int_subtract = binary("sub", False, np.subtract)
int_multiply = binary("mul", False, np.multiply)
bit_and = binary("and_", False, np.bitwise_and)
bit_or = binary("or_", False, np.bitwise_or)
bit_xor = binary("xor", False, np.bitwise_xor)
shift_left = binary("shl", False, np.left_shift)
shift_right = binary("lshr", False, np.right_shift)


def divide(k: Lanes, dtype: Any, x: Any, y: Any) -> Any:
    """x/y; by what is the same for everyone as a product with its reciprocal, computed once."""
    if is_lane(x) and not is_lane(y):
        return multiply(k, dtype, x, _divide(k, dtype, np.float64(1.0), y))
    return _divide(k, dtype, x, y)


_KNOWN = {
    "<": np.less, ">": np.greater, "<=": np.less_equal, ">=": np.greater_equal, "==": np.equal,
    "!=": np.not_equal,
}  # fmt: skip


def compare(k: Lanes, dtype: Any, sign: str, x: Any, y: Any) -> Any:
    """Whether x stands so to y; with a not-a-number only ``!=`` holds."""
    if is_constant(x) and is_constant(y):
        return _KNOWN[sign](x, y)
    b, (x, y) = k.together((x, dtype), (y, dtype))
    kind = np.dtype(dtype).kind
    if kind == "f":
        return (b.fcmp_unordered if sign == "!=" else b.fcmp_ordered)(sign, x, y)
    return (b.icmp_signed if kind == "i" else b.icmp_unsigned)(sign, x, y)


def choose(k: Lanes, dtype: Any, which: Any, yes: Any, no: Any) -> Any:
    """``yes`` where ``which`` holds, else ``no``."""
    if is_constant(which):
        return yes if which else no
    if yes is no:
        return yes
    b, (which, yes, no) = k.together((which, bool), (yes, dtype), (no, dtype))
    return b.select(which, yes, no)


def extreme(k: Lanes, dtype: Any, sign: str, x: Any, y: Any) -> Any:
    """The larger (``>``) or smaller (``<``) of two; a not-a-number wins over any number."""
    if is_constant(x) and is_constant(y):
        return (np.maximum if sign == ">" else np.minimum)(x, y)
    if np.dtype(dtype).kind != "f":
        return choose(k, dtype, compare(k, dtype, sign, x, y), x, y)
    if is_constant(x):
        x, y = y, x
    constant = is_constant(y)
    b, (x, y) = k.together((x, dtype), (y, dtype))
    best = b.select(b.fcmp_unordered(sign, x, y), x, y)
    return best if constant else b.select(b.fcmp_unordered("uno", y, y), y, best)


def convert(k: Lanes, old: Any, new: Any, x: Any) -> Any:
    """The number as another type."""
    old, new = np.dtype(old), np.dtype(new)
    if is_constant(x):
        return np.asarray(x).astype(new)[()]
    if k.scalar(old) == k.scalar(new) and (new.kind == "b") == (old.kind == "b"):
        return x
    b = k.each if is_lane(x) else k.once
    kind = k.vector(new) if is_lane(x) else k.scalar(new)
    if new.kind == "b":
        zero = k.constant(0, x.type)
        return b.fcmp_unordered("!=", x, zero) if old.kind == "f" else b.icmp_unsigned("!=", x, zero)
    if new.kind == "f":
        return (b.sitofp if old.kind == "i" else b.uitofp)(x, kind)
    if old.kind == "f":
        wide = ir.VectorType(ir.IntType(32), k.width) if is_lane(x) else ir.IntType(32)
        if new.itemsize < 4:
            return b.trunc(b.fptosi(x, wide), kind)
        return b.fptosi(x, kind) if new.kind == "i" else b.fptoui(x, kind)
    have, want = k.scalar(old).width, k.scalar(new).width
    if want < have:
        return b.trunc(x, kind)
    return b.sext(x, kind) if old.kind == "i" else b.zext(x, kind)
