"""``python -m brittlestar.evidence.calibrate``: fit and tell; ``--write`` puts values into their files."""

import argparse
import json
import sys
import time
from importlib import resources
from pathlib import Path

import polars as pl

from brittlestar.evidence.calibration import FAR, Calibration, calibrate
from brittlestar.evidence.write import changes


def _number(x: object) -> str:
    return f"{x:.4g}" if isinstance(x, float) else str(x)


def _table(frame: pl.DataFrame) -> str:
    """Aligned plain text."""
    cells = [list(frame.columns), *([_number(x) for x in row] for row in frame.iter_rows())]
    widths = [max(len(row[i]) for row in cells) for i in range(len(frame.columns))]
    return "\n".join("  ".join(c.ljust(w) for c, w in zip(row, widths)).rstrip() for row in cells)


def report(found: Calibration) -> str:
    """What moved, what fits, what does not, what was not learned."""
    post = found.posterior
    far = [row["id"] for row in found.fit_table().to_dicts() if abs(row["misfit"]) > FAR]
    pairs = ", ".join(f"{a} with {b} {r:+.2f}" for a, b, r in post.confounded())
    return "\n\n".join(
        [
            _table(found.parameter_table().drop("origin")),
            _table(
                found.fit_table().select(
                    "id", "observed", "sd", "sd_from", "before", "misfit_before", "model", "misfit", "role"
                )
            ),
            f"chi2 of the fitted targets: {found.chi2_before:.1f} before, {found.chi2:.1f} after",
            f"beyond {FAR} SD: {', '.join(far) or 'none'}",
            f"directions learned: {post.learned_directions:.1f} of {len(post.ids)}",
            f"confounded: {pairs or 'none'}",
            _table(found.direction_table()),
            "converged" if post.converged else "NOT CONVERGED",
        ]
    )


def main(arguments: list[str] | None = None) -> int:
    """Command line; 1 if the fit has not converged."""
    parser = argparse.ArgumentParser(prog="python -m brittlestar.evidence.calibrate", description=__doc__)
    parser.add_argument("--write", action="store_true", help="put the values into the parameter files")
    parser.add_argument("--density", default="default", help="spine-density reference")
    chosen = parser.parse_args(arguments)
    began = time.monotonic()

    def progress(count: int, total: float) -> None:
        print(f"evaluation {count}: {total:.3f} after {time.monotonic() - began:.0f} s", file=sys.stderr)

    found = calibrate(density=chosen.density, progress=progress)
    print(report(found))
    if not found.posterior.converged:
        return 1
    new = changes(found)
    for path in new:
        print(f"{'wrote' if chosen.write else 'would write'} {path.parent.name}/{path.name}")
    if chosen.write:
        for path, text in new.items():
            path.write_text(text, encoding="utf-8")
        folder = Path(str(resources.files("brittlestar.evidence")))
        content = json.dumps(found.to_dict(), indent=1, allow_nan=False)
        (folder / "posterior.json").write_text(content + "\n", encoding="utf-8")
        print("wrote evidence/posterior.json")
    else:
        print("dry run: nothing was written; --write writes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
