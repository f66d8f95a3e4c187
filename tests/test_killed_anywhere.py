"""A run is killed before each of its file operations; the same command then gives what a clean run gives.

The kill is injected: from the chosen operation on, nothing more reaches the disk, and the file that was open
for writing is cut in half.
"""

import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from brittlestar._shared.errors import InputError, Stopped
from brittlestar.engine import default_parameters
from brittlestar.trials import conduct, run_all
from brittlestar.trials import run as run_module
from brittlestar.trials.chunks import CannotBeRun, Chunk, work_out
from brittlestar.trials.protocol import Protocol
from brittlestar.trials.run import run_trial

REPLICATES, CHUNKS = 4, 2
TABLES = ("visits",)
Files = dict[str, bytes]
SMALL = Protocol(
    **{
        "id": "small",
        "title": "small",
        "sources": ["assumed"],
        "population": {"randomised": 12, "age_years": [5, 10], "types": {"IV": 1}, "source": "assumed"},
        "arms": [
            {"id": "none", "label": "none", "control": True, "plan": "no treatment"},
            {"id": "drug", "label": "drug", "plan": "zoledronate 0.05 mg/kg iv every 6 months"},
        ],
        "design": {"years": 1},
        "visits": [{"months": [0, 12], "measures": ["ls_abmd"]}],
        "endpoints": [{"id": "e", "label": "e", "kind": "change", "measure": "ls_abmd", "month": 12}],
    }
)


class Killed(BaseException):
    """The process is gone."""


