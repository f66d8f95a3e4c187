"""Names that a package loads when they are asked for: it stays quick to import."""

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def when_asked(package: str, home: Mapping[str, str]) -> Callable[[str], Any]:
    """A ``__getattr__`` for a package.

    Args:
        package: its ``__name__``.
        home: name -> the module below the package that has it; ``module:other`` where it is called otherwise
            there.

    Raises:
        AttributeError: in the function made, of a name that is not in ``home``.
    """

    def found(name: str) -> Any:
        if name not in home:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        module, _, own = home[name].partition(":")
        value = getattr(import_module(f"{package}.{module}"), own or name)
        setattr(sys.modules[package], name, value)
        return value

    return found
