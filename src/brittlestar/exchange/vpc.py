"""Visual predictive check: a data set beside what the model expects of its people, doses and times.

In each of M simulated data sets everybody of the table is followed under their own doses; what was not told
of them is drawn anew, and they are measured at their own times with the error of a visit. In each bin of time
the percentile of what was observed then stands beside the median of the M simulated percentiles and their 2.5
to 97.5 % range:

$$\\hat q_{p,b} = Q_p\\{y_i : t_i \\in b\\},\\qquad q^{(m)}_{p,b} = Q_p\\{y^{(m)}_i : t_i \\in b\\}.$$

The range is that of luck, of people who differ, and of what the science leaves open of the numbers of the
model: the data sets are spread evenly over parameter sets. Under one set alone its numbers are taken as
known. How far single studies lie apart is not in it.
Source: Holford, PAGE 14 (2005) Abstr 738; Karlsson & Holford, PAGE 17 (2008) Abstr 1434.
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from brittlestar._shared.arguments import seed_of, whole_between
from brittlestar._shared.at_a_glance import Glance
from brittlestar._shared.errors import InputError, nearest
from brittlestar._shared.manifest import NOTE, manifest
from brittlestar._shared.result_files import Content, save_result, with_pictures
from brittlestar._shared.table import Column, Table, number, with_range
from brittlestar._shared.tabled import Tabled
from brittlestar.engine import Parameters, fingerprint, identity, sets_of
from brittlestar.evidence.prediction.one_person import MOST_SETS, SETS, open_sets
from brittlestar.exchange.events.read import EventTable
from brittlestar.exchange.simulated_data_sets import simulated_data_sets
from brittlestar.model.parameter_sets import Told
from brittlestar.trials.measures import MEASURES

SCHEMA = "brittlestar/vpc/1"
PERCENTILES = (5.0, 50.0, 95.0)
RANGE = (0.025, 0.975)
MOST_DRAWS = 10_000

EACH_ITS_BIN, BINS = 12, 8
"""As many different times each have a bin of their own; more are parted into so many bins of as many values
each."""


@dataclass(frozen=True, repr=False)
class Vpc(Tabled):
    """Observed percentiles beside simulated ones."""

    axes = ("bin", "percentile")

    measure: str
    unit: str
    rows: pl.DataFrame
    """bin, day (mean of its times), count, percentile, observed, simulated, low, high, inside"""
    draws: int
    sets: int
    """parameter sets over which the data sets are spread; 0: one, taken as known"""
    manifest: dict[str, Any]

    @property
    def held(self) -> str:
        """What the range holds, in words."""
        if self.sets:
            return f"people who differ, luck, and {self.sets} parameter sets"
        return "people who differ, and luck; the numbers of the model taken as known"

    def table(self) -> pl.DataFrame:
        """One row for each bin and percentile."""
        return self.rows

    def plot(self) -> Any:
        """Bands of simulated percentiles, points of observed ones (Altair)."""
        from brittlestar.charts.vpc import vpc as chart

        return chart(self.rows, measure=self.measure, unit=self.unit, held=self.held)

    def _glance(self) -> Glance:
        table = Table.of(
            *(Column(x, right=True) for x in ("day", "values", "percentile", "observed", "simulated"))
        )
        for row in self.rows.to_dicts():
            table.row(
                f"{row['day']:.0f}",
                str(row["count"]),
                f"{row['percentile']:g}",
                number(row["observed"]),
                with_range(row["simulated"], row["low"], row["high"]),
            )
        inside = f"{int(self.rows['inside'].sum())} of {self.rows.height} observed percentiles"
        return Glance(
            f"{self.measure} ({self.unit}), {self.draws} simulated data sets",
            table,
            (
                f"{inside} are inside 95 % of simulated data sets.",
                f"In the range: {self.held}.",
                ".table(), .plot(), .save(path)",
            ),
        )

    def _picture(self) -> str:
        from brittlestar.charts import svg

        return svg(self.plot())

    def to_dict(self) -> dict[str, Any]:
        """Content of ``vpc.json``."""
        told = {"measure": self.measure, "unit": self.unit, "draws": self.draws, "sets": self.sets}
        told |= {"range": self.held, "note": NOTE}
        return {"schema": SCHEMA, "manifest": self.manifest, **told, "rows": self.rows.to_dicts()}

    def save(self, path: str | os.PathLike[str], *, force: bool = False) -> Path:
        """Write ``vpc.csv``, ``vpc.json`` and pictures, all or nothing."""

        def pictures() -> dict[str, Content]:
            from brittlestar import charts

            chart = self.plot()
            return {"vpc.png": charts.png_ahead(chart.to_dict()), "vpc.html": charts.html(chart)}

        files: dict[str, Content] = {"vpc.csv": self.rows.write_csv, "vpc.json": self.to_dict()}
        return save_result(path, with_pictures(files, pictures), force=force)


def vpc(
    table: EventTable,
    measure: str | None = None,
    *,
    draws: int = 200,
    bins: Sequence[float] | None = None,
    percentiles: Sequence[float] = PERCENTILES,
    seed: int = 1,
    parameters: Told = None,
    sets: int | Sequence[Parameters] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Vpc:
    """Compare a data set with what the model expects of its people, doses and times.

    Args:
        table: of :func:`brittlestar.read_events`.
        measure: what was observed, by its name; the only one if left out.
        draws: simulated data sets.
        bins: rising edges in days; the last bin holds its end. Left out: each time, or as many values in
            each.
        percentiles: between 0 and 100.
        seed: key of all chance.
        parameters: a set or its name, whose numbers are taken as known; or several, as those of a file
            (``"sets.parquet"``), each that of as many data sets.
        sets: without ``parameters``: of how many parameter sets, of all laws, each is that of as many data
            sets, 16 by default; 0: the numbers of the shipped set are taken as known. Or the sets themselves.
        progress: called with people done and in all.

    Raises:
        InputError: nothing observed that the model measures, or numbers outside what is accepted.
    """
    draws = whole_between(draws, 20, MOST_DRAWS, "draws")
    name = _measure(table, measure)
    at = np.array(sorted(percentiles), np.float64)
    if not at.size or not ((at > 0) & (at < 100)).all():
        raise InputError("percentiles", percentiles, "accepted: numbers between 0 and 100")
    own, seed = sets_of(parameters), seed_of(seed)
    first, *more = own
    spread = own if more else ()
    if parameters is None:
        spread = _spread(SETS if sets is None else sets)
    elif sets:
        count = sets if isinstance(sets, int) else len(sets)
        raise InputError("sets", count, "accepted: none beside parameters, which are taken as told")
    if len(spread) > draws:
        raise InputError("sets", len(spread), f"accepted: at most one for each of the {draws} data sets")
    seen = table.observations.filter(pl.col("observed") == name).sort("id", "day", maintain_order=True)
    subjects = [table[id] for id in dict.fromkeys(seen["id"].to_list())]
    place = {subject.id: k for k, subject in enumerate(subjects)}
    who = np.array([place[id] for id in seen["id"].to_list()])
    day, observed = seen["day"].to_numpy(), seen["value"].to_numpy()
    simulated = simulated_data_sets(subjects, who, day, name, draws, spread or own, seed, progress)
    group = np.digitize(day, edges := _edges(day, bins)) - 1
    group[day == edges[-1]] = len(edges) - 2
    rows = [
        row
        for k in range(len(edges) - 1)
        if (mine := group == k).any()
        for row in _rows(k, day[mine], observed[mine], simulated[:, mine], at)
    ]
    if not rows:
        raise InputError("bins", bins, f"accepted: edges about days {day.min():g} to {day.max():g}")
    inputs = {"measure": name, "draws": draws, "values": seen.to_dict(as_series=False)}
    inputs |= {"sets": [fingerprint(one) for one in spread]} if spread else {}
    made = manifest(seed=seed, parameters=identity(first), inputs=inputs, sets=len(own))
    return Vpc(name, MEASURES[name].unit, pl.DataFrame(rows), draws, len(spread), made)


def _spread(sets: int | Sequence[Parameters]) -> tuple[Parameters, ...]:
    """So many sets of the posterior under all laws, or those that were told."""
    if isinstance(sets, list | tuple):
        return sets_of(sets) if sets else ()
    return open_sets(whole_between(sets, 0, MOST_SETS, "sets"))


def _measure(table: EventTable, asked: str | None) -> str:
    there = [name for name in dict.fromkeys(table.observations["observed"].to_list()) if name in MEASURES]
    if asked is None and len(there) == 1:
        return there[0]
    if asked is None or asked not in there:
        accepted = (
            nearest(asked or "", there)
            if there
            else f"no observation of {', '.join(MEASURES)} is in the table"
        )
        raise InputError("measure", asked, accepted)
    return asked


def _edges(day: np.ndarray, bins: Sequence[float] | None) -> np.ndarray:
    if bins is not None:
        edges = np.asarray(bins, np.float64)
        if edges.size < 2 or not (np.diff(edges) > 0).all():
            raise InputError("bins", bins, "accepted: two or more rising days")
        return edges
    times = np.unique(day)
    if times.size <= EACH_ITS_BIN:
        middle = (times[1:] + times[:-1]) / 2
    else:
        middle = np.unique(np.quantile(day, np.linspace(0, 1, BINS + 1))[1:-1])
    return np.concatenate([[times[0] - 1.0], middle, [times[-1] + 1.0]])


def _rows(
    bin: int, day: np.ndarray, observed: np.ndarray, simulated: np.ndarray, at: np.ndarray
) -> list[dict[str, Any]]:
    found = np.quantile(observed, at / 100)
    each = np.quantile(simulated, at / 100, axis=1)
    low, middle, high = np.quantile(each, [RANGE[0], 0.5, RANGE[1]], axis=1)
    return [
        {
            "bin": bin,
            "day": float(day.mean()),
            "count": len(day),
            "percentile": float(at[i]),
            "observed": float(found[i]),
            "simulated": float(middle[i]),
            "low": float(low[i]),
            "high": float(high[i]),
            "inside": bool(low[i] <= found[i] <= high[i]),
        }
        for i in range(len(at))
    ]
