"""Speed and accuracy of the engine beside solvers of other projects, in one run on one core.

    python benchmarks/compare_solvers.py           # about ten minutes; needs the extras exchange and bench
    python benchmarks/compare_solvers.py --quick   # fewer people and tolerances

Every solver gets the same people, the same infusions and the same output times, and all outputs. An adaptive
solver runs at the loosest tolerance of a ladder at which neither its largest nor its median error is above
that of the engine's weekly step. Times are after compilation, the median of runs; speed is per second of CPU
time of this process, which is held to one core; wall time and load stand beside it.
"""

import argparse
import json
import os
import platform
import statistics
import time
from collections.abc import Callable, Iterable
from importlib import metadata
from pathlib import Path
from typing import Any

import diffrax
import jax
import numpy as np

import solver_runs as runs
from brittlestar._shared.manifest import commit, version

RESULTS = Path(__file__).resolve().parent / "results" / "compare.json"
LADDER = tuple(10.0 ** -(k / 2) for k in range(3, 18))
TRUTH = 1e-10
OURS = (
    ("brittlestar", 7.0, {}),
    ("brittlestar, float32", 7.0, {"precision": "float32"}),
    ("brittlestar, XLA", 7.0, {"backend": "xla"}),
    ("brittlestar", 1.0, {}),
)
"""The engine's own rows; the first is what others are held against."""

PACKAGES = ("jax", "diffrax", "scipy", "numpy", "libroadrunner", "bone-models")


def timed(job: Callable[[], Any], repeats: int) -> dict[str, float]:
    """Median seconds of CPU and of wall time, after one run that does not count."""
    job()
    cpu, wall = [], []
    for _ in range(repeats):
        start = time.process_time(), time.perf_counter()
        job()
        cpu.append(time.process_time() - start[0])
        wall.append(time.perf_counter() - start[1])
    return {"cpu_seconds": statistics.median(cpu), "wall_seconds": statistics.median(wall)}


def row(name: str, setting: str, people: int, took: dict[str, float], error: Any, note: str = "") -> dict:
    """One line of the table."""
    years = people * runs.YEARS
    worst, median = error or (None, None)
    found = {
        "solver": name,
        "setting": setting,
        "people": people,
        "patient_years": round(years, 2),
        "cpu_seconds": float(f"{took['cpu_seconds']:.4g}"),
        "wall_seconds": float(f"{took['wall_seconds']:.4g}"),
        "patient_years_per_second_and_core": float(f"{years / took['cpu_seconds']:.4g}"),
        "largest_error": worst and float(f"{worst:.3g}"),
        "median_error": median and float(f"{median:.3g}"),
        "load": round(os.getloadavg()[0], 2),
        "note": note,
    }
    print(line(found), flush=True)
    return found


def line(found: dict) -> str:
    """A row as text."""
    worst, median = (f"{e:9.1e}" if e else f"{'':9}" for e in (found["largest_error"], found["median_error"]))
    speed = found["patient_years_per_second_and_core"]
    return (
        f"{found['solver']:34} {found['setting']:>22} {found['people']:6} {speed:12,.1f} {worst} {median}"
        f" {found['cpu_seconds']:9.3f} {found['wall_seconds']:9.3f} {found['load']:5.2f}"
    )


def matched(
    course: Callable[[float], Any], true: Any, goal: tuple[float, float], ladder: Iterable[float]
) -> tuple[float, tuple[float, float]]:
    """The loosest tolerance that is as close as the goal, and its errors; the tightest if none is."""
    tolerance, error = 0.0, (np.inf, np.inf)
    for tolerance in ladder:
        try:
            error = runs.errors(course(tolerance), true)
        except (RuntimeError, ValueError) as failure:  # a step that a loose tolerance let go astray
            print(f"  tolerance {tolerance:.1e}: {str(failure).splitlines()[0][:90]}")
            continue
        if error[0] <= goal[0] and error[1] <= goal[1]:
            break
    return tolerance, error