class Killer:
    """Counts operations that change the disk, and lets none happen from the chosen one on."""

    CHANGES = frozenset(
        ("os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.link", "os.symlink", "os.truncate")
    )
    WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT

    def __init__(self) -> None:
        self.at: int | None = None
        self.count, self.active, self.written = 0, False, ""
        sys.addaudithook(self.hook)

    def hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self.active:
            return
        writes = event == "open" and bool(arguments[2] & self.WRITES)
        if not writes and event not in self.CHANGES:
            return
        self.count += 1
        if self.at is not None and self.count >= self.at:
            if self.count == self.at and os.path.isfile(self.written):
                self.active = False
                os.truncate(self.written, os.path.getsize(self.written) // 2)
                self.active = True
            raise Killed(event)
        if writes:
            self.written = os.fspath(arguments[0]) if isinstance(arguments[0], (str, bytes)) else ""

    def run(self, at: int | None, command: Callable[[], Any]) -> bool:
        """Whether the command came to its end."""
        self.at, self.count, self.active, self.written = at, 0, True, ""
        try:
            command()
        except Killed:
            return False
        finally:
            self.active = False
        return True


@pytest.fixture(scope="module")
def killer() -> Killer:
    return Killer()  # an audit hook stays for good


@pytest.fixture(scope="module")
def chunks() -> dict[int, dict[str, Files]]:
    """Files of every chunk, by seed: worked out once."""
    made = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(conduct, "PEOPLE_PER_BLOCK", 24)
        for seed in (1, 2):
            todo = [
                Chunk(i, SMALL, (block,), seed, default_parameters())
                for i, block in enumerate(conduct.blocks(SMALL, REPLICATES))
            ]
            made[seed] = {chunk.name: work_out(chunk) for chunk in todo}
            assert len(todo) == CHUNKS
    return made


@pytest.fixture(autouse=True)
def asked(monkeypatch: pytest.MonkeyPatch, chunks: dict[int, dict[str, Files]]) -> list[str]:
    """Names of the chunks that runs ask for; they get those that were worked out before."""
    names: list[str] = []

    def found(missing: list[Chunk], *_: Any) -> Iterator[tuple[Chunk, Files]]:
        for chunk in missing:
            names.append(chunk.name)
            yield chunk, chunks[chunk.seed][chunk.name]

    def estimates(protocol: Protocol, p: Any, kept: Any, made: dict[str, Any], _: Any) -> SimpleNamespace:
        return SimpleNamespace(failed=[], found=repr(kept.estimates) + str(made["seed"]))

    def files(result: SimpleNamespace) -> dict[str, str]:
        return {"results.json": json.dumps(result.found)}

    monkeypatch.setattr(conduct, "PEOPLE_PER_BLOCK", 24)
    monkeypatch.setattr(run_module, "BLOCKS_PER_CHUNK", 1)
    monkeypatch.setattr(run_module, "worked_out", found)
    monkeypatch.setattr(run_module, "TABLES", TABLES)
    monkeypatch.setattr(run_module, "collect", estimates)  # the work of a second, without a file
    monkeypatch.setattr(run_module, "files", files)
    monkeypatch.setattr(os, "fsync", lambda handle: None)  # a kill is no cut of the power
    return names


def trial(place: Path, seed: int, **more: Any) -> None:
    run_trial(SMALL, replicates=REPLICATES, seed=seed, out=place, **more)


def content(place: Path) -> Files:
    return {name: (place / name).read_bytes() for name in ("visits.parquet", "results.json")}


@pytest.fixture
def clean(tmp_path: Path) -> dict[int, Files]:
    for seed in (1, 2):
        trial(tmp_path / f"clean-{seed}", seed)
    found = {seed: content(tmp_path / f"clean-{seed}") for seed in (1, 2)}
    assert all(found[1][name] != found[2][name] for name in found[1])
    return found


def left_of(place: Path) -> Path:
    return place.parent / f".{place.name}.unfinished"


def unfinished(place: Path, seed: int, ready: int) -> None:
    """A run that was killed when so many chunks were ready."""

    def die(done: int, total: int) -> None:
        if done * CHUNKS >= ready * total:
            raise Killed

    with pytest.raises(Killed):
        trial(place, seed, progress=die)


def each_kill(killer: Killer, prepare: Callable[[], object], command: Callable[[], object]) -> Iterator[int]:
    """The command killed before its first, second, ... operation, each time after the same preparation."""
    prepare()
    assert killer.run(None, command)
    operations = killer.count
    assert operations > 20, "nothing to kill"
    for at in range(1, operations + 1):
        prepare()
        assert not killer.run(at, command)
        yield at


def emptied(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()


def as_in(template: Path, folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(template, folder)


def names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def test_a_fresh_run(killer: Killer, tmp_path: Path, clean: dict[int, Files], asked: list[str]) -> None:
    place = tmp_path / "x" / "trial"
    for at in each_kill(killer, lambda: (emptied(place.parent), asked.clear()), lambda: trial(place, 1)):
        there, ready, before = place.exists(), len(list(left_of(place).glob("chunk-*"))), len(asked)
        trial(place, 1)
        assert content(place) == clean[1], at
        assert there or len(asked) - before == CHUNKS - ready, f"{at}: a chunk that was ready is lost"
        assert ready >= before - 1 or there
        assert names(place.parent) == ["trial"], at


@pytest.mark.parametrize("restart", [True, False])
def test_a_restart_as_another_run(
    killer: Killer, tmp_path: Path, clean: dict[int, Files], restart: bool
) -> None:
    """Chunks of seed 1 are there; seed 2 throws them away, is killed, and is asked again."""
    place = tmp_path / "x" / "trial"
    refused = 0
    unfinished(tmp_path / "before" / "trial", 1, ready=1)

    for at in each_kill(
        killer, lambda: as_in(tmp_path / "before", place.parent), lambda: trial(place, 2, restart=True)
    ):
        try:
            trial(place, 2, restart=restart)
        except InputError as error:
            assert not restart and "seed 1 there, 2 now" in str(error) and "--restart" in str(error)
            assert len(list(left_of(place).glob("chunk-*"))) == 1, at
            refused += 1
            continue
        assert content(place) == clean[2], at
        assert names(place.parent) == ["trial"], at
    assert bool(refused) != restart


def test_a_result_that_takes_the_place_of_an_earlier_one(
    killer: Killer, tmp_path: Path, clean: dict[int, Files]
) -> None:
    place = tmp_path / "x" / "trial"
    trial(tmp_path / "before" / "trial", 1)
    for at in each_kill(killer, lambda: as_in(tmp_path / "before", place.parent), lambda: trial(place, 2)):
        hidden = list(place.parent.glob(".trial.old-*"))
        whole = place if place.exists() else hidden[0]
        assert content(whole) in (clean[1], clean[2]), f"{at}: the earlier result is gone"
        trial(place, 2)
        assert content(place) == clean[2], at
        assert names(place.parent) == ["trial"], at


def test_a_result_among_the_files_of_somebody(
    killer: Killer, tmp_path: Path, clean: dict[int, Files]
) -> None:
    place = tmp_path / "x" / "trial"

    trial(tmp_path / "before" / "trial", 1)
    (tmp_path / "before" / "trial" / "mine.txt").write_text("mine")
    for at in each_kill(
        killer, lambda: as_in(tmp_path / "before", place.parent), lambda: trial(place, 2, force=True)
    ):
        trial(place, 2, force=True)
        assert content(place) == clean[2], at
        assert (place / "mine.txt").read_text() == "mine", at
        assert names(place.parent) == ["trial"], at
        assert names(place) == sorted(["SHA256SUMS", "mine.txt", *clean[2]]), at


@pytest.mark.parametrize("note", [None, "null", "[]", "{", '{"seed": 2}', "[" * 100_000])
@pytest.mark.parametrize("seed", [1, 2])
def test_only_the_chunks_say_whose_they_are(
    tmp_path: Path, clean: dict[int, Files], asked: list[str], note: str | None, seed: int
) -> None:
    """Whatever the note beside them says: goes on with its own, refuses those of another run."""
    place = tmp_path / "trial"
    unfinished(place, 1, ready=1)
    (left_of(place) / "run.json").unlink()
    if note is not None:
        (left_of(place) / "run.json").write_text(note)
    asked.clear()
    if seed == 1:
        trial(place, 1)
        assert content(place) == clean[1] and asked == ["chunk-000001"]
    else:
        with pytest.raises(InputError, match=r"seed 1 there, 2 now.*--restart"):
            trial(place, 2)
        assert len(list(left_of(place).glob("chunk-*"))) == 1


@pytest.mark.parametrize("damage", [None, "null", "[]", '{"part": "chunk-000000"}', "named otherwise"])
def test_a_chunk_that_does_not_say_it_is_of_this_run_is_made_again(
    tmp_path: Path, clean: dict[int, Files], asked: list[str], damage: str | None
) -> None:
    place = tmp_path / "trial"
    unfinished(place, 1, ready=1)
    first, second = (left_of(place) / f"chunk-00000{i}" for i in (0, 1))
    if damage is None:
        (first / "run.json").unlink()
    elif damage == "named otherwise":
        first.rename(second)
    else:
        (first / "run.json").write_text(damage)
    asked.clear()
    trial(place, 1)
    assert content(place) == clean[1] and asked == ["chunk-000000", "chunk-000001"]


def test_chunks_divided_in_another_way_do_not_fit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "trial"
    unfinished(place, 1, ready=1)
    monkeypatch.setattr(run_module, "BLOCKS_PER_CHUNK", 2)
    with pytest.raises(InputError, match="blocks_per_chunk 1 there, 2 now"):
        trial(place, 1)


def test_nothing_stays_of_a_run_that_was_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Refused before the first chunk or in a later one; the mended command is not told of another run."""
    place = tmp_path / "deep" / "trial"

    def refuse(after: int) -> Any:
        def work(missing: list[Chunk], *_: Any) -> Iterator[tuple[Chunk, Files]]:
            for chunk in missing[:after]:
                yield chunk, {"a": b"1"}
            raise CannotBeRun("population.eligibility", "x", "too strict")

        return work

    for after in (0, 1):
        with monkeypatch.context() as patch:
            patch.setattr(run_module, "worked_out", refuse(after))
            with pytest.raises(InputError, match="too strict"):
                trial(place, 1)
        assert names(tmp_path) == []
    trial(place, 2)


def test_ctrl_c_says_what_is_kept(tmp_path: Path) -> None:
    def stop(after: int) -> Any:
        def report(done: int, total: int) -> None:
            if done * CHUNKS >= after * total:
                raise KeyboardInterrupt

        return report

    place = tmp_path / "trial"
    with pytest.raises(Stopped, match="nothing is kept"):
        trial(place, 1, progress=stop(0))
    assert names(tmp_path) == []
    with pytest.raises(
        Stopped, match=r"1 finished chunks are kept in .*: the same command goes on from there"
    ):
        trial(place, 1, progress=stop(1))
    assert names(tmp_path) == [".trial.unfinished"]


def test_all_trials_together_keep_nothing_half_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One directory for all: of a trial that failed or was stopped in the middle nothing stays in it."""

    def one_chunk_then(error: BaseException) -> Any:
        def work(missing: list[Chunk], *_: Any) -> Iterator[tuple[Chunk, Files]]:
            yield missing[0], {"a": b"1"}
            raise error

        return work

    monkeypatch.setattr(run_all, "load_protocol", lambda name: SMALL)
    monkeypatch.setattr(run_all, "files", lambda result: {"all.json": "{}"})
    monkeypatch.setattr(run_module, "worked_out", one_chunk_then(OSError("gone")))
    run_all.run_all(["poise"], replicates=REPLICATES, out=tmp_path / "all")
    assert names(tmp_path / "all") == ["SHA256SUMS", "all.json"] and names(tmp_path) == ["all"]
    monkeypatch.setattr(run_module, "worked_out", one_chunk_then(KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt) as stopped:
        run_all.run_all(["poise"], replicates=REPLICATES, out=tmp_path / "other")
    assert not isinstance(stopped.value, Stopped) and names(tmp_path) == ["all"]


@pytest.mark.parametrize("name", ["a[1]", "*", "a b", "..x"])
def test_names_with_signs_of_patterns(tmp_path: Path, clean: dict[int, Files], name: str) -> None:
    """What others are writing beside it is not taken for its own."""
    other = tmp_path / "o" / ".b.partial-0123456789ab"
    other.mkdir(parents=True)
    place = tmp_path / "o" / name
    unfinished(place, 1, ready=1)
    mine = place.parent / f".{name}.partial-0123456789ab"
    mine.mkdir()
    trial(place, 1)
    assert content(place) == clean[1] and other.exists() and not mine.exists()


@pytest.mark.parametrize(
    "more",
    [{"workers": 0}, {"workers": 2.5}, {"workers": 10**9}, {"replicates": 0}, {"replicates": 2.0},
     {"protocol": 3}, {"protocol": None}, {"out": ""}, {"out": 3}],
)  # fmt: skip
def test_arguments_that_mean_nothing_are_refused_before_anything_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, more: dict[str, Any]
) -> None:
    monkeypatch.chdir(tmp_path)
    words = {"protocol": SMALL, "replicates": REPLICATES, "out": tmp_path / "trial"} | more
    with pytest.raises(InputError, match=next(iter(more)).replace("out", "output")):
        run_trial(words.pop("protocol"), **words)
    assert names(tmp_path) == []
