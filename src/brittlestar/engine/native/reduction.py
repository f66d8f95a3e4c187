"""Courses summed up where they lie: by tile of people the moments, histograms and fractures of each row.

Three functions, each as ``course(pointers, first, last, room, tiles, rows, bins)``, the compiler's name of
every function. They take the jobs from ``first`` up to ``last``: of each row of results, of ``room`` people,
every tile. The first pointer is to where each of the ``tiles`` tiles begins and the last ends [tiles + 1].
A job goes through its people in their order and writes what is its own, so that nothing depends on how many
jobs run at once; sums are of double precision. :mod:`brittlestar.engine.totals` says the same in NumPy, and
adds tiles up.
"""

from collections.abc import Callable

import numpy as np
from llvmlite import ir

from brittlestar.engine.native.compiler.machine import NAME
from brittlestar.engine.native.compiler.trace import loop
from brittlestar.engine.native.compiler.vectors import Lanes, Value
from brittlestar.outcomes.fracture import SITES

Threads = Callable[[Lanes], tuple[Value, Value]] | None
"""Where many run a function at once, emits the number of this one and how many there are."""

MOMENTS = 5
"""Numbers of a job: those of :class:`brittlestar.engine.totals.Moments`."""

_I64, _BYTE, _WIDE, _POINTER = ir.IntType(64), ir.IntType(8), ir.DoubleType(), ir.PointerType()


def _whole(value: int) -> ir.Constant:
    return ir.Constant(_I64, value)


def _wide(value: float) -> ir.Constant:
    return ir.Constant(_WIDE, value)


class _Function:
    """Where instructions go, and what the function is given."""

    def __init__(self, bits: int) -> None:
        module = ir.Module(NAME)
        kind = ir.FunctionType(ir.VoidType(), [_POINTER, *[_I64] * 6])
        self.k = Lanes(module, ir.Function(module, kind, NAME), 1, bits)
        self.table, self.first, self.last, self.room, self.tiles, self.rows, self.bins = self.k.function.args

    def pointer(self, number: int) -> Value:
        """One of the table."""
        k = self.k
        return k.once.load(k.place(self.table, _POINTER, number, k.once), typ=_POINTER)

    def jobs(self, threads: Threads, work: Callable[[Value, Value, Value, Value], None]) -> ir.Module:
        """The module that does ``work(job, row, first person, behind the last)`` for every job."""
        k, starts = self.k, self.pointer(0)
        mine, apart = threads(k) if threads else (None, 1)

        def job(number: Value) -> None:
            row, tile = k.each.udiv(number, self.tiles), k.each.urem(number, self.tiles)
            begin, end = (
                k.each.load(k.place(starts, _I64, place), typ=_I64)
                for place in (tile, k.each.add(tile, _whole(1)))
            )
            work(number, row, begin, end)

        loop(k, self.last, job, self.first if mine is None else k.once.add(self.first, mine), apart)
        k.each.ret_void()
        k.close()
        return k.module

    def number(self, row: Value, person: Value) -> tuple[Value, Value]:
        """A result in double precision, and whether it is finite."""
        k, real = self.k, self.k.scalar(np.float64)
        found = k.each.load(k.place(row, real, person), typ=real)
        wide = k.each.fpext(found, _WIDE) if k.bits == 32 else found
        # What is not finite leaves a not-a-number when taken from itself.
        return wide, k.each.fcmp_ordered("==", k.each.fsub(wide, wide), _wide(0.0))


