"""A large trial in chunks: each some blocks of replicates, worked out here, by other processes or elsewhere.

A chunk is bytes of files, so it can be written whole, sent, checked and read again. How many there are and
who works them out changes no number: blocks are the same for every division.
"""

import io
import multiprocessing
import signal
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl

from brittlestar._shared.arguments import whole_between
from brittlestar._shared.children import end_with_parent
from brittlestar._shared.errors import InputError
from brittlestar._shared.extras import needs
from brittlestar.engine import Method, Parameters
from brittlestar.trials.answers import Answers
from brittlestar.trials.conduct import DOUBLE, TABLES, Kept, conduct
from brittlestar.trials.protocol import Protocol

KEPT = "kept.npz"

MOST_WORKERS = 1024
"""Processes or threads; more than any machine that this was run on has cores."""


@dataclass(frozen=True)
class Chunk:
    """Some blocks of replicates of one trial."""

    number: int
    protocol: Protocol
    blocks: tuple[np.ndarray, ...]
    seed: int
    parameters: Parameters
    workers: int | None = None
    """batches side by side inside the chunk"""
    method: Method = DOUBLE

    @property
    def name(self) -> str:
        """As its directory is called."""
        return f"chunk-{self.number:06d}"

    @property
    def replicates(self) -> int:
        """How many it holds."""
        return sum(len(block) for block in self.blocks)


class CannotBeRun(InputError):
    """The trial asks for what nobody can work out: giving the command again would end here again."""


def work_out(chunk: Chunk) -> dict[str, bytes]:
    """The files of a chunk: one Parquet file per table, and what stays of the replicates.

    Raises:
        CannotBeRun: what the trial asks for is refused.
    """
    try:
        done = [
            conduct(
                chunk.protocol,
                block,
                chunk.seed,
                chunk.parameters,
                workers=chunk.workers,
                method=chunk.method,
            )
            for block in chunk.blocks
        ]
    except InputError as error:
        raise CannotBeRun(error.where, error.value, error.accepted) from None
    files = {name + ".parquet": _parquet([block.tables[name] for block in done]) for name in TABLES}
    return files | {KEPT: pack(join([block.kept for block in done]))}


def _parquet(blocks: Sequence[pl.DataFrame]) -> bytes:
    buffer = io.BytesIO()
    pl.concat(blocks).write_parquet(buffer, compression="zstd")
    return buffer.getvalue()


def join(parts: Sequence[Kept]) -> Kept:
    """What stays of several groups of replicates, one after the other."""

    def over(tables: list[dict[str, dict[str, np.ndarray]]]) -> dict[str, dict[str, np.ndarray]]:
        return {
            name: {arm: np.concatenate([t[name][arm] for t in tables]) for arm in tables[0][name]}
            for name in tables[0]
        }

    return Kept(
        estimates=[
            {arm: Answers.join([part.estimates[i][arm] for part in parts]) for arm in first}
            for i, first in enumerate(parts[0].estimates)
        ],
        bands=over([part.bands for part in parts]),
        curves=over([part.curves for part in parts]),
        screened=sum(part.screened for part in parts),
        failed=[person for part in parts for person in part.failed],
        limits=np.column_stack(
            [
                np.sum([part.limits[:, 0] for part in parts], axis=0),
                np.max([part.limits[:, 1] for part in parts], axis=0),
            ]
        ),
        backends=sorted({name for part in parts for name in part.backends}),
    )


def pack(kept: Kept) -> bytes:
    """As the bytes of a NumPy archive of plain arrays."""
    arrays: dict[str, np.ndarray] = {
        "screened": np.array(kept.screened),
        "failed": np.array(kept.failed, int),
        "limits": kept.limits,
        "backends": np.array(kept.backends),
    }
    for i, estimates in enumerate(kept.estimates):
        for arm, answers in estimates.items():
            told = vars(answers) | {"note": answers.note.astype(str)}
            arrays |= {f"estimates|{i}|{arm}|{name}": values for name, values in told.items()}
    for kind in ("bands", "curves"):
        for name, arms in getattr(kept, kind).items():
            arrays |= {f"{kind}|{name}|{arm}": values for arm, values in arms.items()}
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()


