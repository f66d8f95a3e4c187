"""How many studies, targets and tests there are: one function each, for the report and every document."""

import ast
from collections import Counter
from pathlib import Path

from brittlestar.evidence.calibration.points import fit_targets
from brittlestar.evidence.studies.split import USES, split

CHECKOUT = Path(__file__).resolve().parents[4]
"""The directory of the source, where the package is not installed elsewhere."""


def studies_counted() -> dict[str, int]:
    """Use -> studies; ``all`` of them together. A trial whose results have two uses is two studies."""
    found = Counter(place.use for place in split().studies.values())
    return {"all": sum(found.values()), **{use: found[use] for use in USES}}


def targets_counted() -> dict[str, int]:
    """``fitted`` targets, those only looked at, and ``all``."""
    every, fitted = len(fit_targets().targets), len(fit_targets().fitted)
    return {"all": every, "fitted": fitted, "looked at": every - fitted}


def tests_counted() -> dict[str, int] | None:
    """``functions`` that test and the ``files`` they are in; None without a checkout.

    A function that is run for several cases counts once.
    """
    files = sorted((CHECKOUT / "tests").rglob("test_*.py"))
    if not files:
        return None
    return {"functions": sum(map(_tests_of, files)), "files": len(files)}


def _tests_of(file: Path) -> int:
    nodes = ast.walk(ast.parse(file.read_text(encoding="utf-8")))
    return sum(isinstance(node, ast.FunctionDef) and node.name.startswith("test_") for node in nodes)
