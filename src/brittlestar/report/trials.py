"""One page of all replicated trials: every published result beside the simulated one, disagreements first."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from brittlestar import charts
from brittlestar._shared import words
from brittlestar.charts.forest import comparable
from brittlestar.report.page import Figure, render
from brittlestar.report.trial import VERDICTS, endpoint_cells, fracture_trials

IN_RANGE = {True: "yes", False: "no", None: words.NONE}


def trials_report(content: Mapping[str, Any], compared: Sequence[Mapping[str, Any]]) -> str:
    """One HTML page.

    Args:
        content: what ``all.json`` holds.
        compared: endpoints with something published, each with ``trial``, ``role`` and ``in_range``.
    """
    rows = charts.endpoint_rows([dict(row) for row in compared])
    drawn = [row | {"label": f"{row['trial']}: {row['label']}"} for row in rows if comparable(row)]
    counts = Counter(row["verdict"] for row in rows)
    return render(
        "trials.html",
        title="Published trials, simulated",
        manifest=content["manifest"],
        counts=[
            (counts[verdict], *VERDICTS[verdict][::2], verdict) for verdict in VERDICTS if counts[verdict]
        ],
        rows=[
            endpoint_cells(row)
            | {"trial": row["trial"], "role": row["role"], "in_range": IN_RANGE[row["in_range"]]}
            for row in rows
        ],
        fracture_trials=fracture_trials(rows),
        by_role=_by_role(rows),
        figure_forest=Figure.of("forest", charts.endpoint_forest(drawn)) if drawn else None,
        trials=content["trials"],
    )


def _by_role(rows: Sequence[Mapping[str, Any]]) -> list[tuple[str, int, int, int, int]]:
    """Role, endpoints inside, endpoints held against an interval or words, values in range, values in all."""
    found = []
    for role in dict.fromkeys(row["role"] for row in rows):
        mine = [row for row in rows if row["role"] == role]
        judged = [row["verdict"] == "inside" for row in mine if row["verdict"] in ("inside", "outside")]
        ranged = [row["in_range"] for row in mine if row["in_range"] is not None]
        found.append((role or "no study", sum(judged), len(judged), sum(ranged), len(ranged)))
    return found
