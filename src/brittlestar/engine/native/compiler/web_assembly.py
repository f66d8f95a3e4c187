"""WebAssembly of the same instructions, for browsers: real numbers of 64 bits, two people in a vector.

No linker is asked: an object file of LLVM that needs nothing from others is a module as it is. Its addresses
count from 0, and what is named for export is exported. It imports its memory, and where it keeps numbers on
a stack the stack's pointer; no function.
"""

from collections.abc import Iterator

from llvmlite import binding as llvm

from brittlestar.engine.native.compiler.machine import NAME, optimised

WIDTH, BITS = 2, 64
"""What a vector of WebAssembly holds."""

_TRIPLE = "wasm32-unknown-unknown"
_FEATURES = "+simd128,+bulk-memory,+bulk-memory-opt,+mutable-globals,+nontrapping-fptoint,+sign-ext"
"""In all browsers since 2023."""

_HEAD = b"\0asm\x01\0\0\0"
_CUSTOM = 0
"""Number of the kind of section that engines pass over."""


def web_assembly(text: str) -> bytes:
    """Optimised WebAssembly of a module written as text, with its function :data:`NAME` exported."""
    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()
    machine = llvm.Target.from_triple(_TRIPLE).create_target_machine(features=_FEATURES, opt=2)
    (head,) = (line for line in text.splitlines() if line.startswith(f'define void @"{NAME}"('))
    module = llvm.parse_assembly(text.replace(head, f'{head} "wasm-export-name"="{NAME}"', 1))
    module.triple, module.data_layout = _TRIPLE, str(machine.target_data)
    return machine.emit_object(optimised(module, machine))


def with_section(module: bytes, name: str, content: bytes) -> bytes:
    """The module with a section of that name at its end, for whoever asks; engines pass over it."""
    title = name.encode()
    body = _number(len(title)) + title + content
    return module + bytes([_CUSTOM]) + _number(len(body)) + body


def section(module: bytes, name: str) -> bytes | None:
    """What stands under that name, if it is a module and has it."""
    if not module.startswith(_HEAD):
        return None
    title = name.encode()
    for kind, body in _sections(module):
        size, start = _read(body, 0) if body else (0, 0)
        if kind == _CUSTOM and body[start : start + size] == title:
            return body[start + size :]
    return None


def _sections(module: bytes) -> Iterator[tuple[int, bytes]]:
    at = len(_HEAD)
    while at < len(module):
        kind = module[at]
        size, at = _read(module, at + 1)
        yield kind, module[at : at + size]
        at += size


def _number(value: int) -> bytes:
    """A whole number, seven bits to a byte, the lowest first (LEB128)."""
    low, rest = value & 0x7F, value >> 7
    return bytes([low | 0x80]) + _number(rest) if rest else bytes([low])


def _read(data: bytes, at: int) -> tuple[int, int]:
    """Such a number, and where it ends; 0 at the end of what is cut off."""
    value = shift = 0
    while at < len(data):
        value |= (data[at] & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if data[at - 1] < 0x80:
            break
    return value, at
