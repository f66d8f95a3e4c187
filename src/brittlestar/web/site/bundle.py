"""Modules of the page as one script that needs no module loader: a file opened from disk may load none.

The page's modules are written in a few plain forms, each on a line of its own; no other is understood:
``import { a, b as c } from "./x.js";``, ``import * as x from "./x.js";``, and ``export`` before ``const``,
``function``, ``async function`` or ``class``.
"""

import re
from collections.abc import Mapping
from functools import cache
from importlib import resources
from pathlib import PurePosixPath

_IMPORT = re.compile(
    r'^import (?:\{ (?P<names>[^}]*) \}|\* as (?P<whole>\w+)) from "(?P<path>[^"]+)";$', re.M
)
_EXPORT = re.compile(r"^export (?=(?:const|(?:async )?function|class) ([\w$]+))", re.M)
_LEFT = re.compile(r"^(?:import|export)\b.*$", re.M)


def bundle(entry: str, instead: Mapping[str, str] | None = None) -> str:
    """One script of a module and all that it imports, in strict mode.

    Args:
        entry: path of the module in ``static``.
        instead: path of a module that stands in for another.

    Raises:
        ValueError: a form that is not understood, or modules that import each other in a circle.
    """
    order: list[str] = []
    parts = [_part(path, order, instead or {}) for path in _sorted(entry, instead or {}, order)]
    return '"use strict";\n(() => {\nconst modules = [];\n' + "".join(parts) + "})();\n"


@cache
def text_of(path: str) -> str:
    """A module as it is written."""
    return (resources.files("brittlestar.web") / "static" / path).read_text(encoding="utf-8")


def _target(path: str, said: str, instead: Mapping[str, str]) -> str:
    steps: list[str] = []
    for step in (PurePosixPath(path).parent / said).parts:
        steps = steps[:-1] if step == ".." else [*steps, step]
    found = "/".join(steps)
    return instead.get(found, found)


def _sorted(entry: str, instead: Mapping[str, str], order: list[str]) -> list[str]:
    """Paths, each after those that it imports."""
    above: list[str] = []

    def visit(path: str) -> None:
        if path in order:
            return
        if path in above:
            raise ValueError(f"{path} imports itself, through {' and '.join(above)}")
        above.append(path)
        for found in _IMPORT.finditer(text_of(path)):
            visit(_target(path, found["path"], instead))
        above.remove(path)
        order.append(path)

    visit(entry)
    return order


def _part(path: str, order: list[str], instead: Mapping[str, str]) -> str:
    def taken(found: re.Match[str]) -> str:
        number = order.index(_target(path, found["path"], instead))
        names = found["whole"] or "{ " + found["names"].replace(" as ", ": ") + " }"
        return f"const {names} = modules[{number}];"

    text = text_of(path)
    exported = [found[1] for found in _EXPORT.finditer(text)]
    text = _EXPORT.sub("", _IMPORT.sub(taken, text))
    left = _LEFT.search(text)
    if left:
        raise ValueError(f"{path}: got {left[0]!r}; accepted: what `bundle` says")
    given = f"return {{ {', '.join(exported)} }};"
    return f"// {path}\nmodules[{order.index(path)}] = (() => {{\n{text}{given}\n}})();\n"
