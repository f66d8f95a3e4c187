"""How every picture looks: one colour per arm, axes with units, published values in black outline.

Each colour keeps a contrast of 3:1 or more on the white page, and stays apart from the others for people who
see red and green alike. On the dark page another stands in for each, with 4.5:1 or more; bands are denser.
"""

import re
from collections.abc import Iterable
from textwrap import wrap
from typing import Any

import altair as alt
import polars as pl

from brittlestar._shared import words
from brittlestar._shared.errors import InputError, nearest

CONTROL: tuple[str, ...] = ("#77889a", "#9a7f5f")
TREATED: tuple[str, ...] = ("#0a6db5", "#d1570a", "#0f8a5f", "#a4519f", "#8f7a00", "#4a6fa5")
PROCESS = ("#d1570a", "#7a5cc0")
OUTSIDE = "#c4480a"
DARK = {
    "#77889a": "#a9bac9", "#9a7f5f": "#d8c9a9",
    "#0a6db5": "#73c7f7", "#d1570a": "#ff9a66", "#0f8a5f": "#62d3bf", "#a4519f": "#dba6f0",
    "#8f7a00": "#d9c04a", "#4a6fa5": "#9dbbe8", "#7a5cc0": "#b9a5f2", "#c4480a": "#ff9a66",
}  # fmt: skip
"""Colour -> what stands in for it on the dark page."""

INK, QUIET, GRID, PAPER = "#16202b", "#566370", "#e2e7ec", "#ffffff"
OUTLINE = "#000000"
"""The outline of published values; nothing else uses it."""

SHAPES = ("circle", "diamond", "square", "triangle-up", "triangle-down", "cross", "triangle-right", "stroke")
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Liberation Sans', Arial, sans-serif"
WIDTH, HEIGHT = 440, 260
PANEL_WIDTH, PANEL_HEIGHT = 300, 180
BAND_OPACITY, DARK_BAND_OPACITY = 0.2, 0.45

_CONTROL_WORDS = re.compile(
    r"placebo|untreated|control|no treatment|no drug|no bisphosphonate|usual care", re.IGNORECASE
)
CONFIG: dict[str, Any] = {
    "background": PAPER,
    "font": FONT,
    "padding": 8,
    "view": {"stroke": None},
    "axis": {
        "labelFontSize": 12,
        "titleFontSize": 12.5,
        "titleFontWeight": "normal",
        "labelColor": QUIET,
        "titleColor": INK,
        "domainColor": QUIET,
        "tickColor": QUIET,
        "gridColor": GRID,
        "labelPadding": 5,
        "titlePadding": 9,
        "labelFlush": False,
    },
    "axisX": {"grid": False},
    # Not on x: Vega thins explicit ticks, such as whole years, to that count.
    "axisY": {"domain": False, "ticks": False, "tickCount": 5},
    "legend": {
        "orient": "top",
        "title": None,
        "labelFontSize": 12.5,
        "labelColor": INK,
        "labelLimit": 260,
        "symbolSize": 420,
        "symbolStrokeWidth": 2.6,
        "offset": 6,
        "columnPadding": 18,
    },
    "title": {
        "anchor": "start",
        "frame": "group",
        "fontSize": 14.5,
        "fontWeight": 600,
        "color": INK,
        "subtitleColor": QUIET,
        "subtitleFontSize": 12,
        "subtitlePadding": 5,
        "offset": 12,
    },
    "header": {"labelFontSize": 12.5, "labelColor": INK, "titleFontSize": 12.5},
    "concat": {"spacing": 28},
}


def is_control(arm: str) -> bool:
    """Whether an arm, by its name, goes without the drug."""
    return bool(_CONTROL_WORDS.search(arm))


def in_order(arms: Iterable[str]) -> list[str]:
    """Arms once each: those without the drug first, the others as they came."""
    return sorted(dict.fromkeys(arms), key=lambda arm: not is_control(arm))


def colours(arms: Iterable[str]) -> dict[str, str]:
    """One colour per arm: grey-blue without the drug, strong with it.

    Raises:
        InputError: more arms than can be told apart.
    """
    arms = in_order(arms)
    without = [arm for arm in arms if is_control(arm)]
    drug = [arm for arm in arms if not is_control(arm)]
    if len(without) > len(CONTROL) or len(drug) > len(TREATED):
        accepted = f"up to {len(CONTROL)} arms without and {len(TREATED)} with the drug; draw fewer at a time"
        raise InputError("chart: arms", arms, accepted)
    return dict(zip(without, CONTROL)) | dict(zip(drug, TREATED))


def with_unit(label: str, unit: str | None) -> str:
    """An axis title: what is measured, and its unit in brackets unless it has none."""
    unit = words.pretty(unit)
    # "change in %" has said it already.
    return f"{label} ({unit})" if unit and not label.endswith(unit) else label


