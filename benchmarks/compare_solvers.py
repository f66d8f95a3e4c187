"""Speed and accuracy of the engine beside solvers of other projects, in one run on one core.

    python benchmarks/compare_solvers.py           # about ten minutes; needs the extras exchange and bench
    python benchmarks/compare_solvers.py --quick   # fewer people and tolerances

Every solver gets the same people, the same infusions and the same output times, and all outputs. An adaptive
solver runs at the loosest tolerance of a ladder at which neither its largest nor its median error is above
that of the engine's weekly step. Then all take turns. Times are after compilation, medians over rounds;
speed, with its middle half, is per second of CPU time of this process, which is held to one core; wall time
stands beside it.
"""

import argparse
import json
import os
import platform
import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from importlib import metadata
from pathlib import Path
from typing import Any

import diffrax
import jax
import numpy as np

import solver_runs as runs
from brittlestar._shared.manifest import commit, version
from taking_turns import Seconds, middle, take_turns

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


@dataclass(frozen=True)
class Entry:
    """A solver at a setting, ready to be run."""

    solver: str
    setting: str
    people: int
    job: Callable[[], Any]
    error: tuple[float, float] | None
    """largest and median; none of another model"""
    note: str = ""
    against: str | None = None
    """name of the ratio that it stands in"""


def timed(entries: Sequence[Entry], rounds: int) -> list[dict[str, Any]]:
    """A row for each entry; all take turns, so that what else the machine does meets all of them alike."""
    times = take_turns({i: entry.job for i, entry in enumerate(entries)}, rounds)
    return [row(entry, times[i]) for i, entry in enumerate(entries)]


def row(entry: Entry, times: Sequence[Seconds]) -> dict[str, Any]:
    """Medians over rounds, and from where to where the middle half of speeds lies."""
    years = entry.people * runs.YEARS
    speed, *half = (float(f"{x:.4g}") for x in middle([years / one.processor for one in times]))
    worst, median = entry.error or (None, None)
    return {
        "solver": entry.solver,
        "setting": entry.setting,
        "people": entry.people,
        "patient_years": round(years, 2),
        "cpu_seconds": float(f"{statistics.median(one.processor for one in times):.4g}"),
        "wall_seconds": float(f"{statistics.median(one.wall for one in times):.4g}"),
        "patient_years_per_second_and_core": speed,
        "middle_half": half,
        "largest_error": worst and float(f"{worst:.3g}"),
        "median_error": median and float(f"{median:.3g}"),
        "note": entry.note,
    }


def line(found: dict[str, Any]) -> str:
    """A row as text."""
    worst, median = (f"{e:9.1e}" if e else f"{'':9}" for e in (found["largest_error"], found["median_error"]))
    speed, (low, high) = found["patient_years_per_second_and_core"], found["middle_half"]
    half = f"{low:,g} to {high:,g}"
    return (
        f"{found['solver']:34} {found['setting']:>22} {found['people']:6} {speed:12,.1f} {half:>20} {worst}"
        f" {median} {found['cpu_seconds']:9.3f} {found['wall_seconds']:9.3f}"
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
    few, lanes, many, rounds = (2, 16, 512, 3) if quick else (8, 256, 8192, 5)
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
    entries = [
        Entry(name, f"step {step:g} days", many, partial(problem.engine, many, step, **how),
              runs.errors(problem.engine(few, step, **how), true))
        for name, step, how in OURS
    ]  # fmt: skip
    goal = entries[0].error
    assert goal is not None
    for name in solvers:
        tolerance, error = matched(partial(alone, name), true, goal, ladder)
        setting = f"rtol {tolerance:.1e}"
        words = name.replace("diffrax_", "diffrax ").title().replace("Diffrax", "diffrax")
        in_lanes = partial(_arrived, mapped[name], wide, tolerance)
        entries += [
            Entry(f"{words}, one by one", setting, few, partial(alone, name, tolerance), error, "", name),
            Entry(f"{words}, vmap", setting, lanes, in_lanes, error, "same tolerance", name),
        ]
    lsoda = runs.with_lsoda(equations, few)
    tolerance, error = matched(lsoda, true, goal, ladder)
    entries.append(Entry("SciPy LSODA", f"rtol {tolerance:.1e}", few, partial(lsoda, tolerance), error,
                         "rates compiled by JAX", "scipy_lsoda"))  # fmt: skip
    texts, start = [problem.text(i) for i in range(few)], time.process_time()
    roadrunner = runs.with_roadrunner(texts)
    load = (time.process_time() - start) / few
    note = f"CVODE on the exported SBML; {load:.1f} s a person to load and compile not counted"
    tolerance, error = matched(lambda t: roadrunner(t, 1e-3 * t), true, goal, ladder)
    entries += [
        Entry("libRoadRunner", f"rtol {tolerance:.1e}", few,
              partial(roadrunner, tolerance, 1e-3 * tolerance), error, note, "libroadrunner"),
        Entry("libRoadRunner", "its default 1e-6, 1e-12", few, partial(roadrunner, 1e-6, 1e-12),
              runs.errors(roadrunner(1e-6, 1e-12), true), note),
    ]  # fmt: skip
    words = {
        "lemaire": "another model: adult, 3 cell populations, no drug, no outputs; its own rtol 1e-8",
        "martinez_reina": "another model: adult, cells, mineral queue, denosumab; its own tolerance",
    }
    entries += [
        Entry(f"bone-models {name}", "its own", 1, runs.bone_models(name), None, said, "bone_models")
        for name, said in words.items()
    ]
    print(f"{len(entries)} solvers take turns, {rounds} rounds and one that does not count", flush=True)
    rows = timed(entries, rounds)
    return {"rows": rows, "ratio": ratios(entries, rows)}


def _arrived(course: Callable[..., Any], *asked: Any) -> np.ndarray:
    """A course that JAX has finished."""
    return np.asarray(course(*asked))


def ratios(entries: Sequence[Entry], rows: Sequence[dict[str, Any]]) -> dict[str, float]:
    """Speed of the first entry over the quickest of each name that others stand under."""
    ours, *speeds = (found["patient_years_per_second_and_core"] for found in rows)
    theirs: dict[str, float] = {}
    for entry, speed in zip(entries[1:], speeds, strict=True):
        if entry.against is not None:
            theirs[entry.against] = max(speed, theirs.get(entry.against, 0.0))
    return {name: round(ours / speed, 1) for name, speed in sorted(theirs.items())}


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
    found, load = compare(quick), round(os.getloadavg()[0], 2)
    print(
        f"{'solver':34} {'setting':>22} {'people':>6} {'py/s/core':>12} {'middle half':>20} {'largest':>9}"
        f" {'median':>9} {'cpu s':>9} {'wall s':>9}"
    )
    print("\n".join(line(one) for one in found["rows"]))
    result = {
        "version": version(),
        "commit": commit(),
        "machine": {"cores": os.cpu_count(), "used": 1, "processor": processor(), "load": load},
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
