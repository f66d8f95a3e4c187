"""Parameter files: every number in TOML beside its physiology, with unit, source and how sure we are.

One table per number::

    [kC]
    value = 25.0
    unit = "1/y"
    meaning = "turnover rate of active osteoclasts"
    source = "assumed"                # names references (references.py), or: assumed, calibrated
    status = "assumed"                # sourced | derived | assumed | calibrated
    range = [10.0, 60.0]              # optional: plausible values, which hold the value too
    log_sd = 0.5                      # optional: SD of ln(value) as the source states it
    prior = { centre = 20.0, log_sd = 0.4, origin = "design value before any fit" }  # if a fit may move it

``value`` may be a list or a table of named values (``{healthy = 1.0, I = 1.7}``); a table keeps its order,
and a prior is then that of one member (``[kC.prior.I]``). Inside the model time is in days: values are
converted once, here, from the unit that the source prints.

A file may also have one table named ``about`` that is no number: what else is said of the thing it describes.
"""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any

import numpy as np

from brittlestar._shared.errors import InputError, nearest

DAYS_PER_YEAR = 365.25
DAYS_PER_MONTH = DAYS_PER_YEAR / 12.0

_FACTOR = {
    "-": 1.0, "x": 1.0, "1/day": 1.0, "day": 1.0, "y": DAYS_PER_YEAR, "1/y": 1 / DAYS_PER_YEAR, "week": 7.0,
    "mm": 1.0, "1/mm": 1.0, "mm/y": 1 / DAYS_PER_YEAR, "um": 1.0, "cm": 1.0, "m2": 1.0, "kg": 1.0, "g": 1.0,
    "g/cm2": 1.0, "g/mol": 1.0, "nmol/day": 1.0, "nmol/L": 1.0, "mmol/L": 1.0, "L": 1.0, "L/day": 1.0,
    "mg": 1.0, "mg/day": 1.0, "mg*y/day": DAYS_PER_YEAR, "mg/kg": 1.0, "mL/min": 1.44, "mL/min/1.73m2": 1.44,
    "h": 1.0 / 24.0, "age_y": 1.0, "1/age_y": 1.0, "postmenstrual_week": 1.0, "points": 1.0, "%": 0.01,
    "IU/day": 1.0, "cm2": 1.0,
}  # fmt: skip
"""Unit -> factor to the internal unit. ``age_y`` marks a position on the age axis, which stays in years."""

ABOUT = "about"
"""The one table of a parameter file that is no number."""

STATUSES = ("sourced", "derived", "assumed", "calibrated")
_REQUIRED = ("value", "unit", "meaning", "source", "status")
_OPTIONAL = ("range", "log_sd", "prior", "applies_to", "note", "symbol")


@dataclass(frozen=True)
class Prior:
    """What was held of a number before any fit: ln(value) is normal about ln(centre)."""

    centre: float
    """in the unit of the file; no centre is the result of the fit that it enters"""
    log_sd: float
    origin: str
    """where the centre comes from"""
    note: str = ""
    follows: dict[str, float] = field(default_factory=dict)
    """other numbers that keep this ratio to the number, by path"""


@dataclass(frozen=True)
class Parameter:
    """One number of the model as its file states it, plus ``internal``: the value in model units."""

    name: str
    value: Any
    unit: str
    meaning: str
    source: str
    status: str
    where: str
    internal: np.ndarray
    range: tuple[float, float] | None = None
    log_sd: float | None = None
    priors: dict[str | None, Prior] = field(default_factory=dict)
    """of the number, or of those of its members that a fit may move"""
    applies_to: str | None = None
    note: str | None = None
    symbol: str | None = None

    @property
    def factor(self) -> float:
        """From the file's unit to the model's; the same to the last bit whatever the value in the file."""
        return _FACTOR[self.unit]


def _priors(stated: Any, value: Any, place: str) -> dict[str | None, Prior]:
    if stated is None:
        return {}
    by_member = stated if isinstance(value, dict) else {None: stated}
    try:
        found = {member: Prior(**entry) for member, entry in by_member.items()}
    except (AttributeError, TypeError):
        raise InputError(
            f"{place}.prior", stated, "accepted: centre, log_sd, origin, note, follows"
        ) from None
    for member in found:
        if member is not None and member not in value:
            raise InputError(f"{place}.prior", member, nearest(member, value))
    return found


