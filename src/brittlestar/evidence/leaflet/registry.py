"""The check of every statement, gathered from the topics."""

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from brittlestar.evidence.leaflet import topics
from brittlestar.evidence.leaflet.check import StatementCheck
from brittlestar.evidence.leaflet.statements import statements


@cache
def checks() -> dict[str, StatementCheck]:
    """Statement -> its check, in the order of the statements.

    Raises:
        ValueError: a check of no statement, or two of one.
    """
    found: dict[str, StatementCheck] = {}
    for module in iter_modules(topics.__path__):
        for one in getattr(import_module(f"{topics.__name__}.{module.name}"), "CHECKS", ()):
            if one.statement not in statements() or one.statement in found:
                raise ValueError(f"{one.statement}: unknown, or has a check already")
            found[one.statement] = one
    return {id: found[id] for id in statements() if id in found}
