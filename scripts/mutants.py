"""Small faults put into the source on purpose, one at a time: the tests must notice each of them.

``make mutants`` draws one-line changes (``mutations.py``) from a seed, some from every module in
``TESTS``, runs for each the test files that reach its line, and says which changes no test noticed.
What was found stands in ``results/mutants``; a run that was stopped goes on from there. ``--only``
runs the changes of one module, ``--again`` runs anew what no test noticed, ``--show`` runs nothing
and prints what was found so far. A sample, and what was made of each survivor by reading it, is
kept in ``tests/mutants.toml``: it is what runs unless ``--seed`` draws another. ``--keep`` writes
that file.

A process that has loaded the libraries, but neither this project nor a backend of JAX, forks a
child for every run of tests; the child imports the project from a copy in which one file differs.
"""

import argparse
import hashlib
import json
import os
import random
import re
import shutil
import signal
import sys
import tempfile
import time
import tomllib
from collections import Counter
from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from mutations import Mutant, mutants

ROOT = Path(__file__).resolve().parents[1]
SOURCE, KEPT, PLACE = ROOT / "src", ROOT / "tests" / "mutants.toml", ROOT / "results" / "mutants"
SEED, COUNT, LEAST = 1, 420, 6
"""Seed and size of the sample, and the least number of changes of one module."""

HEAD = (
    "# A sample of one-line faults, put into the source one at a time by `make mutants`: a line before and",
    "# after, and the test that noticed, or what reading it showed. Verdicts of survivors:",
    "#   same: no answer differs;  chance: other random numbers of the same law;  display: layout alone;",
    "#   changes: an answer differs, and no test notices yet.",
)

MOST_SECONDS = 20.0
"""For a test file, beyond six times what it takes without a change; a change that takes longer is noticed."""

QUICK = 9.0
"""Test files that take less, in seconds with all imports, are run together."""

_CARE = (
    "test_rule_dates",
    "test_care_dates",
    "test_care_schedule",
    "test_care_rules",
    "test_care_plan",
    "test_care_tablets",
    "test_care_parts",
    "test_dose_rule",
    "test_budget",
)
_ANALYSIS = ("test_analysis_numbers", "test_trial_endpoints", "test_trial_summary", "test_power")
_POWER = (
    "test_power_numbers",
    "test_power",
    "test_power_one_arm",
    "test_trial_historical",
    "test_trial_endpoints",
)
_EVIDENCE = ("test_evidence_by_value", "test_prediction_numbers", "test_evidence_predict")

TESTS: dict[str, tuple[str, ...]] = {
    "trials/analysis": _ANALYSIS,
    "trials/comparisons": _ANALYSIS,
    "trials/replicates": _ANALYSIS,
    "trials/summary": (
        "test_analysis_numbers",
        "test_trial_summary",
        "test_trial_endpoints",
        "test_evidence_by_value",
    ),
    "trials/power/check": _POWER,
    "trials/power/endpoints": _POWER,
    "trials/power/entry_rules": _POWER,
    "trials/power/formula": _POWER,
    "trials/power/pool": _POWER,
    "trials/power/result": _POWER,
    "trials/power/share": _POWER,
    "trials/power/simulation": _POWER,
    "trials/power/sizes": _POWER,
    "care/dates": _CARE,
    "care/doses": _CARE,
    "care/dose_counts": _CARE,
    "care/stop_rules": _CARE,
    "care/tabulate": _CARE,
    "care/supplements": _CARE,
    "comparison/dating": ("test_rule_dates", "test_compare_rules"),
    "evidence/prediction/posterior_power": _POWER,
    "evidence/prediction/predict": _EVIDENCE,
    "evidence/prediction/endpoint_forecast": _EVIDENCE,
    "evidence/prediction/endpoint_spread": _EVIDENCE,
    "evidence/prediction/variance_components": _EVIDENCE,
    "evidence/prediction/extrapolation": _EVIDENCE,
    "evidence/prediction/validation": _EVIDENCE,
    "web/guard": ("web/test_web_guard", "web/test_web_safety", "web/test_web_connections"),
}
"""Module -> the test files that answer for it."""

WARM = ("cyclopts", "diffrax", "hypothesis", "jax.numpy", "llvmlite.binding", "pydantic", "pytest", "rich",
        "scipy.optimize", "scipy.stats")  # fmt: skip
