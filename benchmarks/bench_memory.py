"""Memory of a large trial above that of its process at the start: does it grow with people?

    python benchmarks/bench_memory.py            # two minutes, written to benchmarks/results/memory.json
    python benchmarks/bench_memory.py --quick    # a tenth of the people; nothing is written

POISE with all its tables on a disk, three years, one process, up to a million people: what it held when all
was loaded, before the first person, and the most that it held. People come in chunks, so more should take
little more.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from brittlestar._shared.manifest import commit, version
from taking_turns import show

RESULTS = Path(__file__).resolve().parent / "results" / "memory.json"
PEOPLE = 147
"""Of one replicate."""

REPLICATES = (340, 1360, 6803)
IN_A_PROCESS = """
import resource, sys, time
from pathlib import Path
from brittlestar import run_trial
run_trial("poise", replicates=20, seed=2)  # loads and builds everything
def held(field):
    (line,) = (x for x in Path("/proc/self/status").read_text().splitlines() if x.startswith(field))
    return int(line.split()[1]) * 1024
before, start = held("VmRSS"), time.monotonic()
run_trial("poise", replicates=int(sys.argv[1]), seed=1, out=sys.argv[2])
print(before, held("VmHWM"), time.monotonic() - start)
"""


def measured(replicates: int) -> dict[str, Any]:
    """One trial in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        words = [sys.executable, "-c", IN_A_PROCESS, str(replicates), str(Path(folder) / "out")]
        done = subprocess.run(words, check=True, capture_output=True, text=True)
    before, most, seconds = map(float, done.stdout.split()[-3:])
    return {
        "people": replicates * PEOPLE,
        "at the start, GB": round(before / 1e9, 3),
        "most, GB": round(most / 1e9, 3),
        "above the start, GB": round((most - before) / 1e9, 3),
        "seconds": round(seconds, 1),
    }


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the people; nothing is written")
    asked = parser.parse_args()
    rows = [measured(replicates // 10 if asked.quick else replicates) for replicates in REPLICATES]
    show("memory of POISE with all tables", rows)
    if not asked.quick:
        content = {"version": version(), "commit": commit(), "rows": rows}
        RESULTS.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
