"""One published study as data: who, what was given, what was found, and how each number was read."""

import textwrap
import tomllib
import warnings
from collections.abc import Iterator
from functools import cache
from importlib import resources
from typing import Any, ClassVar, Literal

import polars as pl
from pydantic import BaseModel, ConfigDict, ValidationError, field_validator, model_validator

from brittlestar._shared.at_a_glance import Glance
from brittlestar._shared.errors import InputError, nearest
from brittlestar._shared.references import references
from brittlestar._shared.table import Column, Table
from brittlestar._shared.tabled import Tabled
from brittlestar.care import Plan, parse
from brittlestar.people.coding import TYPES, accepted_types
from brittlestar.trials.protocol_texts import studies_of_library

Read = Literal["primary", "secondary", "derived", "memory"]
"""primary: read in a text of the study itself (mostly its abstract); secondary: told by another text;
derived: arithmetic on read numbers; memory: not read anywhere, kept for completeness and used for nothing."""

BETWEEN = "between arms"
"""Arm of a result that compares arms."""


class Strict(BaseModel):
    """Content of a file of this room: exactly the fields named, and nothing changes it."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Source(Strict):
    """Where numbers were read."""

    what: str
    kind: str
    references: tuple[str, ...]
    """ids of the one table of references"""

    @field_validator("references")
    @classmethod
    def _known(cls, ids: tuple[str, ...]) -> tuple[str, ...]:
        for one in ids:
            if one not in references():
                raise ValueError(f"reference {one!r}: {nearest(one, references())}")
        return ids

    @property
    def address(self) -> str:
        """DOI, PMID, number or id of its first reference."""
        return references()[self.references[0]].address


class StudyPopulation(Strict):
    """Who took part; ``oi`` is false where none of them had osteogenesis imperfecta."""

    n: int | None = None
    oi: bool = True
    age_years: tuple[float, float] | None = None
    age_mean_years: float | None = None
    age_sd_years: float | None = None
    female: float | None = None
    severity: str | None = None
    entry: str | None = None
    types: dict[str, float] = {}
    source: tuple[str, ...] = ()
    note: str | None = None


class StudyArm(Strict):
    """What one group was given; ``plan`` in words for :func:`brittlestar.care.parse`, empty if none fit."""

    id: str
    n: int | None = None
    years: float | None = None
    plan: str = ""
    given: str = ""
    note: str | None = None

    @property
    def care(self) -> Plan | None:
        """The plan as an object, or ``None`` where the words of the project do not cover it."""
        if not self.plan:
            return None
        return parse(self.plan)


class Result(Strict):
    """One published number or statement."""

    arm: str
    measure: str
    read: Read
    months: float | None = None
    value: float | None = None
    range: tuple[float, float] | None = None
    sd: float | None = None
    se: float | None = None
    ci95: tuple[float, float] | None = None
    ci90: tuple[float, float] | None = None
    p: str | None = None
    n: int | None = None
    text: str | None = None
    source: tuple[str, ...] = ()
    note: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _one_source(cls, data: Any) -> Any:
        if isinstance(data, dict) and isinstance(data.get("source"), str):
            return {**data, "source": (data["source"],)}
        return data

    @model_validator(mode="after")
    def _something(self) -> "Result":
        if self.value is None and self.range is None and self.text is None:
            raise ValueError(f"{self.measure}: a value, a range or a text")
        if self.read in ("primary", "secondary") and not self.source:
            raise ValueError(f"{self.measure}: a number read somewhere names its source")
        for limits in (self.range, self.ci95, self.ci90):
            if limits is not None and limits[0] > limits[1]:
                raise ValueError(f"{self.measure}: limits in order, got {limits}")
        return self


class Study(Tabled, Strict):
    """A study as its file states it."""

    axes: ClassVar = ("arm", "measure", "months")
    row: ClassVar = "result"

    id: str
    cite: str
    design: str
    population: StudyPopulation
    notes: tuple[str, ...] = ()
    results: tuple[Result, ...] = ()
    arms: tuple[StudyArm, ...] = ()

    @model_validator(mode="after")
    def _consistent(self) -> "Study":
        arms = [arm.id for arm in self.arms]
        for result in self.results:
            if result.arm != BETWEEN and result.arm not in arms:
                raise ValueError(f"result of arm {result.arm!r}: {nearest(result.arm, [*arms, BETWEEN])}")
        for word in self.population.types:
            if word not in (*TYPES, "V"):
                raise ValueError(f"type {word!r}: {accepted_types(word)}")
        for arm in self.arms:
            _ = arm.care
        return self

    def table(self) -> pl.DataFrame:
        """Every published number: arm, measure, month, value, spread, how it was read and where."""
        rows = [
            result.model_dump() | {"source": "; ".join(map(_address, result.source))}
            for result in self.results
        ]
        for row in rows:
            for name in ("range", "ci95", "ci90"):
                ends = row.pop(name) or (None, None)
                row |= {f"{name}_low": ends[0], f"{name}_high": ends[1]}
        return pl.DataFrame(rows, infer_schema_length=None)

    def _glance(self) -> Glance:
        table = Table.of("arm", "measure", Column("month", right=True), "value", Column("read", comfort=0))
        for r in self.results:
            ends = f"{r.range[0]:g} to {r.range[1]:g}" if r.range else ""
            value = ends if r.value is None else f"{r.value:g}"
            month = "-" if r.months is None else f"{r.months:g}"
            table.row(
                r.arm,
                r.measure,
                month,
                value or textwrap.shorten(r.text or "", 30, placeholder=" ..."),
                r.read,
            )
        return Glance(f"{self.id}: {self.cite}; {self.design}", table)

    def usable(self) -> Iterator[Result]:
        """Results that may be compared with or fitted to: whatever was really read."""
        return (result for result in self.results if result.read != "memory")


def _address(key: str) -> str:
    return sources()[key].address


def _room() -> Any:
    return resources.files(__package__)


def study_files() -> dict[str, Any]:
    """Study id -> its file, in alphabetical order."""
    files = (f for f in _room().joinpath("records").iterdir() if f.name.endswith(".toml"))
    return {f.name.removesuffix(".toml"): f for f in sorted(files, key=lambda f: f.name)}


@cache
def sources() -> dict[str, Source]:
    """Source key -> where it can be found.

    Raises:
        InputError: an entry that does not fit.
    """
    table = tomllib.loads(_room().joinpath("sources.toml").read_text(encoding="utf-8"))
    try:
        return {key: Source(**entry) for key, entry in table.items()}
    except ValidationError as error:
        raise InputError(
            "evidence/studies/sources.toml", str(error), "accepted: what, kind, references"
        ) from None


@cache
def studies() -> dict[str, Study]:
    """All studies by id.

    Raises:
        InputError: a file that is not a study, an unknown source key, an id that is not its file's name.
    """
    return {name: read_study(name, file.read_text(encoding="utf-8")) for name, file in study_files().items()}


def read_study(name: str, text: str) -> Study:
    """One study from TOML text.

    Raises:
        InputError: see :func:`studies`.
    """
    where = f"evidence/studies/records/{name}.toml"
    try:
        study = Study(**tomllib.loads(text))
    except (ValidationError, TypeError, tomllib.TOMLDecodeError) as error:
        raise InputError(where, str(error), "accepted: a study as brittlestar.Study") from None
    if study.id != name:
        raise InputError(f"{where}: id", study.id, f"accepted: the file's name, {name!r}")
    keys = {key for result in study.results for key in result.source} | set(study.population.source)
    for key in sorted(keys):
        if key not in sources():
            raise InputError(f"{where}: source", key, nearest(key, sources()))
    return study


def study(name: str) -> Study:
    """One study by id, or by the name of the trial that is made from it; upper and lower case are one.

    Warns:
        UserWarning: the word is the name of a trial, not of a study: both are named.

    Raises:
        InputError: unknown id, with the nearest match.
    """
    by_lower = {known.lower(): known for known in studies()}
    asked = name.lower()
    if asked not in by_lower and asked in studies_of_library():
        asked = studies_of_library()[asked]
        warnings.warn(f"{name} is a trial; the study that it is made from is {asked}", stacklevel=2)
    if asked.lower() not in by_lower:
        raise InputError("study", name, nearest(name, studies(), "brittlestar evidence"))
    return studies()[by_lower[asked.lower()]]
