"""The addresses of designs: a protocol as a form and back, and the power of several side by side."""

from typing import Any

from fastapi import FastAPI, HTTPException
from fastapi.responses import JSONResponse
from pydantic import Field

from brittlestar.trials.protocol_files import protocol_of
from brittlestar.web.answers_api import Lang
from brittlestar.web.catalogue import LANGUAGES, spoken
from brittlestar.web.design_form import Written, choices, form_of, looks_left_out, written
from brittlestar.web.jobs import results
from brittlestar.web.jobs.queue import DONE, Jobs
from brittlestar.web.requests import Asked, Trial
from brittlestar.web.speech import speech

MOST_DESIGNS = 3
"""Side by side: more curves in one picture cannot be told apart."""


class Several(Asked):
    """Finished powers, by the ids of their jobs."""

    jobs: list[str] = Field(min_length=2, max_length=MOST_DESIGNS)


def add(app: FastAPI, jobs: Jobs) -> None:
    """Add the addresses to the application.

    Args:
        app: of the page.
        jobs: where powers are kept.
    """

    @app.post("/api/designs/form")
    def form(asked: Trial, lang: Lang = LANGUAGES[0]) -> JSONResponse:
        """The fields of a protocol that designers change; ``said`` has names in a language of the page.

        A title that a person typed stays as it is.
        """
        fields, say = asked.fields(), speech(spoken(lang))
        made = form_of(fields)
        title = made.title if asked.text.strip() else say(made.title)
        return JSONResponse({
            "form": made.model_dump(mode="json"),
            "said": {"title": title, "arms": [say(arm.label) for arm in made.arms]},
            "endpoints": [(key, say(label)) for key, label in choices(protocol_of(fields, "protocol"))],
        })  # fmt: skip

    @app.post("/api/designs/write")
    def write(asked: Written) -> JSONResponse:
        """The protocol with what its form says, as TOML."""
        before = asked.design.fields()
        text = written(before, asked.form)
        return JSONResponse({"text": text, "looks_left_out": looks_left_out(before, text)})

    @app.post("/api/designs")
    def designs(asked: Several, lang: Lang = LANGUAGES[0]) -> JSONResponse:
        """The power of two or three designs side by side, for the page."""
        found: list[Any] = [jobs.get(id) for id in dict.fromkeys(asked.jobs)]
        if len(found) < 2 or any(job is None or job.kind != "power" or job.state != DONE for job in found):
            raise HTTPException(404, "no such powers: two or three that are done are compared")
        return JSONResponse(results.designs_result(found, spoken(lang)))