def moments(bits: int, threads: Threads = None) -> ir.Module:
    """The function whose pointers are to tiles, results [row, room], and ``MOMENTS`` numbers [row, tile].

    Args:
        bits: 64 or 32, the precision of results.
        threads: where there are some.
    """
    f = _Function(bits)
    k, (values, found) = f.k, (f.pointer(1), f.pointer(2))
    count, total, least, most, squares = (k.slot(_WIDE) for _ in range(MOMENTS))

    def work(job: Value, row: Value, begin: Value, end: Value) -> None:
        b, start = k.each, k.place(values, k.scalar(np.float64), k.each.mul(row, f.room))
        for slot, value in ((count, 0.0), (total, 0.0), (least, np.inf), (most, -np.inf), (squares, 0.0)):
            b.store(_wide(value), slot)

        def add(slot: Value, finite: Value, value: Value) -> None:
            b.store(b.fadd(b.load(slot, typ=_WIDE), b.select(finite, value, _wide(0.0))), slot)

        def see(person: Value) -> None:
            value, finite = f.number(start, person)
            add(count, finite, _wide(1.0))
            add(total, finite, value)
            for slot, sign in ((least, "<"), (most, ">")):
                best = b.load(slot, typ=_WIDE)
                better = b.and_(finite, b.fcmp_ordered(sign, value, best))
                b.store(b.select(better, value, best), slot)

        loop(k, end, see, begin)
        number = b.load(count, typ=_WIDE)
        some = b.fcmp_ordered(">", number, _wide(0.0))
        mean = b.fdiv(b.load(total, typ=_WIDE), b.select(some, number, _wide(1.0)))

        def apart(person: Value) -> None:
            value, finite = f.number(start, person)
            away = b.fsub(value, mean)
            add(squares, finite, b.fmul(away, away))

        loop(k, end, apart, begin)
        place = k.place(found, _WIDE, b.mul(job, _whole(MOMENTS)))
        told = number, mean, *(b.load(slot, typ=_WIDE) for slot in (squares, least, most))
        for i, value in enumerate(told):
            b.store(value, k.place(place, _WIDE, i))

    return f.jobs(threads, work)


def histogram(bits: int, threads: Threads = None) -> ir.Module:
    """The function whose pointers are to tiles, an output's results [row, room], two numbers (where bins
    begin, and bins per unit, in double precision), and whole numbers [row, tile, below + bins + above], which
    must be 0 before.

    Args:
        bits: 64 or 32, the precision of results.
        threads: where there are some.
    """
    f = _Function(bits)
    k, (values, scaling, found) = f.k, (f.pointer(i) for i in (1, 2, 3))
    low, scale = (k.once.load(k.place(scaling, _WIDE, i, k.once), typ=_WIDE) for i in range(2))
    most = k.once.sitofp(f.bins, _WIDE)
    behind, last = k.once.add(f.bins, _whole(1)), k.once.sub(f.bins, _whole(1))
    slots = k.once.add(f.bins, _whole(2))

    def work(job: Value, row: Value, begin: Value, end: Value) -> None:
        b, start = k.each, k.place(values, k.scalar(np.float64), k.each.mul(row, f.room))
        mine = k.place(found, _I64, b.mul(job, slots))

        def see(person: Value) -> None:
            value, finite = f.number(start, person)
            place = b.select(finite, b.fmul(b.fsub(value, low), scale), _wide(0.0))
            below, above = (
                b.fcmp_ordered(*sides) for sides in (("<", place, _wide(0.0)), (">", place, most))
            )
            whole = b.fptosi(b.select(b.or_(below, above), _wide(0.0), place), _I64)
            inside = b.add(b.select(b.icmp_signed("<", whole, last), whole, last), _whole(1))
            slot = b.select(below, _whole(0), b.select(above, behind, inside))
            at = k.place(mine, _I64, slot)
            b.store(b.add(b.load(at, typ=_I64), b.zext(finite, _I64)), at)

        loop(k, end, see, begin)

    return f.jobs(threads, work)


def fractures(threads: Threads = None) -> ir.Module:
    """The function whose pointers are to tiles, marks, uint8 [output interval, ``rows`` of time, site, room],
    and whole numbers [output interval, site, tile]; a row is an interval's and site's.

    Args:
        threads: where there are some.
    """
    f = _Function(64)
    k, (marks, found), count = f.k, (f.pointer(1), f.pointer(2)), f.k.slot(_I64)

    def work(job: Value, row: Value, begin: Value, end: Value) -> None:
        b, sites = k.each, _whole(len(SITES))
        interval, site = b.udiv(row, sites), b.urem(row, sites)
        b.store(_whole(0), count)

        def part(time: Value) -> None:
            line = b.add(b.mul(b.add(b.mul(interval, f.rows), time), sites), site)
            start = k.place(marks, _BYTE, b.mul(line, f.room))

            def see(person: Value) -> None:
                mark = b.load(k.place(start, _BYTE, person), typ=_BYTE)
                broken = b.zext(b.icmp_unsigned("!=", mark, ir.Constant(_BYTE, 0)), _I64)
                b.store(b.add(b.load(count, typ=_I64), broken), count)

            loop(k, end, see, begin)

        loop(k, f.rows, part)
        b.store(b.load(count, typ=_I64), k.place(found, _I64, job))

    return f.jobs(threads, work)
