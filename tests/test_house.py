"""The house keeps its rules where the import contract cannot see: borders, sizes, the step on one screen."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "brittlestar"
FILES = sorted(PACKAGE.rglob("*.py"))
OUTSIDE = sorted(
    path for room in ("tests", "scripts", "benchmarks", "docs") for path in (ROOT / room).rglob("*.py")
)
"""What uses the package."""
TUPLE = {"_fields", "_replace", "_asdict", "_make", "_exit"}
"""Public names of the library that begin with a line."""


def private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


def borrowed(tree: ast.Module) -> Iterator[str]:
    """Private names of other modules that a module uses."""
    modules = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("brittlestar"):
            modules |= {alias.asname or alias.name for alias in node.names}
            yield from (f"{node.module}.{alias.name}" for alias in node.names if private(alias.name)
                        and node.module != "brittlestar")  # fmt: skip
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)):
            continue
        if node.value.id in modules and private(node.attr) and node.attr not in TUPLE:
            yield f"{node.value.id}.{node.attr}"


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("from brittlestar.report.trial import _figures", ["brittlestar.report.trial._figures"]),
        ("from brittlestar.report import power\npower._entry(1)", ["power._entry"]),
        ("from brittlestar import _shared", []),
        ("from brittlestar.model.state import State\nState._fields", []),
        ("self._own = other._own", []),
    ],
)
def test_a_borrowed_name_is_seen(code: str, found: list[str]):
    assert list(borrowed(ast.parse(code))) == found


def test_no_private_name_crosses_a_border():
    found = {
        str(path.relative_to(ROOT)): names
        for path in (*FILES, *OUTSIDE)
        if (names := list(borrowed(ast.parse(path.read_text(encoding="utf-8")))))
    }
    assert found == {}


def test_no_file_is_longer_than_five_hundred_lines():
    long = {path.name: n for path in FILES if (n := len(path.read_text(encoding="utf-8").splitlines())) > 500}
    assert long == {}


def test_no_room_is_named_as_one_of_its_modules():
    assert [path for path in FILES if path.stem == path.parent.name] == []


def test_the_model_takes_few_arguments_each_a_thing_of_the_field():
    """Six at most in the model; in ``bone``, ``drugs`` and ``outcomes`` an equation takes its symbols."""
    many = [
        f"{path.name}: {node.name}"
        for room in ("model", "engine")
        for path in sorted((PACKAGE / room).rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
        and len([a for a in node.args.args if a.arg not in ("self", "cls")]) > 6
    ]
    assert many == []


def test_the_order_of_a_step_fits_on_a_screen():
    tree = ast.parse((PACKAGE / "model" / "step.py").read_text(encoding="utf-8"))
    (step,) = (n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == "step")
    assert step.end_lineno is not None and step.end_lineno - step.lineno < 40
