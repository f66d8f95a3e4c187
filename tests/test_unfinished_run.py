"""A run that is killed goes on to the same result; parts that are damaged are made again."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from brittlestar._shared.errors import InputError
from brittlestar._shared.resumable_run import UnfinishedRun
from brittlestar.trials import run as run_module
from brittlestar.trials.protocol import Protocol
from brittlestar.trials.protocol_files import load_protocol
from brittlestar.trials.run import run_trial

TABLES = ("patients.parquet", "visits.parquet", "fractures.parquet")
REPLICATES = 60


@pytest.fixture(scope="module")
def short() -> Protocol:
    """POISE, one year."""
    poise = load_protocol("poise").model_dump(mode="json")
    poise["design"] |= {"years": 1, "blinded_years": 1}
    poise["visits"] = [{"months": [0, 12], "measures": ["ls_abmd", "ls_z"]}]
    poise["endpoints"] = [e for e in poise["endpoints"] if e["id"] in ("ls_z_change", "fracture_rate")]
    poise["arms"][0]["plan"] = "risedronate 2.5 mg daily"
    poise["arms"][1]["plan"] = "placebo"
    return Protocol(**poise)


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_module, "BLOCKS_PER_CHUNK", 1)


@pytest.fixture(scope="module")
def whole(short: Protocol, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run that nobody disturbed, in one chunk."""
    place = tmp_path_factory.mktemp("whole") / "trial"
    run_trial(short, replicates=REPLICATES, out=place)
    return place


def same(one: Path, other: Path) -> bool:
    results = [json.loads((place / "results.json").read_text()) for place in (one, other)]
    for result in results:
        result["manifest"].pop("created")
    return results[0] == results[1] and all(
        (one / name).read_bytes() == (other / name).read_bytes() for name in TABLES
    )


def left_of(place: Path) -> Path:
    return place.parent / f".{place.name}.unfinished"


class Killed(BaseException):
    """Stands for a process that is gone between two chunks."""


def interrupted(protocol: Protocol, place: Path, after: int) -> None:
    def die(done: int, total: int) -> None:
        if done >= after:
            raise Killed

    with pytest.raises(Killed):
        run_trial(protocol, replicates=REPLICATES, out=place, progress=die)
    assert not place.exists()


def test_goes_on_to_the_same_result(short: Protocol, whole: Path, tmp_path: Path) -> None:
    place = tmp_path / "trial"
    interrupted(short, place, after=20)
    chunks = list(left_of(place).glob("chunk-*"))
    assert len(chunks) == 1
    seen: list[int] = []
    run_trial(short, replicates=REPLICATES, out=place, progress=lambda done, _: seen.append(done))
    assert seen[0] > 0, "the finished chunk was worked out again"
    assert same(place, whole)
    assert not left_of(place).exists()


@pytest.mark.parametrize("damage", ["truncated", "flipped", "gone", "half written"])
def test_damaged_chunks_are_made_again(short: Protocol, whole: Path, tmp_path: Path, damage: str) -> None:
    place = tmp_path / "trial"
    interrupted(short, place, after=40)
    file = left_of(place) / "chunk-000000" / "visits.parquet"
    content = bytearray(file.read_bytes())
    if damage == "truncated":
        file.write_bytes(content[: len(content) // 2])
    elif damage == "flipped":
        content[len(content) // 2] ^= 1
        file.write_bytes(content)
    elif damage == "gone":
        file.unlink()
    else:
        (file.parent).rename(file.parent.with_name(".chunk-000000.partial-0123456789ab"))
    run_trial(short, replicates=REPLICATES, out=place)
    assert same(place, whole)


def test_processes_and_chunks_change_nothing(short: Protocol, whole: Path, tmp_path: Path) -> None:
    place = tmp_path / "trial"
    run_trial(short, replicates=REPLICATES, out=place, workers=2)
    assert same(place, whole)


def test_another_run_is_refused_and_can_be_thrown_away(short: Protocol, tmp_path: Path) -> None:
    place = tmp_path / "trial"
    interrupted(short, place, after=20)
    with pytest.raises(InputError, match=r"seed 1 there, 2 now.*--restart"):
        run_trial(short, replicates=REPLICATES, seed=2, out=place)
    assert left_of(place).exists()
    with UnfinishedRun(place, {"seed": 2}, restart=True) as run:
        assert not list(run.folder.glob("chunk-*"))


def test_a_run_in_another_precision_is_not_mixed_in(short: Protocol, tmp_path: Path) -> None:
    place = tmp_path / "trial"
    interrupted(short, place, after=20)
    with pytest.raises(InputError, match=r"precision 'float64' there, 'float32' now.*--restart"):
        run_trial(short, replicates=REPLICATES, precision="float32", out=place)
    assert left_of(place).exists()


def test_one_run_at_a_time(tmp_path: Path) -> None:
    with (
        UnfinishedRun(tmp_path / "x", {"seed": 1}),
        pytest.raises(InputError, match="another run is working there"),
    ):
        UnfinishedRun(tmp_path / "x", {"seed": 1}).__enter__()
    with UnfinishedRun(tmp_path / "x", {"seed": 1}) as run:
        run.keep("part", {"a": b"1"})
        assert run.kept("part")


def test_a_full_disk_keeps_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Path, content: bytes) -> int:
        raise OSError(28, "No space left on device", str(self))

    with UnfinishedRun(tmp_path / "x", {"seed": 1}) as run:
        run.keep("one", {"a": b"1"})
        with monkeypatch.context() as patch:
            patch.setattr(Path, "write_bytes", full)
            with pytest.raises(InputError, match="disk is full"):
                run.keep("two", {"a": b"2"})
        assert run.kept("one") and not run.kept("two")


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_killed_while_it_writes(tmp_path: Path) -> None:
    """A process that writes parts without end is killed at odd moments; every part that is there is whole."""
    code = (
        "import sys; from brittlestar._shared.resumable_run import UnfinishedRun\n"
        "with UnfinishedRun(sys.argv[1], {'seed': 1}) as run:\n"
        "    print('ready', flush=True)\n"
        "    for i in range(10**6):\n"
        "        run.keep(f'chunk-{i % 7}', {'a': bytes([i % 251]) * 300_000, 'b': b'x'})\n"
    )
    place = tmp_path / "x"
    for wait_ms in (3, 11, 29, 47):
        process = subprocess.Popen([sys.executable, "-c", code, str(place)], stdout=subprocess.PIPE)
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(wait_ms / 1000)
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        with UnfinishedRun(place, {"seed": 1}) as run:
            parts = sorted(run.folder.glob("chunk-*"))
            assert all(run.kept(part.name) for part in parts)
            assert not list(run.folder.glob(".*partial*"))
