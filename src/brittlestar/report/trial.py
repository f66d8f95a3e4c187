"""A virtual trial: what was published beside what was simulated, failures first."""

import math
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import polars as pl

from brittlestar._shared import words
from brittlestar._shared.errors import InputError
from brittlestar._shared.table import Table
from brittlestar._shared.trial_words import failures_first
from brittlestar.report import endpoints
from brittlestar.report.endpoints import arm_label, arm_labels, fracture_trials
from brittlestar.report.view import Figures, View, filled

FREE, COUNT = "free", "mcf"
_SHOWN_ELSEWHERE = {"id", "title", "sources", "endpoints", "schema"}
_POINT = {
    "series": pl.String, "arm": pl.String, "time_months": pl.Float64,
    "value": pl.Float64, "low": pl.Float64, "high": pl.Float64, "source": pl.String,
}  # fmt: skip


def view(content: Mapping[str, Any], protocol: Mapping[str, Any] | None = None) -> View:
    """A virtual trial.

    Args:
        content: what ``results.json`` holds (manifest, trial, endpoints, curves).
        protocol: as it was asked for, nested; tells who took part, and has the published points of curves.

    Raises:
        InputError: results without manifest, trial or endpoints.
    """
    for key in ("manifest", "trial", "endpoints"):
        if key not in content:
            raise InputError("results", sorted(content), f"results with {key!r}")
    trial, protocol = content["trial"], protocol or {}
    labels = arm_labels(trial.get("arms", ()))
    rows = content["endpoints"]
    ordered = failures_first(rows)
    tables = {
        "endpoints": _table(rows, labels),
        "compared": _table([row for row in ordered if row["verdict"] != "not published"], labels),
        "alone": endpoints.simulated_alone(
            [row for row in ordered if row["verdict"] == "not published"], labels
        ),
    }
    arms = [arm for arm in trial.get("arms", ()) if isinstance(arm, Mapping) and "doses" in arm]
    care = endpoints.printed_care(arms, content.get("warnings") or ())
    asked = {key: value for key, value in protocol.items() if key not in _SHOWN_ELSEWHERE}
    return View(
        template="trial.html",
        title=trial["title"],
        manifest=content["manifest"],
        tables=tables,
        printed=(trial["title"], "", tables["endpoints"], *care),
        notes=_notes(content, protocol),
        parts={
            "tally": endpoints.tally(rows),
            "arms": arms,
            "warned": endpoints.warned(content.get("warnings"), labels),
            "fracture_trials": fracture_trials(rows),
            "screened": content.get("screened"),
            "off": words.switched_off(content["manifest"].get("without") or {}),
            "failed": len(content.get("failed_people") or ()),
            "protocol": filled(asked),
            "sources": _sources(trial, ordered),
        },
        draw=partial(_figures, ordered, content.get("curves") or {}, protocol, labels),
    )


def _table(rows: Sequence[Mapping[str, Any]], labels: Mapping[str, str]) -> Table:
    table = Table.of(*endpoints.COLUMNS)
    for row in rows:
        endpoints.add(table, row, labels)
    return table


def _notes(content: Mapping[str, Any], protocol: Mapping[str, Any]) -> list[str]:
    rows, failed = content["endpoints"], len(content.get("failed_people") or ())
    lines = words.switched_off(content["manifest"].get("without") or {})
    lines += ["Simulated: mean ± its Monte Carlo standard error (95 % of the trials that gave an answer)."]
    if any(row.get("near_limit") for row in rows):
        lines.append(endpoints.NEAR_LIMIT)
    lines += endpoints.about_trials(fracture_trials(rows))
    lines += [_screened(content, protocol)]
    return lines + ([f"{failed} people had a result that is not finite."] if failed else [])


def _screened(content: Mapping[str, Any], protocol: Mapping[str, Any]) -> str:
    """How many candidates it took, and the share of them that was enrolled."""
    screened, replicates = content.get("screened"), content["manifest"].get("replicates")
    people = (protocol.get("population") or {}).get("randomised")
    earlier = [arm["historical"]["randomised"] for arm in protocol.get("arms") or () if arm.get("historical")]
    people = people and people + sum(earlier)
    said = f"{screened} candidates were screened in all trials together"
    if not screened or not replicates or not people:
        return f"{said}."
    return (
        f"{said}; {replicates * people} of them, {100 * replicates * people / screened:.2g} %, were enrolled."
    )


