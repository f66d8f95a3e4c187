"""People side by side on the machine's cores: in vectors of machine code, or in batches of XLA."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from brittlestar.engine.native.fallback import machine_code
from brittlestar.engine.native.room import (
    STRETCH,
    Fractures,
    Room,
    Size,
    fractures_among,
    joined,
    side_by_side,
)
from brittlestar.engine.program import Inputs, compiled
from brittlestar.model.row import Shape
from brittlestar.model.state import People

BATCH = 256
"""People per batch of the XLA program: small enough for the cache, fixed so that no result depends on it."""

DEVICE_BATCH = 65536
"""People per batch on a GPU, which needs many at once."""

Progress = Callable[[int, int], None] | None


class Ran(NamedTuple):
    """What a run found, and what did it in the end."""

    outputs: dict[str, np.ndarray]
    """name -> [output time, person]"""
    fractures: Fractures
    backend: str
    """its name in ``RUN_BY``"""


def _each(
    job: Callable[[int], Any], starts: Iterable[int], workers: int, done: Callable[[], None]
) -> list[Any]:
    """Results in order; after Ctrl-C nobody waits for parts that have not begun."""
    starts, parts = list(starts), []
    if len(starts) == 1:  # a thread for one part would cost as much as some dozen people
        parts.append(job(starts[0]))
        done()
        return parts
    pool = ThreadPoolExecutor(workers)
    try:
        for part in pool.map(job, starts):
            parts.append(part)
            done()
    finally:
        pool.shutdown(cancel_futures=True)
    return parts


def in_vectors(inputs: Inputs, shape: Shape, workers: int, precision: str, progress: Progress) -> Ran:
    """By machine code, people of one plan next to each other: a vector without drug has less to do.

    Where none can be made, by :func:`in_batches`, after one warning.
    """
    n, bits = len(inputs.plan), 32 if precision == "float32" else 64
    code = machine_code(inputs, shape, bits)
    if code is None:
        return in_batches(inputs, shape, workers, precision, progress)
    from brittlestar.engine.native.kept_programs import REAL, call, pointers, ready_leaves, width

    lanes = width(bits)
    order = side_by_side(inputs.plan, lanes)
    inputs = inputs.of(order)
    times, per, plans = inputs.rows.days.shape
    size = Size(n, len(shape.outputs), times + 1, times * per, lanes, REAL[bits])
    room = Room(ready_leaves(inputs, bits), order, size)
    vectors, each, finished = len(order) // lanes, STRETCH // lanes, 0

    def stretch(first: int) -> Fractures:
        with room.desk() as desk:
            places = pointers(room.arrays(desk))
            call(code, places, first, min(first + each, vectors), room.people, times, per, plans)
            return desk.fractures(room.order[first * lanes : (first + each) * lanes])

    def done() -> None:
        nonlocal finished
        finished = min(finished + STRETCH, n)
        if progress:
            progress(finished, n)

    found = joined(_each(stretch, range(0, vectors, each), workers, done))
    values = dict(zip(sorted(shape.outputs), room.block[:, :, :n], strict=True))
    return Ran({name: values[name] for name in shape.outputs}, found, "native")


def on_device(inputs: Inputs, shape: Shape, workers: int, precision: str, progress: Progress) -> Ran:
    """By machine code on a CUDA device; where that cannot be, by :func:`in_vectors`, after one warning."""
    from brittlestar.engine.native.on_cuda import on_cuda

    n, bits = len(inputs.plan), 32 if precision == "float32" else 64
    found = on_cuda(inputs, shape, bits, lambda done: progress(done, n) if progress else None)
    if found is None:
        return in_vectors(inputs, shape, workers, precision, progress)
    values, broken = found
    return Ran(dict(zip(shape.outputs, values, strict=True)), broken, "cuda")


def in_batches(inputs: Inputs, shape: Shape, workers: int, precision: str, progress: Progress) -> Ran:
    """By the XLA program, a batch at a time, on the device that JAX has chosen."""
    n, people, finished = len(inputs.plan), inputs.people, 0
    on_processor = jax.default_backend() == "cpu"
    size, run = BATCH if on_processor else DEVICE_BATCH, compiled(shape)
    # A device works on one batch at a time.
    workers = workers if on_processor else 1
    double = precision == "float64"
    with jax.enable_x64(double):
        # Put where the program reads them once, not for every batch.
        rest = jax.device_put(jax.tree.map(jnp.asarray, inputs[2:]))

    def batch(first: int) -> tuple[dict[str, np.ndarray], Fractures]:
        index = np.minimum(np.arange(first, first + size), n - 1)
        with jax.enable_x64(double):
            out, marks = run(Inputs(People(*(v[index] for v in people)), inputs.plan[index], *rest))
            real = index[: n - first]
            found = fractures_among(np.asarray(marks)[:, :, : len(real)], real)
            return {name: np.asarray(v)[:, : len(real)] for name, v in out.items()}, found

    def done() -> None:
        nonlocal finished
        finished = min(finished + size, n)
        if progress:
            progress(finished, n)

    parts = _each(batch, range(0, n, size), workers, done)
    values = {name: np.concatenate([out[name] for out, _ in parts], axis=1) for name in shape.outputs}
    return Ran(values, joined([found for _, found in parts]), "xla")
