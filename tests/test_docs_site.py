"""Every page of the site can be reached, and what its blocks call exists; ``make docs`` runs the blocks."""

import ast
import json
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path
from runpy import run_path
from types import SimpleNamespace
from urllib.parse import parse_qsl

import pytest

import brittlestar
from brittlestar._shared.parameter_files import every_parameter
from brittlestar.care import parse
from brittlestar.charts.person import PANELS
from brittlestar.cli import app
from brittlestar.evidence.studies.pool_plans import plans
from brittlestar.model.parameters import EARLIER, SHIPPED
from brittlestar.web.requests import Compare, Explore

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
sys.path.append(str(ROOT / "scripts"))  # scripts of the site use one another
made = SimpleNamespace(**run_path(str(ROOT / "scripts" / "docs_pages.py")))
build = SimpleNamespace(**run_path(str(ROOT / "scripts" / "build_docs.py")))
MADE = made.pages()
PAGES = {str(path.relative_to(DOCS)): path.read_text("utf-8") for path in DOCS.rglob("*.md")} | MADE
CELL = re.compile(r"```\{code-cell\} python\n(.*?)```", re.DOTALL)
RUN = {name: cells for name, text in PAGES.items() if (cells := CELL.findall(text))}


def commands(text: str) -> list[str]:
    """Lines of a page that call the program, in blocks of every kind."""
    joined = text.replace("\\\n", " ")
    found = re.findall(r"^(?:```\{command-output\} |!|\$ )(brittlestar .*)$", joined, re.MULTILINE)
    return [re.split(r" +(?:[|>#]|2>) ?", line)[0] for line in found]


BLOCK = re.compile(r"^(`{3,})([^\n`]*)\n(.*?)^\1 *$", re.DOTALL | re.MULTILINE)
IS_RUN = {"{code-cell}", "{command-output}"}
IS_NO_CODE = {"text", "{toctree}", "{include}", "{literalinclude}", "{raw}", "{eval-rst}"}
IS_READ_ELSEWHERE = {"toml": "protocol.md", "js": "speed.md"}
"""Kind of block that is not run -> the page that has it; the first page of the site says who reads it."""


INVENTED = "newdronate"
"""The drug that a tutorial adds to a copy of the package."""
CALLS = sorted({line for text in PAGES.values() for line in commands(text)})


OF_A_PLAN = ("drug", "dose", "every_months", "for_years")
"""What an address says of each plan."""


def named(name: str) -> list[str]:
    """Pages that a page puts into the menu, as paths."""
    entries = []
    for options in re.findall(r"```\{toctree\}\n(.*?)```", PAGES[name], re.DOTALL):
        lines = [line for line in options.splitlines() if line and not line.startswith(":")]
        entries += [line for line in lines if line != "*"]
        entries += [page.stem for page in (DOCS / name).parent.glob("*.md") if "*" in lines]
    folder = DOCS / Path(name).parent
    return [str((folder / f"{entry}.md").resolve().relative_to(DOCS)) for entry in entries]


def not_run(name: str, text: str) -> list[str]:
    """Blocks of a page that are neither run nor of a kind that the first page of the site names."""
    found = []
    for _, said, content in BLOCK.findall(text):
        kind = said.partition(" ")[0]
        source = kind == "python" and name.startswith("model/")  # an excerpt of the model, made from it
        shell = kind == "console" and all(re.match(r"\$ |    ", line) for line in content.splitlines())
        elsewhere = kind == "r" or IS_READ_ELSEWHERE.get(kind) == name
        if kind not in IS_RUN | IS_NO_CODE and not (source or shell or elsewhere):
            found.append(f"{name}: {said or 'no kind'}: {content.splitlines()[0]}")
    return found


def test_every_block_is_run_or_of_a_kind_that_the_first_page_names():
    assert [fault for name, text in PAGES.items() for fault in not_run(name, text)] == []
    for word in ("`$`", "R (`make r`", "trial\nfiles", "JavaScript"):
        assert word in PAGES["index.md"], word


@pytest.mark.parametrize("kind", ["", "python", "toml", "console"])
def test_a_block_that_nobody_runs_is_found(kind):
    assert not_run("start.md", f"words\n\n```{kind}\nx = 1\n```\n") == [
        f"start.md: {kind or 'no kind'}: x = 1"
    ]
    assert not_run("start.md", "```{code-cell} python\nx = 1\n```\n\n```console\n$ make x\n```\n") == []


