"""Charts of reports on a narrow screen: names above their row instead of beside it, long titles in lines."""

import json
import textwrap
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from brittlestar.charts import safe_json
from brittlestar.charts.theme import legend_columns
from brittlestar.report.page import Figure
from brittlestar.web.speech import Speech

NAME_LETTERS, TITLE_LETTERS = 44, 40
"""Letters of one line on a telephone."""

LINE, ROW = 14, 34
"""Pixels of a line of a name, and of a row with a name of one line."""


def fitted(figure: Figure, say: Speech) -> Figure:
    """The figure with a specification that a narrow screen shows whole, as ``say`` speaks."""
    return replace(figure, spec=safe_json(roomy(_spoken(figure, say))))


def in_words_of(figure: Figure, say: Speech) -> Figure:
    """The figure with its specification as ``say`` speaks."""
    return replace(figure, spec=safe_json(_spoken(figure, say)))


def _spoken(figure: Figure, say: Speech) -> dict[str, Any]:
    """The specification in the language, with legends as wide as its names let them be."""
    spec = say.chart(json.loads(figure.spec))
    for layer in spec.get("layer", ()):
        for one in layer.get("encoding", {}).values():
            if isinstance(one, dict) and "columns" in (one.get("legend") or {}):
                one["legend"]["columns"] = legend_columns(one["scale"]["domain"])
    return spec


def named(figure: Figure) -> Figure:
    """The figure with tables that a screen reader can tell from those of others."""
    tables = (replace(table, title=f"{figure.title}: {table.title}") for table in figure.tables)
    return replace(figure, tables=tuple(tables))


def roomy(spec: Mapping[str, Any]) -> dict[str, Any]:
    """A specification whose rows have their names above them; one without such rows only gets title lines."""
    rows = [row for table in spec.get("datasets", {}).values() for row in table]
    layers = [_wrapped(_without_names(_single(layer))) for layer in spec.get("layer", ())]
    if not any(_names_rows(layer) for layer in spec.get("layer", ())):
        return dict(spec) | ({"layer": layers} if layers else {})
    layers = _without_empty(layers, rows)
    names = list(dict.fromkeys(row["series"] for row in rows))
    lines = {name: textwrap.wrap(name, NAME_LETTERS) for name in names}
    most = max(map(len, lines.values()))
    axis = {
        "title": None, "ticks": False, "domain": False, "labelAlign": "left", "labelPadding": 0,
        "labelLimit": 0, "labelBaseline": "middle", "labelLineHeight": LINE,
        "labelOffset": -LINE * most - 2, "labelExpr": f"({json.dumps(lines)})[datum.label]",
    }  # fmt: skip
    layers[0]["encoding"]["y"] = layers[0]["encoding"]["y"] | {"axis": axis}
    return dict(spec) | {"layer": layers, "height": len(names) * (ROW + LINE * (most - 1)) + LINE}


def _single(layer: dict[str, Any]) -> dict[str, Any]:
    """The layer, and those inside it, with ticks that have one end: Vega warns of a second."""
    found = dict(layer)
    if "layer" in found:
        found["layer"] = [_single(one) for one in found["layer"]]
    mark = found.get("mark")
    if (mark.get("type") if isinstance(mark, dict) else mark) == "tick":
        found["encoding"] = {k: v for k, v in found["encoding"].items() if k != "y2"}
    return found


def _names_rows(layer: Mapping[str, Any]) -> bool:
    return layer.get("encoding", {}).get("y", {}).get("field") == "series"


def _without_names(layer: dict[str, Any]) -> dict[str, Any]:
    if not _names_rows(layer):
        return layer
    encoding = layer["encoding"]
    return layer | {"encoding": encoding | {"y": {k: v for k, v in encoding["y"].items() if k != "axis"}}}


def _without_empty(layers: list[dict[str, Any]], rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Layers that have something to draw; the title of the axis stays where its layer goes."""
    full = [
        layer for layer in layers if any(row.get(layer["encoding"]["x"]["field"]) is not None for row in rows)
    ]
    title = next((x["title"] for x in (one["encoding"]["x"] for one in layers) if x.get("title")), None)
    for layer in full:
        layer["encoding"]["x"] = layer["encoding"]["x"] | {"title": title}
    return full


def _wrapped(layer: dict[str, Any]) -> dict[str, Any]:
    x = layer.get("encoding", {}).get("x", {})
    if not isinstance(x.get("title"), str):
        return layer
    return layer | {
        "encoding": layer["encoding"] | {"x": x | {"title": textwrap.wrap(x["title"], TITLE_LETTERS)}}
    }
