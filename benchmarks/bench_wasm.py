"""The engine as WebAssembly in Node beside machine code with as many people in a vector, one thread each.

    python benchmarks/bench_wasm.py            # about a minute, written to benchmarks/results/wasm.json
    python benchmarks/bench_wasm.py --quick    # fewer rounds; nothing is written

Full model: weekly steps, all outputs every four weeks, fractures drawn; the kernel alone, without what is
done around it. Machine code is made twice, with fused products and without (WebAssembly has none). Runs of
the three take turns; times are those of the processor, figures are medians, the spread that of the ratio.
"""

import argparse
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

from brittlestar._shared.manifest import commit, version
from brittlestar.engine.native.compiler.machine import here, loaded, object_code
from brittlestar.engine.native.compiler.web_assembly import BITS, WIDTH
from brittlestar.engine.native.whole_course import build
from brittlestar.engine.wasm_engine import MOST_DRUGS, run_file, wasm_engine
from kernel import INFUSIONS, TABLETS, UNTREATED, YEARS, Kernel, prepared
from taking_turns import middle

RESULTS = Path(__file__).resolve().parent / "results" / "wasm.json"
PEOPLE = 256
PLANS = {"untreated": UNTREATED, "tablets": TABLETS, "infusions": INFUSIONS}
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


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer rounds; nothing is written")
    quick = parser.parse_args().quick
    rounds = 3 if quick else 15
    node = shutil.which("node")
    if node is None:
        print("no `node` here: WebAssembly was NOT RUN")
        return
    runs = [prepared((plan,), PEOPLE, drugs=MOST_DRUGS) for plan in PLANS.values()]
    text = str(build(runs[0].inputs, runs[0].shape, WIDTH, BITS, gathered=True))
    makers = {"fused": here(), "not fused": here(without="fma")}
    code = {name: loaded(object_code(text, where)) for name, where in makers.items()}
    kernels = [{name: Kernel(one, run, WIDTH) for name, one in code.items()} for run in runs]
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
            for number, case in enumerate(PLANS):
                times: dict[str, list[float]] = {"wasm": [], **{name: [] for name in code}}
                for _ in range(rounds + 1):  # the first touches its memory
                    browser.stdin.write(f"{number}\n")
                    browser.stdin.flush()
                    times["wasm"].append(float(browser.stdout.readline()))
                    for name, kernel in kernels[number].items():
                        start = time.thread_time()
                        kernel()
                        times[name].append(time.thread_time() - start)
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
    if not quick:
        RESULTS.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def row(case: str, times: dict[str, list[float]]) -> dict[str, Any]:
    """Patient-years a second of each, and how much of machine code's WebAssembly reaches."""
    speed = {name: round(PEOPLE * YEARS / statistics.median(seconds)) for name, seconds in times.items()}
    found: dict[str, Any] = {"case": case, "patient_years_per_second": speed}
    for name in ("fused", "not fused"):
        median, *half = middle([ours / wasm for ours, wasm in zip(times[name], times["wasm"], strict=True)])
        found[f"of machine code, {name}"] = round(median, 2)
        found[f"middle half, {name}"] = [round(share, 2) for share in half]
    return found


if __name__ == "__main__":
    main()
