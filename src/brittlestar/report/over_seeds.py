"""By how much the limits of a prediction move over seeds."""

from collections.abc import Mapping
from typing import Any

from brittlestar._shared.table import Column, Table, number
from brittlestar.report.view import View

SHARES = {
    "sd_share": "SD over seeds",
    "range_share": "greatest less least",
    "said_share": "error told",
}
"""Of the interval, in %: column -> heading."""


def view(content: Mapping[str, Any]) -> View:
    """It has no page of its own.

    Args:
        content: what ``seeds.json`` holds.
    """
    heads = (Column(f"{head}, %", right=True) for head in SHARES.values())
    table = Table.of("endpoint", "arm", Column("month", right=True),
                     Column("90 %, mean of seeds", right=True), *heads)  # fmt: skip
    for row in content["endpoints"]:
        ends = [None if None in row[side] else sum(row[side]) / len(row[side]) for side in ("low", "high")]
        said = "not given" if None in ends else f"{number(ends[0])} to {number(ends[1])}"
        cells = ("-" if row[name] is None else f"{100 * row[name]:.1f}" for name in SHARES)
        table.row(row["label"], row["arm"], f"{row['time_months']:g}", said, *cells)
    return View(
        template="",
        title=f"Limits over seeds: {content['trial']['title']}",
        manifest=content["manifest"],
        tables={"endpoints": table},
        printed=(table,),
        notes=(_said(content),),
    )


def _said(content: Mapping[str, Any]) -> str:
    found, about = content["over_endpoints"], content["manifest"]
    if not found["endpoints"]:
        return "No endpoint has an interval of any width."
    return (
        f"Over {len(about['seeds'])} seeds, with {about['parameter_sets']} parameter sets, limits of 90 % "
        f"intervals move by {100 * found['sd_half']:.1f} % of the interval in the middle endpoint and "
        f"{100 * found['sd_most']:.1f} % at most (SD over seeds); {found['within']} of {found['endpoints']} "
        f"move by less than {100 * content['accepted']:g} %."
    )
