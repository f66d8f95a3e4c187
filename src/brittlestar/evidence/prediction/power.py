"""Power of a trial under what the calibration left open, and the check of the analysis."""

import os
from collections.abc import Callable, Sequence
from typing import Any

from brittlestar._shared.arguments import whole_between
from brittlestar._shared.manifest import manifest
from brittlestar._shared.result_files import save_result
from brittlestar.engine import Parameters, default_parameters, fingerprint
from brittlestar.evidence.calibration.ensemble import ensemble
from brittlestar.trials.power.formula import check
from brittlestar.trials.power.run import LEAST_REPLICATES, MOST_REPLICATES, PowerResult, null_rows, power_of
from brittlestar.trials.protocol import Protocol
from brittlestar.trials.protocol_files import load_protocol

REPLICATES, CHECK_REPLICATES = 2000, 20_000
MOST_DRAWS = 200
CHECK_SCHEMA = "brittlestar/power-check/1"

Progress = Callable[[int, int], None]


def posterior_sets(count: int) -> list[Parameters]:
    """Parameter sets that stand for the posterior; 1 gives the shipped set alone.

    Raises:
        InputError: a count out of range.
    """
    if whole_between(count, 1, MOST_DRAWS, "draws") == 1:
        return [default_parameters()]
    posterior = ensemble()
    return [posterior.parameters(int(i)) for i in posterior.pick(count)]


def power(
    protocol: Protocol | str,
    *,
    sizes: Sequence[int] | None = None,
    replicates: int | None = None,
    draws: int = 8,
    seed: int = 1,
    progress: Progress | None = None,
) -> PowerResult:
    """Power, type I error, people needed and duration of a trial, under what the calibration left open.

    Args:
        protocol: object, shipped name (``"poise"``) or path of a TOML file.
        sizes: people randomised; default half, once, twice and four times the protocol's.
        replicates: trials for each number; default 2000.
        draws: parameter sets of the posterior; 1: the shipped set.
        seed: key of all chance.
        progress: called with pools done and in all.

    Raises:
        InputError: a protocol without control, sizes or counts out of range.
    """
    sets = posterior_sets(draws)
    return power_of(
        load_protocol(protocol) if isinstance(protocol, str) else protocol,
        sizes=sizes,
        replicates=REPLICATES if replicates is None else replicates,
        seed=seed,
        parameters=sets if draws > 1 else None,
        progress=progress,
    )


def power_run(protocol: Protocol | str, **asked: Any) -> dict[str, Any]:
    """Content of ``power.json``; see :func:`power`."""
    return power(protocol, **asked).to_dict()


def check_run(protocol: str, *, replicates: int | None = None, seed: int = 1) -> dict[str, Any]:
    """Content of ``check.json``: the analysis held against theory, and the simulator's own null trials.

    The first two rows test the analysis where theory knows the answer. The others are trials of the simulator
    in which both arms are controls; they are told, not judged: their counts are not negative binomial.
    """
    count = CHECK_REPLICATES if replicates is None else replicates
    count = whole_between(count, LEAST_REPLICATES, MOST_REPLICATES, "replicates")
    chosen = load_protocol(protocol)
    inputs = {"protocol": chosen.inputs, "replicates": count, "check": True}
    return {
        "schema": CHECK_SCHEMA,
        "manifest": manifest(seed=seed, parameters=fingerprint(default_parameters()), inputs=inputs),
        "trial": {"id": chosen.id, "title": chosen.title},
        "checks": check(count, seed),
        "null": null_rows(chosen, count, seed),
    }


def save(content: dict[str, Any], out: str | os.PathLike[str], *, force: bool = False) -> None:
    """Write ``power.json`` and ``report.html``, or ``check.json``."""
    from brittlestar.report.power import power_report

    if content["schema"] == CHECK_SCHEMA:
        save_result(out, {"check.json": content}, force=force)
    else:
        save_result(out, {"power.json": content, "report.html": power_report(content)}, force=force)
