"""The factsheet's statements, checked."""

from collections.abc import Callable
from typing import Annotated, Any

from cyclopts import Parameter

from brittlestar.cli.commands import Force, Seed, Whole


def leaflet(
    *,
    only: Annotated[
        list[str] | None, Parameter(help="Statements such as S27, one or several.", consume_multiple=True)
    ] = None,
    replicates: Annotated[Whole, Parameter(help="Of each virtual trial that a check needs.")] = 60,
    seed: Seed = 1,
    out: Annotated[str | None, Parameter(help="Directory for leaflet.json and leaflet.html.")] = None,
    force: Force = False,
) -> None:
    """Check every statement of the patient factsheet against the model and the evidence."""
    from brittlestar._shared.output import check_output
    from brittlestar.cli import tables
    from brittlestar.cli.terminal import announce, progress

    if out is not None:
        check_output(out, force=force)
    announce(f"Each statement is checked, with {replicates} trials where it needs them: up to some minutes.")
    with progress("starting", "statements") as report:
        from brittlestar.evidence.leaflet import run_leaflet

        asked = [id for word in only or () for id in word.split(",")]
        found = run_leaflet(*asked, seed=seed, replicates=replicates, out=out, force=force, progress=report)
    from brittlestar.report.leaflet import view

    tables.show(view(found.to_dict()), *tables.written(out))


ALL: tuple[Callable[..., Any], ...] = (leaflet,)
