"""The project's charts as templates: drawn once, then filled with the rows of every answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import altair as alt
import numpy as np
import polars as pl

from brittlestar._shared import words
from brittlestar._shared.words import pretty
from brittlestar.charts import each_person_panel
from brittlestar.charts.layers import bands_and_lines, level
from brittlestar.charts.person import EXPECTED, PANELS, Panel
from brittlestar.charts.theme import QUIET, finished, inline
from brittlestar.engine import UNITS
from brittlestar.outcomes.fracture import SITES

ROWS, HEALTHY = "rows", "healthy"
"""Names of the data that a template waits for."""

CENTILES = {"2 SD below": -2.0, "healthy middle": 0.0, "2 SD above": 2.0}
"""Lines of the healthy reference behind a density."""

PLAIN = {
    "density": ("Bone density of the spine", "density"),
    "z": ("Density against healthy people of the same age", "z-score"),
    "removed": ("Bone removed", "turnover"),
    "formed": ("Bone formed", "turnover"),
    "drug_surface": ("Drug on the surface of bone", "drug-surface"),
    "drug_buried": ("Drug buried inside bone", "drug-buried"),
    "strength_spine": ("Strength of the spine", "strength"),
    "strength_limb": ("Strength of arms and legs", "strength"),
    EXPECTED: ("Broken bones expected since the start", "expected"),
    "pain": ("Bone pain", "pain"),
    "height": ("Height", "height"),
}
"""Panel -> heading in plain words, and the word that explains it."""

SPARSE = 4
"""Steps between the rows of a panel."""

QUICK = ("removed", "formed", "drug_surface", "pain")
"""Panels that follow every dose within weeks, and have a row for every step."""

PLANS = ("no treatment", "plan A", "plan B", "plan C", "plan D")
"""Labels of the courses; the first goes without the drug."""

Bands = Mapping[str, Mapping[str, tuple[np.ndarray, np.ndarray, np.ndarray]]]
"""plan -> output -> mean, low and high [T]."""


APART = tuple(
    Panel(name, PLAIN[name][0], (output,), unit="healthy adult = 1", mark=1.0)
    for name, output in (("removed", "resorption"), ("formed", "formation"))
)
"""In place of one panel of both, where colours tell plans apart and have nothing left for what is shown."""


SHOWN = tuple(new for old in PANELS for new in (APART if old.name == "turnover" else (old,)))
"""The panels of a screen, in reading order."""


@dataclass(frozen=True)
class Template:
    """A chart without its numbers."""

    id: str
    title: str
    explained: str
    spec: dict[str, Any]


@cache
def templates(labels: tuple[str, ...]) -> dict[str, Template]:
    """One template per panel, for courses of these labels."""
    sample = _sample(labels)
    charts: dict[str, Any] = dict(each_person_panel(sample))
    charts["density"] = _density(sample, labels)
    charts |= {panel.name: _rate(sample, labels, panel) for panel in APART}
    found = {}
    for panel in SHOWN:
        title, explained = PLAIN[panel.name]
        spec = _emptied(charts[panel.name].to_dict())
        found[panel.name] = Template(panel.name, title, explained, spec)
    return found


def _sample(labels: Sequence[str]) -> pl.DataFrame:
    outputs = list(dict.fromkeys(name for panel in PANELS for name in panel.outputs))
    rows = [
        {
            "time_years": t, "age_years": 7.0 + t, "plan": plan, "output": name,
            "unit": UNITS.get(name, "count"), "mean": 1.0 + t, "low": 0.5 + t, "high": 1.5 + t,
        }
        for plan in labels for name in outputs for t in (0.0, 1.0)
    ]  # fmt: skip
    return pl.DataFrame(rows)


def _density(sample: pl.DataFrame, labels: tuple[str, ...]) -> Any:
    """Spine density of each plan over the lines of healthy people."""
    frame = sample.filter(pl.col("output") == "ls_abmd")
    x = _age()
    y = alt.Y("mean:Q", title="Spine density (g/cm²)", scale=alt.Scale(zero=False, nice=True))
    rows = pl.DataFrame(
        [{"centile": name, "age_years": 7.0 + t, "mean": 1.0 + t} for name in CENTILES for t in (0.0, 1.0)]
    )
    lines = alt.Chart(inline(rows)).mark_line(stroke=QUIET, strokeWidth=1.2, strokeDash=[2, 3])
    names = (
        alt.Chart(inline(rows))
        .transform_joinaggregate(first="min(age_years)")
        .transform_filter("datum.age_years == datum.first")
    )
    names = names.mark_text(align="left", dx=3, dy=9, fontSize=12, color=QUIET)
    layers = [
        lines.encode(x=x, y=y, detail="centile:N"),
        names.encode(x=x, y=y, text="centile:N"),
        *bands_and_lines(frame, x=x, y=y, by="plan", arms=list(labels)),
    ]
    return finished(alt.layer(*layers), title=["Spine density"], description="", panel=True)


def _age() -> Any:
    axis = alt.Axis(title="Age (years)", format="d", tickMinStep=1)
    return alt.X("age_years:Q", axis=axis, scale=alt.Scale(domain=[7, 8], nice=False))


def _rate(sample: pl.DataFrame, labels: tuple[str, ...], panel: Panel) -> Any:
    """One rate of turnover under each plan."""
    frame = sample.filter(pl.col("output") == panel.outputs[0])
    x = _age()
    y = alt.Y("mean:Q", title=f"{panel.title} ({panel.unit})", scale=alt.Scale(zero=True, nice=True))
    layers = [level(1.0, dashed=True), *bands_and_lines(frame, x=x, y=y, by="plan", arms=list(labels))]
    return finished(alt.layer(*layers), title=[panel.title], description="", panel=True)


def _emptied(spec: dict[str, Any]) -> dict[str, Any]:
    """The specification waiting for rows: named data in place of the sample, a filter where it was a part."""
    kept = spec.pop("datasets", {})
    spec.pop("title", None)
    every = {row["plan"] for rows in kept.values() for row in rows if "plan" in row}

    def walk(part: Any) -> Any:
        if isinstance(part, list):
            return [walk(item) for item in part]
        if not isinstance(part, dict):
            return part
        new = {key: walk(value) for key, value in part.items() if key != "data"}
        if new.get("field") in ("age_years", "time_years"):
            new = {**new, "scale": {"nice": False, "zero": False}} if "scale" in new else new
        if "data" in part:
            rows = part["data"].get("values") or kept.get(part["data"].get("name"), [])
            new |= _source(rows, every, new.get("transform", []))
        return new

    spec = walk(spec)
    return spec | {
        "width": "container",
        "autosize": {"type": "fit-x", "contains": "padding"},
        "datasets": {ROWS: [], HEALTHY: []},
    }


def _source(rows: list[dict[str, Any]], every: set[str], transform: list[Any]) -> dict[str, Any]:
    if not rows or "level" in rows[0]:
        return {"data": {"values": rows}}
    if "centile" in rows[0]:
        return (
            {"data": {"name": HEALTHY}, "transform": transform} if transform else {"data": {"name": HEALTHY}}
        )
    plans = {row["plan"] for row in rows}
    mine = [{"filter": {"field": "plan", "equal": next(iter(plans))}}] if len(plans) == 1 < len(every) else []
    found: dict[str, Any] = {"data": {"name": ROWS}}
    return found | ({"transform": [*mine, *transform]} if mine or transform else {})


def filled(
    ages: np.ndarray, bands: Bands, reference: tuple[np.ndarray, np.ndarray], every: int = 1
) -> dict[str, dict[str, Any]]:
    """For each panel that the outputs can fill: its rows, what it says at the end, and its numbers by year.

    Args:
        ages: at the output times [T].
        bands: mean, low and high by plan and output.
        reference: median and SD of healthy people [T], g/cm2.
        every: outputs between rows of the table, a year.
    """
    found: dict[str, dict[str, Any]] = {}
    known = set.intersection(*(set(outputs) for outputs in bands.values()))
    for panel in SHOWN:
        if not known.issuperset(panel.outputs):
            continue
        named = dict(zip(panel.outputs, panel.words or ("",) * len(panel.outputs)))
        step = 1 if panel.name in QUICK else SPARSE
        times = ages[::step].round(3).tolist()
        rows = [
            {"age_years": a, "plan": plan, "what": what, "mean": m, "low": low, "high": high}
            for plan, outputs in bands.items()
            for name, what in named.items()
            for a, m, low, high in zip(times, *(short(v[::step]) for v in outputs[name]), strict=True)
        ]
        unit = pretty(panel.unit or UNITS.get(panel.outputs[0], ""))
        found[panel.name] = {
            "rows": rows,
            "said": _said(panel, ages[-1], bands, unit),
            "table": _table(panel, ages, bands, unit, every),
        }
    median, sd = reference
    times = ages[::SPARSE].round(3).tolist()
    found["density"]["healthy"] = [
        {"centile": name, "age_years": a, "mean": v}
        for name, z in CENTILES.items()
        for a, v in zip(times, short((median + z * sd)[::SPARSE]), strict=True)
    ]
    return found


def short(values: np.ndarray) -> list[float]:
    """Numbers at five significant digits, to keep an answer small."""
    scale = 10.0 ** (4 - np.floor(np.log10(np.maximum(np.abs(values), 1e-12))))
    return (np.round(values * scale) / scale).tolist()


def _said(panel: Any, age: float, bands: Bands, unit: str) -> str:
    parts = []
    for name, what in zip(panel.outputs, panel.words or ("",) * len(panel.outputs)):
        ends = [outputs[name][0][-1] for outputs in bands.values()]
        places = words.decimals(ends)
        said = [f"{plan} {words.number(end, places)}" for plan, end in zip(bands, ends)]
        values = "; ".join(said)
        parts.append(f"{what + ': ' if what else ''}{values}")
    return f"At age {age:.0f}, {', '.join(parts)}{f' ({unit})' if unit else ''}."


def _table(panel: Any, ages: np.ndarray, bands: Bands, unit: str, every: int) -> dict[str, Any]:
    rows = []
    for i in range(0, len(ages), every):
        cells = [f"{ages[i]:.1f}"]
        for outputs in bands.values():
            for name in panel.outputs:
                mean, low, high = (float(values[i]) for values in outputs[name])
                cells.append(words.with_interval(mean, low, high))
        rows.append(cells)
    heads = [
        words.capital(f"{plan}{', ' + what if what else ''}")
        for plan in bands
        for what in (panel.words or ("",))
    ]
    return {"columns": ["Age", *heads], "rows": rows, "unit": unit}


def with_total(outputs: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The outputs with expected fractures of all sites together."""
    return {**outputs, EXPECTED: sum((outputs[f"{EXPECTED}_{site}"] for site in SITES), np.zeros(()))}
