"""Operations that optimised code executes, counted as it runs, and the most that this core can do.

Every basic block of what LLVM's optimiser leaves gets a counter; times the arithmetic that stands in the
block, this is what was executed: loops as often as they went round, branches not taken not at all. A sum,
product, division or root counts one for every number of its vector, a product fused with a sum two;
comparisons, choices, conversions and shuffles count nothing. A vector counts whole, also where some of its
people needed nothing.
"""

import ctypes
import re
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import binding as llvm
from llvmlite import ir

from brittlestar.engine.native.compiler.machine import (
    NAME,
    Code,
    loaded,
    object_code,
    optimised_text,
)
from brittlestar.engine.native.compiler.vectors import FAST

ARITHMETIC = {"fadd": "sums", "fsub": "sums", "fmul": "products", "fdiv": "divisions"}
FUNCTIONS = {"llvm.fmuladd": "fused", "llvm.fma": "fused", "llvm.sqrt": "roots"}
WORTH = {"sums": 1, "products": 1, "fused": 2, "divisions": 1, "roots": 1}
"""Operations of one number, by kind."""

_COUNTERS = "executed"
_LABEL = re.compile(r"[\w.$-]+:")
_VECTOR = re.compile(r"<(\d+) x (?:double|float)>")
_STEP = """  %seen.{i} = load i64, ptr getelementptr (i64, ptr @executed, i64 {i})
  %more.{i} = add i64 %seen.{i}, 1
  store i64 %more.{i}, ptr getelementptr (i64, ptr @executed, i64 {i})"""


class Counting:
    """A program that counts what it executes; it runs as the program does, a little slower."""

    def __init__(self, text: str) -> None:
        module, machine = optimised_text(text)
        blocks = list(module.get_function(NAME).blocks)
        self.work = [_arithmetic(block) for block in blocks]
        counted, blocks_found = _with_counters(str(module))
        assert blocks_found == len(blocks)
        self.code: Code = loaded(machine.emit_object(llvm.parse_assembly(counted)))
        place = self.code.engine.get_global_value_address(_COUNTERS)
        self._counts = (ctypes.c_int64 * len(blocks)).from_address(place)

    def count(self, run: Callable[[], Any]) -> Counter[str]:
        """Operations by kind that the code executes while ``run`` calls it."""
        ctypes.memset(self._counts, 0, ctypes.sizeof(self._counts))
        run()
        found: Counter[str] = Counter()
        for times, work in zip(self._counts, self.work, strict=True):
            for kind, numbers in work.items():
                found[kind] += times * numbers
        return found


def operations(counts: Counter[str]) -> int:
    """All kinds as one number."""
    return sum(WORTH[kind] * times for kind, times in counts.items())


def _arithmetic(block: Any) -> Counter[str]:
    """Numbers that a block computes by kind when it is gone through once."""
    found: Counter[str] = Counter()
    for instruction in block.instructions:
        kind = ARITHMETIC.get(instruction.opcode)
        if instruction.opcode == "call":
            *_, function = instruction.operands
            kind = FUNCTIONS.get(function.name.rpartition(".")[0])
        if kind:
            vector = _VECTOR.fullmatch(str(instruction.type))
            found[kind] += int(vector[1]) if vector else 1
    return found


def _with_counters(text: str) -> tuple[str, int]:
    """The module with a counter at the head of every block of the function, and how many there are."""
    lines: list[str] = []
    count, head, inside = 0, False, False
    for line in text.splitlines():
        if line.startswith("define "):
            inside = True
        elif inside and line.startswith("}"):
            inside = False
        elif inside and _LABEL.match(line):
            head = True
        elif head and " = phi " not in line:
            lines.append(_STEP.format(i=count))
            count, head = count + 1, False
        lines.append(line)
    return "\n".join([*lines, f"@{_COUNTERS} = global [{count} x i64] zeroinitializer"]), count


CHAINS, ROUNDS = 12, 100_000
"""Fused products in flight at once, and how often all are done: more than any core has under way (two units,
four to five cycles), and so few that they stay in the sixteen registers of AVX2 beside factor and term."""


class Peak:
    """Fused products with sums in vectors, as many at once as a core takes: nothing but arithmetic."""

    def __init__(self, width: int, bits: int) -> None:
        module = ir.Module(NAME)
        pointer, i64 = ir.PointerType(), ir.IntType(64)
        function = ir.Function(module, ir.FunctionType(ir.VoidType(), [pointer, *[i64] * 6]), NAME)
        real = ir.DoubleType() if bits == 64 else ir.FloatType()
        kind = ir.VectorType(real, width)
        fused = ir.Function(module, ir.FunctionType(kind, [kind] * 3), f"llvm.fma.v{width}f{bits}")
        before, loop, after = (function.append_basic_block(name) for name in ("before", "loop", "after"))
        b = ir.IRBuilder(before)
        place = b.load(function.args[0], typ=pointer)

        def at(index: int) -> Any:
            return b.gep(place, [ir.Constant(i64, index)], source_etype=kind)

        factor, term = (b.load(at(index), typ=kind, align=bits // 8) for index in (0, 1))
        b.branch(loop)
        b.position_at_end(loop)
        turn = b.phi(i64)
        turn.add_incoming(ir.Constant(i64, 0), before)
        chains = [b.phi(kind) for _ in range(CHAINS)]
        for chain in chains:
            chain.add_incoming(term, before)
            chain.add_incoming(b.call(fused, [chain, factor, term], fastmath=FAST), loop)
        again = b.add(turn, ir.Constant(i64, 1))
        turn.add_incoming(again, loop)
        b.cbranch(b.icmp_signed("<", again, function.args[1]), loop, after)
        b.position_at_end(after)
        for index, chain in enumerate(chains):
            b.store(chain, at(2 + index), align=bits // 8)
        b.ret_void()
        self.code = loaded(object_code(str(module)))
        self.numbers = np.full((2 + CHAINS, width), 0.5, np.float64 if bits == 64 else np.float32)
        self.table = (ctypes.c_void_p * 1)(self.numbers.ctypes.data)
        self.operations = 2 * width * CHAINS * ROUNDS

    def __call__(self) -> None:
        """Do :attr:`operations`."""
        self.code(ctypes.cast(self.table, ctypes.c_void_p), ROUNDS, *[0] * 5)
