"""Every shipped trial, one after the other: one table, one page, and a directory for each."""

import os
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from brittlestar._shared.arguments import seed_of, whole_between
from brittlestar._shared.at_a_glance import Glance
from brittlestar._shared.errors import Stopped
from brittlestar._shared.manifest import manifest
from brittlestar._shared.memory import CHARTS, check_addresses
from brittlestar._shared.output import check_output, output_directory
from brittlestar._shared.result_files import Content, with_pictures, write_files
from brittlestar._shared.resumable_run import unfinished
from brittlestar._shared.table import Column, Table, with_range
from brittlestar._shared.tabled import Tabled
from brittlestar._shared.trial_words import failures_first
from brittlestar.engine import Method, Parameters, identity, parameters_of
from brittlestar.report import page, trials
from brittlestar.trials.chunks import checked_workers
from brittlestar.trials.protocol import Protocol
from brittlestar.trials.protocol_files import load_protocol
from brittlestar.trials.protocol_texts import REPLICATES_OF_ALL, library, protocol_text
from brittlestar.trials.recruit import MOST_REPLICATES
from brittlestar.trials.result import TrialResult
from brittlestar.trials.run import run_trial
from brittlestar.trials.summary import MOST_MISSING, NOT_PUBLISHED

SCHEMA = "brittlestar/trials/1"
Progress = Callable[[str, int, int], None]
"""Called with the name of the trial that starts, trials done and trials in all."""


@dataclass(frozen=True, repr=False)
class AllTrials(Tabled):
    """What all trials found, in the order in which they were run."""

    axes = ("trial", "label", "arm", "time_months")
    row = "comparison"

    trials: list[dict[str, Any]]
    """id, title, study, role, sources, notes, arms, error (None where it ran), failed_people, endpoints"""
    manifest: dict[str, Any]

    def compared(self) -> list[dict[str, Any]]:
        """Endpoints with something published, disagreements first, each with its ``trial`` and ``role``."""
        rows = [
            row | {"trial": one["id"], "role": one["role"], "in_range": in_range(row)}
            for one in self.trials
            for row in one["endpoints"]
            if row["verdict"] != NOT_PUBLISHED
        ]
        return failures_first(rows)

    def table(self) -> pl.DataFrame:
        """Everything compared, flat: trial, role, endpoint, arm, month, verdict, published and simulated."""
        names = ("trial", "role", "label", "arm", "time_months", "unit", "verdict", "in_range")
        return pl.DataFrame(
            [
                {name: row[name] for name in names}
                | {f"published_{k}": (row["published"] or {}).get(k) for k in ("value", "low", "high")}
                | {f"simulated_{k}": row["simulated"][k] for k in ("mean", "low", "high")}
                for row in self.compared()
            ],
            infer_schema_length=None,
        )

    def _glance(self) -> Glance:
        table = Table.of(Column("trial", whole=True), "endpoint", Column("month", right=True),
                         Column("simulated", right=True), Column("verdict", comfort=0))  # fmt: skip
        for row in self.compared():
            found = row["simulated"]
            simulated = with_range(found["mean"], found["low"], found["high"])
            table.row(row["trial"], row["label"], f"{row['time_months']:g}", simulated, row["verdict"])
        broken = [f"{one['id']} did not run: {one['error']}" for one in self.trials if one["error"]]
        return Glance(f"{len(self.trials)} trials: {trials.counted(self.compared())}", table, tuple(broken))

    def to_dict(self) -> dict[str, Any]:
        """Content of ``all.json``."""
        return {
            "schema": SCHEMA,
            "manifest": self.manifest,
            "trials": self.trials,
            "compared": self.compared(),
        }


def in_range(row: Mapping[str, Any]) -> bool | None:
    """Whether the published value is one that a simulated trial of this size gives; None for words.

    None also where so many trials gave no answer that nothing is concluded from the others.
    It lies in the 95 % range over trials. That says something where nothing but a value was published: the
    study is then one draw among the trials.
    """
    published, simulated = row["published"], row["simulated"]
    if (
        published is None
        or simulated["low"] is None
        or row["replicates_without_answer"] > MOST_MISSING * row["replicates"]
    ):
        return None
    return simulated["low"] <= published["value"] <= simulated["high"]