def test_functions_of_a_block_of_javascript_are_called_in_node():
    called = (ROOT / "tests" / "engine_in_node.mjs").read_text("utf-8")
    for _, said, content in BLOCK.findall(PAGES["speed.md"]):
        for names in re.findall(r"^import \{ (.+) \} from", content, re.MULTILINE) if said == "js" else ():
            assert [name for name in names.split(", ") if f"{name}(" not in called] == []


def test_every_page_of_the_menu_is_there_and_every_page_is_in_the_menu():
    reached, waiting = set(), ["index.md"]
    while waiting:
        page = waiting.pop()
        if page not in reached:
            assert page in PAGES, page
            reached.add(page)
            waiting += named(page)
    assert set(PAGES) - reached == set()


def test_every_link_to_a_page_leads_to_one():
    lost = []
    for name, text in PAGES.items():
        for target in re.findall(r"\]\(([^)#:\s]+\.md)(?:#[^)]*)?\)", text):
            path = ((DOCS / name).parent / target).resolve().relative_to(DOCS)
            lost += [] if str(path) in PAGES else [f"{name}: {target}"]
    assert lost == []


def test_blocks_are_python_and_name_nothing_that_is_not_there(tmp_path):
    """Ruff finds syntax errors, undefined and unused names; ``!`` lines are commands, see below."""
    for name, cells in RUN.items():
        lines = [line for cell in cells for line in cell.splitlines() if not line.startswith("!")]
        (tmp_path / name.replace("/", "-").replace(".md", ".py")).write_text("\n".join(lines) + "\n")
    rules = ["check", "--isolated", "--select", "E9,F", "--output-format", "json"]
    done = subprocess.run(
        [sys.executable, "-m", "ruff", *rules, str(tmp_path)], capture_output=True, text=True
    )
    assert [f"{Path(fault['filename']).name}: {fault['message']}" for fault in json.loads(done.stdout)] == []


def not_public(code: str) -> list[str]:
    """What a block imports of the package, or calls by it, that the page of the API does not have."""
    tree, found = ast.parse(re.sub(r"^!.*$", "", code, flags=re.MULTILINE)), []
    names = {"brittlestar"}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "brittlestar":
            asked = {alias.name for alias in node.names}
            public = set(brittlestar.__all__) if node.module == "brittlestar" else set()
            found += [f"{node.module}.{name}" for name in sorted(asked - public)]
        elif isinstance(node, ast.Import):
            ours = [alias for alias in node.names if alias.name.partition(".")[0] == "brittlestar"]
            found += [alias.name for alias in ours if alias.name != "brittlestar"]
            names |= {alias.asname for alias in ours if alias.asname}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in names:
            found += [] if node.attr in (*brittlestar.__all__, "__file__") else [f"brittlestar.{node.attr}"]
    return found


@pytest.mark.parametrize("name", [*sorted(RUN), "README.md"])
def test_a_page_imports_what_is_public(name):
    """How-tos and tutorials stay true from one version to the next."""
    text = (ROOT / name).read_text("utf-8") if name == "README.md" else PAGES[name]
    blocks = [content for _, kind, content in BLOCK.findall(text) if kind.split(" ")[-1] == "python"]
    assert blocks and [fault for code in blocks for fault in not_public(code)] == []
    assert all(hasattr(brittlestar, public) for public in brittlestar.__all__)


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("from brittlestar import compare\n!brittlestar version", []),
        ("from brittlestar.care import parse", ["brittlestar.care.parse"]),
        ("from brittlestar import care", ["brittlestar.care"]),
        ("import brittlestar.care", ["brittlestar.care"]),
        ("import brittlestar as bs\nbs.compare, bs.care.parse", ["brittlestar.care"]),
    ],
)
def test_a_private_name_on_a_page_is_seen(code, found):
    assert not_public(code) == found


