"""Modules of the page as one script that needs no module loader: a file opened from disk may load none.

The page's modules are written in a few plain forms, each on a line of its own; no other is understood:
``import { a, b as c } from "./x.js";``, ``import * as x from "./x.js";``, and ``export`` before ``const``,
``function``, ``async function`` or ``class``, with one name each. A module is run when it is first needed.
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
_SEVERAL = re.compile(r"^export const \w+ = [^(\[{;\n]*, \w+ = .*$", re.M)


def bundle(entry: str, instead: Mapping[str, str] | None = None) -> str:
    """One script of a module and all that it imports, in strict mode.

    Args:
        entry: path of the module in ``static``.
        instead: path of a module that stands in for another.

    Raises:
        ValueError: a form that is not understood, or modules that import each other in a circle.
    """
    order = _sorted((entry,), instead or {})
    return _script(order, instead or {}, f"need({order.index(entry)});")


def bundle_of(opening: str, entries: Mapping[str, str], instead: Mapping[str, str] | None = None) -> str:
    """One script of several screens: ``opened()`` of a module promises the name of the one that is run.

    Args:
        opening: path of that module.
        entries: path of the first module of each screen, by name.
        instead: path of a module that stands in for another.

    Raises:
        ValueError: see :func:`bundle`.
    """
    order = _sorted((opening, *entries.values()), instead or {})
    places = ", ".join(f"{name}: {order.index(path)}" for name, path in entries.items())
    start = f"need({order.index(opening)}).opened().then((name) => need({{ {places} }}[name]));"
    return _script(order, instead or {}, start)


@cache
def text_of(path: str) -> str:
    """A module as it is written."""
    return (resources.files("brittlestar.web") / "static" / path).read_text(encoding="utf-8")


def _script(order: list[str], instead: Mapping[str, str], start: str) -> str:
    parts = "".join(_part(path, order, instead) for path in order)
    return (
        '"use strict";\n(() => {\nconst modules = [], made = [], '
        f"need = (k) => (made[k] ??= modules[k]());\n{parts}{start}\n}})();\n"
    )


def _target(path: str, said: str, instead: Mapping[str, str]) -> str:
    steps: list[str] = []
    for step in (PurePosixPath(path).parent / said).parts:
        steps = steps[:-1] if step == ".." else [*steps, step]
    found = "/".join(steps)
    return instead.get(found, found)


def _sorted(entries: tuple[str, ...], instead: Mapping[str, str]) -> list[str]:
    """Paths, each after those that it imports."""
    order: list[str] = []
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

    for entry in entries:
        visit(entry)
    return order


def _part(path: str, order: list[str], instead: Mapping[str, str]) -> str:
    def taken(found: re.Match[str]) -> str:
        number = order.index(_target(path, found["path"], instead))
        names = found["whole"] or "{ " + found["names"].replace(" as ", ": ") + " }"
        return f"const {names} = need({number});"

    text = text_of(path)
    several, exported = _SEVERAL.search(text), [found[1] for found in _EXPORT.finditer(text)]
    text = _EXPORT.sub("", _IMPORT.sub(taken, text))
    left = _LEFT.search(text) or several
    if left:
        raise ValueError(f"{path}: got {left[0]!r}; accepted: what `bundle` says")
    given = f"return {{ {', '.join(exported)} }};"
    return f"// {path}\nmodules[{order.index(path)}] = () => {{\n{text}{given}\n}};\n"