"""Libraries that are loaded once: none that starts a thread, for a fork holds one thread only."""

QUIET = ("-W", "ignore::pytest.PytestAssertRewriteWarning")
"""Loaded before pytest could look at them; no test asserts inside a library."""


def sample(seed: int, count: int) -> list[Mutant]:
    """Changes of all modules, in random order: as many as its share of all, but ``LEAST`` of each."""
    chance, every = random.Random(seed), {module: mutants(module) for module in TESTS}
    share = count / sum(len(found) for found in every.values())
    drawn = []
    for found in every.values():
        drawn += chance.sample(found, min(len(found), max(LEAST, round(len(found) * share))))
    chance.shuffle(drawn)
    return drawn


def kept() -> dict[str, Any]:
    """Content of ``tests/mutants.toml``."""
    return tomllib.loads(KEPT.read_text(encoding="utf-8")) if KEPT.exists() else {"mutants": []}


def kept_sample() -> list[Mutant]:
    """The changes of the kept sample whose lines are still there."""
    every = {one.key: one for module in TESTS for one in mutants(module)}
    keys = [row["key"] for row in kept()["mutants"]]
    print(f"{len(keys)} kept, {sum(key not in every for key in keys)} of lines that have changed since")
    return [every[key] for key in keys if key in every]


def keep(seed: int, rows: list[dict[str, Any]]) -> None:
    """Write what was found to ``tests/mutants.toml``.

    What was read of a survivor stays, and so do rows of earlier samples whose lines are still there.
    """
    read = {row["key"]: row for row in kept()["mutants"]}
    now, there = {row["key"] for row in rows}, {one.key for module in TESTS for one in mutants(module)}
    earlier = [row for key, row in read.items() if key in there - now]
    lines = [*HEAD, f"seed = {seed}", "mutants = ["]
    for row in sorted([*rows, *earlier], key=lambda row: (row["module"], row.get("line", 0), row["new"])):
        known = {name: row[name] for name in ("key", "module", "old", "new", "found")}
        if row["found"] == "survived":
            known |= {name: read.get(row["key"], {}).get(name, "") for name in ("verdict", "why")}
        else:
            known["by"] = row["by"].partition("[")[0]
        told = ", ".join(f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in known.items())
        lines.append(f"  {{ {told} }},")
    KEPT.write_text("\n".join([*lines, "]", ""]), encoding="utf-8")


def warm() -> None:
    """Load what takes long and is the same in every child."""
    for name in WARM:
        import_module(name)
    assert len(os.listdir("/proc/self/task")) == 1


def in_child(task: Callable[[], int], seconds: float, log: Path) -> tuple[int | None, float]:
    """Exit status of a task in a forked process, None where it ran out of time, and how long it took."""
    began, child = time.monotonic(), os.fork()
    if child == 0:
        os.setsid()
        out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.dup2(out, 1)
        os.dup2(out, 2)
        code = 9
        try:
            code = task()
        except BaseException as error:
            os.write(2, repr(error).encode())
        os._exit(code)
    while True:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            code: int | None = os.waitstatus_to_exitcode(status)
            break
        if time.monotonic() - began > seconds:
            code = None
            os.killpg(child, signal.SIGKILL)
            os.waitpid(child, 0)
            break
        time.sleep(0.02)
    return code, time.monotonic() - began


