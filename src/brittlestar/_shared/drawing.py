"""What draws, in a process of its own: while it draws it lets no other thread of its process run.

A drawing process does one picture. One may be started before there is something to draw, as it takes half a
second to load.
"""

import atexit
import json
import subprocess
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from importlib.util import find_spec
from threading import Lock
from typing import Any

from brittlestar._shared.memory import CHARTS, check_addresses

_PROGRAM = """
import json, sys
import vl_convert
vl_convert.vega_to_svg({"width": 1, "height": 1})
asked = sys.stdin.buffer.read()
if asked:
    asked = json.loads(asked)
    try:
        sys.stdout.buffer.write(getattr(vl_convert, asked["function"])(*asked["of"], **asked["how"]))
    except Exception as error:
        sys.exit(f"{type(error).__name__}: {error}".splitlines()[0])
"""
"""Loads what draws, starts it by drawing nothing, and draws what it is sent; ends where that is nothing."""

WAITING: list[subprocess.Popen[bytes]] = []
"""Started, and not yet asked for anything."""

_TURN = Lock()


def start() -> None:
    """Start a process that will draw; nothing where what draws is not installed."""
    if find_spec("vl_convert") is not None:
        process = _new()
        with _TURN:
            WAITING.append(process)


def ahead(function: str, *of: Any, **how: Any) -> "Ahead":
    """Begin to draw beside what follows; what is returned waits for the picture.

    Args:
        function: of ``vl_convert``, that returns bytes.
        of: what is drawn, as JSON can hold it.
        how: the function's options.
    """
    with _TURN:
        process = WAITING.pop() if WAITING else None
    process = process or _new()
    asked = json.dumps({"function": function, "of": of, "how": how}).encode()
    beside = ThreadPoolExecutor(1)
    talk = beside.submit(process.communicate, asked)
    beside.shutdown(wait=False)
    return Ahead(process, talk)


@dataclass(frozen=True)
class Ahead:
    """A picture that is being drawn; called, it waits for it."""

    process: "subprocess.Popen[bytes]"
    talk: "Future[tuple[bytes, bytes]]"

    def done(self) -> bool:
        """Whether it is drawn, or failed."""
        return self.talk.done()

    def __call__(self) -> bytes:
        """The picture.

        Raises:
            MemoryError: the system ended what draws.
            RuntimeError: it could not draw this; its last line.
        """
        picture, said = self.talk.result()
        if self.process.returncode < 0:
            raise MemoryError("what draws was ended by the system")
        if self.process.returncode:
            lines = said.decode(errors="replace").strip().splitlines() or ["it said nothing"]
            raise RuntimeError(f"what draws ended with {self.process.returncode}: {lines[-1]}")
        return picture


def _new() -> "subprocess.Popen[bytes]":
    check_addresses(CHARTS)  # it ends the process where it gets too few
    pipe = subprocess.PIPE
    return subprocess.Popen([sys.executable, "-P", "-c", _PROGRAM], stdin=pipe, stdout=pipe, stderr=pipe)


@atexit.register
def _end_those_that_wait() -> None:
    while WAITING:
        process = WAITING.pop()
        process.kill()
        process.communicate()
