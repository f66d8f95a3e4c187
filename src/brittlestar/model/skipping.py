"""Work that can be left out where nobody needs it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import jax
from jax import Array

_BRANCHING = ContextVar("branching", default=False)


@contextmanager
def branching() -> Iterator[None]:
    """Programs traced inside leave work out; for machine code, which follows a few people at a time."""
    token = _BRANCHING.set(True)
    try:
        yield
    finally:
        _BRANCHING.reset(token)


def if_anyone(needs: Array, work: Callable[[], Any], without: Callable[[], Any]) -> Any:
    """``work()`` if anyone needs it, else ``without()``; to those who do not, both give the same.

    In a large batch there is nearly always someone, so there the work is done without asking, which compiles
    (and differentiates) much faster.
    """
    return jax.lax.cond(needs, work, without) if _BRANCHING.get() else work()
