"""Write the tables of fields in docs/protocol.md from the classes that validate a protocol.

What stands above the first table is prose and stays. Dry run unless told to write:
``python scripts/write_protocol_docs.py --write``.
"""

import re
import sys
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel

from brittlestar._shared.parameter_files import load
from brittlestar.trials.endpoint import Endpoint, Published, Said
from brittlestar.trials.measures import MEASURES
from brittlestar.trials.open_inputs import OpenInputs
from brittlestar.trials.protocol import Protocol
from brittlestar.trials.protocol_parts import Arm, Conduct, Design, EntryMean, Interim, Population, Visits

PATH = Path(__file__).resolve().parents[1] / "docs" / "protocol.md"

SECTIONS: tuple[tuple[str, type[BaseModel], str], ...] = (
    ("Top of the file", Protocol, "Plain keys before the first table."),
    ("`[population]`", Population, "Who is randomised. Entry rules stand in `[population.eligibility]`."),
    ("`[population.entry_mean]`", EntryMean, "A mean Z at entry; leave out to take whom the rules accept."),
    (
        "`[population.open]`",
        OpenInputs,
        "What is not known exactly of these people; leave out for what follows from the rest.",
    ),
    ("`[[arms]]`", Arm, "One table per arm."),
    ("`[design]`", Design, "Length and randomisation."),
    ("`[design.interim]`", Interim, "Looks that may stop the trial; leave out for none."),
    ("`[conduct]`", Conduct, "What happens when people carry it out."),
    ("`[[visits]]`", Visits, "Several tables if different things are measured at different months."),
    ("`[[endpoints]]`", Endpoint, "What is analysed, and how."),
    (
        "`[[endpoints.published]]`",
        Published,
        "Published numbers of the endpoint above; leave out for a new trial.",
    ),
    ("`[[endpoints.said]]`", Said, "What was published of it in words only."),
)
MEASURED = (
    "What a visit can measure. A reading is the true value with an error; in density of spine, hip, neck and "
    "forearm and in failure loads a person's own density walks at random too (`people/scan.toml`: derived "
    "from scans of the spine; that the other sites walk with it, loads in proportion, is assumed). Densities "
    "of hip, neck and forearm and failure loads are relative to a healthy young adult's: a trial tells their "
    "change in %. They have no Z-score, as the model holds no reference of these sites by age."
)
OWN_TABLES = (
    "population",
    "entry_mean",
    "open",
    "arms",
    "design",
    "interim",
    "conduct",
    "visits",
    "endpoints",
    "published",
    "said",
)
"""Fields that are tables of their own."""


def kind(annotation: Any) -> str:
    """A type as someone who writes TOML reads it."""
    words = [repr(w) for w in get_args(annotation) if isinstance(w, str)]
    if words:
        return "one of " + ", ".join(words)
    text = re.sub(r"typing\.|<class '|'>", "", str(annotation))
    text = re.sub(r"Annotated\[str, AfterValidator\(.*?\)\]", "one of the [measures](#measures)", text)
    return text.replace("Literal", "one of ").replace(" | None", "")


def rows(model: type[BaseModel]) -> list[str]:
    """The fields of one table of the file, as a table of Markdown."""
    found = ["| field | kind | default | meaning |", "|---|---|---|---|"]
    for name, field in model.model_fields.items():
        if name not in OWN_TABLES:
            default = "needed" if field.is_required() else repr(field.get_default(call_default_factory=True))
            found.append(f"| `{name}` | {kind(field.annotation)} | {default} | {field.description or ''} |")
    return found


def measures() -> list[str]:
    """What a visit can measure, as a table of Markdown."""
    numbers = load("brittlestar.people", "scan.toml") | load("brittlestar.trials", "measurement.toml")
    found = ["| measure | what | unit | SD of one reading | from |", "|---|---|---|---|---|"]
    for name, how in MEASURES.items():
        error = numbers[how.error]
        sd = f"{100 * float(error.value):g} %" if error.unit == "-" else f"{error.value:g} {error.unit}"
        found.append(f"| `{name}` | {how.words} | {how.unit} | {sd} | {error.source} |")
    return found


def page(current: str) -> str:
    """The page with its prose as it is and its tables as the code has them."""
    parts = []
    for title, model, note in SECTIONS:
        parts += [f"## {title}", "", note, "", *rows(model), ""]
        if model is Visits:
            parts += ["## Measures", "", MEASURED, "", *measures(), ""]
    prose = current.partition(f"## {SECTIONS[0][0]}\n")[0]
    return prose + "\n".join(parts).rstrip() + "\n"


def main() -> int:
    """Compare, or write with ``--write``; exit status 1 if the file on disk is out of date."""
    current = PATH.read_text(encoding="utf-8")
    text = page(current)
    if "--write" in sys.argv[1:]:
        PATH.write_text(text, encoding="utf-8")
        print(f"wrote {PATH.name}")
        return 0
    print("up to date" if text == current else f"{PATH.name} is out of date; run with --write")
    return int(text != current)


if __name__ == "__main__":
    raise SystemExit(main())
