"""Long work in a process of its own: one at a time, a short queue, progress, pause, cancel, time limits.

A job that was cancelled, or whose server went away, is kept and can be taken up again: its work is called
once more with the same directory, and goes on from what it finds there.
"""

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal
from uuid import uuid4

from pydantic import BaseModel, Field, NonNegativeInt, ValidationError

from brittlestar._shared.children import end_with_parent
from brittlestar._shared.errors import InputError
from brittlestar.web.jobs.store import Shelf

WAITING, RUNNING, PAUSED = "waiting", "running", "paused"
DONE, FAILED, CANCELLED, INTERRUPTED = "done", "failed", "cancelled", "interrupted"
UNFINISHED = (FAILED, CANCELLED, INTERRUPTED)
OVER = (DONE, *UNFINISHED)
MOST_WAITING, MOST_KEPT = 4, 20
"""Jobs that wait, and finished ones that are kept, on one machine of one person."""

MOST_SECONDS = 1800.0
"""Of running without being taken up again; a pause does not count."""

MOST_ENDING_SECONDS = 5.0
"""For a child to end by itself."""


class Note(BaseModel, strict=True):
    """What is kept of a job for another server."""

    kind: str
    name: str
    asked: Any
    state: Literal["waiting", "running", "paused", "done", "failed", "cancelled", "interrupted"]
    done: NonNegativeInt
    total: NonNegativeInt
    seconds: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    error: str
    created: Annotated[float, Field(ge=0, allow_inf_nan=False)]


Progress = Callable[[int, int], None]
Work = Callable[[Any, str, Progress], None]
"""Called in the other process with what was asked, a directory to write, and a report of progress."""


class Full(Exception):
    """The queue holds as much as it may."""


@dataclass
class Job:
    """One piece of long work and how far it is."""

    kind: str
    name: str
    asked: Any
    folder: Path
    """where its work writes"""
    id: str
    state: str = WAITING
    done: int = 0
    total: int = 0
    seconds: float = 0.0
    error: str = ""
    created: float = field(default_factory=time.time)
    process: Any = None

    def told(self) -> dict[str, Any]:
        """What a page needs to know."""
        left = None
        if self.state == RUNNING and 0 < self.done < self.total:
            left = round(self.seconds / self.done * (self.total - self.done))
        return {
            "id": self.id, "kind": self.kind, "name": self.name, "state": self.state, "done": self.done,
            "total": self.total, "seconds": round(self.seconds), "seconds_left": left, "error": self.error,
            "created": round(self.created),
        }  # fmt: skip


def _in_process(work: Work, asked: Any, folder: str, pipe: Any) -> None:
    """Runs in the other process; says how far it is and how it ended."""
    end_with_parent()
    os.setpgid(0, 0)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        work(asked, folder, lambda done, total: pipe.send(("progress", done, total)))
        pipe.send(("done",))
    except InputError as error:
        pipe.send(("failed", str(error)))
    except Exception as error:
        pipe.send(("failed", f"{type(error).__name__} in the simulation; see the terminal of the server"))
        raise


