"""Small faults put into the source on purpose, one at a time: the tests must notice each of them.

``make mutants`` draws one-line changes from a seed, some from every module in ``TESTS``, runs for
each the test files that reach its line, and says which changes no test noticed. What was found
stands in ``results/mutants``; a run that was stopped goes on from there. ``--only`` runs the
changes of one module, ``--again`` runs anew what no test noticed, ``--show`` runs nothing and
prints what was found so far. The sample, and what was made of each survivor by reading it, is kept
in ``tests/mutants.toml``.

Not changed: docstrings, annotations, text, what is raised and its words, ``assert``, ``__repr__``,
``__str__``.

A process that has loaded the libraries, but neither this project nor a backend of JAX, forks a
child for every run of tests; the child imports the project from a copy in which one file differs.
"""

import argparse
import ast
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
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
SOURCE, KEPT, PLACE = ROOT / "src", ROOT / "tests" / "mutants.toml", ROOT / "results" / "mutants"
SEED, COUNT, LEAST = 1, 420, 6
"""Seed and size of the sample, and the least number of changes of one module."""

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
)
_POWER = ("test_power_numbers", "test_power", "test_trial_endpoints")
_EVIDENCE = ("test_evidence_by_value", "test_prediction_numbers", "test_evidence_predict")

TESTS: dict[str, tuple[str, ...]] = {
    "trials/analysis": ("test_analysis_numbers", "test_trial_endpoints", "test_trial_summary", "test_power"),
    "trials/summary": (
        "test_analysis_numbers",
        "test_trial_summary",
        "test_trial_endpoints",
        "test_evidence_by_value",
    ),
    "trials/power": _POWER,
    "trials/power_endpoints": _POWER,
    "trials/power_entry": _POWER,
    "trials/power_formula": _POWER,
    "trials/power_pool": _POWER,
    "trials/power_share": _POWER,
    "trials/power_size": _POWER,
    "care/dates": _CARE,
    "care/doses": _CARE,
    "care/rules": _CARE,
    "care/schedule": _CARE,
    "care/support": _CARE,
    "comparison/rules": ("test_rule_dates", "test_compare_rules"),
    "evidence/power": _POWER,
    "evidence/predict": _EVIDENCE,
    "evidence/support": _EVIDENCE,
    "evidence/validation": _EVIDENCE,
    "web/safety": ("web/test_web_guard", "web/test_web_safety", "web/test_web_connections"),
}
"""Module -> the test files that answer for it."""

WARM = ("cyclopts", "diffrax", "hypothesis", "jax.numpy", "llvmlite.binding", "pydantic", "pytest", "rich",
        "scipy.optimize", "scipy.stats")  # fmt: skip
"""Libraries that are loaded once: none that starts a thread, for a fork holds one thread only."""

QUIET = ("-W", "ignore::pytest.PytestAssertRewriteWarning")
"""Loaded before pytest could look at them; no test asserts inside a library."""

SWAPS = {"min": "max", "minimum": "maximum", "any": "all", "floor": "ceil", "zeros": "ones"}
SWAPS |= {new: old for old, new in SWAPS.items()} | {"isfinite": "isnan"}
OPERATORS: dict[type[ast.AST], tuple[str, ...]] = {
    ast.Lt: ("<=", ">="), ast.LtE: ("<", ">"), ast.Gt: (">=", "<="), ast.GtE: (">", "<"),
    ast.Eq: ("!=",), ast.NotEq: ("==",), ast.Is: ("is not",), ast.IsNot: ("is",), ast.In: ("not in",),
    ast.NotIn: ("in",), ast.Add: ("-",), ast.Sub: ("+",), ast.Mult: ("/",), ast.Div: ("*",),
    ast.FloorDiv: ("*",), ast.Pow: ("*",), ast.BitAnd: ("|",), ast.BitOr: ("&",), ast.And: ("or",),
    ast.Or: ("and",),
}  # fmt: skip
"""What stands for an operator."""


@dataclass(frozen=True)
class Mutant:
    """One change of one line.

    Args:
        module: below ``src/brittlestar``, without its ending.
        line: its number, from 1.
        lines: first and last line of the statement.
        old, new: the line before and after.
        source: the whole changed file.
    """

    module: str
    line: int
    lines: tuple[int, int]
    old: str
    new: str
    source: bytes

    @property
    def key(self) -> str:
        """Its name: module and change, not the number of the line, which moves."""
        return hashlib.sha256(f"{self.module}|{self.old}|{self.new}".encode()).hexdigest()[:12]


