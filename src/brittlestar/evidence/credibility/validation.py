"""Validation rows: studies predicted without themselves, and studies kept apart, against naive forecasts."""

from collections.abc import Mapping
from typing import Any

from brittlestar.evidence.credibility.row import Row, Settings, judged, left_out
from brittlestar.evidence.prediction.left_out_forecasts import FORECASTS, left_out_forecasts
from brittlestar.evidence.prediction.naive_forecasts import NAIVE
from brittlestar.evidence.prediction.validation import SEED, validate

GROUP, CLAIM = "validation", "Studies that were kept apart are predicted"
RESULTS = "results"
"""Group of single results: one in ten may miss its 90 % interval by chance, so contexts ask for coverage."""

LEFT_OUT = "left_out"
"""Group of the calibration's own studies, each predicted from the others."""


def coverage(id: str, group: str, level: int, share: Mapping[str, float], *, method: str) -> Row:
    """Whether a nominal coverage lies inside the 95 % limits of what was found, each study counted once.

    Args:
        id: of the row.
        group: of the row.
        level: nominal, %.
        share: ``value``, ``low`` and ``high``; see ``statistics.forecasts.share_of_studies``.
        method: what was predicted.
    """
    low, high = (100.0 * share[end] for end in ("low", "high"))
    return judged(
        id,
        group,
        f"{level} % intervals hold what was found {level} times in 100",
        method=f"{method}, each study counted once",
        threshold=f"{level} inside the 95 % limits of the share",
        value=f"{100.0 * share['value']:.0f} of 100 ({low:.0f} to {high:.0f})",
        passed=low <= level <= high,
        seed=SEED,
    )


def nested(_: Settings) -> list[Row]:
    """Each study of the calibration from the others: coverage, and the worth of the spread between trials."""
    rows = {row["forecast"]: row for row in left_out_forecasts().summary() if row["group"] == "all"}
    spread, bare = (rows[name] for name in FORECASTS)
    method = (
        f"{spread['results']} results of {spread['studies']} studies, spread between trials from the others"
    )
    return [
        *(
            coverage(f"left_out_{level}", LEFT_OUT, level, spread[f"inside_{level}"], method=method)
            for level in (50, 90)
        ),
        judged(
            "left_out_score",
            LEFT_OUT,
            "The spread between trials is worth its width",
            method="continuous ranked probability score with that spread and without it, same studies",
            threshold="smaller with it",
            value=f"{spread['crps']['value']:.2f} against {bare['crps']['value']:.2f}; "
            f"90 % intervals {spread['width_90'] / bare['width_90']:.2f} times as wide",
            passed=spread["crps"]["value"] < bare["crps"]["value"],
            seed=SEED,
        ),
    ]


def validation(s: Settings) -> list[Row]:
    """Coverage, scores against every naive forecast, seeds, and one row per result."""
    if s.quick:
        return [left_out("validation", GROUP, CLAIM)]
    found = validate()
    summary, seeds = found.summary(), found.seeds()
    own = summary["model"]
    method = f"{own['results']} results of {own['studies']} studies kept apart"
    rows = [
        coverage(f"coverage_{level}", GROUP, level, own[f"studies_{level}"], method=method)
        for level in (50, 90)
    ]
    rows += [_beats(name, own, summary[name]) for name in NAIVE]
    rows.append(
        judged(
            "validation_seeds",
            GROUP,
            "Predictions do not hang on the seed",
            method=f"the same runs mixed anew with {seeds['seeds']} seeds",
            threshold="no limit moves by more than 5 % of its interval",
            value=f"{100.0 * seeds['limits_moved']:.1f} %",
            passed=seeds["limits_moved"] < 0.05,
            seed=SEED,
        )
    )
    return rows + [_result(row) for row in found.rows]


def _beats(name: str, own: Mapping[str, Any], other: Mapping[str, Any]) -> Row:
    skill = other["skill"]["crps"]
    return judged(
        f"beats_{name.replace(' ', '_')}",
        GROUP,
        f"The model predicts better than the forecast “{name}”",
        method="skill by the continuous ranked probability score, 95 % limits from drawing studies anew",
        threshold="the whole interval above 0",
        value=f"{100.0 * skill['value']:.0f} % ({100.0 * skill['low']:.0f} to {100.0 * skill['high']:.0f}); "
        f"score {own['crps']:.2f} against {other['crps']:.2f}",
        passed=skill["low"] > 0.0,
        seed=SEED,
    )


def _result(row: Mapping[str, Any]) -> Row:
    mine = row["forecasts"]["model"]
    low, high = mine["interval_90"]
    return judged(
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
