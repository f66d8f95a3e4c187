"""One published number and the model's beside it, as the text of an SVG: nothing is loaded to draw it.

A run of ``brittlestar physiology`` has one for each of two hundred points: as charts they would take minutes.
"""

import math
from collections.abc import Mapping, Sequence
from html import escape
from textwrap import wrap
from typing import Any

from brittlestar._shared import words
from brittlestar.charts.theme import FONT, GRID, INK, OUTSIDE, PAPER, QUIET, TREATED

WIDTH, MARGIN = 480, 24
LINE = 18
LETTERS = 62
"""In a line of the heading, as far as the widest letters let them fit."""
TICKS = 5


def point_picture(row: Mapping[str, Any]) -> str:
    """A dot and a bar for the published number and its 90 % interval; below, a mark for the model.

    Args:
        row: of ``points.json``, with a number of the model: label, published, interval90, said, model,
            verdict.

    Example:
        >>> row = {"label": "Spine, %", "published": 8.0, "interval90": [6.4, 9.6], "said": ""}
        >>> "published 8.00 (6.40 to 9.60), model 7.00: right" in point_picture(
        ...     row | {"model": 7.0, "verdict": "right"}
        ... )
        True
    """
    told, model = [row["published"], *(row["interval90"] or ())], float(row["model"])
    values = [model, *(float(one) for one in told if one is not None and not row["said"])]
    places = words.decimals(told)
    published = row["said"] or words.with_interval(row["published"], *(row["interval90"] or (None, None)))
    said = f"published {published}, model {words.number(model, places)}: {row['verdict']}"
    heading, below = wrap(row["label"], LETTERS), wrap(words.capital(said), LETTERS + 10)
    top = LINE * (len(heading) + len(below)) + 30
    ticks = _ticks(min(values), max(values))
    first, last = min(*ticks, *values), max(*ticks, *values)

    def x(value: float) -> float:
        return MARGIN + (value - first) / (last - first) * (WIDTH - 2 * MARGIN)

    parts = [
        *(_text(MARGIN, LINE * (i + 1) + 2, line, INK, 14.5, 600) for i, line in enumerate(heading)),
        *(_text(MARGIN, LINE * (len(heading) + i + 1) + 4, line, QUIET, 12) for i, line in enumerate(below)),
        *(_line(x(tick), top - 14, x(tick), top + 38, GRID, 1) for tick in ticks),
        *(
            _text(x(tick), top + 54, f"{tick:g}".replace("-", "\u2212"), QUIET, 12, middle=True)
            for tick in ticks
        ),
    ]
    if row["interval90"] and not row["said"]:
        low, high = row["interval90"]
        parts.append(_line(x(low), top, x(high), top, INK, 2))
    if row["published"] is not None and not row["said"]:
        parts.append(f'<circle cx="{x(row["published"]):.1f}" cy="{top}" r="4.5" fill="{INK}"/>')
    parts.append(_mark(x(model), top + 24, row["verdict"].startswith("off")))
    return _whole(f"{row['label']}: {said}", top + 66, parts)


def _ticks(low: float, high: float) -> Sequence[float]:
    """Round numbers about a range, some :data:`TICKS` of them; of a lone value from 0 to it."""
    if high - low < 1e-9 * max(abs(low), abs(high), 1e-3):
        low, high = sorted((0.0, high)) if high else (-1.0, 1.0)
    rough = (high - low) / (TICKS - 1)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(one * power for one in (1.0, 2.0, 5.0, 10.0) if one * power >= 0.999 * rough)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(k * step, 12) for k in range(first, last + 1)]


def _text(
    x: float, y: float, said: str, colour: str, size: float, weight: int = 400, middle: bool = False
) -> str:
    anchor = ' text-anchor="middle"' if middle else ""
    bold = f' font-weight="{weight}"' if weight != 400 else ""
    return f'<text x="{x:.1f}" y="{y}" font-size="{size}" fill="{colour}"{bold}{anchor}>{escape(said)}</text>'


def _line(x: float, y: float, to_x: float, to_y: float, colour: str, width: float) -> str:
    return (
        f'<line x1="{x:.1f}" y1="{y}" x2="{to_x:.1f}" y2="{to_y}" stroke="{colour}" stroke-width="{width}"/>'
    )


def _mark(x: float, y: float, off: bool) -> str:
    """A disc where the model is right, a cross where it is off, as in the pictures of all points."""
    if off:
        return _line(x - 5, y - 5, x + 5, y + 5, OUTSIDE, 3) + _line(x - 5, y + 5, x + 5, y - 5, OUTSIDE, 3)
    return f'<circle cx="{x:.1f}" cy="{y}" r="5.5" fill="{TREATED[0]}"/>'


def _whole(said: str, height: int, parts: Sequence[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" width="{WIDTH}" height="{height}" '
        f'viewBox="0 0 {WIDTH} {height}" font-family="{FONT}"><title>{escape(said)}</title>'
        f'<rect width="{WIDTH}" height="{height}" fill="{PAPER}"/>{"".join(parts)}</svg>\n'
    )
