"""Pooled evidence: forest plots, the studies behind them, and what was left out."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from brittlestar._shared import words
from brittlestar._shared.table import Cell, Column, Table, with_range
from brittlestar.report.view import Figures, View

_ENDS = {"fracture_ratio": ("fewer fractures with treatment", "more")}
_RISE = ("less rise with treatment", "more")
NOT_AGAIN = "Published pooled estimates, not pooled again: they share trials with these studies"


def view(content: Mapping[str, Any]) -> View:
    """Every question that was pooled.

    Args:
        content: what ``meta.json`` holds.
    """
    tables = {}
    for pool in content["pools"]:
        tables |= {f"studies-{pool['id']}": _studies(pool), f"beside-{pool['id']}": _beside(pool)}
        tables[f"left-{pool['id']}"] = _left_out(pool)
    return View(
        template="pools.html",
        title="Pooled evidence",
        manifest=content["manifest"],
        tables=tables,
        printed=[part for pool in content["pools"] for part in _printed(pool, tables)],
        parts={
            "pools": [
                {key: pool[key] for key in ("id", "title", "note")}
                | {"said": sentence(pool), "alone": _alone(pool), "left_out": len(pool["left_out"])}
                for pool in content["pools"]
            ]
        },
        draw=partial(_figures, content["pools"], tables),
    )


def _printed(pool: Mapping[str, Any], tables: Mapping[str, Table]) -> Iterator[str | Table]:
    yield tables[f"studies-{pool['id']}"]
    yield sentence(pool)
    if pool["note"]:
        yield pool["note"]
    if pool["randomised_only"]:
        alone = pool["randomised_only"]
        yield f"Randomised alone: {with_range(alone['estimate'], *alone['interval95'])}."
    for row in pool["published_pools"]:
        told = with_range(row["value"], *(row["interval95"] or (None, None)))
        yield f"Published pool, not pooled again: {row['study']} {row['measure']} {told}"
    yield tables[f"left-{pool['id']}"]
    yield ""


def _alone(pool: Mapping[str, Any]) -> str:
    alone = pool["randomised_only"]
    if not alone:
        return ""
    said = words.estimate(alone["estimate"], *alone["interval95"], unit=pool["unit"])
    return f"{said} from {alone['studies']} studies"


def _figures(pools: Sequence[Mapping[str, Any]], tables: Mapping[str, Table]) -> Figures:
    from brittlestar.report.page import Figure  # as in `forest`

    drawn = {pool["id"]: chart for pool in pools if (chart := forest(pool)) is not None}
    return {id: [Figure.of(f"forest-{id}", chart, tables[f"studies-{id}"])] for id, chart in drawn.items()}


def forest(pool: Mapping[str, Any]) -> Any:
    """Forest plot of one question of ``meta.json``, or None where no study can be drawn."""
    from brittlestar.charts.pooled import pooled_forest  # altair takes half a second to load

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
        n = len(pool["studies"])
        return f"{n} {'study' if n == 1 else 'studies'}: too few to pool."
    said = words.estimate(pooled["estimate"], *pooled["interval95"], unit=pool["unit"])
    new = "With two studies nothing can be said about a third."
    if pooled["prediction95"]:
        new = f"A new study may show {words.interval(*pooled['prediction95'])}."
    return (
        f"{pooled['studies']} studies: {said}; between-study SD {words.number(pooled['tau'])}, "
        f"I² {100 * pooled['i2']:.0f} %. {new}"
    )


def _studies(pool: Mapping[str, Any]) -> Table:
    unit = "" if pool["unit"] == "ratio" else f" ({pool['unit']})"
    table = Table.of(
        Column("study", whole=True, page="Study"), Column("part", whole=True, rank=1, page="Part"),
        Column("month", right=True, page="Month"),
        Column(f"effect{unit}", whole=True, page="Effect (95 % interval)"),
        Column("weight", right=True, page="Weight"),
        Column("standard error from", rank=2, page="Standard error from"),
        Column("read", only="page", page="Read"), Column("source", only="page", page="Source"),
        title=pool["title"],
    )  # fmt: skip
    weights = pool["pooled"]["weights"] if pool["pooled"] else [None] * len(pool["studies"])
    for s, weight in zip(pool["studies"], weights, strict=True):
        ends = s["value"], s["low"], s["high"]
        table.row(
            Cell(s["study"], s["cite"]),
            s["use"],
            f"{s['months']:g}",
            Cell(with_range(*ends), words.with_interval(*ends)),
            "-" if weight is None else f"{100 * weight:.0f} %",
            Cell(s["note"], f"{s['how'].replace('_', ' ')}: {s['note']}"),
            s["read"],
            s["source"],
        )
    return table


def _beside(pool: Mapping[str, Any]) -> Table:
    table = Table.of("Study", "Measure", "Value (95 % interval)", "Read", title=NOT_AGAIN)
    return table.with_rows(
        (
            row["study"],
            row["measure"],
            words.with_interval(row["value"], *(row["interval95"] or (None, None))),
            row["read"],
        )
        for row in pool["published_pools"]
    )


def _left_out(pool: Mapping[str, Any]) -> Table:
    table = Table.of(
        Column("left out", whole=True, page="Study"), Column("why", page="Left out, and why"),
        Column("measures", rank=1, page="Measures"),
    )  # fmt: skip
    return table.with_rows((row["study"], row["reason"], row["measure"]) for row in pool["left_out"])


def forest_files(content: Mapping[str, Any]) -> dict[str, Callable[[Path], object]]:
    """SVG and PNG of every forest plot, by name, as what writes them."""
    from brittlestar import charts  # as in `forest`

    drawn = {pool["id"]: chart for pool in content["pools"] if (chart := forest(pool)) is not None}
    kinds = {"svg": charts.save_svg, "png": charts.save_png}
    return {f"{id}.{end}": partial(save, chart) for id, chart in drawn.items() for end, save in kinds.items()}