class QuickFirst:
    """Runs the quick tests of a file before the slow ones, and notes how long each takes."""

    def __init__(self, seconds: dict[str, float]):
        self.known, self.seconds = seconds, Counter[str]()

    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        """Sort: a test that nobody has timed goes first."""
        items.sort(key=lambda item: self.known.get(item.nodeid, 0.0))

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Add up set-up, call and tear-down."""
        self.seconds[report.nodeid] += round(report.duration, 3)


def tested(source: Path, files: list[str], known: dict[str, Any], *, lines: Path | None = None) -> int:
    """Run test files against a copy of the source; ``lines``: where to write which lines they ran."""
    sys.path.insert(0, str(source))
    os.environ["PYTHONPATH"] = str(source)
    os.chdir(ROOT)
    seen: dict[str, set[int]] = {module: set() for module in TESTS}
    if lines is not None:
        places = {str(source / "brittlestar" / f"{module}.py"): module for module in TESTS}

        def line(code: Any, number: int) -> Any:
            module = places.get(code.co_filename)
            if module:
                seen[module].add(number)
            return sys.monitoring.DISABLE

        sys.monitoring.use_tool_id(sys.monitoring.COVERAGE_ID, "mutants")
        sys.monitoring.register_callback(sys.monitoring.COVERAGE_ID, sys.monitoring.events.LINE, line)
        sys.monitoring.set_events(sys.monitoring.COVERAGE_ID, sys.monitoring.events.LINE)
    import pytest

    order = QuickFirst(
        {test: took for file in files for test, took in known.get(file, {"tests": {}})["tests"].items()}
    )
    paths = [f"tests/{file}.py" for file in files]
    code = pytest.main(["-x", "-q", "-p", "no:cacheprovider", *QUIET, *paths], plugins=[order])
    if lines is not None:
        content = {"lines": {module: sorted(found) for module, found in seen.items()}, "tests": order.seconds}
        lines.write_text(json.dumps(content))
    return int(code)


def copied(folder: Path) -> Path:
    """A copy of the source."""
    return Path(shutil.copytree(SOURCE, folder / "src", ignore=shutil.ignore_patterns("*.egg-info")))


def shared(count: int, task: Callable[[int], None]) -> None:
    """Run a task in several processes, each told its number."""
    children = []
    for number in range(count):
        child = os.fork()
        if child == 0:
            try:
                task(number)
            except BaseException as error:
                print(error, file=sys.stderr, flush=True)
                os._exit(1)
            os._exit(0)
        children.append(child)
    if any([os.waitpid(child, 0)[1] for child in children]):
        sys.exit(1)


def measured(files: list[str], workers: int) -> dict[str, dict[str, Any]]:
    """Seconds and lines of every test file, which must pass without a change."""
    state = hashlib.sha256(b"".join(p.read_bytes() for p in sorted(SOURCE.rglob("*.py")))).hexdigest()

    def kept(file: str) -> Path:
        mark = hashlib.sha256(state.encode() + (ROOT / "tests" / f"{file}.py").read_bytes()).hexdigest()[:12]
        return PLACE / f"unchanged-{file.replace('/', '-')}-{mark}.json"

    missing = [file for file in files if not kept(file).exists()]

    def measure(number: int) -> None:
        with tempfile.TemporaryDirectory() as name:
            source = copied(Path(name))
            for file in missing[number::workers]:
                lines, log = Path(name) / "lines.json", Path(name) / "log"
                run = partial(tested, source, [file], {}, lines=lines)
                code, seconds = in_child(run, 900, log)
                if code != 0:
                    sys.exit(f"{file} does not pass without a change:\n{log.read_text()[-3000:]}")
                kept(file).write_text(json.dumps({"seconds": seconds, **json.loads(lines.read_text())}))
                print(f"{file}: {seconds:.1f} s", flush=True)

    if missing:
        shared(workers, measure)
    return {file: json.loads(kept(file).read_text()) for file in files}


def outcome(one: Mutant, known: dict[str, dict[str, Any]], folder: Path, quick: bool) -> dict[str, Any]:
    """What the tests made of a change: ``killed``, ``timed out`` or ``survived``, by which file."""
    target = folder / "src" / "brittlestar" / f"{one.module}.py"
    right = target.read_bytes()
    row: dict[str, Any] = {
        "key": one.key,
        "module": one.module,
        "line": one.line,
        "old": one.old,
        "new": one.new,
    }
    reach = range(one.lines[0], one.lines[1] + 1)
    files = [f for f in TESTS[one.module] if not set(known[f]["lines"][one.module]).isdisjoint(reach)]
    took = {file: known[file]["seconds"] for file in files}
    slow = sorted((file for file in files if took[file] >= QUICK), key=lambda file: took[file])
    groups = [[file for file in files if took[file] < QUICK], *([] if quick else ([file] for file in slow))]
    target.write_bytes(one.source)
    for old in (target.parent / "__pycache__").glob(f"{target.stem}.*"):
        old.unlink()
    try:
        for group in filter(None, groups):
            most = MOST_SECONDS + 6.0 * sum(took[file] for file in group)
            code, seconds = in_child(partial(tested, folder / "src", group, known), most, folder / "log")
            file = " ".join(group)
            if code is None:
                return row | {"found": "timed out", "by": file, "seconds": round(seconds, 1)}
            if code != 0:
                first = re.search(
                    r"^(?:FAILED|ERROR) (\S+)", (folder / "log").read_text(errors="replace"), re.M
                )
                by = first.group(1).removeprefix("tests/") if first else f"{file} (status {code})"
                return row | {"found": "killed", "by": by}
    finally:
        target.write_bytes(right)
    return row | {"found": "survived", "by": "", "files": files}


def rows_so_far() -> dict[str, dict[str, Any]]:
    """What was found, the last word on each change."""
    found: dict[str, dict[str, Any]] = {}
    for place in sorted(PLACE.glob("found*.jsonl")):
        for text in place.read_text().splitlines():
            row = json.loads(text)
            if found.get(row["key"], {}).get("when", 0) <= row["when"]:
                found[row["key"]] = row
    return found


def work(
    jobs: list[Mutant], known: dict[str, dict[str, Any]], number: int, until: float, quick: bool
) -> None:
    """One worker: every change of its own, each written down as soon as it is known."""
    with tempfile.TemporaryDirectory() as name, (PLACE / f"found{number}.jsonl").open("a") as out:
        folder = Path(name)
        copied(folder)
        for one in jobs:
            if time.monotonic() > until:
                return
            row = outcome(one, known, folder, quick) | {"when": time.time()}
            out.write(json.dumps(row) + "\n")
            out.flush()
            print(
                f"{row['found']:9} {one.module}:{one.line} {one.old}  ->  {one.new}  {row['by']}", flush=True
            )


def main() -> int:
    """Run the sample."""
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--seed", type=int, help=f"draw a sample instead of the kept one, e.g. {SEED}")
    ask.add_argument("--count", type=int, default=COUNT)
    ask.add_argument("--workers", type=int, default=2)
    ask.add_argument("--minutes", type=float, default=600.0)
    ask.add_argument("--only", help="a module, e.g. care/dates")
    ask.add_argument("--quick", action="store_true", help=f"without test files that take {QUICK:g} s or more")
    ask.add_argument("--again", action="store_true", help="run the survivors anew")
    ask.add_argument("--show", action="store_true", help="run nothing")
    ask.add_argument("--keep", action="store_true", help="write what was found to tests/mutants.toml")
    asked = ask.parse_args()
    PLACE.mkdir(parents=True, exist_ok=True)
    found, until = rows_so_far(), time.monotonic() + 60.0 * asked.minutes
    seed = kept().get("seed", SEED) if asked.seed is None else asked.seed
    drawn = kept_sample() if asked.seed is None and KEPT.exists() else sample(seed, asked.count)
    jobs = [one for one in drawn if asked.only in (None, one.module)]
    wanted = {one.key for one in jobs}
    if not asked.show:
        again = {key for key, row in found.items() if row["found"] == "survived"} if asked.again else set()
        only = again & wanted if asked.again else wanted - set(found)
        jobs = [one for one in jobs if one.key in only]
        os.environ.update(JAX_ENABLE_X64="1", OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1")
        sys.path.insert(0, str(ROOT / "tests"))
        warm()
        known = measured(sorted({file for one in jobs for file in TESTS[one.module]}), asked.workers)
        shared(
            asked.workers,
            lambda number: work(jobs[number :: asked.workers], known, number, until, asked.quick),
        )
        found = rows_so_far()
    rows = [row for key, row in found.items() if key in wanted]
    if asked.keep:
        keep(seed, rows)
    return said(seed, rows, len(wanted))


def said(seed: int, rows: list[dict[str, Any]], drawn: int) -> int:
    """Print what was found; 1 if a change got by that nobody has read, or that changes an answer."""
    read = {row["key"]: row.get("verdict", "") for row in kept()["mutants"]}
    left = sorted(
        (row for row in rows if row["found"] == "survived"), key=lambda row: (row["module"], row["line"])
    )
    verdicts = Counter(read.get(row["key"]) or "not read" for row in left)
    for row in left:
        verdict = read.get(row["key"]) or "not read"
        print(f"\n{row['module']}:{row['line']}  {row['key']}  {verdict}\n  - {row['old']}\n  + {row['new']}")
    counts = Counter(row["found"] for row in rows)
    told = ", ".join(f"{n} {name}" for name, n in counts.items())
    print(f"\nseed {seed}: {drawn} drawn, {len(rows)} run: {told}; survivors: {dict(verdicts)}")
    return int(bool(verdicts["not read"] or verdicts["changes"]))


if __name__ == "__main__":
    sys.exit(main())
