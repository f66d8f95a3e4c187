"""``evidence``: published studies as data, one or many, and what they say together."""

from typing import Annotated

from cyclopts import App, Parameter

from brittlestar.cli.commands import Force, Out

EVERY = "list"
"""In place of a study, as of a trial: all that there are."""

evidence = App(name="evidence", help="Print published studies, or pool them.")


@evidence.default
def list_studies(
    study: Annotated[
        str, Parameter(help="One study by id, with every number; left out, or list: all of them.")
    ] = EVERY,
    /,
    *,
    drug: Annotated[str | None, Parameter(help="Only studies of this drug.")] = None,
    route: Annotated[str | None, Parameter(help="iv, oral or sc.")] = None,
    type: Annotated[str | None, Parameter(help="Only studies with people of this type.")] = None,
    measure: Annotated[str | None, Parameter(help="Part of a measure's name, e.g. ls_z, fracture.")] = None,
    use: Annotated[
        str | None, Parameter(help="calibration, validation, test, check, input or unused.")
    ] = None,
    design: Annotated[str | None, Parameter(help="Words of the design, e.g. RCT.")] = None,
) -> None:
    """Print published studies: every number, its source, and how it was read."""
    from brittlestar.cli.terminal import announce

    announce("Published studies, every one read from its file: a second.")
    from brittlestar.cli import studies
    from brittlestar.evidence.studies.listing import select
    from brittlestar.evidence.studies.study import study as one

    if study != EVERY:
        studies.show(one(study))
        return
    found = select(drug=drug, route=route, oi_type=type, measure=measure, use=use, design=design)
    studies.table(found, measure)


@evidence.command
def meta(
    *,
    use: Annotated[
        str | None, Parameter(help="Only calibration, validation, test, check, input or unused studies.")
    ] = None,
    out: Out = None,
    force: Force = False,
) -> None:
    """Pool published effects: fracture ratios, change of spine density, change of Z-score."""
    from brittlestar._shared.output import check_output
    from brittlestar.cli.terminal import announce, say

    if out is not None:
        check_output(out, force=force)
    announce("Published effects pooled, study by study: some seconds.")
    from brittlestar.cli import studies, tables
    from brittlestar.evidence.studies.pools_report import pools, save

    content = pools(use)
    if out is not None:
        save(content, out, force=force)
    from brittlestar.report.pools import view

    say(*view(content).printed, *tables.written(out), studies.CLOSING)


ALL = (evidence,)
