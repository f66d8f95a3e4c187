"""Run a virtual trial: replicates in blocks, kept in chunks as they are ready, together in the end."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from brittlestar._shared.arguments import Progress, seed_of, whole
from brittlestar._shared.errors import InputError, Stopped
from brittlestar._shared.manifest import manifest, source_sha256
from brittlestar._shared.memory import CHARTS, check_addresses
from brittlestar._shared.result_files import Content, save_result
from brittlestar._shared.resumable_run import UnfinishedRun
from brittlestar.engine import Method, Parameters, identity, parameters_of
from brittlestar.model.switches import in_words, named, switched_off
from brittlestar.trials.chunks import KEPT, CannotBeRun, Chunk, checked_workers, join, unpack, worked_out
from brittlestar.trials.conduct import TABLES, Block, blocks, conduct
from brittlestar.trials.protocol import Protocol
from brittlestar.trials.protocol_files import load_protocol
from brittlestar.trials.recruit import most_replicates
from brittlestar.trials.result import TrialResult, collect, files

BLOCKS_PER_CHUNK = 4
"""About 16,000 people: a chunk takes some seconds, and a killed run loses no more."""

ROWS_PER_GROUP = 65_536
"""Of a Parquet file: some megabytes, which a reader may skip as a whole."""


@dataclass(frozen=True)
class Ordered:
    """A trial as it was asked for: all that decides its numbers, and how many work on it."""

    protocol: Protocol
    replicates: int
    seed: int
    parameters: Parameters
    workers: int | None
    method: Method
    without: tuple[str, ...]
    """channels of the effect on fractures that are off in the parameters"""

    @classmethod
    def of(
        cls,
        protocol: Protocol | str,
        replicates: int,
        seed: int,
        parameters: Parameters | str | None,
        workers: int | None,
        precision: str,
        backend: str,
        without: str | Sequence[str],
    ) -> "Ordered":
        """With everything checked; arguments as in :func:`run_trial`."""
        if isinstance(protocol, str):
            protocol = load_protocol(protocol)
        if not isinstance(protocol, Protocol):
            raise InputError("protocol", protocol, "accepted: a Protocol, the name of a trial or a TOML file")
        asked, most = whole(replicates), most_replicates(protocol)
        if asked is None or not 1 <= asked <= most:
            raise InputError("replicates", replicates, f"accepted: 1 to {most} for a trial of this size")
        workers, method, off = checked_workers(workers), Method.of(precision, backend), named(without)
        own = switched_off(parameters_of(parameters), off)
        return cls(protocol, asked, seed_of(seed), own, workers, method, off)

    @cached_property
    def blocks(self) -> list[np.ndarray]:
        """Numbers of the replicates that are run at once."""
        return blocks(self.protocol, self.replicates, self.method)

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """What makes the same numbers again, and when they were made."""
        inputs = {"protocol": self.protocol.inputs, "replicates": self.replicates}
        about = manifest(seed=self.seed, parameters=identity(self.parameters), inputs=inputs)
        off = {"without": in_words(self.without)} if self.without else {}
        return about | {"replicates": self.replicates} | self.method._asdict() | off

    def chunks(self) -> list[Chunk]:
        """The blocks in portions that are kept as they are ready."""
        starts = range(0, len(self.blocks), BLOCKS_PER_CHUNK)
        parts = [tuple(self.blocks[start : start + BLOCKS_PER_CHUNK]) for start in starts]
        return [
            Chunk(i, self.protocol, part, self.seed, self.parameters, method=self.method)
            for i, part in enumerate(parts)
        ]

    def conduct(self, block: np.ndarray, *, people: bool) -> Block:
        """One block, here and now."""
        return conduct(
            self.protocol,
            block,
            self.seed,
            self.parameters,
            people=people,
            workers=self.workers,
            method=self.method,
        )

    def people(self) -> dict[str, pl.DataFrame]:
        """Tables of the people of the run: chance is keyed, so they are the same again."""
        parts = [self.conduct(block, people=True).tables for block in self.blocks]
        return {name: pl.concat([part[name] for part in parts]) for name in TABLES}


def run_trial(
    protocol: Protocol | str,
    *,
    replicates: int = 200,
    seed: int = 1,
    out: str | os.PathLike[str] | None = None,
    parameters: Parameters | str | None = None,
    workers: int | None = None,
    precision: str = "float64",
    backend: str = "native",
    without: str | Sequence[str] = (),
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
        out: directory for ``results.json``, what was asked (``protocol.json``, whose hash results carry),
            Parquet tables and ``report.html``; whole or not at all.
        parameters: a set or its name; defaults to the shipped set.
        workers: 1: one core; more: that many processes of one core each; default: all cores in this process.
        precision: of everyone's course, ``"float64"`` or ``"float32"``; see ``simulate_cohort``. All else is
            double. The manifest says which.
        backend: what runs the courses: ``"native"``, ``"cuda"`` or ``"xla"``; see ``simulate_cohort``. The
            manifest says what ran them in the end.
        without: channels of the effect on fractures that are switched off: ``strength``, ``turnover``.
        scheduler: address of a dask scheduler that works out the chunks, with ``out``.
        restart: throw away what an interrupted run left.
        force: write among other files in ``out``.
        progress: called with replicates done and in all.

    Raises:
        InputError: a protocol, count or place that cannot be used; an unfinished run of something else there.
        Stopped: Ctrl-C; says how to go on.
    """
    trial = Ordered.of(protocol, replicates, seed, parameters, workers, precision, backend, without)
    if scheduler is not None and not isinstance(scheduler, str):
        raise InputError("scheduler", scheduler, "accepted: an address such as 'tcp://127.0.0.1:8786'")
    if scheduler is not None and out is None:
        raise InputError("scheduler", scheduler, "accepted: with a directory for the result (out)")
    report = progress or (lambda done, total: None)
    if out is None:
        return _without_files(trial, report)
    check_addresses(CHARTS)
    identity = {key: value for key, value in trial.manifest.items() if key != "created"} | {
        "source_sha256": source_sha256(),
        "replicates_per_block": len(trial.blocks[0]),
        "blocks_per_chunk": BLOCKS_PER_CHUNK,
    }
    with UnfinishedRun(out, identity, restart=restart, force=force) as run, _says_how_to_go_on(run):
        _work_out_chunks(trial, run, scheduler, report)
        result, content = _put_together(trial, run, Path(out))
        save_result(out, content, force=force)
        run.discard()
    return result


