"""The application: pages, questions that are answered at once, and jobs."""

import asyncio
import json
import pathlib
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from typing import Annotated, Any, Literal

from fastapi import FastAPI, HTTPException, Path, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response, StreamingResponse

from brittlestar._shared.errors import InputError
from brittlestar.trials.protocol_files import library, load_protocol, protocol_text
from brittlestar.web import downloads, explore, pages, screens
from brittlestar.web.guard import Guard, Refused, new_token, refusal
from brittlestar.web.jobs import kinds as work
from brittlestar.web.jobs import results
from brittlestar.web.jobs.queue import DONE, OVER, UNFINISHED, Full, Job, Jobs
from brittlestar.web.jobs.store import Shelf
from brittlestar.web.kept_lives import Still
from brittlestar.web.pictures import ALONE, PLANS, templates
from brittlestar.web.requests import Act, Asked, Compare, Explore, Trial
from brittlestar.web.warm_up import Warming

AT_ONCE, RANGES_AT_ONCE, MOST_WAIT_SECONDS = 2, 1, 120.0
"""Answers and their ranges worked out side by side, and how long one may wait for its turn."""

LOOK_SECONDS = 0.2
"""Between looks whether the client is still there."""

MOST_EVENTS_SECONDS = 3600.0
"""Of one stream of progress: a page that was left open asks again."""

TRIALS = ("trial", "power")
"""Kinds of work that begin on the screen of trials."""

JobId = Annotated[str, Path(min_length=36, max_length=36, pattern=r"^[0-9a-f-]{36}$")]
REFUSALS: dict[int | str, dict[str, Any]] = {
    code: {"description": "Refused, with the reason"} for code in (400, 403, 404, 413, 415, 429, 503)
}

FILES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "A file",
        "content": {kind: {} for kind in ("text/csv", "application/json", "application/toml", "text/html")},
    }
}


class Nothing(Asked):
    """A request that has nothing to say."""


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


def create_app(
    port: int,
    *,
    token: str | None = None,
    warm: bool = True,
    docs: bool = False,
    jobs_folder: pathlib.Path | None = None,
) -> FastAPI:
    """The application behind its guard.

    Args:
        port: of the server, for the exact check of Host and Origin.
        token: for this launch; drawn if left out.
        warm: compile what the first screen needs at the start.
        docs: whether ``/openapi.json`` is served, for tests.
        jobs_folder: where jobs stay between launches; none: they go with the server.
    """
    token, jobs = token or new_token(), Jobs(work.WORKS, Shelf(jobs_folder))
    warming = Warming()

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        if warm:
            threading.Thread(target=warming.run, daemon=True).start()
        yield
        jobs.close()

    app = FastAPI(
        title="brittlestar", docs_url=None, redoc_url=None, openapi_url="/openapi.json" if docs else None,
        lifespan=life, redirect_slashes=False, responses=REFUSALS,
    )  # fmt: skip
    app.state.token, app.state.jobs = token, jobs
    app.add_middleware(Guard, port=port, token=token)
    _refusals(app)
    _pages(app, token)
    _answers(app, warming)
    _jobs(app, jobs)
    return app


def _refusals(app: FastAPI) -> None:
    @app.exception_handler(InputError)
    async def mistake(_: Request, error: InputError) -> Response:
        return refusal(422, str(error))

    @app.exception_handler(HTTPException)
    async def http(_: Request, error: HTTPException) -> Response:
        return refusal(error.status_code, str(error.detail))

    @app.exception_handler(Refused)
    async def refused(_: Request, error: Refused) -> Response:
        return refusal(error.status, error.reason)

    @app.exception_handler(Gone)
    async def gone(_: Request, __: Gone) -> Response:
        return refusal(503, "nobody waited for the answer")

    @app.exception_handler(Full)
    async def full(_: Request, __: Full) -> Response:
        return refusal(429, "the queue of jobs is full; cancel one or wait")