def compare(quick: bool) -> dict[str, Any]:
    """All rows, and the ratios of ours to theirs at matched accuracy."""
    few, lanes, many, repeats = (2, 16, 512, 3) if quick else (8, 256, 8192, 5)
    ladder = LADDER[::2] if quick else LADDER
    problem = runs.Problem(many)
    equations = runs.Equations(problem)
    wide = jax.tree.map(lambda field: field[:lanes, None], equations.people)
    solvers = {"diffrax_tsit5": diffrax.Tsit5(), "diffrax_kvaerno5": diffrax.Kvaerno5()}
    single = {name: jax.jit(runs.with_diffrax(equations, one)) for name, one in solvers.items()}
    mapped = {
        name: jax.jit(jax.vmap(runs.with_diffrax(equations, one), (0, None), 2))
        for name, one in solvers.items()
    }

    def alone(name: str, tolerance: float) -> np.ndarray:
        return np.stack([single[name](equations.person(i), tolerance) for i in range(few)], axis=-1)

    print(f"truth: Tsit5 at {TRUTH:g}, {few} people", flush=True)
    true = alone("diffrax_tsit5", TRUTH)
    rows, speed = [], {}
    for name, step, how in OURS:
        error = runs.errors(problem.engine(few, step, **how), true)
        took = timed(lambda: problem.engine(many, step, **how), repeats)  # noqa: B023
        rows.append(row(name, f"step {step:g} days", many, took, error))
    goal = (rows[0]["largest_error"], rows[0]["median_error"])
    ours = rows[0]["patient_years_per_second_and_core"]

    def best(key: str, *found: dict) -> None:
        rows.extend(found)
        speed[key] = max(one["patient_years_per_second_and_core"] for one in found)

    for name in solvers:
        tolerance, error = matched(lambda t: alone(name, t), true, goal, ladder)  # noqa: B023
        setting = f"rtol {tolerance:.1e}"
        one = timed(lambda: alone(name, tolerance), repeats)  # noqa: B023
        all_at_once = timed(lambda: np.asarray(mapped[name](wide, tolerance)), 3)  # noqa: B023
        words = name.replace("diffrax_", "diffrax ").title().replace("Diffrax", "diffrax")
        best(
            name,
            row(f"{words}, one by one", setting, few, one, error),
            row(f"{words}, vmap", setting, lanes, all_at_once, error, "same tolerance"),
        )
    lsoda = runs.with_lsoda(equations, few)
    tolerance, error = matched(lsoda, true, goal, ladder)
    took = timed(lambda: lsoda(tolerance), repeats)
    best(
        "scipy_lsoda", row("SciPy LSODA", f"rtol {tolerance:.1e}", few, took, error, "rates compiled by JAX")
    )
    texts, start = [problem.text(i) for i in range(few)], time.process_time()
    roadrunner = runs.with_roadrunner(texts)
    load = (time.process_time() - start) / few
    note = f"CVODE on the exported SBML; {load:.1f} s a person to load and compile not counted"
    tolerance, error = matched(lambda t: roadrunner(t, 1e-3 * t), true, goal, ladder)
    took = timed(lambda: roadrunner(tolerance, 1e-3 * tolerance), repeats)
    best("libroadrunner", row("libRoadRunner", f"rtol {tolerance:.1e}", few, took, error, note))
    error = runs.errors(roadrunner(1e-6, 1e-12), true)
    took = timed(lambda: roadrunner(1e-6, 1e-12), repeats)
    rows.append(row("libRoadRunner", "its default 1e-6, 1e-12", few, took, error, note))
    words = {
        "lemaire": "another model: adult, 3 cell populations, no drug, no outputs; its own rtol 1e-8",
        "martinez_reina": "another model: adult, cells, mineral queue, denosumab; its own tolerance",
    }
    found = []
    for name in words:
        took = timed(runs.bone_models(name), 5 if name == "lemaire" else 1)
        found.append(row(f"bone-models {name}", "its own", 1, took, None, words[name]))
    best("bone_models", *found)
    return {
        "rows": rows,
        "ratio": {key: round(ours / theirs, 1) for key, theirs in sorted(speed.items())},
    }


def main() -> None:
    """Run, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="fewer people and tolerances; nothing is written"
    )
    quick = parser.parse_args().quick
    # Before JAX starts its threads, which inherit it.
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    jax.config.update("jax_compilation_cache_dir", None)
    print(
        f"{'solver':34} {'setting':>22} {'people':>6} {'py/s/core':>12} {'largest':>9} {'median':>9}"
        f" {'cpu s':>9} {'wall s':>9} {'load':>5}"
    )
    found = compare(quick)
    result = {
        "version": version(),
        "commit": commit(),
        "machine": {"cores": os.cpu_count(), "used": 1, "processor": processor()},
        "python": platform.python_version(),
        "versions": {name: metadata.version(name) for name in PACKAGES},
        "problem": {
            "plan": runs.PLAN,
            "years": round(runs.YEARS, 3),
            "ages": "4 to 15 years, types I, III and IV",
            "output_days": runs.OUTPUT_DAYS,
            "outputs": len(runs.OUTPUTS),
            "truth": f"Tsit5 at relative tolerance {TRUTH:g}",
        },
        **found,
    }
    for key, ratio in result["ratio"].items():
        print(f"ours over {key}: {ratio:,}")
    if not quick:
        RESULTS.parent.mkdir(exist_ok=True)
        RESULTS.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


def processor() -> str:
    """The processor's name where the system tells it."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return platform.machine()
    return next((x.split(":")[1].strip() for x in text.splitlines() if x.startswith("model name")), "unknown")


if __name__ == "__main__":
    main()
