"""A calibration as tables in Markdown, and as files whose changes can be read."""

import json
from typing import Any

import numpy as np
import polars as pl

from brittlestar._shared.manifest import CLOSING
from brittlestar.evidence.calibration.between_trials import BetweenTrials
from brittlestar.evidence.calibration.calibrate import FAR, Calibration
from brittlestar.evidence.calibration.kinds import ResultKind
from brittlestar.evidence.calibration.rivals import laws, weights_by_evidence

FRACTURE_TARGETS = ("ward-log-rr", "poise-log-hr", "poise-placebo-share")
"""Targets on which the laws of fracture disagree."""


def as_text(content: dict[str, Any]) -> str:
    """JSON with one list of numbers a line: short files whose changes can be read."""
    text = json.dumps(content, indent=1, allow_nan=False)
    lines, inside = [], False
    for line in text.split("\n"):
        number = line.strip().rstrip(",").lstrip("-")[:1].isdigit()
        if number and inside:
            lines[-1] += " " + line.strip()
        else:
            lines.append(line)
        inside = number
    return "\n".join(lines) + "\n"


def tables(
    found: Calibration,
    ensemble: dict[str, Any],
    rivals: dict[str, Any],
    between: dict[ResultKind, BetweenTrials],
) -> str:
    """What moved, what fits, what does not, what was not learned, what other laws say.

    Args:
        found: the calibration.
        ensemble: content of ``ensemble.json``.
        rivals: content of ``rivals.json``.
        between: spread between trials by kind.
    """
    post, fit = found.posterior, found.fit_table()
    misfits = np.abs(fit.filter(pl.col("use") == "calibration")["misfit"].to_numpy())
    far = [row["label"] for row in fit.rename({"target": "label"}).to_dicts() if abs(row["misfit"]) > FAR]
    pairs = ", ".join(f"{a} with {b} {r:+.2f}" for a, b, r in post.confounded())
    unlearned = [row["parameter"] for row in found.parameter_table().to_dicts() if row["learned"]]
    copies = ensemble["copies"]
    return "\n".join(
        [
            f"# Calibration, {'converged' if post.converged else 'NOT CONVERGED'}",
            "",
            f"{len(post.ids)} parameters, {len(misfits)} fitted targets, {post.evaluations} evaluations; "
            f"split version {found.split_version}.",
            f"Sum of squared misfits, made independent, {found.chi2:.1f}; with the values in use, "
            f"{found.chi2_before:.1f}.",
            f"Inside 90 % of their stated error: {int(np.sum(misfits <= 1.645))} of {len(misfits)}.",
            f"Directions learned: {post.learned_directions:.1f} of {len(post.ids)}. "
            f"Not learned (posterior over prior SD above 0.9): {', '.join(unlearned) or 'none'}. "
            f"Confounded (correlation 0.6 or more): {pairs or 'none'}.",
            "",
            "## Parameters",
            "",
            "low and high: 90 % interval. ratio: posterior over prior SD of the logarithm.",
            "",
            _table(found.parameter_table().drop("origin")),
            "",
            "## Directions",
            "",
            "Directions of parameter space (in prior SDs), best known first: posterior over prior SD, and "
            "the parameters with the largest part in each.",
            "",
            _table(found.direction_table()),
            "",
            "## Targets",
            "",
            "misfit = (model - observed)/SD, SD of both errors. input_sd: how far off the model's number "
            "may be by what a paper leaves open. check: looked at, not fitted.",
            f"Beyond {FAR} SD: {'; '.join(far) or 'none'}.",
            "",
            _table(fit.drop("id", "study")),
            "",
            "## Ensemble",
            "",
            f"{sum(copies)} parameter sets, {len(copies)} of them different, the heaviest {max(copies)} "
            f"times, from {ensemble['draws']} draws worth {ensemble['effective']:.0f} "
            f"(Pareto k of their weights {ensemble['pareto_k']:.2f}).",
            "",
            "Known truths found again:",
            "",
            _table(pl.DataFrame([{"on": name} | row for name, row in ensemble["truths"].items()])),
            "",
            "## Rival laws",
            "",
            _table(_rival_table(rivals, found)),
            "",
            "## Spread between trials",
            "",
            "SD beyond sampling, from studies each of which the fit has not seen: middle and 90 % interval "
            "of its posterior. On the scale of the kind, or as a share of the change where that has more "
            "evidence (gain, ln).",
            "",
            _table(pl.DataFrame([_spread_row(kind, one) for kind, one in between.items()])),
            "",
            CLOSING,
        ]
    )


def _spread_row(kind: str, found: BetweenTrials) -> dict[str, Any]:
    low, high = found.kept.interval()
    form = "share of the change" if found.relative else "constant"
    return {"kind": kind, "form": form, "sd": found.kept.median, "low": low, "high": high,
            "gain": found.gain, "studies": found.studies, "results": found.results}  # fmt: skip


def _rival_table(rivals: dict[str, Any], found: Calibration) -> pl.DataFrame:
    """Misfit, evidence and weight of every law, and the fracture targets under each."""
    rows = {"usual": rivals["usual"], **rivals["rivals"]}
    weight = weights_by_evidence({name: row["log_evidence"] for name, row in rows.items()})
    usual = {target.id: found.residuals[i] for i, target in enumerate(found.targets.targets)}
    return pl.DataFrame(
        [
            {
                "law": name,
                "question": laws()[name].question if name in laws() else "",
                **{key: float(row[key]) for key in ("chi2", "prior_cost", "log_evidence")},
                "weight": weight[name],
                **{
                    f"misfit {key}": float(row.get("misfits", usual)[key])
                    for key in FRACTURE_TARGETS
                    if key in usual
                },
            }
            for name, row in rows.items()
        ]
    )


def _cell(x: object) -> str:
    return (f"{x:.3g}" if isinstance(x, float) else str(x)).replace("|", "/")


def _table(frame: pl.DataFrame) -> str:
    """Markdown."""
    rows = [list(frame.columns), ["---"] * len(frame.columns)]
    rows += [[_cell(x) for x in row] for row in frame.iter_rows()]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)
