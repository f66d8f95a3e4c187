"""The factsheet's statements: as checked when the parameters were shipped, or checked anew."""

from collections.abc import Callable
from typing import Annotated, Any

from cyclopts import Parameter

from brittlestar.cli.commands import Force, Whole


def leaflet(
    *,
    only: Annotated[
        list[str] | None, Parameter(help="Statements such as S27, one or several.", consume_multiple=True)
    ] = None,
    seeds: Annotated[
        Whole | None, Parameter(help="Check anew with so many seeds; a verdict must hold over all of them.")
    ] = None,
    replicates: Annotated[
        Whole | None, Parameter(help="Check anew, with so many of each virtual trial that a check needs.")
    ] = None,
    seed: Annotated[Whole | None, Parameter(help="Check anew, with seeds from this one on.")] = None,
    out: Annotated[str | None, Parameter(help="Directory for leaflet.json and leaflet.html.")] = None,
    write: Annotated[
        bool, Parameter(negative=(), help="Check all anew and put what was found into the package.")
    ] = False,
    force: Force = False,
) -> None:
    """Tell how every statement of the patient factsheet stands against the model and the evidence."""
    from brittlestar._shared.errors import InputError
    from brittlestar._shared.output import check_output
    from brittlestar.cli.terminal import announce, progress

    if out is not None:
        check_output(out, force=force)
    asked = [id for word in only or () for id in word.split(",")]
    if write and asked:
        raise InputError(
            "--only", ", ".join(asked), "accepted with --write: no choice, for all statements ship"
        )
    as_shipped = not write and (seeds, replicates, seed) == (None, None, None)
    if as_shipped:
        announce("Every statement as it was checked when the parameters were shipped: a second or two.")
    else:
        many, trials = (count or "the usual number of" for count in (seeds, replicates))
        announce(
            f"Each statement is checked anew with {many} seeds, {trials} trials where it needs them: up to "
            "some minutes."
        )
    from brittlestar.cli import tables
    from brittlestar.evidence.leaflet import save, shipped

    if as_shipped:
        content, wrote = shipped.require_shipped(asked), []
    else:
        from brittlestar.evidence.leaflet.run import REPLICATES, SEEDS, run_leaflet

        count = SEEDS if seeds is None else seeds
        trials = REPLICATES if replicates is None else replicates
        with progress("starting", "checks") as report:
            found = run_leaflet(
                *asked,
                seed=1 if seed is None else seed,
                seeds=count,
                replicates=trials,
                without=True,
                progress=report,
            )
        content = found.to_dict()
        wrote = [f"wrote {shipped.write(found).name}"] if write else []
    if out is not None:
        save(content, out, force=force)
    from brittlestar.report.leaflet import view

    tables.show(view(content), *wrote, *tables.written(out))


ALL: tuple[Callable[..., Any], ...] = (leaflet,)