class Jobs:
    """The queue.

    Args:
        works: what can be done, by kind.
        shelf: where jobs are kept; what an earlier server left there is taken over.
        most_seconds: of one job.
    """

    def __init__(
        self, works: Mapping[str, Work], shelf: Shelf | None = None, most_seconds: float = MOST_SECONDS
    ) -> None:
        self.works, self.shelf, self.most_seconds = works, shelf or Shelf(), most_seconds
        self.jobs: dict[str, Job] = {}
        self._take_over()
        self.lock = threading.Condition()
        self.open = True
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _take_over(self) -> None:
        found: list[Job] = []
        for id, text in self.shelf.read():
            try:
                note = Note.model_validate_json(text)
            except ValidationError:  # damaged, or of another program
                continue
            if note.kind in self.works:
                found.append(Job(id=id, folder=self.shelf.folder(id) / "result", **dict(note)))
        for job in sorted(found, key=lambda job: (job.created, job.id)):
            if job.state not in OVER:
                job.state = INTERRUPTED
            self.jobs[job.id] = job

    def add(self, kind: str, asked: Any, name: str = "") -> Job:
        """A new job at the end of the queue.

        Raises:
            Full: as many wait as may.
            InputError: it cannot be written down.
        """
        with self.lock:
            self._room()
            self._forget_old()
            id = str(uuid4())
            job = Job(kind, name or kind, asked, self.shelf.folder(id) / "result", id)
            try:
                self._note_down(job)
            except InputError:
                self.shelf.forget(id)
                raise
            self.jobs[id] = job
            self.lock.notify_all()
        return job

    def get(self, id: str) -> Job | None:
        """The job of this id, looked up and never made into a path."""
        return self.jobs.get(id)

    def cancel(self, job: Job) -> None:
        """End the job now; what it finished is kept."""
        self._stop(job, CANCELLED)

    def pause(self, job: Job) -> None:
        """Stop the job where it is; it loses nothing."""
        self._switch(job, RUNNING, PAUSED, signal.SIGSTOP)

    def resume(self, job: Job) -> None:
        """Let a paused job go on, or put one that ended too early into the queue again.

        Raises:
            Full: as many wait as may.
        """
        self._switch(job, PAUSED, RUNNING, signal.SIGCONT)
        with self.lock:
            if job.state in UNFINISHED:
                self._room()
                if self.lock.wait_for(lambda: job.process is None, timeout=MOST_ENDING_SECONDS):
                    job.state, job.error = WAITING, ""
                    self._note_down(job)
            self.lock.notify_all()

    def forget(self, job: Job) -> None:
        """Remove a job and what it wrote."""
        self.cancel(job)
        with self.lock:
            self.lock.wait_for(lambda: job.process is None, timeout=MOST_ENDING_SECONDS)
            self.jobs.pop(job.id, None)
            self.shelf.forget(job.id)

    def close(self) -> None:
        """End everything; another server can take it up, unless the shelf goes with this one."""
        self.open = False
        for job in list(self.jobs.values()):
            self._stop(job, INTERRUPTED)
        with self.lock:
            self.lock.notify_all()
        self.thread.join(timeout=2 * MOST_ENDING_SECONDS)
        self.shelf.close()

    def _room(self) -> None:
        if sum(job.state == WAITING for job in self.jobs.values()) >= MOST_WAITING:
            raise Full

    def _stop(self, job: Job, state: str) -> None:
        with self.lock:
            if job.state not in OVER:
                job.state = state
                _end(job)
                with suppress(InputError):  # it is over all the same
                    self._note_down(job)
            self.lock.notify_all()

    def _switch(self, job: Job, before: str, after: str, number: int) -> None:
        with self.lock:
            if job.state == before and job.process is not None and job.process.pid:
                os.kill(job.process.pid, number)
                job.state = after
            self.lock.notify_all()

    def _note_down(self, job: Job) -> None:
        self.shelf.write(job.id, {key: getattr(job, key) for key in Note.model_fields})

    def _forget_old(self) -> None:
        over = [job for job in self.jobs.values() if job.state in OVER]
        for job in over[: max(0, len(self.jobs) - MOST_KEPT + 1)]:
            self.shelf.forget(job.id)
            del self.jobs[job.id]

    def _serve(self) -> None:
        while self.open:
            with self.lock:
                job = next((job for job in self.jobs.values() if job.state == WAITING), None)
                if job is None:
                    self.lock.wait(timeout=1.0)
                    continue
                pipe = self._start(job)
            self._follow(job, pipe)

    def _start(self, job: Job) -> Any:
        context = multiprocessing.get_context("spawn")
        pipe, other = context.Pipe(duplex=False)
        job.process = context.Process(
            target=_in_process, args=(self.works[job.kind], job.asked, str(job.folder), other), daemon=True
        )
        job.process.start()
        other.close()
        job.state = RUNNING
        return pipe

    def _follow(self, job: Job, pipe: Any) -> None:
        last, ran = time.monotonic(), 0.0
        while job.state not in OVER:
            message = _next(pipe)
            now = time.monotonic()
            with self.lock:
                spent = now - last if job.state == RUNNING else 0.0
                job.seconds, ran, last = job.seconds + spent, ran + spent, now
                self._note(job, message)
                if job.state == RUNNING and ran > self.most_seconds:
                    job.state = FAILED
                    job.error = f"stopped after {self.most_seconds:g} seconds, the most allowed at a time"
                    _end(job)
                self.lock.notify_all()
        pipe.close()
        job.process.join(timeout=MOST_ENDING_SECONDS)
        _end(job)
        with self.lock:
            job.process = None
            with suppress(InputError):
                self._note_down(job)
            self.lock.notify_all()

    def _note(self, job: Job, message: tuple[Any, ...] | None) -> None:
        if message is None or job.state in OVER:
            return
        if message[0] == "progress":
            job.done, job.total = message[1:]
            with suppress(InputError):  # of what was done a full disk keeps no note; the work itself says so
                self._note_down(job)
        elif message[0] == "done":
            job.state, job.done = DONE, job.total
        else:
            job.state, job.error = FAILED, message[1] if len(message) > 1 else "the process ended early"


def _next(pipe: Any) -> tuple[Any, ...] | None:
    """What the other process says within a quarter of a second; its end if it is gone."""
    try:
        return pipe.recv() if pipe.poll(0.25) else None
    except (EOFError, OSError):
        return ("gone",)


def _end(job: Job) -> None:
    if job.process is not None and job.process.is_alive():
        job.process.kill()
