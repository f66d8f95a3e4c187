"""The report of a virtual trial: what was published beside what was simulated, failures first."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl

from brittlestar import charts
from brittlestar._shared import words
from brittlestar._shared.errors import InputError
from brittlestar._shared.trial_words import without_answer
from brittlestar.charts.forest import comparable
from brittlestar.report.page import Figure, Table, filled, render

VERDICTS = {
    "outside": ("✕", "Outside", "outside the published interval"),
    "no answer": ("!", "No answer", "without an answer from the simulation"),
    "not judged": ("?", "Not judged", "not judged: too many trials gave no answer"),
    "no interval": ("○", "No interval", "published without an interval"),
    "inside": ("✓", "Inside", "inside the published interval"),
    "not published": ("–", "Not published", "with nothing published to compare"),
}
"""Verdict -> sign, word and words; none is told by colour alone."""

FREE, COUNT = "free", "mcf"
_SHOWN_ELSEWHERE = {"id", "title", "sources", "endpoints", "schema"}


def trial_report(
    results: Mapping[str, Any], frames: Mapping[str, pl.DataFrame], protocol_summary: Mapping[str, Any]
) -> str:
    """One HTML page of a virtual trial.

    Args:
        results: what ``results.json`` holds (manifest, trial, endpoints).
        frames: tables "bands", "free", "mcf" and "published"; any may be missing or empty.
        protocol_summary: the protocol, nested as it comes; empty fields are left out.

    Raises:
        InputError: results without manifest, trial or endpoints, or a table without a column it needs.
    """
    for key in ("manifest", "trial", "endpoints"):
        if key not in results:
            raise InputError("results", sorted(results), f"results with {key!r}")
    trial = results["trial"]
    labels = _labels(trial.get("arms", ()))
    named = {name: _relabelled(frame, labels) for name, frame in frames.items()}
    named["published"] = _with_fracture_points(named.get("published"), protocol_summary, labels)
    rows = [row | {"arm": _arm(row["arm"], labels)} for row in charts.endpoint_rows(results["endpoints"])]
    counts = Counter(row["verdict"] for row in rows)
    return render(
        "trial.html",
        title=trial["title"],
        manifest=results["manifest"],
        compared=[endpoint_cells(row) for row in rows if row["verdict"] != "not published"],
        alone=[endpoint_cells(row) for row in rows if row["verdict"] == "not published"],
        counts=[
            (counts[verdict], *VERDICTS[verdict][::2], verdict) for verdict in VERDICTS if counts[verdict]
        ],
        figures=_figures(rows, named),
        protocol=filled(
            {key: value for key, value in protocol_summary.items() if key not in _SHOWN_ELSEWHERE}
        ),
        sources=_sources(trial, rows),
        failed=len(results.get("failed_people") or ()),
        screened=results.get("screened"),
        arms=[arm for arm in trial.get("arms", ()) if isinstance(arm, Mapping) and "doses" in arm],
        warned=warned(results.get("warnings"), labels),
        fracture_trials=fracture_trials(rows),
    )


def _figures(rows: list[dict[str, Any]], frames: Mapping[str, pl.DataFrame]) -> dict[str, list[Figure]]:
    """Figures by section, each with the table of its numbers; what has no data has no figure."""
    published = frames["published"]
    found: dict[str, list[Figure]] = {"agreement": [], "density": [], "fractures": [], "markers": []}
    if any(map(comparable, rows)):
        found["agreement"] = [Figure.of("forest", charts.endpoint_forest(rows))]
    bands = frames.get("bands")
    if bands is not None and not bands.is_empty():
        bands = bands.drop_nulls("mean")
        markers = charts.each_marker(bands, published)
        for series in dict.fromkeys(bands["series"]):
            section = "markers" if series in markers else "density"
            chart = markers.get(series) or charts.course_bands(bands, published, series=series)
            frame = bands.filter(pl.col("series") == series)
            points = charts.points_of(published, series, frame["arm"])
            found[section].append(Figure.of(f"series-{series}", chart, *_tables(frame, points)))
    for name, draw, scale in (
        (FREE, charts.fracture_free, 100.0),
        (COUNT, charts.mean_cumulative_fractures, 1.0),
    ):
        frame = frames.get(name)
        if frame is not None and not frame.is_empty() and frame["mean"].count():
            points = charts.points_of(published, name, frame["arm"])
            tables = _tables(frame, points, scale, " in %" if scale == 100 else "")
            found["fractures"].append(Figure.of(name, draw(frame, published), *tables))
    return found


def _tables(
    frame: pl.DataFrame, points: pl.DataFrame, scale: float = 1.0, unit: str = ""
) -> tuple[Table, Table]:
    simulated = charts.data_table(frame.drop_nulls("mean"), scale=scale)
    paper = charts.published_table(points, scale=scale)
    return Table.of(f"Simulated{unit}, mean (95 % range)", simulated), Table.of(f"Published{unit}", paper)


def endpoint_cells(row: Mapping[str, Any]) -> dict[str, str]:
    """One row of a table of endpoints, in words."""
    published, simulated = row["published"], row["simulated"]
    sign, said, _ = VERDICTS[row["verdict"]]
    said_of = row.get("said") or {}
    paper = words.capital(said_of.get("words", words.NONE))
    if published is not None:
        paper = words.estimate(*(published[name] for name in ("value", "low", "high")), unit=row["unit"])
    return {
        "label": row["label"],
        "where": f"{words.capital(row['arm'])}, {words.months(row['time_months'])}",
        "published": paper,
        "source": (published or said_of).get("source") or "",
        "simulated": words.estimate(*(simulated[name] for name in ("mean", "low", "high")), unit=row["unit"]),
        "in_trials": in_trials(row),
        "remarks": remarks(row),
        "verdict": row["verdict"],
        "sign": sign,
        "said": f"{said}, near the limit" if row.get("near_limit") else said,
    }


def remarks(row: Mapping[str, Any]) -> str:
    """How exact a simulated mean is, how many trials are not in it, and what all people together gave."""
    error, told = row.get("monte_carlo_se"), row.get("pooled") or {"value": None, "monte_carlo_se": None}
    missing = without_answer(row)
    said = [f"Monte Carlo SE {error:.2g}"] if error is not None else []
    if missing:
        said.append(f"not in it: {missing}")
    if told["value"] is not None and (missing or row["unit"] == "ratio"):
        exact = f" (SE {told['monte_carlo_se']:.2g})" if told["monte_carlo_se"] is not None else ""
        said.append(
            f"all people together {words.estimate(told['value'], None, None, unit=row['unit'])}{exact}"
        )
    return "; ".join(said)


def in_trials(row: Mapping[str, Any]) -> str:
    """What pooled trials found, for beside a ratio of fractures; else nothing."""
    found = row.get("fractures_in_trials")
    return words.with_interval(found["value"], found["low"], found["high"]) if found else ""


def fracture_trials(rows: Iterable[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """What pooled trials found, where a row names it."""
    return next((row["fractures_in_trials"] for row in rows if row.get("fractures_in_trials")), None)


def warned(found: Any, labels: Mapping[str, str]) -> list[dict[str, Any]]:
    """What is unusual in a protocol, with its arms by their labels."""
    return [one | {"arm": labels.get(one["arm"], one["arm"]) or "All arms"} for one in found or ()]


def _labels(arms: Any) -> dict[str, str]:
    """Arm id -> label; arms come as names or with labels."""
    return {arm["id"]: arm.get("label") or arm["id"] for arm in arms if isinstance(arm, Mapping)}


def _arm(arm: str, labels: Mapping[str, str]) -> str:
    head, colon, tail = arm.partition(":")
    return f"{head}: {labels.get(tail, tail)}" if colon else labels.get(arm, arm)


def _relabelled(frame: pl.DataFrame, labels: Mapping[str, str]) -> pl.DataFrame:
    return frame.with_columns(pl.col("arm").replace(dict(labels))) if "arm" in frame.columns else frame


def _with_fracture_points(
    published: pl.DataFrame | None, protocol: Mapping[str, Any], labels: Mapping[str, str]
) -> pl.DataFrame:
    """Published shares and rates since the start, as points of the two fracture curves.

    A share s with a fracture by month t is the point 1 - s of the curve of those without one; a rate r per
    year over t months is the point r t / 12 of the mean cumulative number.
    """
    rows = []
    for endpoint in protocol.get("endpoints") or ():
        first, last = endpoint.get("window") or (math.nan, math.nan)
        if first != 0 or endpoint.get("kind") not in ("proportion_fractured", "fracture_rate"):
            continue
        share = endpoint["kind"] == "proportion_fractured"
        for point in endpoint.get("published") or ():
            low, value, high = (
                None if x is None else 1 - x if share else x * last / 12
                for x in (point.get("low"), point["value"], point.get("high"))
            )
            rows.append(
                {
                    "series": FREE if share else COUNT,
                    "arm": labels.get(point["arm"], point["arm"]),
                    "time_months": float(last),
                    "value": value,
                    "low": high if share else low,
                    "high": low if share else high,
                    "source": f"{'1 − share with a fracture' if share else 'rate × time'}; {point['source']}",
                }
            )
    empty = charts.points_of(None, FREE, ())
    found = empty if published is None or published.is_empty() else published.select(empty.columns)
    return pl.concat([found.cast(empty.schema), pl.DataFrame(rows, schema=empty.schema)])  # type: ignore[arg-type]


def _sources(trial: Mapping[str, Any], rows: list[dict[str, Any]]) -> list[str]:
    own = trial.get("sources") or trial.get("source") or []
    own = [own] if isinstance(own, str) else list(own)
    of_rows = [
        row[name]["source"]
        for row in rows
        for name in ("published", "said")
        if (row.get(name) or {}).get("source")
    ]
    return list(dict.fromkeys([*own, *of_rows]))
