"""Validation rows: predictions of the studies kept apart, against what they found and two baselines."""

from brittlestar.evidence.credibility.row import Row, Settings, judged, left_out
from brittlestar.evidence.prediction.validation import SEED, validate

GROUP, CLAIM = "validation", "Studies that were kept apart are predicted"
RESULTS = "results"
"""Group of single results: one in ten may miss its 90 % interval by chance, so contexts ask for coverage."""

NEEDED = 0.8
"""Share of results that must lie in their 90 % interval."""

BASELINES = ("no effect", "same route")


def validation(s: Settings) -> list[Row]:
    """Coverage, errors against both baselines, and one row per result."""
    if s.quick:
        return [left_out("validation", GROUP, CLAIM)]
    found = validate()
    summary, n = found.summary(), len(found.rows)
    own = summary["model"]
    rows = [
        judged(
            "coverage_90",
            GROUP,
            "Results lie in their 90 % interval",
            method=f"{n} results of studies kept apart",
            threshold=f"at least {100 * NEEDED:.0f} of 100",
            value=f"{own['inside_90']:.0f} of {n}",
            passed=own["inside_90"] >= NEEDED * n,
            seed=SEED,
        ),
        judged(
            "coverage_50",
            GROUP,
            "About half lie in their 50 % interval",
            method=f"the same {n} results",
            threshold="25 to 75 of 100",
            value=f"{own['inside_50']:.0f} of {n}",
            passed=0.25 * n <= own["inside_50"] <= 0.75 * n,
            seed=SEED,
        ),
    ]
    for name in BASELINES:
        other = summary[name]
        rows.append(
            judged(
                f"beats_{name.replace(' ', '_')}",
                GROUP,
                f"The model predicts better than the baseline “{name}”",
                method="mean continuous ranked probability score and mean absolute error, in SD of error",
                threshold="both smaller than the baseline's",
                value=f"score {own['crps']:.2f} against {other['crps']:.2f}, "
                f"error {own['mean_absolute_error']:.2f} against {other['mean_absolute_error']:.2f}",
                passed=own["crps"] < other["crps"]
                and own["mean_absolute_error"] < other["mean_absolute_error"],
                seed=SEED,
            )
        )
    for row in found.rows:
        mine = row["forecasts"]["model"]
        low, high = mine["interval_90"]
        rows.append(
            judged(
                f"result_{row['id']}",
                RESULTS,
                f"Predicted: {row['label']}",
                method=f"study {row['study']}",
                threshold=f"found value in {low:.3g} to {high:.3g} (90 %)",
                value=f"{row['found']:.3g}",
                passed=mine["inside_90"],
                seed=SEED,
                note="ln of a ratio" if row["scale"] == "log" else "",
            )
        )
    return rows
