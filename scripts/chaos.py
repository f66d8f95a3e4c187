"""Kill a trial at random moments, give the same command again, and compare with the run nobody disturbed.

``make chaos``. Kills the run itself, with real signals at random moments (``tests/test_killed_anywhere.py``
kills before every file operation, but a run in the same process), a dask worker and the dask scheduler. Ends
with 1 if any result differs, any message is not what a user is promised, or no kill met a run that had begun.
"""

import hashlib
import json
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

REPLICATES, SEED = 450, 5
KILLS = 6
BIN = Path(sys.executable).parent


def command(out: Path, *more: str) -> list[str]:
    """One run of the trial."""
    run = ["trial", "poise", "--replicates", str(REPLICATES), "--seed", str(SEED), "--out", str(out)]
    return [str(BIN / "brittlestar"), *run, *more]


def digest(place: Path) -> dict[str, str]:
    """File -> SHA-256; of the results without the time at which they were made."""
    found = {
        file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in sorted(place.glob("*.parquet"))
    }
    results = json.loads((place / "results.json").read_text(encoding="utf-8"))
    results["manifest"].pop("created")
    return found | {"results": hashlib.sha256(json.dumps(results, sort_keys=True).encode()).hexdigest()}


def killed_and_resumed(folder: Path, longest: float, chance: random.Random) -> tuple[Path, list[str]]:
    """A run that is killed again and again until it gets through."""
    out, said = folder / "killed", []
    for number in range(KILLS):
        process = subprocess.Popen(command(out), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            process.wait(chance.uniform(0.1, 0.5) * longest)
            said.append(f"kill {number + 1}: too late, the run was through")
            return out, said
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
        chunks = len(list((folder / ".killed.unfinished").glob("chunk-*")))
        said.append(f"kill {number + 1}: {chunks} chunks kept")
        if out.exists():
            # A result appears whole, by one renaming; that it is whole is compared in the end.
            said.append("the result was at its place already")
            return out, said
    subprocess.run(command(out), check=True, stdout=subprocess.DEVNULL)
    return out, said


def interrupted(folder: Path) -> str:
    """What Ctrl-C says; it has to end the run within seconds."""
    out = folder / "stopped"
    process = subprocess.Popen(command(out), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    unfinished = folder / ".stopped.unfinished"
    while process.poll() is None and not list(unfinished.glob("chunk-*")):
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    began = time.monotonic()
    _, error = process.communicate()
    took = time.monotonic() - began
    if process.returncode != 130 or "goes on from there" not in error:
        raise SystemExit(f"Ctrl-C: {process.returncode}, {error}")
    return f"Ctrl-C: answered in {took:.1f} s: {error.strip()[:70]}..."


def dask(folder: Path) -> tuple[Path, list[str]]:
    """A worker is killed, then the scheduler; the same command without a scheduler gets through."""
    said: list[str] = []
    address, out = "tcp://127.0.0.1:18786", folder / "dask"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    scheduler = subprocess.Popen(
        [str(BIN / "dask"), "scheduler", "--port", "18786", "--no-dashboard"], **quiet
    )
    start = [str(BIN / "dask"), "worker", address, "--nthreads", "1", "--no-nanny", "--no-dashboard"]
    workers = [subprocess.Popen(start, cwd=folder, **quiet) for _ in range(2)]
    try:
        run = subprocess.Popen(
            command(out, "--scheduler", address), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )
        unfinished = folder / ".dask.unfinished"
        for victim, name in ((workers[0], "worker"), (scheduler, "scheduler")):
            before = len(list(unfinished.glob("chunk-*")))
            while run.poll() is None and len(list(unfinished.glob("chunk-*"))) <= before:
                time.sleep(0.05)
            victim.kill()
            said.append(f"dask {name} killed after {len(list(unfinished.glob('chunk-*')))} chunks")
        _, error = run.communicate(timeout=600)
        if run.returncode == 0:
            said.append("dask: the run was through before the scheduler went")
        elif "went away" in error or "answers" in error:
            said.append(f"dask: {error.strip().splitlines()[-1][:90]}...")
        else:
            raise SystemExit(f"dask: not the promised message: {error}")
    finally:
        for process in (*workers, scheduler):
            process.kill()
            process.wait()
    if not out.exists():
        subprocess.run(command(out), check=True, stdout=subprocess.DEVNULL)
    return out, said


def main() -> int:
    """Everything, one after the other."""
    folder = Path(tempfile.mkdtemp(prefix="chaos-"))
    try:
        subprocess.run(command(folder / "whole"), check=True, stdout=subprocess.DEVNULL)
        # Timed with compiled programs at hand, as the runs that are killed find them.
        began = time.monotonic()
        subprocess.run(command(folder / "again"), check=True, stdout=subprocess.DEVNULL)
        longest = time.monotonic() - began
        print(f"undisturbed: {longest:.1f} s", flush=True)
        wanted = digest(folder / "whole")
        one, said = killed_and_resumed(folder, longest, random.Random(SEED))
        print(*said, sep="\n", flush=True)
        print(interrupted(folder), flush=True)
        two, more = dask(folder)
        print(*more, sep="\n", flush=True)
        if not any(line.endswith("chunks kept") and " 0 chunks" not in line for line in said):
            raise SystemExit("no kill met a run that had begun: nothing was tested")
        wrong = [place.name for place in (folder / "again", one, two) if digest(place) != wanted]
        print("differ: " + ", ".join(wrong) if wrong else "every result is the same bit for bit")
        return 1 if wrong else 0
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    # A shell starts background jobs deaf to Ctrl-C, and their children would inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.exit(main())
