"""Make the README's table and the two pictures of docs/images from fresh runs.

Run ``make poise`` first, then ``python scripts/draw_readme.py``.
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import polars as pl

from brittlestar import Person, compare
from brittlestar._shared.table import with_range
from brittlestar.charts import course_bands, each_person_panel, fracture_free, grid, save_svg
from brittlestar.report.trial import published_points
from brittlestar.trials.protocol_files import load_protocol

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "images"
PLAN = "zoledronate 0.05 mg/kg iv every 6 months for 3 years"
RUN = ROOT / "results" / "poise" / "results.json"
README = ROOT / "README.md"
BEGIN, END = "<!-- poise: python scripts/draw_readme.py -->\n", "<!-- end of poise -->"
SHOWN = (
    ("ls_abmd_pct_change", "difference", 12), ("ls_z_change", "risedronate", 12),
    ("hazard_ratio", "difference", 12),
)  # fmt: skip
"""Rows of the README: endpoint, arm and month. What is outside is among them, whatever else is."""


def poise_table(rows: Iterable[Mapping[str, Any]]) -> str:
    """How many published means are met, and some of them beside what is simulated, in Markdown.

    Args:
        rows: endpoints of ``results.json``.

    Raises:
        ValueError: an endpoint outside its published interval would be left out.
    """
    rows = list(rows)
    judged = [row["verdict"] for row in rows if row["verdict"] in ("inside", "outside")]
    met = f"{judged.count('inside')} simulated means lie inside it"
    lines = [
        f"Of {len(rows)} endpoints {len(judged)} have a published interval, and {met}: a fit, not a",
        f"prediction, as the model was fitted to POISE too. {len(SHOWN)} of them:",
        "",
    ]
    lines += ["| endpoint | arm | published (95 % interval) | simulated (95 % range) | verdict |"]
    lines += ["|---|---|---|---|---|"]
    for row in rows:
        if (row["id"], row["arm"], round(row["time_months"])) in SHOWN:
            ends = (
                with_range(*(found[key] for key in keys))
                for found, keys in (
                    (row["published"], ("value", "low", "high")), (row["simulated"], ("mean", "low", "high")),
                )
            )  # fmt: skip
            lines.append(f"| {' | '.join((row['label'], row['arm'], *ends, row['verdict']))} |")
        elif row["verdict"] == "outside":
            raise ValueError(f"{row['label']}, {row['arm']} is outside: add it to SHOWN")
    return "\n".join(lines) + "\n"


def write_table() -> None:
    """The table of results/poise into the README."""
    rows = json.loads(RUN.read_text(encoding="utf-8"))["endpoints"]
    head, _, rest = README.read_text(encoding="utf-8").partition(BEGIN)
    README.write_text(head + BEGIN + poise_table(rows) + END + rest.partition(END)[2], encoding="utf-8")


def draw_poise() -> None:
    """Density and fractures of results/poise beside the published points."""
    curves = json.loads(RUN.read_text(encoding="utf-8"))["curves"]
    points = published_points(load_protocol("poise").model_dump(mode="json"))
    density = course_bands(pl.DataFrame(curves["bands"]), points, series="ls_abmd_pct_change")
    free = pl.DataFrame(curves["free"], infer_schema_length=None)
    save_svg(grid([density, fracture_free(free)]), IMAGES / "poise.svg")


def draw_girl() -> None:
    """Density and strength of one invented girl with and without treatment."""
    girl = Person(age=7, sex="female", oi_type="III")
    panels = each_person_panel(compare(girl, PLAN, years=5, seed=1).table())
    wanted = [panels[name] for name in list(panels)[:4]]
    save_svg(grid(wanted), IMAGES / "girl.svg")


if __name__ == "__main__":
    write_table()
    IMAGES.mkdir(parents=True, exist_ok=True)
    draw_poise()
    draw_girl()
