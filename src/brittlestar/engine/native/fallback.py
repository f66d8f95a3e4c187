"""Machine code where it can be made; where it cannot, that is told once and runs go on through XLA.

A newer JAX may write a step with a primitive that the compiler does not know; LLVM may be missing, or refuse.
Neither changes what the model says, so neither ends a run.
"""

import warnings
from collections.abc import Callable
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from threading import Lock
from typing import Any

failures: list[str] = []
"""Why this process makes no machine code. Once there is an entry nothing is tried again."""

_FAILING = Lock()


class NoMachineCode(UserWarning):
    """Machine code cannot be made here; runs take longer and agree to rounding."""


def machine_code(kind: str, *what: Any) -> Any | None:
    """A compiled function, or nothing where it cannot be made.

    Warns with :class:`NoMachineCode`, once in a process.

    Args:
        kind: which function of :mod:`brittlestar.engine.native.kept_programs` gives it; by name, as that
            module needs LLVM.
        what: its arguments.
    """
    if failures:
        return None
    try:
        make: Callable[..., Any] = getattr(import_module("brittlestar.engine.native.kept_programs"), kind)
        return make(*what)
    except (MemoryError, OSError):  # want of memory or disk passes, and says nothing of machine code
        raise
    except Exception as cause:  # whatever JAX or LLVM says: the same step runs without them
        with _FAILING:
            if failures:
                return None
            failures.append(f"{type(cause).__name__}: {cause}")
    warnings.warn(
        f"no machine code can be made here ({failures[0]}); runs go on through XLA, which takes longer and "
        f"agrees to rounding. Cure: the tested versions of requirements.lock; here are jax {_version('jax')} "
        f"and llvmlite {_version('llvmlite')}",
        NoMachineCode,
        stacklevel=4,
    )
    return None


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "(not installed)"
