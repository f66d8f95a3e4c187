"""Write into docs/speed.md and docs/status.md what was measured, from what ``make bench`` and its like leave.

    python scripts/write_speed_tables.py           # exit status 1 if a table on disk is out of date
    python scripts/write_speed_tables.py --write

Each table tells the load of the machine it was measured under, where its benchmark kept it.
"""

import json
import sys
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import speed_aims

ROOT = Path(__file__).resolve().parents[1]
PAGES = tuple(ROOT / "docs" / name for name in ("speed.md", "status.md"))
RESULTS = ROOT / "benchmarks" / "results"
Content = Mapping[str, Any]
PEOPLE_OF_A_CHUNK = 27 * 4 * 147
"""Of POISE: replicates of a block, blocks of a chunk, people of a replicate."""

TABLES_KB = 0.39
"""Of Parquet, a person of POISE (`brittlestar trial poise --replicates 68 --out DIR`)."""

DOLLARS = 0.05
"""Of a core-hour; assumed."""


def rows(heads: Iterable[str], cells: Iterable[Iterable[Any]]) -> list[str]:
    """A table in Markdown, what is not text to the right."""
    heads, lines = list(heads), [[_said(cell) for cell in line] for line in cells]
    marks = ["---", *["---:"] * (len(heads) - 1)]
    return [f"| {' | '.join(line)} |" for line in (heads, marks, *lines)]


def _said(cell: Any) -> str:
    if isinstance(cell, float) and 0 < abs(cell) < 0.001:
        return f"{cell:.1g}"
    return cell if isinstance(cell, str) else f"{cell:,}"


def _load(content: Content) -> str:
    load = content.get("load", content.get("machine", {}).get("load"))
    return "" if load is None else f" (load of the machine {load:g} on 2 cores)"


def engine(content: Content) -> list[str]:
    """Runs as users call them."""
    cells = [
        (row["case"].removesuffix(", single"), row["precision"], row.get("outputs", "all"),
         row["patient_years_per_second"], row["at_the_fastest"], row.get("per_processor_second", ""))
        for row in content["rows"]
    ]  # fmt: skip
    heads = ("8,192 people, 3 years", "precision", "outputs", "patient-years/s", "at the fastest",
             "per second of a core")  # fmt: skip
    poise = content["poise"]
    said = f"POISE, {poise['replicates']} replicates with files and report: {poise['seconds']} s."
    return [f"Runs on two cores{_load(content)}:", "", *rows(heads, cells), "", said]


def patient_years(content: Content) -> list[str]:
    """The same in a sentence, with all outputs."""
    most = max(row.get("outputs", 0) for row in content["rows"])
    speed = {
        (row["case"].removesuffix(", single"), row["precision"]): row["patient_years_per_second"]
        for row in content["rows"]
        if row.get("outputs", 0) == most
    }

    untreated, tablets = (
        (speed[case, "float64"], speed[case, "float32"])
        for case in ("untreated", "tablets against untreated")
    )
    return [
        f"At commit `{content['commit'][:7]}`{_load(content)} the engine followed {untreated[0]:,}",
        f"patient-years a second of untreated people in double precision and {untreated[1]:,} in single,",
        f"of tablets against untreated {tablets[0]:,} and {tablets[1]:,}",
        "(`benchmarks/bench_engine.py`, 8,192 people, 3 years, all outputs).",
    ]


def work(content: Content) -> list[str]:
    """The kernel alone."""
    cells = [
        (row["case"], row["precision"], row["outputs"], row["patient_years_per_second"], row["middle half"])
        for row in content["speed"]
    ]
    done = [
        (row["case"], row["precision"], row["operations"], row["divisions"], row["share of the peak"])
        for row in content["work"]
    ]
    most = ", ".join(f"{value:g} in {name}" for name, value in content["gigaflops_of_fused_products"].items())
    return [
        f"The kernel by itself, on one core, seconds of the processor{_load(content)}:",
        "",
        *rows(("case", "precision", "outputs", "patient-years/s", "middle half"), cells),
        "",
        f"Operations of a weekly step and person; the peak of a core is {most} (billions a second):",
        "",
        *rows(("case", "precision", "operations", "divisions", "share of the peak"), done),
    ]


def waiting(content: Content) -> list[str]:
    """From the command to its answer."""
    cells = [
        (row["case"].strip(), row["first_line"], row["answer"], row["processor"], row.get("memory", ""))
        for row in content["seconds"]
    ]
    heads = ("command", "first line, s", "answer, s", "processor, s", "peak memory, GB")
    return [f"Waiting{_load(content)}:", "", *rows(heads, cells)]


