"""A chart as a file: PNG, SVG, or one HTML page that needs no network."""

import json
from collections.abc import Callable
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import altair as alt
import vl_convert

from brittlestar._shared import drawing
from brittlestar._shared.disk_cache import keep_bytes, kept_bytes
from brittlestar._shared.memory import CHARTS, check_addresses

SCALE = 2.0
"""Pixels of a PNG per CSS pixel: sharp on today's screens and in print."""

_VERSION = ".".join(alt.SCHEMA_VERSION.removeprefix("v").split(".")[:2])
_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>brittlestar</title>
<script>{scripts}</script>
</head>
<body>
<div id="chart"></div>
<script type="application/json" id="spec">{spec}</script>
<script>
const spec = JSON.parse(document.getElementById("spec").textContent);
vegaEmbed("#chart", spec, {{renderer: "svg", actions: false}});
</script>
</body>
</html>
"""


def _engine() -> Any:
    check_addresses(CHARTS)  # it ends the process where it gets too few
    return vl_convert


def save_png(chart: Any, path: str | Path) -> Path:
    """Write the chart as PNG at twice its size and return the path."""
    path = Path(path)
    path.write_bytes(_png(chart.to_dict()))
    return path


def png_ahead(spec: dict[str, Any]) -> Callable[[Path], object]:
    """Begin to draw a chart as PNG beside what follows; what is returned writes it to a file once drawn."""
    drawn = drawing.ahead("vegalite_to_png", safe_json(spec), vl_version=_VERSION, scale=SCALE)
    return lambda file: file.write_bytes(drawn())


def _png(spec: dict[str, Any]) -> bytes:
    return _engine().vegalite_to_png(spec, vl_version=_VERSION, scale=SCALE)


def svg(chart: Any) -> str:
    """The chart as SVG text."""
    return _engine().vegalite_to_svg(chart.to_dict(), vl_version=_VERSION)


def pdf_of(drawn: str) -> bytes:
    """A drawing in SVG as PDF, its letters as shapes or in fonts of its own; other threads go on."""
    return drawing.ahead("svg_to_pdf", drawn)()


def save_svg(chart: Any, path: str | Path) -> Path:
    """Write the chart as SVG and return the path."""
    path = Path(path)
    path.write_text(svg(chart), encoding="utf-8")
    return path


def html(chart: Any) -> str:
    """The chart as one page with its scripts inside."""
    return _PAGE.format(scripts=scripts(), spec=safe_json(chart.to_dict()))


def safe_json(value: Any) -> str:
    """JSON that can stand inside a script element: no ``<``, ``>`` or ``&`` that could be markup."""
    text = json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


@cache
def scripts() -> str:
    """Vega, Vega-Lite and Vega-Embed in one script, for every chart of a page; made once, then kept."""
    file = f"vega-lite-{_VERSION}-by-{version('vl-convert-python')}.js"
    kept = kept_bytes(file)
    if kept is None:
        kept = _engine().javascript_bundle(vl_version=_VERSION).encode()
        keep_bytes(file, kept)
    return kept.decode()
