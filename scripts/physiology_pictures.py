"""The pictures of docs/physiology/: published points with their intervals over the model's course.

``write_physiology_docs.py`` says what is drawn; lines that a run of ``brittlestar physiology`` does not hold
are computed here as it computes its points.
"""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import altair as alt
import numpy as np
import polars as pl
from derive_bone_spread import STUDIES, scanned

from brittlestar._shared import words
from brittlestar.charts import grid, svg
from brittlestar.charts.layers import bands_and_lines, published_points
from brittlestar.charts.physiology import point_forest
from brittlestar.charts.theme import INK, colours, finished, inline, month_axis
from brittlestar.evidence.calibration.native_courses import NativeCourses
from brittlestar.evidence.calibration.points import NINETY, Point, points
from brittlestar.evidence.calibration.target_values import target_value
from brittlestar.evidence.calibration.targets import TargetCohort
from brittlestar.evidence.calibration.typical_courses import DAYS_PER_MONTH

Spec = Mapping[str, Any]
"""A panel or a line of it, as the file of words has it."""
Course = list[tuple[float, float]]
"""Months or years of age, and value."""

FIELDS = ("cohort", "plan", "output", "kind", "compare", "versus")
"""Of a point, what a line can have of its own."""
MOST_BYTES = 60_000


class Copies:
    """Points at other times and ages, collected and then computed in one run."""

    def __init__(self) -> None:
        self.table = points()
        self.cohorts: dict[str, TargetCohort] = dict(self.table.cohorts)
        self.targets: list[Point] = []

    def add(self, panel: Spec, line: Spec) -> list[tuple[float, str]]:
        """x and id of every copy of the point that a line is like."""
        own = {name: line[name] for name in FIELDS if name in line}
        like = next(p for p in self.table.points if p.id == line["like"]).model_copy(update=own)
        return list(self._at_ages(like, panel, line) if "ages" in panel else self._at_days(like, line))

    def _at_days(self, like: Point, line: Spec) -> Iterable[tuple[float, str]]:
        first, last, step = line["days"]
        for day in np.arange(first, last + 0.5 * step, step):
            months = float(day / DAYS_PER_MONTH)
            if months >= like.from_months:
                # Read at that day, not as the mean over the point's own window.
                yield months, self._copy(like, months=months, window=None)

    def _at_ages(self, like: Point, panel: Spec, line: Spec) -> Iterable[tuple[float, str]]:
        first, last, step = panel["ages"]
        for age in np.arange(first, last + 0.5 * step, step):
            moved = {}
            for field in ("cohort", "versus_cohort"):
                name = getattr(like, field)
                if name and (field == "cohort" or line.get("both")):
                    moved[field] = f"{name} {age:g} {line.get('female', '')}"
                    female = line.get("female", self.cohorts[name].female)
                    copy = {"ages": (float(age),), "female": female}
                    self.cohorts[moved[field]] = self.cohorts[name].model_copy(update=copy)
            yield float(age), self._copy(like, **moved)

    def _copy(self, like: Point, **fields: Any) -> str:
        id = f"{like.id} {len(self.targets)}"
        self.targets.append(like.model_copy(update={"id": id, **fields}))
        return id

    def values(self) -> dict[str, float]:
        """id -> the model's value."""
        found = self.table.computed.model_copy(
            update={"cohorts": self.cohorts, "targets": tuple(self.targets)}
        )
        run = NativeCourses(found)
        return {target.id: float(target_value(target, run, run.flat)) for target in self.targets}


def courses(panels: Sequence[Spec], content: Spec) -> list[dict[str, Course]]:
    """The course of each line of each panel."""
    copies, ready = Copies(), {id: one["course"] for one in content["courses"] for id in one["points"]}
    places = [
        {line["name"]: copies.add(panel, line) for line in panel["lines"] if "like" in line}
        for panel in panels
    ]
    values = copies.values()

    def course(line: Spec, mine: Mapping[str, list[tuple[float, str]]]) -> Course:
        if "course" in line:
            return [(at["months"], at["value"]) for at in ready[line["course"]]]
        return [(x, values[id]) for x, id in mine[line["name"]] if math.isfinite(values[id])]

    return [
        {line["name"]: course(line, mine) for line in panel["lines"]} for panel, mine in zip(panels, places)
    ]


def _published(panel: Spec, rows: Spec, days: bool) -> pl.DataFrame:
    cohorts, table = points().cohorts, {p.id: p for p in points().points}
    found = []
    for line in panel["lines"]:
        for id in line.get("points", ()):
            row = rows[id]
            if row["said"]:
                continue
            low, high = row["interval90"]
            ages = cohorts[table[id].cohort].ages if "ages" in panel else ()
            month = row["months"] * (DAYS_PER_MONTH if days else 1.0)
            first = (row["first_edition"] or {}).get("model")
            x = (min(ages) + max(ages)) / 2.0 if ages else month
            found.append(
                {
                    "arm": line["name"], "x": x, "value": float(row["published"]), "low": float(low),
                    "high": float(high), "source": row["study"], "first": first,
                    "from": float(min(ages, default=x)), "to": float(max(ages, default=x)),
                }
            )  # fmt: skip
    kinds = {"arm": pl.String, "source": pl.String}
    names = ("arm", "x", "value", "low", "high", "source", "first", "from", "to")
    return pl.DataFrame(found, schema={name: kinds.get(name, pl.Float64) for name in names})