def changes(text: bytes) -> Iterator[tuple[ast.stmt, int, int, bytes]]:
    """Statement, first byte, last byte and replacement of every change of a file."""
    starts = [0]
    for row in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(row))

    def begin(node: Any) -> int:
        return starts[node.lineno - 1] + node.col_offset

    def end(node: Any) -> int:
        return starts[node.end_lineno - 1] + node.end_col_offset

    def between(left: ast.AST, right: ast.AST, operator: ast.AST) -> Iterator[tuple[int, int, bytes]]:
        words = r"not\s+in|is\s+not|<=|>=|==|!=|//|\*\*|[-+*/<>&|]|\b(?:and|or|in|is)\b"
        found = re.search(words.encode(), text[end(left) : begin(right)])
        if found is None:
            return
        for new in OPERATORS.get(type(operator), ()):
            yield end(left) + found.start(), end(left) + found.end(), new.encode()

    def here(node: ast.AST) -> Iterator[tuple[int, int, bytes]]:
        match node:
            case ast.Compare(left=left, ops=ops, comparators=right):
                for a, operator, b in zip([left, *right], ops, right):
                    yield from between(a, b, operator)
            case ast.BinOp(left=a, op=operator, right=b):
                yield from between(a, b, operator)
            case ast.BoolOp(op=operator, values=values):
                for a, b in pairwise(values):
                    yield from between(a, b, operator)
            case ast.UnaryOp(operand=operand):
                yield begin(node), begin(operand), b""
            case ast.Constant(value=bool(value)):
                yield begin(node), end(node), str(not value).encode()
            case ast.Constant(value=int(value)):
                for new in {0: (1,), 1: (0, 2)}.get(value, (value - 1, value + 1)):
                    yield begin(node), end(node), str(new).encode()
            case ast.Constant(value=float(value)):
                for new in {0.0: (1.0,), 1.0: (0.0, 2.0)}.get(value, (0.0, 2.0 * value)):
                    yield begin(node), end(node), repr(new).encode()
            case ast.Slice(lower=lower, upper=upper):
                for bound in (lower, upper):
                    if bound is not None and not isinstance(bound, ast.Constant):
                        yield end(bound), end(bound), b" + 1"
            case ast.Call(func=ast.Name(id=name) as function) if name in SWAPS:
                yield begin(function), end(function), SWAPS[name].encode()
            case ast.Call(func=ast.Attribute(attr=name) as function) if name in SWAPS:
                yield end(function) - len(name), end(function), SWAPS[name].encode()
            case ast.IfExp(test=test) if not isinstance(test, ast.Compare | ast.BoolOp | ast.UnaryOp):
                yield begin(test), end(test), b"not (" + text[begin(test) : end(test)] + b")"
            case ast.Return(value=ast.expr() as value) if ast.unparse(value) != "None":
                yield begin(value), end(value), b"None"
            case ast.If(test=test) if isinstance(node.body[-1], ast.Return | ast.Raise | ast.Continue):
                yield begin(test), end(test), b"False"
            case ast.If(test=test) if not isinstance(test, ast.Compare | ast.BoolOp | ast.UnaryOp):
                yield begin(test), end(test), b"not (" + text[begin(test) : end(test)] + b")"
            case ast.Continue() | ast.AugAssign() | ast.Expr(value=ast.Call()):
                yield begin(node), end(node), b"pass"

    def walk(node: ast.AST, statement: ast.stmt | None) -> Iterator[tuple[ast.stmt, int, int, bytes]]:
        if isinstance(node, ast.Raise | ast.Assert | ast.JoinedStr | ast.Import | ast.ImportFrom):
            return
        if isinstance(node, ast.FunctionDef) and node.name in ("__repr__", "__str__"):
            return
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            return
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(
            ("InputError", "getLogger", "dumps")
        ):
            return
        statement = node if isinstance(node, ast.stmt) else statement
        if statement is not None:
            for first, last, new in here(node):
                yield statement, first, last, new
        for name, value in ast.iter_fields(node):
            if name in ("annotation", "returns", "decorator_list", "op", "ops", "type_params"):
                continue
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST):
                    yield from walk(child, statement)

    yield from walk(ast.parse(text), None)


