"""Texts of protocols: those that ship, by name, and anybody's own TOML; nothing heavy loads."""

import os
import tomllib
import warnings
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple

from brittlestar._shared.errors import InputError, nearest
from brittlestar._shared.user_files import read_text, toml_fields

REPLICATES_OF_ALL = 50
"""How often each shipped trial is run where all are and nothing else is asked for."""


def library() -> tuple[str, ...]:
    """Names of the protocols that ship with the package."""
    folder = resources.files("brittlestar.trials").joinpath("library")
    return tuple(sorted(f.name[:-5] for f in folder.iterdir() if f.name.endswith(".toml")))


@cache
def studies_of_library() -> dict[str, str]:
    """Name of a shipped protocol -> id of the published study that it is made from."""
    folder = resources.files("brittlestar.trials").joinpath("library")
    texts = {name: folder.joinpath(f"{name}.toml").read_text(encoding="utf-8") for name in library()}
    return {name: tomllib.loads(text).get("study", "") for name, text in texts.items()}


def shipped(word: str) -> str | None:
    """The shipped protocol of this name, or made from the study of this id; upper and lower case are one.

    Warns:
        UserWarning: the word is the id of a study, not of a trial: both are named.
    """
    asked = word.lower()
    if asked in library():
        return asked
    for name, study in studies_of_library().items():
        if study and asked == study.lower():
            warnings.warn(f"{study} is a study; the trial made from it is {name}", stacklevel=2)
            return name
    return None


def protocol_text(name_or_path: str) -> tuple[str, str]:
    """Text of a protocol and where it stands, from a shipped name or a file.

    Raises:
        InputError: no such protocol or file, empty, or not UTF-8.
    """
    if not isinstance(name_or_path, str):
        raise InputError("protocol", name_or_path, "accepted: a trial's name or the path of a TOML file")
    path = Path(name_or_path)
    if path.suffix != ".toml" and (name := shipped(name_or_path)) is not None:
        file: Any = resources.files("brittlestar.trials").joinpath("library", f"{name}.toml")
        return file.read_text(encoding="utf-8"), f"{name}.toml"
    if path.suffix != ".toml" and not os.path.exists(path):
        listed = "brittlestar trial list"
        raise InputError("trial", name_or_path, f"a .toml file or {nearest(name_or_path, library(), listed)}")
    text = read_text(path, "TOML file of a protocol")
    if not text.strip():
        raise InputError(str(path), "an empty file", "accepted: a protocol in TOML; see docs/protocol.md")
    return text, path.name


class TrialSize(NamedTuple):
    """How large one run of a trial is."""

    name: str
    people: int
    years: float


def size(name_or_path: str) -> TrialSize | None:
    """Of a protocol whose text says people and years; of others nothing: loading them tells why."""
    text, where = protocol_text(name_or_path)
    fields = toml_fields(text, where)
    population, design = fields.get("population"), fields.get("design")
    if not isinstance(population, dict) or not isinstance(design, dict):
        return None
    people, years = population.get("randomised"), design.get("years")
    if not isinstance(people, int) or not isinstance(years, int | float):
        return None
    return TrialSize(str(fields.get("id", name_or_path)), people, years)
