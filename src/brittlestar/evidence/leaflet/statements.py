"""The statements of the leaflet."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources

from brittlestar._shared.errors import InputError, nearest


@dataclass(frozen=True)
class Statement:
    """One statement of the leaflet."""

    id: str
    group: str
    says: str


@cache
def statements() -> dict[str, Statement]:
    """All statements by id, in their order."""
    text = resources.files(__package__).joinpath("statements.toml").read_text(encoding="utf-8")
    return {id: Statement(id, **entry) for id, entry in tomllib.loads(text).items()}


def chosen(only: tuple[str, ...]) -> tuple[str, ...]:
    """Ids of statements asked for, all if none.

    Raises:
        InputError: an id that is not there.
    """
    for id in only:
        if id not in statements():
            raise InputError("statement", id, nearest(id, statements()))
    return tuple(id for id in statements() if id in only or not only)
