"""Write docs/physiology/: one page a mechanism, its published points over the model, and an index.

The words are those of ``physiology_pages.toml`` and of the docstrings that hold the equations; the numbers
are what ``brittlestar physiology --out DIR`` found::

    python scripts/write_physiology_docs.py            # are the words current?
    python scripts/write_physiology_docs.py --write    # write the words, keep the numbers
    python scripts/write_physiology_docs.py --write DIR    # numbers and pictures too
"""

import json
import re
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module
from inspect import getdoc
from pathlib import Path
from typing import Any

from brittlestar._shared import words
from brittlestar.evidence.physiology.potency_scale import places
from brittlestar.evidence.studies.look_up import cite
from brittlestar.evidence.studies.split import split

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs" / "physiology"
BEGIN = "<!-- numbers: brittlestar physiology --out DIR, then write_physiology_docs.py --write DIR -->"
END = "<!-- end of numbers -->"

Page = Mapping[str, Any]
"""One of ``pages`` in the file of words."""
Row = Mapping[str, Any]
"""One of ``points`` in points.json."""

SIGNS = {"right": "✓ right", "not computed": "– not computed"}
HEAD = (
    "| verdict | point | published (90 %) | model | first edition | use | who, when |",
    "|---|---|---|---|---|---|---|",
)


def read() -> dict[str, Any]:
    """The words: pages, and the reasons why points are off."""
    return tomllib.loads((Path(__file__).with_name("physiology_pages.toml")).read_text(encoding="utf-8"))


def law(name: str) -> str:
    """A function's place and what its docstring says before the arguments."""
    module, _, function = name.rpartition(".")
    said = getdoc(getattr(import_module(module), function)) or ""
    said = re.split(r"\n+(?:Args|Raises|Source|Returns):|\n+>>>", said)[0].strip()
    said = re.sub(r":\w+:`~?([^`]*)`", r"\1", said).replace("``", "")
    return f"`{name}`\n\n```text\n{said}\n```"


def numbers_in(text: str) -> str:
    """What stands between the two marks; empty where they are not."""
    return text.partition(f"{BEGIN}\n")[2].partition(f"\n{END}")[0]


def between_marks(numbers: str) -> str:
    """The part of a page that only a run can change."""
    return f"{BEGIN}\n{numbers}\n{END}"


def page(one: Page, numbers: str, key: str) -> str:
    """A page in Markdown around its numbers; ``key`` tells what a picture shows."""
    laws = ["## Equations", *(law(name) for name in one["laws"])] if one["laws"] else []
    drawn = "panels" in one or "spread" in one
    alt = f"{one['title']}: published points over the model"
    return "\n\n".join(
        [
            f"# {one['title']}",
            one["what"].strip(),
            *laws,
            f"## {one.get('heading', 'Published, and the model')}",
            *([f"![{alt}]({one['file']}.svg)"] if drawn else []),
            *([key] if "panels" in one else []),
            between_marks(numbers),
            "## What is not known",
            one["unknown"].strip(),
            "[All mechanisms](README.md)\n",
        ]
    )


def index(said: Mapping[str, Any], numbers: str) -> str:
    """The index in Markdown around its numbers."""
    links = "\n".join(f"- [{one['title']}]({one['file']}.md)" for one in said["pages"])
    parts = (said["introduction"].strip(), links, between_marks(numbers), said["again"].strip())
    return "\n\n".join(["# Physiology, point by point", *parts]) + "\n"


def published(row: Row) -> str:
    """A published number with its interval, or what was said."""
    return row["said"] or words.with_interval(row["published"], *(row["interval90"] or (None, None)))


def _places(row: Row) -> int:
    return words.decimals((row["published"], *(row["interval90"] or ())))


def tally(rows: Iterable[Row]) -> tuple[int, int]:
    """(right, all) of the counted points that were computed."""
    said = [r["verdict"] for r in rows if r["counted"]]
    return said.count("right"), len(said)


def against_first(rows: Iterable[Row]) -> str:
    """How many of the counted points are right now, and were with the first edition, of those that it had."""
    both = [r for r in rows if r["counted"] and (r["first_edition"] or {}).get("model") is not None]
    then = [r["first_edition"]["verdict"] for r in both].count("right")
    return (
        f"The first edition had a value for {len(both)} of them: {then} were right with it, and "
        f"{tally(both)[0]} of the same are right now."
    )


def _line(row: Row) -> str:
    first = (row["first_edition"] or {}).get("model")
    label = row["label"] + (f"<br><small>{row['note']}</small>" if row["note"] else "")
    cells = (
        SIGNS.get(row["verdict"], f"✕ {row['verdict']}"),
        label,
        published(row),
        words.number(row["model"], _places(row)),
        words.number(first, _places(row)),
        row["use"],
        "; ".join(filter(None, (row["population"], row["hour"]))),
    )
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"


def short(row: Row, reasons: Mapping[str, str]) -> str:
    """What is off, and why."""
    said = f"- {row['label']}: the model says {words.number(row['model'], _places(row))}"
    said += f", published {published(row)}"
    far = row["verdict"] == "off more than twofold"
    said += f"; {words.number(row['ratio'])} times the published effect." if far else "."
    return f"{said} {reasons.get(row['id'], 'No reason is known.')}"