def others(content: Content) -> list[str]:
    """Beside solvers on the same equations at matched error."""
    ratio, problem = content["ratio"], content["problem"]
    names = {
        "scipy_lsoda": "SciPy's LSODA", "libroadrunner": "libRoadRunner on the exported file",
        "diffrax_kvaerno5": "diffrax Kvaerno5", "diffrax_tsit5": "diffrax Tsit5",
        "bone_models": "bone-models' own smaller model",
    }  # fmt: skip
    said = ", ".join(f"{ratio[key]:,.0f} times {name}" for key, name in names.items() if key in ratio)
    cells = [
        (row["solver"], row["setting"], f"{row['patient_years_per_second_and_core']:,g}",
         "{:,g} to {:,g}".format(*row["middle_half"]) if "middle_half" in row else "",
         *("-" if row[error] is None else f"{row[error]:.3g}" for error in ("largest_error", "median_error")))
        for row in content["rows"]
    ]  # fmt: skip
    heads = ("solver", "setting", "patient-years/s and core", "middle half", "largest error", "median error")
    return [
        f"Beside other solvers at matched error, double precision, one core{_load(content)}: {said}.",
        "",
        f"Ages {problem['ages']}; {problem['plan']}; {problem['years']:g} years, "
        f"{problem['outputs']} outputs every {problem['output_days']:g} days; error against "
        f"{problem['truth']} ([how to read it](exchange.md#beside-other-solvers)):",
        "",
        *rows(heads, cells),
    ]


def mrgsolve(content: Content) -> list[str]:
    """Beside mrgsolve."""
    heads = list(content["rows"][0])
    cells = [row.values() for row in content["rows"]]
    return [
        f"Beside mrgsolve {content['mrgsolve']} with OpenBoneMin in one run on one core{_load(content)}:",
        "",
        *rows(heads, cells),
    ]


def exactness(content: Content) -> list[str]:
    """What steps and single precision cost."""
    worst = sorted(content["outputs"].items(), key=lambda item: -item[1]["weekly steps, others"])[:8]
    cells = [
        (f"`{name}`", row["weekly steps, infants"], row["weekly steps, others"], row["single precision"])
        for name, row in worst
    ]
    fates = content["fates"]
    moved = max(value for name, value in fates.items() if name.startswith("only in"))
    return [
        "Largest error over its scale in three years, weekly steps against steps of a day and single "
        "precision against double; the eight outputs that are furthest off:",
        "",
        *rows(("output", "weekly, infants", "weekly, others", "single precision"), cells),
        "",
        f"In single precision {moved} of {fates['fractures']:,} fractures of {fates['people']:,} people come "
        "in another step or not at all; "
        f"{fates['people with another number of fractures']} people have another number of them.",
    ]


def memory(content: Content) -> list[str]:
    """A large trial."""
    heads = list(content["rows"][0])
    return [
        "POISE with all its tables, one process:",
        "",
        *rows(heads, (r.values() for r in content["rows"])),
    ]


def on_paper(content: Content) -> list[str]:
    """A thousand million people, in proportion to the largest trial that was run."""
    largest = max(content["rows"], key=lambda row: row["people"])
    hours = 2.0 * largest["seconds"] / 3600.0 * 1e9 / largest["people"]
    chunks = round(1e9 / PEOPLE_OF_A_CHUNK)
    cells = [
        ("processor time, core-hours", round(hours)),
        ("on 64 cores, hours", float(f"{hours / 64:.2g}")),
        ("chunks", chunks),
        (f"tables that come back, at {TABLES_KB:g} kB a person, GB", round(1e3 * TABLES_KB)),
        ("minutes on a wire of 100 MB a second", round(1e4 * TABLES_KB / 60)),
        ("sent to workers, at 21 kB of a protocol and a set a chunk, GB", round(21e-6 * chunks, 1)),
        (f"at {DOLLARS:g} dollars a core-hour (assumed), dollars", round(hours * DOLLARS)),
    ]
    return [
        f"On paper, in proportion to {largest['people']:,} people in {largest['seconds']:g} s on two cores, "
        "at most:",
        "",
        *rows(("what", "a thousand million people"), cells),
    ]


def wasm(content: Content) -> list[str]:
    """WebAssembly over machine code of equal width."""
    cells = [
        (row["case"], row["patient_years_per_second"]["wasm"], row["of machine code, fused"],
         row["of machine code, not fused"])
        for row in content["rows"]
    ]  # fmt: skip
    heads = ("case", "patient-years/s", "of machine code", "of machine code without fused products")
    return [f"WebAssembly in Node {content['node']}{_load(content)}:", "", *rows(heads, cells)]


def cuda(content: Content) -> list[str]:
    """The program of a CUDA device."""
    heads = list(content["program"][0])
    cells = [row.values() for row in content["program"]]
    lines = [f"CUDA, {content['status']}. What a thread takes, single precision:", "", *rows(heads, cells)]
    for table, said in (("agreement", "Beside the processor"), ("speed", "From arrays to results or sums")):
        if found := content.get(table):
            lines += ["", f"{said}, single precision:", ""]
            lines += rows(list(found[0]), (row.values() for row in found))
    return lines


