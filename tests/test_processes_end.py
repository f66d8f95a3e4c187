"""Worker processes end with the process that started them, however that ends."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

MOST_SECONDS = 120

RUN = """
import sys
from pathlib import Path
from brittlestar.trials import chunks

def busy(chunk):
    import os
    (Path(sys.argv[1]) / str(os.getpid())).touch()
    while True:
        pass

chunks.work_out = busy
if __name__ == "__main__":
    todo = [chunks.Chunk(i, None, (), 1, None) for i in range(4)]
    list(chunks.worked_out(todo, workers=2))
"""


def alive(pid: int) -> bool:
    """Running; one that has ended and that nobody has asked about is not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="no /proc to look in")
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_workers_of_a_trial_end_with_it(tmp_path: Path, how: signal.Signals) -> None:
    script, seen = tmp_path / "run.py", tmp_path / "seen"
    script.write_text(RUN, encoding="utf-8")
    seen.mkdir()
    until = time.monotonic() + MOST_SECONDS
    with subprocess.Popen([sys.executable, str(script), str(seen)]) as run:
        while len(workers := [int(file.name) for file in seen.iterdir()]) < 2:
            assert run.poll() is None and time.monotonic() < until
            time.sleep(0.05)
        assert all(map(alive, workers))
        run.send_signal(how)
    while any(map(alive, workers)):
        assert time.monotonic() < until, "a worker lives on"
        time.sleep(0.05)


DYING = """
import os
from brittlestar._shared.errors import InputError
from brittlestar.trials import chunks

def die(chunk):
    if chunk.seed == 1:
        os.kill(os.getpid(), 9)
    if chunk.seed == 2:
        raise MemoryError
    raise chunks.CannotBeRun("population.eligibility", "x", "too strict")

chunks.work_out = die
if __name__ == "__main__":
    for seed in (1, 2, 3):
        try:
            list(chunks.worked_out([chunks.Chunk(i, None, (), seed, None) for i in range(2)], workers=2))
        except InputError as error:
            print(type(error).__name__, error)
"""


def test_what_ends_a_worker_is_told_in_one_sentence(tmp_path: Path) -> None:
    """A kill, want of memory, and what the trial asks for."""
    (tmp_path / "run.py").write_text(DYING, encoding="utf-8")
    words = [sys.executable, str(tmp_path / "run.py")]
    done = subprocess.run(words, capture_output=True, text=True, timeout=MOST_SECONDS)
    killed, memory, refused = done.stdout.splitlines()
    assert killed.startswith("InputError --workers: got 2; a worker process ended early") and killed == memory
    assert refused == "CannotBeRun population.eligibility: got 'x'; too strict"
    assert done.stderr == ""