def _without_files(trial: Ordered, report: Progress) -> TrialResult:
    kept, done = [], 0
    for block in trial.blocks:
        kept.append(trial.conduct(block, people=False).kept)
        done += len(block)
        report(done, trial.replicates)
    return collect(trial.protocol, trial.parameters, join(kept), trial.manifest, trial.people)


def _work_out_chunks(trial: Ordered, run: UnfinishedRun, scheduler: str | None, report: Progress) -> None:
    """Keep every chunk that is not there yet as it gets ready."""
    missing = [chunk for chunk in trial.chunks() if not run.kept(chunk.name)]
    done = trial.replicates - sum(chunk.replicates for chunk in missing)
    report(done, trial.replicates)
    try:
        for chunk, found in worked_out(missing, trial.workers, scheduler):
            run.keep(chunk.name, found)
            done += chunk.replicates
            report(done, trial.replicates)
    except CannotBeRun:
        run.discard()  # these parts never become a result, and would stand in the way of a mended trial
        raise


def _put_together(trial: Ordered, run: UnfinishedRun, out: Path) -> tuple[TrialResult, dict[str, Content]]:
    """The result of all chunks, and its files."""
    chunks = trial.chunks()
    kept = join([unpack(run.path(chunk.name, KEPT).read_bytes()) for chunk in chunks])
    result = collect(trial.protocol, trial.parameters, kept, trial.manifest, partial(_read_people, out))
    made_by = {f"brittlestar.{key}": trial.manifest[key] for key in ("parameters", "parameters_sha256")}
    gathered: dict[str, Content] = {}
    for name in TABLES:
        if name != "failed" or result.failed:
            file = f"{name}.parquet"
            gathered[file] = partial(_gather, [run.path(chunk.name, file) for chunk in chunks], made_by)
    return result, gathered | files(result)


@contextmanager
def _says_how_to_go_on(run: UnfinishedRun) -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        ready = len(list(run.folder.glob("chunk-*")))
        kept = f"{ready} finished chunks are kept in {run.folder}: the same command goes on from there"
        raise Stopped(f"stopped; {kept if ready else 'no chunk was ready, nothing is kept'}") from None


def _gather(parts: list[Path], made_by: dict[str, str], whole: Path) -> None:
    """One Parquet file of the files of all chunks, never all of them in memory; it names its parameter set.

    Groups of rows have one length, so that a file does not show how replicates were divided into chunks.
    """
    rows = pl.scan_parquet(parts, glob=False)
    rows.sink_parquet(
        whole, compression="zstd", row_group_size=ROWS_PER_GROUP, maintain_order=True, metadata=made_by
    )


def _read_people(folder: Path) -> dict[str, pl.DataFrame]:
    """The tables that the run wrote; the failed have one only where there are any."""
    files = {name: folder / f"{name}.parquet" for name in TABLES}
    return {name: pl.read_parquet(file, glob=False) for name, file in files.items() if file.exists()}
