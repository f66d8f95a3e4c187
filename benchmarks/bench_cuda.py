"""The same program on a CUDA device: what it takes there, whether courses agree, and how fast they run.

    python benchmarks/bench_cuda.py            # some minutes, written to benchmarks/results/cuda.json
    python benchmarks/bench_cuda.py --quick    # fewer people; nothing is written

Without a device the status is NOT RUN, and what needs none is printed: the size of the program, and its
registers and stack where ``ptxas`` is found (extra ``cuda-check``). With one: the same fractures
and outputs as on the processor in single precision, then patient-years a second for untreated people, tablets
and infusions, with one output, those that a trial asks for and all, beside XLA where JAX finds the device.
What is timed begins with people and plans as arrays and ends with results in the memory of this machine:
nothing is summed up on the device yet. All take turns; figures are medians.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import tempfile
import warnings
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import jax
import numpy as np

from brittlestar._shared.manifest import commit, version
from brittlestar.care import as_plan
from brittlestar.drugs.catalogue import DRUGS
from brittlestar.engine import limits_met, simulate_cohort, steps_for
from brittlestar.engine.native.cuda_device import CudaError, Device
from brittlestar.engine.native.on_cuda import NoCuda, kernel_text
from brittlestar.engine.run import RUN_BY
from brittlestar.model.outputs import UNITS
from brittlestar.trials.measurement import outputs_for
from brittlestar.trials.protocol_files import load_protocol
from kernel import INFUSIONS, TABLETS, UNTREATED, YEARS, children, prepared
from taking_turns import middle, show, take_turns

RESULTS = Path(__file__).resolve().parent / "results" / "cuda.json"
PLANS = {"untreated": UNTREATED, "tablets": TABLETS, "infusions": INFUSIONS}
TRIAL = tuple(dict.fromkeys((*outputs_for(load_protocol("poise")), *limits_met.NEEDED)))
SETS = (("ls_abmd",), TRIAL, tuple(UNITS))
DEVICE = "sm_90"
"""For which registers and stack are told."""


def assembler() -> str | None:
    """``ptxas``, of the system or of its wheel."""
    found = find_spec("nvidia")
    places = [Path(place) for place in (found.submodule_search_locations or ())] if found else []
    wheels = [str(file) for place in places for file in place.glob("*/bin/ptxas")]
    return shutil.which("ptxas") or next(iter(wheels), None)


def program(outputs: tuple[str, ...]) -> dict[str, Any]:
    """Size of the program with these outputs, and what a thread of it takes."""
    run = prepared((INFUSIONS,), 1, outputs=outputs)
    text = kernel_text(run.inputs, run.shape, 32)
    row: dict[str, Any] = {"outputs": len(outputs), "instructions": len(re.findall(r";$", text, re.M))}
    ptxas = assembler()
    if ptxas is None:
        return row | {"registers": "no ptxas", "stack bytes": "", "spilled bytes": ""}
    with tempfile.TemporaryDirectory() as folder:
        (file := Path(folder) / "course.ptx").write_text(text)
        words = [ptxas, "-v", f"-arch={DEVICE}", str(file), "-o", str(file.with_suffix(".cubin"))]
        said = subprocess.run(words, check=True, capture_output=True, text=True).stderr

    def number(of: str) -> int:
        found = re.search(rf"(\d+) {of}|Used (\d+) {of}", said)
        return int(found[1] or found[2]) if found else 0

    return row | {
        "registers": number("registers"),
        "stack bytes": number("bytes stack frame"),
        "spilled bytes": number("bytes spill stores"),
    }


def course(plan: str, people: int, outputs: tuple[str, ...], backend: str) -> Any:
    """Everybody under one plan in single precision."""
    count, per = steps_for(YEARS, 7.0, 28.0)
    schedule = as_plan(plan).schedule(count * per, 7.0, drugs=DRUGS)
    how: dict[str, Any] = {"outputs": outputs, "precision": "float32", "backend": backend}
    return simulate_cohort(children(people), [schedule], np.zeros(people, int), YEARS, **how)


def agreement(people: int) -> list[dict[str, Any]]:
    """Largest difference of an output over its scale, and whether the same bones break at the same time."""
    rows = []
    for case, plan in PLANS.items():
        there, here = (course(plan, people, tuple(UNITS), backend) for backend in ("cuda", "native"))
        apart = max(
            float(np.abs(there[name] - here[name]).max() / (np.abs(here[name]).max() + 1e-12))
            for name in UNITS
        )
        same = np.array_equal(there.fracture_person, here.fracture_person) and np.array_equal(
            there.fracture_years, here.fracture_years
        )
        rows.append({"case": case, "largest difference": apart, "same fractures": str(same)})
    return rows


def speeds(people: int, rounds: int) -> list[dict[str, Any]]:
    """Patient-years a second, by plan, outputs and what runs them."""
    backends = ("cuda", *(() if jax.default_backend() == "cpu" else ("xla",)))
    runs = {
        (case, len(outputs)): prepared((plan,), people, outputs=outputs)
        for case, plan in PLANS.items()
        for outputs in SETS
    }
    jobs = {
        (*what, by): partial(RUN_BY[by], run.inputs, run.shape, os.cpu_count() or 1, "float32", None)
        for what, run in runs.items()
        for by in backends
    }
    rows = []
    for (case, outputs, by), times in take_turns(jobs, rounds).items():
        median, low, high = middle([people * YEARS / one.wall for one in times])
        row = {"case": case, "outputs": outputs, "by": by, "patient_years_per_second": round(median)}
        rows.append(row | {"middle half": f"{low:,.0f} to {high:,.0f}"})
    return rows


def main() -> None:
    """Print what can be found here, and write it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer people; nothing is written")
    quick = parser.parse_args().quick
    content: dict[str, Any] = {"version": version(), "commit": commit(), "status": "RUN"}
    content["program"] = [program(outputs) for outputs in SETS]
    show(f"the program of a thread, float32, {DEVICE}", content["program"])
    try:
        Device()
    except CudaError as cause:
        content["status"] = f"NOT RUN: {cause}"
    else:
        warnings.simplefilter("error", NoCuda)  # what the processor did in its place is no measurement
        content["agreement"] = agreement(2_000 if quick else 20_000)
        show("beside the processor", content["agreement"])
        content["speed"] = speeds(65_536 if quick else 262_144, 2 if quick else 5)
        show("speed", content["speed"])
    print(content["status"])
    if not quick:
        RESULTS.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
