"""Draw the README's two pictures from fresh runs: docs/images/poise.svg and docs/images/girl.svg.

Run ``make poise`` first, then ``python scripts/draw_readme.py``.
"""

import json
from pathlib import Path

import polars as pl

from brittlestar import Person, compare
from brittlestar.charts import course_bands, each_person_panel, fracture_free, grid, save_svg
from brittlestar.report.trial import published_points
from brittlestar.trials.protocol_files import load_protocol

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "images"
PLAN = "zoledronate 0.05 mg/kg iv every 6 months for 3 years"


def draw_poise() -> None:
    """Density and fractures of results/poise beside the published points."""
    curves = json.loads((ROOT / "results" / "poise" / "results.json").read_text(encoding="utf-8"))["curves"]
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
    IMAGES.mkdir(parents=True, exist_ok=True)
    draw_poise()
    draw_girl()
