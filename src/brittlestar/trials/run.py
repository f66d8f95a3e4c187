"""Run a virtual trial: replicates in blocks, each recruited, treated, followed and analysed as published."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from brittlestar._shared.errors import InputError
from brittlestar._shared.manifest import manifest
from brittlestar._shared.output import check_output, output_directory
from brittlestar.care import Plan
from brittlestar.drugs.catalogue import DRUGS
from brittlestar.engine import Course, Parameters, default_parameters, fingerprint, simulate_cohort, steps_for
from brittlestar.trials import tables
from brittlestar.trials.analysis import Results, Trials, analyse, fracture_curves, side_by_side
from brittlestar.trials.measure import NEEDED, Records, measurement, outputs_for, record
from brittlestar.trials.protocol import Endpoint, Protocol, load_protocol
from brittlestar.trials.recruit import MOST_REPLICATES, Enrolled, enrol, type_counts
from brittlestar.trials.summary import endpoint_rows, range_of, unit

SCHEMA = "brittlestar/results/1"
PEOPLE_PER_BLOCK = 4096
STEP_DAYS, OUTPUT_DAYS = 7.0, 28.0
MONTHS_PER_YEAR = 12

Progress = Callable[[int, int], None]
"""Called with replicates done and replicates in all."""


@dataclass(frozen=True)
class TrialResult:
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
                    "published_words": e["said"] and e["said"]["words"],
                    "verdict": e["verdict"],
                    "source": published["source"] or (e["said"] and e["said"]["source"]),
                }
            )
        return pl.DataFrame(rows, infer_schema_length=None)

    def to_dict(self) -> dict[str, Any]:
        """Content of ``results.json``; see ``results.schema.json``."""
        return {
            "schema": SCHEMA,
            "manifest": self.manifest,
            "trial": {
                "id": self.protocol.id,
                "title": self.protocol.title,
                "sources": list(self.protocol.sources),
                "arms": [
                    {"id": a.id, "label": a.label, "plan": a.care.in_words()} for a in self.protocol.arms
                ],
            },
            "screened": self.screened,
            "failed_people": self.failed,
            "endpoints": self.endpoints,
            "curves": {name: frame.to_dicts() for name, frame in self.curves.items()},
        }


@dataclass(frozen=True)
class _Block:
    enrolled: Enrolled
    records: Records
    replicate: np.ndarray
    estimates: list[Results]
    bands: dict[str, dict[str, np.ndarray]]
    curves: dict[str, dict[str, np.ndarray]]
    failed: list[int]


def _blocks(replicates: int, people: int) -> Iterator[np.ndarray]:
    size = max(1, PEOPLE_PER_BLOCK // people)
    for start in range(0, replicates, size):
        yield np.arange(start, min(start + size, replicates))


def output_days(protocol: Protocol) -> float:
    """Time between outputs: four weeks, or one where something is measured within the first month."""
    early = any(0 < month < 1 for group in protocol.visits for month in group.months)
    return STEP_DAYS if early else OUTPUT_DAYS


def _ages_of_schedules(plan: Plan, protocol: Protocol) -> list[float]:
    """Ages at entry for which a plan is drawn up: whole months, as a clinic says them, where it goes by age.

    From the youngest to the oldest of the population, whoever is recruited; beyond the last age band of a
    plan without rules of age nothing changes any more.
    """
    if not plan.needs_age:
        return [0.0]
    first, last = (int(np.floor(age * MONTHS_PER_YEAR + 1e-9)) for age in protocol.population.age_years)
    if not plan.stops:
        bands = [band.below_years for regimen in plan.regimens for band in regimen.age_bands]
        last = max(first, min(last, int(np.ceil(max(bands) * MONTHS_PER_YEAR))))
    return [month / MONTHS_PER_YEAR for month in range(first, last + 1)]


def _treat(protocol: Protocol, enrolled: Enrolled, seed: int, p: Parameters, workers: int | None) -> Course:
    """Everyone's true course under the plan of their arm."""
    outputs, per = steps_for(protocol.design.years, STEP_DAYS, output_days(protocol))
    schedules, index = [], np.zeros(len(enrolled.cohort), int)
    for i, arm in enumerate(protocol.arms):
        plan, mine = arm.care, np.flatnonzero(enrolled.arm == i)
        ages = _ages_of_schedules(plan, protocol)
        sexes = (0, 1) if plan.needs_sex else (None,)
        age = np.searchsorted(ages, enrolled.cohort.age_years[mine] + 1e-9, side="right") - 1
        sex = enrolled.cohort.sex[mine] if plan.needs_sex else 0
        index[mine] = len(schedules) + np.maximum(age, 0) * len(sexes) + sex
        schedules += [
            plan.schedule(
                outputs * per, STEP_DAYS, age_years=a if plan.needs_age else None, drugs=DRUGS, sex=s
            )
            for a in ages
            for s in sexes
        ]
    return simulate_cohort(
        enrolled.cohort,
        schedules,
        index,
        protocol.design.years,
        seed=seed,
        parameters=p,
        step_days=STEP_DAYS,
        output_days=output_days(protocol),
        outputs=outputs_for(protocol),
        workers=workers,
    )


