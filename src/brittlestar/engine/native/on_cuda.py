"""Courses on a CUDA device, one person in a thread, as many people at once as its memory holds.

Their results come back whole, or are summed up there (:mod:`brittlestar.engine.native.reduction`) and only
the sums come back.
"""

import hashlib
import warnings
from collections.abc import Callable, Sequence
from functools import cache
from importlib.metadata import version
from typing import Any

import numpy as np

from brittlestar._shared.disk_cache import keep_bytes, kept_bytes, source
from brittlestar.engine.native.compiler.machine import NAME
from brittlestar.engine.native.compiler.ptx import OLDEST, WIDTH, ptx, threads
from brittlestar.engine.native.cuda_device import CudaError, Device, installed
from brittlestar.engine.native.kept_programs import REAL, program_key, ready_leaves
from brittlestar.engine.native.reduction import MOMENTS, fractures, histogram, moments
from brittlestar.engine.native.room import Fractures, fractures_among, joined
from brittlestar.engine.native.whole_course import build
from brittlestar.engine.program import Inputs
from brittlestar.engine.totals import Drawn, Moments, Part, Tile, Totals, portions, tiles
from brittlestar.model.row import Shape
from brittlestar.outcomes.fracture import SITES

SHARE_OF_MEMORY = 0.8
"""Of the device's free memory that results may take: the rest is for inputs and what threads spill."""

PORTION = 1 << 18
"""People whose results come back at once, at most: some gigabytes with all outputs."""

Whole = tuple[np.ndarray, Fractures]
"""outputs [output, time, person], and everybody's fractures"""

Done = Callable[[int], None]
"""Called with people done."""

_told: list[str] = []
"""Why this process uses no device; it is said once."""


class NoCuda(UserWarning):
    """No CUDA device can do it; runs go on on the processor."""


def on_cuda(inputs: Inputs, shape: Shape, bits: int, done: Done, driver: Any = None) -> Whole | None:
    """Everybody's results, fetched in portions; nothing, after one warning, where the device cannot.

    Args:
        inputs: what the program reads.
        shape: what it computes.
        bits: 32 or 64, the precision.
        done: called with people done.
        driver: of CUDA; default: the installed one.
    """
    return _tried(lambda device: _whole(_Courses(device, inputs, shape, bits), done), driver)


def totals_on_cuda(
    inputs: Inputs, shape: Shape, bits: int, drawn: Drawn, done: Done, driver: Any = None
) -> Totals | None:
    """What everybody's results amount to, summed up on the device; nothing where it cannot, as above.

    Args:
        inputs: what the program reads.
        shape: what it computes.
        bits: 32 or 64, the precision of courses; sums are double.
        drawn: histograms that are asked for.
        done: called with people done.
        driver: of CUDA; default: the installed one.
    """
    return _tried(lambda device: _Sums(device, inputs, shape, bits, drawn).all_of_them(done), driver)


def _tried[Found](work: Callable[[Device], Found], driver: Any) -> Found | None:
    try:
        with (installed() if driver is None else Device(driver)).use() as device:
            return work(device)
    except CudaError as cause:
        if str(cause) not in _told:
            _told.append(str(cause))
            warnings.warn(f"{cause}; runs go on on the processor, with the same numbers to rounding", NoCuda,
                          stacklevel=5)  # fmt: skip
    return None


def kernel_text(inputs: Inputs, shape: Shape, bits: int) -> str:
    """PTX of a program; from disk, or built.

    Raises:
        CudaError: LLVM or JAX here do not make it.
    """
    key = f"{source()}{version('jax')}{version('llvmlite')}{OLDEST}{program_key(inputs, shape, WIDTH, bits)}"
    file = f"{hashlib.sha256(key.encode()).hexdigest()}.ptx"
    kept = kept_bytes(file)
    if kept is None:
        try:
            kept = ptx(str(build(inputs, shape, WIDTH, bits, threads))).encode()
        except (NotImplementedError, RuntimeError) as cause:
            raise CudaError(f"no CUDA program can be made here ({cause})") from None
        keep_bytes(file, kept)
    return kept.decode()


@cache
def sum_texts(bits: int) -> tuple[str, str, str]:
    """PTX of what sums up: moments, histograms, fractures."""
    made = moments(bits, threads), histogram(bits, threads), fractures(threads)
    first, second, third = (ptx(str(module)) for module in made)
    return first, second, third


def bytes_of_one(inputs: Inputs, shape: Shape, bits: int) -> int:
    """Memory that one person's results take."""
    times, per, _ = inputs.rows.days.shape
    return len(shape.outputs) * (times + 1) * bits // 8 + times * per * len(SITES)


