"""The report of pooled evidence: forest plots, the studies behind them, and what was left out."""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from brittlestar import charts
from brittlestar._shared import words
from brittlestar.charts.pooled import pooled_forest
from brittlestar.report.page import Figure, Table, render

_ENDS = {"fracture_ratio": ("fewer fractures with treatment", "more")}
_RISE = ("less rise with treatment", "more")


def forest(pool: Mapping[str, Any]) -> Any:
    """Forest plot of one question of ``meta.json``, or None where no study can be drawn."""
    studies, pooled = pool["studies"], pool["pooled"]
    if not studies:
        return None
    weights = pooled["weights"] if pooled else [1.0] * len(studies)
    rows = [
        {
            "label": _label(study),
            "kind": "randomised" if study["randomised"] else "not randomised",
            **{name: study[name] for name in ("value", "low", "high")},
            "weight": weight,
        }
        for study, weight in zip(studies, weights, strict=True)
    ]
    if pooled:
        rows.append(
            _row(f"Pooled, {len(studies)} studies", "pooled", pooled["estimate"], pooled["interval95"])
        )
        if pooled["prediction95"]:
            rows.append(_row("A new study", "prediction", pooled["estimate"], pooled["prediction95"]))
    left, right = _ENDS.get(pool["id"], _RISE)
    ratio = pool["unit"] == "ratio"
    return pooled_forest(rows, title=pool["title"], unit=pool["unit"], ratio=ratio, left=left, right=right)


def _label(study: Mapping[str, Any]) -> str:
    found = re.match(r".*?(?:19|20)\d\d", study["cite"])
    name = found.group() if found else study["cite"]
    return f"{name}, month {study['months']:g}" + ("" if study["randomised"] else ", not randomised")


def _row(label: str, kind: str, value: float, ends: Sequence[float]) -> dict[str, Any]:
    return {"label": label, "kind": kind, "value": value, "low": ends[0], "high": ends[1]}


def sentence(pool: Mapping[str, Any]) -> str:
    """What a question's studies say together, in words."""
    pooled = pool["pooled"]
    if pooled is None:
        return f"{len(pool['studies'])} study: too few to pool."
    said = words.estimate(pooled["estimate"], *pooled["interval95"], unit=pool["unit"])
    new = "With two studies nothing can be said about a third."
    if pooled["prediction95"]:
        new = f"A new study may show {words.interval(*pooled['prediction95'])}."
    return (
        f"{pooled['studies']} studies: {said}; between-study SD {words.number(pooled['tau'])}, "
        f"I² {100 * pooled['i2']:.0f} %. {new}"
    )


def evidence_report(content: Mapping[str, Any]) -> str:
    """One HTML page of ``meta.json``."""
    sections = []
    for pool in content["pools"]:
        chart = forest(pool)
        figure = Figure.of(f"forest-{pool['id']}", chart, _studies(pool)) if chart is not None else None
        alone = pool["randomised_only"]
        sections.append(
            {
                "id": pool["id"],
                "title": pool["title"],
                "said": sentence(pool),
                "note": pool["note"],
                "alone": alone
                and words.estimate(alone["estimate"], *alone["interval95"], unit=pool["unit"])
                + f" from {alone['studies']} studies",
                "figure": figure,
                "beside": Table(
                    "Published pooled estimates, not pooled again: they share trials with these studies",
                    ("Study", "Measure", "Value (95 % interval)", "Read"),
                    tuple(_beside(row) for row in pool["published_pools"]),
                ),
                "left_out": Table(
                    "Left out, and why",
                    ("Study", "Measures", "Reason"),
                    tuple((row["study"], row["measure"], row["reason"]) for row in pool["left_out"]),
                ),
            }
        )
    return render("evidence.html", title="Pooled evidence", manifest=content["manifest"], sections=sections)


def _studies(pool: Mapping[str, Any]) -> Table:
    columns = ("Study", "Part", "Effect (95 % interval)", "Standard error from", "Read", "Source")
    rows = tuple(
        (
            study["cite"],
            study["use"],
            words.with_interval(study["value"], study["low"], study["high"]),
            f"{study['how'].replace('_', ' ')}: {study['note']}",
            study["read"],
            study["source"],
        )
        for study in pool["studies"]
    )
    return Table("Studies", columns, rows)


def _beside(row: Mapping[str, Any]) -> tuple[str, ...]:
    low, high = row["interval95"] or (None, None)
    return row["study"], row["measure"], words.with_interval(row["value"], low, high), row["read"]


def forest_files(content: Mapping[str, Any]) -> dict[str, Callable[[Path], object]]:
    """SVG and PNG of every forest plot, by name, as what writes them."""
    drawn = {pool["id"]: chart for pool in content["pools"] if (chart := forest(pool)) is not None}
    kinds = {"svg": charts.save_svg, "png": charts.save_png}
    return {f"{id}.{end}": partial(save, chart) for id, chart in drawn.items() for end, save in kinds.items()}
