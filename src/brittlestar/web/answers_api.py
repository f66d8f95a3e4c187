"""The addresses that answer questions: one plan, plans side by side, how sure they are, and their files."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Annotated, Any, Literal

from fastapi import FastAPI, HTTPException, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, PlainTextResponse, Response

from brittlestar.web import answer, compared, downloads, question
from brittlestar.web.answer_schema import Answer, Sure
from brittlestar.web.kept_lives import Still
from brittlestar.web.requests import Compare, Explore
from brittlestar.web.warm_up import Warming

AT_ONCE, RANGES_AT_ONCE, MOST_WAIT_SECONDS = 2, 1, 120.0
"""Answers and their ranges worked out side by side, and how long one may wait for its turn."""

LOOK_SECONDS = 0.2
"""Between looks whether the client is still there."""

Lang = Annotated[str, Query(max_length=8, description="of the page; English where there is no such language")]

FILES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "A file",
        "content": {kind: {} for kind in ("text/csv", "application/json", "application/toml", "text/html")},
    }
}


class Gone(Exception):
    """Nobody waits for the answer any more."""


class Turns:
    """Few at a time, so that nobody's browser can take the machine."""

    def __init__(self, at_once: int) -> None:
        self.free = threading.BoundedSemaphore(at_once)

    @contextmanager
    def one(self, still: Still) -> Iterator[None]:
        """A turn, waited for as long as the client does."""
        began = time.monotonic()
        while not self.free.acquire(timeout=LOOK_SECONDS):
            still(0, 1)
            if time.monotonic() - began > MOST_WAIT_SECONDS:
                raise HTTPException(503, "busy: too many questions at once; ask again")
        try:
            yield
        finally:
            self.free.release()


async def while_wanted[T](request: Request, work: Callable[[Still], T]) -> T:
    """Do the work beside the server's own; it is told to end when the client has left.

    Args:
        request: whose client waits.
        work: given what it has to call between its parts.

    Raises:
        Gone: the client has left.
    """
    left = threading.Event()

    def still(done: int, of: int) -> None:
        if left.is_set():
            raise Gone

    job = asyncio.ensure_future(run_in_threadpool(work, still))
    while not job.done():
        await asyncio.wait({job}, timeout=LOOK_SECONDS)
        if not job.done() and await request.is_disconnected():
            left.set()
    return job.result()


def add(app: FastAPI, warming: Warming) -> None:
    """Add the addresses to the application.

    Args:
        app: of the page.
        warming: tells how far the model is prepared.
    """
    # Ranges take longer and nobody waits for them: they never hold up an answer.
    turns, ranges_turns = Turns(AT_ONCE), Turns(RANGES_AT_ONCE)

    def answered(asked: Explore, still: Still) -> Response:
        with turns.one(still):
            found = answer.answer(asked, still)
        return _json(found)

    def ranged(asked: Explore, still: Still) -> Response:
        with ranges_turns.one(still):
            return _json(answer.sure(asked, still))

    def file(kind: str, asked: Explore | Compare, still: Still) -> Response:
        if kind == "toml":
            for one in compared.questions(asked) if isinstance(asked, Compare) else (asked,):
                question.plans_of(one)
            return PlainTextResponse(downloads.to_toml(asked), media_type="application/toml")
        with turns.one(still), ranges_turns.one(still):
            found = downloads.whole(asked, still)
        if kind == "csv":
            return PlainTextResponse(downloads.to_csv(found), media_type="text/csv")
        return PlainTextResponse(downloads.to_json(found), media_type="application/json")

    @app.get("/api/ready")
    def ready() -> JSONResponse:
        """How far the model is prepared for its first answer."""
        return JSONResponse(warming.told())

    @app.post("/api/explore", response_model=Answer)
    async def explore_one(request: Request, asked: Explore) -> Response:
        """One plan beside no treatment."""
        return await while_wanted(request, partial(answered, asked))

    @app.post("/api/explore/ranges", response_model=Sure)
    async def explore_ranges(request: Request, asked: Explore) -> Response:
        """The three uncertainties of one plan."""
        return await while_wanted(request, partial(ranged, asked))

    @app.post("/api/explore/file/{kind}", responses=FILES)
    async def explore_file(
        request: Request, kind: Literal["csv", "json", "toml"], asked: Explore
    ) -> Response:
        """The answer or its settings as a file."""
        return await while_wanted(request, partial(file, kind, asked))

    @app.post("/api/compare/file/{kind}", responses=FILES)
    async def compare_file(
        request: Request, kind: Literal["csv", "json", "toml"], asked: Compare
    ) -> Response:
        """The answer or its settings as a file."""
        return await while_wanted(request, partial(file, kind, asked))


def _json(found: Answer | Sure) -> Response:
    # Checked when it was made: FastAPI would check it once more.
    return Response(found.model_dump_json(by_alias=True), media_type="application/json")