def _measured_endpoints(protocol: Protocol) -> dict[str, Endpoint]:
    """One endpoint per id that follows a measure: these become bands over time.

    Bands are true means without measuring error, so of two markers with one true course the first stands.
    """
    bands: dict[tuple[str, str, float], Endpoint] = {}
    for e in protocol.endpoints:
        if e.measure is not None and e.kind != "ratio_to_control":
            bands.setdefault((NEEDED[e.measure][0], e.kind, e.from_month), e)
    return {e.id: e for e in bands.values()}


def _bands(protocol: Protocol, course: Course, t: Trials) -> dict[str, dict[str, np.ndarray]]:
    """Arm means of the true course at every output time [replicate, time], by endpoint and arm."""
    bands: dict[str, dict[str, np.ndarray]] = {}
    for name, e in _measured_endpoints(protocol).items():
        values = course[NEEDED[e.measure or ""][0]]
        if e.measure == "tb_z":
            values = (values - 1.0) / float(measurement().tb_z_sd)
        first = values[np.abs(course.time_years - e.from_month / 12.0).argmin()]
        if e.kind != "value":
            values = values - first if e.kind == "change" else 100.0 * (values / first - 1.0)
        y = values.reshape(len(values), *t.shape)
        bands[name] = {
            arm.id: (np.where(t.arm == i, y, 0.0).sum(axis=2) / np.maximum((t.arm == i).sum(axis=1), 1)).T
            for i, arm in enumerate(protocol.arms)
        }
    return bands


def _run_block(
    protocol: Protocol,
    replicates: np.ndarray,
    seed: int,
    p: Parameters,
    months: np.ndarray,
    workers: int | None,
) -> _Block:
    enrolled = enrol(protocol, replicates, seed, p)
    course = _treat(protocol, enrolled, seed, p, workers)
    records = record(protocol, course, enrolled.cohort.id, seed)
    t = side_by_side(enrolled, records, len(replicates))
    return _Block(
        enrolled=enrolled,
        records=records,
        replicate=np.repeat(replicates, t.shape[1]),
        estimates=[analyse(e, t, protocol) for e in protocol.endpoints],
        bands=_bands(protocol, course, t),
        curves=fracture_curves(t, protocol, months),
        failed=enrolled.cohort.id[course.failed].tolist(),
    )


def estimates(
    protocol: Protocol,
    replicates: np.ndarray,
    *,
    seed: int = 1,
    fates: int | None = None,
    parameters: Parameters | None = None,
    workers: int | None = None,
) -> list[Results]:
    """Estimates of every endpoint in the given replicates; nothing else is kept.

    Args:
        protocol: the trial.
        replicates: numbers of the replicates; each has its own people.
        seed: key of who takes part.
        fates: key of what happens to them and how it is measured; defaults to ``seed``.
        parameters: defaults to the shipped set.
        workers: batches run side by side; default the number of cores.
    """
    p, fates = parameters or default_parameters(), seed if fates is None else fates
    enrolled = enrol(protocol, replicates, seed, p)
    course = _treat(protocol, enrolled, fates, p, workers)
    records = record(protocol, course, enrolled.cohort.id, fates)
    t = side_by_side(enrolled, records, len(replicates))
    return [analyse(e, t, protocol) for e in protocol.endpoints]


def _frame(curves: list[dict[str, np.ndarray]], months: np.ndarray, **columns: str) -> pl.DataFrame:
    """Mean and range over replicates, long by arm and month."""
    frames = []
    for arm in curves[0]:
        values = np.concatenate([c[arm] for c in curves])
        rows = [range_of(values[:, i]) for i in range(len(months))]
        frames.append(
            pl.DataFrame(rows).with_columns(pl.lit(arm).alias("arm"), pl.Series("time_months", months))
        )
    frame = pl.concat(frames).with_columns(**{k: pl.lit(v) for k, v in columns.items()})
    return frame.select(*columns, "arm", "time_months", "mean", "low", "high")