class _Courses:
    """Courses of some people at a time, as they lie on the device.

    Args:
        device: where.
        inputs: what the program reads.
        shape: what it computes.
        bits: 32 or 64, the precision.
    """

    def __init__(self, device: Device, inputs: Inputs, shape: Shape, bits: int) -> None:
        self.device, self.inputs, self.shape, self.bits = device, inputs, shape, bits
        self.times, self.per, self.plans = inputs.rows.days.shape
        self.rows = len(shape.outputs) * (self.times + 1)
        self.function = device.function(kernel_text(inputs, shape, bits), NAME)
        self.shared = [device.put(leaf) for leaf in ready_leaves(inputs[2:], bits)]
        self.kept = device.held
        self.room = int(SHARE_OF_MEMORY * device.free_bytes())
        self.needs = bytes_of_one(inputs, shape, bits)

    def follow(self, who: np.ndarray, places: np.ndarray) -> tuple[int, int]:
        """Where outputs [output, time, place] and marks [row, site, place] of some lie, until the next."""
        device, count = self.device, len(who)
        device.clear(self.kept)
        own = [device.put(leaf) for leaf in ready_leaves(self.inputs.of(who)[:2], self.bits)]
        own_places, row = device.put(places.astype(np.int64)), count * self.bits // 8
        block = device.room(self.rows * row)
        marks = device.room(self.times * self.per * len(SITES) * count)
        firsts = [block + i * (self.times + 1) * row for i in range(len(self.shape.outputs))]
        table = device.put(np.array([*own, *self.shared, own_places, *firsts, marks], np.uint64))
        device.launch(self.function, count, table, 0, count, count, self.times, self.per, self.plans)
        return block, marks


def _whole(courses: _Courses, done: Done) -> Whole:
    device, plan = courses.device, courses.inputs.plan
    most = min(courses.room // courses.needs, PORTION)
    if most < 1:
        raise CudaError("the CUDA device has no memory for one person; ask for fewer outputs or years")
    n, found = len(plan), []
    values = np.empty((courses.rows, n), REAL[courses.bits])
    for first in range(0, n, most):
        last = min(first + most, n)
        # People of one plan side by side: threads that go one way together do not wait for others.
        order = np.argsort(plan[first:last], kind="stable")
        block, marked = courses.follow(first + order, order)
        for i, row in enumerate(values):
            device.get(block + i * (last - first) * values.itemsize, row[first:last])
        marks = np.empty((courses.times * courses.per, len(SITES), last - first), np.uint8)
        found.append(fractures_among(device.get(marked, marks), np.arange(first, last)))
        done(last)
    return values.reshape(len(courses.shape.outputs), -1, n), joined(found)


class _Sums:
    """What courses amount to, tile by tile.

    Args:
        device: where.
        inputs: what the program reads.
        shape: what it computes.
        bits: 32 or 64, the precision of courses.
        drawn: histograms that are asked for.
    """

    def __init__(self, device: Device, inputs: Inputs, shape: Shape, bits: int, drawn: Drawn) -> None:
        self.courses, self.device, self.drawn = _Courses(device, inputs, shape, bits), device, drawn
        self.functions = [device.function(text, NAME) for text in sum_texts(bits)]
        times = self.courses.times
        self.of_a_tile = 8 * (
            MOMENTS * self.courses.rows
            + len(drawn.ranges) * (times + 1) * (drawn.bins + 2)
            + times * len(SITES)
        )
        """bytes of its sums"""

    def needs(self, tile: Tile) -> int:
        """Memory for a tile, in bytes."""
        return len(tile.people) * self.courses.needs + self.of_a_tile

    def all_of_them(self, done: Done) -> Totals:
        """Totals of everybody."""
        everyone = tiles(self.courses.inputs.plan)
        totals, finished, room = Totals(self.courses.plans), 0, self.courses.room
        if max(self.needs(tile) for tile in everyone) > room:
            said = "the CUDA device has no memory for the people who are summed up at once"
            raise CudaError(f"{said}; ask for fewer outputs, bins or years")
        for some in portions(everyone, room, self.needs):
            for tile, part in zip(some, self.parts(some), strict=True):
                totals.add(tile.plan, part)
                finished += len(tile.people)
            done(finished)
        return totals

    def parts(self, some: Sequence[Tile]) -> list[Part]:
        """Those of some tiles, in their order."""
        courses, of_moments, of_bins, of_marks = self.courses, *self.functions
        outputs, times, count = courses.shape.outputs, courses.times, len(some)
        who = np.concatenate([tile.people for tile in some])
        block, marks = courses.follow(who, np.arange(len(who)))
        starts = self.device.put(np.cumsum([0, *(len(tile.people) for tile in some)]))

        def summed(
            function: Any, pointers: Sequence[int], rows: int, entries: tuple[int, ...], kind: Any
        ) -> Any:
            found = np.empty((rows, count, *entries), kind)
            at = self.device.room(found.nbytes)
            table = self.device.put(np.array([starts, *pointers, at], np.uint64))
            jobs, per, bins = rows * count, courses.per, self.drawn.bins
            self.device.launch(function, jobs, table, 0, jobs, len(who), count, per, bins)
            return self.device.get(at, found)

        numbers = summed(of_moments, [block], courses.rows, (MOMENTS,), np.float64)
        histograms, row = [], len(who) * courses.bits // 8
        for name in self.drawn.ranges:
            scaling = self.device.put(np.array(self.drawn.scale(name)))
            first = block + outputs.index(name) * (times + 1) * row
            histograms.append(summed(of_bins, [first, scaling], times + 1, (self.drawn.bins + 2,), np.int64))
        broken = summed(of_marks, [marks], times * len(SITES), (), np.int64)
        return [
            Part(
                Moments(*(numbers[:, i, j].reshape(len(outputs), times + 1) for j in range(MOMENTS))),
                np.array([one[:, i] for one in histograms], np.int64).reshape(
                    len(histograms), times + 1, self.drawn.bins + 2
                ),
                broken[:, i].reshape(times, len(SITES)),
            )
            for i in range(count)
        ]
