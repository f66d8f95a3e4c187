"""Long work: a queue with an end, progress, pause, cancel, going on, limits; it outlives its server."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from multiprocessing.connection import wait
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from small_trial import SMALL

from brittlestar._shared.errors import InputError
from brittlestar._shared.result_files import save_result
from brittlestar.web.jobs import kinds
from brittlestar.web.jobs.queue import (  # fmt: skip
    CANCELLED,
    DONE,
    FAILED,
    INTERRUPTED,
    MOST_WAITING,
    PAUSED,
    RUNNING,
    Full,
    Job,
    Jobs,
)
from brittlestar.web.jobs.store import Shelf
from brittlestar.web.requests import Trial


def count(asked: dict[str, Any], folder: str, progress: Any) -> None:
    Path(folder).mkdir(parents=True, exist_ok=True)
    for i in range(asked["steps"]):
        progress(i, asked["steps"])
        time.sleep(asked["seconds"])
    (Path(folder) / "done").write_text("done", encoding="utf-8")


def refuse(asked: dict[str, Any], folder: str, progress: Any) -> None:
    raise InputError("protocol", "x", "accepted: y")


WORKS = {"count": count, "refuse": refuse}


@pytest.fixture
def jobs() -> Iterator[Jobs]:
    made = Jobs(WORKS)
    yield made
    made.close()
    assert not made.shelf.root.exists()


def until(job: Job, *states: str) -> None:
    for _ in range(1200):
        if job.state in states:
            return
        time.sleep(0.05)
    raise AssertionError(f"{job.state}, not {states}: {job.error}")


def test_a_job_runs_to_its_end(jobs: Jobs) -> None:
    job = jobs.add("count", {"steps": 3, "seconds": 0.01})
    until(job, DONE, FAILED)
    assert job.state == DONE and (job.folder / "done").exists() and job.total == 3


def test_a_mistake_is_told_in_words(jobs: Jobs) -> None:
    job = jobs.add("refuse", {})
    until(job, FAILED)
    assert "accepted: y" in job.error


def test_pause_holds_resume_goes_on_cancel_ends(jobs: Jobs) -> None:
    job = jobs.add("count", {"steps": 10_000, "seconds": 0.02})
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
    process = job.process
    jobs.cancel(job)
    # Not `join`: the thread that follows the job collects the process too, and whoever comes second is told
    # that it still lives.
    assert wait([process.sentinel], timeout=20)
    assert job.state == CANCELLED


def test_the_queue_has_an_end_and_a_waiting_job_can_be_cancelled(jobs: Jobs) -> None:
    first = jobs.add("count", {"steps": 10_000, "seconds": 0.05})
    until(first, RUNNING)
    waiting = [jobs.add("count", {}) for _ in range(MOST_WAITING)]
    with pytest.raises(Full):
        jobs.add("count", {})
    jobs.cancel(waiting[0])
    assert waiting[0].state == CANCELLED and waiting[0].process is None
    jobs.add("count", {})


def test_a_job_that_takes_too_long_is_ended() -> None:
    short = Jobs(WORKS, most_seconds=0.5)
    job = short.add("count", {"steps": 10_000, "seconds": 0.05})
    until(job, FAILED)
    assert "most allowed" in job.error
    short.close()


def test_a_cancelled_job_goes_on_and_another_launch_knows_it(tmp_path: Path) -> None:
    jobs = Jobs(WORKS, Shelf(tmp_path))
    job = jobs.add("count", {"steps": 40, "seconds": 0.05}, "a name")
    until(job, RUNNING)
    while not job.done:
        time.sleep(0.02)
    jobs.cancel(job)
    assert job.state == CANCELLED
    jobs.close()

    jobs = Jobs(WORKS, Shelf(tmp_path))
    again = jobs.jobs[job.id]
    assert again.state == CANCELLED and again.name == "a name" and again.done == job.done
    jobs.resume(again)
    until(again, DONE, FAILED)
    assert again.state == DONE and (again.folder / "done").exists()
    waiting = jobs.add("count", {"steps": 10_000, "seconds": 0.05})
    until(waiting, RUNNING)
    jobs.close()

    jobs = Jobs(WORKS, Shelf(tmp_path))
    assert [one.state for one in jobs.jobs.values()] == [DONE, INTERRUPTED]
    for one in list(jobs.jobs.values()):
        jobs.forget(one)
    assert not [place for place in jobs.shelf.root.iterdir() if place.is_dir()]
    jobs.close()


def test_two_servers_never_share_a_job(tmp_path: Path) -> None:
    one, other = Shelf(tmp_path), Shelf(tmp_path)
    assert one.root != other.root
    one.close()
    third = Shelf(tmp_path)
    assert third.root == one.root
    third.close()
    other.close()


NOTE = {"kind": "count", "name": "n", "asked": {}, "state": "done", "done": 1, "total": 1, "seconds": 0.5,
        "error": "", "created": 1.0}  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        "[" * 100_000,
        '{"created": 1}',
        '{"created": "x", "kind": "count"}',
        *(
            json.dumps(NOTE | change)
            for change in (
                {"seconds": "long"},
                {"seconds": float("nan")},
                {"seconds": float("inf")},
                {"seconds": 10**400},
                {"created": "x"},
                {"created": [1]},
                {"done": "1"},
                {"done": -1},
                {"total": None},
                {"state": "lost"},
                {"name": 3},
                {"error": []},
                {"kind": "nothing"},
                {"kind": ["count"]},
            )
        ),
    ],
)
def test_a_note_that_is_damaged_or_of_something_else_is_passed_over(tmp_path: Path, text: str) -> None:
    shelf = Shelf(tmp_path)
    for number, note in enumerate((text, json.dumps(NOTE))):
        place = shelf.root / f"00000000-0000-4000-8000-00000000000{number}"
        place.mkdir()
        (place / "job.json").write_text(note, encoding="utf-8")
    (shelf.root / "not-an-id").mkdir()
    shelf.close()
    jobs = Jobs(WORKS, Shelf(tmp_path))
    (job,) = jobs.jobs.values()
    assert job.id.endswith("1") and job.told()["seconds"] == round(0.5)
    jobs.close()


def test_a_job_that_cannot_be_noted_down_leaves_nothing(jobs: Jobs, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(id: str, note: dict[str, Any]) -> None:
        jobs.shelf.folder(id).mkdir()
        raise InputError("output", id, "cannot write: the disk is full")

    monkeypatch.setattr(jobs.shelf, "write", full)
    with pytest.raises(InputError, match="disk is full"):
        jobs.add("count", {})
    assert not jobs.jobs and not list(jobs.shelf.root.iterdir())


@pytest.mark.parametrize("asked", [[], "x", {"replicates": "many"}, None])
def test_a_job_asked_for_nonsense_says_so(tmp_path: Path, asked: Any) -> None:
    for one in (kinds.trial, kinds.power):
        with pytest.raises(InputError, match=r"job\.json.*ask for it again"):
            one(asked, str(tmp_path / "x"), lambda done, total: None)


@pytest.mark.parametrize("damage", ["[]", "null", "{}", ""])
def test_what_is_kept_is_whole_or_not_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: str
) -> None:
    monkeypatch.setattr(kinds, "kept_folder", lambda: tmp_path / "kept")
    kinds.keep("leaflet", {"statements": []})
    (tmp_path / "kept" / "leaflet" / "leaflet.json").write_text(damage)
    assert kinds.kept("leaflet") is None
    for name in ("results", "power"):
        folder = tmp_path / name
        save_result(folder / "edition", {f"{name}.json": {"found": 1}})
        assert kinds.finished(folder) == folder / "edition"
        (folder / "edition" / f"{name}.json").write_text(damage)
        with pytest.raises(FileNotFoundError):
            kinds.finished(folder)


SERVER = """
import sys, time
from pathlib import Path
from brittlestar.web.requests import Trial
from brittlestar.web.jobs.queue import Jobs
from brittlestar.web.jobs.store import Shelf
from brittlestar.web.jobs.kinds import WORKS
if __name__ == "__main__":
    jobs = Jobs(WORKS, Shelf(Path(sys.argv[1])))
    job = jobs.add("trial", Trial(text=Path(sys.argv[2]).read_text(), replicates=80).model_dump())
    while job.done < 25:
        time.sleep(0.01)
    print(job.process.pid, flush=True)
    time.sleep(60)
