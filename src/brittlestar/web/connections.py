"""Connections that give up on whoever holds them without asking anything or without taking the answer."""

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

MOST_HEAD_SECONDS = 10.0
"""From the opening, or the answer before, to the end of a request's head."""

MOST_STALLED_SECONDS = 30.0
"""That a client may take nothing of an answer."""

MOST_OPEN = 200
"""Connections; one more takes the place of the one that has waited longest without a request."""


class TimedConnection(H11Protocol):
    """A connection with limits on time, so that half a request holds nobody up.

    A connection counts as idle until the head of a request is there. Bodies have their limit in
    :class:`~brittlestar.web.guard.Guard`, which reads them.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._head: asyncio.TimerHandle | None = None
        self._stalled: asyncio.TimerHandle | None = None
        self.opened = self.loop.time()

    @property
    def idle(self) -> bool:
        """Whether no request is being answered."""
        return self.cycle is None or self.cycle.response_complete

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._watch()
        open_ = [one for one in self.connections if isinstance(one, TimedConnection)]
        if len(open_) > MOST_OPEN:
            waiting = [one for one in open_ if one.idle and one is not self]
            if waiting:
                min(waiting, key=lambda one: one.opened).transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop("_head")
        self._stop("_stalled")
        super().connection_lost(exc)

    def handle_events(self) -> None:
        super().handle_events()
        self._watch()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._watch()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._stalled = self.loop.call_later(MOST_STALLED_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        self._stop("_stalled")
        super().resume_writing()

    def _watch(self) -> None:
        if not self.idle:
            self._stop("_head")
        elif self._head is None and not self.transport.is_closing():
            self._head = self.loop.call_later(MOST_HEAD_SECONDS, self.transport.abort)

    def _stop(self, timer: str) -> None:
        running = getattr(self, timer)
        if running is not None:
            running.cancel()
            setattr(self, timer, None)
