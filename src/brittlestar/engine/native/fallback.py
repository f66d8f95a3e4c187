"""Machine code where it can be made; where it cannot, that is told once and runs go on through XLA.

A newer JAX may write a step with a primitive that the compiler does not know; LLVM may be missing, or refuse.
Neither changes what the model says, so neither ends a run.
"""

import warnings
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from threading import Lock
from typing import Any

from brittlestar.engine.program import Inputs
from brittlestar.model.parameters import Parameters
from brittlestar.model.row import Shape

failures: list[str] = []
"""Why this process makes no machine code. Once there is an entry nothing is tried again."""

_FAILING = Lock()


class NoMachineCode(UserWarning):
    """Machine code cannot be made here; runs take longer and agree to rounding."""


def machine_code(inputs: Inputs, shape: Shape, bits: int) -> Any | None:
    """The compiled function for inputs of these shapes, or nothing where it cannot be made, see below."""

    def make() -> Any:
        from brittlestar.engine.native.kept_programs import program

        return program(inputs, shape, bits)

    return _or_nothing(make)


def table_code(parameters: Parameters) -> Any | None:
    """The compiled table of healthy people for parameters of these shapes, or nothing, see below."""

    def make() -> Any:
        from brittlestar.engine.native.kept_programs import table_program

        return table_program(parameters)

    return _or_nothing(make)


def _or_nothing(make: Callable[[], Any]) -> Any | None:
    """What is made, or nothing: warns with :class:`NoMachineCode`, once in a process.

    Args:
        make: imports what it needs, as that needs LLVM.
    """
    if failures:
        return None
    try:
        return make()
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
        stacklevel=5,
    )
    return None


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "(not installed)"