def test_pages_name_every_parameter_set_every_pool_and_every_panel():
    (sets,) = re.findall(r"for name in \((.+)\):", PAGES["how-to/earlier-parameters.md"])
    assert re.findall(r"\w+", sets) == [SHIPPED, *reversed(EARLIER)]
    (pools,) = re.findall(r"for question in \((.+)\):", PAGES["how-to/pool.md"])
    assert set(re.findall(r"\w+", pools)) == set(plans())
    for text in (PAGES["how-to/one-output.md"], str(brittlestar.Comparison.plot.__doc__)):
        assert {panel.name for panel in PANELS} <= set(re.findall(r"\w+", text))


def test_what_a_page_includes_is_there():
    included = {Path(name) for text in PAGES.values() for name in re.findall(r"\{include\} (\S+)", text)}
    assert {str(path) for path in included if not (DOCS / path).exists()} == set(made.parts())


def test_how_much_of_the_calibration_petab_can_say_is_counted():
    said = made.petab_counts()
    expressed, every = map(int, re.findall(r"^(\d+) of (\d+) fitted targets", said)[0])
    left_out = sum(map(int, re.findall(r"^\| (\d+) \|", said, re.MULTILINE)))
    assert expressed > 0 and expressed + left_out == every


def resolved(link: str) -> str:
    """A page that an evidence page links to, by its path."""
    return str((DOCS / "evidence" / link).resolve().relative_to(DOCS))


def test_the_evidence_says_which_tables_are_printed_when_the_site_is_built():
    told = PAGES["evidence/index.md"].partition("**Printed when this site was built**")[2]
    lists = told.partition("```")[0].split("**Written earlier**")
    printed, written = ({resolved(page) for page in re.findall(r"\]\((.+?)\)", part)} for part in lists)
    assert {name for name in PAGES if name.startswith("evidence/")} - {"evidence/index.md"} == printed
    for name in printed:
        assert "```{command-output} brittlestar " in PAGES[name] and "\n| " not in PAGES[name], name
    made = {"physiology/README.md": "physiology --out", "validation-table.md": "predict --validation",
            "fractures-table.md": "predict --fractures", "calibration.md": "calibrate --out"}  # fmt: skip
    assert written == {*made, "validation.md", "calibration-tables.md"}
    for name, command in made.items():
        assert f"brittlestar {command} " in PAGES[name], name


@pytest.mark.parametrize("line", CALLS)
def test_a_command_has_its_options(line):
    words = shlex.split(line)[1:]
    command = words[0]
    if words[-1] in ("--help", "version") or command == "COMMAND":
        return
    known = set(made.commands())
    assert command in known
    function, bound, _ = app.parse_args(words, exit_on_error=False, print_error=False)
    assert callable(function) and bound is not None


def test_every_command_and_every_public_name_is_told():
    assert set(made.commands()) == set(re.findall(r"^## (\w+)$", MADE["reference/commands.md"], re.MULTILINE))
    text = PAGES["reference/api.md"]
    told = set(re.findall(r"^\.\. (?:auto\w+|data):: brittlestar\.(\w+)$", text, re.MULTILINE))
    assert told == set(brittlestar.__all__) - {"__version__"}


def test_every_command_is_told_beside_its_name_in_python():
    rows = [row.split("|")[2:4] for row in PAGES["reference/api.md"].splitlines() if row.startswith("| ")][1:]
    verbs = {verb for _, commands in rows for verb in re.findall(r"`brittlestar (\w+)", commands)}
    assert verbs == set(made.commands()) - {"version"}
    names = {name for names, _ in rows for name in re.findall(r"`(\w+)`", names)}
    assert {"simulate", "compare", "run_trial", "predict", "power", "study", "export_sbml"} <= names
    assert names <= set(brittlestar.__all__)
    assert brittlestar.simulate is brittlestar.compare


def test_every_number_of_the_model_stands_on_one_page():
    head = re.compile(r"^### `([\w/]+)\.toml`$", re.MULTILINE)
    heads = [file for text in MADE.values() for file in head.findall(text)]
    assert sorted(heads) == sorted(every_parameter())


def test_every_reference_that_is_linked_is_in_the_bibliography():
    text = "\n".join(PAGES.values())
    there = set(re.findall(r"^\(ref-(\w+)\)=$", text, re.MULTILINE))
    assert there and set(re.findall(r"\(#ref-(\w+)\)", text)) <= there


