"""Every number of the model and where it comes from, read from the parameter files."""

import json
import os
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

from brittlestar._shared.errors import InputError, nearest
from brittlestar._shared.parameter_files import Parameter, every_parameter
from brittlestar._shared.references import Reference, named_in, unlisted
from brittlestar._shared.user_files import MOST_RESULT_BYTES, json_content, read_text
from brittlestar.care.biologics.biologic import BIOLOGICS
from brittlestar.drugs.catalogue import DRUGS


class Source(NamedTuple):
    """One reference and what rests on it."""

    reference: Reference
    supports: list[str]


class Sources(NamedTuple):
    """What a run, or the model, rests on."""

    cited: list[Source]
    """in the order of a bibliography"""
    uncited: dict[str, int]
    """status -> numbers that rest on no reference"""


def select(group: str | None = None, assumed: bool = False) -> dict[str, list[Parameter]]:
    """Numbers of a room, a file or all, by file; with ``assumed`` only those that rest on no source.

    Raises:
        InputError: no such room or file, with the nearest match.
    """
    every = every_parameter()
    chosen = every
    if group is not None:
        word = group.removesuffix(".toml").strip("/")
        chosen = {name: rows for name, rows in every.items() if word in (name, *name.split("/"))}
        if not chosen:
            known = dict.fromkeys(part for name in every for part in name.split("/"))
            raise InputError("group", group, nearest(word, known, "brittlestar parameters"))
    return {
        name: kept
        for name, rows in chosen.items()
        if (kept := [row for row in rows.values() if not assumed or row.status == "assumed"])
    }


def sources(run: Path | None = None) -> Sources:
    """What a run in a directory rests on, or all parameter files.

    Raises:
        InputError: a directory that holds no run.
    """
    texts: list[tuple[str, str]] = []
    unused: list[str] = []
    if run is not None:
        content = _content(run)
        words = json.dumps(content, ensure_ascii=False).lower()
        unused = [drug for drug in (*DRUGS, *BIOLOGICS) if drug not in words]
        texts = _of_run(content, run)
    supports: dict[Reference, list[str]] = {}
    for text, what in texts:
        for reference in named_in(text) or ([] if text.startswith("assumed") else [unlisted(text)]):
            supports.setdefault(reference, []).append(what)
    uncited: Counter[str] = Counter()
    for group, rows in every_parameter().items():
        if group.split("/")[-1] not in unused:
            for row in rows.values():
                named = named_in(row.source)
                for reference in named:
                    supports.setdefault(reference, []).append(f"{group}: {row.name}")
                if not named:
                    uncited[row.status] += 1
    cited = sorted(supports.items(), key=lambda item: item[0].order)
    return Sources([Source(*item) for item in cited], dict(uncited))


def _content(run: Path) -> dict[str, Any]:
    for name in ("results.json", "summary.json"):
        file = run / name
        if os.path.isfile(file):  # False for a name that no file can have, where a Path fails.
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
