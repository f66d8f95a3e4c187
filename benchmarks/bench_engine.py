"""Speed of the engine and of the main job, printed as tables and written to benchmarks/results/latest.json.

    python benchmarks/bench_engine.py            # about five minutes
    python benchmarks/bench_engine.py --quick    # smaller cohorts, no cohort of a million; nothing is written

Times are after compilation: the median of nine runs that take turns, its middle half, and the fastest, which
is nearer to what the machine does when others leave it alone (three runs in the tables of scaling); beside
them patient-years by a second of processor time, which others on the machine touch least. Compile time is
what an empty cache costs. Full model: weekly steps, all outputs or ten every four weeks, fractures drawn.
What the kernel executes is counted by bench_work.py, waiting measured by bench_waiting.py; ratios to other
solvers come from compare_solvers.py (``make bench-compare``). Nothing here is a test: machines differ, so
compare rows of one run.
"""

import argparse
import json
import os
import platform
import resource
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jax
import numpy as np

from brittlestar._shared.manifest import commit, version
from brittlestar.care import as_plan
from brittlestar.drugs.catalogue import DRUGS
from brittlestar.engine import simulate_cohort, steps_for
from brittlestar.engine.native import kept_programs
from brittlestar.model.outputs import UNITS
from brittlestar.trials.run import run_trial
from kernel import INFUSIONS, TABLETS, UNTREATED, YEARS, children
from taking_turns import middle, seconds, show, take_turns

HERE = Path(__file__).resolve().parent / "results"
PEOPLE = 8192
PLANS = {
    "untreated": (UNTREATED,),
    "tablets against untreated": (UNTREATED, TABLETS),
    "infusions against untreated": (UNTREATED, INFUSIONS),
    "infusions": (INFUSIONS,),
}
HEADLINE = "tablets against untreated"
"""The case whose speed stands for the engine: two arms, as in most trials."""


FEW = 10
"""Outputs, about as many as a trial asks for."""


@dataclass(frozen=True)
class Run:
    """One run of the engine as users call it."""

    people: int
    plans: tuple[str, ...] = PLANS[HEADLINE]
    years: float = YEARS
    step_days: float = 7.0
    outputs: tuple[str, ...] = tuple(UNITS)
    precision: str = "float64"

    def __call__(self) -> None:
        count, per = steps_for(self.years, self.step_days, 28.0)
        plans = [as_plan(plan).schedule(count * per, self.step_days, drugs=DRUGS) for plan in self.plans]
        index = np.arange(self.people) % len(plans)
        how: dict[str, Any] = {"outputs": self.outputs, "step_days": self.step_days}
        simulate_cohort(children(self.people), plans, index, self.years, precision=self.precision, **how)


def measured(runs: Mapping[Any, Run], count: int, by: str) -> list[dict[str, Any]]:
    """A row for each run, all in turns; compiling stands where a program was made that no earlier row has."""
    firsts = {}
    for name, run in runs.items():
        children(run.people)
        firsts[name] = seconds(run)
    times, rows = take_turns(runs, count), []
    for name, run in runs.items():
        size = run.people * run.years
        median, low, high = middle([size / took.wall for took in times[name]])
        per_core, *_ = middle([size / took.processor for took in times[name]])
        rows.append(
            {
                by: name,
                "precision": run.precision,
                "outputs": len(run.outputs),
                "people": run.people,
                "seconds": round(size / median, 4),
                "patient_years_per_second": round(median),
                "middle_half": f"{low:,.0f} to {high:,.0f}",
                "at_the_fastest": round(size / min(took.wall for took in times[name])),
                "per_processor_second": round(per_core),
                "compile_seconds": round(max(firsts[name].processor - size / per_core, 0.0), 1),
            }
        )
    return rows


def full_model(people: int, count: int) -> list[dict[str, Any]]:
    """Every case in both precisions, with all outputs and with ten."""
    cases = {
        (case, precision, len(outputs)): Run(people, plans, outputs=outputs, precision=precision)
        for case, plans in PLANS.items()
        for outputs in (tuple(UNITS), tuple(UNITS)[:FEW])
        for precision in ("float64", "float32")
    }
    return [row | {"case": row["case"][0]} for row in measured(cases, count, "case")]


def scaling(people: int, million: bool) -> dict[str, list[dict[str, Any]]]:
    """Cost against people, years, step and outputs, for the two arms of the headline."""
    few, names = ("ls_abmd",), tuple(UNITS)
    sizes = (256, 1024, 8192, 65536)
    tables = {
        "people": measured({n: Run(n, years=1.0, outputs=few) for n in sizes}, 3, "of people"),
        "years": measured({y: Run(people, years=y) for y in (1.0, 3.0, 10.0, 30.0)}, 3, "years"),
        "step": measured({d: Run(people, step_days=d) for d in (14.0, 7.0, 3.5, 1.0)}, 3, "step_days"),
        "outputs": measured(
            {k: Run(people, outputs=names[:k]) for k in (1, 10, 25, len(names))}, 3, "outputs"
        ),
    }
    if million:
        tables["people"] += measured({10**6: Run(10**6, years=1.0, outputs=few)}, 1, "of people")
    return tables


def poise_row(replicates: int) -> dict[str, Any]:
    """The main job: POISE with files and report."""
    with tempfile.TemporaryDirectory() as folder:
        run_trial("poise", replicates=2, seed=1)
        start = time.perf_counter()
        run_trial("poise", replicates=replicates, seed=1, out=Path(folder) / "poise")
        took = time.perf_counter() - start
    people = replicates * 147
    return {
        "replicates": replicates,
        "people": people,
        "seconds": round(took, 2),
        "patient_years_per_second": round(people * 3 / took),
    }


def main() -> None:
    """Run, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="smaller cohorts; nothing is written")
    quick = parser.parse_args().quick
    os.environ["BRITTLESTAR_CACHE"] = "off"
    jax.config.update("jax_compilation_cache_dir", None)
    people = PEOPLE // 4 if quick else PEOPLE
    rows = full_model(people, 3 if quick else 9)
    show("full model", rows)
    speed = {row["precision"]: row["patient_years_per_second"] for row in rows
             if (row["case"], row["outputs"]) == (HEADLINE, len(UNITS))}  # fmt: skip
    tables = scaling(people // 4, not quick)
    for name, table in tables.items():
        show(f"cost against {name}", table)
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
        "single_over_double": round(speed["float32"] / speed["float64"], 2),
        "ratio": json.loads(others.read_text(encoding="utf-8"))["ratio"] if others.exists() else {},
        "rows": rows,
        "scaling": tables,
        "poise": poise_row(20 if quick else 200),
        "peak_memory_gb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2, 2),
    }
    for name in ("patient_years_per_second", "single_over_double", "ratio", "poise", "machine"):
        print(f"{name}: {result[name]}")
    print(f"peak memory: {result['peak_memory_gb']} GB")
    if not quick:
        (HERE / "latest.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
