"""Machine code from instructions: LLVM's optimiser for this processor."""

import ctypes
from functools import cache
from typing import Any, NamedTuple

from llvmlite import binding as llvm

NAME = "course"
"""The function of a program."""

Code = Any
"""A compiled function with the memory that it lives in."""

_KIND = ctypes.CFUNCTYPE(None, ctypes.c_void_p, *[ctypes.c_int64] * 6)


class Processor(NamedTuple):
    """What code is made for, in LLVM's words."""

    triple: str
    name: str
    abilities: str


ARM64 = Processor("aarch64-unknown-linux-gnu", "neoverse-n1", "+neon")
"""A server's processor of that kind: vectors of 128 bits, fused products."""


@cache
def _start() -> None:
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    # The order in which a step is written keeps fewer numbers alive than what the scheduler makes of it.
    llvm.set_option("brittlestar", "-enable-misched=false")


@cache
def _start_others() -> None:
    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()


def here(without: str = "") -> Processor:
    """This machine's processor with all it can do, or all but one, e.g. ``fma``."""
    _start()
    can = llvm.get_host_cpu_features().flatten() + (f",-{without}" if without else "")
    return Processor(llvm.get_process_triple(), llvm.get_host_cpu_name(), can)


def _target(where: Processor) -> llvm.TargetMachine:
    """A processor's code generator; who runs code with it takes it over."""
    _start()
    if where.triple != llvm.get_process_triple():
        _start_others()
    return llvm.Target.from_triple(where.triple).create_target_machine(
        cpu=where.name, features=where.abilities, opt=2
    )


@cache
def processor() -> str:
    """Name and abilities of this processor: code made for another must not run here."""
    return " ".join(here())


@cache
def vector_bits() -> int:
    """Bits in a vector of this processor."""
    has = llvm.get_host_cpu_features()
    return 512 if has.get("avx512f") else 256 if has.get("avx2") else 128


def object_code(text: str, where: Processor | None = None) -> bytes:
    """Optimised machine code of a module written as text, for this processor or another."""
    module, machine = optimised_text(text, where)
    return machine.emit_object(module)


def optimised_text(text: str, where: Processor | None = None) -> tuple[llvm.ModuleRef, llvm.TargetMachine]:
    """A module written as text as the optimiser leaves it, and what makes code of it."""
    where = where or here()
    machine, module = _target(where), llvm.parse_assembly(text)
    module.triple, module.data_layout = where.triple, str(machine.target_data)
    return optimised(module, machine), machine


def optimised(module: llvm.ModuleRef, machine: llvm.TargetMachine) -> llvm.ModuleRef:
    """The module, changed in place for that machine."""
    # Level 2 takes a quarter longer for the same operations; two passes alone leave 4 % more of them.
    options = llvm.create_pipeline_tuning_options(speed_level=1)
    # The vectors are there already, and the loops are far too long to be written out.
    options.loop_vectorization = options.slp_vectorization = options.loop_unrolling = False
    passes = llvm.create_pass_builder(machine, options)
    passes.getModulePassManager().run(module, passes)
    return module


def loaded(code: bytes) -> Code:
    """The function, ready to be called with what ``whole_course.build`` says."""
    machine = _target(here())
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine)
    engine.add_object_file(llvm.ObjectFileRef.from_data(code))
    engine.finalize_object()
    function = _KIND(engine.get_function_address(NAME))
    function.engine = engine  # type: ignore[attr-defined]
    return function
