"""What the kernel executes, and how near that comes to what a core can do.

    python benchmarks/bench_work.py            # four minutes, written to benchmarks/results/work.json
    python benchmarks/bench_work.py --quick    # fewer people and rounds; nothing is written

The kernel alone on one thread: weekly steps, fractures drawn, every four weeks all outputs or those that a
trial asks for, in both precisions. Operations are counted in the optimised code as it runs (``executed.py``);
the peak is that of a loop of fused products in the same vectors, in the same rounds. All take turns, seconds
are those of the processor; figures are medians, the spread is the middle half. The aim is patient-years a
second: fewer operations for the same course may lower the share and are a gain.
"""

import argparse
import json
import os
import statistics
from collections import Counter
from collections.abc import Mapping
from itertools import product
from pathlib import Path
from typing import Any

from brittlestar._shared.manifest import commit, version
from brittlestar.engine import limits_met
from brittlestar.engine.native.kept_programs import processor, program, width
from brittlestar.engine.native.whole_course import build
from brittlestar.model.outputs import UNITS
from brittlestar.trials.measurement import outputs_for
from brittlestar.trials.protocol_files import load_protocol
from executed import WORTH, Counting, Peak, operations
from kernel import INFUSIONS, TABLETS, UNTREATED, YEARS, Kernel, prepared
from taking_turns import middle, show, take_turns

RESULTS = Path(__file__).resolve().parent / "results" / "work.json"
CASES = {
    "untreated": (UNTREATED,),
    "tablets against untreated": (UNTREATED, TABLETS),
    "infusions": (INFUSIONS,),
}
ALL = tuple(UNITS)
FEW = tuple(dict.fromkeys((*outputs_for(load_protocol("poise")), *limits_met.NEEDED)))
"""What a trial asks of the engine."""

BITS = (64, 32)
type Key = tuple[str, int, int]
"""Case, bits of precision, outputs"""
type Counts = tuple[Counter[str], int]
"""Operations by kind, and steps of one person that took them"""


def main() -> None:
    """Count, measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer people and rounds; nothing is written")
    quick = parser.parse_args().quick
    people, rounds = (512, 5) if quick else (2048, 15)
    kernels: dict[Key, Kernel] = {}
    counts: dict[tuple[str, int], Counts] = {}
    counting: dict[tuple[int, int], Counting] = {}
    for bits, (case, plans) in product(BITS, CASES.items()):
        for outputs in (ALL, FEW):
            run = prepared(plans, people, outputs=outputs)
            code = program(run.inputs, run.shape, bits)
            kernels[case, bits, len(outputs)] = Kernel(code, run, width(bits), bits)
        run = prepared(plans, people)
        which = bits, len(run.inputs.p.drugs.molar_mass)
        if which not in counting:
            counting[which] = Counting(str(build(run.inputs, run.shape, width(bits), bits, gathered=True)))
        counted = Kernel(counting[which].code, run, width(bits), bits)
        counts[case, bits] = counting[which].count(counted), counted.person_steps
    peaks = {bits: Peak(width(bits), bits) for bits in BITS}
    turns = take_turns({**kernels, **peaks}, rounds)
    times: dict[Any, list[float]] = {name: [one.processor for one in runs] for name, runs in turns.items()}
    peak = {bits: one.operations / statistics.median(times[bits]) for bits, one in peaks.items()}
    speeds = [speed(key, kernel, times) for key, kernel in kernels.items()]
    work = [
        executed(case, bits, found, statistics.median(times[case, bits, len(ALL)]), peak[bits])
        for (case, bits), found in counts.items()
    ]
    show(f"kernel on one core, {people} people, {YEARS:g} years", speeds)
    show("operations of a weekly step and person, all outputs", work)
    most = {f"float{bits}": round(top / 1e9, 1) for bits, top in peak.items()}
    print(f"peak of fused products, gigaflops a core: {most}")
    if not quick:
        content = {
            "version": version(),
            "commit": commit(),
            "machine": {"processor": processor().split()[1], "load": round(os.getloadavg()[0], 1)},
            "gigaflops_of_fused_products": most,
            "speed": speeds,
            "work": work,
        }
        RESULTS.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def speed(key: Key, kernel: Kernel, times: Mapping[Key, list[float]]) -> dict[str, Any]:
    """Patient-years a second of a kernel, and over those with all outputs of the same rounds."""
    case, bits, outputs = key
    median, low, high = middle([kernel.people * YEARS / seconds for seconds in times[key]])
    whole = times[case, bits, len(ALL)]
    ratio = statistics.median(every / one for every, one in zip(whole, times[key], strict=True))
    return {
        "case": case,
        "precision": f"float{bits}",
        "outputs": outputs,
        "patient_years_per_second": round(median),
        "middle half": f"{low:,.0f} to {high:,.0f}",
        "over all outputs": round(ratio, 2),
    }


def executed(case: str, bits: int, found: Counts, seconds: float, peak: float) -> dict[str, Any]:
    """What a step of one person takes, by kind, and the share of the peak at which it was done."""
    counts, steps = found
    kinds = {kind: round(counts[kind] / steps) for kind in WORTH}
    all_of_them = operations(counts)
    share = all_of_them / seconds / peak
    return {"case": case, "precision": f"float{bits}", "operations": round(all_of_them / steps), **kinds,
            "share of the peak": round(share, 3)}  # fmt: skip


if __name__ == "__main__":
    main()
