"""All replicated trials in one table."""

import time
from collections.abc import Mapping

from brittlestar.cli.cost import ahead, cost
from brittlestar.cli.terminal import announce, progress


def run(
    replicates: int | None,
    seed: int,
    out: str | None,
    workers: int | None,
    force: bool,
    parameters: str | None,
    write: bool,
    method: Mapping[str, str],
) -> None:
    """Run every shipped trial and print what was published beside what was simulated.

    Raises:
        InputError: other parameters than those in use are to ship.
        SystemExit: 1 if a trial did not run; the others are shown and written.
    """
    began = time.monotonic()
    from brittlestar._shared.errors import InputError
    from brittlestar.trials.protocol_texts import REPLICATES_OF_ALL, library, size

    if write and parameters is not None:
        raise InputError("--parameters", parameters, "accepted with --write: the set in use, which ships")
    runs = REPLICATES_OF_ALL if replicates is None else replicates
    every = [told for name in library() if (told := size(name))]
    years = runs * sum(one.people * one.years for one in every)
    announce(ahead(f"{len(every)} trials, {runs} times each", years))
    with progress("starting", "trials") as report:
        from brittlestar.evidence.studies.split import split
        from brittlestar.trials.run_all import run_all

        result = run_all(
            replicates=runs,
            seed=seed,
            parameters=parameters,
            roles={name: place.use for name, place in split().studies.items()},
            out=out,
            workers=workers,
            **method,
            force=force,
            progress=lambda _, done, total: report(done, total),
        )
    from brittlestar.cli import tables
    from brittlestar.report.trials import view
    from brittlestar.trials import shipped

    failed = any(one["error"] for one in result.trials)
    wrote = [f"wrote {shipped.write(result).name}"] if write and not failed else []
    tables.show(view(result.to_dict()), *wrote, cost(began), *tables.written(out))
    if failed:
        raise SystemExit(1)