def unpack(content: bytes) -> Kept:
    """What :func:`pack` packed."""
    found: dict[str, Any] = {"estimates": {}, "bands": {}, "curves": {}}
    with np.load(io.BytesIO(content), allow_pickle=False) as archive:
        for key in archive.files:
            *path, name = key.split("|")
            place = found
            for part in path:
                place = place.setdefault(part, {})
            place[name] = archive[key]
        estimates = [
            {
                arm: Answers(**fields | {"note": fields["note"].astype(object)})
                for arm, fields in found["estimates"][str(i)].items()
            }
            for i in range(len(found["estimates"]))
        ]
        return Kept(
            estimates=estimates,
            bands=found["bands"],
            curves=found["curves"],
            screened=int(archive["screened"]),
            failed=archive["failed"].tolist(),
            limits=archive["limits"],
            backends=archive["backends"].tolist(),
        )


def worked_out(
    chunks: Sequence[Chunk], workers: int | None = None, scheduler: str | None = None
) -> Iterator[tuple[Chunk, dict[str, bytes]]]:
    """Chunks with their files, in the order in which they are ready.

    Args:
        chunks: what is to be done.
        workers: none: here, with a batch on every core; more than one: that many processes, one core each.
        scheduler: address of a dask scheduler, which then does it.

    Raises:
        InputError: a worker or the scheduler went away; what was ready before is not touched.
    """
    if scheduler is not None:
        yield from _elsewhere(chunks, scheduler)
    elif workers is None or workers == 1 or len(chunks) < 2:
        for chunk in chunks:
            yield chunk, work_out(replace(chunk, workers=workers))
    else:
        yield from _processes(chunks, workers)


def checked_workers(workers: int | None) -> int | None:
    """How many work side by side; nothing: as many as there are cores.

    Raises:
        InputError: no whole number from 1 to ``MOST_WORKERS``.
    """
    return None if workers is None else whole_between(workers, 1, MOST_WORKERS, "workers")


def _begin() -> None:
    end_with_parent()
    # Ctrl-C reaches every process of the terminal; only the first is to answer it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _processes(chunks: Sequence[Chunk], workers: int) -> Iterator[tuple[Chunk, dict[str, bytes]]]:
    # Spawned, not forked: the compiler's threads do not survive a fork.
    spawn = multiprocessing.get_context("spawn")
    waiting, running = list(chunks)[::-1], dict[Future[Any], Chunk]()
    pool = ProcessPoolExecutor(workers, mp_context=spawn, initializer=_begin)
    try:
        while waiting or running:
            while waiting and len(running) < 2 * workers:
                chunk = waiting.pop()
                running[pool.submit(work_out, replace(chunk, workers=1))] = chunk
            ready, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in ready:
                yield running.pop(future), future.result()
    except (BrokenProcessPool, MemoryError):
        raise InputError(
            "--workers",
            workers,
            "a worker process ended early (killed by hand, or for want of memory): the same command goes on "
            "from the chunks that were ready; fewer workers need less memory",
        ) from None
    finally:
        for child in multiprocessing.active_children():
            child.terminate()
        pool.shutdown(wait=False, cancel_futures=True)


def _elsewhere(chunks: Sequence[Chunk], address: str) -> Iterator[tuple[Chunk, dict[str, bytes]]]:
    with needs("scale", "--scheduler"):
        from distributed import Client, as_completed
    try:
        client = Client(address, timeout="10s", set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        raise InputError(
            "--scheduler", address, f"accepted: a dask scheduler that answers ({error})"
        ) from None
    gone = InputError(
        "--scheduler",
        address,
        "the scheduler or its workers went away: the same command goes on from the chunks that were ready",
    )
    with client:
        threads: Any = client.nthreads()
        room = 2 * max(1, sum(threads.values()))
        waiting = list(chunks)[::-1]

        def next_one() -> Any:
            # One thread a worker process is expected: the model's batches then run one after another.
            return client.submit(_numbered, replace(waiting.pop(), workers=1), pure=False, retries=2)

        by_number = {chunk.number: chunk for chunk in chunks}
        try:
            first = [next_one() for _ in range(min(room, len(waiting)))]
            ready = as_completed(first, loop=client.loop)
            for future in ready:
                if future.status != "finished":
                    error = future.exception(timeout=1) if future.status == "error" else None
                    raise error if isinstance(error, InputError) else gone
                number, files = future.result()
                future.release()
                yield by_number[number], files
                if waiting:
                    ready.add(next_one())
        except (OSError, TimeoutError, CancelledError) as error:
            raise gone from error


def _numbered(chunk: Chunk) -> tuple[int, dict[str, bytes]]:
    return chunk.number, work_out(chunk)
