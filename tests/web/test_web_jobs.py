"""Long work: a queue with an end, progress, pause, cancel, limits; nothing is left behind."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from brittlestar._shared.errors import InputError
from brittlestar.web.jobs import CANCELLED, DONE, FAILED, MOST_WAITING, PAUSED, RUNNING, Full, Job, Jobs


def count(asked: dict[str, Any], folder: str, progress: Any) -> None:
    Path(folder).mkdir(parents=True)
    for i in range(asked["steps"]):
        progress(i, asked["steps"])
        time.sleep(asked["seconds"])
    (Path(folder) / "done").write_text("done", encoding="utf-8")


def refuse(asked: dict[str, Any], folder: str, progress: Any) -> None:
    raise InputError("protocol", "x", "accepted: y")


@pytest.fixture
def jobs() -> Iterator[Jobs]:
    made = Jobs()
    yield made
    made.close()
    assert not made.root.exists()


def until(job: Job, *states: str) -> None:
    for _ in range(1200):
        if job.state in states:
            return
        time.sleep(0.05)
    raise AssertionError(f"{job.state}, not {states}: {job.error}")


def test_a_job_runs_to_its_end(jobs: Jobs) -> None:
    job = jobs.add("count", {"steps": 3, "seconds": 0.01}, count)
    until(job, DONE, FAILED)
    assert job.state == DONE and (job.folder / "done").exists() and job.total == 3


def test_a_mistake_is_told_in_words(jobs: Jobs) -> None:
    job = jobs.add("refuse", {}, refuse)
    until(job, FAILED)
    assert "accepted: y" in job.error


def test_pause_holds_resume_goes_on_cancel_ends(jobs: Jobs) -> None:
    job = jobs.add("count", {"steps": 10_000, "seconds": 0.02}, count)
    until(job, RUNNING)
    while not job.done:
        time.sleep(0.05)
    jobs.pause(job)
    assert job.state == PAUSED
    time.sleep(0.6)
    held = job.done
    time.sleep(0.6)
    assert job.done == held
    jobs.resume(job)
    until(job, RUNNING)
    while job.done == held:
        time.sleep(0.05)
    jobs.pause(job)
    jobs.cancel(job)
    job.process.join(timeout=20)
    assert job.state == CANCELLED and not job.process.is_alive()


def test_the_queue_has_an_end_and_a_waiting_job_can_be_cancelled(jobs: Jobs) -> None:
    first = jobs.add("count", {"steps": 10_000, "seconds": 0.05}, count)
    until(first, RUNNING)
    waiting = [jobs.add("count", {}, count) for _ in range(MOST_WAITING)]
    with pytest.raises(Full):
        jobs.add("count", {}, count)
    jobs.cancel(waiting[0])
    assert waiting[0].state == CANCELLED and waiting[0].process is None
    jobs.add("count", {}, count)


def test_a_job_that_takes_too_long_is_ended() -> None:
    short = Jobs(most_seconds=0.5)
    job = short.add("count", {"steps": 10_000, "seconds": 0.05}, count)
    until(job, FAILED)
    assert "most allowed" in job.error
    short.close()
