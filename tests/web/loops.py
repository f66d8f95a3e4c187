"""Work of an event loop, run beside a browser."""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any


def alone[T](work: Coroutine[Any, Any, T]) -> T:
    """What it returns; in a thread of its own, as a browser of other tests keeps a loop in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()
