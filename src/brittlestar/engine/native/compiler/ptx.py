"""PTX of the same instructions, for CUDA devices: a person in each thread, one number in place of a vector.

A thread keeps its person's state in registers through the whole course, as a vector does on a processor; what
finds no room there goes to memory of its own. The device's driver makes machine code of the text, for the
device that it finds. Products fused with a sum are those of the processor, and divisions and roots are
rounded as there, so a course is that of the scalar program.
"""

from typing import Any

from llvmlite import ir

from brittlestar.engine.native.compiler.machine import NAME, Processor, optimised_text
from brittlestar.engine.native.compiler.vectors import Lanes, Value

WIDTH = 1
"""People of a thread."""

OLDEST = "sm_75"
"""Devices of 2018 and later."""

_TRIPLE = "nvptx64-nvidia-cuda"


def threads(k: Lanes) -> tuple[Value, Value]:
    """The number of this thread in all blocks, and how many threads there are."""
    b = k.once

    def read(name: str) -> Any:
        kind = ir.FunctionType(ir.IntType(32), [])
        register = ir.Function(k.module, kind, f"llvm.nvvm.read.ptx.sreg.{name}.x")
        return b.zext(b.call(register, []), ir.IntType(64))

    place, block, size, blocks = (read(name) for name in ("tid", "ctaid", "ntid", "nctaid"))
    return b.add(b.mul(block, size), place), b.mul(blocks, size)


def ptx(text: str, device: str = OLDEST) -> str:
    """Optimised PTX of a module written as text, its function :data:`NAME` as a kernel.

    Args:
        text: built with :func:`threads`, :data:`WIDTH` people in a vector.
        device: oldest kind of device that it is for, as CUDA names them.
    """
    kernel = text.replace(f'define void @"{NAME}"(', f'define ptx_kernel void @"{NAME}"(', 1)
    module, machine = optimised_text(kernel, Processor(_TRIPLE, device, ""))
    return machine.emit_assembly(module)
