"""Speed of the engine and of the main job, printed as tables and written to benchmarks/results/latest.json.

    python benchmarks/bench_engine.py            # about five minutes
    python benchmarks/bench_engine.py --quick    # smaller cohorts, no cohort of a million; nothing is written

Times are after compilation: the median of nine runs (three in the tables of scaling), and the fastest, which
is nearer to what the machine does when others leave it alone. Compile time is what an empty cache costs. Full
model: weekly steps, all outputs every four weeks, fractures drawn. Ratios to other solvers come from
benchmarks/compare_solvers.py (``make bench-compare``). Nothing here is a test: machines differ, so compare
rows of one run.
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
from functools import partial
from pathlib import Path
from typing import Any

import jax
import numpy as np

from brittlestar._shared.manifest import commit, version
from brittlestar.care import as_plan
from brittlestar.drugs.catalogue import DRUGS
from brittlestar.engine import simulate_cohort, steps_for
from brittlestar.engine.native import kept_programs
from brittlestar.engine.program import begin, one_row
from brittlestar.engine.run import prepare
from brittlestar.model.outputs import UNITS
from brittlestar.people.sampling import sample_cohort
from brittlestar.trials.run import run_trial

HERE = Path(__file__).resolve().parent / "results"
YEARS = 3.0
PEOPLE = 8192
PLANS = {
    "untreated": ("no treatment",),
    "tablets against untreated": ("no treatment", "poise-risedronate"),
    "infusions against untreated": ("no treatment", "zoledronate 0.05 mg/kg iv every 6 months"),
    "infusions": ("zoledronate 0.05 mg/kg iv every 6 months",),
}
HEADLINE = "tablets against untreated"
"""The case whose speed stands for the engine: two arms, as in most trials."""


def timed(job: Callable[[], Any], runs: int = 3) -> tuple[float, float, float]:
    """Seconds of the first run (with compilation), and the median and the least of the next."""
    start = time.perf_counter()
    job()
    first = time.perf_counter() - start
    later = []
    for _ in range(runs):
        start = time.perf_counter()
        job()
        later.append(time.perf_counter() - start)
    return first, statistics.median(later), min(later)


class Cohorts:
    """Cohorts of one kind, sampled once."""

    def __init__(self) -> None:
        self.known: dict[int, Any] = {}

    def __getitem__(self, people: int) -> Any:
        if people not in self.known:
            self.known[people] = sample_cohort(people, seed=1, age_years=(4.0, 15.0), types="referral")
        return self.known[people]


def measure(
    cohort: Any,
    plans: tuple[str, ...],
    years: float = YEARS,
    step_days: float = 7.0,
    outputs: tuple[str, ...] = tuple(UNITS),
    precision: str = "float64",
    runs: int = 3,
) -> dict[str, Any]:
    """Speed of one run, and what compiling for it costs with an empty cache."""
    count, per = steps_for(years, step_days, 28.0)
    schedules = [as_plan(plan).schedule(count * per, step_days, drugs=DRUGS) for plan in plans]
    people = len(cohort)
    kept_programs.READY.clear()

    def job() -> None:
        index = np.arange(people) % len(schedules)
        how = {"outputs": outputs, "step_days": step_days, "precision": precision}
        simulate_cohort(cohort, schedules, index, years, **how)

    first, median, fastest = timed(job, runs)
    return {
        "people": people,
        "seconds": round(median, 4),
        "patient_years_per_second": round(people * years / median),
        "at_the_fastest": round(people * years / fastest),
        "microseconds_per_patient_year": round(1e6 * median / (people * years), 2),
        "compile_seconds": round(max(first - median, 0.0), 1),
    }


def scaling(cohorts: Cohorts, people: int, million: bool) -> dict[str, list[dict[str, Any]]]:
    """Cost against people, years, step and outputs, for the two arms of the headline."""
    plans, few = PLANS[HEADLINE], ("ls_abmd",)
    sizes = (256, 1024, 8192, 65536, *((1_000_000,) if million else ()))
    tables: dict[str, list[dict[str, Any]]] = {}
    tables["people"] = [
        measure(cohorts[n], plans, years=1.0, outputs=few, runs=1 if n > 100_000 else 3) for n in sizes
    ]
    some = cohorts[people // 4]
    tables["years"] = [{"years": y, **measure(some, plans, years=y)} for y in (1.0, 3.0, 10.0, 30.0)]
    tables["step"] = [{"step_days": d, **measure(some, plans, step_days=d)} for d in (14.0, 7.0, 3.5, 1.0)]
    names = tuple(UNITS)
    tables["outputs"] = [
        {"outputs": k, **measure(some, plans, outputs=names[:k])} for k in (1, 10, 25, len(names))
    ]
    return tables


def operations() -> dict[str, float]:
    """Floating-point operations of a weekly step for one person, as XLA counts them, its loop taken once."""
    count, per = steps_for(1.0, 7.0, 28.0)
    schedules = [as_plan(PLANS[HEADLINE][1]).schedule(count * per, 7.0, drugs=DRUGS)]
    cohort = sample_cohort(256, seed=1, age_years=8.0)
    inputs, shape, _ = prepare(cohort, schedules, np.zeros(256, int), 1.0)
    person, now = begin(inputs.people, inputs.plan, inputs.tables, inputs.p, shape)
    one = jax.tree.map(lambda leaf: leaf[0, 0], inputs.rows)
    step = jax.jit(partial(one_row, shape=shape))
    cost = step.lower(now, one, person, inputs.tables, inputs.p)
    found = cost.compile().cost_analysis()
    return {
        "flops_per_step": round(found["flops"] / 256),
        "transcendentals_per_step": round(found["transcendentals"] / 256),
        "flops_per_patient_year": round(found["flops"] / 256 * 365.25 / 7.0),
    }


def peak() -> float:
    """Floating-point operations per second that the machine reaches in a product of matrices, float64."""
    a = np.random.default_rng(0).normal(size=(1500, 1500))
    _, seconds, _ = timed(lambda: a @ a, 5)
    return 2.0 * 1500.0**3 / seconds


def poise_row(replicates: int) -> dict[str, Any]:
    """The main job: POISE with files and report."""
    with tempfile.TemporaryDirectory() as folder:
        run_trial("poise", replicates=2, seed=1)
        start = time.perf_counter()
        run_trial("poise", replicates=replicates, seed=1, out=Path(folder) / "poise")
        seconds = time.perf_counter() - start
    people = replicates * 147
    return {
        "replicates": replicates,
        "people": people,
        "seconds": round(seconds, 2),
        "patient_years_per_second": round(people * 3 / seconds),
    }


def command_seconds(*words: str) -> float:
    """Wall time of a command, median of three, after one that fills its cache."""
    command = [Path(sys.executable).with_name("brittlestar"), *words]
    _, median, _ = timed(lambda: subprocess.run(command, check=True, capture_output=True), runs=3)
    return round(median, 2)


STARTED = """
import sys, time
sys.argv = ["brittlestar", *sys.argv[1:]]
import brittlestar.cli
from brittlestar.engine.native import kept_programs
real, begun = kept_programs.call, []
def call(*arguments):
    begun.append(time.time())
    return real(*arguments)
