"""What a virtual trial found: endpoints beside what was published, curves, and its files."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl

from brittlestar._shared.at_a_glance import Glance
from brittlestar._shared.result_files import Content, with_pictures
from brittlestar._shared.table import Column, Table, with_range
from brittlestar._shared.tabled import Tabled
from brittlestar.engine import Parameters, limits_met
from brittlestar.report import page, trial
from brittlestar.trials.arms import arm_rows, warnings_of
from brittlestar.trials.conduct import Kept, band_months, curve_months, measured_endpoints
from brittlestar.trials.protocol import Protocol
from brittlestar.trials.summary import endpoint_rows, point_of, unit

SCHEMA = "brittlestar/results/2"

POINT = {"mean": pl.Float64, "low": pl.Float64, "high": pl.Float64, "without_answer": pl.Int64}


@dataclass(frozen=True, repr=False)
class TrialResult(Tabled):
    """What a virtual trial found."""

    axes = ("id", "arm", "time_months")

    protocol: Protocol
    endpoints: list[dict[str, Any]]
    """rows of ``results.json``"""
    curves: dict[str, pl.DataFrame]
    """``bands``, ``free``, ``mcf``: mean and 95 % range over replicates by arm and month"""
    manifest: dict[str, Any]
    screened: int
    failed: list[int]
    """ids of people with a non-finite result"""
    limits: dict[str, str] = field(default_factory=dict)
    """name of a limit of physics that held somebody back -> a sentence"""
    people: Callable[[], dict[str, pl.DataFrame]] = field(default=dict, repr=False, compare=False)
    """works out the tables of people, by the names of ``conduct.TABLES``"""

    @cached_property
    def _people(self) -> dict[str, pl.DataFrame]:
        return self.people()

    @property
    def patients(self) -> pl.DataFrame:
        """Everyone of every replicate: arm, age, what screening saw, how their trial ended.

        Read from the directory that the run wrote, or worked out when first asked for, which takes as long
        as the run.
        """
        return self._people["patients"]

    @property
    def visits(self) -> pl.DataFrame:
        """What was measured at every visit, one row per person and visit; see :attr:`patients`."""
        return self._people["visits"]

    @property
    def fractures(self) -> pl.DataFrame:
        """Every counted fracture: person, month and site; see :attr:`patients`."""
        return self._people["fractures"]

    def plot(self) -> Any:
        """Published beside simulated, endpoint by endpoint (Altair); else the share without a fracture.

        Example:
            ``run_trial("poise").plot().save("poise.html")``
        """
        # Altair takes a second to load, which whoever draws nothing need not wait for.
        from brittlestar import charts
        from brittlestar.charts.forest import comparable

        if any(comparable(row) for row in charts.endpoint_rows(self.endpoints)):
            return charts.endpoint_forest(self.endpoints)
        return charts.fracture_free(self.curves["free"])

    def _glance(self) -> Glance:
        table = Table.of(Column("endpoint", over=True), "arm", Column("month", right=True, rank=1),
                         Column("published", right=True), Column("simulated", right=True),
                         Column("verdict", comfort=0))  # fmt: skip
        for row in self.endpoints:
            said, found = row["published"] or {}, row["simulated"]
            table.row(
                row["label"],
                row["arm"],
                f"{row['time_months']:g}",
                with_range(said.get("value"), said.get("low"), said.get("high")),
                with_range(found["mean"], found["low"], found["high"]),
                row["verdict"],
            )
        people = self.protocol.population.randomised
        runs = self.manifest["replicates"]
        size = f"{runs} {'replicate' if runs == 1 else 'replicates'} of {people} people"
        return Glance(f"{self.protocol.title}: {size}", table, (".patients, .visits, .fractures, .plot()",))

    def _picture(self) -> str:
        from brittlestar.charts import svg

        return svg(self.plot())

    def table(self) -> pl.DataFrame:
        """Endpoints flat: published beside simulated."""
        rows = []
        for e in self.endpoints:
            published = e["published"] or {"value": None, "low": None, "high": None, "source": None}
            rows.append(
                {k: e[k] for k in ("id", "label", "arm", "time_months", "unit")}
                | {f"published_{k}": published[k] for k in ("value", "low", "high")}
                | {f"simulated_{k}": e["simulated"][k] for k in ("mean", "low", "high")}
                | {
                    "monte_carlo_se": e["monte_carlo_se"],
                    "pooled": e["pooled"]["value"],
                    "replicates_without_answer": e["replicates_without_answer"],
                    "published_words": e["said"] and e["said"]["words"],
                    "verdict": e["verdict"],
                    "source": published["source"] or (e["said"] and e["said"]["source"]),
                }
            )
        return pl.DataFrame(rows, infer_schema_length=None)

    @property
    def arms(self) -> list[dict[str, Any]]:
        """What each arm gives, with how many doses in each year."""
        return arm_rows(self.protocol)

    @property
    def warnings(self) -> list[dict[str, Any]]:
        """What departs from labels, published use or the calibration, and limits that acted, by name."""
        met = [
            {"arm": None, "rule": rule, "message": said, "source": "assumed"}
            for rule, said in self.limits.items()
        ]
        return [*warnings_of(self.protocol), *met]

    def to_dict(self) -> dict[str, Any]:
        """Content of ``results.json``; see ``results.schema.json``."""
        return {
            "schema": SCHEMA,
            "manifest": self.manifest,
            "trial": {
                "id": self.protocol.id,
                "title": self.protocol.title,
                "sources": list(self.protocol.sources),
                "arms": self.arms,
            },
            "warnings": self.warnings,
            "screened": self.screened,
            "failed_people": self.failed,
            "endpoints": self.endpoints,
            "curves": {name: frame.to_dicts() for name, frame in self.curves.items()},
        }


def curve_points(values: dict[str, np.ndarray], months: np.ndarray, **columns: str) -> pl.DataFrame:
    """Mean and range over replicates, long by arm and month."""
    frames = []
    for arm, course in values.items():
        rows = [point_of(course[:, i]) for i in range(len(months))]
        frames.append(
            pl.DataFrame(rows, schema=POINT).with_columns(
                pl.lit(arm).alias("arm"), pl.Series("time_months", months)
            )
        )
    frame = pl.concat(frames).with_columns(**{k: pl.lit(v) for k, v in columns.items()})
    return frame.select(*columns, "arm", "time_months", *POINT)


def collect(
    protocol: Protocol,
    p: Parameters,
    kept: Kept,
    made: dict[str, Any],
    people: Callable[[], dict[str, pl.DataFrame]],
) -> TrialResult:
    """Judge what stays of all replicates.

    Args:
        protocol: the trial.
        p: parameters of the run.
        kept: of all replicates together.
        made: the manifest; its backend gives way to what ran the courses in the end.
        people: works out the tables of people.
    """
    endpoints = [
        row
        for endpoint, estimates in zip(protocol.endpoints, kept.estimates)
        for row in endpoint_rows(endpoint, estimates)
    ]
    bands = [
        curve_points(kept.bands[name], band_months(protocol), series=name, label=e.label, unit=unit(e))
        for name, e in measured_endpoints(protocol).items()
    ]
    months = curve_months(protocol)
    return TrialResult(
        protocol=protocol,
        endpoints=endpoints,
        curves={
            "bands": pl.concat(bands) if bands else pl.DataFrame(),
            "free": curve_points(kept.curves["free"], months),
            "mcf": curve_points(kept.curves["mcf"], months),
        },
        manifest=made | {"backend": " and ".join(kept.backends)},
        screened=kept.screened,
        failed=kept.failed,
        limits=limits_met.said(kept.limits, made["replicates"] * protocol.people, p),
        people=people,
    )


def files(result: TrialResult) -> dict[str, Content]:
    """What a run writes of its result, by name."""
    content = result.to_dict()
    asked = {"protocol": result.protocol.inputs, "replicates": result.manifest["replicates"]}
    numbers = {"results.json": content, "protocol.json": asked}
    told = trial.view(content, result.protocol.model_dump(mode="json"))
    return with_pictures(numbers, lambda: {"report.html": page.html(told)})
