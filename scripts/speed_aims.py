"""What was aimed at, beside what was measured last, and why it is not reached where it is not."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

Content = Mapping[str, Any]
HEADLINE = "tablets against untreated"

ABOVE = "as above"
WIDTH = (
    "5,500 operations a step, 210 of them divisions, at an eighth of what the processor could do: chains of "
    "operations wait for one another. Tried: quotients from estimates, a shorter exponential, fewer passes, "
    "longer steps (below)"
)
PYTHON = (
    "loading JAX, SciPy and what draws takes half of it. Tried: loading late, collecting garbage less often, "
    "drawing in a process of its own, one program less"
)
COLD = "the step is traced, and LLVM writes two programs. Tried: both side by side, one program less"
FUSED = "WebAssembly has no fused product"
NOT_KNOWN = "not known; fused products are no part of this pair"


class Aim(NamedTuple):
    """One aim."""

    what: str
    asked: float
    more: bool
    """whether more is better"""
    file: str
    found: Callable[[Content], float | None]
    why: str = ""


def _engine(case: str, precision: str, few: bool = False) -> Callable[[Content], float]:
    def found(content: Content) -> float:
        mine = [
            row
            for row in content["rows"]
            if row["case"].removesuffix(", single") == case and row["precision"] == precision
        ]
        mine.sort(key=lambda row: row["outputs"])
        return mine[0 if few else -1]["patient_years_per_second"]

    return found


def _infusions(precision: str) -> Callable[[Content], float]:
    return lambda content: _engine("infusions", precision)(content) / _engine(HEADLINE, precision)(content)


def _seconds(case: str, what: str = "answer") -> Callable[[Content], float]:
    return lambda content: next(row[what] for row in content["seconds"] if row["case"].strip() == case)


def _longest_first_line(content: Content) -> float:
    return max(row["first_line"] for row in content["seconds"])


def _mrgsolve(precision: str) -> Callable[[Content], float]:
    solver = f"{HEADLINE}, {precision}"
    return lambda content: next(
        row["times mrgsolve at 0.0001"] for row in content["rows"] if row["solver"] == solver
    )


def _wasm(kind: str) -> Callable[[Content], float]:
    return lambda content: min(row[f"of machine code, {kind}"] for row in content["rows"])


AIMS = (
    Aim(
        "patient-years a second, float64, all outputs, 256 bits",
        150_000,
        True,
        "latest",
        _engine(HEADLINE, "float64"),
        WIDTH,
    ),
    Aim("the same, float32", 300_000, True, "latest", _engine(HEADLINE, "float32"), ABOVE),
    Aim(
        "ten outputs, float64",
        300_000,
        True,
        "latest",
        _engine(HEADLINE, "float64", True),
        "leaving out outputs spares a third of the time, not half",
    ),
    Aim("ten outputs, float32", 600_000, True, "latest", _engine(HEADLINE, "float32", True), ABOVE),
    Aim(
        "infusions alone, of the headline, float64",
        0.6,
        True,
        "latest",
        _infusions("float64"),
        "an infusion cuts its step into pieces",
    ),
    Aim("infusions alone, of the headline, float32", 0.6, True, "latest", _infusions("float32"), ABOVE),
    Aim("times mrgsolve at 1e-4, float64", 700, True, "mrgsolve", _mrgsolve("float64"), "as the speed"),
    Aim("times mrgsolve at 1e-4, float32", 700, True, "mrgsolve", _mrgsolve("float32"), "as the speed"),
    Aim("one person with files, s", 2.5, False, "waiting", _seconds("the same with files"), PYTHON),
    Aim("POISE, 20 replicates, s", 3, False, "waiting", _seconds("POISE, 20 replicates"), PYTHON),
    Aim("first line of any command, s", 0.5, False, "waiting", _longest_first_line, ""),
    Aim(
        "one person, empty cache, s",
        6,
        False,
        "waiting",
        _seconds("one person, 200 draws, 3 years, empty cache"),
        COLD,
    ),
    Aim("POISE, empty cache, s", 6, False, "waiting", _seconds("POISE, 20 replicates, empty cache"), COLD),
    Aim(
        "a million people, above the start, GB",
        0.6,
        False,
        "memory",
        lambda content: content["rows"][-1]["above the start, GB"],
        "",
    ),
    Aim("WebAssembly of machine code as wide, fused", 0.9, True, "wasm", _wasm("fused"), FUSED),
    Aim("the same, not fused", 0.9, True, "wasm", _wasm("not fused"), NOT_KNOWN),
    Aim(
        "the page alone: dose to sentence, p95, ms",
        100,
        False,
        "site",
        lambda content: content["centre_p95_ms"],
        "two workers on two cores share them with the page",
    ),
    Aim(
        "the same while it is dragged, p95, ms",
        100,
        False,
        "site",
        lambda content: content["centre_dragged_p95_ms"],
        ABOVE,
    ),
    Aim("dose to its ranges, p95, ms", 1_500, False, "site", lambda content: content["ranges_p95_ms"], ABOVE),
    Aim("one H200, float32, ten outputs, untreated", 5e7, True, "cuda", lambda content: None),
    Aim("the same, tablets", 2.5e7, True, "cuda", lambda content: None),
    Aim("the same, infusions", 1.5e7, True, "cuda", lambda content: None),
)


def table(results: Path, aims: Sequence[Aim] = AIMS) -> Iterator[tuple[str, str, str, str]]:
    """What, asked, measured or not run, and whether it is met; why not where it is missed."""
    for aim in aims:
        path = results / f"{aim.file}.json"
        value = aim.found(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else None
        asked = f"{'at least' if aim.more else 'at most'} {aim.asked:,.10g}"
        if value is None:
            yield aim.what, asked, "NOT RUN", ""
            continue
        met = value >= aim.asked if aim.more else value <= aim.asked
        yield (
            aim.what,
            asked,
            f"{value:,.3g}" if value < 100 else f"{value:,.0f}",
            "met" if met else f"missed: {aim.why}",
        )
