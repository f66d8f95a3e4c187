"""The data dictionary of an event table: units, what is given, what is observed, codes, and every column."""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Self

from brittlestar._shared.errors import InputError, nearest
from brittlestar._shared.user_files import json_content, read_text
from brittlestar.care.biologics import BIOLOGICS
from brittlestar.drugs.catalogue import DRUGS, routes
from brittlestar.exchange.events.units import amount_unit, time_unit

SCHEMA = "brittlestar/events/1"
SUFFIX = ".dictionary.json"
"""A table ``trial.csv`` has its dictionary in ``trial.dictionary.json``."""


FRACTURE = "fracture_"
"""Before the site: what is observed where bones break."""


@dataclass(frozen=True)
class Substance:
    """What a compartment receives.

    Args:
        drug: name.
        route: ``iv`` or ``oral`` of a bisphosphonate; its own if left out; of a biologic nothing.
    """

    drug: str
    route: str = ""

    @classmethod
    def of(cls, drug: Any, route: Any = "", where: str = "drug") -> Self:
        """With the drug's own route.

        Raises:
            InputError: an unknown drug, or a route by which it is not given.
        """
        name = str(drug).strip().lower()
        if name in BIOLOGICS:
            return cls(name)
        if name not in DRUGS:
            raise InputError(where, drug, nearest(name, (*DRUGS, *BIOLOGICS)))
        possible = routes(name)
        if route and route not in possible:
            raise InputError(where, f"{name} {route}", f"{name} is given {' or '.join(possible)}")
        if not route and len(possible) > 1:
            raise InputError(
                where, name, f"accepted: with its route in the dictionary, {' or '.join(possible)}"
            )
        return cls(name, str(route) or "".join(possible))


@dataclass(frozen=True)
class Dictionary:
    """What the numbers of a table mean.

    Args:
        time_unit: of TIME, II and DUR.
        amount_unit: of AMT.
        compartments: CMT -> what is given there.
        observed: DVID -> measure.
        codes: column -> code -> word.
        columns: column -> ``meaning``, ``unit``; of a written table.
        about: where a written table comes from.
    """

    time_unit: str = ""
    amount_unit: str = ""
    compartments: Mapping[str, Substance] = field(default_factory=dict)
    observed: Mapping[str, str] = field(default_factory=dict)
    codes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    columns: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    about: Mapping[str, Any] = field(default_factory=dict)

    def told(self, time: str | None, amount: str | None, drug: str | None) -> Self:
        """With what is said beside it.

        Raises:
            InputError: one thing said in two ways.
        """
        found = {}
        for name, said, own, read in (
            ("time_unit", time, self.time_unit, time_unit),
            ("amount_unit", amount, self.amount_unit, amount_unit),
        ):
            if said is None:
                continue
            if own and read(said, name) != own:
                raise InputError(name, said, f"accepted: {own}, as the dictionary says")
            found[name] = read(said, name)
        if drug is not None:
            found["compartments"] = {"": Substance.of(drug)} | dict(self.compartments)
        return replace(self, **found)

    def to_json(self) -> str:
        """As the text of its file."""
        return json.dumps({"schema": SCHEMA} | asdict(self), indent=1, ensure_ascii=False) + "\n"


def dictionary_of(path: str | os.PathLike[str]) -> Path:
    """Where the dictionary of a table stands."""
    return Path(path).with_suffix(SUFFIX)


def read_dictionary(path: str | os.PathLike[str]) -> Dictionary:
    """A dictionary from its file.

    Raises:
        InputError: no such file, no dictionary, unknown fields, units or drugs.
    """
    where = Path(path).name
    content = json_content(read_text(path, "dictionary"), where, "a data dictionary in JSON")
    if not isinstance(content, dict) or content.pop("schema", None) != SCHEMA:
        raise InputError(where, "schema", f"accepted: a dictionary with schema {SCHEMA!r}")
    known = Dictionary.__dataclass_fields__
    for name, value in content.items():
        if name not in known:
            raise InputError(where, name, nearest(name, known))
        wanted = str if name.endswith("_unit") else dict
        if not isinstance(value, wanted):
            raise InputError(f"{where}: {name}", value, f"accepted: a {'text' if wanted is str else 'table'}")
    given: dict[str, Any] = dict(content)
    for name, read in (("time_unit", time_unit), ("amount_unit", amount_unit)):
        if given.get(name):
            given[name] = read(given[name], f"{where}: {name}")
    given["compartments"] = {
        str(number): Substance.of(said.get("drug"), said.get("route", ""), f"{where}: compartments.{number}")
        for number, said in _tables(content.get("compartments", {}), f"{where}: compartments")
    }
    given["codes"] = {
        column: {str(code): str(word) for code, word in codes.items()}
        for column, codes in _tables(content.get("codes", {}), f"{where}: codes")
    }
    given["observed"] = {str(key): str(word) for key, word in content.get("observed", {}).items()}
    return Dictionary(**given)


def _tables(content: dict[str, Any], where: str) -> list[tuple[str, dict[str, Any]]]:
    for name, value in content.items():
        if not isinstance(value, dict):
            raise InputError(f"{where}.{name}", value, "accepted: a table")
    return list(content.items())
