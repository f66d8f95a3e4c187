"""Run a virtual trial: replicates in blocks, kept in chunks as they are ready, together in the end."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from brittlestar._shared.arguments import seed_of, whole
from brittlestar._shared.at_a_glance import AtAGlance, Glance
from brittlestar._shared.errors import InputError, Stopped
from brittlestar._shared.manifest import manifest, source_sha256
from brittlestar._shared.memory import CHARTS, check_addresses
from brittlestar._shared.result_files import Content, save_result
from brittlestar._shared.resumable_run import UnfinishedRun
from brittlestar._shared.table import Column, Table, with_range
from brittlestar.engine import Parameters, fingerprint, limits_met, parameters_of
from brittlestar.trials.arms import arm_rows, warnings_of
from brittlestar.trials.chunks import KEPT, CannotBeRun, Chunk, checked_workers, join, unpack, worked_out
from brittlestar.trials.conduct import (
    TABLES,
    Kept,
    band_months,
    blocks,
    conduct,
    curve_months,
    measured_endpoints,
)
from brittlestar.trials.protocol import Protocol
from brittlestar.trials.protocol_files import load_protocol
from brittlestar.trials.recruit import most_replicates, type_counts
from brittlestar.trials.summary import endpoint_rows, point_of, unit

SCHEMA = "brittlestar/results/2"
BLOCKS_PER_CHUNK = 4
"""About 16,000 people: a chunk takes some seconds, and a killed run loses no more."""

_POINT = {"mean": pl.Float64, "low": pl.Float64, "high": pl.Float64, "without_answer": pl.Int64}

Progress = Callable[[int, int], None]
"""Called with replicates done and replicates in all."""


@dataclass(frozen=True, repr=False)
class TrialResult(AtAGlance):
    """What a virtual trial found."""

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
        from brittlestar import charts
        from brittlestar.charts.forest import comparable

        if any(comparable(row) for row in charts.endpoint_rows(self.endpoints)):
            return charts.endpoint_forest(self.endpoints)
        return charts.fracture_free(self.curves["free"])

    def _glance(self) -> Glance:
        table = Table.of("endpoint", "arm", Column("month", right=True, rank=1),
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


def _frame(values: dict[str, np.ndarray], months: np.ndarray, **columns: str) -> pl.DataFrame:
    """Mean and range over replicates, long by arm and month."""
    frames = []
    for arm, course in values.items():
        rows = [point_of(course[:, i]) for i in range(len(months))]
        frames.append(
            pl.DataFrame(rows, schema=_POINT).with_columns(
                pl.lit(arm).alias("arm"), pl.Series("time_months", months)
            )
        )
    frame = pl.concat(frames).with_columns(**{k: pl.lit(v) for k, v in columns.items()})
    return frame.select(*columns, "arm", "time_months", *_POINT)


def run_trial(
    protocol: Protocol | str,
    *,
    replicates: int = 200,
    seed: int = 1,
    out: str | os.PathLike[str] | None = None,
    parameters: Parameters | None = None,
    workers: int | None = None,
    scheduler: str | None = None,
    restart: bool = False,
    force: bool = False,
    progress: Progress | None = None,
) -> TrialResult:
    """Replicates of a trial of the protocol's own size.

    With ``out`` the run can be killed at any moment and goes on with the same call, from the chunks that were
    ready, to the same result bit for bit.

    Args:
        protocol: object, shipped name (``"poise"``) or path of a TOML file.
        replicates: how many times the trial is run, each with new people.
        seed: key of all chance; the same seed gives the same result bit for bit.
        out: directory for ``results.json``, Parquet tables and ``report.html``; whole or not at all.
        parameters: defaults to the shipped set.
        workers: 1: one core; more: that many processes of one core each; default: all cores in this process.
        scheduler: address of a dask scheduler that works out the chunks, with ``out``.
        restart: throw away what an interrupted run left.
        force: write among other files in ``out``.
        progress: called with replicates done and in all.

    Raises:
        InputError: a protocol, count or place that cannot be used; an unfinished run of something else there.
        Stopped: Ctrl-C; says how to go on.
    """
    if isinstance(protocol, str):
        protocol = load_protocol(protocol)
    if not isinstance(protocol, Protocol):
        raise InputError("protocol", protocol, "accepted: a Protocol, the name of a trial or a TOML file")
    asked, most = whole(replicates), most_replicates(protocol)
    if asked is None or not 1 <= asked <= most:
        raise InputError("replicates", replicates, f"accepted: 1 to {most} for a trial of this size")
    replicates, workers = asked, checked_workers(workers)
    seed = seed_of(seed)
    if scheduler is not None and not isinstance(scheduler, str):
        raise InputError("scheduler", scheduler, "accepted: an address such as 'tcp://127.0.0.1:8786'")
    if scheduler is not None and out is None:
        raise InputError("scheduler", scheduler, "accepted: with a directory for the result (out)")
    p = parameters_of(parameters)
    inputs = {"protocol": protocol.inputs, "replicates": replicates}
    made = manifest(seed=seed, parameters=fingerprint(p), inputs=inputs) | {"replicates": replicates}
    todo = blocks(protocol, replicates)
    report = progress or (lambda done, total: None)
    if out is None:
        people = partial(_work_out_people, protocol, todo, seed, p, workers)
        kept, done = [], 0
        for block in todo:
            kept.append(conduct(protocol, block, seed, p, people=False, workers=workers).kept)
            done += len(block)
            report(done, replicates)
        return _collect(protocol, p, join(kept), made, people)

    chunks = [
        Chunk(i, protocol, tuple(todo[start : start + BLOCKS_PER_CHUNK]), seed, p)
        for i, start in enumerate(range(0, len(todo), BLOCKS_PER_CHUNK))
    ]
    check_addresses(CHARTS)
    identity = {key: value for key, value in made.items() if key != "created"} | {
        "source_sha256": source_sha256(),
        "replicates_per_block": len(todo[0]),
        "blocks_per_chunk": BLOCKS_PER_CHUNK,
    }
    with UnfinishedRun(out, identity, restart=restart, force=force) as run, _says_how_to_go_on(run):
        missing = [chunk for chunk in chunks if not run.kept(chunk.name)]
        done = replicates - sum(chunk.replicates for chunk in missing)
        report(done, replicates)
        try:
            for chunk, files in worked_out(missing, workers, scheduler):
                run.keep(chunk.name, files)
                done += chunk.replicates
                report(done, replicates)
        except CannotBeRun:
            run.discard()  # these parts never become a result, and would stand in the way of a mended trial
            raise
        kept = join([unpack(run.path(chunk.name, KEPT).read_bytes()) for chunk in chunks])
        result = _collect(protocol, p, kept, made, partial(_read_people, Path(out)))
        gathered: dict[str, Content] = {}
        for name in TABLES:
            if name != "failed" or result.failed:
                file = f"{name}.parquet"
                gathered[file] = partial(_gather, [run.path(chunk.name, file) for chunk in chunks])
        save_result(out, gathered | _files(result), force=force)
        run.discard()
    return result


@contextmanager
def _says_how_to_go_on(run: UnfinishedRun) -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        ready = len(list(run.folder.glob("chunk-*")))
        kept = f"{ready} finished chunks are kept in {run.folder}: the same command goes on from there"
        raise Stopped(f"stopped; {kept if ready else 'no chunk was ready, nothing is kept'}") from None


def _gather(parts: list[Path], whole: Path) -> None:
    """One Parquet file of the files of all chunks, row group by row group."""
    import pyarrow.parquet as pq

    schema = pq.read_schema(parts[0])
    with pq.ParquetWriter(whole, schema, compression="zstd") as writer:
        for part in parts:
            with pq.ParquetFile(part) as file:
                for group in range(file.num_row_groups):
                    writer.write_table(file.read_row_group(group).cast(schema))


def _work_out_people(
    protocol: Protocol, todo: list[np.ndarray], seed: int, p: Parameters, workers: int | None
) -> dict[str, pl.DataFrame]:
    """The same people again: chance is keyed, so they are those of the run."""
    parts = [conduct(protocol, block, seed, p, people=True, workers=workers).tables for block in todo]
    return {name: pl.concat([part[name] for part in parts]) for name in TABLES}


def _read_people(folder: Path) -> dict[str, pl.DataFrame]:
    """The tables that the run wrote; the failed have one only where there are any."""
    files = {name: folder / f"{name}.parquet" for name in TABLES}
    return {name: pl.read_parquet(file) for name, file in files.items() if file.exists()}


def _collect(
    protocol: Protocol,
    p: Parameters,
    kept: Kept,
    made: dict[str, Any],
    people: Callable[[], dict[str, pl.DataFrame]],
) -> TrialResult:
    endpoints = [
        row
        for endpoint, estimates in zip(protocol.endpoints, kept.estimates)
        for row in endpoint_rows(endpoint, estimates)
    ]
    bands = [
        _frame(kept.bands[name], band_months(protocol), series=name, label=e.label, unit=unit(e))
        for name, e in measured_endpoints(protocol).items()
    ]
    months = curve_months(protocol)
    return TrialResult(
        protocol=protocol,
        endpoints=endpoints,
        curves={
            "bands": pl.concat(bands) if bands else pl.DataFrame(),
            "free": _frame(kept.curves["free"], months),
            "mcf": _frame(kept.curves["mcf"], months),
        },
        manifest=made,
        screened=kept.screened,
        failed=kept.failed,
        limits=limits_met.said(kept.limits, made["replicates"] * sum(type_counts(protocol).values()), p),
        people=people,
    )


def _files(result: TrialResult) -> dict[str, Content]:
    from brittlestar.report import page, trial  # what draws takes half a second to load

    content = result.to_dict()
    view = trial.view(content, result.protocol.model_dump(mode="json"))
    return {"results.json": content, "report.html": page.html(view)}