def _pages(app: FastAPI, token: str) -> None:
    values: dict[str, Callable[[], dict[str, Any]]] = {
        "explore": lambda: {"charts": list(templates(ALONE).values())},
        "compare": lambda: {"charts": list(templates(PLANS[:3]).values())},
        "trial": lambda: {"protocols": {name: load_protocol(name).title for name in library()}},
        "evidence": screens.evidence,
        "leaflet": screens.leaflet,
        "unknown": screens.unknown,
    }

    def add(screen: str, address: str) -> None:
        @app.get(address, response_class=HTMLResponse, include_in_schema=False)
        def show() -> str:
            return pages.page(screen, token, **values[screen]())

    for screen, address, _ in pages.SCREENS:
        add(screen, address)

    @app.get("/static/{name}", include_in_schema=False)
    def static(name: str) -> Response:
        try:
            text, kind = pages.static(name)
        except KeyError:
            raise HTTPException(404, "no such file") from None
        # Named by nothing but its content: the address carries its digest.
        return Response(text, media_type=kind, headers={"cache-control": "max-age=31536000, immutable"})

    @app.get("/favicon.ico", include_in_schema=False)
    def icon() -> Response:
        return Response(status_code=204)

    @app.get("/api/specs")
    def specs(plans: Annotated[int, Query(ge=1, le=5)] = 1) -> JSONResponse:
        """Templates of the charts: for one plan, or for 2 to 5 courses of a comparison."""
        return JSONResponse(pages.specs(ALONE if plans == 1 else PLANS[:plans]))


def _answers(app: FastAPI, warming: Warming) -> None:
    # Ranges take longer and nobody waits for them: they never hold up an answer.
    turns, ranges_turns = Turns(AT_ONCE), Turns(RANGES_AT_ONCE)

    def answered(asked: Explore | Compare, still: Still) -> JSONResponse:
        with turns.one(still):
            found = explore.answer(asked, still)
        return JSONResponse(pages.filled(found))

    def ranged(asked: Explore | Compare, still: Still) -> JSONResponse:
        with ranges_turns.one(still):
            return JSONResponse(pages.unsure(explore.ranges(asked, still)))

    def file(kind: str, asked: Explore | Compare, still: Still) -> Response:
        if kind == "toml":
            explore.plans_of(asked)
            return PlainTextResponse(downloads.to_toml(asked), media_type="application/toml")
        with turns.one(still), ranges_turns.one(still):
            found = explore.whole(asked, still)
        if kind == "csv":
            return PlainTextResponse(downloads.to_csv(found), media_type="text/csv")
        return PlainTextResponse(downloads.to_json(found), media_type="application/json")

    @app.get("/api/ready")
    def ready() -> JSONResponse:
        """How far the model is prepared for its first answer."""
        return JSONResponse(warming.told())

    @app.post("/api/explore")
    async def explore_one(request: Request, asked: Explore) -> Response:
        """One plan beside no treatment, for the page."""
        return await while_wanted(request, partial(answered, asked))

    @app.post("/api/compare")
    async def compare(request: Request, asked: Compare) -> Response:
        """Up to four plans beside no treatment, for the page."""
        return await while_wanted(request, partial(answered, asked))

    @app.post("/api/explore/ranges")
    async def explore_ranges(request: Request, asked: Explore) -> Response:
        """The three uncertainties of one plan."""
        return await while_wanted(request, partial(ranged, asked))

    @app.post("/api/compare/ranges")
    async def compare_ranges(request: Request, asked: Compare) -> Response:
        """The three uncertainties of each plan."""
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


