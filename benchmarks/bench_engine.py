"""Speed of the engine and of the main job, printed as a table and written to benchmarks/results/latest.json.

    python benchmarks/bench_engine.py            # about two minutes
    python benchmarks/bench_engine.py --quick    # smaller cohorts

Times are after compilation, the median of three runs; compile time is the first run less the median.
Nothing here is a test: machines differ, so compare rows of one run.
"""

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import numpy as np

from brittlestar._shared.manifest import commit, version
from brittlestar.care import as_plan
from brittlestar.drugs.catalogue import DRUGS
from brittlestar.engine import simulate_cohort, steps_for
from brittlestar.people.sampling import sample_cohort
from brittlestar.trials.run import run_trial

RESULTS = Path(__file__).resolve().parent / "results" / "latest.json"
YEARS = 3.0
OUTPUTS = ("ls_abmd", "ls_z", "ctx", "p1np", "strength_limb")
PLANS = {
    "untreated": ("no treatment",),
    "oral against untreated": ("no treatment", "poise-risedronate"),
    "infusions against untreated": ("no treatment", "zoledronate 0.05 mg/kg iv every 6 months"),
}


def timed(job: Callable[[], Any], runs: int = 3) -> tuple[float, float]:
    """Seconds of the first run (with compilation) and the median of the next."""
    start = time.perf_counter()
    job()
    first = time.perf_counter() - start
    later = []
    for _ in range(runs):
        start = time.perf_counter()
        job()
        later.append(time.perf_counter() - start)
    return first, statistics.median(later)


def engine_row(name: str, plans: tuple[str, ...], people: int) -> dict[str, Any]:
    """Patient-years per second of one kind of cohort."""
    cohort = sample_cohort(people, seed=1, age_years=(4.0, 15.0), types="referral")
    outputs, per = steps_for(YEARS, 7.0, 28.0)
    schedules = [as_plan(plan).schedule(outputs * per, 7.0, drugs=DRUGS) for plan in plans]
    index = np.arange(people) % len(schedules)
    first, median = timed(lambda: simulate_cohort(cohort, schedules, index, YEARS, outputs=OUTPUTS))
    return {
        "case": name,
        "people": people,
        "seconds": round(median, 3),
        "patient_years_per_second": round(people * YEARS / median),
        "compile_seconds": round(first - median, 1),
    }


def poise_row(replicates: int) -> dict[str, Any]:
    """The main job: POISE with files and report."""
    with tempfile.TemporaryDirectory() as folder:
        run_trial("poise", replicates=2, seed=1)
        start = time.perf_counter()
        run_trial("poise", replicates=replicates, seed=1, out=Path(folder) / "poise")
        seconds = time.perf_counter() - start
    people = replicates * 147
    return {
        "case": f"POISE, {replicates} replicates, files and report",
        "people": people,
        "seconds": round(seconds, 2),
        "patient_years_per_second": round(people * 3 / seconds),
    }


def help_seconds() -> float:
    """Wall time of ``brittlestar --help``, median of five."""
    command = [Path(sys.executable).with_name("brittlestar"), "--help"]
    _, median = timed(lambda: subprocess.run(command, check=True, capture_output=True), runs=5)
    return round(median, 3)


def main() -> None:
    """Run, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="smaller cohorts")
    quick = parser.parse_args().quick
    os.environ["BRITTLESTAR_CACHE"] = "off"
    jax.config.update("jax_compilation_cache_dir", None)
    people = 2048 if quick else 8192
    rows = [engine_row(name, plans, people) for name, plans in PLANS.items()]
    rows.append(poise_row(20 if quick else 200))
    result = {
        "version": version(),
        "commit": commit(),
        "machine": {"cores": os.cpu_count(), "processor": platform.machine()},
        "python": platform.python_version(),
        "jax": jax.__version__,
        "step_days": 7,
        "dtype": "float64",
        "rows": rows,
        "patient_years_per_second": {"float64": rows[0]["patient_years_per_second"]},
        "help_seconds": help_seconds(),
        "peak_memory_gb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2, 2),
    }
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(f"{'case':48} {'people':>8} {'seconds':>8} {'patient-years/s':>16} {'compile s':>10}")
    for row in rows:
        case, speed = row["case"], row["patient_years_per_second"]
        print(
            f"{case:48} {row['people']:8} {row['seconds']:8} {speed:16} {row.get('compile_seconds', ''):>10}"
        )
    print(f"brittlestar --help: {result['help_seconds']} s")
    print(f"peak memory: {result['peak_memory_gb']} GB; cores: {os.cpu_count()}")


if __name__ == "__main__":
    main()
