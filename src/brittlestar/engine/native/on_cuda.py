"""Courses on a CUDA device, one person in a thread, as many people at once as its memory holds."""

import hashlib
import warnings
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

import numpy as np

from brittlestar._shared.disk_cache import keep_bytes, kept_bytes, source
from brittlestar.engine.native.compiler.machine import NAME
from brittlestar.engine.native.compiler.ptx import OLDEST, WIDTH, ptx, threads
from brittlestar.engine.native.cuda_device import CudaError, Device
from brittlestar.engine.native.kept_programs import REAL, program_key, ready_leaves
from brittlestar.engine.native.whole_course import build
from brittlestar.engine.program import Inputs
from brittlestar.model.row import Shape
from brittlestar.model.state import People
from brittlestar.outcomes.fracture import SITES

SHARE_OF_MEMORY = 0.8
"""Of the device's free memory that results may take: the rest is for inputs and what threads spill."""

Part = tuple[np.ndarray, np.ndarray, np.ndarray]
"""people of a part, outputs [output, time, person], marks [row, site, person]"""

_told: list[str] = []
"""Why this process uses no device; it is said once."""


class NoCuda(UserWarning):
    """No CUDA device can do it; runs go on on the processor."""


def on_cuda(
    inputs: Inputs, shape: Shape, bits: int, done: Callable[[int], None], driver: Any = None
) -> list[Part] | None:
    """Everybody's results in parts; nothing, after one warning, where the device cannot.

    Args:
        inputs: what the program reads.
        shape: what it computes.
        bits: 32 or 64, the precision.
        done: called with people done.
        driver: of CUDA; default: the installed one.
    """
    try:
        device = Device(driver)
        try:
            return _parts(device, inputs, shape, bits, done)
        finally:
            device.clear()
    except CudaError as cause:
        if str(cause) not in _told:
            _told.append(str(cause))
            warnings.warn(f"{cause}; runs go on on the processor, with the same numbers to rounding", NoCuda,
                          stacklevel=4)  # fmt: skip
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


def bytes_of_one(inputs: Inputs, shape: Shape, bits: int) -> int:
    """Memory that one person's results take."""
    times, per, _ = inputs.rows.days.shape
    return len(shape.outputs) * (times + 1) * bits // 8 + times * per * len(SITES)


def _parts(
    device: Device, inputs: Inputs, shape: Shape, bits: int, done: Callable[[int], None]
) -> list[Part]:
    function = device.function(kernel_text(inputs, shape, bits), NAME)
    times, per, plans = inputs.rows.days.shape
    most = int(SHARE_OF_MEMORY * device.free_bytes()) // bytes_of_one(inputs, shape, bits)
    if most < 1:
        raise CudaError("the CUDA device has no memory for one person; ask for fewer outputs or years")
    # People of one plan side by side: threads that go one way together do not wait for others.
    order = np.argsort(inputs.plan, kind="stable")
    parts = []
    for first in range(0, len(order), most):
        who = order[first : first + most]
        mine = inputs._replace(people=People(*(v[who] for v in inputs.people)), plan=inputs.plan[who])
        values = np.empty((len(shape.outputs), times + 1, len(who)), REAL[bits])
        marks = np.empty((times * per, len(SITES), len(who)), np.uint8)
        at = [device.put(leaf) for leaf in (*ready_leaves(mine, bits), np.arange(len(who)))]
        block, marked = device.room(values.nbytes), device.room(marks.nbytes)
        row = values[:1].nbytes
        table = np.array([*at, *(block + i * row for i in range(len(shape.outputs))), marked], np.uint64)
        device.launch(function, len(who), device.put(table), 0, len(who), len(who), times, per, plans)
        device.get(block, values)
        device.get(marked, marks)
        device.clear()
        parts.append((who, values, marks))
        done(first + len(who))
    return parts
