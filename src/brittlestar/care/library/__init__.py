"""Published regimens by name, one TOML file each, with their sources."""

from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from brittlestar._shared.errors import InputError, nearest

if TYPE_CHECKING:
    from brittlestar.care.plan import Plan


@cache
def names() -> tuple[str, ...]:
    """Names of the published regimens."""
    files = resources.files("brittlestar.care.library").iterdir()
    return tuple(sorted(file.name.removesuffix(".toml") for file in files if file.name.endswith(".toml")))


def published(name: str) -> "Plan":
    """A published regimen, without an end; ``plan.lasting("3 years")`` gives it one.

    Raises:
        InputError: unknown name, with the nearest match.
    """
    from brittlestar.care.plan import Plan

    if name not in names():
        raise InputError("published regimen", name, nearest(name, names()))
    text = resources.files("brittlestar.care.library").joinpath(f"{name}.toml").read_text(encoding="utf-8")
    return Plan.from_toml(text, f"care/library/{name}.toml")
