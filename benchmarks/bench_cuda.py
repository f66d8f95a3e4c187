"""The same program on a CUDA device: what it takes there, whether courses agree, and how fast they run.

    python benchmarks/bench_cuda.py            # some minutes, written to benchmarks/results/cuda.json
    python benchmarks/bench_cuda.py --quick    # fewer people; nothing is written

Without a device the status is NOT RUN, and what needs none is printed: the size of the programs, and their
registers and stack where ``ptxas`` is found (extra ``cuda-check``). With one: the same fractures, outputs and
sums as on the processor in single precision, then patient-years a second for untreated people, tablets and
infusions with one, ten and all outputs: fetched whole, summed up on the device, and beside them XLA where JAX
finds the device; and untreated people in cubie where that is there (``with_cubie.py``). What is timed begins
with people and plans as arrays and ends with results or sums in the memory of this machine; ``in kernels`` is
the share of it in which the device worked. All take turns; figures are medians.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import tempfile
import time
import warnings
from functools import partial
from importlib.util import find_spec
from itertools import product
from pathlib import Path
from typing import Any

import jax
import numpy as np

from brittlestar._shared.manifest import commit, version
from brittlestar.care import as_plan
from brittlestar.drugs.catalogue import DRUGS
from brittlestar.engine import limits_met, simulate_cohort, steps_for
from brittlestar.engine.native.cuda_device import CudaError, Device, installed
from brittlestar.engine.native.on_cuda import NoCuda, kernel_text, sum_texts, totals_on_cuda
from brittlestar.engine.run import RUN_BY, Method, Prepared
from brittlestar.engine.summary import by_processor
from brittlestar.engine.totals import Drawn, Totals
from brittlestar.exchange.model import OUTPUTS
from brittlestar.model.outputs import UNITS
from brittlestar.trials.measurement import outputs_for
from brittlestar.trials.protocol_files import load_protocol
from kernel import INFUSIONS, TABLETS, UNTREATED, YEARS, children, prepared
from taking_turns import middle, show, take_turns
from with_cubie import METHOD, RELATIVE, system, untreated_child, with_cubie

RESULTS = Path(__file__).resolve().parent / "results" / "cuda.json"
PLANS = {"untreated": UNTREATED, "tablets": TABLETS, "infusions": INFUSIONS}
TRIAL = tuple(dict.fromkeys((*outputs_for(load_protocol("poise")), *limits_met.NEEDED)))
"""What a trial asks for."""

SETS = (("ls_abmd",), TRIAL[:10], tuple(UNITS))
CONTINUOUS = tuple(tuple(name for name in one if name in OUTPUTS) for one in SETS[:2])
"""What of it differential equations give."""

NONE_DRAWN = Drawn({}, 1)
DEVICE = "sm_90"
"""For which registers and stack are told."""


def assembler() -> str | None:
    """``ptxas``, of the system or of its wheel."""
    found = find_spec("nvidia")
    places = [Path(place) for place in (found.submodule_search_locations or ())] if found else []
    wheels = [str(file) for place in places for file in place.glob("*/bin/ptxas")]
    return shutil.which("ptxas") or next(iter(wheels), None)


def assembled(what: str, text: str) -> dict[str, Any]:
    """Size of a program, and what a thread of it takes."""
    row: dict[str, Any] = {"program": what, "instructions": len(re.findall(r";$", text, re.M))}
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


def programs() -> list[dict[str, Any]]:
    """Courses with few and many outputs, and what sums them up."""
    rows = []
    for outputs in SETS:
        run = prepared((INFUSIONS,), 1, outputs=outputs)
        said = f"courses, {len(outputs)} output{'s' * (len(outputs) > 1)}"
        rows.append(assembled(said, kernel_text(run.inputs, run.shape, 32)))
    names = "moments", "histogram", "fractures"
    return rows + [assembled(name, text) for name, text in zip(names, sum_texts(32), strict=True)]


def course(plan: str, people: int, outputs: tuple[str, ...], backend: str) -> Any:
    """Everybody under one plan in single precision."""
    count, per = steps_for(YEARS, 7.0, 28.0)
    schedule = as_plan(plan).schedule(count * per, 7.0, drugs=DRUGS)
    how: dict[str, Any] = {"outputs": outputs, "precision": "float32", "backend": backend}
    return simulate_cohort(children(people), [schedule], np.zeros(people, int), YEARS, **how)


def agreement(people: int) -> list[dict[str, Any]]:
    """Largest difference of an output over its scale, and whether the same bones break at the same time.

    Of sums, the largest difference of means or variances over their scale, and whether counts are the same.
    """
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
        run, drawn = prepared((plan,), people), Drawn({"ls_abmd": (0.0, 1.5)}, 100)
        own, others = summed(run, drawn, "cuda").parts[0], summed(run, drawn, "native").parts[0]
        assert own is not None and others is not None
        sums = max(
            float((np.abs(one - other).max(1) / (np.abs(other).max(1) + 1e-12)).max())
            for one, other in zip(own.moments[1:3], others.moments[1:3], strict=True)
        )
        counts = all(np.array_equal(one, other) for one, other in zip(own[1:], others[1:], strict=True))
        rows.append({"case": case, "largest difference": apart, "same fractures": str(same),
                     "of sums": sums, "same counts": str(counts)})  # fmt: skip
    return rows


def summed(run: Prepared, drawn: Drawn, backend: str) -> Totals:
    """A prepared run in single precision, nobody's course kept."""
    if backend == "native":
        return by_processor(run, Method("float32"), drawn, os.cpu_count() or 1, None)[0]
    found = totals_on_cuda(run.inputs, run.shape, 32, drawn, lambda _: None)
    assert found is not None  # a refusal is a warning, and warnings are errors here
    return found