"""


def test_a_trial_whose_server_was_killed_goes_on_to_the_same_bits(tmp_path: Path) -> None:
    (tmp_path / "small.toml").write_text(SMALL, encoding="utf-8")
    (tmp_path / "server.py").write_text(SERVER, encoding="utf-8")
    words = [
        sys.executable,
        str(tmp_path / "server.py"),
        str(tmp_path / "jobs"),
        str(tmp_path / "small.toml"),
    ]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        worker = int(server.stdout.readline())
        server.send_signal(signal.SIGKILL)
    for _ in range(400):
        try:
            os.kill(worker, 0)
        except ProcessLookupError:
            break
        time.sleep(0.05)
    jobs = Jobs(kinds.WORKS, Shelf(tmp_path / "jobs"))
    (job,) = jobs.jobs.values()
    assert job.state == INTERRUPTED and 0 < job.done < 80
    jobs.resume(job)
    until(job, DONE, FAILED)
    assert job.state == DONE, job.error
    whole = tmp_path / "whole"
    kinds.trial(Trial(text=SMALL, replicates=80).model_dump(), str(whole), lambda done, total: None)
    for name in ("patients", "visits", "fractures"):
        mine, theirs = (kinds.finished(place) / f"{name}.parquet" for place in (job.folder, whole))
        assert mine.read_bytes() == theirs.read_bytes()
    told = [json.loads((kinds.finished(p) / "results.json").read_text()) for p in (job.folder, whole)]
    for one in told:
        for about_the_making in ("created", "commit"):  # a checkout may move on meanwhile
            one["manifest"].pop(about_the_making)
    assert told[0] == told[1]
    jobs.close()


PAUSING = """
import os, sys, time
from pathlib import Path
from brittlestar.web.jobs.queue import PAUSED, RUNNING, Jobs