def _range(stated: Any, value: Any, place: str) -> tuple[float, float] | None:
    if stated is None:
        return None
    match stated:
        case [int() | float() as low, int() | float() as high] if low <= high:
            pass
        case _:
            raise InputError(f"{place}.range", stated, "accepted: the lowest and the highest plausible value")
    members = value if isinstance(value, dict) else {"": value}
    for member, numbers in members.items():
        for number in np.ravel(numbers):
            if not low <= number <= high:
                raise InputError(
                    f"{place}.value{member and f'.{member}'}",
                    float(number),
                    f"accepted: its range, {low:g} to {high:g}",
                )
    return low, high


def _parse(name: str, entry: Any, where: str) -> Parameter:
    place = f"{where}: {name}"
    if not isinstance(entry, dict):
        raise InputError(place, entry, "accepted: a table with " + ", ".join(_REQUIRED))
    for key in entry:
        if key not in _REQUIRED + _OPTIONAL:
            raise InputError(f"{place}.{key}", key, nearest(key, _REQUIRED + _OPTIONAL))
    missing = [key for key in _REQUIRED if key not in entry]
    if missing:
        raise InputError(place, sorted(entry), f"missing: {', '.join(missing)}")
    if entry["unit"] not in _FACTOR:
        raise InputError(f"{place}.unit", entry["unit"], nearest(entry["unit"], _FACTOR))
    if entry["status"] not in STATUSES:
        raise InputError(f"{place}.status", entry["status"], nearest(entry["status"], STATUSES))
    raw = entry["value"]
    internal = (
        np.asarray(list(raw.values()) if isinstance(raw, dict) else raw, np.float64) * _FACTOR[entry["unit"]]
    )
    if not np.all(np.isfinite(internal)):
        raise InputError(f"{place}.value", raw, "accepted: finite numbers")
    fields = {**entry, "range": _range(entry.get("range"), raw, place)}
    priors = _priors(fields.pop("prior", None), raw, place)
    return Parameter(name=name, where=where, internal=internal, priors=priors, **fields)


def read_parameters(text: str, where: str) -> dict[str, Parameter]:
    """All parameters in TOML text; ``where`` names it in errors.

    Raises:
        InputError: an entry without unit, source or status, an unknown key or unit, or a value that is not
            finite or outside its own range.
    """
    entries = tomllib.loads(text).items()
    return {name: _parse(name, entry, where) for name, entry in entries if name != ABOUT}


@cache
def load(package: str, filename: str) -> dict[str, Parameter]:
    """All parameters of one file, e.g. ``load("brittlestar.bone", "remodelling.toml")``.

    Raises:
        InputError: see :func:`read_parameters`.
    """
    text = resources.files(package).joinpath(filename).read_text(encoding="utf-8")
    where = f"{package.rsplit('.', 1)[-1]}/{filename}"
    return read_parameters(text, where)


def about(package: str, filename: str) -> dict[str, Any]:
    """The table :data:`ABOUT` of a file, empty if it has none."""
    text = resources.files(package).joinpath(filename).read_text(encoding="utf-8")
    return tomllib.loads(text).get(ABOUT, {})


def fill[T: tuple](kind: type[T], filename: str | None = None) -> T:
    """A NamedTuple of internal values whose fields are exactly the names in the file.

    Args:
        kind: ``Cortex`` of ``bone/cortex.py`` is filled from ``bone/cortex.toml``.
        filename: of a file beside it whose name is not the module's.

    Raises:
        InputError: the file and the class do not name the same parameters.
    """
    package, _, module = kind.__module__.rpartition(".")
    filename = filename or f"{module}.toml"
    parameters = load(package, filename)
    fields: tuple[str, ...] = kind._fields  # type: ignore[attr-defined]
    if set(fields) != set(parameters):
        odd = sorted(set(fields) ^ set(parameters))
        raise InputError(f"{package}/{filename}", odd, f"the file must name exactly: {', '.join(fields)}")
    return kind(*(parameters[name].internal for name in fields))


def _toml_files(folder: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Folder and name of every TOML file of the package, below ``folder``, in alphabetical order."""
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        if file.is_dir():
            yield from _toml_files(file, f"{path}{file.name}/")
        elif file.name.endswith(".toml"):
            yield path, file.name


@cache
def every_parameter() -> dict[str, dict[str, Parameter]]:
    """``folder/file`` -> all numbers of that file, for every parameter file in any room of the package.

    A parameter file is one whose tables have a ``value``; other TOML files hold trials, studies or words.
    """
    root, found = resources.files("brittlestar"), {}
    for path, name in _toml_files(root):
        content = tomllib.loads(root.joinpath(path, name).read_text(encoding="utf-8"))
        if any(isinstance(entry, dict) and "value" in entry for entry in content.values()):
            package = ".".join(["brittlestar", *path.split("/")[:-1]])
            found[path + name.removesuffix(".toml")] = load(package, name)
    return found
