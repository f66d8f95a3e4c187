"""Work that can be left out where nobody needs it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import jax
import jax.numpy as jnp
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


def each_their_own(
    who: Array, work: Callable[[], Any], otherwise: Callable[[], Any], *, rare: bool = False
) -> Any:
    """``work()`` for those it is for, ``otherwise()`` for all others; each is done only if someone needs it.

    Args:
        who: whom the work is for [patient].
        work: gives a tree of arrays, patients last.
        otherwise: gives the same tree.
        rare: whether it is mostly for nobody: then that is asked in a large batch too.
    """

    def nobody() -> Any:
        return jax.tree.map(lambda leaf: jnp.zeros(leaf.shape, leaf.dtype), jax.eval_shape(otherwise))

    others = if_anyone(jnp.any(~who), otherwise, nobody)

    def both() -> Any:
        return jax.tree.map(lambda one, other: jnp.where(who, one, other), work(), others)

    if rare:
        return jax.lax.cond(jnp.any(who), both, lambda: others)
    return if_anyone(jnp.any(who), both, lambda: others)