class InKernels:
    """Seconds that launches have taken since the last question."""

    def __init__(self) -> None:
        self._seconds, launch = 0.0, Device.launch

        def timed(device: Device, *asked: Any) -> None:
            start = time.perf_counter()
            launch(device, *asked)
            self._seconds += time.perf_counter() - start

        Device.launch = timed  # type: ignore[method-assign]

    def taken(self) -> float:
        """And begin anew."""
        found, self._seconds = self._seconds, 0.0
        return found


def speeds(people: int, rounds: int) -> list[dict[str, Any]]:
    """Patient-years a second, by plan, outputs and what runs them."""
    clock, jobs, kernels = InKernels(), {}, {}
    for (case, plan), outputs in product(PLANS.items(), SETS):
        run = prepared((plan,), people, outputs=outputs)
        whole = {"cuda": "cuda, whole"} | ({} if jax.default_backend() == "cpu" else {"xla": "XLA, whole"})
        ways: dict[str, Any] = {
            said: partial(RUN_BY[by], run.inputs, run.shape, os.cpu_count() or 1, "float32", None)
            for by, said in whole.items()
        }
        ways["cuda, summed up"] = partial(summed, run, NONE_DRAWN, "cuda")
        for said, job in ways.items():
            key = case, len(outputs), said
            kernels[key] = []
            jobs[key] = partial(_with_kernels, job, clock, kernels[key])
    for outputs in CONTINUOUS if find_spec("cubie") else ():
        key = "untreated", len(outputs), f"cubie {METHOD}, {RELATIVE:g}"
        kernels[key] = []
        job = with_cubie(system(untreated_child(outputs)), outputs, people)
        jobs[key] = partial(_with_kernels, job, clock, kernels[key])
    rows = []
    for key, times in take_turns(jobs, rounds).items():
        median, low, high = middle([people * YEARS / one.wall for one in times])
        share = middle([inside / one.wall for inside, one in zip(kernels[key][1:], times, strict=True)])[0]
        row = dict(zip(("case", "outputs", "by"), key, strict=True))
        row |= {"patient_years_per_second": round(median), "middle half": f"{low:,.0f} to {high:,.0f}"}
        rows.append(row | {"in kernels": round(share, 2) if key[2].startswith("cuda") else ""})
    return rows


def _with_kernels(job: Any, clock: InKernels, into: list[float]) -> None:
    clock.taken()
    job()
    into.append(clock.taken())


def main() -> None:
    """Print what can be found here, and write it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer people; nothing is written")
    quick = parser.parse_args().quick
    content: dict[str, Any] = {"version": version(), "commit": commit(), "status": "RUN"}
    content["program"] = programs()
    show(f"what a thread takes, float32, {DEVICE}", content["program"])
    try:
        installed()
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