def sleep(asked, folder, progress):
    progress(1, 2)
    time.sleep(600)

if __name__ == "__main__":
    jobs = Jobs({"sleep": sleep})
    job = jobs.add("sleep", {})
    while not job.done:
        time.sleep(0.01)
    if sys.argv[1] == "paused":
        jobs.pause(job)
        assert job.state == PAUSED
    print(job.process.pid, flush=True)
    time.sleep(600)
"""


@pytest.mark.parametrize("state", ["running", "paused"])
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_a_job_ends_with_its_server(tmp_path: Path, state: str, how: signal.Signals) -> None:
    (tmp_path / "server.py").write_text(PAUSING, encoding="utf-8")
    words = [sys.executable, str(tmp_path / "server.py"), state]
    environment = os.environ | {"TMPDIR": str(tmp_path)}  # what the server could not tidy up
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=environment) as server:
        assert server.stdout is not None
        worker = int(server.stdout.readline())
        server.send_signal(how)
    stat = Path(f"/proc/{worker}/stat")
    for _ in range(400):
        # One that has ended, and that nobody has asked about yet, is a zombie.
        if not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] == "Z":
            return
        time.sleep(0.05)
    os.kill(worker, signal.SIGKILL)
    raise AssertionError("the job lives on")


def test_a_cancelled_leaflet_goes_on_after_the_statements_that_are_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from brittlestar.evidence import leaflet
    from brittlestar.evidence.leaflet.run import SEEDS

    ids = ("S06", "S14", "S21")
    monkeypatch.setattr(kinds, "kept_folder", lambda: tmp_path / "kept")
    checked: list[str] = []
    real = leaflet.checks

    def counted(id: str) -> Any:
        one = real()[id]
        return SimpleNamespace(groups=one.groups, run=lambda groups: (checked.append(id), one.run(groups))[1])

    monkeypatch.setattr(leaflet, "checks", lambda: {id: counted(id) for id in ids})

    def cancel(done: int, total: int) -> None:
        if done == 2:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        kinds.leaflet({}, str(tmp_path / "job"), cancel)
    assert checked == ["S06", "S14"] and kinds.kept("leaflet") is None
    kinds.leaflet({}, str(tmp_path / "job"), lambda done, total: None)
    assert checked == [*ids] * SEEDS
    mine, whole = kinds.kept("leaflet"), leaflet.run_leaflet(*ids, seeds=SEEDS).to_dict()
    assert mine is not None
    for one in (mine, whole):
        for about_the_making in ("created", "commit"):  # a checkout may move on meanwhile
            one["manifest"].pop(about_the_making)
    assert mine == json.loads(json.dumps(whole))

    from brittlestar.web import pages, screens

    html = pages.page("leaflet", "token", **screens.leaflet())
    regions = re.findall('role="region" aria-label="([^"]*)"', html)
    assert len(regions) == len(set(regions)) > 1
    assert '<th scope="col"></th>' not in html


def test_what_another_edition_found_is_not_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BRITTLESTAR_CACHE", str(tmp_path))
    kinds.keep("leaflet", {"statements": []})
    assert kinds.kept("leaflet") == {"statements": []}
    monkeypatch.setattr(kinds, "source_sha256", lambda: "another")
    assert kinds.kept("leaflet") is None and kinds.stamp("leaflet") == 0


def test_published_trials_are_shown_failures_first_and_go_on_after_the_last_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from brittlestar.trials import protocol_texts, run_all
    from brittlestar.web import pages, screens

    monkeypatch.setattr(kinds, "kept_folder", lambda: tmp_path / "kept")
    monkeypatch.setattr(kinds, "REPLICATES", 2)
    monkeypatch.setattr(protocol_texts, "library", lambda: ("poise",))
    told: list[tuple[int, int]] = []
    kinds.trials({}, str(tmp_path / "job"), lambda done, total: told.append((done, total)))
    monkeypatch.setattr(run_all, "run_all", None)  # the second time there is nothing left to run
    kinds.trials({}, str(tmp_path / "job"), lambda done, total: told.append((done, total)))
    assert told == [(0, 1), (0, 1)]
    shown = screens.evidence()
    view = shown["trials"]
    verdicts = [cell.style for row in view.tables["compared"].on_page() for cell in row if cell.sign]
    assert verdicts == sorted(verdicts, key=lambda one: one not in ("verdict outside", "verdict no-answer"))
    assert sum(count for count, *_ in view.parts["tally"]) == len(verdicts) > 5
    html = pages.page("evidence", "token", **shown)
    assert "Risedronate against placebo" in html and 'href="https://doi.org/' in html


def test_a_card_never_takes_the_numbers_that_were_checked_for_all_of_a_study() -> None:
    """POISE prints eleven means with an interval (`make poise`), which its trial as it ships holds all of."""
    from brittlestar.trials.shipped import shipped
    from brittlestar.web import screens

    every = [one for *_, group in screens.evidence()["kinds"] for one in group]
    poise = next(one for one in every if one["id"] == "poise2013")
    ranged = [row for row in poise["beside"] if row["inside"] is not None]
    assert (len(ranged), poise["ranged"], poise["agrees"]) == (11, 11, "again_many")
    again = {one["study"] for one in (shipped() or {"trials": []})["trials"]}
    for one in every:
        # Of a study without a trial only the numbers of the leaflet's checks are counted, and that is said.
        assert not one["agrees"] or one["agrees"].startswith("again" if one["id"] in again else "only")
        assert one["ranged"] == sum(row["inside"] is not None for row in one["beside"]) >= one["inside"]