def page(content: Content) -> list[str]:
    """The first screen as ``brittlestar serve`` sends it."""
    cells = [
        (
            "words and numbers before the first line that opens",
            f"{content['words']} and {content['numbers']}",
        ),
        ("requests of the first view", content["requests"]),
        ("bytes of it, and as a host would compress them", _bytes(content["bytes"], content["bytes_gzip"])),
        ("first answer, warm, ms", content["first_answer_ms"]),
        ("a change of the dose, median and p95, ms", _two(content, "change")),
        ("blocked meanwhile, ms", content["blocking_ms"]),
        ("memory of the tab, and what is its own, MB", _tab(content)),
    ]
    return [f"The page served{_load(content)}:", "", *rows(("what", "Explore"), cells)]


def site(content: Content) -> list[str]:
    """The page without a server."""
    first, again, disk = (content[name] for name in ("first_ms", "first_again_ms", "first_from_disk_ms"))
    cells = [
        ("requests of the first view", content["requests"]),
        ("bytes of it, and compressed", _bytes(content["bytes"], content["bytes_compressed"])),
        ("the one file, bytes", content["one_file_bytes"]),
        *(
            (f"first sentence and whole answer, {when}, ms", f"{one:,} and {whole:,}")
            for when, (one, whole) in (("never seen", first), ("seen before", again), ("one file", disk))
        ),
        ("a change of the dose to its sentence, median and p95, ms", _two(content, "centre")),
        ("the same while it is dragged, p95, ms", content["centre_dragged_p95_ms"]),
        ("to the whole answer, median and p95, ms", _two(content, "whole")),
        ("to its ranges, median and p95, ms", _two(content, "ranges")),
        ("blocked before the first answer, ms", content["blocked_ms"]),
        ("memory of the tab, and what is its own, MB", _tab(content)),
    ]
    head = f"in Chromium, {content['workers']} workers"
    return [f"The page without a server{_load(content)}:", "", *rows(("what", head), cells)]


def _bytes(sent: int, compressed: int) -> str:
    return f"{sent:,} and {compressed:,}"


def _two(content: Content, name: str) -> str:
    return f"{content[f'{name}_p50_ms']:,} and {content[f'{name}_p95_ms']:,}"


def _tab(content: Content) -> str:
    return f"{content['tab_mb']:,} and {content['tab_own_mb']:,}"


def aims(results: Path) -> list[str]:
    """What was aimed at beside what was measured."""
    return rows(("what", "asked", "measured", ""), speed_aims.table(results))


TABLES: dict[str, tuple[str, Callable[[Content], list[str]]]] = {
    "engine": ("latest", engine),
    "patient-years": ("latest", patient_years),
    "work": ("work", work),
    "waiting": ("waiting", waiting),
    "others": ("compare", others),
    "mrgsolve": ("mrgsolve", mrgsolve),
    "exactness": ("exactness", exactness),
    "memory": ("memory", memory),
    "on paper": ("memory", on_paper),
    "wasm": ("wasm", wasm),
    "cuda": ("cuda", cuda),
    "page": ("page", page),
    "site": ("site", site),
}
"""Name of a table or sentence of a page -> file of results, and what writes it."""


def with_tables(text: str, results: Path) -> str:
    """A page with all that stands between marks as its results say; what has no results stays as it is."""
    made = {
        name: partial(_written, results / f"{file}.json", write) for name, (file, write) in TABLES.items()
    }
    made["aims"] = partial(aims, results)
    for name, lines in made.items():
        text = _between(text, name, lines)
    return text


def _written(path: Path, write: Callable[[Content], list[str]]) -> list[str] | None:
    return write(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else None


def _between(text: str, name: str, made: Callable[[], list[str] | None]) -> str:
    """The text with what is made between the marks of that name, if it has them and anything is."""
    begin, end = f"<!-- {name}: python scripts/write_speed_tables.py --write -->", f"<!-- end of {name} -->"
    before, mark, rest = text.partition(begin)
    if not mark or (lines := made()) is None:
        return text
    _, _, after = rest.partition(end)
    return "\n".join((f"{before}{begin}", *lines, f"{end}{after}"))


def main() -> int:
    """Compare, or write with ``--write``; exit status 1 if a page is out of date."""
    write, outdated = "--write" in sys.argv[1:], False
    for page in PAGES:
        current = page.read_text(encoding="utf-8")
        text = with_tables(current, RESULTS)
        outdated |= text != current and not write
        if write:
            page.write_text(text, encoding="utf-8")
        said = (
            "is up to date" if text == current else "written" if write else "is out of date; run with --write"
        )
        print(f"{page.name} {said}")
    return int(outdated)


if __name__ == "__main__":
    raise SystemExit(main())
