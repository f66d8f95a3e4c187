"""Pages of the site that no one writes by hand: the model by organ, its numbers, plans, references, commands.

``write(folder)`` puts them beside the pages of ``docs/``. Equations are what docstrings and
``model/equations.py`` say, numbers and their sources what the parameter files say.
"""

import ast
import inspect
import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

from write_physiology_docs import law

from brittlestar._shared.errors import InputError
from brittlestar._shared.parameter_files import Parameter, every_parameter
from brittlestar._shared.references import Reference, references
from brittlestar.care import parse, published, published_names, words_of_plans
from brittlestar.cli import app
from brittlestar.evidence.calibration.free_parameters import free_parameters
from brittlestar.evidence.calibration.points import fit_targets
from brittlestar.exchange.petab.fitted_numbers import fitted_by_name
from brittlestar.exchange.petab.values import why_not
from brittlestar.model import equations, state
from brittlestar.model.outputs import UNITS

ROOT = Path(__file__).resolve().parents[1]


class Organ(NamedTuple):
    """A page of the model."""

    file: str
    title: str
    symbols: str
    """fields of the state that it moves"""
    rates: tuple[str, ...]
    """functions of ``model/equations.py``"""
    modules: tuple[str, ...]
    """modules whose docstrings hold the laws"""
    numbers: tuple[str, ...]
    """parameter files"""


ORGANS = (
    Organ("cells", "Osteoclasts and osteoblasts", "C P B", ("present", "cells"),
          ("bone.remodelling", "bone.turnover"), ("bone/remodelling", "bone/turnover")),
    Organ("trabeculae", "Trabecular bone", "n h", ("drift_stopped", "trabeculae"),
          ("bone.trabecular",), ("bone/trabecular",)),
    Organ("cortex", "Cortical bone", "w Rp Re phi joined", ("cortex",), ("bone.cortex",), ("bone/cortex",)),
    Organ("mineral", "Mineral", "mu_v mu_l", ("mineralise",), ("bone.mineral",), ("bone/mineral",)),
    Organ("load-and-calcium", "Load, muscle, calcium and vitamin D", "D25 lean x_mem",
          ("muscle_and_vitamin_d",), ("bone.mechanics", "bone.calcium"), ("bone/mechanics", "bone/calcium")),
    Organ("damage-and-strength", "Damage and strength", "d K", ("wear",),
          ("bone.damage", "bone.strength"), ("bone/damage", "bone/strength")),
    Organ("drug", "Bisphosphonates in body and bone", "u S D X U", ("drug", "share_of_bone"),
          ("drugs.dose_rule", "drugs.plasma", "drugs.disposition", "drugs.exposure", "drugs.body_size"),
          ("drugs/shared", "drugs/body_size", "drugs/zoledronate", "drugs/pamidronate", "drugs/neridronate",
           "drugs/alendronate", "drugs/risedronate", "drugs/ibandronate")),
    Organ("biologics", "Antibodies and teriparatide", "", (), ("care.biologics.kinetics",),
          ("care/biologics/denosumab", "care/biologics/reservoir", "care/biologics/romosozumab",
           "care/biologics/setrusumab", "care/biologics/teriparatide")),
    Organ("readings", "What a scanner and a laboratory read", "", (),
          ("bone.scanner", "bone.sites", "bone.markers"), ("bone/scanner", "bone/sites", "bone/markers")),
    Organ("fractures", "Fractures", "recent imm Lam E N", (), ("model.hazard", "outcomes.fracture"),
          ("outcomes/fracture",)),
    Organ("pain-and-healing", "Pain, healing, spine and the ends of bones", "ache relief", ("fade",),
          ("outcomes.pain", "outcomes.pain_report", "outcomes.healing", "outcomes.spine",
           "outcomes.metaphysis", "outcomes.height"),
          ("outcomes/pain", "outcomes/pain_report", "outcomes/healing", "outcomes/spine",
           "outcomes/metaphysis", "outcomes/height")),
    Organ("harms", "Reactions and rare harms", "", (), ("outcomes.reactions", "outcomes.safety"),
          ("outcomes/reactions", "outcomes/safety")),
    Organ("people", "People: growth, density, types", "", (),
          ("people.growth", "people.size", "people.density", "people.bone_amount", "people.scan"),
          ("people/growth", "people/types", "people/traits", "people/density", "people/scan")),
)  # fmt: skip


