"""Memory of a run by machine code: one block for everybody's outputs, and what a thread has of its own."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Lock
from typing import Any, NamedTuple

import numpy as np

from brittlestar.outcomes.fracture import SITES

GATHERED = 128
"""People whose results are gathered before they are sent: those of three years and all outputs about fill the
cache of a core (L2). From 64 to 512 a run takes as long within 5 %. People of several plans are sorted within
so many, so that most vectors are of one plan."""

STRETCH = 512
"""People that a thread follows before it takes the next, a multiple of ``GATHERED``."""

LINE = 64
"""Bytes of a line of the cache, at a multiple of which rows begin; people whose marks fill one."""

Fractures = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]
"""step, site, person and mark of each"""


def side_by_side(plan: np.ndarray, lanes: int) -> np.ndarray:
    """People in the order in which they are followed, whole vectors: the last fill up with somebody again."""
    n = len(plan)
    order = np.lexsort((plan, np.arange(n) // GATHERED))
    return np.concatenate([order, np.full(-n % lanes, order[-1])])


def aligned(shape: tuple[int, ...], dtype: Any) -> np.ndarray:
    """An array that begins at a line of the cache, filled with anything."""
    return _at_a_line(np.empty(int(np.prod(shape)) * np.dtype(dtype).itemsize + LINE, np.uint8), shape, dtype)


def _at_a_line(raw: np.ndarray, shape: tuple[int, ...], dtype: Any) -> np.ndarray:
    start, size = -raw.ctypes.data % LINE, int(np.prod(shape)) * np.dtype(dtype).itemsize
    return raw[start : start + size].view(dtype).reshape(shape)


MOST_KEPT = 1 << 28
"""Bytes of a block that are kept for the next run, at most."""

_LOCK = Lock()
_kept = np.empty(0, np.uint8)


def block(shape: tuple[int, ...], dtype: Any) -> np.ndarray:
    """As :func:`aligned`, in the memory of the last block where nobody holds any of it: fresh memory costs a
    fault for each page and its filling with zeros, up to a third of a run.

    Raises:
        MemoryError: so much is not there; the message says how much, and what needs less.
    """
    global _kept
    size = int(np.prod(shape)) * np.dtype(dtype).itemsize + LINE
    with _LOCK:
        # Held by its name here and by the question; every view of it would be one more.
        if sys.getrefcount(_kept) > 2 or not size <= _kept.size <= 2 * size:
            raw = _fresh(size)
            if size <= MOST_KEPT:
                _kept = raw
        else:
            raw = _kept
        return _at_a_line(raw, shape, dtype)


def _fresh(size: int) -> np.ndarray:
    try:
        return np.empty(size, np.uint8)
    except MemoryError:
        raise MemoryError(
            f"{size / 2**30:.3g} GiB for the courses of everybody are not there; fewer people at a time, "
            "fewer outputs or years need less, and `summarise_cohort` keeps no courses"
        ) from None


def buffer_length(outputs: int, times: int, lanes: int) -> int:
    """Numbers of a buffer: those of ``GATHERED`` people, each vector an odd number of vectors apart."""
    return GATHERED // lanes * ((outputs * times) | 1) * lanes


class Size(NamedTuple):
    """How large a run is."""

    people: int
    outputs: int
    times: int
    """of outputs, the first included"""
    rows: int
    """of time, from the first output to the last"""
    lanes: int
    """people in a vector"""
    real: Any
    """type of an output"""


class Room:
    """What a run is read from and written to.

    Args:
        inputs: arrays as the program reads them, people in the order in which they are followed.
        order: their numbers, as :func:`side_by_side` says.
        size: of the run.
    """

    def __init__(self, inputs: Sequence[np.ndarray], order: np.ndarray, size: Size) -> None:
        self.order, self.size, self._inputs = order[: size.people], size, list(inputs)
        # Rows an odd number of lines apart: those a power of two apart push each other out of the cache.
        self.people = -(-len(order) // LINE) // 2 * 2 * LINE + LINE
        self.block = block((size.outputs, size.times, self.people), size.real)
        # Who only fills up goes where nobody else does.
        places = np.concatenate([self.order, np.arange(size.people, len(order))])
        self.sources = np.empty(len(order), np.int64)
        self.sources[places] = np.arange(len(order))
        self._free: list[Desk] = []

    @contextmanager
    def desk(self) -> Iterator["Desk"]:
        """One that nobody else uses meanwhile."""
        try:
            desk = self._free.pop()
        except IndexError:
            desk = self._another()
        yield desk
        self._free.append(desk)

    def _another(self) -> "Desk":
        size = self.size
        marks = np.zeros((size.rows, len(SITES), STRETCH), np.uint8)
        return Desk(marks, aligned((buffer_length(size.outputs, size.times, size.lanes),), size.real))

    def arrays(self, desk: "Desk") -> list[np.ndarray]:
        """All of it, as the program takes it."""
        return [*self._inputs, self.sources, desk.buffer, self.block, desk.marks]


class Desk:
    """What a thread writes besides: marks of fractures [row, site, person of the stretch], and a buffer."""

    def __init__(self, marks: np.ndarray, buffer: np.ndarray) -> None:
        self.marks, self.buffer = marks, buffer

    def fractures(self, people: np.ndarray) -> Fractures:
        """Fractures of these people, whose stretch has just been followed; their marks are gone then."""
        found = fractures_among(self.marks[:, :, : len(people)], people)
        self.marks.fill(0)
        return found


def fractures_among(marks: np.ndarray, people: np.ndarray) -> Fractures:
    """Fractures among marks [step, site, person] of these people; fractures are rare, marks mostly 0."""
    flat = np.ascontiguousarray(marks).reshape(-1)
    eights = np.concatenate([flat, np.zeros(-len(flat) % 8, np.uint8)]) if len(flat) % 8 else flat
    some = np.flatnonzero(eights.view(np.uint64))
    row, byte = np.nonzero(eights.reshape(-1, 8)[some])
    index = 8 * some[row] + byte
    when, site, column = np.unravel_index(index, marks.shape)
    return when, site, people[column], flat[index].astype(np.float64)


def joined(parts: Sequence[Fractures]) -> Fractures:
    """Those of all parts, one after the other."""
    when, site, person, mark = (np.concatenate(column) for column in zip(*parts, strict=True))
    return when, site, person, mark
