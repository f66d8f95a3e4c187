"""A measured quantity over the months of a trial: simulated mean and band by arm, published values on top."""

from collections.abc import Iterable

import altair as alt
import polars as pl

from brittlestar._shared import words
from brittlestar._shared.errors import InputError, nearest
from brittlestar.charts.last_values import last_values, read_out, versus
from brittlestar.charts.layers import bands_and_lines, level, published_points
from brittlestar.charts.theme import finished, grid, in_order, month_axis, need, with_unit

MARKERS = ("ctx", "ntx", "untx", "p1np", "pinp", "bsap", "alp", "trap5b", "osteocalcin")
"""Words of a series id that name a marker of turnover."""

BANDS = ("series", "label", "unit", "arm", "time_months", "mean", "low", "high")
PUBLISHED = ("series", "arm", "time_months", "value", "low", "high", "source")
CAPTION = (
    "Line: mean. Band: 95 % of simulated trials of this size.",
    "Outlined points: published values, with 95 % interval where given.",
)


def course_bands(
    bands: pl.DataFrame, published: pl.DataFrame | None = None, *, series: str, panel: bool = False
) -> alt.LayerChart:
    """One series by arm over time: mean line, 95 % band, published points.

    Args:
        bands: simulated rows (series, label, unit, arm, time_months, mean, low, high).
        published: rows of the paper (series, arm, time_months, value, low, high, source), if any.
        series: which series to draw, e.g. "ls_z".
        panel: smaller and without the line of explanation, for small multiples.

    Raises:
        InputError: an unknown series or a missing column.
    """
    need(bands, BANDS, "bands")
    frame = bands.filter(pl.col("series") == series).drop_nulls("mean")
    if frame.is_empty():
        raise InputError("bands: series", series, nearest(series, bands["series"].unique().sort()))
    points = points_of(published, series, frame["arm"])
    arms = in_order(frame["arm"])
    label, unit = frame["label"][0], frame["unit"][0]
    lowest, highest = _extent(frame, points)
    end = max(frame["time_months"].to_list())
    last = max([end, *points["time_months"]])
    x = alt.X(
        "time_months:Q", axis=month_axis(last), scale=alt.Scale(domain=[0, last], nice=False, padding=10)
    )
    y = alt.Y("mean:Q", title=with_unit(label, unit), scale=alt.Scale(zero=False, nice=True))
    layers = [level(0.0)] if lowest <= 0 <= highest else []
    layers += bands_and_lines(frame, x=x, y=y, by="arm", arms=arms)
    layers += published_points(points, x="time_months", arms=arms)
    ends = last_values(frame, "arm", "time_months")
    said = f"at {words.months(end)}: {versus(ends, 'arm', unit)}"
    return finished(
        alt.layer(*layers),
        title=[label, words.capital(said)] if panel else [f"{label}, {said}"],
        subtitle=() if panel else CAPTION[: 2 if len(points) else 1],
        description=words.sentence(
            [
                f"Simulated: {with_unit(label, unit)} by arm over {words.months(end)}",
                f"At the end: {read_out(ends, 'arm', unit)}",
                published_words(points, unit),
            ]
        ),
        panel=panel,
    )


def each_marker(
    bands: pl.DataFrame, published: pl.DataFrame | None = None, *, markers: Iterable[str] = MARKERS
) -> dict[str, alt.LayerChart]:
    """One panel per marker of turnover that the table holds, by series id."""
    need(bands, BANDS, "bands")
    wanted = set(markers)
    found = [name for name in dict.fromkeys(bands["series"]) if wanted.intersection(name.lower().split("_"))]
    return {name: course_bands(bands, published, series=name, panel=True) for name in found}


def marker_panels(
    bands: pl.DataFrame, published: pl.DataFrame | None = None, *, markers: Iterable[str] = MARKERS
) -> alt.ConcatChart:
    """Markers of turnover as small multiples.

    Raises:
        InputError: the table holds none of them.
    """
    panels = each_marker(bands, published, markers=markers)
    if not panels:
        known = bands["series"].unique().sort().to_list()
        raise InputError("bands: series", known, f"at least one that names {', '.join(markers)}")
    return grid(panels.values())


def points_of(published: pl.DataFrame | None, series: str, arms: Iterable[str]) -> pl.DataFrame:
    """The published rows of a series in these arms, if any; a contrast of arms has no curve."""
    kinds = {"series": pl.String, "arm": pl.String, "source": pl.String}
    if published is None or published.is_empty():
        return pl.DataFrame(schema={name: kinds.get(name, pl.Float64) for name in PUBLISHED})
    need(published, PUBLISHED, "published")
    numbers = [name for name in PUBLISHED if name not in kinds]
    rows = published.filter((pl.col("series") == series) & pl.col("arm").is_in(list(set(arms))))
    # A column without any interval comes as Null or as text and would not join with numbers.
    return rows.with_columns(pl.col(numbers).cast(pl.Float64))


def published_words(points: pl.DataFrame, unit: str | None = None, *, scale: float = 1.0) -> str:
    """The published values in a sentence, the last time of each arm."""
    if points.is_empty():
        return "No published value is drawn"
    rows = last_values(points.rename({"value": "mean"}), "arm", "time_months")
    at = words.months(rows["time_months"].max())  # type: ignore[arg-type]
    return f"Published at {at}: {read_out(rows, 'arm', unit, what='95 % interval', scale=scale)}"


def _extent(frame: pl.DataFrame, points: pl.DataFrame) -> tuple[float, float]:
    values = pl.concat([*(frame[name] for name in ("low", "mean", "high")), points["value"]]).drop_nulls()
    return float(values.min()), float(values.max())  # type: ignore[arg-type]
