"""One trial over three dask worker processes with a limit of memory each, one of which is lost on the way.

    python scripts/over_workers.py                    # some minutes; needs the extra scale
    python scripts/over_workers.py --replicates 2000  # larger

The same trial runs in this process first; then a scheduler and three workers are started, the trial is given
to them, and a worker is killed while it works. Ends with 1 if a file of the two results differs by a bit (but
for the time at which it was made), or if nothing was lost.
"""

import argparse
import os
import signal
import sys
import tempfile
import threading
import time
from pathlib import Path
from runpy import run_path

from distributed import LocalCluster

from brittlestar.trials.run import run_trial

digest = run_path(str(Path(__file__).with_name("chaos.py")))["digest"]
WORKERS, MEMORY = 3, "1.5GB"


def main() -> int:
    """Run, lose a worker, compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trial", default="poise")
    parser.add_argument("--replicates", type=int, default=324, help="of the trial; 108 of POISE are a part")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        start = time.perf_counter()
        run_trial(asked.trial, replicates=asked.replicates, seed=5, out=folder / "here")
        print(f"in one process: {time.perf_counter() - start:.0f} s", flush=True)
        lost: list[int] = []
        with LocalCluster(
            n_workers=WORKERS,
            threads_per_worker=1,
            processes=True,
            memory_limit=MEMORY,
            dashboard_address=None,
        ) as cluster:
            through = threading.Event()

            def lose_one() -> None:
                """Kill a worker once it has begun on a part."""
                while not through.wait(0.2):
                    known = list(cluster.scheduler.workers.values())
                    busy = [worker.address for worker in known if worker.processing]
                    nannies = [nanny for nanny in cluster.workers.values() if nanny.worker_address in busy]
                    if nannies and not through.wait(1.0):
                        lost.append(nannies[0].pid)
                        os.kill(nannies[0].pid, signal.SIGKILL)
                        return

            killer = threading.Thread(target=lose_one)
            killer.start()
            start = time.perf_counter()
            address = cluster.scheduler_address
            run_trial(
                asked.trial, replicates=asked.replicates, seed=5, out=folder / "there", scheduler=address
            )
            through.set()
            killer.join()
            print(
                f"over {WORKERS} workers of {MEMORY}, {len(lost)} lost: {time.perf_counter() - start:.0f} s"
            )
        here, there = digest(folder / "here"), digest(folder / "there")
    different = sorted(name for name in here.keys() | there.keys() if here.get(name) != there.get(name))
    print(f"files that differ: {', '.join(different) or 'none'} of {len(here)}")
    return 1 if different or not lost else 0


if __name__ == "__main__":
    sys.exit(main())
