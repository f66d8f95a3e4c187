"""The calibration's own studies, each predicted without itself: coverage, width and score, by kind of result.

Nested: parameters without the study are those of the linear step (``calibration.left_out``), and the spread
between trials that is added comes from the other studies alone. Studies that decided more than half of what
they are held against are flagged: there the linear step may fail, and a full fit without the study stands in
its place (``calibration.without_study``).
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from brittlestar._shared.chance import normal, uniform
from brittlestar._shared.manifest import manifest
from brittlestar._shared.result_files import save_result
from brittlestar.evidence.calibration.between_trials import BetweenTrials, between_trials_of
from brittlestar.evidence.calibration.left_out import FAR, LeftOut, left_out
from brittlestar.evidence.calibration.recorded import recorded
from brittlestar.evidence.calibration.without_study import fitted_anew
from brittlestar.evidence.prediction import first_edition
from brittlestar.model.parameters import default_parameters, identity
from brittlestar.statistics.forecasts import judged, mean_over_studies, share_of_studies

SCHEMA = "brittlestar/left-out/3"
DRAWS, SEED = 4000, 1
"""Draws of each forecast, and the key of all chance."""

FORECASTS = ("with spread", "without spread")
BOTH = "in both editions"
"""Of the results that the first edition predicted too, so that means are over the same ones."""


@dataclass(frozen=True)
class LeftOutForecasts:
    """Every result of the calibration studies with osteogenesis imperfecta, predicted from the others."""

    rows: list[dict[str, Any]]
    manifest: dict[str, Any]

    def summary(self) -> list[dict[str, Any]]:
        """Coverage with a limit that counts studies, width and score of each forecast; by kind and of all.

        Widths and scores are in units of the SD without the spread between trials, so that rows add up. The
        first edition is told of the results that it predicted too, beside today's forecasts of the same.
        """
        groups = {
            "all": self.rows,
            "not flagged": [row for row in self.rows if not row["flagged"]],
            BOTH: [row for row in self.rows if first_edition.NAME in row["forecasts"]],
        }
        for row in self.rows:
            groups.setdefault(row["kind"], []).append(row)
        return [
            {"group": group, "forecast": name, "studies": len({row["study"] for row in rows}),
             "results": len(rows), **coverage(rows, name)}
            for group, rows in groups.items() if rows
            for name in (*FORECASTS, *([first_edition.NAME] if group == BOTH else []))
        ]  # fmt: skip

    def to_dict(self) -> dict[str, Any]:
        """Content of ``left-out.json``."""
        return {
            "schema": SCHEMA,
            "manifest": self.manifest,
            "first_edition": first_edition.first_edition()["commit"],
            "summary": self.summary(),
            "results": self.rows,
        }

    def save(self, out: str | os.PathLike[str], *, force: bool = False) -> None:
        """Write ``left-out.json``."""
        save_result(out, {"left-out.json": self.to_dict()}, force=force)


def coverage(rows: Sequence[dict[str, Any]], name: str) -> dict[str, Any]:
    """Shares inside 50 and 90 %, mean width of the 90 % interval and mean score of one forecast.

    Args:
        rows: with ``study`` and ``forecasts``.
        name: of the forecast.
    """
    own, study = [row["forecasts"][name] for row in rows], [row["study"] for row in rows]
    score = mean_over_studies([one["crps"] for one in own], study)
    inside = {
        f"inside_{level}": {
            "count": sum(one[f"inside_{level}"] for one in own),
            **share_of_studies([one[f"inside_{level}"] for one in own], study)._asdict(),
        }
        for level in (50, 90)
    }
    return {
        **inside,
        "width_90": float(np.mean([one["width_90"] for one in own])),
        "crps": score._asdict(),
        "mean_absolute_error": float(np.mean([one["error"] for one in own])),
    }


def left_out_forecasts(studies: Sequence[LeftOut] | None = None) -> LeftOutForecasts:
    """Predict each study of the calibration from the others.

    Args:
        studies: each as a fit without it would predict it; defaults to the shipped calibration's.
    """
    told = left_out(recorded("posterior")) if studies is None else tuple(studies)
    rows = []
    for name in dict.fromkeys(one.study for one in told):
        spread = between_trials_of([one for one in told if one.study != name])
        for one in (one for one in told if one.study == name):
            rows += _rows(one, fitted_anew(one), spread.get(one.kind))
    made = manifest(seed=SEED, parameters=identity(default_parameters()), inputs={"studies": len(told)})
    return LeftOutForecasts(rows, made)


def _rows(linear: LeftOut, one: LeftOut, spread: BetweenTrials | None) -> list[dict[str, Any]]:
    found = []
    for i, target in enumerate(one.targets):
        sd = float(np.hypot(np.sqrt(one.covariance[i, i]), one.sampling[i]))
        key, index = f"left out {target.id}", np.arange(DRAWS)
        without = one.gap[i] + sd * normal(SEED, index, key)
        offset = np.zeros(DRAWS)
        if spread is not None:
            change = float(one.effect[i])
            form = spread.constant if np.isnan(change) else spread.kept
            size = abs(change) if form is spread.relative else 1.0
            offset = size * form.draw(uniform(SEED, index, key)) * normal(SEED, index, f"{key} trial")
        draws = {"with spread": without + offset, "without spread": without}
        before = first_edition.of_left_out(target.id, float(one.sampling[i]), SEED, DRAWS)
        if before is not None:
            draws[first_edition.NAME] = before
        found.append(
            {
                "study": one.study,
                "id": target.id,
                "label": target.label,
                "kind": one.kind,
                "gap": float(one.gap[i]),
                "linear_gap": float(linear.gap[i]),
                "parameters_sd": float(np.sqrt(one.covariance[i, i])),
                "sampling_sd": float(one.sampling[i]),
                "between_trials_sd": float(offset.std()),
                "leverage": one.leverage,
                "flagged": one.leverage > FAR,
                "forecasts": {name: judged(x, 0.0, sd) for name, x in draws.items()},
            }
        )
    return found
