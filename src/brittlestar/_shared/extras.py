"""What a plain install leaves out: libraries of an extra, and one sentence where one of them is missing."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from brittlestar._shared.errors import InputError


class MissingExtra(InputError):
    """A library that a plain install does not have is needed; the message has the line that installs it."""


@contextmanager
def needs(extra: str, where: str) -> Iterator[None]:
    """Imports within belong to an extra of this package.

    Args:
        extra: its name in ``pyproject.toml``.
        where: what asks for it, as the message begins.

    Raises:
        MissingExtra: one of the libraries is not installed.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        name = error.name or ""
        if name.partition(".")[0] in ("", "brittlestar"):
            raise
        cure = f"needs {name}: pip install 'brittlestar[{extra}]'"
        raise MissingExtra(where, f"no {name}", cure) from None


def library(name: str, extra: str, where: str) -> Any:
    """A library of an extra, by its name.

    Raises:
        MissingExtra: it is not installed.
    """
    with needs(extra, where):
        return import_module(name)
