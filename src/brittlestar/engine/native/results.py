"""Where a course's results go: to each person's own place as they come, or gathered first and sent in rows.

A vector of people is followed through all times before the next, so its results belong to as many rows of
memory as there are times and outputs, a few bytes in each. Sent as they come, each of them costs a line of
the cache and often a page. Gathered for a few vectors they are sent line by line, past the cache.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from llvmlite import ir

from brittlestar.engine.native.compiler.arrays import Small, stored
from brittlestar.engine.native.compiler.trace import loop
from brittlestar.engine.native.compiler.vectors import Lanes, Value
from brittlestar.engine.native.room import GATHERED, STRETCH
from brittlestar.outcomes.fracture import SITES

_I64, _I32, _BIT = ir.IntType(64), ir.IntType(32), ir.IntType(1)


def _i64(value: int) -> ir.Constant:
    return ir.Constant(_I64, value)


def _scatter(k: Lanes, value: Any, dtype: Any, row: Value, places: list[Value]) -> None:
    """Each person's number at their own place of a row of results."""
    kind, vector = stored(k, dtype), k.lane(value, dtype)
    for lane, place in enumerate(places):
        number = k.each.extract_element(vector, ir.Constant(_I32, lane))
        k.each.store(number, k.place(row, kind, place), align=np.dtype(dtype).itemsize * k.bits // 64 or 1)


class AsTheyCome:
    """To [output][time, room] and marks [row, site, room], each person at their own place of ``room``.

    Args:
        k: where instructions go.
        places: pointer to the place of each person.
        outputs: pointer to the first row of each output, in the order in which values come.
        marks: pointer to the first row of fracture marks.
        room: people in a row.
    """

    def __init__(self, k: Lanes, places: Value, outputs: list[Value], marks: Value, room: Value) -> None:
        self.k, self.places_at, self.outputs, self.marks, self.room = k, places, outputs, marks, room
        self.places: list[Value] = []

    def vectors(self, first: Value, last: Value, step: Value | int, follow: Callable[[Value], None]) -> None:
        """``follow`` every ``step``-th vector from ``first`` up to ``last``."""
        loop(self.k, last, follow, first, step)

    def begin(self, vector: Value) -> None:
        """What follows is of the people of this vector."""
        k = self.k
        index = k.each.mul(vector, _i64(k.width))
        self.places = [
            k.each.load(k.place(self.places_at, _I64, k.each.add(index, _i64(i))), typ=_I64)
            for i in range(k.width)
        ]

    def write(self, time: Value, values: list[Small]) -> None:
        """Outputs of a time."""
        before = self.k.each.mul(time, self.room)
        for value, start in zip(values, self.outputs, strict=True):
            row = self.k.place(start, self.k.scalar(np.float64), before)
            _scatter(self.k, value[0], np.float64, row, self.places)

    def mark(self, row: Value, marks: Small) -> None:
        """Fractures of a row of time."""
        _mark(self.k, self.marks, row, marks, self.room, self.places)


class Gathering(NamedTuple):
    """Pointers of results that are gathered."""

    sources: Value
    """to the number of the one followed, for each place of the block"""
    buffer: Value
    """to as much as :func:`~brittlestar.engine.native.room.buffer_length` says"""
    block: Value
    """to its first row; rows are aligned, outputs in the order in which values come"""
    marks: Value
    """to the first row of fracture marks of the stretch"""


class Gathered:
    """To one block [output, time, room] through a buffer of a few vectors; marks [row, site, ``STRETCH``].

    The function follows one stretch. People lie in the block as their numbers say; those whose results are
    gathered together must have neighbouring places there.

    Args:
        k: where instructions go.
        pointers: where memory is.
        outputs: their number.
        room: people in a row of the block.
        times: times after the first.
        first: the vector that the stretch begins with.
    """

    def __init__(
        self, k: Lanes, pointers: Gathering, outputs: int, room: Value, times: Value, first: Value
    ) -> None:
        self.k, (self.sources, self.buffer, self.block, self.marks) = k, pointers
        self.outputs, self.room, self.first = _i64(outputs), room, first
        self.times = k.once.add(times, _i64(1))
        # An odd number of vectors: else those of one time and output would push each other out of the cache.
        self.apart = k.once.or_(k.once.mul(self.times, self.outputs), _i64(1))
        self.people_apart = k.once.mul(self.apart, _i64(k.width))
        self.count = GATHERED // k.width
        self.offsets = k.slot(_I64, GATHERED)
        self.straight = k.slot(_BIT)
        self.group: Value = None
        self.mine: Value = None
        self.places: list[Value] = []

    def vectors(self, first: Value, last: Value, step: Value | int, follow: Callable[[Value], None]) -> None:
        """``follow`` every vector from ``first`` up to ``last``, and send what they left after each few."""
        k = self.k

        def some(group: Value) -> None:
            after = k.each.add(group, _i64(self.count))
            end = k.each.select(k.each.icmp_signed("<", after, last), after, last)
            self.group = group
            loop(k, end, follow, group)
            self._send(group, k.each.sub(end, group))

        loop(k, last, some, first, self.count)
        k.each.fence("seq_cst")  # what was sent past the cache is there for other threads

    def begin(self, vector: Value) -> None:
        """What follows is of the people of this vector."""
        k = self.k
        self.mine = k.each.mul(k.each.sub(vector, self.group), self.apart)
        index = k.each.mul(k.each.sub(vector, self.first), _i64(k.width))
        self.places = [k.each.add(index, _i64(i)) for i in range(k.width)]

    def write(self, time: Value, values: list[Small]) -> None:
        """Outputs of a time."""
        k, kind = self.k, self.k.vector(np.float64)
        row = k.place(self.buffer, kind, k.each.add(self.mine, k.each.mul(time, self.outputs)))
        for i, value in enumerate(values):
            k.each.store(k.lane(value[0], np.float64), k.place(row, kind, i), align=k.bits // 8 * k.width)

    def mark(self, row: Value, marks: Small) -> None:
        """Fractures of a row of time."""
        _mark(self.k, self.marks, row, marks, _i64(STRETCH), self.places)

    def _send(self, first: Value, count: Value) -> None:
        """Rows of the block from what was gathered of ``count`` vectors from ``first`` on."""
        k, real, vector = self.k, self.k.scalar(np.float64), self.k.vector(np.float64)
        begin = k.each.mul(first, _i64(k.width))
        self._find(begin, k.each.mul(count, _i64(k.width)))

        def as_it_is(line: Value, value: Value) -> Value:
            place = k.each.add(k.each.mul(line, self.apart), value)
            return k.each.load(k.place(self.buffer, vector, place), typ=vector)

        def from_others(line: Value, value: Value) -> Value:
            row, found = k.place(self.buffer, vector, value), ir.Constant(vector, ir.Undefined)
            own = k.each.mul(line, _i64(k.width))
            for lane in range(k.width):
                offset = k.each.load(k.place(self.offsets, _I64, k.each.add(own, _i64(lane))), typ=_I64)
                one = k.each.load(k.place(row, real, offset), typ=real)
                found = k.each.insert_element(found, one, ir.Constant(_I32, lane))
            return found

        blocks = [k.function.append_basic_block(n) for n in ("straight", "mixed", "sent")]
        k.each.cbranch(k.each.load(self.straight, typ=_BIT), blocks[0], blocks[1])
        for block, fetch in zip(blocks[:2], (as_it_is, from_others)):
            k.each.position_at_end(block)
            self._rows(begin, count, fetch)
            k.each.branch(blocks[2])
        k.each.position_at_end(blocks[2])

    def _find(self, begin: Value, people: Value) -> None:
        """Where in the buffer the numbers of each place begin, and whether that is in the order of places."""
        k = self.k
        k.each.store(ir.Constant(_BIT, 1), self.straight)

        def find(place: Value) -> None:
            source = k.each.load(k.place(self.sources, _I64, k.each.add(begin, place)), typ=_I64)
            source = k.each.sub(source, begin)
            vector = k.each.lshr(source, _i64(k.width.bit_length() - 1))
            lane = k.each.and_(source, _i64(k.width - 1))
            offset = k.each.add(k.each.mul(vector, self.people_apart), lane)
            k.each.store(offset, k.place(self.offsets, _I64, place))
            own = k.each.icmp_signed("==", source, place)
            k.each.store(k.each.and_(k.each.load(self.straight, typ=_BIT), own), self.straight)

        loop(k, people, find)

    def _rows(self, begin: Value, count: Value, fetch: Callable[[Value, Value], Value]) -> None:
        """Every row of the block, ``count`` vectors from place ``begin`` on, of ``fetch(vector, value)``."""
        k = self.k
        past = k.module.add_metadata([ir.Constant(_I32, 1)])

        def of_time(time: Value) -> None:
            def of_output(output: Value) -> None:
                value = k.each.add(k.each.mul(time, self.outputs), output)
                row = k.each.add(k.each.mul(output, self.times), time)
                start = k.each.add(k.each.mul(row, self.room), begin)

                def line(number: Value) -> None:
                    place = k.each.add(start, k.each.mul(number, _i64(k.width)))
                    at = k.place(self.block, k.scalar(np.float64), place)
                    sent = k.each.store(fetch(number, value), at, align=k.bits // 8 * k.width)
                    sent.set_metadata("nontemporal", past)

                loop(k, count, line)

            loop(k, self.outputs, of_output)

        loop(k, self.times, of_time)


def _mark(k: Lanes, start: Value, row: Value, marks: Small, room: Value, places: list[Value]) -> None:
    first = k.each.mul(row, _i64(len(SITES)))
    for site in range(len(SITES)):
        before = k.each.mul(k.each.add(first, _i64(site)), room)
        _scatter(k, marks[site, 0], np.uint8, k.place(start, ir.IntType(8), before), places)
