"""Long work in a process of its own: one at a time, a short queue, progress, pause, cancel, time limits."""

import multiprocessing
import os
import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

from brittlestar._shared.errors import InputError

WAITING, RUNNING, PAUSED, DONE, FAILED, CANCELLED = (
    "waiting",
    "running",
    "paused",
    "done",
    "failed",
    "cancelled",
)
OVER = (DONE, FAILED, CANCELLED)
MOST_WAITING, MOST_KEPT = 4, 20
MOST_SECONDS = 1800.0
"""Of running; a pause does not count."""

Progress = Callable[[int, int], None]
Work = Callable[[Any, str, Progress], None]
"""Called in the other process with what was asked, a directory to write into, and a report of progress."""


class Full(Exception):
    """The queue holds as much as it may."""


@dataclass
class Job:
    """One piece of long work and how far it is."""

    kind: str
    asked: Any
    work: Work
    folder: Path
    id: str = field(default_factory=lambda: str(uuid4()))
    state: str = WAITING
    done: int = 0
    total: int = 0
    seconds: float = 0.0
    error: str = ""
    process: Any = None

    def told(self) -> dict[str, Any]:
        """What a page needs to know."""
        left = None
        if self.state == RUNNING and 0 < self.done < self.total:
            left = round(self.seconds / self.done * (self.total - self.done))
        return {
            "id": self.id, "kind": self.kind, "state": self.state, "done": self.done, "total": self.total,
            "seconds": round(self.seconds), "seconds_left": left, "error": self.error,
        }  # fmt: skip


def _in_process(work: Work, asked: Any, folder: str, pipe: Any) -> None:
    """Runs in the other process; says how far it is and how it ended."""
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
    """The queue. Everything that it writes goes with it."""

    def __init__(self, most_seconds: float = MOST_SECONDS) -> None:
        self.most_seconds = most_seconds
        self.root = Path(tempfile.mkdtemp(prefix="brittlestar-"))
        self.jobs: dict[str, Job] = {}
        self.lock = threading.Condition()
        self.open = True
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def add(self, kind: str, asked: Any, work: Work) -> Job:
        """A new job at the end of the queue.

        Raises:
            Full: as many wait as may.
        """
        with self.lock:
            if sum(job.state == WAITING for job in self.jobs.values()) >= MOST_WAITING:
                raise Full
            self._forget_old()
            job = Job(kind, asked, work, self.root / uuid4().hex)
            self.jobs[job.id] = job
            self.lock.notify_all()
        return job

    def get(self, id: str) -> Job | None:
        """The job of this id, looked up and never made into a path."""
        return self.jobs.get(id)

    def cancel(self, job: Job) -> None:
        """End the job now; what it wrote goes."""
        with self.lock:
            if job.state not in OVER:
                job.state = CANCELLED
                _end(job)
            self.lock.notify_all()

    def pause(self, job: Job) -> None:
        """Stop the job where it is; it loses nothing."""
        self._switch(job, RUNNING, PAUSED, signal.SIGSTOP)

    def resume(self, job: Job) -> None:
        """Let a paused job go on."""
        self._switch(job, PAUSED, RUNNING, signal.SIGCONT)

    def close(self) -> None:
        """End everything and remove what was written."""
        self.open = False
        for job in list(self.jobs.values()):
            self.cancel(job)
        with self.lock:
            self.lock.notify_all()
        self.thread.join(timeout=5)
        shutil.rmtree(self.root, ignore_errors=True)

    def _switch(self, job: Job, before: str, after: str, number: int) -> None:
        with self.lock:
            if job.state == before and job.process is not None and job.process.pid:
                os.kill(job.process.pid, number)
                job.state = after
            self.lock.notify_all()

    def _forget_old(self) -> None:
        over = [job for job in self.jobs.values() if job.state in OVER]
        for job in over[: max(0, len(self.jobs) - MOST_KEPT + 1)]:
            shutil.rmtree(job.folder, ignore_errors=True)
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
            target=_in_process, args=(job.work, job.asked, str(job.folder), other), daemon=True
        )
        job.process.start()
        other.close()
        job.state = RUNNING
        return pipe

    def _follow(self, job: Job, pipe: Any) -> None:
        last = time.monotonic()
        while job.state not in OVER:
            message = _next(pipe)
            now = time.monotonic()
            with self.lock:
                job.seconds += now - last if job.state == RUNNING else 0.0
                last = now
                self._note(job, message)
                if job.state == RUNNING and job.seconds > self.most_seconds:
                    job.state, job.error = (
                        FAILED,
                        f"stopped after {self.most_seconds:g} seconds, the most allowed",
                    )
                    _end(job)
                self.lock.notify_all()
        pipe.close()
        if job.process.is_alive() and job.state == DONE:
            job.process.join(timeout=10)
        if job.state in (FAILED, CANCELLED):
            job.process.join(timeout=5)
            shutil.rmtree(job.folder, ignore_errors=True)

    def _note(self, job: Job, message: tuple[Any, ...] | None) -> None:
        if message is None or job.state in OVER:
            return
        if message[0] == "progress":
            job.done, job.total = message[1:]
        elif message[0] == "done":
            job.state = DONE
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