def _jobs(app: FastAPI, jobs: Jobs) -> None:
    def known(id: str) -> Job:
        job = jobs.get(id)
        if job is None:
            raise HTTPException(404, "no such job: it was removed, or another server has it")
        return job

    @app.post("/api/jobs/trial", status_code=201)
    def trial(asked: Trial) -> JSONResponse:
        """Put a virtual trial into the queue."""
        cost = work.check_cost(asked)
        job = jobs.add("trial", asked.model_dump(), work.name_of(asked))
        return JSONResponse(job.told() | {"person_years": round(cost)}, 201)

    @app.post("/api/jobs/power", status_code=201)
    def power(asked: Trial) -> JSONResponse:
        """Put the power of a trial into the queue."""
        work.check_cost(asked)
        return JSONResponse(jobs.add("power", asked.model_dump(), work.name_of(asked, "power")).told(), 201)

    @app.post("/api/jobs/{kind}/begin", status_code=201)
    def begin(kind: Literal["leaflet", "trials"], _: Nothing) -> JSONResponse:
        """Put the checks of the leaflet, or all published trials, into the queue; once at a time."""
        same = (job for job in jobs.jobs.values() if job.kind == kind and job.state not in OVER)
        before = (job for job in jobs.jobs.values() if job.kind == kind and job.state in UNFINISHED)
        job = next(same, None) or next(before, None)
        if job is None:
            job = jobs.add(kind, {}, kind)
        jobs.resume(job)
        return JSONResponse(job.told(), 201)

    @app.get("/api/jobs")
    def every(kind: Literal["trial", "leaflet", "trials"] = "trial") -> JSONResponse:
        """The jobs of a kind that were run or begun, the last first; with trials their powers."""
        kinds = TRIALS if kind == "trial" else (kind,)
        return JSONResponse([job.told() for job in list(jobs.jobs.values())[::-1] if job.kind in kinds])

    @app.get("/api/jobs/{id}")
    def told(id: JobId) -> JSONResponse:
        """How far a job is."""
        return JSONResponse(known(id).told())

    @app.post("/api/jobs/{id}/act")
    def act(id: JobId, asked: Act) -> JSONResponse:
        """Cancel, pause or resume a job, or remove it with all that it wrote."""
        job = known(id)
        getattr(jobs, asked.act)(job)
        return JSONResponse(job.told())

    @app.get("/api/jobs/{id}/events", response_class=StreamingResponse)
    async def events(id: JobId, request: Request) -> StreamingResponse:
        """Progress as server-sent events, until the job is over."""
        job = known(id)

        async def stream() -> AsyncIterator[str]:
            last, waited = "", 0.0
            while waited < MOST_EVENTS_SECONDS and not await request.is_disconnected():
                now = json.dumps(job.told())
                if now != last:
                    yield f"data: {now}\n\n"
                    last = now
                if job.state in OVER:
                    return
                await asyncio.sleep(0.2)
                waited += 0.2

        return StreamingResponse(stream(), media_type="text/event-stream")

    @app.get("/api/jobs/{id}/result")
    def result(id: JobId) -> JSONResponse:
        """What a finished trial found, or its power, for the page."""
        job = _finished(known(id))
        shown = results.trial_result if job.kind == "trial" else results.power_result
        return JSONResponse(shown(job))

    @app.get("/api/jobs/{id}/file/{kind}", responses=FILES)
    def job_file(id: JobId, kind: Literal["json", "csv", "toml", "html"]) -> Response:
        """A finished trial as a file."""
        job = _finished(known(id))
        text, media = (results.trial_file if job.kind == "trial" else results.power_file)(job, kind)
        return PlainTextResponse(text, media_type=media, headers={
            "content-disposition": f'attachment; filename="trial.{kind}"'})  # fmt: skip

    @app.get("/api/protocols/{name}", responses=FILES)
    def protocol(name: Annotated[str, Path(max_length=40)]) -> PlainTextResponse:
        """A shipped protocol as TOML."""
        if name not in library():
            raise HTTPException(404, "no such protocol")
        return PlainTextResponse(protocol_text(name)[0], media_type="application/toml")


def _finished(job: Job) -> Job:
    if job.kind not in TRIALS or job.state != DONE:
        raise HTTPException(404, "no result: the job is not done")
    try:
        work.finished(job.folder)
    except FileNotFoundError:
        raise HTTPException(404, "no result: its files are gone or damaged; run it again") from None
    return job
