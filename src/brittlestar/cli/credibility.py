"""``credibility``: run the checks and tell what they found, failures first."""

from typing import Annotated

from cyclopts import Parameter

from brittlestar.cli.commands import Force, Out, Seed, Whole


def credibility(
    *,
    out: Out = None,
    quick: Annotated[bool, Parameter(negative=(), help="Leave out what takes minutes.")] = False,
    samples: Annotated[Whole, Parameter(help="Points of the sensitivity analysis, a power of two.")] = 256,
    seed: Seed = 1,
    write: Annotated[
        bool, Parameter(negative=(), help="Run every check and record it in the package, for quick runs.")
    ] = False,
    force: Force = False,
) -> None:
    """Check the simulator against what is known, and tell for which uses the evidence is there."""
    import time

    from brittlestar._shared.errors import InputError
    from brittlestar._shared.output import check_output
    from brittlestar.cli.cost import cost
    from brittlestar.cli.terminal import announce, progress

    if write and quick:
        raise InputError("--quick", "given", "accepted with --write: no, as the whole report is recorded")
    if out is not None:
        check_output(out, force=force)
    began = time.monotonic()
    announce("The short checks: some minutes." if quick else "Every check: up to half an hour; see --quick.")
    with progress("starting", "checks") as report:
        from brittlestar.evidence.credibility import assess, recorded_run, save

        content = assess(quick=quick, samples=samples, seed=seed, progress=report)
        if out is not None:
            save(content, out, force=force)
        wrote = [f"wrote {recorded_run.write(content).name}"] if write else []
    from brittlestar.cli import tables
    from brittlestar.report.credibility import view

    tables.show(view(content), cost(began), *wrote, *tables.written(out))


ALL = (credibility,)