def escaped(text: str) -> str:
    """Words as Markdown that says the same, with the blanks around them."""
    said = re.sub(r":\w+:`~?([^`]*)`", r"\1", re.sub(r"\s+", " ", text)).replace("``", "`")
    return re.sub(r"([\\*_<>\[\]|#$~])", r"\\\1", said)


def plain(text: str) -> str:
    """The same without blanks, for a cell of a table."""
    return escaped(text).strip()


def table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table in Markdown of cells that are Markdown already."""
    heads = list(heads)
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def code(text: str) -> str:
    """Python that stays as it is."""
    return f"```python\n{text.strip()}\n```"


def breakable(text: str) -> str:
    """A block of words, each line of which may be broken on a narrow screen."""
    return text.replace("```text", "{.words}\n```text")


def page(title: str, *parts: str) -> str:
    """A page in Markdown."""
    return "\n\n".join((f"# {title}", *filter(None, parts))) + "\n"


def state_of(symbols: Iterable[str]) -> str:
    """Symbols of the state with their units, from the words under each field."""
    (kind,) = (
        node for node in ast.parse(inspect.getsource(state.State)).body if isinstance(node, ast.ClassDef)
    )
    said: dict[str, str] = {}
    for field, words in zip(kind.body, kind.body[1:]):
        if isinstance(field, ast.AnnAssign) and isinstance(words, ast.Expr):
            said[ast.unparse(field.target)] = ast.literal_eval(words.value)
    return table(("symbol", "what"), ((f"`{name}`", plain(said[name])) for name in symbols))


def laws(module: str) -> Iterator[str]:
    """What a module is about, and what each of its equations says."""
    found = import_module(f"brittlestar.{module}")
    yield f"### `{module}`"
    yield breakable(f"```text\n{inspect.getdoc(found)}\n```")
    for name, function in vars(found).items():
        own = inspect.isfunction(function) and function.__module__ == found.__name__
        if own and not name.startswith(("_", "load_")) and function.__doc__:
            yield breakable(law(f"{found.__name__}.{name}"))


def value(said: Any) -> str:
    """A number, several, or one by name."""
    if isinstance(said, Mapping):
        return ", ".join(f"{name} {value(part)}" for name, part in said.items())
    if isinstance(said, list):
        return f"({', '.join(map(value, said))})"
    return f"{said:g}" if isinstance(said, float) else str(said)


def linked(source: str) -> str:
    """A source whose ``ref:id`` leads to the bibliography."""
    parts = re.split(r"ref:([a-z0-9_]+)", source)
    return "".join(
        f"[{plain(part)}](#ref-{part})" if i % 2 else escaped(part) for i, part in enumerate(parts)
    )


def numbers(file: str, rows: Mapping[str, Parameter]) -> str:
    """The numbers of a parameter file."""
    lines = (
        (f"`{one.name}`", plain(value(one.value)), plain(one.unit), plain(one.meaning), one.status,
         linked(one.source) + (f"; {linked(one.note)}" if one.note else ""))
        for one in rows.values()
    )  # fmt: skip
    heads = ("name", "value", "unit", "meaning", "status", "source")
    return f"### `{file}.toml`\n\n{table(heads, lines)}"


def organ(one: Organ) -> str:
    """A page of the model."""
    every, parts = every_parameter(), []
    if one.symbols:
        parts += ["## Symbols", state_of(one.symbols.split())]
    if one.rates:
        parts += ["## Rates of change", "As the model states them, per day, in `model/equations.py`."]
        parts += [code(inspect.getsource(getattr(equations, name))) for name in one.rates]
    parts += ["## Laws", *(part for module in one.modules for part in laws(module))]
    return page(one.title, *parts, "## Numbers", *(numbers(file, every[file]) for file in one.numbers))


def other_numbers() -> str:
    """Numbers of care, trials and the rest, which belong to no organ."""
    told = {file for one in ORGANS for file in one.numbers}
    rest = (numbers(file, rows) for file, rows in every_parameter().items() if file not in told)
    return page("Numbers outside the body", "Of care and measurement.", "## Numbers", *rest)


def readings() -> str:
    """Every output with its unit."""
    said = "What can be read from every course, by name; `compare(...).table()` has them by month."
    return page("Outputs", said, table(("name", "unit"), ((f"`{n}`", plain(u)) for n, u in UNITS.items())))


def entry(one: Reference) -> str:
    """A line of the bibliography that others lead to."""
    ways = {
        "DOI": one.doi and f"https://doi.org/{one.doi}",
        "PubMed": one.pmid and f"https://pubmed.ncbi.nlm.nih.gov/{one.pmid}/",
    }
    links = ", ".join(f"[{name}](<{address}>)" for name, address in ways.items() if address)
    return f"(ref-{one.id})=\n{plain(one.in_words)}{f' {links}' if links else ''}"


def bibliography() -> str:
    """Every reference of the project."""
    found = sorted(references().values(), key=lambda one: one.order)
    said = "What numbers, plans, trials and studies rest on; `brittlestar cite` prints it for a run."
    return page("Bibliography", said, *map(entry, found))


def forms() -> dict[str, Any]:
    """Examples of everything a plan may say, by kind, and of what is refused."""
    return tomllib.loads((ROOT / "docs" / "plans" / "forms.toml").read_text(encoding="utf-8"))


def refusal(words: str) -> str:
    """What is answered to words that are no plan.

    Raises:
        ValueError: they are one.
    """
    try:
        parse(words)
    except InputError as error:
        return str(error)
    raise ValueError(f"{words!r} is read and should be refused")


def plan_forms() -> str:
    """Every form of a plan, read when this page is made."""
    said = forms()
    parts = [
        f"## {title}\n\n"
        + table(("said", "read as"), ((f"`{one}`", f"`{parse(one).in_words()}`") for one in examples))
        for title, examples in said["read"].items()
    ]
    refused = table(("said", "answer"), ((f"`{one}`", plain(refusal(one))) for one in said["refused"]))
    return page(
        "Every form, tried",
        "Each line was read when this page was built: left what was said, right the plan in its own words.",
        *parts,
        f"## What is refused, and the answer\n\n{refused}",
    )


def plan_words() -> str:
    """The words of plans and the published regimens, as the parser knows them."""
    known = words_of_plans().items()
    kinds = (f"## {kind}\n\n{', '.join(f'`{word}`' for word in words)}" for kind, words in known)
    plans = {name: published(name) for name in published_names()}
    rows = (
        (f"`{name}`", f"`{plan.in_words()}`", linked("; ".join(plan.sources)), plain(plan.note))
        for name, plan in plans.items()
    )
    regimens = table(("name", "plan", "source", "note"), rows)
    return page("Words and published regimens", *kinds, "## Published regimens", regimens)


def commands() -> Iterator[str]:
    """Names of every command."""
    return (name for name in app if not name.startswith("-"))


def command_pages() -> str:
    """The help of every command, as it prints itself."""
    parts = (f"## {name}\n\n```{{command-output}} brittlestar {name} --help\n```" for name in commands())
    return page("Commands", "`brittlestar COMMAND --help` prints each of these.", *parts)


def physiology() -> str:
    """The index of physiology, with its pages below it in the menu."""
    text = (ROOT / "docs" / "physiology" / "README.md").read_text(encoding="utf-8")
    return f"{text}\n```{{toctree}}\n:hidden:\n:glob:\n\n*\n```\n"


def pages() -> dict[str, str]:
    """Every such page by its path."""
    found = {f"model/{one.file}.md": organ(one) for one in ORGANS}
    found |= {"model/other-numbers.md": other_numbers(), "model/outputs.md": readings()}
    found |= {"physiology/README.md": physiology()}
    found |= {"plans/forms.md": plan_forms(), "plans/words.md": plan_words()}
    return found | {"reference/bibliography.md": bibliography(), "reference/commands.md": command_pages()}


def petab_counts() -> str:
    """How much of the calibration PEtab can say, and why not the rest."""
    known = fit_targets()
    found = Counter(why_not(known, target) or "expressed" for target in known.fitted)
    said = f"{found.pop('expressed')} of {len(known.fitted)} fitted targets are expressed; not expressed are"
    reasons = table(("targets", "why"), ((str(count), plain(why)) for why, count in found.most_common()))
    every, at_entry = (len(fitted_by_name(later)) for later in (True, False))
    named = f"{every} of {len(free_parameters())} fitted numbers can be named, at entry {at_entry}."
    return f"{said}\n\n{reasons}\n\n{named}\n"


def parts() -> dict[str, str]:
    """What pages include, by its path."""
    return {"petab-counts.txt": petab_counts()}


def write(folder: Path) -> None:
    """Write below a folder those that changed."""
    for path, text in (pages() | parts()).items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            file.write_text(text, encoding="utf-8")
