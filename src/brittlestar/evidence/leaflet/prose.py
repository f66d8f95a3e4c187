"""The words of the checks: TOML files beside the topics, filled with what was measured.

A topic's file has a table per statement: ``summary``, ``notes`` and ``sources`` (ids of studies, or words),
the words of every claim under ``statement`` and ``evidence``, under ``origins`` where the evidence of each
claim is from (see ``origins.kind_of``, or that by kind of what is compared), label and unit of every number
under ``numbers``, the titles of a ``chart``, a ``diagnosis`` where the model may disagree, and under
``names`` what kinds are called; ``mechanism`` and ``suspect`` are read by the module ``mechanism``. Texts are
templates of ``str.format`` over what was measured; where a claim, a number or a series is one of several
kinds, ``{each}`` is its kind.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from importlib import resources
from typing import Any

from brittlestar.evidence.leaflet.limits import limits_of_evidence
from brittlestar.evidence.leaflet.number import Number
from brittlestar.evidence.leaflet.origins import kind_of
from brittlestar.evidence.leaflet.verdict import Claim, Finding
from brittlestar.evidence.studies.look_up import cite

TOPICS = f"{__package__}.topics"
"""Where the checks are, each module beside the file of its words."""


@cache
def all_words() -> dict[str, dict[str, Any]]:
    """Statement -> the words of its check."""
    files = (f for f in resources.files(TOPICS).iterdir() if f.name.endswith(".toml"))
    found = {}
    for file in sorted(files, key=lambda f: f.name):
        found |= tomllib.loads(file.read_text(encoding="utf-8"))
    return found


def written(
    statement: str, measured: Mapping[str, Any], said: Mapping[str, Any], seen: Mapping[str, Any]
) -> Finding:
    """A finding in words.

    Args:
        statement: id of the statement.
        measured: name -> number, text, or either by kind; ``chart`` and ``pages`` are taken as they are.
        said: claim about the statement -> whether it holds, or kind -> whether it holds.
        seen: claim about the evidence -> the same.

    Raises:
        KeyError: words for what was not measured or judged, or the other way round.
    """
    words = all_words()[statement]
    names = words.get("names", {})

    def called(key: Any) -> Any:
        return names.get(key, key) if isinstance(key, str) else key

    def fill(template: str, key: Any = None) -> str:
        each = tuple(map(called, key)) if isinstance(key, tuple) else called(key)
        return template.format(**measured, each=each)

    def claims(kind: str, judged: Mapping[str, Any]) -> Iterator[Claim]:
        texts = words.get(kind, {})
        if texts.keys() != judged.keys():
            raise KeyError(
                f"{statement} {kind}: {sorted(texts.keys() ^ judged.keys())} in words or judged only"
            )
        for name, text in texts.items():
            for key, holds in by_kind(judged[name]):
                claim = Claim(fill(text, key), holds)
                yield from_where(claim, name, key) if kind == "evidence" else claim

    def from_where(claim: Claim, name: str, key: Any) -> Claim:
        origin = words["origins"][name]
        kind = kind_of(origin[key] if isinstance(origin, Mapping) else origin)
        return replace(claim, kind=kind, limit=limits_of_evidence()[statement][name].kind)

    def numbers() -> Iterator[Number]:
        for name, entry in words.get("numbers", {}).items():
            label, unit = label_and_unit(entry)
            for key, number in by_kind(measured[name]):
                number = number if isinstance(number, Number) else Number(number)
                yield replace(number, label=fill(label, key), unit=fill(unit, key) or number.unit)

    def chart() -> dict[str, Any] | None:
        if "chart" not in measured:
            return None
        titles = dict(words["chart"])
        series = titles.pop("series", "{each}")
        drawn = {name: value for name, value in measured["chart"].items() if name != "rows"}
        rows = [{**row, "series": fill(series, row["series"])} for row in measured["chart"]["rows"]]
        return {**drawn, **titles, "rows": rows}

    return Finding(
        summary=fill(words["summary"]),
        statement=[*claims("statement", said)],
        evidence=[*claims("evidence", seen)],
        numbers=[*numbers()],
        sources=[
            fill(source) if " " in source or "{" in source else cite(source) for source in words["sources"]
        ],
        notes=[fill(note) for note in words.get("notes", ())],
        diagnosis=fill(words.get("diagnosis", "")),
        wording_contradicted=words.get("wording_contradicted", False),
        chart=chart(),
        pages=measured.get("pages", ()),
    )


def by_kind(value: Any) -> Iterator[tuple[Any, Any]]:
    """A value, or the values of several kinds, each with its kind; None where there are no kinds."""
    yield from value.items() if isinstance(value, Mapping) else [(None, value)]


def label_and_unit(entry: str | list[str]) -> tuple[str, str]:
    """What a number is called and its unit, empty if it has none."""
    label, unit = (entry, "") if isinstance(entry, str) else entry
    return label, unit
