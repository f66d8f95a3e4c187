"""The credibility report: every check run or named, every context of use held against what it needs."""

import os
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from brittlestar._shared.arguments import Progress
from brittlestar._shared.errors import InputError
from brittlestar._shared.manifest import manifest
from brittlestar._shared.result_files import save_result, with_pictures
from brittlestar.engine import default_parameters, identity
from brittlestar.evidence.credibility import (
    continuous,
    controls,
    exact_answers,
    manufactured,
    recorded_checks,
    recorded_run,
    records,
    validation,
)
from brittlestar.evidence.credibility.row import STATUSES, Row, RowsOfOneCheck, Settings
from brittlestar.evidence.credibility.sensitivity import sensitivity
from brittlestar.report import credibility, page

SCHEMA = "brittlestar/credibility/1"
SAMPLES = 256
"""Of the Sobol sequence by default; whether they are enough is itself a row of the report."""

CHECKS: tuple[RowsOfOneCheck, ...] = (
    exact_answers.plasma,
    exact_answers.transfer,
    exact_answers.no_drug,
    exact_answers.mass_balance,
    exact_answers.steady_state,
    manufactured.manufactured,
    continuous.convergence,
    controls.antibody,
    controls.before_after,
    records.numbers,
    records.calibration,
    records.statistics,
    recorded_checks.counts,
    recorded_checks.mutants,
    recorded_checks.seeds,
    validation.nested,
    validation.validation,
    records.open_rows,
)


def timed(run: Callable[[], list[Row]]) -> list[Row]:
    """The rows of a check, its time shared among those that ran."""
    began = time.monotonic()
    rows = run()
    judged = sum(row.status in ("PASS", "FAIL") for row in rows)
    each = (time.monotonic() - began) / judged if judged else None
    return [replace(row, seconds=each) if row.status in ("PASS", "FAIL") else row for row in rows]


def context_of_use(id: str, entry: dict[str, Any], rows: list[Row]) -> dict[str, Any]:
    """Whether what a context needs is there: rows by status, and which are missing."""
    needed = [row for row in rows if row.group in entry["needs"] or row.id in entry["needs"]]
    known = {row.group for row in rows} | {row.id for row in rows}
    absent = [name for name in entry["needs"] if name not in known]
    lacking = [row.id for row in needed if row.status != "PASS"] + absent
    status = "not supported" if not entry["needs"] else "evidence incomplete" if lacking else "supported"
    counts = Counter(row.status for row in needed)
    return {
        "id": id,
        **entry,
        "status": status,
        "lacking": lacking,
        "counts": {s: counts[s] for s in STATUSES},
    }


def assess(
    *, quick: bool = False, samples: int = SAMPLES, seed: int = 1, progress: Progress | None = None
) -> dict[str, Any]:
    """Content of ``credibility.json``.

    Args:
        quick: leave out what takes minutes; such rows are those of the recorded run, or NOT RUN.
        samples: points of the Sobol sequence, a power of two.
        seed: key of all chance.
        progress: called with checks done and in all.

    Raises:
        InputError: samples that are not a power of two.
    """
    if samples < 8 or samples & (samples - 1):
        raise InputError("--samples", samples, "accepted: a power of two, 8 or more")
    settings, rows = Settings(quick, seed, samples), []
    indices: dict[str, Any] = {}

    def global_sensitivity() -> list[Row]:
        found, tables = sensitivity(settings)
        indices.update(tables)
        return found

    runs = [lambda check=check: check(settings) for check in CHECKS] + [global_sensitivity]
    for done, run in enumerate(runs, 1):
        rows += timed(run)
        if progress:
            progress(done, len(runs))
    kept = recorded_run.recorded() if quick else None
    if kept is not None:
        rows, indices = recorded_run.with_recorded(rows, kept), kept["sensitivity"]
    counts = Counter(row.status for row in rows)
    inputs = {"quick": quick, "samples": samples, "checks": [row.id for row in rows]}
    return {
        "schema": SCHEMA,
        "manifest": manifest(seed=seed, parameters=identity(default_parameters()), inputs=inputs),
        "quick": quick,
        "recorded": kept["manifest"] if kept is not None else None,
        "counts": {status: counts[status] for status in STATUSES},
        "contexts": [context_of_use(id, entry, rows) for id, entry in records.table("contexts").items()],
        "rows": [row.to_dict() for row in sorted(rows, key=lambda row: STATUSES.index(row.status))],
        "parameters": records.parameter_counts(),
        "not_learned": records.not_learned(),
        "sensitivity": indices,
        "limits": [{"id": id, **entry} for id, entry in records.table("limits").items()],
    }


def save(content: dict[str, Any], out: str | os.PathLike[str], *, force: bool = False) -> None:
    """Write ``credibility.json`` and ``report.html``."""
    save_result(
        out,
        with_pictures(
            {"credibility.json": content}, lambda: {"report.html": page.html(credibility.view(content))}
        ),
        force=force,
    )
