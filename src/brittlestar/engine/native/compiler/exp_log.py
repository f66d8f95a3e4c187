"""Exponential and logarithm of lanes, in line and without branches, to about one unit in the last place.

e^x: x = n ln 2 + r, |r| <= ln 2 / 2, Taylor series of e^r, n put into the exponent. ln x: x = 2^n (1 + f),
1 + f in [sqrt(1/2), sqrt(2)), s = f/(2 + f), ln(1 + f) = f - f^2/2 + s (f^2/2 + R(s^2)), the polynomials R
of fdlibm (Sun Microsystems, e_log.c, k_logf.c).
"""

from math import factorial
from typing import Any

import numpy as np
from llvmlite import ir

from brittlestar.engine.native.compiler.vectors import FAST, Lanes, Value, is_constant

_LN2_HIGH = {64: 6.93147180369123816490e-01, 32: 6.9313812256e-01}
_LN2_LOW = {64: 1.90821492927058770002e-10, 32: 9.0580006145e-06}
_EXP_TERMS = {64: 13, 32: 7}
"""Terms of the series by bits: the next one is below a unit in the last place at ln 2 / 2."""

_EXP_RANGE = {64: (-708.0, 709.0), 32: (-87.0, 88.0)}
"""Beyond it the result is no normal number."""

_LOG_R = {
    64: (
        6.666666666666735130e-01, 3.999999999940941908e-01, 2.857142874366239149e-01,
        2.222219843214978396e-01, 1.818357216161805012e-01, 1.531383769920937332e-01,
        1.479819860511658591e-01,
    ),
    32: (0.66666662693, 0.40000972152, 0.28498786688, 0.24279078841),
}  # fmt: skip
_FRACTION = {64: 52, 32: 23}
_BIAS = {64: 1023, 32: 127}


class _Real:
    """Short names for arithmetic on one builder."""

    def __init__(self, k: Lanes, x: Value) -> None:
        self.k, self.kind = k, x.type
        self.b = k.each if isinstance(x.type, ir.VectorType) else k.once
        whole = ir.IntType(k.bits)
        self.whole = ir.VectorType(whole, k.width) if isinstance(x.type, ir.VectorType) else whole

    def c(self, value: float) -> ir.Constant:
        return self.k.constant(value, self.kind)

    def i(self, value: int) -> ir.Constant:
        return self.k.constant(value, self.whole)

    def times_plus(self, x: Any, y: Any, z: Any) -> Value:
        fused = self.k.intrinsic("llvm.fmuladd", self.kind, self.kind, self.kind, self.kind)
        return self.b.call(fused, [x, y, z], fastmath=FAST)

    def horner(self, x: Value, coefficients: Any) -> Value:
        """Polynomial, lowest power first, in two halves that run side by side."""
        square = self.b.fmul(x, x, flags=FAST)

        def half(terms: list[float]) -> Value:
            result: Any = self.c(terms[-1])
            for term in terms[-2::-1]:
                result = self.times_plus(result, square, self.c(term))
            return result

        coefficients = list(coefficients)
        return self.times_plus(half(coefficients[1::2]), x, half(coefficients[0::2]))


def exponential(k: Lanes, x: Any) -> Any:
    """e^x; beyond the range of real numbers the smallest (not 0) and the largest of them."""
    if is_constant(x):
        return np.exp(np.float64(x))
    m = _Real(k, x)
    b, (low, high) = m.b, _EXP_RANGE[k.bits]
    # In this order a not-a-number stays one.
    safe = b.select(b.fcmp_ordered(">", m.c(low), x), m.c(low), x)
    safe = b.select(b.fcmp_ordered("<", m.c(high), safe), m.c(high), safe)
    fraction, bias = _FRACTION[k.bits], _BIAS[k.bits]
    # Adding this number rounds to a whole one and leaves it, biased, in the lowest bits.
    magic = m.c(1.5 * 2.0**fraction + bias)
    shifted = m.times_plus(safe, m.c(1.0 / np.log(2.0)), magic)
    n = b.fsub(shifted, magic)
    r = m.times_plus(n, m.c(-_LN2_HIGH[k.bits]), safe)
    r = m.times_plus(n, m.c(-_LN2_LOW[k.bits]), r)
    series = m.horner(r, [1.0 / factorial(i) for i in range(_EXP_TERMS[k.bits])])
    scale = b.bitcast(b.shl(b.bitcast(shifted, m.whole), m.i(fraction)), m.kind)
    return b.fmul(series, scale, flags=FAST)


def logarithm(k: Lanes, x: Any) -> Any:
    """ln x; minus infinity at 0 (and of subnormal numbers), not-a-number below."""
    if is_constant(x):
        with np.errstate(all="ignore"):
            return np.log(np.float64(x))
    m = _Real(k, x)
    b, fraction, real = m.b, _FRACTION[k.bits], np.float64 if k.bits == 64 else np.float32
    whole = b.bitcast(x, m.whole)

    def pattern(value: float) -> int:
        return int(real(value).view(np.uint64 if k.bits == 64 else np.uint32))

    # Exponent counted from sqrt(1/2), so that the rest lies in [sqrt(1/2), sqrt(2)).
    root, anchor, bias = pattern(np.sqrt(0.5)), 2.0**fraction, _BIAS[k.bits]
    above = b.sub(whole, m.i(root))
    part = b.bitcast(b.add(b.and_(above, m.i((1 << fraction) - 1)), m.i(root)), m.kind)
    biased = b.lshr(b.add(above, m.i(bias << fraction)), m.i(fraction))
    # A small whole number as a real one: put below the point of 2^fraction, which is then taken off.
    n = b.fsub(b.bitcast(b.or_(biased, m.i(pattern(anchor))), m.kind), m.c(anchor + bias))
    f = b.fsub(part, m.c(1.0))
    s = b.fdiv(f, b.fadd(f, m.c(2.0)), flags=FAST)
    z = b.fmul(s, s, flags=FAST)
    R = b.fmul(z, m.horner(z, _LOG_R[k.bits]), flags=FAST)
    half = b.fmul(b.fmul(f, f, flags=FAST), m.c(0.5), flags=FAST)
    low = m.times_plus(s, b.fadd(half, R, flags=FAST), b.fmul(n, m.c(_LN2_LOW[k.bits]), flags=FAST))
    result = m.times_plus(n, m.c(_LN2_HIGH[k.bits]), b.fsub(f, b.fsub(half, low)))
    result = b.select(b.fcmp_ordered("<", x, m.c(float(np.finfo(real).tiny))), m.c(-np.inf), result)
    return b.select(b.fcmp_unordered("<", x, m.c(0.0)), m.c(np.nan), result)