def _figures(
    rows: Sequence[dict[str, Any]],
    curves: Mapping[str, Sequence[Mapping[str, Any]]],
    protocol: Mapping[str, Any],
    labels: Mapping[str, str],
) -> Figures:
    """Figures by section, each with the table of its numbers; what has no data has no figure."""
    from brittlestar import charts  # altair takes half a second to load
    from brittlestar.charts.forest import comparable
    from brittlestar.report.page import Figure, rows_of

    def tables(frame: pl.DataFrame, points: pl.DataFrame, scale: float = 1.0, unit: str = "") -> list[Table]:
        simulated = charts.data_table(frame.drop_nulls("mean"), scale=scale)
        paper = charts.published_table(points, scale=scale)
        return [
            rows_of(f"Simulated{unit}, mean (95 % range)", simulated),
            rows_of(f"Published{unit}", paper),
        ]

    published = published_points(protocol, labels)
    frames = {name: _labelled(found, labels) for name, found in curves.items() if found}
    found: dict[str, list[Figure]] = {"agreement": [], "density": [], "fractures": [], "markers": []}
    drawn = [row | {"arm": arm_label(row["arm"], labels)} for row in rows]
    if any(map(comparable, drawn)):
        found["agreement"] = [Figure.of("forest", charts.endpoint_forest(drawn))]
    if "bands" in frames:
        bands = frames["bands"].drop_nulls("mean")
        markers = charts.each_marker(bands, published)
        for series in dict.fromkeys(bands["series"]):
            section = "markers" if series in markers else "density"
            chart = markers.get(series) or charts.course_bands(bands, published, series=series)
            frame = bands.filter(pl.col("series") == series)
            points = charts.points_of(published, series, frame["arm"])
            found[section].append(Figure.of(f"series-{series}", chart, *tables(frame, points)))
    for name, draw, scale, unit in (
        (FREE, charts.fracture_free, 100.0, " in %"),
        (COUNT, charts.mean_cumulative_fractures, 1.0, ""),
    ):
        frame = frames.get(name)
        if frame is not None and frame["mean"].count():
            points = charts.points_of(published, name, frame["arm"])
            found["fractures"].append(
                Figure.of(name, draw(frame, published), *tables(frame, points, scale, unit))
            )
    return found


def _labelled(rows: Sequence[Mapping[str, Any]], labels: Mapping[str, str]) -> pl.DataFrame:
    frame = pl.DataFrame(rows, infer_schema_length=None)
    return frame.with_columns(pl.col("arm").replace(dict(labels)))


def published_points(protocol: Mapping[str, Any], labels: Mapping[str, str] | None = None) -> pl.DataFrame:
    """Published numbers as points of curves.

    A share s with a fracture by month t is the point 1 - s of the curve of those without one; a rate r per
    year over t months is the point r t / 12 of the mean cumulative number.

    Args:
        protocol: nested, as ``model_dump`` gives it.
        labels: of arms, by id.

    Returns:
        Columns series, arm, time_months, value, low, high and source.
    """
    rows = []
    for endpoint in protocol.get("endpoints") or ():
        first, last = endpoint.get("window") or (math.nan, math.nan)
        for point in endpoint.get("published") or ():
            arm = (labels or {}).get(point["arm"], point["arm"])
            low, value, high = point.get("low"), point["value"], point.get("high")
            months = last if endpoint.get("window") else endpoint.get("month") or 0.0
            rows.append((endpoint["id"], arm, months, value, low, high, point["source"]))
            if first == 0 and endpoint.get("kind") == "proportion_fractured":
                high, value, low = (None if x is None else 1 - x for x in (low, value, high))
                source = f"1 − share with a fracture; {point['source']}"
                rows.append((FREE, arm, last, value, low, high, source))
            if first == 0 and endpoint.get("kind") == "fracture_rate":
                low, value, high = (None if x is None else x * last / 12 for x in (low, value, high))
                rows.append((COUNT, arm, last, value, low, high, f"rate × time; {point['source']}"))
    return pl.DataFrame(rows, schema=_POINT, orient="row")


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