def run_trial(
    protocol: Protocol | str,
    *,
    replicates: int = 200,
    seed: int = 1,
    out: str | os.PathLike[str] | None = None,
    parameters: Parameters | None = None,
    workers: int | None = None,
    force: bool = False,
    progress: Progress | None = None,
) -> TrialResult:
    """Replicates of a trial of the protocol's own size.

    Args:
        protocol: object, shipped name (``"poise"``) or path of a TOML file.
        replicates: how many times the trial is run, each with new people.
        seed: key of all chance; the same seed gives the same result bit for bit.
        out: directory for ``results.json``, Parquet tables and ``report.html``; whole or not at all.
        parameters: defaults to the shipped set.
        workers: batches run side by side; default the number of cores.
        force: write among other files in ``out``.
        progress: called with replicates done and in all.

    Raises:
        InputError: a protocol, count or place that cannot be used.
    """
    if isinstance(protocol, str):
        protocol = load_protocol(protocol)
    if not 1 <= replicates <= MOST_REPLICATES:
        raise InputError("replicates", replicates, f"accepted: 1 to {MOST_REPLICATES}")
    if out is not None:
        check_output(out, force=force)
    p = parameters or default_parameters()
    days = output_days(protocol)
    outputs, _ = steps_for(protocol.design.years, STEP_DAYS, days)
    band_months = np.arange(outputs + 1) * days / 365.25 * 12.0
    band_months = band_months[band_months <= protocol.design.years * 12.0 + 1e-9]
    months = np.arange(0.0, protocol.design.years * 12.0 + 1e-9, 1.0)
    blocks: list[_Block] = []
    with ExitStack() as stack:
        folder = stack.enter_context(output_directory(out, force=force)) if out is not None else None
        writer = stack.enter_context(_Writer(folder)) if folder is not None else None
        done = 0
        for numbers in _blocks(replicates, sum(type_counts(protocol).values())):
            block = _run_block(protocol, numbers, seed, p, months, workers)
            if writer:
                writer.add(protocol, block)
            # Only estimates and curves are kept: people stay in the files.
            blocks.append(block if writer is None else _light(block))
            done += len(numbers)
            if progress:
                progress(done, replicates)
        result = _collect(protocol, blocks, band_months, months, replicates, seed, p)
        if folder is not None and writer is not None:
            writer.close()
            _write(result, folder)
    return result


def _light(block: _Block) -> _Block:
    from dataclasses import replace

    enrolled = replace(block.enrolled, cohort=None, baseline={})  # type: ignore[arg-type]
    return replace(block, enrolled=enrolled, records=None, replicate=block.replicate[:0])  # type: ignore[arg-type]


def _collect(
    protocol: Protocol,
    blocks: list[_Block],
    band_months: np.ndarray,
    months: np.ndarray,
    replicates: int,
    seed: int,
    p: Parameters,
) -> TrialResult:
    endpoints: list[dict[str, Any]] = []
    for i, endpoint in enumerate(protocol.endpoints):
        arms = blocks[0].estimates[i]
        joined = {arm: np.concatenate([b.estimates[i][arm] for b in blocks]) for arm in arms}
        endpoints += endpoint_rows(endpoint, joined)
    bands = [
        _frame([b.bands[name] for b in blocks], band_months, series=name, label=e.label, unit=unit(e))
        for name, e in _measured_endpoints(protocol).items()
    ]
    inputs = {"protocol": protocol.model_dump(mode="json"), "replicates": replicates}
    return TrialResult(
        protocol=protocol,
        endpoints=endpoints,
        curves={
            "bands": pl.concat(bands) if bands else pl.DataFrame(),
            "free": _frame([b.curves["free"] for b in blocks], months),
            "mcf": _frame([b.curves["mcf"] for b in blocks], months),
        },
        manifest=manifest(seed=seed, parameters=fingerprint(p), inputs=inputs) | {"replicates": replicates},
        screened=sum(b.enrolled.screened for b in blocks),
        failed=[person for b in blocks for person in b.failed],
    )


class _Writer:
    """Parquet tables that grow block by block."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.writers: dict[str, Any] = {}

    def __enter__(self) -> "_Writer":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        for writer in self.writers.values():
            writer.close()
        self.writers = {}

    def add(self, protocol: Protocol, block: _Block) -> None:
        import pyarrow.parquet as pq

        frames = {
            "patients": tables.patients(protocol, block.enrolled, block.records, block.replicate),
            "visits": tables.visits(protocol, block.enrolled, block.records, block.replicate),
            "fractures": tables.fractures(block.enrolled, block.records, block.replicate),
        }
        for name, frame in frames.items():
            rows = frame.to_arrow()
            if name not in self.writers:
                self.writers[name] = pq.ParquetWriter(self.folder / f"{name}.parquet", rows.schema)
            self.writers[name].write_table(rows.cast(self.writers[name].schema))


def _write(result: TrialResult, folder: Path) -> None:
    from brittlestar.report import trial_report

    content = result.to_dict()
    text = json.dumps(content, indent=1, allow_nan=False, ensure_ascii=False)
    (folder / "results.json").write_text(text + "\n", encoding="utf-8")
    frames = {**result.curves, "published": published_points(result.protocol), "endpoints": result.table()}
    summary = result.protocol.model_dump(mode="json")
    (folder / "report.html").write_text(trial_report(content, frames, summary), encoding="utf-8")


def published_points(protocol: Protocol) -> pl.DataFrame:
    """Published numbers as chart points: series, arm, month, value, limits, source."""
    rows = [
        {
            "series": e.id,
            "arm": p.arm,
            "time_months": e.months,
            **p.model_dump(include={"value", "low", "high", "source"}),
        }
        for e in protocol.endpoints
        for p in e.published
    ]
    schema = {
        "series": pl.String, "arm": pl.String, "time_months": pl.Float64,
        "value": pl.Float64, "low": pl.Float64, "high": pl.Float64, "source": pl.String,
    }  # fmt: skip
    return pl.DataFrame(rows, schema=schema)