def numbers_of(one: Page, rows: Mapping[str, Row], reasons: Mapping[str, str]) -> str:
    """Table, count and what is off, of the points of a page."""
    mine = [rows[id] for id in one["points"]]
    if one.get("studies"):
        return "\n".join(studies(rows.values()))
    right, total = tally(mine)
    count = f"{right} of {total} counted points right." if total else "No point here is counted."
    off = [row for row in mine if row["verdict"].startswith("off")]
    lines = [short(row, reasons) for row in off] or ["Nothing that is computed."]
    silent = [f"- {row['label']}: {row['why_not']}." for row in mine if row["why_not"]]
    withheld = ["", "### What is not computed", "", *silent] if silent else []
    table = "\n".join([*HEAD, *map(_line, mine)])
    scale = ["", "### Each drug from the others", "", *drug_places()] if one.get("places") else []
    return "\n".join([table, "", count, "", "### What falls short", "", *lines, *withheld, *scale])


def drug_places() -> Iterator[str]:
    """Factor of each drug beside what those of the other drugs say of it."""
    yield (
        "The enzyme's half-inhibiting concentration ranks the drugs; a factor on it is fitted for each. Were "
        "the rank all, factors would be equal. What the other drugs' factors say of one that the fit had not "
        "seen (mean and 90 % interval of ln, Student's t):"
    )
    yield from ("", "| drug | factor fitted | from the others | |", "|---|---|---|---|")
    for one in places():
        of_others = words.with_interval(one.from_others, one.low, one.high)
        yield f"| {one.drug} | {one.factor:.2f} | {of_others} | {'inside' if one.inside else 'outside'} |"
    yield ""
    yield (
        "So a drug's place is known to several-fold, pamidronate's too: a new drug's potency by its enzyme "
        "alone is uncertain by as much."
    )


def studies(rows: Iterable[Row]) -> Iterator[str]:
    """One line a study behind the points."""
    behind: dict[str, int] = {}
    for row in rows:
        behind[row["study"]] = behind.get(row["study"], 0) + bool(row["study"])
    behind.pop("", None)
    yield from ("| study | kept for | points | reference |", "|---|---|---|---|")
    for name, count in sorted(behind.items()):
        yield f"| {name} | {split().studies[name].use} | {count} | {cite(name).replace('|', '/')} |"


def index_numbers(pages: Iterable[Page], content: Mapping[str, Any]) -> str:
    """The count line, the counts of each page, and what they were made with."""
    rows = {row["id"]: row for row in content["points"]}
    each = [f"{use} {one['right']} of {one['points']}" for use, one in content["counts"].items()]
    right, total = tally(rows.values())
    far = sum(r["verdict"] == "off more than twofold" for r in rows.values() if r["use"] in content["counts"])
    lines = ["| mechanism | right | counted |", "|---|---|---|"]
    for one in pages:
        mine = tally([rows[id] for id in one["points"]])
        lines += [f"| {one['title']} | {mine[0]} | {mine[1]} |"] if mine[1] else []
    made = content["manifest"]["parameters_sha256"][:12]
    head = f"**{right} of {total} counted points right** ({'; '.join(each)}; {far} off by more than twofold)"
    return "\n".join([f"{head}, parameters {made}.", "", against_first(rows.values()), "", *lines])


def texts(run: Mapping[str, Any] | None = None) -> dict[Path, str]:
    """Every page by its path, with the numbers of a run or those that it has.

    Args:
        run: content of points.json; default: the numbers stay.
    """
    said = read()
    rows = {row["id"]: row for row in run["points"]} if run else {}

    def kept(path: Path) -> str:
        return numbers_in(path.read_text(encoding="utf-8")) if path.exists() else ""

    found, first = {}, DOCS / "README.md"
    found[first] = index(said, index_numbers(said["pages"], run) if run else kept(first))
    for one in said["pages"]:
        path = DOCS / f"{one['file']}.md"
        numbers = numbers_of(one, rows, said["reasons"]) if run else kept(path)
        found[path] = page(one, numbers, said["key"])
    return found


def main() -> int:
    """Compare, or write with ``--write``; exit status 1 if a page on disk is out of date."""
    write = "--write" in sys.argv[1:]
    folders = [word for word in sys.argv[1:] if not word.startswith("-")]
    content = json.loads((Path(folders[0]) / "points.json").read_text("utf-8")) if folders else None
    found = texts(content)
    stale = [path for path, text in found.items() if not path.exists() or path.read_text("utf-8") != text]
    if write:
        DOCS.mkdir(parents=True, exist_ok=True)
        for path in stale:
            path.write_text(found[path], encoding="utf-8")
        if content:
            from physiology_pictures import draw

            draw(read()["pages"], content, DOCS)
    said = "wrote" if write else "out of date, run with --write:"
    print(f"{said} {', '.join(path.name for path in stale)}" if stale else "up to date")
    return int(bool(stale) and not write)


if __name__ == "__main__":
    raise SystemExit(main())