def run_all(
    names: Sequence[str] = (),
    *,
    replicates: int = REPLICATES_OF_ALL,
    seed: int = 1,
    roles: Mapping[str, str] | None = None,
    out: str | os.PathLike[str] | None = None,
    parameters: Parameters | str | None = None,
    workers: int | None = None,
    precision: str = "float64",
    backend: str = "native",
    force: bool = False,
    progress: Progress | None = None,
) -> AllTrials:
    """Run shipped trials; an error in one is noted in its place and the others go on.

    Args:
        names: which; all by default.
        replicates: how many times each is run.
        seed: key of all chance, the same in every trial.
        roles: id of a study -> the part of the split that it stands in.
        out: directory for ``all.json``, ``all.html`` and one directory per trial.
        parameters: a set or its name; defaults to the shipped set.
        workers: batches run side by side; default the number of cores.
        precision: of everyone's course, ``"float64"`` or ``"float32"``; see ``run_trial``.
        backend: what runs the courses: ``"native"``, ``"cuda"`` or ``"xla"``; see ``run_trial``. The manifest
            says what ran them in the end.
        force: write among other files in ``out``.
        progress: called before each trial.

    Raises:
        InputError: a count or place that cannot be used.
    """
    replicates = whole_between(replicates, 1, MOST_REPLICATES, "replicates")
    seed, workers, method = seed_of(seed), checked_workers(workers), Method.of(precision, backend)
    if out is not None:
        check_addresses(CHARTS)
        check_output(out, force=force)
    names, p, roles = tuple(names) or library(), parameters_of(parameters), roles or {}
    trials = []
    ran_by: set[str] = set()

    def run(protocol: Protocol, out: Path | None) -> TrialResult:
        asked = {"seed": seed, "parameters": p, "workers": workers} | method._asdict()
        found = run_trial(protocol, replicates=replicates, out=out, **asked)
        ran_by.update(found.manifest["backend"].split(" and "))
        return found

    with output_directory(out, force=force) if out is not None else nullcontext() as folder:
        for i, name in enumerate(names):
            if progress:
                progress(name, i, len(names))
            place = folder / name if folder is not None else None
            trials.append(_one(name, place, roles, run))
        about = manifest(seed=seed, parameters=identity(p), inputs=inputs(names, replicates))
        result = AllTrials(trials, about | {"replicates": replicates} | method.told(ran_by))
        if folder is not None:
            write_files(folder, files(result))
    return result


def inputs(names: Sequence[str] = (), replicates: int = REPLICATES_OF_ALL) -> dict[str, Any]:
    """What decides a result beside parameters and seed: protocols, all by default, and how often they run."""
    texts = {name: protocol_text(name)[0] for name in names or library()}
    return {"protocols": texts, "replicates": replicates}


def _one(
    name: str, out: Path | None, roles: Mapping[str, str], run: Callable[..., TrialResult]
) -> dict[str, Any]:
    """The row of one trial, as ``run`` runs it."""
    found: dict[str, Any] = {
        "id": name, "title": name, "study": "", "role": "", "sources": [], "notes": [], "arms": {},
        "error": None, "failed_people": [], "endpoints": [],
    }  # fmt: skip
    try:
        protocol = load_protocol(name)
        found |= protocol.model_dump(mode="json", include={"title", "study", "sources", "notes"})
        found["role"] = roles.get(protocol.study, "")
        found["arms"] = {arm.id: arm.label for arm in protocol.arms}
        result = run(protocol, out=out)
        found |= {"endpoints": result.endpoints, "failed_people": result.failed}
    except Stopped:
        raise KeyboardInterrupt from None  # what it kept goes with the directory of all
    except Exception as error:  # whatever it is, the trials that ran are worth keeping
        found["error"] = f"{type(error).__name__}: {' '.join(str(error).split())}"
        print(f"brittlestar: {name}: {found['error']}", file=sys.stderr)
        if out is not None:
            shutil.rmtree(unfinished(out), ignore_errors=True)
    return found


def files(result: AllTrials) -> dict[str, Content]:
    """What a run writes of all trials, by name."""
    content = result.to_dict()
    return with_pictures({"all.json": content}, lambda: {"all.html": page.html(trials.view(content))})