def _axis(panel: Spec, days: bool, last: float) -> alt.Axis:
    if "ages" in panel:
        return alt.Axis(title="Age, years", format="d", tickCount=8)
    if days:
        return alt.Axis(title="Days from start", format="d", tickCount=6)
    return month_axis(last)


def panel_chart(panel: Spec, lines: Mapping[str, Course], rows: Spec) -> alt.LayerChart:
    """Lines of the model by arm, and the published points on them."""
    days = panel.get("time") == "days"
    scale = DAYS_PER_MONTH if days else 1.0
    arms = list(lines)
    table = [
        {"arm": arm, "x": x * scale, "mean": y, "low": y, "high": y}
        for arm, course in lines.items()
        for x, y in course
    ]
    frame, told = pl.DataFrame(table), _published(panel, rows, days)
    x_values = [*frame["x"], *told["from"], *told["to"]]
    first, last = min(x_values), max(x_values)
    domain = [first, last + 0.04 * (last - first)]
    x = alt.X("x:Q", axis=_axis(panel, days, last), scale=alt.Scale(domain=domain, nice=False))
    y = alt.Y("mean:Q", title=panel["measured"], scale=alt.Scale(zero=False, nice=True))
    layers = bands_and_lines(frame, x=x, y=y, by="arm", arms=arms)
    if len(wide := told.filter(pl.col("to") > pl.col("from"))):
        ages = alt.Chart(inline(wide)).mark_rule(color=INK, strokeWidth=1.2)
        layers.append(ages.encode(x="from:Q", x2="to:Q", y="value:Q"))
    layers += published_points(told, x="x", arms=arms)
    for (arm,), before in told.drop_nulls("first").group_by("arm", maintain_order=True):
        cross = alt.Chart(inline(before.select("x", "first"))).mark_point(
            shape="cross", angle=45, size=60, color=colours(arms)[str(arm)], filled=True, opacity=0.8
        )
        layers.append(cross.encode(x="x:Q", y="first:Q"))
    said = [
        f"{row['arm']}: published {words.with_interval(row['value'], row['low'], row['high'])}"
        for row in told.to_dicts()
    ]
    return finished(
        alt.layer(*layers),
        title=[panel["title"]],
        description=words.sentence([f"{panel['title']}: {panel['measured']}", *said]),
        panel=True,
    )


def spread_chart() -> alt.LayerChart:
    """SD between people of the Z-score of the spine: published cohorts, and people drawn like them."""
    names = ("Adults with types I and IV", "Severe infants, SD over mean", "Severe children, SD over mean")
    rows = []
    for name, study in zip(names, STUDIES, strict=True):
        sd, mean = scanned(study.draw())
        model = sd if study.mean is None else sd / abs(mean)
        told = study.sd if study.mean is None else study.sd / abs(study.mean)
        ends = [told * math.exp(side * NINETY * study.error) for side in (-1, 1)]
        rows.append({"label": name, "model": model, "interval90": ends})
        rows[-1]["verdict"] = "right" if ends[0] <= model <= ends[1] else "off"
    return point_forest(rows, title="Spread of Z between people")


def small(text: str) -> str:
    """An SVG with places to a tenth of a pixel, its one font named once, nothing that only a page uses."""
    text = re.sub(r' (class|role|aria-roledescription|aria-hidden|pointer-events)="[^"]*"', "", text)
    places = r"""(?:(?<= d=")|(?<=orm="))[^"]*"""
    text = re.sub(places, lambda found: re.sub(r"\d+\.\d\d+", _tenth, found[0]), text)
    (font,) = set(re.findall(r' font-family="[^"]*"', text))
    return text.replace(font, "").replace("<svg", f"<svg{font}", 1)


def _tenth(found: re.Match[str]) -> str:
    return f"{float(found[0]):.1f}".removesuffix(".0")


def draw(pages: Sequence[Spec], content: Spec, out: Path) -> None:
    """Write the picture of every page.

    Raises:
        ValueError: a picture that is too large for a page.
    """
    rows = {row["id"]: row for row in content["points"]}
    found = iter(courses([panel for one in pages for panel in one.get("panels", ())], content))
    for one in pages:
        charts = [panel_chart(panel, next(found), rows) for panel in one.get("panels", ())]
        if one.get("spread"):
            chart = spread_chart()
        elif charts:
            chart = grid(charts)
        else:
            continue
        text, path = small(svg(chart)), out / f"{one['file']}.svg"
        if len(text.encode()) > MOST_BYTES:
            raise ValueError(f"{path.name}: {len(text.encode())} bytes, at most {MOST_BYTES}")
        path.write_text(text, encoding="utf-8")
