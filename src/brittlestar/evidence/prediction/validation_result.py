"""What a validation found: coverage that counts studies, scores against naive forecasts, tables, files."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from brittlestar._shared.manifest import CLOSING
from brittlestar._shared.result_files import save_result
from brittlestar.evidence.prediction import first_edition
from brittlestar.evidence.prediction.fractures.ratios import EFFECT, gain
from brittlestar.evidence.prediction.naive_forecasts import NAIVE
from brittlestar.report.validation import score_gains
from brittlestar.report.view import percent_of_studies
from brittlestar.statistics.forecasts import Share, mean_over_studies, share_of_studies

SCHEMA = "brittlestar/validation/4"
SPREAD_OFF = "model, spread off"
"""The same without the spread between trials."""

FORECASTS = ("model", SPREAD_OFF, first_edition.NAME, *NAIVE)
Row = dict[str, Any]


@dataclass(frozen=True)
class Validation:
    """Predicted and found."""

    rows: list[Row]
    """with ``cluster``: what counts as one study; the reviews, which pool the same trials, are one"""
    directions: list[Row]
    built: list[Row]
    """studies used in building the model, or without the types of their people: shown, not counted"""
    left_out: dict[str, str]
    manifest: dict[str, Any]
    by_seed: tuple[list[Row], ...] = ()
    """the same rows under other seeds"""

    def summary(self) -> dict[str, Row]:
        """Coverage, width, mean absolute error and mean CRPS of each forecast.

        ``studies_50`` and ``studies_90`` are shares in which each study counts once, with their 95 % limits.
        ``skill`` is 1 - score(model)/score(forecast), of all others, with a 95 % interval from drawing
        studies anew. The unit of a row is its SD of sampling and between trials together, so that rows of all
        kinds add up.
        """
        there = [name for name in FORECASTS if any(name in row["forecasts"] for row in self.rows)]
        return {name: self._of(name) for name in there}

    def _of(self, name: str) -> Row:
        rows = [row for row in self.rows if name in row["forecasts"]]
        own = [row["forecasts"][name] for row in rows]
        study = [row["cluster"] for row in rows]
        found: Row = {"results": len(own), "studies": len(set(study))}
        for level in ("50", "90"):
            inside = [one[f"inside_{level}"] for one in own]
            found[f"inside_{level}"] = sum(inside)
            found[f"studies_{level}"] = share_of_studies(inside, study)._asdict()
        for key, part in (("mean_absolute_error", "error"), ("crps", "crps"), ("width_90", "width_90")):
            found[key] = float(np.mean([one[part] for one in own]))
        if name != "model":
            found["skill"] = {part: skill(rows, name, part)._asdict() for part in ("error", "crps")}
        return found

    def seeds(self) -> Row:
        """Least and most of the model's numbers over seeds."""
        rows = (self.rows, *self.by_seed)
        found: Row = {"seeds": len(rows)}
        for key in ("inside_50", "inside_90"):
            counts = [sum(row["forecasts"]["model"][key] for row in one) for one in rows]
            found[key] = [min(counts), max(counts)]
        for key, part in (("mean_absolute_error", "error"), ("crps", "crps")):
            means = [float(np.mean([row["forecasts"]["model"][part] for row in one])) for one in rows]
            found[key] = [min(means), max(means)]
        limits = np.array([[row["forecasts"]["model"]["interval_90"] for row in one] for one in rows])
        width = np.mean(limits[..., 1] - limits[..., 0], axis=0)
        found["limits_moved"] = float(np.max(np.ptp(limits, axis=0) / width[:, None]))
        return found

    def fracture_scores(self) -> Row:
        """Log score of the model on fracture effects, less that of a constant effect and of none."""
        rows = [
            {
                "study": row["cluster"],
                "log_score": {name: row["forecasts"][name]["log_score"] for name in ("model", *NAIVE)},
            }
            for row in self.rows
            if row["kind"] == EFFECT
        ]
        return {name: gain(rows, name) for name in ("constant effect", "no effect")} if rows else {}

    def to_dict(self) -> Row:
        """Content of ``validation.json``."""
        return {
            "schema": SCHEMA,
            "manifest": self.manifest,
            "first_edition": first_edition.first_edition()["commit"],
            "summary": self.summary(),
            "seeds": self.seeds(),
            "fracture_scores": self.fracture_scores(),
            "results": self.rows,
            "directions": self.directions,
            "not_counted": self.built,
            "left_out": self.left_out,
        }

    def words(self) -> str:
        """Tables in Markdown, nothing left away."""
        heads = ("result", "found", "predicted (90 %)", "PIT", "inside 50", "inside 90", *NAIVE)
        lines = [_line(heads), _line("---" for _ in heads)]
        for row in self.rows:
            own = row["forecasts"]["model"]
            low, high = own["interval_90"]
            yes = ("yes" if own[f"inside_{level}"] else "no" for level in ("50", "90"))
            means = (f"{row['forecasts'][name]['mean']:.3g}" for name in NAIVE)
            predicted = f"{own['mean']:.3g} ({low:.3g} to {high:.3g})"
            lines.append(
                _line((row["label"], f"{row['found']:.3g}", predicted, f"{own['pit']:.2f}", *yes, *means))
            )
        heads = ("forecast", "inside 50 %", "inside 90 %", "studies inside 50 % (limit)",
                 "studies inside 90 % (limit)", "width of 90 %", "mean absolute error", "CRPS",
                 "skill of the model, error", "skill of the model, CRPS")  # fmt: skip
        lines += ["", _line(heads), _line("---" for _ in heads)]
        for name, s in self.summary().items():
            counts = (f"{s[f'inside_{level}']:.0f} of {s['results']:.0f}" for level in ("50", "90"))
            shares = (percent_of_studies(s[f"studies_{level}"]) for level in ("50", "90"))
            skills = (
                percent_of_studies(s["skill"][part]) if "skill" in s else "" for part in ("error", "crps")
            )
            scores = (f"{s[key]:.2f}" for key in ("width_90", "mean_absolute_error", "crps"))
            lines.append(_line((name, *counts, *shares, *scores, *skills)))
        lines += ["", "Widths, errors and CRPS in units of the SD of sampling and between trials; shares of "
                  "studies and skill in %, with 95 % limits that count studies. First edition: "
                  f"commit {first_edition.first_edition()['commit'][:7]}, a normal with the mean and 90 % "
                  "interval that it printed."]  # fmt: skip
        if self.by_seed:
            s = self.seeds()
            ranges = ", ".join(
                f"{word} {s[key][0]:.3g} to {s[key][1]:.3g}"
                for word, key in (("inside 50 %", "inside_50"), ("inside 90 %", "inside_90"),
                                  ("mean absolute error", "mean_absolute_error"), ("CRPS", "crps"))
            )  # fmt: skip
            moved = f"limits moved by at most {100 * s['limits_moved']:.1f} % of their interval"
            lines.append(f"Over {s['seeds']} seeds: {ranges}; {moved}.")
        lines += [score_gains(scores)] if (scores := self.fracture_scores()) else []
        lines += [f"{d['label']}: predicted {d['predicted']:.3g}." for d in self.directions]
        lines += [
            "",
            "Used in building the model, or of people whose types are not known: not a test, not counted.",
            "",
            "| study | result | found | model | why it is not counted |",
            "|---|---|---|---|---|",
        ]
        for row in self.built:
            low, high = (f"{x:.3g}" for x in row["model"])
            model = low if low == high else f"{low} to {high}"
            lines.append(
                f"| {row['study']} | {row['label']}, {row['unit']} | {row['found']:.3g} | {model} "
                f"| {row['why_not_counted']} |"
            )
        lines += ["", *(f"{study}: {why}." for study, why in self.left_out.items())]
        return "\n".join([*lines, "", CLOSING])

    def save(self, out: str | os.PathLike[str], *, force: bool = False) -> None:
        """Write ``validation.json`` and ``validation.md``."""
        files = {"validation.json": self.to_dict(), "validation.md": self.words() + "\n"}
        save_result(out, files, force=force)


def skill(rows: Sequence[Row], name: str, part: str) -> Share:
    """1 - score(model)/score(forecast), with a 95 % interval from drawing studies anew.

    Args:
        rows: of a validation.
        name: of the other forecast.
        part: ``crps`` or ``error``.
    """
    own, other = ([row["forecasts"][which][part] for row in rows] for which in ("model", name))
    study = [row["cluster"] for row in rows]
    mean = float(np.mean(other))
    # The interval is of the difference of scores, over the mean of the other's: it needs no ratio of sums.
    apart = mean_over_studies(list(np.subtract(other, own)), study)
    return Share(*(x / mean for x in apart))


def _line(cells: Any) -> str:
    return f"| {' | '.join(cells)} |"