kept_programs.call = call
try:
    brittlestar.cli.main()
finally:
    print(begun[0], file=sys.stderr)
"""
"""A command that tells when its first people were followed."""


def startup() -> dict[str, float]:
    """From the shell's prompt to the first people followed, and to the answer, second time."""
    with tempfile.TemporaryDirectory() as folder:
        girl = ("simulate", "--age", "7", "--sex", "female", "--type", "III", "--years", "3")
        plan = ("--plan", "zoledronate 0.05 mg/kg iv every 6 months", "--draws", "200")
        trial = ("trial", "poise", "--replicates", "2")
        return {
            "help": command_seconds("--help"),
            "one person, 200 draws, 3 years, without files": command_seconds(*girl, *plan),
            "the same, until it starts computing": started_seconds(*girl, *plan),
            "POISE, 2 replicates, without files": command_seconds(*trial),
            "the same, until recruited people start": started_seconds(*trial),
            "first run, empty cache": _first(folder, *girl, *plan),
        }


def started_seconds(*words: str) -> float:
    """Seconds until the engine is called, median of three."""

    def once() -> float:
        start = time.time()
        command = [sys.executable, "-c", STARTED, *words]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        return float(done.stderr.split()[-1]) - start

    once()
    return round(statistics.median(once() for _ in range(3)), 2)


def _first(folder: str, *words: str) -> float:
    command = [Path(sys.executable).with_name("brittlestar"), *words]
    start = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, env={**os.environ, "BRITTLESTAR_CACHE": folder})
    return round(time.perf_counter() - start, 2)


def show(title: str, rows: list[dict[str, Any]]) -> None:
    """A table of rows with the same fields."""
    print(f"\n{title}")
    names = list(rows[0])
    cells = [[v if isinstance(v, str) else f"{v:,}" for v in row.values()] for row in rows]
    widths = [max(map(len, column)) for column in zip(names, *cells)]
    for line in (names, *cells):
        print("  ".join(f"{cell:>{width}}" for cell, width in zip(line, widths)))


def main() -> None:
    """Run, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="smaller cohorts; nothing is written")
    quick = parser.parse_args().quick
    kept = os.environ.get("BRITTLESTAR_CACHE")
    os.environ["BRITTLESTAR_CACHE"] = "off"
    jax.config.update("jax_compilation_cache_dir", None)
    cohorts, people = Cohorts(), PEOPLE // 4 if quick else PEOPLE
    rows = [
        {"case": case, "precision": precision, **measure(cohorts[people], plans, precision=precision, runs=9)}
        for case, plans in PLANS.items()
        for precision in ("float64", "float32")
    ]
    show("full model", rows)
    speed = {r["precision"]: r["patient_years_per_second"] for r in rows if r["case"] == HEADLINE}
    tables = scaling(cohorts, people, not quick)
    for name, table in tables.items():
        show(f"cost against {name}", table)
    work, top = operations(), peak()
    share = work["flops_per_patient_year"] * speed["float64"] / top
    poise = poise_row(20 if quick else 200)
    os.environ.pop("BRITTLESTAR_CACHE")
    if kept:
        os.environ["BRITTLESTAR_CACHE"] = kept
    others = HERE / "compare.json"
    result = {
        "version": version(),
        "commit": commit(),
        "machine": {
            "cores": os.cpu_count(),
            "processor": f"{platform.machine()} {kept_programs.processor().split()[1]}",
            "load": round(os.getloadavg()[0], 2),
        },
        "python": platform.python_version(),
        "jax": jax.__version__,
        "headline": HEADLINE,
        "patient_years_per_second": speed,
        "ratio": json.loads(others.read_text(encoding="utf-8"))["ratio"] if others.exists() else {},
        "rows": rows,
        "scaling": tables,
        "work": {
            **work,
            "gigaflops_of_a_matrix_product": round(top / 1e9, 1),
            "share_of_it": round(share, 3),
        },
        "poise": poise,
        "startup_seconds": startup(),
        "peak_memory_gb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2, 2),
    }
    for name in ("patient_years_per_second", "ratio", "work", "poise", "startup_seconds", "machine"):
        print(f"{name}: {result[name]}")
    print(f"peak memory: {result['peak_memory_gb']} GB")
    if not quick:
        HERE.mkdir(exist_ok=True)
        (HERE / "latest.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
