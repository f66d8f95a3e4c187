"""Every number of the model and where it comes from, read from the parameter files."""

import json
import re
import tomllib
from collections.abc import Iterable
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple

from brittlestar._shared.errors import InputError, nearest
from brittlestar._shared.parameter_files import Parameter, load
from brittlestar._shared.user_files import MOST_RESULT_BYTES, json_content, read_text
from brittlestar.drugs.catalogue import DRUGS

ROOMS = ("people", "drugs", "bone", "outcomes", "care", "trials")
UNSOURCED = ("assumed", "calibrated")


class Source(NamedTuple):
    """One source and what rests on it."""

    source: str
    supports: list[str]


def groups() -> dict[str, dict[str, Parameter]]:
    """``room/file`` -> numbers of that parameter file."""
    found = {}
    for room in ROOMS:
        for file in sorted(resources.files(f"brittlestar.{room}").iterdir(), key=lambda file: file.name):
            if file.name.endswith(".toml") and _holds_parameters(file.read_text(encoding="utf-8")):
                found[f"{room}/{file.name.removesuffix('.toml')}"] = load(f"brittlestar.{room}", file.name)
    return found


def _holds_parameters(text: str) -> bool:
    return any(isinstance(entry, dict) and "value" in entry for entry in tomllib.loads(text).values())


def select(group: str | None = None, assumed: bool = False) -> dict[str, list[Parameter]]:
    """Numbers of a room, a file or all, by file; with ``assumed`` only those that rest on no source.

    Raises:
        InputError: no such room or file, with the nearest match.
    """
    every = groups()
    chosen = every
    if group is not None:
        word = group.removesuffix(".toml").strip("/")
        chosen = {name: rows for name, rows in every.items() if word in (name, *name.split("/"))}
        if not chosen:
            known = [*ROOMS, *(name.split("/")[1] for name in every)]
            raise InputError("group", group, nearest(word, known, "brittlestar parameters"))
    return {
        name: kept
        for name, rows in chosen.items()
        if (kept := [row for row in rows.values() if not assumed or row.status == "assumed"])
    }


def sources(run: Path | None = None) -> list[Source]:
    """Sources of a run in a directory, or of all parameter files; most used first, then what has none.

    Raises:
        InputError: a directory that holds no run.
    """
    supports: dict[str, list[str]] = {}
    drugs: Iterable[str] = DRUGS
    if run is not None:
        content = _content(run)
        words = json.dumps(content, ensure_ascii=False).lower()
        drugs = [drug for drug in DRUGS if drug in words]
        for source, what in _of_run(content, run):
            supports.setdefault(source, []).append(what)
    unused = {f"drugs/{drug}" for drug in set(DRUGS) - set(drugs)}
    for group, rows in groups().items():
        if group not in unused:
            for row in rows.values():
                for source in _split(row):
                    supports.setdefault(source, []).append(f"{group}: {row.name}")
    ranked = sorted(supports.items(), key=lambda item: (item[0] in UNSOURCED, -len(item[1]), item[0]))
    return [Source(source, what) for source, what in ranked]


def _split(row: Parameter) -> list[str]:
    """The addresses in a source's text, or the status where there is none."""
    found = re.findall(r"doi:\S+|PMID:? ?\d+|PMC\d+(?!\S*/)|https?://[^\s,;()]+", row.source)
    return [source.rstrip(".") for source in found] or [
        row.source if row.status == "sourced" else "calibrated" if row.status == "calibrated" else "assumed"
    ]


def _content(run: Path) -> dict[str, Any]:
    for name in ("results.json", "summary.json"):
        file = run / name
        if file.exists():
            content = json_content(read_text(file, "run", MOST_RESULT_BYTES), str(file))
            if isinstance(content, dict) and str(content.get("schema", "")).startswith("brittlestar/"):
                return content
    raise InputError("run", str(run), "accepted: a directory that `trial` or `simulate` wrote with --out")


def _of_run(content: dict[str, Any], run: Path) -> list[tuple[str, str]]:
    """Source and what it supports, of a run's file as any hand may have left it."""
    try:
        found = [(source, "the plan") for source in content.get("plan", {}).get("sources", [])]
        found += [(source, "the trial") for source in content.get("trial", {}).get("sources", [])]
        found += [
            (endpoint["published"]["source"], f"published: {endpoint['label']}")
            for endpoint in content.get("endpoints", [])
            if endpoint.get("published")
        ]
    except (AttributeError, KeyError, TypeError):
        found = None
    if found is None or not all(isinstance(source, str) for source, _ in found):
        raise InputError("run", str(run), "accepted: results with sources as the run wrote them")
    return found