def mutants(module: str) -> list[Mutant]:
    """Every change of a module that still is Python."""
    text = (SOURCE / "brittlestar" / f"{module}.py").read_bytes()
    rows, same = text.splitlines(), ast.dump(ast.parse(text))
    found = {}
    for statement, first, last, new in changes(text):
        source = text[:first] + new + text[last:]
        try:
            if ast.dump(ast.parse(source)) == same:
                continue
        except SyntaxError:
            continue
        line = text.count(b"\n", 0, first) + 1
        body = getattr(statement, "body", None)
        until = body[0].lineno - 1 if body else statement.end_lineno or line
        span = (statement.lineno, max(until, line))
        after = source.splitlines()[line - 1]
        one = Mutant(module, line, span, rows[line - 1].strip().decode(), after.strip().decode(), source)
        found.setdefault(one.key, one)
    return list(found.values())


def sample(seed: int, count: int) -> list[Mutant]:
    """Changes of all modules, in random order: as many as its share of all, but ``LEAST`` of each."""
    chance, every = random.Random(seed), {module: mutants(module) for module in TESTS}
    share = count / sum(len(found) for found in every.values())
    drawn = []
    for found in every.values():
        drawn += chance.sample(found, min(len(found), max(LEAST, round(len(found) * share))))
    chance.shuffle(drawn)
    return drawn


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


def outcome(one: Mutant, known: dict[str, dict[str, Any]], folder: Path) -> dict[str, Any]:
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
    groups = [[file for file in files if took[file] < QUICK], *([file] for file in slow)]
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


def work(jobs: list[Mutant], known: dict[str, dict[str, Any]], number: int, until: float) -> None:
    """One worker: every change of its own, each written down as soon as it is known."""
    with tempfile.TemporaryDirectory() as name, (PLACE / f"found{number}.jsonl").open("a") as out:
        folder = Path(name)
        copied(folder)
        for one in jobs:
            if time.monotonic() > until:
                return
            row = outcome(one, known, folder) | {"when": time.time()}
            out.write(json.dumps(row) + "\n")
            out.flush()
            print(
                f"{row['found']:9} {one.module}:{one.line} {one.old}  ->  {one.new}  {row['by']}", flush=True
            )


def main() -> int:
    """Run the sample."""
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--seed", type=int, default=SEED)
    ask.add_argument("--count", type=int, default=COUNT)
    ask.add_argument("--workers", type=int, default=2)
    ask.add_argument("--minutes", type=float, default=600.0)
    ask.add_argument("--only", help="a module, e.g. care/dates")
    ask.add_argument("--again", action="store_true", help="run the survivors anew")
    ask.add_argument("--show", action="store_true")
    asked = ask.parse_args()
    PLACE.mkdir(parents=True, exist_ok=True)
    found, until = rows_so_far(), time.monotonic() + 60.0 * asked.minutes
    jobs = [one for one in sample(asked.seed, asked.count) if asked.only in (None, one.module)]
    wanted = {one.key for one in jobs}
    if not asked.show:
        again = {key for key, row in found.items() if row["found"] == "survived"} if asked.again else set()
        only = again & wanted if asked.again else wanted - set(found)
        jobs = [one for one in jobs if one.key in only]
        os.environ.update(JAX_ENABLE_X64="1", OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1")
        sys.path.insert(0, str(ROOT / "tests"))
        warm()
        known = measured(sorted({file for one in jobs for file in TESTS[one.module]}), asked.workers)
        shared(asked.workers, lambda number: work(jobs[number :: asked.workers], known, number, until))
        found = rows_so_far()
    return said(asked.seed, [row for key, row in found.items() if key in wanted], len(wanted))


def said(seed: int, rows: list[dict[str, Any]], drawn: int) -> int:
    """Print what was found; 1 if a change got by that nobody has read."""
    kept = tomllib.loads(KEPT.read_text(encoding="utf-8")) if KEPT.exists() else {}
    read = {row["key"]: row for row in kept.get("survivor", [])}
    left = [row for row in rows if row["found"] == "survived"]
    for row in sorted(left, key=lambda row: (row["module"], row["line"])):
        verdict = read.get(row["key"], {}).get("verdict", "not read")
        print(
            f"\n{row['module']}:{row['line']}  [{row['key']}]  {verdict}\n  - {row['old']}\n  + {row['new']}"
        )
    counts = Counter(row["found"] for row in rows)
    print(
        f"\nseed {seed}: {drawn} drawn, {len(rows)} run, " + ", ".join(f"{n} {k}" for k, n in counts.items())
    )
    return int(any(row["key"] not in read for row in left))


if __name__ == "__main__":
    sys.exit(main())