def test_a_model_page_says_symbols_rates_laws_and_numbers():
    text = MADE["model/trabeculae.md"]
    assert "| `n` | Tb.N" in text and "def trabeculae(" in text
    assert "dn/dt = renewal (nU e^{rho_s sup} - n)" in text
    gamM = next(line for line in text.splitlines() if line.startswith("| `gamM` |"))
    assert gamM.split(" | ")[1:3] == ["6.5", "-"] and "| assumed | assumed; range: " in gamM


def test_what_is_refused_is_refused_and_said():
    assert "did you mean 'zoledronate'" in made.refusal("zolendronate 0.05 mg/kg iv every 6 months")
    with pytest.raises(ValueError, match="should be refused"):
        made.refusal("no treatment")


def test_the_question_of_every_figure_is_one_that_the_page_offers():
    """An address with another choice is refused there."""
    asked = [
        dict(parse_qsl(found)) for text in PAGES.values() for found in re.findall(r"\.html\?([^\"]+)", text)
    ]
    assert len(asked) > 1
    for one in asked:
        told = {name: json.loads(value) if value[0].isdigit() else value for name, value in one.items()}
        plans = [
            {name: told.pop(f"{name}{k}") for name in OF_A_PLAN if f"{name}{k}" in told}
            for k in range(sum(name.startswith("drug") for name in told))
        ]
        course = {name: told.pop(name) for name in ("years", "seed")}
        if told.pop("screen", "explore") == "compare":
            asks = Compare.model_validate({"person": told, "plans": plans, **course}).plans
        else:
            (plan,) = plans
            asks = [Explore.model_validate({"person": told, "plan": plan, **course}).plan]
        assert len([one.plan() for one in asks]) == len(plans)


@pytest.mark.parametrize("path", sorted((DOCS / "tutorials").glob("*.md")), ids=lambda path: path.stem)
def test_a_tutorial_can_be_taken_along_as_it_ran(path):
    text = path.read_text("utf-8")
    assert re.findall(r"\{nb-download\}`[^<`]+<([^>]+)>`", text) == [f"{path.stem}.ipynb"]
    assert ('iframe class="live"' in text) == (path.stem != "trial"), "trials have no WebAssembly"


def test_every_plan_of_a_page_is_read():
    for text in PAGES.values():
        for plan in re.findall(r"--plan \"([^\"]+)\"", text):
            if INVENTED not in plan:
                parse(plan)


def test_the_grammar_knows_the_words_of_the_parser():
    grammar = (DOCS / "plans" / "grammar.lark").read_text("utf-8")
    for words in made.words_of_plans()["Other care"]:
        for word in words.split(" or "):
            assert word.split(" ")[0] in grammar, word
    for unit in made.words_of_plans()["Units of a dose"]:
        assert unit.replace("/", "\\/") in grammar, unit


def test_a_built_site_is_searched_for_faults(tmp_path):
    (tmp_path / "a.html").write_text(
        '<a href="b.html#here">b</a><a href="b.html#there">b</a><a href="c.html">c</a><a href="https://x.org">x</a>'
        '<img src="p.svg" alt=""><img src="p.svg" alt="p"><script src="https://x.org/y.js"></script>'
    )
    (tmp_path / "b.html").write_text('<p id="here">b</p>')
    (tmp_path / "p.svg").write_text("<svg/>")
    (tmp_path / "s.css").write_text("a { background: url(https://x.org/f.png) }")
    assert list(build.faults(tmp_path)) == [
        "a.html: a picture without words, p.svg",
        "a.html: fetches https://x.org/y.js from others",
        "a.html: b.html#there has no such place",
        "a.html: c.html leads nowhere",
        "s.css: fetches from others",
    ]


def test_the_libraries_of_the_site_are_declared():
    conf = run_path(str(DOCS / "conf.py"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    names = {line.partition(">")[0] for line in project["optional-dependencies"]["docs"]}
    used = {word.replace("_", "-").replace("sphinxcontrib.", "sphinxcontrib-") for word in conf["extensions"]}
    outside = {word for word in used if not word.startswith("sphinx.ext")} | {conf["html_theme"], "sphinx"}
    assert outside <= names
    assert names - outside == {"lark"}, "in the extra, and used by nothing"
