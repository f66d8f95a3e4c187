"""``vpc``: a data set beside what the model expects of its people, doses and times."""

from typing import Annotated

from cyclopts import Parameter

from brittlestar.cli.commands import Force, Out, ParameterSet, Seed, Whole
from brittlestar.cli.event_data import AmountUnit, DictionaryFile, Drug, TimeUnit, table_of


def vpc(
    data: Annotated[str, Parameter(help="Event table (CSV, Parquet) with doses and observations.")],
    /,
    *,
    measure: Annotated[
        str | None, Parameter(help="What was observed, by its name, such as ls_z; default: the only one.")
    ] = None,
    draws: Annotated[Whole, Parameter(help="Simulated data sets.")] = 200,
    sets: Annotated[
        Whole | None,
        Parameter(
            help="Parameter sets of all laws, over which the data sets are spread; default 16. 0, or one set "
            "by --parameters: its numbers taken as known; of a file of several: spread over those."
        ),
    ] = None,
    time_unit: TimeUnit = None,
    amount_unit: AmountUnit = None,
    drug: Drug = None,
    dictionary: DictionaryFile = None,
    parameter_set: ParameterSet = None,
    seed: Seed = 1,
    out: Out = None,
    force: Force = False,
) -> None:
    """Visual predictive check: percentiles observed beside those of simulated data sets."""
    from brittlestar._shared import drawing
    from brittlestar._shared.output import check_output
    from brittlestar._shared.table import Column, Table, number, with_range
    from brittlestar.cli.terminal import announce, end, progress, say

    if out is not None:
        check_output(out, force=force)
    announce(f"The people of {data}, each simulated {draws} times: seconds to minutes, by how many they are.")
    table = table_of(data, time_unit, amount_unit, drug, dictionary)
    with progress("starting", "people") as report:
        if out is not None:
            drawing.start()
        from brittlestar.exchange.vpc import vpc as check

        found = check(
            table, measure, draws=draws, seed=seed, parameters=parameter_set, sets=sets, progress=report
        )
        if out is not None:
            found.save(out, force=force)
    from brittlestar.cli import tables

    heads = ("day", "values", "percentile", "observed", "simulated (95 % of data sets)", "inside")
    shown = Table.of(*(Column(head, right=True) for head in heads), title=f"{found.measure}, {found.unit}")
    for row in found.rows.to_dicts():
        shown.row(
            f"{row['day']:.0f}",
            row["count"],
            f"{row['percentile']:g}",
            number(row["observed"]),
            with_range(row["simulated"], row["low"], row["high"]),
            "yes" if row["inside"] else "no",
        )
    say(shown)
    inside = f"{int(found.rows['inside'].sum())} of {found.rows.height} observed percentiles are inside"
    end("", f"{inside}; {found.draws} simulated data sets. In their range: {found.held}.",
        *tables.written(out))  # fmt: skip


ALL = (vpc,)
