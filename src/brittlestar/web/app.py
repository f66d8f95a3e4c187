"""The application: pages and jobs, and beside them what is answered at once."""

import asyncio
import json
import pathlib
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Annotated, Any, Literal

from fastapi import FastAPI, HTTPException, Path, Request
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response, StreamingResponse

from brittlestar._shared.errors import InputError
from brittlestar.trials.protocol_files import load_protocol
from brittlestar.trials.protocol_texts import library, protocol_text
from brittlestar.web import answers_api, designs_api, pages, screens
from brittlestar.web.answers_api import FILES, Gone, Lang
from brittlestar.web.catalogue import LANGUAGES, spoken
from brittlestar.web.guard import Guard, Refused, new_token, refusal
from brittlestar.web.jobs import kinds as work
from brittlestar.web.jobs import results
from brittlestar.web.jobs.queue import DONE, OVER, UNFINISHED, Full, Job, Jobs
from brittlestar.web.jobs.store import Shelf
from brittlestar.web.requests import Act, Asked, Trial
from brittlestar.web.speech import speech
from brittlestar.web.warm_up import Warming

MOST_EVENTS_SECONDS = 3600.0
"""Of one stream of progress: a page that was left open asks again."""

TRIALS = ("trial", "power")
"""Kinds of work that begin on the screen of trials."""

JobId = Annotated[str, Path(min_length=36, max_length=36, pattern=r"^[0-9a-f-]{36}$")]
REFUSALS: dict[int | str, dict[str, Any]] = {
    code: {"description": "Refused, with the reason"} for code in (400, 403, 404, 413, 415, 429, 503)
}


class Nothing(Asked):
    """A request that has nothing to say."""


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
    answers_api.add(app, warming)
    _jobs(app, jobs)
    designs_api.add(app, jobs)
    return app


def _refusals(app: FastAPI) -> None:
    @app.exception_handler(InputError)
    async def mistake(request: Request, error: InputError) -> Response:
        return refusal(422, str(error), request.scope)

    @app.exception_handler(HTTPException)
    async def http(request: Request, error: HTTPException) -> Response:
        return refusal(error.status_code, str(error.detail), request.scope)

    @app.exception_handler(Refused)
    async def refused(request: Request, error: Refused) -> Response:
        return refusal(error.status, error.reason, request.scope)

    @app.exception_handler(Gone)
    async def gone(request: Request, __: Gone) -> Response:
        return refusal(503, "nobody waited for the answer", request.scope)

    @app.exception_handler(Full)
    async def full(request: Request, __: Full) -> Response:
        return refusal(429, "the queue of jobs is full; cancel one or wait", request.scope)


def _pages(app: FastAPI, token: str) -> None:
    values: dict[str, Callable[[str], dict[str, Any]]] = {
        "explore": lambda _: {},
        "compare": lambda _: {},
        "trial": lambda _: {"protocols": {name: load_protocol(name).title for name in library()}},
        "evidence": screens.evidence,
        "leaflet": screens.leaflet,
        "unknown": screens.unknown,
    }

    def add(screen: str, address: str) -> None:
        @app.get(address, response_class=HTMLResponse, include_in_schema=False)
        def show(lang: Lang = LANGUAGES[0]) -> str:
            return pages.page(screen, token, lang, **values[screen](spoken(lang)))

    for screen, address in pages.SCREENS:
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
    def every(
        kind: Literal["trial", "leaflet", "trials"] = "trial", lang: Lang = LANGUAGES[0]
    ) -> JSONResponse:
        """The jobs of a kind that were run or begun, the last first; with trials their powers."""
        kinds = TRIALS if kind == "trial" else (kind,)
        return JSONResponse([_told(job, lang) for job in list(jobs.jobs.values())[::-1] if job.kind in kinds])

    @app.get("/api/jobs/{id}")
    def told(id: JobId, lang: Lang = LANGUAGES[0]) -> JSONResponse:
        """How far a job is."""
        return JSONResponse(_told(known(id), lang))

    @app.post("/api/jobs/{id}/act")
    def act(id: JobId, asked: Act) -> JSONResponse:
        """Cancel, pause or resume a job, or remove it with all that it wrote."""
        job = known(id)
        getattr(jobs, asked.act)(job)
        return JSONResponse(job.told())

    @app.get("/api/jobs/{id}/events", response_class=StreamingResponse)
    async def events(id: JobId, request: Request, lang: Lang = LANGUAGES[0]) -> StreamingResponse:
        """Progress as server-sent events, until the job is over."""
        job = known(id)

        async def stream() -> AsyncIterator[str]:
            last, waited = "", 0.0
            while waited < MOST_EVENTS_SECONDS and not await request.is_disconnected():
                now = json.dumps(_told(job, lang))
                if now != last:
                    yield f"data: {now}\n\n"
                    last = now
                if job.state in OVER:
                    return
                await asyncio.sleep(0.2)
                waited += 0.2

        return StreamingResponse(stream(), media_type="text/event-stream")

    @app.get("/api/jobs/{id}/result")
    def result(id: JobId, lang: Lang = LANGUAGES[0]) -> JSONResponse:
        """What a finished trial found, or its power, for the page."""
        job = _finished(known(id))
        shown = results.trial_result if job.kind == "trial" else results.power_result
        return JSONResponse(shown(job, spoken(lang)))

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


def _told(job: Job, lang: str) -> dict[str, Any]:
    """What a page needs to know of a job, its name and what went wrong in a language of the page."""
    say = speech(spoken(lang))
    return job.told() | {"name": say(job.name), "error": say.refusal(job.error)}


def _finished(job: Job) -> Job:
    if job.kind not in TRIALS or job.state != DONE:
        raise HTTPException(404, "no result: the job is not done")
    try:
        work.finished(job.folder)
    except FileNotFoundError:
        raise HTTPException(404, "no result: its files are gone or damaged; run it again") from None
    return job
