"""The engine as WebAssembly in Node beside machine code with as many people in a vector, one thread each.

    python benchmarks/bench_wasm.py      # about a minute, written to benchmarks/results/wasm.json

Full model: weekly steps, all outputs every four weeks, fractures drawn; the kernel alone, without what is
done around it. Machine code is made twice, with fused products and without (WebAssembly has none). Runs of
the three take turns; times are those of the processor, figures are medians, the spread that of the ratio.
"""

import json
import os
import shutil
import statistics
import subprocess
import tempfile
import time
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from brittlestar._shared.manifest import commit, version
from brittlestar.care import as_plan
from brittlestar.drugs.catalogue import DRUGS
from brittlestar.engine import steps_for
from brittlestar.engine.native.compiler.machine import loaded, object_code
from brittlestar.engine.native.compiler.web_assembly import BITS, WIDTH
from brittlestar.engine.native.kept_programs import call, pointers, ready_leaves
from brittlestar.engine.native.whole_course import build
from brittlestar.engine.run import Prepared, prepare
from brittlestar.engine.wasm_engine import MOST_DRUGS, run_file, wasm_engine
from brittlestar.outcomes.fracture import SITES
from brittlestar.people.sampling import sample_cohort

RESULTS = Path(__file__).resolve().parent / "results" / "wasm.json"
PEOPLE, YEARS, RUNS = 256, 3.0, 15
PLANS = {
    "untreated": "no treatment",
    "tablets": "poise-risedronate",
    "infusions": "zoledronate 0.05 mg/kg iv every 6 months",
}
IN_NODE = """
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
const [script, wasm, ...runs] = process.argv.slice(1);
const { load, unpack } = await import(script);
const inputs = runs.map((run) => unpack(readFileSync(run)));
const engine = await load(readFileSync(wasm)), { course } = engine;
let spent = 0;
engine.course = (...all) => {
  const start = process.cpuUsage();
  course(...all);
  const { user, system } = process.cpuUsage(start);
  spent += user + system;
};
for await (const which of createInterface({ input: process.stdin })) {
  spent = 0;
  engine.run(inputs[Number(which)]);
  console.log(spent / 1e6);
}
"""
"""Processor seconds of the kernel for every number of a run on a line of its own."""

OPTIMISED = "--no-liftoff"
"""Code is optimised before it first runs: browsers begin with code made in haste, not measured."""


def prepared(plan: str) -> Prepared:
    """Everybody under one plan."""
    count, per = steps_for(YEARS, 7.0, 28.0)
    schedule = as_plan(plan).schedule(count * per, 7.0, drugs=DRUGS)
    cohort = sample_cohort(PEOPLE, seed=1, age_years=(4.0, 15.0), types="referral")
    return prepare(cohort, [schedule], np.zeros(PEOPLE, int), YEARS, drugs=MOST_DRUGS)


class MachineCode:
    """The kernel on runs of one shape, with two people in a vector."""

    def __init__(self, text: str, without: str = "") -> None:
        self.code = loaded(object_code(text, without))

    def seconds(self, run: Prepared) -> float:
        """Of one call on everybody."""
        times, per, plans = run.inputs.rows.days.shape
        block = np.zeros((len(run.shape.outputs), times + 1, PEOPLE))
        marks = np.zeros((times * per, len(SITES), PEOPLE), np.uint8)
        arrays = [*ready_leaves(run.inputs, BITS), np.arange(PEOPLE), *block, marks]
        places = pointers(arrays)
        start = time.thread_time()
        call(self.code, places, 0, PEOPLE // WIDTH, PEOPLE, times, per, plans)
        return time.thread_time() - start


def main() -> None:
    """Measure, print and write."""
    node = shutil.which("node")
    if node is None:
        print("no `node` here: WebAssembly was NOT RUN")
        return
    runs = [prepared(plan) for plan in PLANS.values()]
    text = str(build(runs[0].inputs, runs[0].shape, WIDTH, BITS))
    code = {"fused": MachineCode(text), "not fused": MachineCode(text, without="fma")}
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        script, wasm = place / "engine.mjs", place / "engine.wasm"
        script.write_bytes(files("brittlestar.web").joinpath("static", "engine.js").read_bytes())
        wasm.write_bytes(wasm_engine())
        data = [place / f"{i}.bin" for i in range(len(runs))]
        for run, file in zip(runs, data, strict=True):
            file.write_bytes(run_file(run, wasm.read_bytes()))
        words = [node, OPTIMISED, "--input-type=module", "--eval", IN_NODE, script.as_uri(), wasm, *data]
        with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as browser:
            assert browser.stdin is not None and browser.stdout is not None
            rows = []
            for number, (case, run) in enumerate(zip(PLANS, runs, strict=True)):
                times: dict[str, list[float]] = {"wasm": [], **{name: [] for name in code}}
                for _ in range(RUNS + 1):  # the first touches its memory
                    browser.stdin.write(f"{number}\n")
                    browser.stdin.flush()
                    times["wasm"].append(float(browser.stdout.readline()))
                    for name, one in code.items():
                        times[name].append(one.seconds(run))
                rows.append(row(case, {name: seconds[1:] for name, seconds in times.items()}))
                print(rows[-1], flush=True)
            browser.stdin.close()
    content = {
        "version": version(),
        "commit": commit(),
        "node": subprocess.run([node, "--version"], capture_output=True, text=True).stdout.strip(),
        "load": round(os.getloadavg()[0], 1),
        "rows": rows,
    }
    RESULTS.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def row(case: str, times: dict[str, list[float]]) -> dict[str, Any]:
    """Patient-years a second of each, and how much of machine code's WebAssembly reaches."""
    speed = {name: round(PEOPLE * YEARS / statistics.median(seconds)) for name, seconds in times.items()}
    found: dict[str, Any] = {"case": case, "patient_years_per_second": speed}
    for name in ("fused", "not fused"):
        shares = sorted(native / wasm for native, wasm in zip(times[name], times["wasm"], strict=True))
        quarter = len(shares) // 4
        found[f"of machine code, {name}"] = round(statistics.median(shares), 2)
        found[f"middle half, {name}"] = [round(shares[quarter], 2), round(shares[-1 - quarter], 2)]
    return found


if __name__ == "__main__":
    main()