def need(frame: pl.DataFrame, columns: Iterable[str], where: str) -> None:
    """Refuse a table that lacks a column, or has no row.

    Raises:
        InputError: naming the table and the column.
    """
    for column in columns:
        if column not in frame.columns:
            raise InputError(f"{where}: column", column, nearest(column, frame.columns))
    if frame.is_empty():
        raise InputError(f"{where}: rows", 0, "a table with at least one row")


class _Rows(alt.InlineData):
    """Rows that nobody changes: Altair copies charts as it puts them together, row by row."""

    def __deepcopy__(self, memo: Any = None) -> "_Rows":
        return self


def inline(frame: pl.DataFrame) -> alt.InlineData:
    """Rows inside the chart's own specification, numbers at six significant digits to keep the file small."""
    floats = [name for name, kind in frame.schema.items() if kind.is_float()]
    # A whole table of one unit can be tiny (fractions) or huge (nmol): digits, not decimals, keep both.
    rounded = frame.with_columns(pl.col(name).fill_nan(None).round_sig_figs(6) for name in floats)
    return _Rows(values=rounded.to_dicts())


def shapes(arms: Iterable[str]) -> dict[str, str]:
    """One shape per arm for its published points."""
    return dict(zip(in_order(arms), SHAPES))


def arm_scales(arms: Iterable[str]) -> tuple[alt.Scale, alt.Scale]:
    """Colour and dash by arm. Dashes repeat what colour says, for eyes and printers without it."""
    chosen = colours(arms)
    dashes = [[6, 4] if is_control(arm) else [1, 0] for arm in chosen]
    names = list(chosen)
    return alt.Scale(domain=names, range=list(chosen.values())), alt.Scale(domain=names, range=dashes)


def legend_columns(arms: Iterable[str]) -> int:
    """Columns of a legend: as many as names where they fit a narrow screen, else two or one."""
    arms = list(arms)
    wide = sorted((len(arm) + 8 for arm in arms), reverse=True)
    return next((n for n in (len(arms), 2) if sum(wide[:n]) <= 44), 1)


def arm_legend(arms: Iterable[str]) -> alt.Legend:
    """The legend above the chart."""
    return alt.Legend(columns=legend_columns(arms), symbolType="stroke")


def month_axis(last: float) -> alt.Axis:
    """Ticks at whole quarters, half years or years, as a reader of trials expects."""
    step = next((step for step in (3, 6, 12, 24, 60) if last / step <= 6.01), 120)
    return alt.Axis(title="Months from start", values=list(range(0, int(last) + 1, step)), format="d")


def finished(
    chart: Any, *, title: Iterable[str], description: str, subtitle: Iterable[str] = (), panel: bool = False
) -> Any:
    """A chart with its title, the sentences below it, its text summary, its size and the look of the house.

    Args:
        chart: the layers.
        title: what it shows; a second part, what it says, stands below it, smaller.
        description: the chart in words, for who cannot see it.
        subtitle: how to read it.
        panel: the size of one of several.
    """
    width, height = (PANEL_WIDTH, PANEL_HEIGHT) if panel else (WIDTH, HEIGHT)
    head, *rest = title
    lines = wrap(head, 36 if panel else 54)
    below = [line for part in (*rest, *subtitle) for line in wrap(part, 48 if panel else 74)]
    heading = alt.TitleParams(lines, subtitle=below) if below else alt.TitleParams(lines)
    return chart.properties(title=heading, description=description, width=width, height=height).configure(
        **CONFIG
    )


def grid(charts: Iterable[Any], *, columns: int = 2) -> alt.ConcatChart:
    """Small multiples side by side, each on its own scales, under one look."""
    bare = [chart.copy(deep=False) for chart in charts]
    for chart in bare:
        chart.config = alt.Undefined
    texts = [chart.description for chart in bare]
    whole = alt.concat(*bare, columns=columns, description=" ".join(texts))
    return whole.resolve_scale(stroke="independent", strokeDash="independent").configure(**CONFIG)


def grid_spec(charts: Iterable[Any], title: str, *, columns: int = 2) -> dict[str, Any]:
    """What :func:`grid` with a title writes, from parts as they are: Altair copies and checks each again."""
    parts = [chart.to_dict(validate=False) for chart in charts]
    rows = {name: values for part in parts for name, values in part["datasets"].items()}
    apart = ("$schema", "config", "datasets")
    return {
        **{name: parts[0][name] for name in ("$schema", "config")},
        "title": title,
        "description": " ".join(part["description"] for part in parts),
        "columns": columns,
        "concat": [{name: value for name, value in part.items() if name not in apart} for part in parts],
        "resolve": {"scale": {"stroke": "independent", "strokeDash": "independent"}},
        "datasets": rows,
    }
