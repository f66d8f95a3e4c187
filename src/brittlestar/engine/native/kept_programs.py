"""Programs ready to run: built once per shape, kept in memory and on disk, called on stretches of people."""

import ctypes
import hashlib
from collections.abc import Callable, Sequence
from importlib.metadata import version
from threading import Lock
from typing import Any

import jax
import numpy as np

from brittlestar._shared.disk_cache import keep_bytes, kept_bytes, source
from brittlestar.engine.native.compiler.machine import Code, loaded, object_code, processor, vector_bits
from brittlestar.model.row import Shape

REAL = {64: np.float64, 32: np.float32}
"""NumPy's type of a precision in bits."""


def width(bits: int) -> int:
    """People side by side in a vector of this processor."""
    return vector_bits() // bits


def _kinds(tree: Any) -> tuple[Any, ...]:
    return tuple((tuple(np.shape(leaf)), np.asarray(leaf).dtype.str) for leaf in jax.tree.leaves(tree))


READY: dict[Any, Code] = {}
"""Functions of this process by the shapes of what they read, kept for the next run."""
_BUILDING: dict[str, Lock] = {}
"""One for each program, so that two are built side by side."""

_WRITING = Lock()
"""Held while a program is written out, in Python: the first is then LLVM's while the next is written."""


def program_key(inputs: Any, shape: Shape, lanes: int, bits: int) -> str:
    """All that code depends on besides its source.

    The numbers of people, times, plans and pieces do not matter to it; what a piece holds does.
    """
    kinds = _kinds(inputs.tables.references), _kinds(inputs.p), [(k[3:], d) for k, d in _kinds(inputs.rows)]
    piece = np.shape(inputs.tables.pieces)[1:]
    return str((kinds, piece, shape, lanes, bits))


def program(inputs: Any, shape: Shape, bits: int) -> Code:
    """The compiled function for inputs of these shapes; from memory, from disk, or built."""
    return _kept(program_key(inputs, shape, width(bits), bits), lambda: new_code(inputs, shape, bits))


def table_program(p: Any) -> Code:
    """The compiled table of healthy people under parameters of these shapes; from memory, disk, or built."""
    return _kept(f"table {_kinds(p)}", lambda: _new_table_code(p))


def _kept(key: str, new: Callable[[], bytes]) -> Code:
    with _BUILDING.setdefault(key, Lock()):
        if key not in READY:
            # With the source go its numbers: parameters are read when the code runs, others are traced in.
            tools = (processor(), version("jax"), version("llvmlite"))
            name = hashlib.sha256(f"{source()}{tools}{key}".encode()).hexdigest()
            code = kept_bytes(f"{name}.o")
            if code is None:
                code = new()
                keep_bytes(f"{name}.o", code)
            READY[key] = loaded(code)
        return READY[key]


def new_code(inputs: Any, shape: Shape, bits: int) -> bytes:
    """Code as it is built anew: seconds."""
    from brittlestar.engine.native.whole_course import build

    with _WRITING:
        text = str(build(inputs, shape, width(bits), bits, gathered=True))
    return object_code(text)


def _new_table_code(p: Any) -> bytes:
    from brittlestar.engine.native.whole_table import build

    with _WRITING:
        text = str(build(p, 64))
    return object_code(text)


def ready_leaves(inputs: Any, bits: int) -> list[np.ndarray]:
    """Arrays as the function reads them: in one piece, real numbers in the precision of the program."""

    def ready(leaf: Any) -> np.ndarray:
        array = np.asarray(leaf)
        return np.ascontiguousarray(array, REAL[bits] if array.dtype.kind == "f" else array.dtype)

    return [ready(leaf) for leaf in jax.tree.leaves(inputs)]


def pointers(arrays: Sequence[np.ndarray]) -> Any:
    """Where the arrays are; they must outlive its use."""
    return (ctypes.c_void_p * len(arrays))(*(array.ctypes.data for array in arrays))


def call(code: Code, places: Any, *numbers: int) -> None:
    """Run it on :func:`pointers`, a course with first, last, room, times, rows, plans; other threads go on.

    A table needs the number of ages alone; it does not read the rest.
    """
    code(ctypes.cast(places, ctypes.c_void_p), *numbers)
