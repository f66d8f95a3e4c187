"""Speed of the engine beside mrgsolve with the open bone model OpenBoneMin, in one run on one core.

    python benchmarks/compare_mrgsolve.py FILE           # written to benchmarks/results/mrgsolve.json
    python benchmarks/compare_mrgsolve.py FILE --quick   # fewer rounds; nothing is written

FILE is ``inst/OpenBoneMin.cpp`` of github.com/metrumresearchgroup/OpenBoneMin; R with mrgsolve must be there.
Neither is shipped. The models are not the same: theirs is an adult of 31 equations on denosumab, ours a child
of more with fractures, on tablets or without them. Each runs three years with an output every four weeks; its
compiling is not counted. They take turns; seconds are those of the processor, figures medians.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import time
from pathlib import Path
from typing import Any

from brittlestar._shared.manifest import commit, version
from brittlestar.engine.native.kept_programs import processor, program, width
from kernel import TABLETS, UNTREATED, YEARS, Kernel, prepared
from taking_turns import middle, show

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results" / "mrgsolve.json"
TOLERANCES = (1e-4, 1e-6, 1e-8)
OURS = {"tablets against untreated": (UNTREATED, TABLETS), "untreated": (UNTREATED,)}
PEOPLE = 2048
HOURS = 24.0
DOSE = ("60", "DENSC", str(182.625 * HOURS))
"""Denosumab: mg, compartment, hours between doses."""


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path, help="inst/OpenBoneMin.cpp")
    parser.add_argument("--quick", action="store_true", help="fewer rounds; nothing is written")
    asked = parser.parse_args()
    r = shutil.which("Rscript")
    if r is None:
        print("NOT RUN: no Rscript here")
        return
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    kernels = {}
    for case, plans in OURS.items():
        run = prepared(plans, PEOPLE)
        for bits in (64, 32):
            code = program(run.inputs, run.shape, bits)
            kernels[f"{case}, float{bits}"] = Kernel(code, run, width(bits), bits)
    days = YEARS * 365.25
    words = [
        r,
        "--no-init-file",
        HERE / "mrgsolve_times.R",
        asked.model,
        str(days * HOURS),
        str(28 * HOURS),
        *DOSE,
    ]
    speeds: dict[str, list[float]] = {}
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as theirs:
        assert theirs.stdin is not None and theirs.stdout is not None
        said = theirs.stdout.readline().split()
        if said[:1] != ["ready"]:
            print("NOT RUN: mrgsolve is not installed, or does not read the model")
            return
        for round_ in range(4 if asked.quick else 10):
            found = {}
            for name, kernel in kernels.items():
                start = time.thread_time()
                kernel()
                found[name] = PEOPLE * YEARS / (time.thread_time() - start)
            for tolerance in TOLERANCES:
                theirs.stdin.write(f"{tolerance}\n")
                theirs.stdin.flush()
                found[f"mrgsolve, {tolerance:g}"] = YEARS / float(theirs.stdout.readline())
            if round_:  # the first touches memory
                for name, speed in found.items():
                    speeds.setdefault(name, []).append(speed)
        theirs.stdin.close()
    rows = [row(name, found, speeds) for name, found in speeds.items()]
    load = round(os.getloadavg()[0], 1)
    show(f"patient-years a second on one core; mrgsolve {said[1]}, load {load}", rows)
    if not asked.quick:
        content = {
            "version": version(),
            "commit": commit(),
            "machine": {"processor": processor().split()[1], "load": load},
            "mrgsolve": said[1],
            "rows": rows,
        }
        RESULTS.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def row(name: str, found: list[float], speeds: dict[str, list[float]]) -> dict[str, Any]:
    """One line: speed, its spread, and how many times mrgsolve's of the same rounds."""
    median, low, high = middle(found)
    told: dict[str, Any] = {"solver": name, "patient_years_per_second": round(median, 1),
                            "middle half": f"{low:,.0f} to {high:,.0f}"}  # fmt: skip
    for tolerance in TOLERANCES:
        theirs = speeds[f"mrgsolve, {tolerance:g}"]
        ratio = statistics.median(a / b for a, b in zip(found, theirs, strict=True))
        told[f"times mrgsolve at {tolerance:g}"] = "" if name.startswith("mrgsolve") else round(ratio)
    return told


if __name__ == "__main__":
    main()
