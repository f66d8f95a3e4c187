"""How long one waits, and the memory it takes: to the first line and to the answer, second time and first.

    python benchmarks/bench_waiting.py            # some minutes, written to benchmarks/results/waiting.json
    python benchmarks/bench_waiting.py --quick    # each command once; nothing is written

Wall time, and processor time (of all threads) beside it, which says more where others share the machine:
medians of three, after one that fills the cache. The first line comes before the work: what will be done, how
large it is, about how long it takes. The first run has a cache of its own, empty. Peak memory is of the
command's own process, in GB; the system counts no less than this one's (0.2) before the command is loaded.
"""

import argparse
import json
import os
import pty
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from brittlestar._shared.manifest import commit, version
from kernel import INFUSIONS
from taking_turns import show

RESULTS = Path(__file__).resolve().parent / "results" / "waiting.json"
GIRL = ("simulate", "--age", "7", "--sex", "female", "--type", "III", "--years", "3", "--plan", INFUSIONS)
COMMANDS = {
    "help": ("--help",),
    "one person, 200 draws, 3 years": GIRL,
    "the same with files": (*GIRL, "--out", "{out}"),
    "POISE, 20 replicates": ("trial", "poise", "--replicates", "20"),
    "the same with files ": ("trial", "poise", "--replicates", "20", "--out", "{out}"),
    "power of POISE": ("power", "poise", "--sizes", "147", "--draws", "1", "--replicates", "200"),
    "prediction of POISE, 20 parameter sets": ("predict", "poise", "--sets", "20"),
    "power of POISE, 4 parameter sets": ("power", "poise", "--draws", "4", "--replicates", "500"),
}
TO_AN_ANSWER = ("one person, 200 draws, 3 years", "POISE, 20 replicates")
"""What is run with an empty cache too."""

COMPILED = tempfile.TemporaryDirectory()
BYTECODE = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": COMPILED.name}
"""As after an install, where modules are compiled once: not anew in every run, whatever is set here."""


def seconds(words: tuple[str, ...], cache: str = "") -> dict[str, float]:
    """Until the first line on the terminal and until the end, by the clock; of processors; peak memory."""
    shown: list[float] = []
    terminal, end = pty.openpty()

    def watch() -> None:
        with suppress(OSError):  # so it ends on Linux when the command leaves
            while os.read(terminal, 4096):
                shown.append(time.perf_counter())

    with tempfile.TemporaryDirectory() as folder:
        out = str(Path(folder) / "result")
        command = [sys.executable, "-m", "brittlestar", *(word.format(out=out) for word in words)]
        environment = {**os.environ, **({"BRITTLESTAR_CACHE": cache} if cache else {}), **BYTECODE}
        start = time.perf_counter()
        running = subprocess.Popen(command, env=environment, stdin=end, stdout=end, stderr=end)
        os.close(end)
        watcher = threading.Thread(target=watch)
        watcher.start()
        _, status, used = os.wait4(running.pid, 0)
        code, took = os.waitstatus_to_exitcode(status), time.perf_counter() - start
        running.returncode = code  # so that nobody waits for it again
        watcher.join()
        os.close(terminal)
    if code:
        raise SystemExit(f"{' '.join(command)}: exit code {code}")
    return {
        "first_line": shown[0] - start,
        "answer": took,
        "processor": used.ru_utime + used.ru_stime,
        "memory": used.ru_maxrss * 1024 / 1e9,
    }


def row(case: str, runs: list[dict[str, float]]) -> dict[str, Any]:
    """Medians."""
    return {
        "case": case,
        **{name: round(statistics.median(run[name] for run in runs), 2) for name in runs[0]},
    }


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="each command once; nothing is written")
    quick = parser.parse_args().quick
    rounds = []
    for number in range(2 if quick else 4):
        print(f"round {number + 1}", flush=True)
        rounds.append({case: seconds(words) for case, words in COMMANDS.items()})
    rows = [row(case, [one[case] for one in rounds[1:]]) for case in COMMANDS]
    for case in TO_AN_ANSWER:
        with tempfile.TemporaryDirectory() as cache:
            print(f"{case}, with an empty cache", flush=True)
            rows.append(row(f"{case}, empty cache", [seconds(COMMANDS[case], cache)]))
    show("seconds, and GB of memory", rows)
    load = round(os.getloadavg()[0], 1)
    print(f"load of the machine: {load} on {os.cpu_count()} cores")
    if not quick:
        content = {"version": version(), "commit": commit(), "load": load, "seconds": rows}
        RESULTS.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
