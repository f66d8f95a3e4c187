"""What the screens of evidence, leaflet, open questions and finished trials show."""

import csv
import io
import json
import re
from collections import Counter
from dataclasses import replace
from functools import lru_cache
from typing import Any

import polars as pl

from brittlestar import charts
from brittlestar._shared import words
from brittlestar.charts.forest import comparable
from brittlestar.evidence.studies.listing import drugs_of, use_of
from brittlestar.evidence.studies.pools_report import pools
from brittlestar.evidence.studies.study import Study, studies
from brittlestar.report import evidence as evidence_report
from brittlestar.report import leaflet as leaflet_report
from brittlestar.report import power as power_report
from brittlestar.report.page import Figure, Table
from brittlestar.report.trial import (
    VERDICTS,
    _figures,
    _labels,
    _relabelled,
    _with_fracture_points,
    endpoint_cells,
    fracture_trials,
    warned,
)
from brittlestar.trials.protocol_files import load_protocol
from brittlestar.trials.run import published_points
from brittlestar.web import pages
from brittlestar.web.downloads import cell_text
from brittlestar.web.jobs import kinds
from brittlestar.web.jobs.queue import Job
from brittlestar.web.narrow_charts import fitted
from brittlestar.web.requests import Trial

MOST_TIMES = 13
"""Of a table of courses."""


def evidence() -> dict[str, Any]:
    """Studies, pooled effects, and the replicated trials if they were run."""
    found = pools()
    pooled = []
    for pool in found["pools"]:
        chart = evidence_report.forest(pool)
        figure = None
        if chart is not None:
            figure = _own(Figure.of(f"forest-{pool['id']}", chart, evidence_report._studies(pool)))
        pooled.append({"title": pool["title"], "said": evidence_report.sentence(pool), "note": pool["note"],
                       "figure": figure, "left_out": len(pool["left_out"])})  # fmt: skip
    return {"pools": pooled, "studies": [_study(s) for s in studies().values()], "trials": _replicated()}


def _study(s: Study) -> dict[str, Any]:
    people = s.population.n
    sources = sorted({key for r in s.results for key in r.source})
    return {
        "id": s.id, "cite": s.cite, "design": s.design, "use": use_of(s.id), "n": people,
        "drugs": ", ".join(drugs_of(s)) or "–", "numbers": sum(1 for _ in s.usable()),
        "sources": _addresses(sources),
    }  # fmt: skip


def _addresses(keys: list[str]) -> list[str]:
    from brittlestar.evidence.studies.study import sources

    return [sources()[key].address or sources()[key].what for key in keys]


def _replicated() -> dict[str, Any] | None:
    return _replicated_at(kinds.stamp("trials"))


@lru_cache(maxsize=1)
def _replicated_at(_: int) -> dict[str, Any] | None:
    content = kinds.kept("trials")
    if content is None:
        return None
    titles = {one["id"]: one["title"] for one in content["trials"]}
    labels = {name: {arm.id: arm.label for arm in load_protocol(name).arms} for name in titles}
    told = [dict(row) | {"arm": _arms(row["arm"], labels[row["trial"]])} for row in content["compared"]]
    rows = charts.endpoint_rows(told)
    counts = Counter(row["verdict"] for row in rows)
    cells = [
        endpoint_cells(row) | {"trial": titles[row["trial"]], "id": row["trial"], "role": row["role"]}
        for row in rows
    ]
    return {
        "counts": [(counts[v], *VERDICTS[v][::2], v) for v in VERDICTS if counts[v]],
        "rows": cells,
        "errors": [one for one in content["trials"] if one["error"]],
        "manifest": content["manifest"],
    }


def _arms(arm: str, labels: dict[str, str]) -> str:
    """An arm by its label; ``difference:x`` names the arm that is held against the control."""
    head, colon, tail = arm.partition(":")
    return f"{head}: {labels.get(tail, tail)}" if colon else labels.get(arm, arm)


def leaflet() -> dict[str, Any]:
    """Every statement with its verdict, disagreements first, if the checks were run."""
    return _leaflet_at(kinds.stamp("leaflet"))


