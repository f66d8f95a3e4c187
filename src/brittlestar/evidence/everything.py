"""The whole calibration: mode, ensemble and rivals, as text and as files."""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from brittlestar._shared.manifest import CLOSING, manifest
from brittlestar._shared.output import output_directory
from brittlestar.evidence.calibration import FAR, Calibration, calibrate
from brittlestar.evidence.ensemble import DRAWS, SEED, to_dict
from brittlestar.evidence.importance import weighted_draws
from brittlestar.evidence.lanes import Simulator
from brittlestar.evidence.quantities import Comparison
from brittlestar.evidence.rivals import fit_rival, laws, log_evidence
from brittlestar.evidence.write import changes

Progress = Callable[[str, int, float], None]
"""Called with the stage, the number of runs and the present misfit."""


@dataclass(frozen=True)
class Everything:
    """What one calibration found."""

    found: Calibration
    ensemble: dict[str, Any]
    """content of ``ensemble.json``"""
    rivals: dict[str, Any]
    """content of ``rivals.json``"""

    def rival_table(self) -> pl.DataFrame:
        """Misfit and evidence of the usual law and of each rival."""
        rows = {"usual": self.rivals["usual"], **self.rivals["rivals"]}
        return pl.DataFrame(
            [
                {"law": name} | {key: row[key] for key in ("chi2", "prior_cost", "log_evidence")}
                for name, row in rows.items()
            ]
        )

    def words(self) -> str:
        """What moved, what fits, what does not, what was not learned, and what other laws say."""
        found, post = self.found, self.found.posterior
        fit = found.fit_table()
        far = [row["id"] for row in fit.to_dicts() if abs(row["misfit"]) > FAR]
        pairs = ", ".join(f"{a} with {b} {r:+.2f}" for a, b, r in post.confounded())
        return "\n\n".join(
            [
                _table(found.parameter_table().drop("origin")),
                _table(fit.drop("target", "study")),
                f"chi2 of the fitted targets: {found.chi2_before:.1f} before, {found.chi2:.1f} after",
                f"beyond {FAR} SD: {', '.join(far) or 'none'}",
                f"directions learned: {post.learned_directions:.1f} of {len(post.ids)}",
                f"confounded: {pairs or 'none'}",
                _table(found.direction_table()),
                f"ensemble: {sum(self.ensemble['copies'])} sets, {len(self.ensemble['copies'])} of them "
                f"different, from {self.ensemble['draws']} draws worth {self.ensemble['effective']:.0f}",
                _table(self.rival_table()),
                "converged" if post.converged else "NOT CONVERGED",
                CLOSING,
            ]
        )

    def files(self) -> dict[str, str]:
        """Name -> content of the three files that the package ships."""
        content = {
            "posterior.json": self.found.to_dict(),
            "ensemble.json": self.ensemble,
            "rivals.json": self.rivals,
        }
        return {name: as_text(one) for name, one in content.items()}

    def save(self, out: str | os.PathLike[str], *, force: bool = False) -> None:
        """Write the files, the tables as CSV, and the text."""
        with output_directory(out, force=force) as folder:
            for name, text in self.files().items():
                (folder / name).write_text(text, encoding="utf-8")
            self.found.parameter_table().write_csv(folder / "parameters.csv")
            self.found.fit_table().write_csv(folder / "targets.csv")
            self.found.direction_table().write_csv(folder / "directions.csv")
            self.rival_table().write_csv(folder / "rivals.csv")
            (folder / "calibration.txt").write_text(self.words() + "\n", encoding="utf-8")
            made = manifest(
                seed=SEED, parameters=self.found.to_dict()["fingerprint"], inputs={"draws": DRAWS}
            )
            (folder / "manifest.json").write_text(as_text(made), encoding="utf-8")

    def write(self) -> list[Path]:
        """Put the values into the parameter files and the posterior into the package; what was written."""
        folder = Path(str(resources.files("brittlestar.evidence")))
        new = changes(self.found) | {folder / name: text for name, text in self.files().items()}
        for path, text in new.items():
            path.write_text(text, encoding="utf-8")
        return list(new)


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


def _number(x: object) -> str:
    return f"{x:.4g}" if isinstance(x, float) else str(x)


def _table(frame: pl.DataFrame) -> str:
    """Aligned plain text."""
    cells = [list(frame.columns), *([_number(x) for x in row] for row in frame.iter_rows())]
    widths = [max(len(row[i]) for row in cells) for i in range(len(frame.columns))]
    return "\n".join("  ".join(c.ljust(w) for c, w in zip(row, widths)).rstrip() for row in cells)


def calibrate_everything(*, density: str = "default", progress: Progress | None = None) -> Everything:
    """Fit, draw the posterior, fit the rivals. Deterministic: the same files give the same bits.

    Args:
        density: name of the spine-density reference.
        progress: called after every run of the model.
    """

    def tell(stage: str) -> Callable[[int, float], None]:
        return lambda count, total: progress(stage, count, total) if progress else None

    found = calibrate(density=density, progress=tell("fit"))
    post, fitted = found.posterior, found.targets.fitted
    comparison = Comparison(Simulator(found.targets, found.free, found.parameters), fitted)
    draws = weighted_draws(
        comparison.residuals,
        post.centre,
        post.prior_sd,
        post.mode,
        post.covariance,
        count=DRAWS,
        seed=SEED,
        progress=tell("draws"),
    )
    z, r = (post.mode - post.centre) / post.prior_sd, comparison.residuals(post.mode)
    usual = {
        "chi2": float(r @ r),
        "prior_cost": float(z @ z),
        "log_evidence": log_evidence(r, z, post.slopes),
    }
    others = {}
    for name, law in laws().items():
        others[name] = fit_rival(law, found.targets, post.slopes)
        tell(f"rival {name}")(1, others[name]["chi2"])
    rivals = {"schema": "brittlestar/rivals/1", "usual": usual, "rivals": others}
    return Everything(found, to_dict(draws, found.free, seed=SEED), _rounded(rivals))


def _rounded(content: Any) -> Any:
    """Six decimals everywhere: far below any uncertainty."""
    if isinstance(content, dict):
        return {key: _rounded(value) for key, value in content.items()}
    return float(np.round(content, 6)) if isinstance(content, float) else content
