"""Machine code from instructions: LLVM's optimiser for this processor."""

import ctypes
from functools import cache
from typing import Any

from llvmlite import binding as llvm

NAME = "course"
"""The function of a program."""

Code = Any
"""A compiled function with the memory that it lives in."""

_KIND = ctypes.CFUNCTYPE(None, ctypes.c_void_p, *[ctypes.c_int64] * 6)


@cache
def _start() -> None:
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    # The order in which a step is written keeps fewer numbers alive than what the scheduler makes of it.
    llvm.set_option("brittlestar", "-enable-misched=false")


def _target(without: str = "") -> llvm.TargetMachine:
    """This machine's processor with all it can do, or all but one; who runs code with it takes it over."""
    _start()
    can = llvm.get_host_cpu_features().flatten() + (f",-{without}" if without else "")
    return llvm.Target.from_default_triple().create_target_machine(
        cpu=llvm.get_host_cpu_name(), features=can, opt=2
    )


@cache
def processor() -> str:
    """Name and abilities of this processor: code made for another must not run here."""
    _start()
    return f"{llvm.get_process_triple()} {llvm.get_host_cpu_name()} {llvm.get_host_cpu_features().flatten()}"


@cache
def vector_bits() -> int:
    """Bits in a vector of this processor."""
    has = llvm.get_host_cpu_features()
    return 512 if has.get("avx512f") else 256 if has.get("avx2") else 128


def object_code(text: str, without: str = "") -> bytes:
    """Optimised machine code of a module written as text, on request without an ability, e.g. ``fma``."""
    machine = _target(without)
    module = llvm.parse_assembly(text)
    module.triple = llvm.get_process_triple()
    return machine.emit_object(optimised(module, machine))


def optimised(module: llvm.ModuleRef, machine: llvm.TargetMachine) -> llvm.ModuleRef:
    """The module, changed in place for that machine."""
    options = llvm.create_pipeline_tuning_options(speed_level=2)
    # The vectors are there already, and the loops are far too long to be written out.
    options.loop_vectorization = options.slp_vectorization = options.loop_unrolling = False
    passes = llvm.create_pass_builder(machine, options)
    passes.getModulePassManager().run(module, passes)
    return module


def loaded(code: bytes) -> Code:
    """The function, ready to be called with what ``whole_course.build`` says."""
    machine = _target()
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine)
    engine.add_object_file(llvm.ObjectFileRef.from_data(code))
    engine.finalize_object()
    function = _KIND(engine.get_function_address(NAME))
    function.engine = engine  # type: ignore[attr-defined]
    return function