@lru_cache(maxsize=1)
def _leaflet_at(_: int) -> dict[str, Any]:
    content = kinds.kept("leaflet")
    if content is None:
        return {"found": None}
    rows = [_fitted(leaflet_report._statement(row)) for row in content["statements"]]
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        groups.setdefault(row["group"], []).append(row)
    counts = [
        (content["counts"][v], leaflet_report.SIGNS[v], leaflet_report.SAID[v], v.lower().replace(" ", "-"))
        for v in leaflet_report.SIGNS
    ]
    order = list(leaflet_report.SIGNS)[:3]
    odd = [row for verdict in order for row in rows if row["verdict"] == verdict]
    about = {"manifest": content["manifest"], "leaflet": content["leaflet"]}
    return {"found": about | {"groups": groups, "counts": counts, "odd": odd}}


def _fitted(row: dict[str, Any]) -> dict[str, Any]:
    figure, table = fitted(row["figure"]), row.get("table")
    row = row | {"table": table and replace(table, caption=f"{table.caption}, {row['id']}")}
    return row | {"figure": figure and replace(figure, tables=(_numbers(row["chart"], row["id"]),))}


def _numbers(chart: dict[str, Any], id: str) -> Table:
    """The numbers of a statement's chart; of courses, about a dozen times."""
    rows = chart["rows"]
    if chart["kind"] == "dots":
        cells = [(row["series"], words.with_interval(row["y"], row["low"], row["high"])) for row in rows]
        return Table(f"{chart['title']}, {id}", ("What", words.capital(chart["y"])), tuple(cells))
    values = {(row["series"], row["x"]): row["y"] for row in rows}
    series, times = (list(dict.fromkeys(row[key] for row in rows)) for key in ("series", "x"))
    times = sorted(times)[:: -(-len(times) // MOST_TIMES)]
    lines = [(words.number(x), *(words.number(values.get((name, x))) for name in series)) for x in times]
    caption = f"{chart['title']}: {chart['y']}, {id}"
    return Table(caption, (words.capital(chart["x"]), *map(words.capital, series)), tuple(lines))


def unknown() -> dict[str, Any]:
    """The open questions, if the checks were run."""
    return _unknown_at(kinds.stamp("leaflet"))


@lru_cache(maxsize=1)
def _unknown_at(_: int) -> dict[str, Any]:
    content = kinds.kept("leaflet")
    questions = (content or {}).get("open_questions") or []
    shown = [_fitted(leaflet_report._question(page)) for page in questions]
    return {"questions": shown, "manifest": content["manifest"] if content and questions else None}


def trial_result(job: Job) -> dict[str, Any]:
    """A finished trial for the page: HTML, and the figures' specifications."""
    content, protocol = _content(job), kinds.asked_for(job.asked).read()
    labels = _labels(content["trial"]["arms"])
    frames = {name: pl.DataFrame(rows, infer_schema_length=None) for name, rows in content["curves"].items()}
    summary = protocol.model_dump(mode="json")
    named = {name: _relabelled(frame, labels) for name, frame in frames.items()}
    published = _relabelled(published_points(protocol), labels)
    named["published"] = _with_fracture_points(published, summary, labels)
    rows = charts.endpoint_rows(
        [row | {"arm": labels.get(row["arm"], row["arm"])} for row in content["endpoints"]]
    )
    figures = [_own(fitted(figure)) for group in _figures(rows, named).values() for figure in group]
    counts = Counter(row["verdict"] for row in rows)
    entry = protocol.population.eligibility
    html = pages.part(
        "trial_result",
        title=content["trial"]["title"],
        arms=content["trial"]["arms"],
        warned=warned(content["warnings"], labels),
        fracture_trials=fracture_trials(rows),
        rows=[endpoint_cells(row) for row in rows],
        counts=[(counts[v], *VERDICTS[v][::2], v) for v in VERDICTS if counts[v]],
        figures=figures,
        manifest=content["manifest"],
        screened=content["screened"],
        failed=len(content["failed_people"]),
        by_fractures=any("fractures" in rule for rule in (entry, *entry.get("any_of", ()))),
        drawn=any(map(comparable, rows)),
        regression=regression(job),
        id=job.id,
    )
    return {"html": {"result": html}}


def _own(figure: Figure | None) -> Figure | None:
    """The figure with tables that a screen reader can tell from those of others."""
    if figure is None:
        return None
    tables = (replace(table, caption=f"{figure.title}: {table.caption}") for table in figure.tables)
    return replace(figure, tables=tuple(tables))


def power_result(job: Job) -> dict[str, Any]:
    """The power of a trial for the page: HTML, and the figures' specifications."""
    content = json.loads(power_file(job, "json")[0])
    html = pages.part(
        "power_result",
        content=content,
        figures=[fitted(figure) for figure in power_report._figures(content["power"])],
        tables=[power_report._sizes(content), power_report._null(content["null"])],
        entry=power_report._entry(content["entry"]),
        ratio=power_report.model_ratio(content),
        warned=warned(content["warnings"], _labels(content["trial"]["arms"])),
        id=job.id,
    )
    return {"html": {"result": html}}


def power_file(job: Job, kind: str) -> tuple[str, str]:
    """The power of a trial as text and its type."""
    text = (kinds.finished(job.folder) / "power.json").read_text(encoding="utf-8")
    if kind == "json":
        return text, "application/json"
    content = json.loads(text)
    if kind == "html":
        return power_report.power_report(content), "text/html"
    if kind == "toml":
        asked = kinds.asked_for(job.asked)
        run = f"power FILE --draws 1 --replicates {kinds.POWER_REPLICATES} --seed {asked.seed}"
        return _protocol_text(asked, run), "application/toml"
    columns = ("contrast", "label", "months", "size", "share", "se", "limit", "trials", "without_answer")
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows(
        [cell_text(v) if isinstance(v, str) else v for v in map(row.get, columns)] for row in content["power"]
    )
    return out.getvalue(), "text/csv"


def regression(job: Job) -> dict[str, float] | None:
    """Fractures a year before entry and in the first year of people without the drug, as the run saw them."""
    folder, protocol = kinds.finished(job.folder), kinds.asked_for(job.asked).read()
    patients, events = (pl.read_parquet(folder / f"{name}.parquet") for name in ("patients", "fractures"))
    if "screening_fractures" not in patients.columns:
        return None
    mine = patients.filter(pl.col("arm").cast(pl.String) == protocol.arms[protocol.control].id)
    keys = ["replicate", "person"]
    first = events.filter(pl.col("month") <= 12.0).join(mine.select(keys), on=keys, how="semi")
    followed = float(mine["followed_months"].clip(0.0, 12.0).sum()) / 12.0
    if followed <= 0:
        return None
    before = float(mine["screening_fractures"].sum()) / len(mine) / protocol.population.history_years
    return {"before": before, "after": len(first) / followed}


def trial_file(job: Job, kind: str) -> tuple[str, str]:
    """A finished trial as text and its type."""
    whole = {"json": ("results.json", "application/json"), "html": ("report.html", "text/html")}
    if kind in whole:
        name, media = whole[kind]
        return (kinds.finished(job.folder) / name).read_text(encoding="utf-8"), media
    asked = kinds.asked_for(job.asked)
    if kind == "toml":
        run = f"trial FILE --replicates {asked.replicates} --seed {asked.seed}"
        return _protocol_text(asked, run), "application/toml"
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(_COLUMNS)
    for e in _content(job)["endpoints"]:
        simulated = (e["simulated"][key] for key in ("mean", "low", "high"))
        exact = (e["monte_carlo_se"], e["pooled"]["value"], e["replicates"], e["replicates_without_answer"])
        words = (cell_text(e["label"]), cell_text(e["arm"]), e["time_months"], cell_text(e["unit"]))
        writer.writerow([*words, *simulated, *exact, e["verdict"]])
    return out.getvalue(), "text/csv"


_COLUMNS = ("endpoint", "arm", "month", "unit", "mean", "low", "high", "monte_carlo_se",
            "all_people_together", "replicates", "replicates_without_answer", "verdict")  # fmt: skip


def _protocol_text(asked: Trial, run: str) -> str:
    from brittlestar.trials.protocol_files import protocol_text

    text = asked.text if asked.text.strip() else protocol_text(asked.protocol)[0]
    if asked.randomised is not None:
        text = re.sub(r"(?m)^randomised\s*=.*$", f"randomised = {asked.randomised}", text, count=1)
    return f"# Run again: brittlestar {run}\n{text}"


def _content(job: Job) -> dict[str, Any]:
    return json.loads((kinds.finished(job.folder) / "results.json").read_text(encoding="utf-8"))
